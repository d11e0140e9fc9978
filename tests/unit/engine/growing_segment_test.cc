// A growing segment: its log and the segment that reads it are one file, and a failure leaves no file.
#include "engine/growing_segment.h"

#include <gtest/gtest.h>

#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::has_code;
using test::must;

constexpr SegmentNumber kNumber{7};

TEST(GrowingSegment, ItsSegmentReadsWhatItsLogAppends) {
  const auto disk = test::disk_with({});
  const GrowingSegment growing = must(GrowingSegment::create(*disk, kNumber, 4096, LogWriter::Stamp::kDurableUpto));
  EXPECT_EQ(growing.segment->number(), kNumber);
  EXPECT_EQ(growing.segment->nonce(), growing.log->nonce());
  EXPECT_EQ(growing.segment->record_count(), 0U);

  const std::uint64_t offset = must(growing.log->append(RecordType::kPut, "sky", "blue"));
  must(growing.segment->add({RecordType::kPut, offset, record_size(3, 4), 0, "sky", "blue"}, hash_key("sky"), nullptr));
  std::string scratch;
  EXPECT_EQ(must(test::look_up(*growing.segment, "sky", &scratch)).record.value, "blue");
  EXPECT_EQ(growing.segment->size_bytes(), growing.log->end());
}

TEST(GrowingSegment, ADurableOneSurvivesACrashAndTheOtherMayNot) {
  for (const bool durable : {false, true}) {
    const auto disk = test::disk_with({});
    (void)must(durable ? GrowingSegment::create_durable(*disk, kNumber, 4096)
                       : GrowingSegment::create(*disk, kNumber, 4096, LogWriter::Stamp::kZero));
    EXPECT_EQ(disk->state().durable_names().contains("000007.log"), durable);
  }
}

TEST(GrowingSegment, OneThatFindsNoSpaceLeavesNoFile) {
  const auto disk = test::disk_with({});
  disk->limit_space(100);
  EXPECT_TRUE(has_code(GrowingSegment::create_durable(*disk, kNumber, 4096), StatusCode::kNoSpace));
  EXPECT_TRUE(disk->state().names().empty());
}

}  // namespace
}  // namespace sediment
