// Recovery on a failing disk: each call of each open fails, once or for good. Whatever the open returns, no file that
// the manifest names is lost or changed, and the next open shows the same store.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <optional>

#include "engine/recovery.h"
#include "engine/store.h"
#include "sim/disk/crash.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/watched_disk.h"

namespace sediment {
namespace {

using Call = test::WatchedDisk::Call;
using test::dump;
using test::Files;
using test::has_code;
using test::is_ok;
using test::manual_merges;
using test::must;
using test::Pairs;

// A directory as some process left it.
struct Left {
  std::string what;
  Files files;
  std::optional<Pairs> pairs;  // none: an open must refuse it
};

Options small() { return test::small_segments(512); }

std::pair<Files, Pairs> written(bool close) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, small());
  Pairs pairs;
  for (int i = 0; i < 30; ++i) {
    const std::string key = "key" + std::to_string(i % 7);
    const std::string value = "value " + std::to_string(i);
    must(store->put(key, value));
    pairs[key] = value;
  }
  if (close) must(store->close());
  return {disk->state().contents(), pairs};
}

std::vector<Left> all_left() {
  std::vector<Left> all;
  all.push_back({"nothing", {}, Pairs()});
  all.push_back({"a new store without a LOCK", {{"MANIFEST.tmp", "sedi"}}, Pairs()});
  const auto [closed, pairs] = written(true);
  all.push_back({"a closed store", closed, pairs});
  const auto [killed, same] = written(false);
  all.push_back({"a killed store", killed, same});

  Files torn = killed;
  const std::string active = segment_file_name(parse_manifest(killed.at("MANIFEST"))->active->number);
  const std::size_t end = round_up(torn.at(active).find_last_not_of('\0') + 1);
  torn.at(active).replace(end, 5, "torn!");
  all.push_back({"a torn store", torn, same});

  Files merging = killed;
  merging["000900.log"] = killed.at(active).substr(0, 100);
  merging["000900.idx.tmp"] = "half";
  merging["000003.idx"] = "of a segment that was merged";
  merging["MANIFEST.tmp"] = killed.at("MANIFEST");
  all.push_back({"leftovers of a merge that was killed", merging, same});

  for (const bool has_lock : {false, true}) {
    Files lost = closed;
    lost.erase("MANIFEST");
    if (has_lock) lost["LOCK"] = "";
    all.push_back({std::string("a store whose manifest is missing, ") + (has_lock ? "with" : "without") + " a LOCK",
                   lost, std::nullopt});
  }
  return all;
}

// The files that the directory's manifest names; without a manifest, every log.
Files named(const Files& files) {
  Files named;
  if (!files.contains("MANIFEST")) {
    for (const auto& [name, contents] : files) {
      if (parse_segment_file_name(name)) named[name] = contents;
    }
    return named;
  }
  const Manifest manifest = must(parse_manifest(files.at("MANIFEST")));
  for (const Manifest::Sealed& sealed : manifest.sealed) {
    const std::string name = segment_file_name(sealed.number);
    named[name] = files.contains(name) ? files.at(name) : "missing";
  }
  if (manifest.active) {
    const std::string name = segment_file_name(manifest.active->number);
    named[name] = files.contains(name) ? files.at(name) : "missing";
  }
  return named;
}

struct Failure {
  Call call = Call::kRead;
  std::uint64_t n = 1;
  bool sticky = false;
  StatusCode code = StatusCode::kIoError;
};

std::vector<StatusCode> codes_of(Call call) {
  switch (call) {
    case Call::kCreate:
    case Call::kAppend: return {StatusCode::kIoError, StatusCode::kNoSpace};
    case Call::kOpen:
    case Call::kList:
    case Call::kRename:
    case Call::kRemove: return {StatusCode::kIoError, StatusCode::kNotFound};
    default: return {StatusCode::kIoError};
  }
}

Status status_with(StatusCode code) {
  if (code == StatusCode::kNoSpace) return Status::no_space("disk", "full");
  if (code == StatusCode::kNotFound) return Status::not_found("gone");
  return Status::io_error("disk", "no");
}

// Opens it on a disk that fails this way. False if the open makes fewer calls.
bool open_failing(const Left& left, const Failure& failure) {
  SCOPED_TRACE(left.what + ", call " + std::to_string(static_cast<int>(failure.call)) + " number " +
               std::to_string(failure.n) + (failure.sticky ? " and all later ones" : "") + ": " +
               std::string(describe(failure.code)));
  const auto disk = test::disk_with(left.files);
  std::uint64_t calls = 0;
  bool ended = false;
  const auto watched = std::make_shared<test::WatchedDisk>(disk, [&](Call call, std::string_view) {
    if (ended || call != failure.call) return Status();
    ++calls;
    const bool strikes = calls == failure.n || (failure.sticky && calls > failure.n);
    return strikes ? status_with(failure.code) : Status();
  });
  Result<std::unique_ptr<Store>> store = Store::open(watched, small());
  ended = true;
  if (calls < failure.n) return false;

  const Files after = disk->state().contents();
  if (!left.pairs) {
    EXPECT_TRUE(!store.ok());
    EXPECT_EQ(after, left.files) << "everything that salvage could use stays";
    return true;
  }
  // What the manifest named before is unchanged, or, after the commit, replaced by what it names now.
  for (const auto& [name, contents] : named(after)) EXPECT_NE(contents, "missing") << name;
  for (const auto& [name, contents] : named(left.files)) {
    if (named(after).contains(name)) {
      EXPECT_EQ(after.at(name), contents) << name;
    }
  }
  if (store.ok()) {
    EXPECT_EQ(dump(**store), *left.pairs);
    return true;
  }
  const auto cut = must(sim::crash_image(disk->state(), {.fault = sim::Fault::kLoseUnsynced}));
  for (const sim::DiskState& state : {disk->state(), cut}) {
    Result<std::unique_ptr<Store>> again = Store::open(std::make_shared<sim::SimDisk>(state), small());
    EXPECT_TRUE(is_ok(again));
    if (again.ok()) {
      EXPECT_EQ(dump(**again), *left.pairs);
    }
  }
  return true;
}

TEST(Recovery, WhicheverCallOfAnOpenFailsNoNamedFileIsLost) {
  std::map<Call, int> struck;
  for (const Left& left : all_left()) {
    for (const Call call : {Call::kList, Call::kOpen, Call::kRead, Call::kRemove, Call::kRename, Call::kSyncDirectory,
                            Call::kCreate, Call::kAppend, Call::kSync, Call::kTruncate}) {
      for (const StatusCode code : codes_of(call)) {
        for (const bool sticky : {false, true}) {
          for (std::uint64_t n = 1; open_failing(left, {call, n, sticky, code}); ++n) {
            ++struck[call];
            if (HasFailure()) return;
          }
        }
      }
    }
  }
  EXPECT_EQ(struck.size(), 10U) << "every kind of call is made by some open";
  EXPECT_GE(struck[Call::kList], 40);
  EXPECT_GE(struck[Call::kOpen], 120);
  EXPECT_GE(struck[Call::kRead], 80);
  EXPECT_GE(struck[Call::kRemove], 20);
}

TEST(Recovery, ADirectoryThatCannotBeListedIsNotANewStore) {
  Files files = written(true).first;
  files.erase("MANIFEST");
  files["LOCK"] = "";
  for (const std::uint64_t n : {1U, 2U}) {
    const auto disk = test::disk_with(files);
    disk->fail({.call = sim::CallFault::Call::kList, .n = n});
    EXPECT_FALSE(Store::open(disk, small()).ok()) << n;
    EXPECT_EQ(disk->state().contents(), files) << n;
  }
}

// ---- rot or tear, whatever the options

TEST(Recovery, LooksForAWitnessOfRotBeyondTheSegmentSizeOfTheOptions) {
  const auto disk = test::disk_with({});
  Options options = test::with_sync_policy(manual_merges(), SyncPolicy::kEveryWrite);
  options.segment_size_bytes = 64 << 10;
  std::vector<std::uint64_t> ends;
  Files files;
  {
    const auto store = test::open_store(disk, options);
    for (int i = 0; i < 40; ++i) {
      must(store->put("key" + std::to_string(i), std::string(1000, 'v')));
      ends.push_back(store->stats().segments.back().size_bytes);
    }
    files = disk->state().contents();
  }
  // All records after the damage except the last are zeros: only that one can show it.
  std::string& log = files.at("000001.log");
  log[ends[0] + 100] ^= 1;
  log.replace(ends[0] + 1040, ends[38] - ends[0] - 1040, ends[38] - ends[0] - 1040, '\0');

  const std::vector<std::pair<std::string, std::function<void(Options*)>>> changes = {
      {"as it was", [](Options*) {}},
      {"the smallest segments", [](Options* o) { o->segment_size_bytes = 64; }},
      {"segments that end before the witness", [](Options* o) { o->segment_size_bytes = 4096; }},
      {"segments that end at the damage", [&](Options* o) { o->segment_size_bytes = ends[0]; }},
      {"larger segments", [](Options* o) { o->segment_size_bytes = 1 << 20; }},
      {"the largest segments",
       [](Options* o) {
         o->segment_size_bytes = (std::uint64_t{1} << 32) - 1;
         o->read_only = true;
       }},
      {"no syncs", [](Options* o) { o->sync_policy = SyncPolicy::kNever; }},
      {"no snapshots", [](Options* o) { o->snapshots = false; }},
      {"automatic merges", [](Options* o) { o->merge_policy.automatic = true; }},
      {"a thread", [](Options* o) { o->merge_policy.automatic = o->background_merge = true; }},
      {"other factors",
       [](Options* o) {
         o->merge_policy = {true, 0, 0};
       }},
      {"never to create one", [](Options* o) { o->create_if_missing = false; }},
      {"read-only", [](Options* o) { o->read_only = true; }},
  };
  for (const auto& [what, change] : changes) {
    Options other = options;
    change(&other);
    const auto damaged = test::disk_with(files);
    const Result<std::unique_ptr<Store>> store = Store::open(damaged, other);
    ASSERT_TRUE(has_code(store, StatusCode::kCorruption)) << what;
    EXPECT_EQ(store.status().offset(), ends[0]) << what;
    EXPECT_EQ(named(damaged->state().contents()), named(files)) << what;
  }
}

// ---- a log that changes during the open

TEST(Recovery, ALogThatReadsDifferentlyTheSecondTimeIsDamageAndNotAShorterLog) {
  const auto [files, pairs] = written(false);
  const std::string active = segment_file_name(parse_manifest(files.at("MANIFEST"))->active->number);
  const std::size_t written_end = files.at(active).find_last_not_of('\0') + 1;
  // The scan reads all of it. Then, while it is copied, a byte of its last record changes.
  int noticed = 0;
  for (std::uint64_t creates = 1; creates <= 6; ++creates) {
    const auto disk = test::disk_with(files);
    const auto id = disk->state().names().at(active);
    std::string changed = files.at(active);
    changed[written_end - 1] ^= 1;
    std::uint64_t seen = 0;
    const auto watched = std::make_shared<test::WatchedDisk>(disk, [&](Call call, std::string_view) {
      if (call == Call::kCreate && ++seen == creates) const_cast<sim::DiskState&>(disk->state()).damage(id, changed);
      return Status();
    });
    const auto before = disk->state().contents().at("MANIFEST");
    const Result<std::unique_ptr<Store>> store = Store::open(watched, small());
    if (store.ok()) {  // it had been read twice by then, or not at all: all of it is there, or the torn record is cut
      continue;
    }
    ++noticed;
    EXPECT_TRUE(has_code(store, StatusCode::kCorruption));
    EXPECT_EQ(store.status().file(), active);
    EXPECT_EQ(disk->state().contents().at("MANIFEST"), before) << "nothing was committed";
  }
  EXPECT_EQ(noticed, 1) << "the create of the copy is between the two reads";
}

}  // namespace
}  // namespace sediment
