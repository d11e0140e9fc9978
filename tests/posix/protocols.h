// One life of a store on a real disk, through every protocol: this is what the tests of this suite disturb and check.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "tests/support/store_helpers.h"

namespace sediment::test {

constexpr PosixAccess kBothAccesses[] = {PosixAccess::kMapped, PosixAccess::kSystemCalls};

inline const char* name_of(PosixAccess access) { return access == PosixAccess::kMapped ? "mapped" : "by system calls"; }

/// How many files this process has open.
inline std::size_t open_descriptors() {
  std::size_t count = 0;
  for ([[maybe_unused]] const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) ++count;
  return count;
}

/// Runs this in a child and reports how the child ends. An alarm kills a child that waits for something that never
/// comes.
inline int status_of_child(const std::function<bool()>& does) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::alarm(240);  // less than a test's time limit
    bool good = false;
    try {
      good = does();
    } catch (const std::exception& error) {
      (void)std::fprintf(stderr, "child: %s\n", error.what());
    }
    ::_exit(good ? 0 : 1);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) throw std::runtime_error("cannot run a child");
  return status;
}

inline ::testing::AssertionResult ended_well(int status) {
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0) return ::testing::AssertionSuccess();
  if (WIFSIGNALED(status)) return ::testing::AssertionFailure() << "it was killed by signal " << WTERMSIG(status);
  return ::testing::AssertionFailure() << "its exit status is " << WEXITSTATUS(status);
}

/// What a store had reported when it stopped, and what it must therefore hold.
struct Said {
  std::set<std::string> tried;
  std::set<std::string> synced;  // keys whose sync returned ok
  Status first_failure;
  std::vector<std::string> failed;  // the steps that failed
};

inline std::string value_for(const std::string& key) { return key + std::string(1000, 'v'); }

/// open, put, sync, roll, puts that roll, merge of a run, merge of all, close. Continues after a failure.
inline Said live_once(const std::filesystem::path& directory, PosixAccess access) {
  Said said;
  const auto note = [&](const std::string& step, const Status& status) {
    if (status.ok()) return true;
    if (said.first_failure.ok()) said.first_failure = status;
    said.failed.push_back(step + ": " + status.to_string());
    return false;
  };
  Result<std::shared_ptr<Disk>> disk = open_posix_disk(directory, true, access);
  if (!note("disk", disk.status())) return said;
  Result<std::unique_ptr<Store>> store = Store::open(*disk, manual_merges());
  if (!note("open", store.status())) return said;
  std::set<std::string> acknowledged;
  const auto put = [&](const std::string& key) {
    said.tried.insert(key);
    if (note("put " + key, (*store)->put(key, value_for(key)))) acknowledged.insert(key);
  };
  put("a");
  if (note("sync", (*store)->sync())) said.synced = acknowledged;
  put("b");
  if (note("roll", (*store)->roll())) said.synced = acknowledged;
  for (const char* key : {"c", "d", "e", "f", "g", "h"}) put(key);
  note("merge of a run", (*store)->merge(MergeRun{1, 2}));
  note("merge", (*store)->merge());
  put("i");
  if (note("close", (*store)->close())) said.synced = acknowledged;
  return said;
}

/// Opens the store undisturbed. The open must succeed; the store must hold what it reported, and nothing that was never
/// written.
inline void expect_kept(const std::filesystem::path& directory, const Said& said, const std::string& what) {
  Result<std::unique_ptr<Store>> store = Store::open(directory, manual_merges());
  ASSERT_TRUE(is_ok(store)) << what;
  std::map<std::string, std::string> pairs;
  ASSERT_TRUE(is_ok((*store)->for_each([&](std::string_view key, std::string_view value) {
    pairs.emplace(key, value);
    return true;
  }))) << what;
  for (const std::string& key : said.synced) EXPECT_TRUE(pairs.contains(key)) << what << ": " << key << " is lost";
  for (const auto& [key, value] : pairs) {
    EXPECT_TRUE(said.tried.contains(key)) << what << ": never written: " << key;
    EXPECT_EQ(value, value_for(key)) << what;
  }
}

}  // namespace sediment::test
