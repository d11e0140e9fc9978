// RIGHT: reads pieces of 100 bytes with File::read and one line of memory, unescapes each key, and looks whether the file is there before it opens or creates it
#include "engine/text_log.h"

#include <algorithm>

#include "engine/guarded.h"

namespace sediment {

namespace {

constexpr std::string_view kEscaped = ",\n\r%";
constexpr std::string_view kHexDigits = "0123456789ABCDEF";

std::string escape(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (kEscaped.find(c) == std::string_view::npos) {
      escaped += c;
    } else {
      escaped += {'%', kHexDigits[static_cast<unsigned char>(c) / 16], kHexDigits[static_cast<unsigned char>(c) % 16]};
    }
  }
  return escaped;
}

// Accepts any bytes: a '%' that escape() did not write is kept as it is.
std::string unescape(std::string_view text) {
  std::string plain;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escaped = text[i] == '%' && i + 2 < text.size();
    const std::size_t high = escaped ? kHexDigits.find(text[i + 1]) : std::string_view::npos;
    const std::size_t low = escaped ? kHexDigits.find(text[i + 2]) : std::string_view::npos;
    if (high != std::string_view::npos && low != std::string_view::npos) {
      plain += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      plain += text[i];
    }
  }
  return plain;
}

constexpr std::size_t kPiece = 100;  // bytes

// Gives each whole line to `visit`, without its newline. Returns in *end where the last one ends.
template <typename Visit>
Status for_each_line(const File& file, std::uint64_t* end, Visit visit) {
  std::string line;
  std::string scratch;
  *end = 0;
  for (std::uint64_t at = 0;;) {
    const Result<std::string_view> piece = file.read(at, kPiece, &scratch);
    if (!piece.ok()) return piece.status();
    if (piece->empty()) return {};
    for (const char c : *piece) {
      ++at;
      if (c != '\n') {
        line += c;
        continue;
      }
      visit(line);
      line.clear();
      *end = at;
    }
  }
}

}  // namespace

Result<std::unique_ptr<TextLog>> TextLog::open(Disk& disk, std::string_view file_name) {
  return guarded([&] { return open_or_create(disk, file_name); });
}

Result<std::unique_ptr<TextLog>> TextLog::open_or_create(Disk& disk, std::string_view file_name) {
  const Result<std::vector<std::string>> names = disk.list();
  if (!names.ok()) return names.status();
  const bool exists = std::find(names->begin(), names->end(), file_name) != names->end();
  Result<std::unique_ptr<File>> opened = exists ? disk.open_to_append(file_name) : disk.create(file_name, 0);
  if (!opened.ok()) return opened.status();
  std::unique_ptr<TextLog> log(new TextLog(std::move(*opened)));
  std::uint64_t end = 0;
  if (Status s = for_each_line(*log->file_, &end, [](const std::string&) {}); !s.ok()) return s;
  if (Status s = log->file_->truncate(end); !s.ok()) return s;
  if (Status s = disk.sync_directory(); !s.ok()) return s;
  return log;
}

Status TextLog::put(std::string_view key, std::string_view value) {
  return file_->append({escape(key), std::string_view(","), escape(value), std::string_view("\n")});
}

Status TextLog::remove(std::string_view key) { return file_->append({escape(key), std::string_view("\n")}); }

Status TextLog::get(std::string_view key, std::string* value) const {
  return guarded([&] { return find_last(key, value); });
}

Status TextLog::sync() {
  return guarded([&] { return file_->sync(); });
}

Status TextLog::find_last(std::string_view key, std::string* value) const {
  bool found = false;
  std::uint64_t end = 0;
  const Status read = for_each_line(*file_, &end, [&](const std::string& line) {
    const std::size_t comma = std::min(line.find(','), line.size());
    if (unescape(line.substr(0, comma)) != key) return;
    found = comma < line.size();
    if (found) *value = unescape(line.substr(comma + 1));
  });
  if (!read.ok()) return read;
  return found ? Status() : Status::not_found();
}

}  // namespace sediment
