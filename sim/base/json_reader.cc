#include "sim/base/json_reader.h"

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
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

// What the library expected, without its prefix and without the place, which is reported separately.
std::string reason_of(const json::exception& error) {
  std::string what = error.what();
  if (const std::size_t end = what.find("] "); what.starts_with("[json.exception") && end != std::string::npos) {
    what.erase(0, end + 2);
  }
  if (const std::size_t colon = what.find(": "); what.starts_with("parse error at") && colon != std::string::npos) {
    what.erase(0, colon + 2);
  }
  return beginning_of(what);
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
    return Status::invalid_argument(place_of(text, offset) + ": this is not JSON: " + reason_of(error));
  } catch (const json::exception& error) {  // a number too large for a double
    return Status::invalid_argument("this is not JSON: " + reason_of(error));
  }
}

std::string excerpt(const json& value) {
  return beginning_of(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

Result<std::string> read_text_file(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return Status::invalid_argument(path + ": this is a directory");
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status::not_found(path + ": " + std::generic_category().message(errno));
  std::ostringstream text;
  if (file.peek() != std::ifstream::traits_type::eof()) text << file.rdbuf();
  if (file.bad() || text.fail()) return Status::io_error(path, path + " cannot be read");
  return std::move(text).str();
}

}  // namespace sediment::sim
