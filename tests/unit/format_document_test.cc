// docs/format.md shows the bytes of a segment: they are decoded here, so that the page cannot drift from the code.
#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "engine/log_reader.h"
#include "sim/sim_disk.h"
#include "tests/support/store_helpers.h"

namespace sediment::test {
namespace {

// The bytes of the lines "OFFSET  xx xx ... xx" behind the heading.
std::string bytes_of_the_example() {
  std::ifstream file(SEDIMENT_SOURCE_DIR "/docs/format.md");
  std::string line;
  while (std::getline(file, line) && line != "## Worked example") continue;
  std::string bytes;
  while (std::getline(file, line)) {
    if (line.size() < 8 || line.find_first_not_of("0123456789abcdef") != 8) continue;
    EXPECT_EQ(std::stoul(line.substr(0, 8), nullptr, 16), bytes.size()) << line;
    std::istringstream words(line.substr(8));
    for (std::string word; words >> word;) bytes += static_cast<char>(std::stoi(word, nullptr, 16));
  }
  return bytes;
}

TEST(FormatDocument, ShowsBytesThatTheEngineReads) {
  const std::string bytes = bytes_of_the_example();
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

}  // namespace
}  // namespace sediment::test
