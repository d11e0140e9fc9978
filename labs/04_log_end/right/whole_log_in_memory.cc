// RIGHT: reads the rest of the log once, and does everything in memory
#include <algorithm>
#include <optional>

#include "engine/log_end.h"

namespace sediment {

namespace {

// What the log holds from an offset on. Errors stay in the Result.
struct Rest {
  std::string scratch;
  std::string_view bytes;
  std::uint64_t begin = 0;
};

Status read_rest(const File& file, const LogExtent& log, std::uint64_t from, Rest* rest) {
  rest->begin = from;
  if (from >= log.end) return {};
  Result<std::string_view> bytes = read_fully(file, from, static_cast<std::size_t>(log.end - from), &rest->scratch);
  if (!bytes.ok()) return bytes.status();
  rest->bytes = *bytes;
  return {};
}

std::optional<RecordHeader> header_at(const Rest& rest, const LogExtent& log, std::uint64_t offset) {
  RecordHeader header;
  const std::string_view bytes = rest.bytes.substr(static_cast<std::size_t>(offset - rest.begin));
  if (decode_record_header({log.nonce, offset}, bytes, &header) != RecordVerdict::kValid) return std::nullopt;
  return header;
}

bool is_proven(const Rest& rest, const LogExtent& log, std::uint64_t offset) {
  for (std::uint64_t at = round_up(offset); at < rest.begin + rest.bytes.size(); at += kAlignment) {
    const std::optional<RecordHeader> header = header_at(rest, log, at);
    if (header && header->durable_upto > offset) return true;
  }
  return false;
}

std::uint64_t written_end(const Rest& rest) {
  const std::size_t last = rest.bytes.find_last_not_of('\0');
  return last == std::string_view::npos ? rest.begin : rest.begin + last + 1;
}

}  // namespace

Result<TornTail> judge_end(const File& file, const LogExtent& log, std::uint64_t offset, RecordVerdict verdict) {
  Rest rest;
  if (Status s = read_rest(file, log, offset, &rest); !s.ok()) return s;
  if (is_proven(rest, log, offset))
    return Status::corruption(log.name, offset, "bytes that had been synced are damaged");
  TornTail tail;
  tail.bytes = written_end(rest) - offset;
  if (tail.bytes > 0) tail.why = describe(verdict);
  return tail;
}

Result<std::uint64_t> find_record_header(const File& file, const LogExtent& log, std::uint64_t from) {
  Rest rest;
  if (Status s = read_rest(file, log, round_up(from), &rest); !s.ok()) return s;
  for (std::uint64_t at = rest.begin; at < rest.begin + rest.bytes.size(); at += kAlignment) {
    if (header_at(rest, log, at)) return at;
  }
  return log.end;
}

Result<bool> proven_durable(const File& file, const LogExtent& log, std::uint64_t offset) {
  Rest rest;
  if (Status s = read_rest(file, log, offset, &rest); !s.ok()) return s;
  return is_proven(rest, log, offset);
}

Result<std::uint64_t> end_of_written_bytes(const File& file, const LogExtent& log, std::uint64_t from) {
  Rest rest;
  if (Status s = read_rest(file, log, from, &rest); !s.ok()) return s;
  return written_end(rest);
}

}  // namespace sediment
