// RIGHT: windows of a page; the written end is sought from the end of the log; each header is a step of a search object
#include <algorithm>

#include "engine/log_end.h"

namespace sediment {

namespace {

constexpr std::uint64_t kPage = 4096;

// Goes from place to place. The window always holds a whole header, or the log ends.
class Search {
 public:
  Search(const File& file, const LogExtent& log, std::uint64_t from) : file_(file), log_(log), next_(round_up(from)) {}

  // False at the end of the log.
  Result<bool> next(std::uint64_t* offset, RecordHeader* header) {
    while (next_ + kRecordHeaderSize <= log_.end) {
      const std::uint64_t place = next_;
      if (place + kRecordHeaderSize > begin_ + window_.size()) {
        const std::uint64_t size = std::min(kPage, log_.end - place);
        Result<std::string_view> bytes = read_fully(file_, place, static_cast<std::size_t>(size), &scratch_);
        if (!bytes.ok()) return bytes.status();
        if (bytes->size() < kRecordHeaderSize) return false;  // the file is shorter than the log
        window_ = *bytes;
        begin_ = place;
      }
      next_ += kAlignment;
      const std::string_view bytes = window_.substr(static_cast<std::size_t>(place - begin_));
      if (decode_record_header({log_.nonce, place}, bytes, header) != RecordVerdict::kValid) continue;
      *offset = place;
      return true;
    }
    return false;
  }

 private:
  const File& file_;
  const LogExtent& log_;
  std::uint64_t next_;
  std::uint64_t begin_ = 0;
  std::string_view window_;
  std::string scratch_;
};

}  // namespace

Result<std::uint64_t> end_of_written_bytes(const File& file, const LogExtent& log, std::uint64_t from) {
  std::string scratch;
  std::uint64_t end = std::max(from, log.end);
  while (end > from) {
    const std::uint64_t begin = end - std::min(kPage, end - from);
    Result<std::string_view> bytes = read_fully(file, begin, static_cast<std::size_t>(end - begin), &scratch);
    if (!bytes.ok()) return bytes.status();
    for (std::size_t size = bytes->size(); size > 0; --size) {
      if ((*bytes)[size - 1] != '\0') return begin + size;
    }
    end = begin;
  }
  return from;
}

Result<std::uint64_t> find_record_header(const File& file, const LogExtent& log, std::uint64_t from) {
  std::uint64_t offset = 0;
  RecordHeader header;
  Result<bool> found = Search(file, log, from).next(&offset, &header);
  if (!found.ok()) return found.status();
  return *found ? offset : log.end;
}

Result<bool> proven_durable(const File& file, const LogExtent& log, std::uint64_t offset) {
  Search search(file, log, offset);
  std::uint64_t at = 0;
  RecordHeader header;
  Result<bool> found = search.next(&at, &header);
  while (found.ok() && *found && header.durable_upto <= offset) found = search.next(&at, &header);
  return found;
}

Result<TornTail> judge_end(const File& file, const LogExtent& log, std::uint64_t offset, RecordVerdict verdict) {
  if (verdict == RecordVerdict::kEnd) return TornTail{};
  Result<bool> rot = proven_durable(file, log, offset);
  if (!rot.ok()) return rot.status();
  if (*rot) return Status::corruption(log.name, offset, std::string(describe(verdict)) + ", though it was synced");
  Result<std::uint64_t> end = end_of_written_bytes(file, log, offset);
  if (!end.ok()) return end.status();
  return *end > offset ? TornTail{*end - offset, describe(verdict)} : TornTail{};
}

}  // namespace sediment
