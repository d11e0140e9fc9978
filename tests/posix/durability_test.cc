// Whatever must be durable is synced: through the right file or directory, after its last change, and before anything
// that depends on it. Checked at the system calls of every protocol.
#include <fcntl.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "engine/manifest.h"
#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "engine/tools/backup.h"
#include "tests/posix/system_calls.h"
#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment {
namespace {

using test::has_code;
using test::is_ok;
using test::must;
using test::SystemCall;
using test::SystemCalls;
using test::TemporaryDirectory;
using Kind = SystemCall::Kind;

constexpr PosixAccess kBoth[] = {PosixAccess::kMapped, PosixAccess::kSystemCalls};

std::string bytes_in(const std::filesystem::path& path) {
  const test::Unwatched own;
  std::ifstream file(path, std::ios::binary);
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

// Follows the calls on one directory, and checks each commit at the moment it happens: the rename of a manifest, and
// the sync of the directory after it.
class DurabilityModel {
 public:
  explicit DurabilityModel(std::filesystem::path directory) : directory_(std::move(directory)) {}

  // Before a rename: everything that the new manifest names must be durable by now.
  void before(const SystemCall& call) {
    if (call.kind != Kind::kRenameat || !call.new_path.ends_with("/MANIFEST")) return;
    ++commits_;
    demand(!is_dirty(call.path), "the manifest was synced", call);
    const Manifest manifest = must(parse_manifest(bytes_in(call.path)));
    for (const Manifest::Sealed& entry : manifest.sealed) {
      const std::string path = directory_ / segment_file_name(entry.number);
      demand(!is_dirty(path), path + " was synced", call);
      demand(!new_names_.contains(path), path + " has a durable name", call);
      demand(std::filesystem::file_size(path) == entry.size_bytes, path + " is cut", call);
    }
    if (manifest.active) {
      const std::string path = directory_ / segment_file_name(manifest.active->number);
      demand(synced_once_.contains(path), path + " was synced with its header", call);
      demand(!new_names_.contains(path), path + " has a durable name", call);
    }
  }

  void after(const SystemCall& call) {
    if (!call.ok()) return;
    switch (call.kind) {
      case Kind::kOpen:
        if ((call.flags & O_CREAT) != 0 && call.name() != "LOCK") {
          new_names_.insert(call.path);
          dirty_.insert(call.path);
        }
        break;
      case Kind::kPwritev:
      case Kind::kFtruncate: dirty_.insert(call.path); break;
      case Kind::kFsync:
      case Kind::kFdatasync:
        if (call.path == directory_) {
          new_names_.clear();
          unsynced_commit_ = false;
        }
        dirty_.erase(call.path);
        synced_once_.insert(call.path);
        break;
      case Kind::kRenameat:
        if (call.new_path.ends_with("/MANIFEST")) unsynced_commit_ = true;
        new_names_.erase(call.path);
        if (dirty_.erase(call.path) > 0) dirty_.insert(call.new_path);
        break;
      case Kind::kUnlinkat:
        demand(!unsynced_commit_, "the directory was synced after the commit, before any deletion", call);
        new_names_.erase(call.path);
        break;
      default: break;
    }
  }

  // Called when a call of the store has returned.
  void rest(const std::string& what) {
    EXPECT_FALSE(unsynced_commit_) << "after " << what << " the directory is synced since the commit";
  }
  int commits() const { return commits_; }

 private:
  bool is_dirty(const std::string& path) const { return dirty_.contains(path); }
  static void demand(bool holds, const std::string& what, const SystemCall& call) {
    EXPECT_TRUE(holds) << "before " << to_string(call) << ": " << what;
  }

  std::filesystem::path directory_;
  std::set<std::string> dirty_;  // written or cut since their last sync
  std::set<std::string> synced_once_;
  std::set<std::string> new_names_;  // since the last sync of the directory
  bool unsynced_commit_ = false;
  int commits_ = 0;
};

// Every protocol, with few records.
Status use_store(const std::filesystem::path& directory, PosixAccess access,
                 const std::function<void(const std::string&)>& returned) {
  const auto step = [&](const std::string& what, const Status& status) {
    if (!status.ok()) throw std::runtime_error(what + ": " + status.to_string());
    returned(what);
  };
  Options options = test::manual_merges();
  options.segment_size_bytes = 4096;
  for (int life = 0; life < 3; ++life) {
    auto store = must(Store::open(must(open_posix_disk(directory, true, access)), options));
    returned("open");
    step("put", store->put("a", std::string(1000, 'a')));
    step("sync", store->sync());
    step("roll", store->roll());
    step("put", store->put("b", "b"));
    for (int i = 0; i < 6; ++i) step("put that rolls", store->put("c", std::string(1500, 'c')));
    step("remove", store->remove("b"));
    step("merge of a run", store->merge(MergeRun{1, 2}));
    step("merge of all", store->merge());
    step("put", store->put("d", std::to_string(life)));
    if (life == 0) store.reset();  // closes as well
    if (life > 0) step("close", store->close());
    returned("close");
  }
  return {};
}

TEST(Durability, OfEverythingInAManifestComesBeforeItsCommit) {
  for (const PosixAccess access : kBoth) {
    const TemporaryDirectory parent;
    const auto directory = parent.path() / "store";
    DurabilityModel model(directory);
    const SystemCalls calls(
        directory,
        [&](const SystemCall& call) {
          model.before(call);
          return test::Answer();
        },
        [&](const SystemCall& call) { model.after(call); });
    must(use_store(directory, access, [&](const std::string& what) { model.rest(what); }));
    EXPECT_GE(model.commits(), 25);
  }
}

// The calls since the last look.
class Tail {
 public:
  explicit Tail(const SystemCalls& calls) : calls_(calls) {}
  std::vector<SystemCall> take() {
    std::vector<SystemCall> all = calls_.calls();
    all.erase(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(seen_));
    seen_ += all.size();
    return all;
  }

 private:
  const SystemCalls& calls_;
  std::size_t seen_ = 0;
};

// Whether this file is synced there, and not written afterwards.
bool syncs_last(const std::vector<SystemCall>& calls, const std::string& path) {
  bool synced = false;
  for (const SystemCall& call : calls) {
    if (call.path != path || !call.ok()) continue;
    if (call.kind == Kind::kFsync || call.kind == Kind::kFdatasync) synced = true;
    if (call.kind == Kind::kPwritev || call.kind == Kind::kFtruncate) synced = false;
  }
  return synced;
}

TEST(Durability, SyncIsASyncOfTheActiveLog) {
  for (const PosixAccess access : kBoth) {
    const TemporaryDirectory directory;
    const auto store = must(Store::open(must(open_posix_disk(directory.path(), true, access)), test::manual_merges()));
    const SystemCalls calls(directory.path());
    Tail tail(calls);
    for (int i = 0; i < 3; ++i) {
      must(store->put("a", std::to_string(i)));
      EXPECT_EQ(calls.count(Kind::kFdatasync) + calls.count(Kind::kFsync), static_cast<std::size_t>(i));
      must(store->sync());
      EXPECT_TRUE(syncs_last(tail.take(), directory.path() / "000001.log"));
    }
  }
}

TEST(Durability, EveryWriteIsSyncedBeforeItIsAcknowledgedIfThePolicySaysSo) {
  for (const PosixAccess access : kBoth) {
    const TemporaryDirectory directory;
    Options options = test::manual_merges();
    options.sync_policy = SyncPolicy::kEveryWrite;
    const auto store = must(Store::open(must(open_posix_disk(directory.path(), true, access)), options));
    const SystemCalls calls(directory.path());
    Tail tail(calls);
    for (int i = 0; i < 5; ++i) {
      must(i % 2 == 0 ? store->put("a", std::to_string(i)) : store->remove("a"));
      EXPECT_TRUE(syncs_last(tail.take(), directory.path() / "000001.log")) << i;
    }
  }
}

TEST(Durability, AFileAndADirectoryAreSyncedEachByItsOwnCall) {
  for (const PosixAccess access : kBoth) {
    const TemporaryDirectory directory;
    const auto disk = must(open_posix_disk(directory.path(), false, access));
    const auto a = must(disk->create("a", 4096));
    const auto b = must(disk->create("b", 0));
    must(a->append({"x"}));
    must(b->append({"y"}));
    const SystemCalls calls(directory.path());
    Tail tail(calls);
    must(a->sync());
    auto seen = tail.take();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].path, directory.path() / "a");
    EXPECT_EQ(seen[0].kind, Kind::kFdatasync);
    must(b->sync());
    EXPECT_TRUE(syncs_last(tail.take(), directory.path() / "b"));
    must(disk->sync_directory());
    seen = tail.take();
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_EQ(seen[0].path, directory.path());
    EXPECT_EQ(seen[0].kind, Kind::kFsync);
    must(a->truncate(1));
    must(a->sync());
    seen = tail.take();
    ASSERT_EQ(seen.size(), 2U);
    EXPECT_EQ(seen[1].kind, Kind::kFsync) << "fdatasync need not write a smaller size";
  }
}

TEST(Durability, AFailedSyncIsReportedAndNotRepeated) {
  int cases = 0;
  for (const int error : {EIO, ENOSPC, EDQUOT, EROFS, EBADF, EINVAL}) {
    const TemporaryDirectory directory;
    const auto disk = must(open_posix_disk(directory.path(), false));
    const auto file = must(disk->create("a", 4096));
    const SystemCalls calls(directory.path(), [&](const SystemCall&) { return test::Answer{.error = error}; });
    EXPECT_TRUE(has_code(file->sync(), StatusCode::kIoError)) << error;
    EXPECT_TRUE(has_code(disk->sync_directory(), StatusCode::kIoError)) << error;
    EXPECT_EQ(calls.calls().size(), 2U);
    ++cases;
  }
  EXPECT_EQ(cases, 6);
}

// ---- the store's own name

std::size_t syncs_of(const SystemCalls& calls, const std::filesystem::path& directory) {
  std::size_t count = 0;
  for (const SystemCall& call : calls.calls()) count += call.kind == Kind::kFsync && call.path == directory;
  return count;
}

TEST(Durability, OfANewStoresNameIsEnsuredInItsParentForEveryKindOfPath) {
  int cases = 0;
  for (const bool exists : {false, true}) {
    for (const std::string spelling : {"store", "store/", "store///", "./store", "other/../store", "store/.", "link"}) {
      if (spelling == "link" && !exists) continue;  // nothing is created through a dangling link
      if (spelling == "store/." && !exists) continue;
      const TemporaryDirectory parent;
      std::filesystem::create_directory(parent.path() / "other");
      if (exists) std::filesystem::create_directory(parent.path() / "store");
      if (spelling == "link") {
        std::filesystem::create_directory(parent.path() / "elsewhere");
        std::filesystem::create_symlink("../store", parent.path() / "elsewhere" / "link");
      }
      for (const bool relative : {false, true}) {
        if (!exists) std::filesystem::remove_all(parent.path() / "store");
        if (exists) std::filesystem::remove(parent.path() / "store" / "MANIFEST");
        const std::filesystem::path base = spelling == "link" ? parent.path() / "elsewhere" : parent.path();
        const auto here = std::filesystem::current_path();
        if (relative) std::filesystem::current_path(base);
        {
          const SystemCalls calls(parent.path());
          const auto disk = open_posix_disk(relative ? std::filesystem::path(spelling) : base / spelling, true);
          EXPECT_TRUE(is_ok(disk)) << spelling;
          EXPECT_EQ(syncs_of(calls, parent.path()), 1U) << spelling << (exists ? " exists" : " is new");
        }
        std::filesystem::current_path(here);
        ++cases;
      }
    }
  }
  EXPECT_EQ(cases, 24);
}

TEST(Durability, OfTheWorkingDirectorysNameIsEnsuredInItsParent) {
  const TemporaryDirectory parent;
  const auto here = std::filesystem::current_path();
  std::filesystem::create_directory(parent.path() / "store");
  std::filesystem::current_path(parent.path() / "store");
  {
    const SystemCalls calls(parent.path());
    EXPECT_TRUE(is_ok(open_posix_disk(".", true)));
    EXPECT_EQ(syncs_of(calls, parent.path()), 1U);
  }
  std::filesystem::current_path(here);
}

TEST(Durability, OfAnExistingStoresNameCostsNothing) {
  const TemporaryDirectory parent;
  const auto directory = parent.path() / "store";
  must(must(Store::open(directory, test::manual_merges()))->close());
  const SystemCalls calls(parent.path());
  must(must(Store::open(directory, test::manual_merges()))->close());
  EXPECT_EQ(syncs_of(calls, parent.path()), 0U);
}

TEST(Durability, OfItsNameIsRequiredForAStore) {
  for (const int error : {EIO, ENOSPC, EBADF}) {
    const TemporaryDirectory parent;
    const auto directory = parent.path() / "store";
    const SystemCalls calls(parent.path(), [&](const SystemCall& call) {
      return test::Answer{.error = call.kind == Kind::kFsync && call.path == parent.path() ? error : 0};
    });
    EXPECT_TRUE(has_code(Store::open(directory, {}), StatusCode::kIoError));
    EXPECT_FALSE(std::filesystem::exists(directory / "MANIFEST"));
  }
}

TEST(Durability, AParentThatCannotBeReadIsSyncedWithItsFileSystem) {
  const TemporaryDirectory parent;
  const auto directory = parent.path() / "store";
  const auto no_reading = [&](const SystemCall& call) {
    return test::Answer{.error = call.kind == Kind::kOpen && call.path == parent.path() ? EACCES : 0};
  };
  const SystemCalls calls(parent.path(), no_reading);
  EXPECT_TRUE(is_ok(open_posix_disk(directory, true)));
  EXPECT_EQ(calls.count(Kind::kSyncfs), 1U);
}

TEST(Durability, NothingNeedsSyncingAboveAnUnchangeableMountPoint) {
  for (const int error : {EINVAL, EROFS}) {
    const TemporaryDirectory parent;
    const SystemCalls calls(parent.path(), [&](const SystemCall& call) {
      return test::Answer{.error = call.kind == Kind::kFsync && call.path == parent.path() ? error : 0};
    });
    EXPECT_TRUE(is_ok(open_posix_disk(parent.path() / "store", true)));
  }
}

TEST(Durability, OfABackupIsEnsuredFileByFileAndInItsParent) {
  const TemporaryDirectory parent;
  const auto store = must(Store::open(parent.path() / "store", test::manual_merges()));
  for (int i = 0; i < 8; ++i) must(store->put(std::to_string(i), std::string(1500, 'x')));
  const auto target = parent.path() / "copy";
  DurabilityModel model(target);
  const SystemCalls calls(
      parent.path(),
      [&](const SystemCall& call) {
        if (call.path.starts_with(target.string())) model.before(call);
        return test::Answer();
      },
      [&](const SystemCall& call) {
        if (call.path.starts_with(target.string())) model.after(call);
      });
  const auto disk = must(open_posix_disk(target, true));
  const auto report = must(tools::back_up(*store, *disk, {}));
  model.rest("the backup");
  EXPECT_EQ(model.commits(), 1);
  EXPECT_GE(report.segments, 3U);
  EXPECT_EQ(syncs_of(calls, parent.path()), 1U);
}

}  // namespace
}  // namespace sediment
