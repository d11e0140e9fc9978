// A whole store with damage at rest: each get gives the right value or says corruption. Never another value, never "not
// there" for a live key, never a value for a removed one.
#include <gtest/gtest.h>

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

struct Closed {
  Closed() {
    const auto disk = test::disk_with({});
    const auto store = test::open_store(disk, test::small_segments());
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

  Pairs live;
  Files files;
};

// Opens the damaged files, read-only and for writing, and asks for every key. What came of it goes to the counters.
void check(const Closed& closed, const Files& files, Coverage& coverage, const std::string& what) {
  for (const bool read_only : {true, false}) {
    Options options = test::small_segments();
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
    for (const std::string& key : kKeys) {
      std::string value = "untouched";
      const Status status = (*store)->get(key, &value);
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
}

TEST(StoreCorruption, WithoutDamageEverythingIsThere) {
  const Closed closed;
  ASSERT_EQ(closed.files.size(), 4U) << "three segments and the manifest";
  ASSERT_EQ(closed.live.size(), 5U);
  Coverage coverage("closed-store-undamaged");
  check(closed, closed.files, coverage, "undamaged");
  EXPECT_EQ(coverage.value("get gives the value"), 2 * 5U);
  EXPECT_EQ(coverage.value("get says absent"), 2 * 2U);
}

TEST(StoreCorruption, AnyFlippedBitOfAnyFileGivesTheRightValueOrCorruption) {
  const Closed closed;
  Coverage coverage("closed-store-bit-flips");
  std::uint64_t cases = 0;
  std::uint64_t bits = 0;
  for (const auto& [name, bytes] : closed.files) {
    bits += 8 * bytes.size();
    cases += test::for_each_bit_flip(bytes, [&, &file = name](const std::string& damaged, std::uint64_t bit) {
      Files files = closed.files;
      files[file] = damaged;
      check(closed, files, coverage, file + ", bit " + std::to_string(bit));
    });
  }
  EXPECT_EQ(cases, bits);
  EXPECT_GT(cases, 4000U);
  coverage.count("bits flipped", cases);
  EXPECT_EQ(coverage.value("open says corruption"), 2 * cases)
      << "every byte of a closed store is covered by a check at open";
}

TEST(StoreCorruption, AnyCutOfAnyFileGivesTheRightValueOrCorruption) {
  const Closed closed;
  Coverage coverage("closed-store-cuts");
  std::uint64_t cases = 0;
  std::uint64_t bytes_in_all = 0;
  for (const auto& [name, bytes] : closed.files) {
    bytes_in_all += bytes.size();
    cases += test::for_each_cut(bytes, [&, &file = name](const std::string& cut, std::uint64_t size) {
      Files files = closed.files;
      files[file] = cut;
      check(closed, files, coverage, file + ", cut to " + std::to_string(size));
    });
  }
  EXPECT_EQ(cases, bytes_in_all);
  coverage.require_at_least("open says corruption", 2 * cases);
}

TEST(StoreCorruption, AFileThatIsMissingIsCorruption) {
  const Closed closed;
  Coverage coverage("closed-store-missing-files");
  for (const auto& [name, bytes] : closed.files) {
    Files files = closed.files;
    files.erase(name);
    check(closed, files, coverage, name + " is missing");
  }
  EXPECT_EQ(coverage.value("open says corruption"), 2 * 4U);
}

TEST(StoreCorruption, FilesThatAreExchangedAreCorruption) {
  const Closed closed;
  Coverage coverage("closed-store-exchanged-files");
  std::uint64_t pairs = 0;
  for (auto first = closed.files.begin(); first != closed.files.end(); ++first) {
    for (auto second = std::next(first); second != closed.files.end(); ++second, ++pairs) {
      Files files = closed.files;
      std::swap(files[first->first], files[second->first]);
      check(closed, files, coverage, first->first + " and " + second->first + " exchanged");
      files = closed.files;
      files[first->first] = second->second;
      check(closed, files, coverage, first->first + " overwritten with " + second->first);
      files = closed.files;
      files[second->first] = first->second;
      check(closed, files, coverage, second->first + " overwritten with " + first->first);
    }
  }
  EXPECT_EQ(pairs, 6U);
  EXPECT_EQ(coverage.value("open says corruption"), 2 * 3 * 6U);
}

TEST(StoreCorruption, AnythingBehindTheEndOfAFileIsCorruption) {
  const Closed closed;
  Coverage coverage("closed-store-longer-files");
  for (const auto& [name, bytes] : closed.files) {
    for (const std::string& more : {std::string(1, '\0'), std::string(64, '\0'), std::string("x"), bytes}) {
      Files files = closed.files;
      files[name] += more;
      check(closed, files, coverage, name + " is longer");
    }
  }
  EXPECT_EQ(coverage.value("open says corruption"), 2 * 4 * 4U);
}

TEST(StoreCorruption, DamageBehindAnOpenStoreIsSeenByTheReadThatMeetsIt) {
  // The store is open and its index built; then every bit of every log flips in turn under it.
  const Closed closed;
  Coverage coverage("damage-under-an-open-store");
  std::uint64_t cases = 0;
  for (const auto& [name, bytes] : closed.files) {
    if (!parse_segment_file_name(name)) continue;
    const auto disk = test::disk_with(closed.files);
    const auto store = test::open_store(disk, test::read_only(test::small_segments()));
    auto& state = const_cast<sim::DiskState&>(disk->state());  // the world damages a disk without asking it
    const sim::FileId id = state.names().at(name);
    cases += test::for_each_bit_flip(bytes, [&, &file = name](const std::string& damaged, std::uint64_t bit) {
      state.damage(id, damaged);
      for (const std::string& key : kKeys) {
        std::string value;
        const Status status = store->get(key, &value);
        const auto expected = closed.live.find(key);
        if (status.is(StatusCode::kCorruption)) {
          coverage.count("get says corruption");
        } else if (expected == closed.live.end()) {
          EXPECT_TRUE(has_code(status, StatusCode::kNotFound)) << file << ", bit " << bit;
        } else {
          EXPECT_TRUE(is_ok(status)) << file << ", bit " << bit;
          EXPECT_EQ(value, expected->second) << file << ", bit " << bit;
          coverage.count("get gives the value");
        }
      }
    });
    state.damage(id, bytes);
    for (const auto& [key, value] : closed.live)
      EXPECT_EQ(lookup(*store, key), value) << "nothing was kept of the damage";
  }
  EXPECT_GT(cases, 2000U);
  coverage.count("bits flipped", cases);
  coverage.require_at_least("get says corruption", 1000);
  coverage.require_at_least("get gives the value", 1000);
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
      // No later record proves that the last one was synced: nobody can tell this from a tear. The prefix must be
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

// Two syncs among six writes: what was synced is proven by every record behind the second one, and by no other.
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

// The first three writes are synced, the others only written.
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
    // What is missing is either behind the end of the file, or zeros in space that was reserved.
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
