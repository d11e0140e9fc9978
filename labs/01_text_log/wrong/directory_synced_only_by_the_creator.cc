// WRONG: open syncs the directory only if it has created the file itself, but the one that created it may have died before its sync | first check to fail: L1.11
#include "engine/text_log.h"

#include <optional>

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

}  // namespace

Result<std::unique_ptr<TextLog>> TextLog::open(Disk& disk, std::string_view file_name) {
  return guarded([&] { return open_or_create(disk, file_name); });
}

Result<std::unique_ptr<TextLog>> TextLog::open_or_create(Disk& disk, std::string_view file_name) {
  Result<std::unique_ptr<File>> file = disk.open_to_append(file_name);
  if (file.status().is(StatusCode::kNotFound)) {
    file = disk.create(file_name, 0);
    if (!file.ok()) return file.status();
    if (Status s = disk.sync_directory(); !s.ok()) return s;
  }
  if (!file.ok()) return file.status();

  std::string scratch;
  Result<std::string_view> text = read_fully(**file, 0, (*file)->size(), &scratch);
  if (!text.ok()) return text.status();
  const std::size_t end_of_last_line = text->rfind('\n') + 1;  // npos + 1 is 0: no line at all
  if (end_of_last_line != text->size()) {
    if (Status s = (*file)->truncate(end_of_last_line); !s.ok()) return s;
  }
  return std::unique_ptr<TextLog>(new TextLog(std::move(*file)));
}

Status TextLog::put(std::string_view key, std::string_view value) {
  return guarded([&] { return file_->append({escape(key), ",", escape(value), "\n"}); });
}

Status TextLog::remove(std::string_view key) {
  return guarded([&] { return file_->append({escape(key), "\n"}); });
}

Status TextLog::get(std::string_view key, std::string* value) const {
  return guarded([&] { return find_last(key, value); });
}

Status TextLog::sync() {
  return guarded([&] { return file_->sync(); });
}

Status TextLog::find_last(std::string_view key, std::string* value) const {
  std::string scratch;
  Result<std::string_view> text = read_fully(*file_, 0, file_->size(), &scratch);
  if (!text.ok()) return text.status();

  const std::string wanted = escape(key);
  std::optional<std::string_view> last_match;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = text->find('\n', at);
    if (end == std::string_view::npos) break;
    const std::string_view line = text->substr(at, end - at);
    const std::size_t comma = line.find(',');
    if (line.substr(0, comma) == wanted) {
      last_match = comma == std::string_view::npos ? std::nullopt : std::optional(line.substr(comma + 1));
    }
    at = end + 1;
  }
  if (!last_match) return Status::not_found();
  *value = unescape(*last_match);
  return {};
}

}  // namespace sediment
