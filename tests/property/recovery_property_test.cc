// Opening after any run, however it ended: every later open shows what the first one showed; nothing that was sealed
// changes; later writes are as safe as ever; and everything that the store counts can be recounted from its logs.
#include "engine/recovery.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "sim/disk/crash.h"
#include "sim/run/runner.h"
#include "tests/support/coverage.h"
#include "tests/support/generators.h"
#include "tests/support/rapidcheck_settings.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment::test {
namespace {

using sim::CrashChoice;
using sim::DiskState;
using sim::Fault;

// ---- any run, with any end

struct Ended {
  sim::Scenario scenario;
  DiskState disk;
  std::vector<Pairs> prefixes;  // what the store held after 0, 1, 2, ... writes
  bool complete = false;        // the disk must hold all of them

  Options options() const { return scenario.store_options(); }
  std::shared_ptr<sim::SimDisk> new_disk() const { return disk_at(disk); }
  std::shared_ptr<sim::SimDisk> disk_at(const DiskState& state) const {
    return std::make_shared<sim::SimDisk>(state, sim::SimDiskOptions{7, scenario.reserve_space});
  }
  bool was_held_once(const Pairs& pairs) const {
    return std::find(prefixes.begin(), prefixes.end(), pairs) != prefixes.end();
  }
};

DiskState after_power_cut(const DiskState& before) {
  return must(crash_image(before, {.fault = Fault::kLoseUnsynced}));
}

// A file torn somewhere in an unsynced write; none if there is no such write.
std::optional<CrashChoice> any_tear(const DiskState& state) {
  std::vector<CrashChoice> tears;
  for (const auto& [name, id] : state.names()) {
    for (const sim::FileState::Change& write : state.file(id).unsynced) {
      if (write.bytes.empty()) continue;
      const auto byte = *between<std::uint64_t>(write.offset, write.offset + write.bytes.size() - 1);
      tears.push_back({.fault = Fault::kTornByte, .file = name, .byte = byte});
    }
  }
  if (tears.empty()) return std::nullopt;
  return tears[*between<std::size_t>(0, tears.size() - 1)];
}

Ended any_end(Coverage& coverage) {
  Ended ended;
  ended.scenario = any_scenario(*rc::gen::resize(30, any_steps()));
  ended.prefixes.emplace_back();
  for (const sim::Step& step : ended.scenario.steps) {
    if (step[0] != "put" && step[0] != "remove") continue;
    Pairs next = ended.prefixes.back();
    next.erase(step[1]);
    if (step[0] == "put") next.emplace(step[1], step[2]);
    ended.prefixes.push_back(std::move(next));
  }
  const auto end = *rc::gen::element<std::string>("closed", "killed", "cut", "cut contents", "cut directory", "torn");
  if (end == "closed") ended.scenario.steps.push_back({"close"});

  sim::Runner runner(ended.scenario);
  const sim::StepReport last = runner.run();
  if (!last.passed) RC_FAIL(sim::to_string(last.step) + ": " + last.outcome);
  const std::uint64_t operations = runner.trace().operation_count();
  const bool at_the_end = end == "closed" || *between(0, 3) == 0;
  const auto state = must(runner.trace().state_after(at_the_end ? operations : *between<std::uint64_t>(0, operations)));

  CrashChoice crash{.fault = Fault::kLoseUnsynced};
  if (end == "closed" || end == "killed") crash.fault = Fault::kCleanKill;
  if (end == "cut contents") crash.scope = CrashChoice::Scope::kContents;
  if (end == "cut directory") crash.scope = CrashChoice::Scope::kDirectory;
  if (end == "torn") {
    const auto tear = any_tear(state);
    if (tear) coverage.count("torn-files");
    crash = tear.value_or(crash);
  }
  ended.disk = must(crash_image(state, crash));
  ended.complete = at_the_end && crash.fault == Fault::kCleanKill;
  coverage.count(end);
  return ended;
}

// ---- recounting

// Reads a segment's log from start to end, and compares it with the segment's counters and index.
SegmentStats recounted(const Segment& segment, bool sealed, Coverage& coverage) {
  std::map<std::string, std::uint64_t> newest;  // key, offset
  std::uint64_t records = 0;
  std::uint64_t end = kSegmentHeaderSize;
  LogReader reader(segment.file(), segment.extent());
  while (true) {
    const LogReader::Step step = must(reader.next());
    if (step.verdict == RecordVerdict::kEnd) break;
    RC_ASSERT(step.verdict == RecordVerdict::kValid);
    newest[std::string(step.record.key)] = step.offset;
    ++records;
    end = step.record.end();
  }
  RC_ASSERT(segment.record_count() == records);
  RC_ASSERT(segment.size_bytes() == end);
  if (sealed) RC_ASSERT(segment.file().size() == end);

  const HashIndex& index = segment.index();
  RC_ASSERT(index.size() == newest.size());
  std::string scratch;
  std::size_t entries = 0;
  for (std::size_t slot = 0; slot < index.capacity(); ++slot) {
    const std::uint64_t offset = index.offset_at(slot);
    if (offset == 0) continue;
    const Record record = must(record_at(segment.file(), segment.extent(), offset, &scratch));
    RC_ASSERT(newest.at(std::string(record.key)) == offset);  // the entry's record is the newest one of its key
    ++entries;
  }
  RC_ASSERT(entries == newest.size());
  for (const auto& [key, offset] : newest) {
    const test::Answer found = must(look_up(segment, key, &scratch));
    RC_ASSERT(found.kind != Found::kNothing && found.record.offset == offset);
  }
  coverage.count("index-entries-recounted", entries);
  return {segment.number(), sealed, end, records, newest.size(), 0};
}

// The memory of an index that grew to this many keys, old tables included.
std::size_t grown_index_bytes(std::uint64_t keys) {
  HashIndex index;
  for (std::uint64_t i = 1; i <= keys; ++i) index.insert({static_cast<std::uint32_t>(i * 2'654'435'761)}, i * 8);
  return index.memory_bytes();
}

// The same after it has been fitted.
std::size_t fitted_index_bytes(std::uint64_t keys) { return 8 * ((keys * 6 + 4) / 5); }

// Compares every number that the store reports of its segments with the logs on its disk.
void must_count_right(Store& store, const DiskState& state, const Options& options, Coverage& coverage) {
  sim::SimDisk copy(state);
  const Recovered found = must(recover(copy, read_only(options)));
  const Stats stats = store.stats();
  const SegmentList found_sealed = found.catalog->sealed();
  const bool has_active = found.active.segment != nullptr;
  RC_ASSERT(stats.segments.size() == found_sealed.size() + (has_active ? 1 : 0));
  for (std::size_t i = 0; i < stats.segments.size(); ++i) {
    const bool sealed = i < found_sealed.size();
    const SegmentStats expected = recounted(sealed ? *found_sealed[i] : *found.active.segment, sealed, coverage);
    const SegmentStats& told = stats.segments[i];
    RC_ASSERT(told.number == expected.number && told.sealed == expected.sealed);
    RC_ASSERT(told.size_bytes == expected.size_bytes);
    RC_ASSERT(told.records == expected.records);
    RC_ASSERT(told.keys == expected.keys);
    // Sealed ones are fitted, unless they wait for the merge that rolled them, or a merge made them with room for all
    // its keys.
    const bool fitted = told.index_bytes == fitted_index_bytes(expected.keys);
    if (!sealed) RC_ASSERT(told.index_bytes == grown_index_bytes(expected.keys));
    if (sealed && !fitted) {
      RC_ASSERT(store.merge_under_way());
      RC_ASSERT(told.index_bytes > fitted_index_bytes(expected.keys));
    }
    if (sealed && fitted) coverage.count("fitted-indexes");
    coverage.count(sealed ? "sealed-segments-recounted" : "active-segments-recounted");
  }
}

Pairs shown_by(const std::shared_ptr<Disk>& disk, const Options& options) {
  const auto store = open_store(disk, options);
  return dump(*store);
}

// What the store shows when opened read-only, which changes nothing.
void must_show_read_only(const Ended& ended, const Pairs& expected) {
  const auto disk = ended.new_disk();
  const auto before = disk->state().contents();
  RC_ASSERT(shown_by(disk, read_only(ended.options())) == expected);
  RC_ASSERT(disk->state().contents() == before);
}

// ---- properties

TEST(RecoveryProperty, WhatOneOpenShowsEveryLaterOneShows) {
  try_more_cases();
  Coverage coverage("recovery_is_a_fixpoint");
  const bool holds = rc::check("opening again in any way shows the same and touches no sealed file", [&] {
    const Ended ended = any_end(coverage);
    const auto disk = ended.new_disk();
    const auto found = disk->state().contents();
    const bool is_a_store = found.contains(std::string(kManifestName));
    const auto store = open_store(disk, ended.options());
    const Pairs first = dump(*store);
    RC_ASSERT(ended.was_held_once(first));
    if (ended.complete) RC_ASSERT(first == ended.prefixes.back());
    for (const auto& [key, value] : ended.prefixes.back()) {
      const auto shown = first.find(key);
      RC_ASSERT(lookup(*store, key) == (shown == first.end() ? std::nullopt : std::optional(shown->second)));
    }
    if (is_a_store) {
      must_show_read_only(ended, first);
      for (const Manifest::Sealed& sealed : must(parse_manifest(found.at(std::string(kManifestName)))).sealed) {
        const std::string name = segment_file_name(sealed.number);
        RC_ASSERT(disk->state().contents().at(name) == found.at(name));
        coverage.count("sealed-files");
      }
    }

    const DiskState opened = disk->state();
    must_count_right(*store, opened, ended.options(), coverage);
    RC_ASSERT(shown_by(ended.disk_at(opened), ended.options()) == first);                   // killed right after it
    RC_ASSERT(shown_by(ended.disk_at(after_power_cut(opened)), ended.options()) == first);  // a power cut after it
    must(store->close());
    RC_ASSERT(shown_by(ended.disk_at(disk->state()), ended.options()) == first);  // a clean close after it

    const RecoveryReport& report = store->recovery_report();
    RC_ASSERT(report.created == !is_a_store);
    if (report.created) coverage.count("stores-created");
    if (report.snapshots_used > 0) coverage.count("opened-from-snapshots");
    if (!report.cut_reason.empty()) coverage.count("tails-cut");
    if (!report.files_removed.empty()) coverage.count("leftover-files-removed");
    if (!report.active_file.empty() && report.cut_offset > kSegmentHeaderSize) coverage.count("logs-rewritten");
    if (!first.empty()) coverage.count("not-empty");
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"closed", "killed", "cut", "cut contents", "cut directory", "torn", "torn-files"})
    coverage.require_at_least(counter, 20);
  for (const char* counter :
       {"tails-cut", "leftover-files-removed", "logs-rewritten", "stores-created", "opened-from-snapshots"})
    coverage.require_at_least(counter, 8);
  for (const char* counter :
       {"not-empty", "sealed-files", "index-entries-recounted", "sealed-segments-recounted", "fitted-indexes"})
    coverage.require_at_least(counter, 200);
}

// A write of the second life: a value, or none for a tombstone.
using Write = std::pair<std::string, std::optional<std::string>>;

rc::Gen<std::vector<Write>> any_writes() {
  const auto value = rc::gen::apply(
      [](bool tombstone, std::string text) {
        return tombstone ? std::optional<std::string>() : std::optional(std::move(text));
      },
      rc::gen::element(false, false, true), hostile_value());
  return rc::gen::scale(0.15, rc::gen::container<std::vector<Write>>(rc::gen::pair(hostile_key(), value)));
}

void write(Store& store, const Write& write, std::vector<Pairs>* states) {
  const auto& [key, value] = write;
  must(value ? store.put(key, *value) : store.remove(key));
  Pairs next = states->back();
  next.erase(key);
  if (value) next.emplace(key, *value);
  states->push_back(std::move(next));
}

TEST(RecoveryProperty, WhatIsWrittenAndSyncedBehindARecoverySurvivesTheNextCrash) {
  try_more_cases();
  Coverage coverage("recovery_and_a_second_life");
  const bool holds = rc::check("recover, write, sync, write on, power cut, recover: a prefix past the sync", [&] {
    const Ended ended = any_end(coverage);
    const auto synced = *any_writes();
    const auto unsynced = *any_writes();
    const auto merges = *rc::gen::arbitrary<bool>();

    const auto disk = ended.new_disk();
    const auto store = open_store(disk, ended.options());
    std::vector<Pairs> states{dump(*store)};
    for (const Write& each : synced) write(*store, each, &states);
    if (merges) must(store->begin_merge());
    must(store->sync());
    const std::size_t floor = states.size() - 1;
    for (const Write& each : unsynced) {
      write(*store, each, &states);
      if (merges && store->merge_under_way()) must(store->merge_step());
    }
    must_count_right(*store, disk->state(), ended.options(), coverage);

    const auto again = ended.disk_at(after_power_cut(disk->state()));
    const auto second = open_store(again, ended.options());
    const Pairs left = dump(*second);
    const auto found = std::find(states.begin() + static_cast<std::ptrdiff_t>(floor), states.end(), left);
    RC_ASSERT(found != states.end());
    must_count_right(*second, again->state(), ended.options(), coverage);

    if (left != states.back()) coverage.count("unsynced-writes-lost");
    if (!synced.empty()) coverage.count("synced-writes-survived", synced.size());
    if (merges) coverage.count("merges-under-way");
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"unsynced-writes-lost", "synced-writes-survived", "merges-under-way",
                              "active-segments-recounted", "sealed-segments-recounted"})
    coverage.require_at_least(counter, 100);
}

}  // namespace
}  // namespace sediment::test
