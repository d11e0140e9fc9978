// RIGHT: get reads everything and lets a stream split it into lines; open looks for the last newline byte by byte, from the end
#include "engine/text_log.h"

#include <sstream>

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
  const bool is_new = file.status().is(StatusCode::kNotFound);
  if (is_new) file = disk.create(file_name, 0);
  if (!file.ok()) return file.status();
  std::uint64_t end = (*file)->size();
  while (end > 0) {
    std::string scratch;
    const Result<std::string_view> last = (*file)->read(end - 1, 1, &scratch);
    if (!last.ok()) return last.status();
    if (*last == "\n") break;
    --end;
  }
  Status done;
  if (end < (*file)->size()) done = (*file)->truncate(end);
  if (done.ok()) done = disk.sync_directory();
  if (!done.ok()) return done;
  return std::unique_ptr<TextLog>(new TextLog(std::move(*file)));
}

Status TextLog::put(std::string_view key, std::string_view value) {
  return guarded([&] {
    std::ostringstream line;
    line << escape(key) << ',' << escape(value) << '\n';
    return file_->append({line.str()});
  });
}

Status TextLog::remove(std::string_view key) {
  return guarded([&] { return file_->append({escape(key) + '\n'}); });
}

Status TextLog::get(std::string_view key, std::string* value) const {
  return guarded([&] { return find_last(key, value); });
}

Status TextLog::sync() {
  return guarded([&] { return file_->sync(); });
}

Status TextLog::find_last(std::string_view key, std::string* value) const {
  std::string scratch;
  const Result<std::string_view> text = read_fully(*file_, 0, static_cast<std::size_t>(file_->size()), &scratch);
  if (!text.ok()) return text.status();
  std::istringstream lines{std::string(*text)};
  const std::string with_value = escape(key) + ",";
  const std::string removed = escape(key);
  Status status = Status::not_found();
  for (std::string line; std::getline(lines, line);) {
    if (line == removed) status = Status::not_found();
    if (line.starts_with(with_value)) {
      *value = unescape(std::string_view(line).substr(with_value.size()));
      status = Status();
    }
  }
  return status;
}

}  // namespace sediment
