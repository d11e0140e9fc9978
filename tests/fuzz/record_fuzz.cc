// Any bytes as a log: reading never crashes, never leaves the file, and all ways of reading agree.
//
// Random bytes never have the right checksum, so the input is a recipe: raw bytes and real records in any order, and
// then damage.
#include <algorithm>

#include "engine/log_end.h"
#include "engine/log_reader.h"
#include "sim/disk/sim_disk.h"
#include "tests/fuzz/fuzz_input.h"

namespace sediment {
namespace {

using fuzz::check;

constexpr std::uint64_t kNonce = 0x1f83d9abfb41bd6b;
constexpr std::size_t kLargestLog = 4096;

void append_record(fuzz::Input& input, std::string& log) {
  log.resize(round_up(log.size()), '\0');
  const std::uint8_t kind = input.byte();
  const std::string_view key = input.bytes(input.byte() % 40);
  const std::string_view value = kind % 4 == 0 ? std::string_view() : input.bytes(input.byte());
  const RecordType type = kind % 4 == 0 ? RecordType::kTombstone : RecordType::kPut;
  const EncodedRecord record = encode_record({kNonce, log.size()}, type, key, value, input.number());
  log.append(record.header.data(), record.header.size()).append(key).append(value).append(record.padding_size, '\0');
}

std::string make_log(fuzz::Input& input) {
  std::string log(kSegmentHeaderSize, 'h');
  while (!input.empty() && log.size() < kLargestLog) {
    switch (input.byte() % 4) {
      case 0: log.append(input.bytes(input.byte())); break;
      case 1: log.append(input.byte(), '\0'); break;
      case 2: append_record(input, log); break;
      case 3: log[input.number() % log.size()] = static_cast<char>(input.byte()); break;
    }
  }
  return log;
}

template <typename T>
T value_of_good(Result<T> result) {
  check(result.ok(), "a disk without errors gives none");
  return std::move(*result);
}

void run(fuzz::Input input) {
  const std::uint8_t read_limit = input.byte();
  const std::string log = make_log(input);
  sim::SimDisk disk(sim::DiskState::with_files({{"log", log}}));
  disk.limit_reads(read_limit);
  const auto file = value_of_good(disk.open("log"));
  const LogExtent extent{"log", kNonce, log.size()};

  LogReader reader(*file, extent);
  std::uint64_t expected_offset = kSegmentHeaderSize;
  while (true) {
    const LogReader::Step step = value_of_good(reader.next());
    check(step.offset == expected_offset, "records follow each other without gaps");
    if (step.verdict != RecordVerdict::kValid) break;
    const Record& record = step.record;
    check(record.offset == step.offset && record.end() <= log.size() && record.end() % kAlignment == 0,
          "a record lies inside its log");
    std::string scratch;
    Record again;
    check(read_record(*file, extent, record.offset, &scratch, &again).ok() && again.key == record.key &&
              again.value == record.value && again.type == record.type,
          "a record read at its offset is the same record");
    check(value_of_good(find_record_header(*file, extent, record.offset)) == record.offset,
          "a valid record has a valid header");
    expected_offset = record.end();
  }
  const LogReader::Step end = value_of_good(reader.next());
  check(end.offset == expected_offset && end.verdict != RecordVerdict::kValid, "the reader stays where it ended");

  // Compare with the plainest way to find the same.
  std::uint64_t header_at = log.size();
  std::uint64_t durable_upto = 0;
  for (std::uint64_t at = round_up(expected_offset); at + kRecordHeaderSize <= log.size(); at += kAlignment) {
    RecordHeader header;
    if (decode_record_header({kNonce, at}, std::string_view(log).substr(at), &header) != RecordVerdict::kValid)
      continue;
    header_at = std::min(header_at, at);
    durable_upto = std::max(durable_upto, header.durable_upto);
  }
  check(value_of_good(find_record_header(*file, extent, expected_offset)) == header_at,
        "the search finds the first header");
  check(value_of_good(proven_durable(*file, extent, expected_offset)) == (durable_upto > expected_offset),
        "any later header may be the witness");
  const std::size_t last = log.find_last_not_of('\0');
  const std::uint64_t written = last == std::string::npos ? 0 : last + 1;
  check(value_of_good(end_of_written_bytes(*file, extent, expected_offset)) == std::max(expected_offset, written),
        "the written bytes end after the last one that is not zero");
}

}  // namespace
}  // namespace sediment

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  sediment::run({data, size});
  return 0;
}
