// RIGHT: one pass lists the headers and finds the written end; the functions ask what it has found
#include <algorithm>
#include <utility>
#include <vector>

#include "engine/log_end.h"

namespace sediment {

namespace {

struct Survey {
  std::vector<std::pair<std::uint64_t, std::uint64_t>> headers;  // the offset and durable_upto of each
  std::uint64_t written_end = 0;
};

// Windows overlap by a header less one byte, so that none is missed between two.
Result<Survey> survey(const File& file, const LogExtent& log, std::uint64_t from) {
  constexpr std::uint64_t kStep = 16'384;
  Survey found;
  found.written_end = from;
  std::string scratch;
  for (std::uint64_t begin = from / kAlignment * kAlignment; begin < log.end; begin += kStep) {
    const std::uint64_t size = std::min(kStep + kRecordHeaderSize - 1, log.end - begin);
    Result<std::string_view> window = read_fully(file, begin, static_cast<std::size_t>(size), &scratch);
    if (!window.ok()) return window.status();
    for (std::size_t at = 0; at < kStep && at < window->size(); at += kAlignment) {
      RecordHeader header;
      const RecordPlace place{log.nonce, begin + at};
      if (place.offset < from) continue;
      if (decode_record_header(place, window->substr(at), &header) != RecordVerdict::kValid) continue;
      found.headers.emplace_back(place.offset, header.durable_upto);
    }
    for (std::size_t at = window->size(); at > 0; --at) {
      if ((*window)[at - 1] == '\0') continue;
      found.written_end = std::max<std::uint64_t>(found.written_end, begin + at);
      break;
    }
  }
  return found;
}

bool proves(const Survey& found, std::uint64_t offset) {
  return std::any_of(found.headers.begin(), found.headers.end(),
                     [offset](const auto& header) { return header.second > offset; });
}

}  // namespace

Result<TornTail> judge_end(const File& file, const LogExtent& log, std::uint64_t offset, RecordVerdict verdict) {
  Result<Survey> found = survey(file, log, offset);
  if (!found.ok()) return found.status();
  if (proves(*found, offset)) return Status::corruption(log.name, offset, "this is rot");
  if (found->written_end <= offset) return TornTail{};
  return TornTail{.bytes = found->written_end - offset, .why = describe(verdict)};
}

Result<std::uint64_t> find_record_header(const File& file, const LogExtent& log, std::uint64_t from) {
  Result<Survey> found = survey(file, log, from);
  if (!found.ok()) return found.status();
  return found->headers.empty() ? log.end : found->headers.front().first;
}

Result<bool> proven_durable(const File& file, const LogExtent& log, std::uint64_t offset) {
  Result<Survey> found = survey(file, log, offset);
  if (!found.ok()) return found.status();
  return proves(*found, offset);
}

Result<std::uint64_t> end_of_written_bytes(const File& file, const LogExtent& log, std::uint64_t from) {
  Result<Survey> found = survey(file, log, from);
  if (!found.ok()) return found.status();
  return found->written_end;
}

}  // namespace sediment
