// kill -9 at any moment, including rolls, merges and opens: no acknowledged write is lost, and no value appears that
// was never written.
//
// A process (kill_writer.cc) writes and reports each acknowledgement through a pipe; this one keeps the reports, kills
// it, and checks the store. Then the next process continues in the same directory, and recovers the files that the
// killed one has left. This tests the order of writes to the operating system's cache. It says nothing about power
// cuts: those are explored on the simulated disk. There are 20 kills per test, or as many as SEDIMENT_KILLS says:
//   SEDIMENT_KILLS=200 build/release/tests/crash_tests --gtest_filter='KillNine*'
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "sim/base/parse_number.h"
#include "sim/base/random.h"
#include "sim/demo/child_process.h"
#include "sim/run/store_adapter.h"
#include "tests/crash/kill_journal.h"
#include "tests/crash/kill_writes.h"
#include "tests/support/coverage.h"
#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment::test {
namespace {

using sim::ChildProcess;
using sim::Contents;
using sim::Random;
using std::chrono::microseconds;
using std::chrono::steady_clock;

const std::string kKillWriter = SEDIMENT_BIN_DIR "/../tests/kill-writer";
constexpr std::chrono::minutes kPatience{1};  // if the target of a kill has not come by then, the writer hangs
constexpr microseconds kAnyMoment{1'000};

std::uint64_t kills_asked_for() {
  const char* asked = std::getenv("SEDIMENT_KILLS");  // NOLINT(concurrency-mt-unsafe): it is never set
  if (asked == nullptr) return 20;
  const auto kills = sim::parse_number(asked);
  if (!kills) throw std::runtime_error("SEDIMENT_KILLS must be a number, not \"" + std::string(asked) + "\"");
  return *kills;
}

std::set<std::string> names_in(const std::filesystem::path& directory) {
  std::set<std::string> names;
  if (!std::filesystem::exists(directory)) return names;
  for (const auto& entry : std::filesystem::directory_iterator(directory)) names.insert(entry.path().filename());
  return names;
}

Contents read_all(Store& store) {
  std::set<std::string> keys;
  for (std::uint64_t i = 0; i < kKillKeys; ++i) keys.insert(kill_key(i));
  return must(sim::read_everything(store, keys));
}

// A series of writers in one directory, each of them killed.
class Kills {
 public:
  Kills(const std::string& name, SyncPolicy policy, std::uint64_t threads, PosixAccess access = PosixAccess::kMapped)
      : name_(name),
        policy_(policy),
        threads_(threads),
        access_(access),
        random_(threads),
        coverage_("kill_nine_" + name) {}

  void run() {
    const std::uint64_t kills = kills_asked_for();
    const std::uint64_t enough = std::max<std::uint64_t>(1, kills / 20);
    const auto covered = [&] {
      return std::all_of(kWanted.begin(), kWanted.end(),
                         [&](const char* counter) { return coverage_.value(counter) >= enough; });
    };
    // A kill is aimed and may miss: then there are more of them.
    for (std::uint64_t i = 1; i <= kills || (!covered() && i <= 30 * kills); ++i) {
      SCOPED_TRACE("kill " + std::to_string(i));
      kill_once(i);
      if (testing::Test::HasFatalFailure()) return;
      if (kills > 20 && i % (kills / 10) == 0) {
        std::cout << name_ << ": " << i << " of " << kills << " kills" << std::endl;
      }
    }
    for (const char* counter : kWanted) coverage_.require_at_least(counter, enough);
    coverage_.require_at_least("kills", kills);
    finish();
  }

 private:
  // The cases that a test must have met to prove anything.
  static inline const std::vector<const char*> kWanted = {
      "killed-while-writing", "killed-while-opening",       "killed-while-rolling",       "killed-while-merging",
      "open-half-done",       "files-left-by-killed-rolls", "files-left-by-killed-merges"};

  void kill_once(std::uint64_t seed) {
    const std::set<std::string> names_before = names_in(directory_);
    Journal journal;
    journal.opening.begin();
    {
      auto writer = must(ChildProcess::start(
          {kKillWriter, directory_.string(), policy_ == SyncPolicy::kEveryWrite ? "every" : "never",
           std::to_string(threads_), std::to_string(seed), access_ == PosixAccess::kMapped ? "mapped" : "plain"},
          ChildProcess::Output::kRead));
      listen(writer, aim(seed), journal);
      if (testing::Test::HasFatalFailure()) return;
      writer.kill();
      listen_to_the_end(writer, journal);
      if (testing::Test::HasFatalFailure()) return;
    }
    ASSERT_EQ(journal.failure, "");
    for (Phase Journal::*phase : {&Journal::opening, &Journal::rolling, &Journal::merging}) {
      if ((journal.*phase).lasted.count() > 0) (usual_.*phase).lasted = (journal.*phase).lasted;
    }
    note_what_was_struck(journal, names_before);
    check(journal, seed);
  }

  // The target of a kill: this phase, once it has begun this many times; or any phase, once this many writes are
  // acknowledged. (An open is hit by the clock alone: its two reports may well arrive together.)
  struct Aim {
    Phase Journal::*phase = nullptr;
    std::uint64_t times = 0;
    std::uint64_t acknowledged = 0;

    bool is_reached(const Journal& journal) const {
      if (phase != nullptr) return (journal.*phase).now && (journal.*phase).times >= times;
      return journal.opened && journal.acknowledged.size() >= acknowledged;
    }
  };

  // In turn: an open, a roll, a merge, and any phase.
  Aim aim(std::uint64_t kill) {
    switch (kill % 4) {
      case 1: return {&Journal::opening, 1, 0};
      case 2: return {&Journal::rolling, 1 + random_.below(3), 0};
      case 3: return {&Journal::merging, 1 + random_.below(3), 0};
      default: return {nullptr, 0, random_.below(100)};
    }
  }

  // Reads reports until the target is reached, and then for a part of the time that such a phase took before.
  void listen(ChildProcess& writer, const Aim& aim, Journal& journal) {
    auto deadline = steady_clock::now() + kPatience;
    bool reached = false;
    while (true) {
      if (!reached && aim.is_reached(journal)) {
        reached = true;
        const microseconds usual = aim.phase == nullptr ? kAnyMoment : (usual_.*aim.phase).lasted;
        // The process starts before it opens anything.
        const microseconds earliest = aim.phase == &Journal::opening ? usual / 2 : microseconds(0);
        const auto range = static_cast<std::uint64_t>((usual - earliest).count());
        deadline = steady_clock::now() + earliest + microseconds(random_.below(range + 1));
      }
      const auto left = std::chrono::duration_cast<microseconds>(deadline - steady_clock::now());
      if (left.count() <= 0) break;
      const bool is_alive = writer.read_output(left, &unread_);
      note_lines(journal);
      if (testing::Test::HasFatalFailure()) return;
      ASSERT_TRUE(is_alive) << "the writer ended before it was killed. " << journal.failure;
      ASSERT_EQ(journal.failure, "");
    }
    ASSERT_TRUE(reached) << "the writer hangs";
  }

  void listen_to_the_end(ChildProcess& writer, Journal& journal) {
    while (writer.read_output(kPatience, &unread_)) {
    }
    note_lines(journal);
    if (testing::Test::HasFatalFailure()) return;
    ASSERT_EQ(unread_, "") << "a report must arrive whole or not at all";
  }

  void note_lines(Journal& journal) {
    std::size_t begin = 0;
    for (std::size_t end = 0; (end = unread_.find('\n', begin)) != std::string::npos; begin = end + 1) {
      const std::string line = unread_.substr(begin, end - begin);
      ASSERT_TRUE(journal.note(line)) << "this is not a report: " << line;
    }
    unread_.erase(0, begin);
  }

  void note_what_was_struck(const Journal& journal, const std::set<std::string>& names_before) {
    coverage_.count("kills");
    coverage_.count("acknowledged", journal.acknowledged.size());
    if (journal.opened) {
      coverage_.count("files-removed-by-opens", journal.files_removed);
      if (journal.bytes_cut > 0) coverage_.count("torn-tails");
      if (journal.files_removed > 0 && struck_ == Struck::kRoll) coverage_.count("files-left-by-killed-rolls");
      if (journal.files_removed > 0 && struck_ == Struck::kMerge) coverage_.count("files-left-by-killed-merges");
      struck_ = journal.merging.now ? Struck::kMerge : journal.rolling.now ? Struck::kRoll : Struck::kOther;
      if (journal.merging.now) coverage_.count("killed-while-merging");
      if (journal.rolling.now) coverage_.count("killed-while-rolling");
      if (!journal.merging.now && !journal.rolling.now) coverage_.count("killed-while-writing");
    } else {
      // What the next open removes may be from this kill or from the previous one: it is counted for neither.
      struck_ = Struck::kOther;
      coverage_.count("killed-while-opening");
      if (names_in(directory_) != names_before) coverage_.count("open-half-done");
    }
  }

  // Read only, so that the next writer's open finds the files as this one left them.
  void check(const Journal& journal, std::uint64_t seed) {
    Contents contents;
    auto store = Store::open(directory_, read_only());
    // Killed before there was a store.
    if (!store.status().is(StatusCode::kNotFound) || journal.opened || !contents_.empty()) {
      ASSERT_TRUE(is_ok(store));
      contents = read_all(**store);
    }
    Candidates candidates = candidates_of(contents_, journal, seed, threads_);
    for (const auto& [key, value] : contents) {
      ASSERT_TRUE(candidates.contains(key)) << "the key was never written: " << key;
    }
    for (const auto& [key, all] : candidates) {
      const auto found = contents.find(key);
      const auto value = found == contents.end() ? std::nullopt : std::optional(found->second);
      const std::vector<Candidate> allowed = not_replaced(all);
      const auto is_it = [&](const Candidate& candidate) { return candidate.value == value; };
      const auto match = std::find_if(allowed.begin(), allowed.end(), is_it);
      if (match == allowed.end()) {
        std::string text;
        for (const Candidate& candidate : allowed) {
          text += "\n  " + short_text(candidate.value) + ", " + candidate.name;
        }
        FAIL() << key << " has " << short_text(value) << " after " << journal.acknowledged.size()
               << " acknowledgements; it may have" << text;
      }
      if (match->reported == UINT64_MAX && allowed.size() > 1) coverage_.count("unacknowledged-and-there");
    }
    contents_ = std::move(contents);
  }

  // Left alone, it is a store like any other: after an open, a merge, a close and another open it holds the same, and
  // no file is left over.
  void finish() {
    for (int i = 0; i < 2; ++i) {
      const auto store = must(Store::open(directory_, {}));
      ASSERT_EQ(read_all(*store), contents_);
      ASSERT_TRUE(is_ok(store->merge()));
      ASSERT_EQ(read_all(*store), contents_);
      std::size_t logs = 0;
      for (const std::string& name : names_in(directory_)) logs += name.ends_with(".log") ? 1 : 0;
      ASSERT_EQ(logs, store->stats().segments.size());
      ASSERT_TRUE(is_ok(store->close()));
    }
  }

  enum class Struck { kOther, kRoll, kMerge };

  std::string name_;
  SyncPolicy policy_;
  std::uint64_t threads_;
  PosixAccess access_;
  Random random_;
  Coverage coverage_;
  TemporaryDirectory temporary_;
  std::filesystem::path directory_ = temporary_.path() / "store";
  Contents contents_;               // after the last kill
  std::string unread_;              // the beginning of a report
  Journal usual_;                   // how long each phase took when it last ran to its end
  Struck struck_ = Struck::kOther;  // by the last kill
};

TEST(KillNine, WithoutSyncsTheStoreIsAfterAllThatWasAcknowledgedOrOneWriteFurther) {
  Kills("never", SyncPolicy::kNever, 1).run();
}

TEST(KillNine, WithASyncForEveryWriteTheStoreIsAfterAllThatWasAcknowledgedOrOneWriteFurther) {
  Kills("every_write", SyncPolicy::kEveryWrite, 1).run();
}

TEST(KillNine, WithoutSyncsNothingThatAnyOfFourThreadsWasToldIsLost) {
  Kills("never_4_threads", SyncPolicy::kNever, 4).run();
}

TEST(KillNine, WithASyncForEveryWriteNothingThatAnyOfFourThreadsWasToldIsLost) {
  Kills("every_write_4_threads", SyncPolicy::kEveryWrite, 4).run();
}

// The others write through mappings.
TEST(KillNine, BySystemCallsNothingThatAnyOfFourThreadsWasToldIsLost) {
  Kills("system_calls_4_threads", SyncPolicy::kNever, 4, PosixAccess::kSystemCalls).run();
}

}  // namespace
}  // namespace sediment::test
