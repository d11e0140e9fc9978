// A full pass over a sealed segment: every record, oldest first, and whether it still counts.
#include "engine/segment_scan.h"

#include <gtest/gtest.h>

#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::has_code;
using test::must;
using test::Records;
using test::segment_of;

// Two keys with equal tags in the index.
constexpr const char* kTwin = "key-035517";
constexpr const char* kOtherTwin = "key-082695";

const char* text_of(Standing standing) {
  switch (standing) {
    case Standing::kNewest: return "newest";
    case Standing::kSupersededHere: return "superseded here";
    case Standing::kSupersededLater: return "superseded later";
  }
  return "?";
}

using Lines = std::vector<std::string>;

struct Scanned {
  Lines lines;  // "key: standing"
  Status end;   // how the scan ended
};

Scanned scanned(const Segment& segment, const SegmentList& newer) {
  Scanned scanned;
  SegmentScan scan(segment, newer);
  std::uint64_t offset = kSegmentHeaderSize;
  while (true) {
    const Result<const SegmentScan::Entry*> entry = scan.next();
    scanned.end = entry.status();
    if (!entry.ok() || *entry == nullptr) return scanned;
    const Record& record = *(*entry)->record;
    EXPECT_EQ(record.offset, offset) << "the records follow each other";
    EXPECT_EQ((*entry)->hash.tag, hash_key(record.key).tag);
    scanned.lines.push_back(std::string(record.key) + ": " + text_of((*entry)->standing));
    offset = record.end();
  }
}

// What a scan to the end finds.
Lines standings(const Segment& segment, const SegmentList& newer = {}) {
  const Scanned all = scanned(segment, newer);
  must(all.end);
  return all.lines;
}

// The same segment with a wrong bit in one byte of its log.
std::shared_ptr<const Segment> with_damage(const sim::SimDisk& disk, const Segment& segment, std::uint64_t at) {
  std::string bytes = disk.state().contents().at(segment.name());
  bytes[at] = static_cast<char>(bytes[at] ^ 1);
  return std::make_shared<Segment>(test::file_with(bytes), SegmentHeader{segment.nonce(), segment.number()},
                                   HashIndex(segment.index()), segment.size_bytes(), segment.record_count());
}

TEST(SegmentScan, AnEmptySegmentEndsAtOnceAndStaysThere) {
  sim::SimDisk disk;
  const auto segment = segment_of(disk, 1, {});
  const auto newer = segment_of(disk, 2, {{"a", "1"}});
  SegmentScan scan(*segment, {newer});
  for (int time = 0; time < 3; ++time) EXPECT_EQ(must(scan.next()), nullptr);
}

TEST(SegmentScan, GivesEveryRecordWithItsBytesAndThenTheEnd) {
  sim::SimDisk disk;
  const std::string zeros(9, '\0');
  const auto segment = segment_of(disk, 1, {{"a", "1"}, {"", ""}, {zeros, zeros}, {"gone", std::nullopt}});
  SegmentScan scan(*segment, {});
  const auto next = [&] { return *must(scan.next())->record; };
  EXPECT_EQ(next().value, "1");
  EXPECT_EQ(next().key, "");
  EXPECT_EQ(next().value, zeros);
  EXPECT_EQ(next().type, RecordType::kTombstone);
  for (int time = 0; time < 3; ++time) EXPECT_EQ(must(scan.next()), nullptr);
}

TEST(SegmentScan, ALaterRecordOfTheKeyInItsOwnSegmentSupersedes) {
  sim::SimDisk disk;
  const auto segment = segment_of(disk, 1, {{"a", "1"}, {"b", "1"}, {"a", "2"}, {"a", "3"}});
  EXPECT_EQ(standings(*segment), (Lines{"a: superseded here", "b: newest", "a: superseded here", "a: newest"}));
  EXPECT_EQ(standings(*segment->settled_copy()), standings(*segment)) << "also with a fitted index";
}

TEST(SegmentScan, ARecordInAnyNewerSegmentSupersedes) {
  sim::SimDisk disk;
  const auto segment = segment_of(disk, 1, {{"a", "1"}, {"b", "1"}, {"c", "1"}, {"d", "1"}});
  const auto first = segment_of(disk, 2, {{"a", "2"}, {"x", "2"}});
  const auto second = segment_of(disk, 3, {{"b", "3"}, {"x", "3"}});
  const auto third = segment_of(disk, 4, {{"c", "4"}, {"x", "4"}});
  const Lines expected{"a: superseded later", "b: superseded later", "c: superseded later", "d: newest"};
  EXPECT_EQ(standings(*segment, {first, second, third}), expected);
  EXPECT_EQ(standings(*segment, {third, first, second}), expected) << "in whatever order";
  EXPECT_EQ(standings(*segment, {second}), (Lines{"a: newest", "b: superseded later", "c: newest", "d: newest"}));
  EXPECT_EQ(standings(*segment), (Lines{"a: newest", "b: newest", "c: newest", "d: newest"}));
}

TEST(SegmentScan, SupersededHereTakesPrecedence) {
  sim::SimDisk disk;
  const auto segment = segment_of(disk, 1, {{"a", "1"}, {"a", "2"}});
  const auto newer = segment_of(disk, 2, {{"a", "3"}});
  EXPECT_EQ(standings(*segment, {newer}), (Lines{"a: superseded here", "a: superseded later"}));
}

TEST(SegmentScan, ATombstoneIsARecordLikeAnyOther) {
  sim::SimDisk disk;
  const auto segment =
      segment_of(disk, 1, {{"a", "1"}, {"a", std::nullopt}, {"b", std::nullopt}, {"c", "1"}, {"d", std::nullopt}});
  const auto newer = segment_of(disk, 2, {{"c", std::nullopt}, {"d", "2"}});
  EXPECT_EQ(standings(*segment, {newer}),
            (Lines{"a: superseded here", "a: newest", "b: newest", "c: superseded later", "d: superseded later"}));
}

TEST(SegmentScan, AnotherKeyWithTheSameTagSupersedesNothing) {
  ASSERT_EQ(hash_key(kTwin).tag, hash_key(kOtherTwin).tag);
  sim::SimDisk disk;
  const auto both = segment_of(disk, 1, {{kTwin, "1"}, {kOtherTwin, "1"}, {kTwin, "2"}});
  EXPECT_EQ(standings(*both), (Lines{"key-035517: superseded here", "key-082695: newest", "key-035517: newest"}));

  const auto one = segment_of(disk, 2, {{kTwin, "1"}});
  const auto other = segment_of(disk, 3, {{kOtherTwin, "2"}});
  const auto last = segment_of(disk, 4, {{"a", "1"}, {kOtherTwin, "2"}, {kTwin, "2"}});
  EXPECT_EQ(standings(*one, {other}), Lines{"key-035517: newest"});
  EXPECT_EQ(standings(*one, {other, last}), Lines{"key-035517: superseded later"})
      << "a tag that deceives in one segment does not end the search";
  EXPECT_EQ(standings(*one, {last, other}), Lines{"key-035517: superseded later"});
}

TEST(SegmentScan, GoesThroughManyBatches) {
  sim::SimDisk disk;
  for (const int records : {31, 32, 33, 64, 65, 333}) {
    Records older;
    Records newer;
    Lines expected;
    const int keys = records * 3 / 4;
    for (int i = 0; i < records; ++i) {
      const std::string key = "key" + std::to_string(i % keys);
      older.emplace_back(key, std::to_string(i));
      const bool superseded_later = i % keys % 5 == 0;
      expected.push_back(key + (i + keys < records ? ": superseded here"
                                : superseded_later ? ": superseded later"
                                                   : ": newest"));
    }
    for (int key = 0; key < keys; key += 5) newer.emplace_back("key" + std::to_string(key), "later");
    const auto number = static_cast<std::uint64_t>(records);
    const auto segment = segment_of(disk, number, older);
    EXPECT_EQ(standings(*segment, {segment_of(disk, 1000 + number, newer)}), expected) << records << " records";
  }
}

TEST(SegmentScan, ReadsRecordsLargerThanTheReadersWindow) {
  sim::SimDisk disk;
  const std::string large(100'000, 'v');
  Records records{{"large", large}};
  Lines expected{"large: superseded here"};
  for (int i = 0; i < 50; ++i) {
    const std::string key = "key" + std::to_string(i);
    records.emplace_back(key, i % 10 == 3 ? large : "small");
    expected.push_back(key + ": newest");
  }
  records.emplace_back("large", large);
  expected.emplace_back("large: superseded later");
  const auto segment = segment_of(disk, 1, records);
  const auto newer = segment_of(disk, 2, {{"large", large}});
  EXPECT_EQ(standings(*segment, {newer}), expected);
}

TEST(SegmentScan, ASegmentThatIsWrittenMeanwhileChangesNothing) {
  sim::SimDisk disk;
  const auto segment = segment_of(disk, 1, {{"a", "1"}, {"b", "1"}, {"a", "2"}});
  const auto newer = segment_of(disk, 2, {{"b", "2"}});
  const auto log = must(LogWriter::create_durable(disk, SegmentNumber{3}, 0));
  Segment output(log->file(), {log->nonce(), log->number()});
  SegmentScan scan(*segment, {newer});
  scan.expect_to_add_to(&output);
  Lines lines;
  while (const SegmentScan::Entry* entry = must(scan.next())) {
    lines.push_back(std::string(entry->record->key) + ": " + text_of(entry->standing));
    Record copy = *entry->record;
    copy.offset = must(log->append(copy.type, copy.key, copy.value));
    must(output.add(copy, hash_key(copy.key), nullptr));
  }
  EXPECT_EQ(lines, (Lines{"a: superseded here", "b: superseded later", "a: newest"}));
}

TEST(SegmentScan, DamageEndsItAfterTheRecordsBefore) {
  sim::SimDisk disk;
  Records records;
  for (int i = 0; i < 100; ++i) records.emplace_back("key" + std::to_string(i), "value");
  const auto segment = segment_of(disk, 7, records);
  std::vector<std::uint64_t> offsets;
  LogReader reader(segment->file(), segment->extent());
  for (int i = 0; i < 100; ++i) offsets.push_back(must(reader.next()).offset);
  const Lines whole = standings(*segment);

  for (const std::size_t at : {0U, 1U, 31U, 32U, 50U, 63U, 64U, 99U}) {
    for (const std::uint64_t byte : {std::uint64_t{0}, std::uint64_t{kRecordHeaderSize}}) {
      const auto damaged = with_damage(disk, *segment, offsets[at] + byte);
      const Scanned found = scanned(*damaged, {});
      EXPECT_EQ(found.lines, Lines(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(at)));
      ASSERT_TRUE(has_code(found.end, StatusCode::kCorruption)) << at;
      EXPECT_EQ(found.end.file(), "000007.log");
      EXPECT_EQ(found.end.offset(), offsets[at]);
      EXPECT_EQ(found.end.message(),
                byte == 0 ? "the header's checksum does not match" : "the body's checksum does not match");
    }
  }
}

TEST(SegmentScan, DamageIsReportedAgainAndNeverSkipped) {
  sim::SimDisk disk;
  const auto segment = segment_of(disk, 1, {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  const auto damaged = with_damage(disk, *segment, 64);
  SegmentScan scan(*damaged, {});
  EXPECT_EQ(must(scan.next())->record->key, "a");
  for (int time = 0; time < 3; ++time) EXPECT_TRUE(has_code(scan.next(), StatusCode::kCorruption));
}

TEST(SegmentScan, BlankSpaceInTheMiddleIsDamageToo) {
  sim::SimDisk disk;
  const auto segment = segment_of(disk, 1, {{"a", "1"}, {"b", "2"}, {"c", "3"}});
  std::string bytes = disk.state().contents().at("000001.log");
  bytes.replace(64, 32, 32, '\0');
  const Segment hole(test::file_with(bytes), {segment->nonce(), segment->number()}, HashIndex(segment->index()),
                     segment->size_bytes(), segment->record_count());
  const Scanned found = scanned(hole, {});
  EXPECT_EQ(found.lines, Lines{"a: newest"});
  ASSERT_TRUE(has_code(found.end, StatusCode::kCorruption)) << "a sealed segment has no blank space";
  EXPECT_EQ(found.end.offset(), 64U);
}

TEST(SegmentScan, ADamagedNewerRecordThatMayHaveTheKeyIsCorruption) {
  sim::SimDisk disk;
  const auto segment = segment_of(disk, 1, {{"a", "1"}, {kTwin, "1"}, {"c", "1"}});
  for (const char* key : {kTwin, kOtherTwin}) {
    const std::uint64_t number = key == kTwin ? 2 : 3;
    const auto newer = segment_of(disk, number, {{"a", "2"}, {key, "2"}});
    const auto damaged = with_damage(disk, *newer, 64);
    const Scanned found = scanned(*segment, {damaged});
    EXPECT_EQ(found.lines, Lines{"a: superseded later"}) << "the damaged record has not been read before this";
    ASSERT_TRUE(has_code(found.end, StatusCode::kCorruption));
    EXPECT_EQ(found.end.file(), newer->name());
    EXPECT_EQ(found.end.offset(), 64U);
  }
}

TEST(SegmentScan, ADamagedNewerRecordOfAnotherKeyDoesNotMatter) {
  sim::SimDisk disk;
  const auto segment = segment_of(disk, 1, {{"a", "1"}, {"b", "1"}});
  const auto newer = segment_of(disk, 2, {{"a", "2"}, {"x", "2"}});
  EXPECT_EQ(standings(*segment, {with_damage(disk, *newer, 64)}), (Lines{"a: superseded later", "b: newest"}));
}

TEST(SegmentScan, ASupersededRecordNeedsNoLookupInNewerSegments) {
  sim::SimDisk disk;
  const auto segment = segment_of(disk, 1, {{"a", "1"}, {"a", "2"}});
  const auto newer = segment_of(disk, 2, {{"a", "3"}});
  const Scanned found = scanned(*segment, {with_damage(disk, *newer, 32)});
  EXPECT_EQ(found.lines, Lines{"a: superseded here"});
  EXPECT_TRUE(has_code(found.end, StatusCode::kCorruption));
}

TEST(SegmentScan, ABadSectorIsAnErrorAndNotTheEnd) {
  const auto disk = test::disk_with({});
  const auto segment = segment_of(*disk, 1, {{"a", "1"}, {"b", "1"}});
  const auto newer = segment_of(*disk, 2, {{"b", "2"}});
  disk->fail({.call = sim::CallFault::Call::kRead});
  EXPECT_TRUE(has_code(SegmentScan(*segment, {newer}).next(), StatusCode::kIoError));

  disk->heal();
  SegmentScan scan(*segment, {newer});
  EXPECT_EQ(must(scan.next())->standing, Standing::kNewest);
  disk->fail({.call = sim::CallFault::Call::kRead});
  EXPECT_TRUE(has_code(scan.next(), StatusCode::kIoError)) << "whether b is superseded is unknown";
}

}  // namespace
}  // namespace sediment
