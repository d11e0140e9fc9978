#include "engine/tools/log_gaps.h"

#include <algorithm>

#include "engine/log_end.h"

namespace sediment::tools {

namespace {

// Adds a stretch that is not a valid record. Zeros directly after damage belong to it: a value may well end in zeros.
void add_gap(const Stretch& stretch, LogGaps* gaps) {
  std::vector<Finding>& found = gaps->gaps;
  if (stretch.blank() && !found.empty() && found.back().offset + found.back().size_bytes == stretch.offset) {
    found.back().size_bytes += stretch.size_bytes;
    return;
  }
  Finding gap{
      Finding::Kind::kDamage, stretch.offset, stretch.size_bytes, std::string(describe(stretch.verdict)), {}, false};
  gap.has_key = stretch.header && stretch.key.size() == stretch.header->key_size;  // not part of a key
  if (gap.has_key) gap.key = stretch.key;
  found.push_back(std::move(gap));
  gaps->records_before.push_back(gaps->records);
}

}  // namespace

Status find_gaps(const File& file, const LogExtent& log, BlankEnd blank_end,
                 const std::function<Status(const Stretch&)>& visit, LogGaps* gaps) {
  gaps->reserved_from = log.end;
  LogWalk walk(file, log);
  while (true) {
    Result<std::optional<Stretch>> next = walk.next();
    if (!next.ok()) return next.status();
    if (!*next) return {};
    const Stretch& stretch = **next;
    if (stretch.valid()) {
      ++gaps->records;
      if (!visit) continue;
      if (Status s = visit(stretch); !s.ok()) return s;
    } else if (stretch.blank() && blank_end == BlankEnd::kReserved && stretch.offset + stretch.size_bytes == log.end) {
      gaps->reserved_from = stretch.offset;
    } else {
      add_gap(stretch, gaps);
    }
  }
}

// Whatever proves one gap proves every earlier one. So a binary search finds the border in a few passes over the file.
Result<std::size_t> count_proven(const File& file, const LogExtent& log, const std::vector<Finding>& gaps) {
  if (gaps.empty()) return std::size_t{0};
  Result<std::uint64_t> written_end = end_of_written_bytes(file, log, gaps.front().offset);
  if (!written_end.ok()) return written_end.status();
  LogExtent written = log;
  written.end = std::min(log.end, *written_end + kRecordHeaderSize);  // a header may end in zeros
  std::size_t proven = 0;
  for (std::size_t unproven = gaps.size(); proven < unproven;) {
    const std::size_t middle = proven + (unproven - proven) / 2;
    Result<bool> synced = proven_durable(file, written, gaps[middle].offset);
    if (!synced.ok()) return synced.status();
    if (*synced) {
      proven = middle + 1;
    } else {
      unproven = middle;
    }
  }
  return proven;
}

}  // namespace sediment::tools
