#include "sim/base/json_reader.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <system_error>

#include "engine/tools/json_nesting.h"

namespace sediment::sim {

namespace {

using nlohmann::json;

// "line 5, column 3", both counted from 1.
std::string place_of(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
  const std::size_t line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return "line " + std::to_string(line) + ", column " + std::to_string(before.size() - line_begin + 1);
}

std::string beginning_of(const std::string& text) {
  constexpr std::size_t kLongest = 100;
  if (text.size() <= kLongest) return text;
  std::size_t end = kLongest;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // not within a character
  return text.substr(0, end) + "…";
}

struct CloseFile {
  void operator()(std::FILE* file) const { std::fclose(file); }
};

// What stands at the place where the parser gave up.
std::string found_at(std::string_view text, std::size_t offset) {
  if (offset >= text.size()) return text.empty() ? "it is empty" : "it ends too early";
  const auto byte = static_cast<unsigned char>(text[offset]);
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  if (byte > ' ' && byte < 0x7f) return std::string("'") + text[offset] + "' is not expected here";
  return std::string("the byte 0x") + kHexDigits[byte / 16] + kHexDigits[byte % 16] + " is not expected here";
}

}  // namespace

Result<json> parse_json(std::string_view text) {
  if (const auto deep = tools::too_deep_at(text, kDeepestJson)) {
    return Status::invalid_argument(place_of(text, *deep) + ": arrays and objects are nested more than " +
                                    std::to_string(kDeepestJson) + " deep");
  }
  try {
    return json::parse(text);
  } catch (const json::parse_error& error) {
    const std::size_t offset = error.byte > 0 ? static_cast<std::size_t>(error.byte) - 1 : 0;
    return Status::invalid_argument(place_of(text, offset) + ": this is not JSON: " + found_at(text, offset));
  } catch (const json::exception&) {
    return Status::invalid_argument("this is not JSON that can be read: a number in it is too large");
  }
}

std::string excerpt(const json& value) {
  return beginning_of(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

Result<std::string> read_text_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return Status::invalid_argument(path + ": this is a directory");
  const std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "rb"));
  if (file == nullptr) return Status::not_found(path + ": " + std::generic_category().message(errno));
  constexpr std::size_t kPart = std::size_t{64} << 10;
  std::string text;
  for (;;) {
    const std::size_t before = text.size();
    text.resize(before + kPart);
    const std::size_t got = std::fread(text.data() + before, 1, kPart, file.get());
    text.resize(before + got);
    if (got < kPart) break;
  }
  if (std::ferror(file.get()) != 0) return Status::io_error(path, path + " cannot be read");
  return text;
}

Status write_file(const std::string& path, std::string_view bytes) {
  std::unique_ptr<std::FILE, CloseFile> file(std::fopen(path.c_str(), "wb"));
  const bool written = file != nullptr && std::fwrite(bytes.data(), 1, bytes.size(), file.get()) == bytes.size();
  const bool closed = file != nullptr && std::fclose(file.release()) == 0;
  return written && closed ? Status() : Status::io_error(path, "the file cannot be written");
}

}  // namespace sediment::sim
