// One segment: a log and the index of its keys.
#include "engine/segment.h"

#include <gtest/gtest.h>

#include "engine/log_writer.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::has_code;
using test::is_ok;
using test::must;

// A log and its segment, as the store has them for the active one.
struct Written {
  std::shared_ptr<sim::SimDisk> disk = std::make_shared<sim::SimDisk>();
  std::unique_ptr<LogWriter> log = must(LogWriter::create_durable(*disk, SegmentNumber{3}, 0));
  Segment segment{log->file(), {log->nonce(), log->number()}};

  Record append(RecordType type, std::string_view key, std::string_view value) {
    const std::uint64_t offset = must(log->append(type, key, value));
    return {type, offset, record_size(key.size(), value.size()), 0, key, value};
  }
  Record put(std::string_view key, std::string_view value) {
    const Record record = append(RecordType::kPut, key, value);
    must(segment.add(record, hash_key(record.key), nullptr));
    return record;
  }
  Record remove(std::string_view key) {
    const Record record = append(RecordType::kTombstone, key, {});
    must(segment.add(record, hash_key(record.key), nullptr));
    return record;
  }
  Result<test::Answer> find(std::string_view key) { return test::look_up(segment, key, &scratch); }

  std::string scratch;
};

TEST(Segment, DoesNotKnowAKeyBeforeItIsAdded) {
  Written written;
  const Record record = written.append(RecordType::kPut, "a", "1");
  EXPECT_EQ(must(written.find("a")).kind, Found::kNothing) << "it is in the log and not in the index";
  must(written.segment.add(record, hash_key(record.key), nullptr));
  const test::Answer lookup = must(written.find("a"));
  EXPECT_EQ(lookup.kind, Found::kValue);
  EXPECT_EQ(lookup.record.value, "1");
  EXPECT_EQ(must(written.find("b")).kind, Found::kNothing);
}

TEST(Segment, TheLaterRecordOfAKeyWins) {
  Written written;
  const Record first = written.put("a", "1");
  EXPECT_TRUE(written.segment.is_newest_here(first, hash_key(first.key)));
  const Record second = written.put("a", "2");
  EXPECT_EQ(must(written.find("a")).record.value, "2");
  EXPECT_FALSE(written.segment.is_newest_here(first, hash_key(first.key)));
  EXPECT_TRUE(written.segment.is_newest_here(second, hash_key(second.key)));
  EXPECT_EQ(written.segment.index().size(), 1U);
  EXPECT_EQ(written.segment.record_count(), 2U);
}

TEST(Segment, ATombstoneIsAnAnswer) {
  Written written;
  written.put("a", "1");
  EXPECT_EQ(must(written.find("a")).kind, Found::kValue);
  written.remove("a");
  EXPECT_EQ(must(written.find("a")).kind, Found::kTombstone);
  written.put("a", "2");
  EXPECT_EQ(must(written.find("a")).record.value, "2");
}

TEST(Segment, KnowsTheEmptyKeyAndKeysWithZeros) {
  Written written;
  const std::string zero(1, '\0');
  written.put("", "empty");
  written.put(zero, "zero");
  EXPECT_EQ(must(written.find("")).record.value, "empty");
  EXPECT_EQ(must(written.find(zero)).record.value, "zero");
  EXPECT_EQ(must(written.find(zero + zero)).kind, Found::kNothing);
}

TEST(Segment, GrowsWithItsLog) {
  Written written;
  EXPECT_EQ(written.segment.size_bytes(), kSegmentHeaderSize);
  EXPECT_EQ(written.segment.name(), "000003.log");
  EXPECT_EQ(written.segment.number(), SegmentNumber{3});
  EXPECT_EQ(written.segment.nonce(), written.log->nonce());
  for (int i = 0; i < 100; ++i) {
    const std::string key = std::to_string(i);
    written.put(key, key + key);
  }
  EXPECT_EQ(written.segment.size_bytes(), written.log->end());
  EXPECT_EQ(written.segment.extent().end, written.log->end());
  EXPECT_EQ(written.segment.record_count(), 100U);
  for (int i = 0; i < 100; ++i) {
    const std::string key = std::to_string(i);
    EXPECT_EQ(must(written.find(key)).record.value, key + key);
  }
}

// Two keys with equal tags, found by trying (by the birthday paradox, some 80,000 keys are needed).
std::pair<std::string, std::string> keys_with_one_tag() {
  std::map<std::uint32_t, std::string> seen;
  for (int i = 0; i < 1'000'000; ++i) {
    const std::string key = "k" + std::to_string(i);
    const auto [entry, is_new] = seen.emplace(hash_key(key).tag, key);
    if (!is_new) return {entry->second, key};
  }
  throw std::runtime_error("no two keys have one tag");
}

TEST(Segment, ComparesKeysAndNotOnlyTags) {
  const auto [a, b] = keys_with_one_tag();
  ASSERT_NE(a, b);
  ASSERT_EQ(hash_key(a).tag, hash_key(b).tag);
  Written written;
  const Record first = written.put(a, "of a");
  EXPECT_EQ(must(written.find(b)).kind, Found::kNothing);
  const Record second = written.put(b, "of b");
  EXPECT_EQ(must(written.find(a)).record.value, "of a");
  EXPECT_EQ(must(written.find(b)).record.value, "of b");
  EXPECT_TRUE(written.segment.is_newest_here(first, hash_key(first.key)))
      << "the other key's record does not supersede it";
  EXPECT_TRUE(written.segment.is_newest_here(second, hash_key(second.key)));
  written.remove(a);
  EXPECT_EQ(must(written.find(a)).kind, Found::kTombstone);
  EXPECT_EQ(must(written.find(b)).record.value, "of b");
}

TEST(Segment, DamageUnderAKeyIsCorruptionAndNotAbsence) {
  Written written;
  written.put("a", "1");
  const Record record = written.put("b", "2");
  ASSERT_EQ(must(written.find("b")).record.value, "2");

  std::string bytes = written.disk->state().contents().at("000003.log");
  bytes[record.offset + kRecordHeaderSize] = 'B';  // the key itself: a comparison alone would say "not here"
  written.disk = test::disk_with({{"000003.log", bytes}});
  Segment damaged(must(written.disk->open("000003.log")), {written.log->nonce(), SegmentNumber{3}});
  must(damaged.add({RecordType::kPut, 32, 32, 0, "a", "1"}, hash_key("a"), nullptr));
  must(damaged.add({RecordType::kPut, record.offset, 32, 0, "b", "2"}, hash_key("b"), nullptr));
  std::string scratch;
  const Result<test::Answer> lookup = test::look_up(damaged, "b", &scratch);
  ASSERT_TRUE(has_code(lookup, StatusCode::kCorruption));
  EXPECT_EQ(lookup.status().file(), "000003.log");
  EXPECT_EQ(lookup.status().offset(), record.offset);
  EXPECT_TRUE(is_ok(test::look_up(damaged, "a", &scratch))) << "other keys are not affected";
}

TEST(Segment, StaysReadableAfterItsFileWasRemoved) {
  Written written;
  written.put("a", "1");
  must(written.disk->remove("000003.log"));
  EXPECT_TRUE(written.disk->state().contents().empty());
  EXPECT_EQ(must(written.find("a")).record.value, "1");
}

TEST(SegmentDeathTest, RecordsAreAddedInTheOrderOfTheLog) {
  Written written;
  const Record record = written.append(RecordType::kPut, "a", "1");
  must(written.segment.add(record, hash_key(record.key), nullptr));
  EXPECT_DEATH((void)written.segment.add(record, hash_key(record.key), nullptr), "in the order of the log");
}

}  // namespace
}  // namespace sediment
