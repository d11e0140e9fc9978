// One log on open: which file is taken for it, how far it is read, and its copy.
#include "engine/log_recovery.h"

#include <gtest/gtest.h>

#include "tests/support/log_helpers.h"
#include "tests/support/segment_helpers.h"

namespace sediment {
namespace {

using test::has_code;
using test::must;

constexpr SegmentNumber kNumber{1};

class LogRecovery : public ::testing::Test {
 protected:
  // More records than one batch holds.
  LogRecovery() {
    std::vector<test::Pairs::value_type> pairs;
    for (int i = 0; i < 100; ++i) pairs.emplace_back("key" + std::to_string(i), "value" + std::to_string(i));
    log_ = test::log_of(pairs);
  }
  Result<OpenedLog> open(std::optional<std::uint64_t> size = std::nullopt) {
    disk_ = test::disk_with({{"000001.log", log_.bytes}});
    return open_log(*disk_, kNumber, log_.nonce, size, nullptr);
  }

  test::Log log_;
  std::shared_ptr<sim::SimDisk> disk_;
};

TEST_F(LogRecovery, TakesOnlyTheFileThatTheManifestMeans) {
  EXPECT_TRUE(test::is_ok(open()));
  EXPECT_TRUE(test::is_ok(open(log_.bytes.size())));
  EXPECT_TRUE(has_code(open(log_.bytes.size() - 8), StatusCode::kCorruption)) << "another length";
  EXPECT_TRUE(has_code(open_log(*disk_, SegmentNumber{2}, log_.nonce, std::nullopt, nullptr), StatusCode::kCorruption))
      << "missing";
  EXPECT_TRUE(has_code(open_log(*disk_, kNumber, log_.nonce + 1, std::nullopt, nullptr), StatusCode::kCorruption))
      << "another log with its name";
  test::flip(log_.bytes, 20);
  EXPECT_TRUE(has_code(open(), StatusCode::kCorruption)) << "no header that verifies";
}

TEST_F(LogRecovery, ReadsUpToTheFirstThingThatIsNoRecord) {
  for (const std::size_t damaged : {std::size_t{0}, std::size_t{31}, std::size_t{32}, std::size_t{99}}) {
    const test::Log whole = log_;
    test::flip(log_.bytes, log_.offsets[damaged] + 8);
    const ScannedLog scanned = must(scan_log(must(open()), nullptr));
    EXPECT_EQ(scanned.segment->record_count(), damaged);
    EXPECT_EQ(scanned.segment->size_bytes(), log_.offsets[damaged]);
    EXPECT_EQ(scanned.end_verdict, RecordVerdict::kHeaderInvalid);
    log_ = whole;
  }
  const ScannedLog scanned = must(scan_log(must(open()), nullptr));
  EXPECT_EQ(scanned.segment->record_count(), 100U);
  EXPECT_EQ(scanned.end_verdict, RecordVerdict::kEnd);
}

TEST_F(LogRecovery, TheCopyHoldsEveryRecordAndIsSealed) {
  const ScannedLog scanned = must(scan_log(must(open()), nullptr));
  GrowingSegment copy = must(GrowingSegment::create(*disk_, SegmentNumber{2}, 4096, LogWriter::Stamp::kZero));
  must(rewrite_log(*scanned.segment, &copy, nullptr));
  EXPECT_EQ(copy.segment->record_count(), 100U);
  EXPECT_EQ(disk_->state().find("000002.log")->cached.size(), copy.log->end()) << "no reserved space is left";
  EXPECT_EQ(copy.log->durable_end(), copy.log->end());
  std::string scratch;
  EXPECT_EQ(must(test::look_up(*copy.segment, "key99", &scratch)).record.value, "value99");
}

}  // namespace
}  // namespace sediment
