// A pass over any segment below any others: each record comes once, in order, with its own bytes, and its standing is
// the one that a loop over all later records finds.
#include "engine/segment_scan.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>

#include "tests/support/coverage.h"
#include "tests/support/generators.h"
#include "tests/support/rapidcheck_settings.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment::test {
namespace {

// Few keys, so that they recur, and enough other keys that in some cases most records are the newest of their key.
rc::Gen<Records> any_records(double scale) {
  const auto key = rc::gen::weightedOneOf<std::string>(
      {{3, rc::gen::element<std::string>("", "a", "b", std::string(8, '\0'), kTwin, kOtherTwin)},
       {3, rc::gen::map(between(0, 400), [](int n) { return "key" + std::to_string(n); })}});
  const auto value = rc::gen::apply(
      [](bool tombstone, std::string text) {
        return tombstone ? std::optional<std::string>() : std::optional(std::move(text));
      },
      rc::gen::element(false, false, true), hostile_value());
  return rc::gen::scale(scale, rc::gen::container<Records>(rc::gen::pair(key, value)));
}

bool has_record_of(const Records& records, std::size_t from, const std::string& key) {
  return std::any_of(records.begin() + static_cast<std::ptrdiff_t>(from), records.end(),
                     [&](const auto& record) { return record.first == key; });
}

Standing naive_standing(const Records& records, std::size_t at, const std::vector<Records>& newer) {
  const std::string& key = records[at].first;
  if (has_record_of(records, at + 1, key)) return Standing::kSupersededHere;
  const bool later =
      std::any_of(newer.begin(), newer.end(), [&](const Records& others) { return has_record_of(others, 0, key); });
  return later ? Standing::kSupersededLater : Standing::kNewest;
}

TEST(SegmentScanProperty, EachRecordStandsAsALoopOverAllLaterOnesSays) {
  try_more_cases();
  Coverage coverage("segment_scan");
  const bool holds = rc::check("a scan gives each record once, in order, with the standing of a naive model", [&] {
    Records records = *any_records(*rc::gen::element(0.1, 1.0, 3.0));
    const auto newer_records = *rc::gen::scale(0.04, rc::gen::container<std::vector<Records>>(any_records(5.0)));
    const bool has_large = !records.empty() && *between(0, 15) == 0;
    if (has_large) {  // larger than the reader's window
      const auto which = *between<std::size_t>(0, records.size() - 1);
      records[which].second = std::string(70'000, 'L');
    }
    const auto limit =
        has_large ? *rc::gen::element<std::size_t>(0, 5000) : *rc::gen::element<std::size_t>(0, 0, 1, 7, 24, 33, 100);

    sim::SimDisk disk;
    const bool fitted = *rc::gen::arbitrary<bool>();
    std::uint64_t number = 1;
    const auto make = [&](const Records& of) {
      auto segment = segment_of(disk, number++, of);
      return fitted ? segment->settled_copy() : segment;
    };
    const auto segment = make(records);
    SegmentList newer;
    for (const Records& others : newer_records) newer.push_back(make(others));
    disk.limit_reads(limit);

    SegmentScan scan(*segment, newer);
    if (*rc::gen::arbitrary<bool>()) scan.expect_to_add_to(segment.get());
    for (std::size_t at = 0; at < records.size(); ++at) {
      const SegmentScan::Entry* entry = must(scan.next());
      RC_ASSERT(entry != nullptr);
      const auto& [key, value] = records[at];
      RC_ASSERT(entry->record->key == key);
      RC_ASSERT(entry->record->type == (value ? RecordType::kPut : RecordType::kTombstone));
      RC_ASSERT(entry->record->value == value.value_or(""));
      RC_ASSERT(entry->hash.tag == hash_key(key).tag);
      const Standing expected = naive_standing(records, at, newer_records);
      RC_ASSERT(entry->standing == expected);
      coverage.count(expected == Standing::kNewest           ? "newest"
                     : expected == Standing::kSupersededHere ? "superseded-here"
                                                             : "superseded-later");
      const std::string twin = key == kTwin ? kOtherTwin : key == kOtherTwin ? kTwin : "";
      const bool deceives = !twin.empty() && expected == Standing::kNewest &&
                            std::any_of(newer_records.begin(), newer_records.end(),
                                        [&](const Records& others) { return has_record_of(others, 0, twin); });
      if (deceives) coverage.count("newest-in-spite-of-an-equal-tag");
      if (expected == Standing::kSupersededLater && !has_record_of(newer_records[0], 0, key)) {
        coverage.count("superseded-after-the-first-newer-segment");
      }
    }
    RC_ASSERT(must(scan.next()) == nullptr);
    RC_ASSERT(must(scan.next()) == nullptr);
    coverage.count(limit == 0 ? "whole-reads" : "short-reads");
    if (records.size() > 2 * LogReader::Batch::kMostRecords) coverage.count("more-than-two-batches");
    if (has_large) coverage.count("larger-than-the-window");
    if (newer.size() > 1) coverage.count("several-newer-segments");
    if (records.empty()) coverage.count("empty");
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"newest", "superseded-here", "superseded-later", "newest-in-spite-of-an-equal-tag",
                              "superseded-after-the-first-newer-segment", "whole-reads", "short-reads",
                              "more-than-two-batches", "several-newer-segments"})
    coverage.require_at_least(counter, 100);
  for (const char* counter : {"larger-than-the-window", "empty"}) coverage.require_at_least(counter, 10);
}

}  // namespace
}  // namespace sediment::test
