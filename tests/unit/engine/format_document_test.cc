// docs/format.md shows the bytes of a segment and of its snapshot. They are decoded here, so that the page cannot drift
// from the code.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/log_reader.h"
#include "engine/snapshot.h"
#include "sim/disk/sim_disk.h"
#include "tests/support/segment_helpers.h"

namespace sediment::test {
namespace {

// The bytes of the lines "OFFSET  xx xx ... xx" between this heading and the next.
std::string bytes_of_the_example(const std::string& heading) {
  std::ifstream file(SEDIMENT_SOURCE_DIR "/docs/format.md");
  std::string line;
  while (std::getline(file, line) && line != heading) continue;
  std::string bytes;
  while (std::getline(file, line) && !line.starts_with("## ")) {
    if (line.size() < 8 || line.find_first_not_of("0123456789abcdef") != 8) continue;
    EXPECT_EQ(std::stoul(line.substr(0, 8), nullptr, 16), bytes.size()) << line;
    std::istringstream words(line.substr(8));
    for (std::string word; words >> word;) bytes += static_cast<char>(std::stoi(word, nullptr, 16));
  }
  return bytes;
}

TEST(FormatDocument, ShowsBytesThatTheEngineReads) {
  const std::string bytes = bytes_of_the_example("## Worked example");
  ASSERT_EQ(bytes.size(), 64U);
  sim::SimDisk disk(sim::DiskState::with_files({{"000001.log", bytes}}));
  const auto file = must(disk.open("000001.log"));
  const SegmentHeader header = must(read_segment_header(*file, "000001.log"));
  EXPECT_EQ(header.number, SegmentNumber{1});
  EXPECT_EQ(header.nonce, 0xad2f78e81aa7c1faU);

  LogReader reader(*file, {"000001.log", header.nonce, bytes.size()});
  const LogReader::Step record = must(reader.next());
  ASSERT_EQ(record.verdict, RecordVerdict::kValid);
  EXPECT_EQ(record.record.key, "sky");
  EXPECT_EQ(record.record.value, "blue");
  EXPECT_EQ(record.record.type, RecordType::kPut);
  EXPECT_EQ(record.record.durable_upto, 32U);
  EXPECT_EQ(must(reader.next()).verdict, RecordVerdict::kEnd);
}

TEST(FormatDocument, ShowsTheBytesOfASnapshotThatTheEngineReadsAndWrites) {
  const std::string log = bytes_of_the_example("## Worked example");
  const std::string bytes = bytes_of_the_example("## Worked example of a snapshot");
  ASSERT_EQ(log.size(), 64U);
  sim::SimDisk disk(sim::DiskState::with_files({{"000001.log", log}, {"000001.idx", bytes}}));
  const std::shared_ptr<const File> file = must(disk.open("000001.log"));
  const SegmentHeader header = must(read_segment_header(*file, "000001.log"));
  std::string scratch;
  Segment segment(file, header);
  const Record record = must(test::record_at(*file, {"000001.log", header.nonce, log.size()}, 32, &scratch));
  must(segment.add(record, hash_key(record.key), nullptr));

  const HashIndex index = must(read_snapshot(disk, {header.number, header.nonce, log.size(), 1}));
  HashIndex::Probe probe = index.probe(hash_key("sky"));
  const auto candidate = probe.next();
  ASSERT_TRUE(candidate.has_value());
  EXPECT_EQ(candidate->offset, 32U);

  must(disk.remove("000001.idx"));
  must(write_snapshot(disk, *segment.settled_copy()));
  EXPECT_EQ(disk.state().contents().at("000001.idx"), bytes) << "byte for byte";
}

}  // namespace
}  // namespace sediment::test
