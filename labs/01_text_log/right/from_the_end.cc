// RIGHT: get and open read blocks from the end of the file towards its beginning, and get stops at the first line of the key
#include "engine/text_log.h"

#include <algorithm>
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

constexpr std::uint64_t kBlock = 256;  // bytes

// Gives the lines to `visit`, the last one first and without their newlines, until it returns true. A last line without its
// newline is no line. Returns in *size where the whole lines end.
template <typename Visit>
Status for_each_line_backwards(const File& file, std::uint64_t* size, Visit visit) {
  std::string tail;  // what was read and not visited: the end of a line whose beginning is not yet known
  bool found_an_end = false;
  *size = 0;
  std::uint64_t begin = file.size();
  while (begin > 0) {
    const std::uint64_t end = begin;
    begin -= std::min(begin, kBlock);
    std::string scratch;
    const Result<std::string_view> block = read_fully(file, begin, static_cast<std::size_t>(end - begin), &scratch);
    if (!block.ok()) return block.status();
    tail.insert(0, *block);
    for (std::size_t newline = tail.rfind('\n'); newline != std::string::npos; newline = tail.rfind('\n')) {
      const bool is_line = found_an_end;
      if (!found_an_end) *size = begin + newline + 1;
      found_an_end = true;
      if (is_line && visit(std::string_view(tail).substr(newline + 1))) return {};
      tail.resize(newline);
    }
  }
  if (found_an_end) (void)visit(tail);
  return {};
}

}  // namespace

Result<std::unique_ptr<TextLog>> TextLog::open(Disk& disk, std::string_view file_name) {
  return guarded([&] { return open_or_create(disk, file_name); });
}

Result<std::unique_ptr<TextLog>> TextLog::open_or_create(Disk& disk, std::string_view file_name) {
  Result<std::unique_ptr<File>> file = disk.open_to_append(file_name);
  if (!file.ok() && !file.status().is(StatusCode::kNotFound)) return file.status();
  if (!file.ok()) {
    file = disk.create(file_name, 0);
    if (!file.ok()) return file.status();
  }
  if (const Status synced = disk.sync_directory(); !synced.ok()) return synced;
  std::uint64_t size = 0;
  const Status read = for_each_line_backwards(**file, &size, [](std::string_view) { return true; });
  if (!read.ok()) return read;
  if (size < (*file)->size()) {
    const Status cut = (*file)->truncate(size);
    if (!cut.ok()) return cut;
  }
  return std::unique_ptr<TextLog>(new TextLog(std::move(*file)));
}

Status TextLog::put(std::string_view key, std::string_view value) {
  return guarded([&] {
    std::string line = escape(key);
    line += ',';
    line += escape(value);
    line += '\n';
    return file_->append({line});
  });
}

Status TextLog::remove(std::string_view key) {
  return guarded([&] {
    const std::string line = escape(key) + "\n";
    return file_->append({line});
  });
}

Status TextLog::get(std::string_view key, std::string* value) const {
  return guarded([&] { return find_last(key, value); });
}

Status TextLog::sync() {
  return guarded([&] { return file_->sync(); });
}

Status TextLog::find_last(std::string_view key, std::string* value) const {
  const std::string wanted = escape(key);
  Status found = Status::not_found();
  std::uint64_t size = 0;
  const Status read = for_each_line_backwards(*file_, &size, [&](std::string_view line) {
    if (!line.starts_with(wanted)) return false;
    line.remove_prefix(wanted.size());
    if (line.empty()) return true;
    if (line.front() != ',') return false;
    *value = unescape(line.substr(1));
    found = Status();
    return true;
  });
  return read.ok() ? found : read;
}

}  // namespace sediment
