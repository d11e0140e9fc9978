// A whole store, damaged at rest: each get returns the right value or reports corruption. Never another value, never
// "not found" for a live key, never a value for a removed one.
//
// Without snapshots an open reads every byte, so it finds all damage. With them it reads only the records of the active
// segment: damage to any other record is found when that record is read. And damage to a snapshot costs only time.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/store.h"
#include "tests/support/coverage.h"
#include "tests/support/damage.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::Coverage;
using test::Files;
using test::has_code;
using test::is_ok;
using test::lookup;
using test::must;
using test::Pairs;

// ---- a closed store of three segments

const std::vector<std::string> kKeys{"a", "b", "c", "gone", std::string(2, '\0'), "", "never there"};
constexpr std::size_t kSegments = 3;

bool is_snapshot(const std::string& name) { return parse_snapshot_file_name(name).has_value(); }
bool is_log(const std::string& name) { return parse_segment_file_name(name).has_value(); }

struct Closed {
  explicit Closed(bool with_snapshots) : snapshots(with_snapshots) {
    const auto disk = test::disk_with({});
    const auto store = test::open_store(disk, options());
    const auto put = [&](const std::string& key, const std::string& value) {
      must(store->put(key, value));
      live[key] = value;
    };
    put("a", "old");
    put("b", "1");
    put("gone", "was there");
    must(store->roll());
    put("a", "new");
    put(std::string(2, '\0'), std::string(9, '\0'));
    put("", "empty key");
    must(store->roll());
    must(store->remove("gone"));
    live.erase("gone");
    put("c", "");
    must(store->close());
    files = disk->state().contents();
  }

  Options options() const {
    Options options = test::small_segments();
    options.snapshots = snapshots;
    return options;
  }
  std::string name(const std::string& test) const { return "closed-store-" + test + (snapshots ? "-snapshots" : ""); }

  bool snapshots;
  Pairs live;
  Files files;
};

// The names of the files that differ.
std::set<std::string> changed_files(const Files& before, const Files& after) {
  std::set<std::string> changed;
  for (const auto& [name, bytes] : before) {
    const auto now = after.find(name);
    if (now == after.end() || now->second != bytes) changed.insert(name);
  }
  return changed;
}

// Reads every key. The counters record the results.
void check_gets(const Closed& closed, const Store& store, Coverage& coverage, const std::string& what) {
  for (const std::string& key : kKeys) {
    std::string value = "untouched";
    const Status status = store.get(key, &value);
    const auto expected = closed.live.find(key);
    if (status.is(StatusCode::kCorruption)) {
      coverage.count("get says corruption");
      EXPECT_EQ(value, "untouched") << what << ": corruption returns no bytes";
    } else if (expected == closed.live.end()) {
      EXPECT_TRUE(has_code(status, StatusCode::kNotFound)) << what << ", key \"" << key << "\"";
      coverage.count("get says absent");
    } else {
      EXPECT_TRUE(is_ok(status)) << what << ", key \"" << key << "\"";
      EXPECT_EQ(value, expected->second) << what << ", key \"" << key << "\"";
      coverage.count("get gives the value");
    }
  }
}

// Opens files of which only snapshots are damaged: everything must be as if they were not.
void check_only_time_is_lost(const Closed& closed, const Files& files, const std::set<std::string>& changed,
                             Coverage& coverage, const std::string& what) {
  for (const bool read_only : {true, false}) {
    Options options = closed.options();
    options.read_only = read_only;
    const auto disk = test::disk_with(files);
    Result<std::unique_ptr<Store>> store = Store::open(disk, options);
    ASSERT_TRUE(is_ok(store)) << what;
    const RecoveryReport& report = (*store)->recovery_report();
    EXPECT_EQ(report.snapshots_used, kSegments - changed.size()) << what;
    std::size_t missing = 0;
    for (const std::string& name : changed) missing += files.contains(name) ? 0 : 1;
    EXPECT_EQ(report.snapshots_ignored, changed.size() - missing) << what;
    EXPECT_GT(report.records_scanned, 0U) << what << ": the log was read instead";

    for (const std::string& key : kKeys) {
      std::string value;
      const Status status = (*store)->get(key, &value);
      const auto expected = closed.live.find(key);
      if (expected == closed.live.end()) {
        EXPECT_TRUE(has_code(status, StatusCode::kNotFound)) << what << ", key \"" << key << "\"";
      } else {
        EXPECT_TRUE(is_ok(status)) << what << ", key \"" << key << "\"";
        EXPECT_EQ(value, expected->second) << what << ", key \"" << key << "\"";
      }
    }
    for (const auto& [name, bytes] : closed.files) {
      if (!is_snapshot(name)) continue;
      const auto& now = disk->state().contents();
      if (read_only) {
        EXPECT_EQ(now.contains(name), files.contains(name)) << what << ": a reader changes nothing";
      } else {
        EXPECT_EQ(now.at(name), bytes) << what << ": " << name << " is rewritten as it was";
      }
    }
    coverage.count("damage to a snapshot is invisible but for time");
  }
}

// Opens the damaged files, read-only and for writing.
void check(const Closed& closed, const Files& files, Coverage& coverage, const std::string& what) {
  const std::set<std::string> changed = changed_files(closed.files, files);
  if (!changed.empty() && std::all_of(changed.begin(), changed.end(), is_snapshot)) {
    return check_only_time_is_lost(closed, files, changed, coverage, what);
  }
  for (const bool read_only : {true, false}) {
    Options options = closed.options();
    options.read_only = read_only;
    const auto disk = test::disk_with(files);
    Result<std::unique_ptr<Store>> store = Store::open(disk, options);
    if (!store.ok()) {
      EXPECT_TRUE(has_code(store, StatusCode::kCorruption)) << what;
      EXPECT_EQ(disk->state().contents().size(), files.size())
          << what << ": a store that cannot be opened keeps its files";
      coverage.count("open says corruption");
      continue;
    }
    coverage.count("open says ok");
    check_gets(closed, **store, coverage, what);
    if (changed.empty()) continue;
    const auto visit = [](std::string_view, std::string_view) { return true; };
    EXPECT_TRUE(has_code((*store)->for_each(visit), StatusCode::kCorruption)) << what;
    coverage.count("a pass says corruption");
  }
}

// How many bits of the files an open reads in spite of snapshots, not counting the snapshots.
std::uint64_t bits_checked_at_open(const Closed& closed) {
  std::uint64_t bytes = 0;
  for (const auto& [name, contents] : closed.files) {
    if (is_snapshot(name)) continue;
    bytes += is_log(name) && closed.snapshots ? kSegmentHeaderSize : contents.size();
  }
  return 8 * bytes;
}

std::uint64_t bytes_in(const Closed& closed, bool snapshots) {
  std::uint64_t bytes = 0;
  for (const auto& [name, contents] : closed.files) bytes += is_snapshot(name) == snapshots ? contents.size() : 0;
  return bytes;
}

TEST(StoreCorruption, WithoutDamageEverythingIsThere) {
  for (const bool snapshots : {false, true}) {
    const Closed closed(snapshots);
    ASSERT_EQ(closed.files.size(), kSegments * (snapshots ? 2 : 1) + 1) << "segments, snapshots and the manifest";
    ASSERT_EQ(closed.live.size(), 5U);
    Coverage coverage(closed.name("undamaged"));
    check(closed, closed.files, coverage, "undamaged");
    EXPECT_EQ(coverage.value("get gives the value"), 2 * 5U);
    EXPECT_EQ(coverage.value("get says absent"), 2 * 2U);
    EXPECT_EQ(test::open_store(test::disk_with(closed.files), closed.options())->recovery_report().snapshots_used,
              snapshots ? kSegments : 0);
  }
}

TEST(StoreCorruption, AnyFlippedBitOfAnyFileGivesTheRightValueOrCorruption) {
  for (const bool snapshots : {false, true}) {
    const Closed closed(snapshots);
    Coverage coverage(closed.name("bit-flips"));
    std::uint64_t cases = 0;
    for (const auto& [name, bytes] : closed.files) {
      cases += test::for_each_bit_flip(bytes, [&, &file = name](const std::string& damaged, std::uint64_t bit) {
        Files files = closed.files;
        files[file] = damaged;
        check(closed, files, coverage, file + ", bit " + std::to_string(bit));
      });
    }
    const std::uint64_t in_snapshots = 8 * bytes_in(closed, true);
    EXPECT_EQ(cases, 8 * bytes_in(closed, false) + in_snapshots);
    EXPECT_GT(cases, 4000U);
    coverage.count("bits flipped", cases);
    EXPECT_EQ(coverage.value("open says corruption"), 2 * bits_checked_at_open(closed))
        << "every byte that an open relies on is covered by a checksum";
    EXPECT_EQ(coverage.value("a pass says corruption"), 2 * (cases - in_snapshots - bits_checked_at_open(closed)))
        << "and every other byte by the read that reaches it";
    EXPECT_EQ(coverage.value("damage to a snapshot is invisible but for time"), 2 * in_snapshots);
    if (snapshots) {
      EXPECT_GT(in_snapshots, 2000U);
      coverage.require_at_least("get says corruption", 1000);
      coverage.require_at_least("get gives the value", 10'000);
    }
  }
}

TEST(StoreCorruption, AnyCutOfAnyFileGivesTheRightValueOrCorruption) {
  for (const bool snapshots : {false, true}) {
    const Closed closed(snapshots);
    Coverage coverage(closed.name("cuts"));
    std::uint64_t cases = 0;
    for (const auto& [name, bytes] : closed.files) {
      cases += test::for_each_cut(bytes, [&, &file = name](const std::string& cut, std::uint64_t size) {
        Files files = closed.files;
        files[file] = cut;
        check(closed, files, coverage, file + ", cut to " + std::to_string(size));
      });
    }
    EXPECT_EQ(cases, bytes_in(closed, false) + bytes_in(closed, true));
    EXPECT_EQ(coverage.value("open says corruption"), 2 * bytes_in(closed, false));
    EXPECT_EQ(coverage.value("damage to a snapshot is invisible but for time"), 2 * bytes_in(closed, true));
  }
}

TEST(StoreCorruption, AFileThatIsMissingIsCorruptionUnlessItIsASnapshot) {
  for (const bool snapshots : {false, true}) {
    const Closed closed(snapshots);
    Coverage coverage(closed.name("missing-files"));
    for (const auto& [name, bytes] : closed.files) {
      Files files = closed.files;
      files.erase(name);
      check(closed, files, coverage, name + " is missing");
    }
    EXPECT_EQ(coverage.value("open says corruption"), 2 * (kSegments + 1));
    EXPECT_EQ(coverage.value("damage to a snapshot is invisible but for time"), snapshots ? 2 * kSegments : 0);
  }
}

TEST(StoreCorruption, AnySnapshotsThatAreMissingAreInvisibleButForTime) {
  const Closed closed(true);
  Coverage coverage("closed-store-missing-snapshots");
  for (unsigned kept = 0; kept + 1 < 1U << kSegments; ++kept) {
    Files files = closed.files;
    for (std::size_t i = 0; i < kSegments; ++i) {
      if ((kept >> i & 1U) == 0) files.erase(snapshot_file_name(SegmentNumber{i + 1}));
    }
    check(closed, files, coverage, "kept " + std::to_string(kept));
  }
  EXPECT_EQ(coverage.value("damage to a snapshot is invisible but for time"), 2 * 7U);
}

TEST(StoreCorruption, FilesThatAreExchangedAreCorruptionUnlessTheyAreSnapshots) {
  for (const bool snapshots : {false, true}) {
    const Closed closed(snapshots);
    Coverage coverage(closed.name("exchanged-files"));
    std::uint64_t cases = 0;
    std::uint64_t only_snapshots = 0;
    const auto try_one = [&](const Files& files, const std::string& what) {
      const std::set<std::string> changed = changed_files(closed.files, files);
      only_snapshots += std::all_of(changed.begin(), changed.end(), is_snapshot) ? 1 : 0;
      ++cases;
      check(closed, files, coverage, what);
    };
    for (auto first = closed.files.begin(); first != closed.files.end(); ++first) {
      for (auto second = std::next(first); second != closed.files.end(); ++second) {
        Files files = closed.files;
        std::swap(files[first->first], files[second->first]);
        try_one(files, first->first + " and " + second->first + " exchanged");
        files = closed.files;
        files[first->first] = second->second;
        try_one(files, first->first + " overwritten with " + second->first);
        files = closed.files;
        files[second->first] = first->second;
        try_one(files, second->first + " overwritten with " + first->first);
      }
    }
    EXPECT_EQ(cases, 3 * (snapshots ? 21U : 6U));
    // Two of three snapshots in three ways, and each of them overwritten with a log or the manifest.
    EXPECT_EQ(only_snapshots, snapshots ? 3 * 3U + 3 * 4U : 0);
    EXPECT_EQ(coverage.value("damage to a snapshot is invisible but for time"), 2 * only_snapshots);
    EXPECT_EQ(coverage.value("open says corruption"), 2 * (cases - only_snapshots));
  }
}

TEST(StoreCorruption, AnythingBehindTheEndOfAFileIsCorruptionUnlessItIsASnapshot) {
  for (const bool snapshots : {false, true}) {
    const Closed closed(snapshots);
    Coverage coverage(closed.name("longer-files"));
    for (const auto& [name, bytes] : closed.files) {
      for (const std::string& more : {std::string(1, '\0'), std::string(64, '\0'), std::string("x"), bytes}) {
        Files files = closed.files;
        files[name] += more;
        check(closed, files, coverage, name + " is longer");
      }
    }
    EXPECT_EQ(coverage.value("open says corruption"), std::uint64_t{2} * 4 * (kSegments + 1));
    EXPECT_EQ(coverage.value("damage to a snapshot is invisible but for time"),
              snapshots ? std::uint64_t{2} * 4 * kSegments : 0);
  }
}

TEST(StoreCorruption, ASnapshotOfAnEarlierLifeOfTheStoreIsInvisibleButForTime) {
  // The same names, numbers and lengths, but from another store: only the nonces differ.
  const Closed closed(true);
  const auto other_disk = test::disk_with({}, {.seed = 99});
  const auto other = test::open_store(other_disk, closed.options());
  for (std::size_t i = 0; i < kSegments; ++i) {
    must(other->put("a", "of another store"));
    must(other->roll());
  }
  Coverage coverage("closed-store-snapshots-of-another");
  for (std::size_t i = 1; i <= kSegments; ++i) {
    const std::string name = snapshot_file_name(SegmentNumber{i});
    Files files = closed.files;
    files[name] = other_disk->state().contents().at(name);
    check(closed, files, coverage, name + " of another store");
  }
  EXPECT_EQ(coverage.value("damage to a snapshot is invisible but for time"), 2 * kSegments);
}

TEST(StoreCorruption, WithSnapshotsSwitchedOffDamagedOnesAreNotEvenRead) {
  const Closed closed(true);
  Options options = closed.options();
  options.snapshots = false;
  std::uint64_t cases = 0;
  for (const auto& [name, bytes] : closed.files) {
    if (!is_snapshot(name)) continue;
    cases += test::for_each_cut(bytes, [&, &file = name](const std::string& cut, std::uint64_t size) {
      Files files = closed.files;
      files[file] = cut;
      const auto disk = test::disk_with(files);
      const auto store = test::open_store(disk, options);
      EXPECT_EQ(store->recovery_report().snapshots_ignored, 0U);
      EXPECT_EQ(test::dump(*store), closed.live) << file << ", cut to " << size;
      EXPECT_EQ(disk->state().contents().at(file), cut) << "nor written";
    });
  }
  EXPECT_EQ(cases, bytes_in(closed, true));
}

TEST(StoreCorruption, DamageBehindAnOpenStoreIsSeenByTheReadThatMeetsIt) {
  // The store is open and its index built or read; then every bit of every log is flipped in turn.
  for (const bool snapshots : {false, true}) {
    const Closed closed(snapshots);
    Coverage coverage(closed.name("damaged-while-open"));
    std::uint64_t cases = 0;
    for (const auto& [name, bytes] : closed.files) {
      if (!is_log(name)) continue;
      const auto disk = test::disk_with(closed.files);
      const auto store = test::open_store(disk, test::read_only(closed.options()));
      auto& state = const_cast<sim::DiskState&>(disk->state());  // real damage does not ask the disk
      const sim::FileId id = state.names().at(name);
      cases += test::for_each_bit_flip(bytes, [&, &file = name](const std::string& damaged, std::uint64_t bit) {
        state.damage(id, damaged);
        check_gets(closed, *store, coverage, file + ", bit " + std::to_string(bit));
      });
      state.damage(id, bytes);
      for (const auto& [key, value] : closed.live)
        EXPECT_EQ(lookup(*store, key), value) << "no trace of the damage was kept";
    }
    EXPECT_GT(cases, 2000U);
    coverage.count("bits flipped", cases);
    coverage.require_at_least("get says corruption", 1000);
    coverage.require_at_least("get gives the value", 1000);
  }
}

// ---- a store that was killed, with every write synced

struct Unclosed {
  Unclosed() {
    const auto disk = test::disk_with({});
    const auto store =
        test::open_store(disk, test::with_sync_policy(test::small_segments(400), SyncPolicy::kEveryWrite));
    for (int i = 0; i < 6; ++i) {
      offsets.push_back(store->stats().segments.back().size_bytes);
      const std::string key = "key" + std::to_string(i);
      must(store->put(key, std::string(static_cast<std::size_t>(i), 'v')));
      live[key] = std::string(static_cast<std::size_t>(i), 'v');
    }
    end = store->stats().segments.back().size_bytes;
    files = disk->state().contents();
  }

  Pairs live;
  Files files;
  std::vector<std::uint64_t> offsets;
  std::uint64_t end = 0;
};

Result<Pairs> dump_of(const Files& files) {
  Result<std::unique_ptr<Store>> store = Store::open(test::disk_with(files), test::small_segments(400));
  if (!store.ok()) return store.status();
  return test::dump(**store);
}

TEST(UnclosedStoreCorruption, AnyBitOfASyncedRecordBeforeTheLastOneIsNeverCutSilently) {
  const Unclosed unclosed;
  ASSERT_EQ(must(dump_of(unclosed.files)), unclosed.live);
  const std::string& log = unclosed.files.at("000001.log");
  std::uint64_t proven = 0;
  std::uint64_t last = 0;
  std::uint64_t blank = 0;
  test::for_each_bit_flip(log, [&](const std::string& damaged, std::uint64_t bit) {
    Files files = unclosed.files;
    files["000001.log"] = damaged;
    const Result<Pairs> pairs = dump_of(files);
    if (bit / 8 < unclosed.offsets.back()) {
      EXPECT_TRUE(has_code(pairs, StatusCode::kCorruption)) << "bit " << bit;
      ++proven;
    } else if (bit / 8 < unclosed.end) {
      // No later record proves that the last one was synced, so this looks just like a tear. The prefix must be
      // whole.
      ASSERT_TRUE(is_ok(pairs)) << "bit " << bit;
      Pairs prefix = unclosed.live;
      prefix.erase("key5");
      EXPECT_EQ(*pairs, prefix) << "bit " << bit;
      ++last;
    } else {
      ASSERT_TRUE(is_ok(pairs)) << "bit " << bit;
      EXPECT_EQ(*pairs, unclosed.live) << "bit " << bit;
      ++blank;
    }
  });
  EXPECT_EQ(proven, 8 * unclosed.offsets.back());
  EXPECT_EQ(last, 8 * (unclosed.end - unclosed.offsets.back()));
  EXPECT_EQ(blank, 8 * (log.size() - unclosed.end));
  EXPECT_GT(blank, 100U);
}

TEST(UnclosedStoreCorruption, AnyRecordBeforeTheLastOneThatIsZeroedIsNeverCutSilently) {
  const Unclosed unclosed;
  for (std::size_t i = 0; i + 1 < unclosed.offsets.size(); ++i) {
    Files files = unclosed.files;
    std::string& log = files["000001.log"];
    const std::uint64_t size = unclosed.offsets[i + 1] - unclosed.offsets[i];
    log.replace(unclosed.offsets[i], size, std::string(size, '\0'));
    EXPECT_TRUE(has_code(dump_of(files), StatusCode::kCorruption)) << "record " << i;
  }
  EXPECT_EQ(unclosed.offsets.size(), 6U);
}

// Two syncs among six writes: every record after the second sync proves what was synced, and no other record does.
TEST(UnclosedStoreCorruption, AnyBitThatAnyLaterRecordProvesIsNeverCutSilently) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, test::small_segments(400));
  std::vector<std::uint64_t> ends;
  for (int i = 0; i < 6; ++i) {
    must(store->put("key" + std::to_string(i), std::string(static_cast<std::size_t>(i), 'v')));
    ends.push_back(store->stats().segments.back().size_bytes);
    if (i == 1 || i == 3) must(store->sync());
  }
  const Files whole = disk->state().contents();
  ASSERT_EQ(must(dump_of(whole)).size(), 6U);
  std::uint64_t proven = 0;
  std::uint64_t cut = 0;
  test::for_each_bit_flip(whole.at("000001.log"), [&](const std::string& damaged, std::uint64_t bit) {
    if (bit / 8 >= ends.back()) return;
    Files files = whole;
    files["000001.log"] = damaged;
    const Result<Pairs> pairs = dump_of(files);
    if (bit / 8 < ends[3]) {
      EXPECT_TRUE(has_code(pairs, StatusCode::kCorruption)) << "bit " << bit;
      ++proven;
    } else {
      ASSERT_TRUE(is_ok(pairs)) << "bit " << bit;
      EXPECT_EQ(pairs->size(), bit / 8 < ends[4] ? 4U : 5U) << "bit " << bit;
      ++cut;
    }
  });
  EXPECT_EQ(proven, 8 * ends[3]);
  EXPECT_EQ(cut, 8 * (ends[5] - ends[3]));
}

// The first three writes are synced, the others are only written.
TEST(UnclosedStoreCorruption, ATearAnywhereInTheUnsyncedPartKeepsThePrefix) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, test::small_segments(400));
  std::vector<std::uint64_t> ends;
  for (int i = 0; i < 7; ++i) {
    must(store->put("key" + std::to_string(i), std::string(static_cast<std::size_t>(i), 'v')));
    ends.push_back(store->stats().segments.back().size_bytes);
    if (i == 2) must(store->sync());
  }
  const std::string log = disk->state().contents().at("000001.log");
  std::uint64_t cases = 0;
  std::uint64_t torn = 0;
  for (std::uint64_t cut = ends[2]; cut <= ends.back(); ++cut) {
    // The missing bytes are either past the end of the file, or zeros in reserved space.
    std::string shorter = log.substr(0, cut);
    std::string zeros = shorter;
    zeros.resize(log.size(), '\0');
    for (const std::string& left : {shorter, zeros}) {
      Files files = disk->state().contents();
      files["000001.log"] = left;
      Result<std::unique_ptr<Store>> again = Store::open(test::disk_with(files), test::small_segments(400));
      ASSERT_TRUE(is_ok(again)) << "cut at " << cut;
      std::size_t whole = 0;
      while (whole < ends.size() && (ends[whole] <= cut || log.substr(0, ends[whole]) == left.substr(0, ends[whole])))
        ++whole;
      Pairs expected;
      for (std::size_t i = 0; i < whole; ++i) expected["key" + std::to_string(i)] = std::string(i, 'v');
      EXPECT_EQ(test::dump(**again), expected) << "cut at " << cut;
      torn += (*again)->recovery_report().cut_reason.empty() ? 0 : 1;
      ++cases;
    }
  }
  EXPECT_EQ(cases, 2 * (ends.back() - ends[2] + 1));
  EXPECT_GT(torn, cases / 2);
}

}  // namespace
}  // namespace sediment
