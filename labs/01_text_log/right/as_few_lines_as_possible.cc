// RIGHT: get looks for the last newline, key and comma in the text as a whole; open cuts after the last newline, whether that changes the file or not
#include "engine/text_log.h"

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
  Result<std::unique_ptr<File>> file = disk.create(file_name, 0);
  if (!file.ok()) file = disk.open_to_append(file_name);
  if (!file.ok()) return file.status();
  std::string scratch;
  const Result<std::string_view> text = read_fully(**file, 0, (*file)->size(), &scratch);
  Status done = text.status();
  if (done.ok()) done = (*file)->truncate(text->rfind('\n') + 1);
  if (done.ok()) done = disk.sync_directory();
  if (!done.ok()) return done;
  return std::unique_ptr<TextLog>(new TextLog(std::move(*file)));
}

Status TextLog::put(std::string_view key, std::string_view value) {
  return guarded([&] { return file_->append({escape(key) + "," + escape(value) + "\n"}); });
}

Status TextLog::remove(std::string_view key) {
  return guarded([&] { return file_->append({escape(key) + "\n"}); });
}

Status TextLog::get(std::string_view key, std::string* value) const {
  return guarded([&] { return find_last(key, value); });
}

Status TextLog::sync() {
  return guarded([&] { return file_->sync(); });
}

Status TextLog::find_last(std::string_view key, std::string* value) const {
  std::string scratch;
  const Result<std::string_view> read = read_fully(*file_, 0, file_->size(), &scratch);
  if (!read.ok()) return read.status();
  const std::string text = "\n" + std::string(*read);
  const std::string line = "\n" + escape(key);
  const std::size_t put = text.rfind(line + ",");
  const std::size_t removed = text.rfind(line + "\n");
  if (put == std::string::npos || (removed != std::string::npos && removed > put)) return Status::not_found();
  const std::size_t begin = put + line.size() + 1;
  *value = unescape(std::string_view(text).substr(begin, text.find('\n', begin) - begin));
  return {};
}

}  // namespace sediment
