// A full disk: nothing is lost, everything resumes when there is room, and garbage does not keep a store stuck.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/reclaim.h"
#include "engine/store.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::dump;
using test::has_code;
using test::is_ok;
using test::lookup;
using test::must;
using test::open_store;
using test::Pairs;

// ---- every limit, for some scripts

// What a process does to a store, as far as the disk lets it.
class Process {
 public:
  Process(std::shared_ptr<sim::SimDisk> disk, Options options) : disk_(std::move(disk)), options_(options) { open(); }

  void open() {
    Result<std::unique_ptr<Store>> store = Store::open(disk_, options_);
    note("open", store.status());
    if (store.ok()) store_ = std::move(*store);
  }
  void put(const std::string& key, const std::string& value) {
    if (store_ && note("put", store_->put(key, value))) map_[key] = value;
  }
  void remove(const std::string& key) {
    if (store_ && note("remove", store_->remove(key))) map_.erase(key);
  }
  void roll() {
    if (store_) note("roll", store_->roll());
  }
  void merge() {
    if (store_) note("merge", store_->merge());
  }
  void sync() {
    if (store_) must(store_->sync());
  }
  void close() {
    if (store_) note("close", store_->close());
    store_.reset();
  }
  // The cache survives.
  void kill() {
    auto disk = std::make_shared<sim::SimDisk>(disk_->state());
    disk->limit_space(limit_);
    store_.reset();
    disk_ = std::move(disk);
  }
  void limit_space(std::uint64_t bytes) {
    limit_ = bytes;
    disk_->limit_space(bytes);
  }

  void must_hold_what_was_acknowledged() {
    if (!store_) return;
    for (const std::string key : {"a", "b", "c"}) {
      const auto expected = map_.find(key);
      const std::optional<std::string> found = lookup(*store_, key);
      ASSERT_EQ(found.has_value(), expected != map_.end()) << key;
      if (found) {
        ASSERT_EQ(*found, expected->second) << key;
      }
    }
  }
  void must_work_now_that_there_is_room() {
    limit_space(0);
    if (!store_) open();
    ASSERT_TRUE(store_ != nullptr);
    must_hold_what_was_acknowledged();
    const std::size_t refused = refused_.size();
    put("c", "there is room again");
    merge();
    close();
    open();
    ASSERT_EQ(refused_.size(), refused);
    ASSERT_EQ(dump(*store_), map_);
  }
  const std::multiset<std::string>& refused() const { return refused_; }

 private:
  bool note(const std::string& what, const Status& status) {
    if (status.ok()) return true;
    refused_.insert(what);
    EXPECT_TRUE(has_code(status, StatusCode::kNoSpace)) << what;
    return false;
  }

  std::shared_ptr<sim::SimDisk> disk_;
  Options options_;
  std::unique_ptr<Store> store_;
  Pairs map_;
  std::uint64_t limit_ = 0;
  std::multiset<std::string> refused_;
};

using Script = std::function<void(Process&)>;

void writes(Process& process) {
  for (int i = 0; i < 8; ++i) {
    process.put(i % 2 == 0 ? "a" : "b", std::string(40, static_cast<char>('0' + i)));
    process.must_hold_what_was_acknowledged();
  }
  process.remove("b");
  process.sync();
}

const std::vector<std::pair<std::string, Script>> kScripts{
    {"put, roll, close",
     [](Process& process) {
       writes(process);
       process.roll();
       process.put("c", "3");
       process.close();
     }},
    {"merge",
     [](Process& process) {
       writes(process);
       process.merge();
       process.must_hold_what_was_acknowledged();
       process.put("c", "3");
     }},
    {"close and open",
     [](Process& process) {
       writes(process);
       process.close();
       process.open();
       process.must_hold_what_was_acknowledged();
       process.put("c", "3");
     }},
    {"kill and open",
     [](Process& process) {
       writes(process);
       process.kill();
       process.open();
       process.must_hold_what_was_acknowledged();
       process.put("c", "3");
     }},
    {"a record larger than a segment",
     [](Process& process) {
       process.put("a", "1");
       process.put("b", std::string(700, 'b'));
       process.put("a", "2");
     }},
};

TEST(FullDisk, UnderAnyLimitOnlyNoSpaceIsAnsweredAndNothingAcknowledgedIsLost) {
  int runs = 0;
  std::set<std::string> refused;
  for (const bool automatic : {false, true}) {
    for (const std::uint64_t first_reservation : {std::uint64_t{64}, std::uint64_t{4096}}) {
      Options options = test::small_segments(256);
      options.merge_policy.automatic = automatic;
      options.first_reservation_bytes = first_reservation;
      for (const auto& [name, script] : kScripts) {
        for (std::uint64_t limit = 1;; limit += 8) {
          Process process(test::disk_with({}), options);
          process.close();  // an empty store, on a disk without a limit
          process.limit_space(limit);
          process.open();
          script(process);
          process.must_hold_what_was_acknowledged();
          refused.insert(process.refused().begin(), process.refused().end());
          const bool any = !process.refused().empty();
          process.must_work_now_that_there_is_room();
          ASSERT_FALSE(::testing::Test::HasFailure()) << name << " with a limit of " << limit;
          ++runs;
          if (!any) break;
        }
      }
    }
  }
  EXPECT_GT(runs, 1500);
  EXPECT_EQ(refused, (std::set<std::string>{"open", "put", "remove", "roll", "merge", "close"}));
}

TEST(FullDisk, AStoreOf96BytesNeedsLittleSpace) {
  const auto disk = test::disk_with({});
  disk->limit_space(std::uint64_t{600} << 10);
  Options options;  // segments of 64 MiB
  options.background_merge = false;
  for (int i = 0; i < 2; ++i) {
    const auto store = open_store(disk, options);
    EXPECT_TRUE(is_ok(store->put("a", "1")));
    EXPECT_TRUE(is_ok(store->roll()));
    EXPECT_TRUE(is_ok(store->put("a", "2")));
    EXPECT_TRUE(is_ok(store->merge()));
    EXPECT_TRUE(is_ok(store->close()));
  }
  EXPECT_LT(disk->space_used(), 1000U) << "and a closed store keeps none";
}

// ---- a disk full of garbage

constexpr std::uint64_t kSegment = std::uint64_t{64} << 10;

Options with_garbage() {
  Options options = test::manual_merges();
  options.segment_size_bytes = kSegment;
  options.first_reservation_bytes = 4096;
  options.merge_policy.automatic = true;
  options.snapshots = false;
  return options;
}

// An open store on a full disk, most of which is garbage: ten keys of 3 KiB, again and again, without a merge. One key that
// is never overwritten is in the first segment, and one fills what the active segment has reserved.
std::unique_ptr<Store> store_full_of_garbage(const std::shared_ptr<sim::SimDisk>& disk, Pairs* map) {
  Options manual = with_garbage();
  manual.merge_policy.automatic = false;
  auto store = open_store(disk, manual);
  const auto put = [&](const std::string& key, const std::string& value) {
    must(store->put(key, value));
    (*map)[key] = value;
  };
  put("old", std::string(1000, 'o'));
  for (int i = 0; i < 200; ++i) put("k" + std::to_string(i % 10), std::string(3000, 'a') + std::to_string(i));
  must(store->close());
  store = open_store(disk, with_garbage());
  put("last", std::string(with_garbage().first_reservation_bytes - kSegmentHeaderSize - record_size(4, 0), 'l'));
  disk->limit_space(disk->space_used());
  return store;
}

TEST(FullDisk, AStoreGetsOutOfItsOwnGarbage) {
  const auto disk = test::disk_with({});
  Pairs map;
  const auto store = store_full_of_garbage(disk, &map);
  for (int i = 0; i < 1000; ++i) {
    const std::string key = "k" + std::to_string(i % 10);
    map[key] = std::string(3000, 'c') + std::to_string(i);
    ASSERT_TRUE(is_ok(store->put(key, map[key]))) << i;
  }
  for (const auto& [key, value] : map) EXPECT_EQ(lookup(*store, key), value) << key;
  EXPECT_TRUE(is_ok(store->merge()));
  EXPECT_TRUE(is_ok(store->close()));
  EXPECT_EQ(dump(*open_store(disk, with_garbage())), map);
}

TEST(FullDisk, EveryOperationThatNeedsSpaceGainsItFromGarbage) {
  using Operation = std::function<Status(Store&)>;
  const std::vector<std::pair<std::string, Operation>> operations{
      {"put", [](Store& store) { return store.put("new", "1"); }},
      {"remove", [](Store& store) { return store.remove("k1"); }},
      {"roll", [](Store& store) { return store.roll(); }},
      {"for_each", [](Store& store) { return store.for_each([](auto, auto) { return true; }); }},
      {"freeze", [](Store& store) { return store.freeze().status(); }},
      {"merge", [](Store& store) { return store.merge(); }},
      {"close", [](Store& store) { return store.close(); }},
  };
  for (const auto& [name, operation] : operations) {
    const auto disk = test::disk_with({});
    Pairs map;
    auto store = store_full_of_garbage(disk, &map);
    const std::uint64_t merges = store->stats().merges;
    EXPECT_TRUE(is_ok(operation(*store))) << name;
    const bool has_another_way = name == "close";  // it has no more use for the reserve
    EXPECT_TRUE(store->stats().merges > merges || has_another_way) << name;
    EXPECT_EQ(lookup(*store, "old"), map.at("old"));
    store.reset();
    EXPECT_TRUE(is_ok(Store::open(disk, with_garbage()))) << name;
  }
}

TEST(FullDisk, AKilledStoreOpensAmidItsOwnGarbage) {
  const auto full = test::disk_with({});
  Pairs map;
  const auto killed = store_full_of_garbage(full, &map);
  const auto disk = std::make_shared<sim::SimDisk>(full->state());
  disk->limit_space(disk->space_used());
  Options manual = with_garbage();
  manual.merge_policy.automatic = false;
  EXPECT_TRUE(has_code(Store::open(disk, manual), StatusCode::kNoSpace)) << "with merges forbidden there are none";
  const auto store = open_store(disk, with_garbage());
  EXPECT_EQ(dump(*store), map);
  EXPECT_TRUE(is_ok(store->put("k1", std::string(3000, 'x'))));
}

TEST(FullDisk, FullOfLiveDataItSaysSoAndTriesNoMergeTwice) {
  const auto disk = test::disk_with({});
  const auto store = open_store(disk, with_garbage());
  disk->limit_space(10 * kSegment);
  Status status;
  int pairs = 0;
  while ((status = store->put("k" + std::to_string(pairs), std::string(3000, 'a'))).ok()) ++pairs;
  EXPECT_TRUE(has_code(status, StatusCode::kNoSpace));
  EXPECT_GT(pairs, 150);
  const std::uint64_t read = disk->calls(sim::CallFault::Call::kRead);
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(has_code(store->put("more", std::string(3000, 'a')), StatusCode::kNoSpace));
  EXPECT_EQ(disk->calls(sim::CallFault::Call::kRead), read) << "the indexes show that there is no garbage";
  for (int i = 0; i < pairs; ++i) ASSERT_EQ(lookup(*store, "k" + std::to_string(i)), std::string(3000, 'a'));
  EXPECT_TRUE(is_ok(store->close()));
}

// ---- the space reserved for this

TEST(SpaceReserve, IsThereWhileAStoreIsOpenAndGoneWhenItIsClosed) {
  const auto disk = test::disk_with({});
  const auto store = open_store(disk, with_garbage());
  ASSERT_TRUE(disk->state().names().contains(kReserveName));
  EXPECT_EQ(disk->state().find(kReserveName)->cached, std::string(4096, '\0'));
  must(store->close());
  EXPECT_FALSE(disk->state().names().contains(kReserveName));
}

TEST(SpaceReserve, ThatAKilledStoreLeftIsReplaced) {
  const auto disk = test::disk_with({{std::string(kReserveName), "anything"}});
  EXPECT_TRUE(has_code(Store::open(disk, test::read_only()), StatusCode::kNotFound));
  EXPECT_TRUE(disk->state().names().contains(kReserveName)) << "a read-only open changes no byte";
  const auto store = open_store(disk, with_garbage());
  EXPECT_EQ(disk->state().find(kReserveName)->cached, std::string(4096, '\0'));
}

TEST(SpaceReserve, IsASixteenthOfASegmentAndForLargeOnesWhatAFileSystemNeeds) {
  for (const auto& [segment, bytes] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{
           {65'535, 0}, {65'536, 4096}, {1 << 19, 32'768}, {1 << 20, 1 << 19}, {std::uint64_t{64} << 20, 1 << 20}}) {
    sim::SimDisk disk;
    Options options;
    options.segment_size_bytes = segment;
    SpaceReserve reserve(disk, options);
    reserve.keep();
    EXPECT_EQ(disk.space_used(), bytes) << segment;
    reserve.give_up();
    EXPECT_TRUE(disk.state().names().empty());
  }
}

TEST(SpaceReserve, ThatFindsNoRoomIsDoneWithout) {
  const auto disk = test::disk_with({});
  disk->limit_space(6000);
  const auto store = open_store(disk, with_garbage());
  EXPECT_FALSE(disk->state().names().contains(kReserveName));
  EXPECT_TRUE(is_ok(store->put("a", "1")));
  EXPECT_TRUE(is_ok(store->close()));
}

}  // namespace
}  // namespace sediment
