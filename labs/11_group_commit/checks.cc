// The checks of lab 11. A check lets threads append and wait, and decides when a sync returns and how. After each step,
// every thread rests, and what each of them does then is compared with what a group commit must do.
#include <algorithm>
#include <array>
#include <map>
#include <optional>

#include "labs/11_group_commit/operations.h"
#include "labs/grader/checks.h"
#include "labs/grader/remote_store.h"
#include "labs/wire/store_messages.h"
#include "sim/disk/sim_disk.h"

namespace sediment::labs {

namespace {

using sim::Step;

std::string name_of(std::size_t thread) { return std::string(1, static_cast<char>('A' + thread)); }

/// A group commit in the student's process, and the threads that use it. Each call is a step of the check's story, and
/// is judged.
class Threads {
 public:
  explicit Threads(CheckRun& run) : run_(run), process_(run.build.with_addresses) { run.begin_story(); }

  /// The thread appends a record, which is in the log when this returns.
  void append(std::size_t thread) {
    run_.step(name_of(thread) + " appends a record");
    bool taken = false;
    Mine& mine = threads_.at(thread);
    ask_for_record(thread, &taken);
    if (!taken) {
      CheckRun::fail("no sync has failed, so the log should take the record; it refuses, as after a failed sync");
    }
    run_.story.back() += ", which ends at byte " + std::to_string(mine.end) +
                         (mine.segment == 1 ? "" : " of segment " + std::to_string(mine.segment));
  }
  /// A log of which a sync has failed takes no more records.
  void must_refuse_records(std::size_t thread) {
    run_.step(name_of(thread) + " tries to append a record");
    bool taken = false;
    ask_for_record(thread, &taken);
    if (taken) {
      CheckRun::fail(
          "a sync has failed, so the log should take no more records; it takes one: note_sync was not called "
          "with that outcome");
    }
  }
  /// The thread waits until its record is durable.
  void wait(std::size_t thread) {
    run_.step(name_of(thread) + " calls wait_until_durable");
    start(thread, GroupCommitOperation::kWait);
  }
  void wait_for_sync(std::size_t thread) {
    run_.step(name_of(thread) + " calls wait_for_running_sync");
    threads_.at(thread).only_for_sync = true;
    start(thread, GroupCommitOperation::kWaitForSync);
  }
  /// The next segment takes the place of the active one, which is sealed.
  void roll() {
    run_.step("the store rolls: segment " + std::to_string(active_) + " is sealed, and segment " +
              std::to_string(active_ + 1) + " is the active one");
    ++active_;
    bool free = false;
    ask(request(GroupCommitOperation::kRoll), [&](MessageReader& answer) { free = answer.flag(); });
    mutex_must_be_free(free, "the mutex should be free");
  }
  /// The sync that is running returns.
  void sync_returns(Outcome outcome = Outcome::kOk) {
    const std::size_t sync = running();
    run_.step(std::string("the sync ") + (outcome == Outcome::kOk      ? "returns ok"
                                          : outcome == Outcome::kError ? "returns an I/O error"
                                                                       : "throws std::bad_alloc"));
    syncs_[sync].outcome = outcome;
    if (outcome != Outcome::kOk) failed_ = true;
    if (outcome == Outcome::kError) reason_ = kReasonOfError;
    for (Mine& mine : threads_) mine.waited = mine.doing == Doing::kWaits;
    ask_state(request(GroupCommitOperation::kReturn).number(sync).number(static_cast<std::uint64_t>(outcome)));
    run_.reached(outcome == Outcome::kOk ? "syncs" : "syncs that failed");
  }

  bool is_syncing() const {
    return std::any_of(syncs_.begin(), syncs_.end(), [](const Sync& sync) { return !sync.outcome; });
  }
  std::size_t syncs() const { return syncs_.size(); }
  Doing doing(std::size_t thread) const { return threads_.at(thread).doing; }
  bool has_returned(std::size_t thread) const { return doing(thread) == Doing::kReturned; }
  bool is_in_use(std::size_t thread) const {
    return doing(thread) != Doing::kNothing && doing(thread) != Doing::kReturned;
  }

  void must_sync(std::size_t thread) const {
    if (doing(thread) == Doing::kSyncs) return;
    CheckRun::fail(name_of(thread) + " should be in File::sync now: no other sync is running; it " +
                   what_it_does(thread));
  }
  void must_wait(std::size_t thread) const {
    if (doing(thread) == Doing::kWaits) return;
    CheckRun::fail(name_of(thread) + " should wait now; it " + what_it_does(thread));
  }
  /// For a while, nothing wakes the threads that wait.
  void must_sleep() { ask_state(request(GroupCommitOperation::kLook)); }
  void must_have_returned(std::size_t thread) const {
    if (has_returned(thread)) return;
    CheckRun::fail(name_of(thread) + " should have returned; it " + what_it_does(thread));
  }
  void must_have_synced(std::size_t times) const {
    if (syncs_.size() == times) return;
    CheckRun::fail("that should take " + std::to_string(times) + (times == 1 ? " sync" : " syncs") + "; yours took " +
                   std::to_string(syncs_.size()));
  }
  /// What syncs() says.
  void must_have_counted() const {
    std::uint64_t good = 0;
    for (const Sync& sync : syncs_) good += sync.outcome == Outcome::kOk ? 1 : 0;
    if (counted_ && *counted_ == good) return;
    CheckRun::fail("syncs() should say how many have succeeded, " + std::to_string(good) + "; it says " +
                   std::to_string(counted_.value_or(0)));
  }

 private:
  struct Sync {
    std::size_t thread = 0;
    std::uint64_t segment = 0;
    std::uint64_t covers = 0;  // bytes that were in the file when it began
    std::optional<Outcome> outcome = std::nullopt;
  };
  struct Mine {
    std::uint64_t segment = 0;  // of the thread's record
    std::uint64_t end = 0;
    bool only_for_sync = false;
    Doing doing = Doing::kNothing;
    bool threw = false;
    bool lock_is_gone = false;
    Status status = {};
    bool judged = false;  // it has returned, and that was right
    bool waited = false;  // when the last sync returned
  };

  static constexpr std::uint64_t kMostSyncs = 1000;
  static constexpr int kMostLooks = 10;

  static MessageWriter request(GroupCommitOperation what) {
    MessageWriter message;
    message.number(static_cast<std::uint64_t>(Request::kComponent)).number(static_cast<std::uint64_t>(what));
    return message;
  }
  template <typename Read>
  void ask(const MessageWriter& message, Read read) {
    read_answer(process_, process_.ask(message.bytes()), read);
  }

  void ask_for_record(std::size_t thread, bool* taken) {
    bool free = false;
    Mine& mine = threads_.at(thread);
    ask(request(GroupCommitOperation::kAppend).number(thread), [&](MessageReader& answer) {
      free = answer.flag();
      *taken = answer.flag();
      mine.segment = answer.number();
      mine.end = answer.number();
    });
    mutex_must_be_free(free, name_of(thread) + " should be able to append while the disk works");
  }

  static void mutex_must_be_free(bool free, const std::string& sentence) {
    if (!free) CheckRun::fail(sentence + "; a thread that sleeps in your code holds the mutex");
  }

  std::size_t running() const {
    for (std::size_t i = 0; i < syncs_.size(); ++i) {
      if (!syncs_[i].outcome) return i;
    }
    throw std::runtime_error("the grader ends a sync where none is running");
  }

  void start(std::size_t thread, GroupCommitOperation what) {
    for (Mine& each : threads_) each.waited = false;
    Mine& mine = threads_.at(thread);
    mine.judged = false;
    mine.doing = Doing::kWaits;
    ask_state(request(what).number(thread));
  }

  void ask_state(const MessageWriter& message) {
    syncs_before_ = syncs_.size();
    read_state(message);
    // Only a thread that is asleep for a while, without being woken, needs another look.
    for (int looks = 0; looks < kMostLooks && sleeper(); ++looks) read_state(request(GroupCommitOperation::kLook));
    tell_state();
    judge();
  }

  void read_state(const MessageWriter& message) {
    ask(message, [&](MessageReader& answer) {
      for (Mine& mine : threads_) {
        mine.doing = static_cast<Doing>(answer.number_up_to(static_cast<std::uint64_t>(Doing::kPolls)));
        mine.threw = answer.flag();
        mine.lock_is_gone = answer.flag();
        mine.status = read_status(&answer);
      }
      const std::uint64_t count = answer.number_up_to(kMostSyncs);
      for (std::size_t i = 0; i < count; ++i) {
        if (i == syncs_.size()) syncs_.emplace_back();
        syncs_[i].thread = static_cast<std::size_t>(answer.number_up_to(kThreads - 1));
        syncs_[i].segment = answer.number();
        syncs_[i].covers = answer.number();
        const bool ended = answer.flag();
        if (ended != syncs_[i].outcome.has_value()) throw Malformed("a sync that only the grader ends");
      }
      const bool mutex_is_free = answer.flag();
      const std::uint64_t counted = answer.number();
      counted_ = mutex_is_free ? std::optional(counted) : std::nullopt;
      stopped_ = answer.flag();
    });
  }

  // How many threads do what: which of those that slept is the next to sync is up to the system.
  void tell_state() {
    std::map<std::string, int> counts;
    for (const Mine& mine : threads_) {
      if (mine.doing == Doing::kWaits) ++counts["sleeping"];
      if (mine.doing == Doing::kSyncs) ++counts["in File::sync"];
      if (mine.doing == Doing::kReturned && !mine.judged) ++counts["returned"];
    }
    std::string text;
    for (const char* what : {"returned", "in File::sync", "sleeping"}) {
      if (counts[what] > 0) text += (text.empty() ? "" : ", ") + std::to_string(counts[what]) + " " + what;
    }
    if (!text.empty()) run_.story.back() += "  [" + text + "]";
  }

  std::uint64_t durable_end(std::uint64_t segment) const {
    std::uint64_t end = 0;
    for (const Sync& sync : syncs_) {
      if (sync.segment == segment && sync.outcome == Outcome::kOk) end = std::max(end, sync.covers);
    }
    return end;
  }
  bool is_durable(const Mine& mine) const { return mine.segment != active_ || mine.end <= durable_end(mine.segment); }

  // Why a thread that waits while no sync is running should have returned, unless it should sync.
  std::optional<std::string> why_not_to_wait(const Mine& mine) const {
    if (mine.only_for_sync) return "no sync is running";
    if (is_durable(mine))
      return mine.segment != active_ ? "its segment is sealed, and so durable" : "its record is durable";
    if (failed_) return "a sync has failed";
    return std::nullopt;
  }

  // A thread that sleeps for ever, as a sentence. Which of several it is may depend on whom the system wakes first.
  std::optional<std::string> sleeper() const {
    if (is_syncing()) return std::nullopt;  // when that sync has returned, all are woken
    std::size_t sleepers = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < kThreads; ++i) {
      if (threads_[i].doing != Doing::kWaits || !why_not_to_wait(threads_[i])) continue;
      ++sleepers;
      last = i;
    }
    std::string slept;  // those that one of them is among
    std::size_t several = 0;
    for (std::size_t i = kThreads; i-- > 0;) {
      if (!threads_[i].waited) continue;
      slept.insert(0, name_of(i) + (several == 0 ? "" : several == 1 ? " and " : ", "));
      ++several;
    }
    if (sleepers > 0 && several > 1 && sleepers <= several) {
      return (sleepers == several ? slept : std::to_string(sleepers) + " of " + slept) + " should have returned, but " +
             (sleepers == 1 ? "sleeps" : "sleep") + ", and no thread will wake " + (sleepers == 1 ? "it" : "them");
    }
    if (sleepers > 1) {
      return std::to_string(sleepers) + " threads should have returned; they sleep, and no thread will wake them";
    }
    if (sleepers == 1) {
      return name_of(last) + " should have returned: " + *why_not_to_wait(threads_[last]) +
             "; it sleeps, and no thread will wake it";
    }
    for (std::size_t i = 0; i < kThreads; ++i) {
      if (threads_[i].doing != Doing::kWaits) continue;
      return "no sync is running, and " + name_of(i) +
             " needs one: it should be in File::sync; it sleeps, and no thread will wake it";
    }
    return std::nullopt;
  }

  std::string what_it_does(std::size_t thread) const {
    const Mine& mine = threads_.at(thread);
    switch (mine.doing) {
      case Doing::kNothing: return "was not started";
      case Doing::kWantsMutex: return "cannot get the mutex, which a sleeping thread holds";
      case Doing::kWaits: return "sleeps";
      case Doing::kSyncs: return "is in File::sync";
      case Doing::kBusy: return "runs in a loop";
      case Doing::kPolls: return "wakes up again and again";
      case Doing::kReturned: break;
    }
    return mine.threw         ? "has thrown an exception"
           : mine.status.ok() ? "has returned ok"
                              : "has returned " + std::string(describe(mine.status.code()));
  }

  // What must be true whenever all threads rest.
  void judge() {
    for (std::size_t i = 0; i < kThreads; ++i) {
      const Mine& mine = threads_[i];
      if (mine.doing == Doing::kBusy) {
        CheckRun::fail(name_of(i) + " should sleep until it is woken; it keeps the processor busy");
      }
      if (mine.doing == Doing::kPolls) {
        CheckRun::fail(name_of(i) + " should sleep until it is woken; it wakes up again and again without being woken");
      }
      if (mine.doing == Doing::kWantsMutex) {
        CheckRun::fail(name_of(i) +
                       " should get the mutex; a thread that "
                       "sleeps in your code holds it");
      }
    }
    for (std::size_t i = 0; i < kThreads; ++i) judge_return(i);
    judge_syncs();
    if (const auto sleeps = sleeper()) CheckRun::fail(*sleeps);
    if (failed_ && !stopped_) {
      CheckRun::fail(
          "a sync has failed, so the WriteState should be stopped "
          "(stop()); it is not");
    }
  }

  void judge_return(std::size_t thread) {
    Mine& mine = threads_[thread];
    if (mine.doing != Doing::kReturned || mine.judged) return;
    mine.judged = true;
    const std::string name = name_of(thread);
    if (mine.threw) CheckRun::fail(name + "'s call should return a Status; an exception came out of it");
    if (mine.lock_is_gone) CheckRun::fail(name + " should hold the lock when the call returns; it does not");
    const bool ok = mine.status.ok();
    const std::string code(describe(mine.status.code()));
    if (mine.only_for_sync) {
      for (std::size_t i = 0; i < syncs_before_; ++i) {  // those that began meanwhile began perhaps after it had
                                                         // returned
        if (!syncs_[i].outcome) {
          CheckRun::fail(name + " should wait until " + name_of(syncs_[i].thread) +
                         "'s sync has returned; its call has returned");
        }
      }
      mine.only_for_sync = false;
      return;
    }
    if (ok && !is_durable(mine)) {
      CheckRun::fail(name + "'s record ends at byte " + std::to_string(mine.end) + ", and " + how_far(mine.segment) +
                     ": it must not be acknowledged; the call has returned ok");
    }
    if (!ok && is_durable(mine) && !failed_) {
      CheckRun::fail(name + "'s record is durable: the call should return ok; it has returned " + code);
    }
    if (!ok && !failed_) CheckRun::fail("no sync has failed; " + name + "'s call has returned " + code);
    if (!ok && !mine.status.is(StatusCode::kIoError)) {
      CheckRun::fail(
          name + "'s call should return \"I/O error\", because it is unknown what is on the disk; it has returned \"" +
          code + "\"");
    }
    if (!ok && mine.status.message().find(reason_) == std::string_view::npos) {
      CheckRun::fail(name + "'s call should return the reason, as the WriteState gives it: \"" + reason_ +
                     "\"; it has returned \"" + mine.status.to_string() + "\"");
    }
    run_.reached(ok ? "writes acknowledged" : "writes refused");
  }

  std::string how_far(std::uint64_t segment) const {
    std::string text;
    for (const Sync& sync : syncs_) {
      if (sync.segment != segment) continue;
      text = "the last sync began when the log had " + std::to_string(sync.covers) + " bytes" +
             (!sync.outcome                   ? ", and has not returned"
              : *sync.outcome == Outcome::kOk ? ""
                                              : ", and failed");
    }
    return text.empty() ? "no sync has begun" : text;
  }

  void judge_syncs() {
    std::size_t running = 0;
    std::size_t last = 0;
    for (std::size_t i = 0; i < syncs_.size(); ++i) {
      if (syncs_[i].outcome) continue;
      ++running;
      last = i;
    }
    if (running > 1) {
      CheckRun::fail("one sync should run at a time; " + std::to_string(running) + " are running, the last one in " +
                     name_of(syncs_[last].thread));
    }
    for (; syncs_judged_ < syncs_.size(); ++syncs_judged_) {
      const Sync& sync = syncs_[syncs_judged_];
      const Mine& mine = threads_.at(sync.thread);
      if (failed_) {
        CheckRun::fail("after a failed sync there should be no other; a thread has begun one");
      }
      if (is_durable(mine)) {
        CheckRun::fail(
            name_of(sync.thread) +
            (mine.segment != active_ ? "'s segment is sealed, and so durable" : "'s record is durable already") +
            "; it has begun another sync");
      }
    }
  }

  CheckRun& run_;
  StudentProcess process_;
  std::array<Mine, kThreads> threads_;
  std::vector<Sync> syncs_;
  std::size_t syncs_judged_ = 0;
  std::size_t syncs_before_ = 0;  // how many had begun before the step
  std::uint64_t active_ = 1;      // segment
  bool failed_ = false;
  std::string reason_;  // part of what the failed sync has returned
  bool stopped_ = false;
  std::optional<std::uint64_t> counted_;
};

constexpr std::size_t kA = 0;
constexpr std::size_t kB = 1;
constexpr std::size_t kC = 2;
constexpr std::size_t kD = 3;
constexpr std::size_t kE = 4;

// ---- one thread

void syncs_for_one(CheckRun& run) {
  Threads threads(run);
  for (int times = 0; times < 3; ++times) {
    threads.append(kA);
    threads.wait(kA);
    threads.must_sync(kA);
    threads.sync_returns();
    threads.must_have_returned(kA);
  }
  threads.must_have_synced(3);
}

void needs_no_sync_for_durable_bytes(CheckRun& run) {
  Threads threads(run);
  threads.append(kA);
  threads.append(kB);
  threads.wait(kA);
  threads.must_sync(kA);
  threads.sync_returns();
  threads.wait(kB);  // both records were in the file when that sync began
  threads.must_have_returned(kB);
  threads.wait(kA);
  threads.must_have_returned(kA);
  threads.must_have_synced(1);
  run.reached("bytes that were durable already");
}

// ---- several threads

void lets_others_append(CheckRun& run) {
  Threads threads(run);
  threads.append(kA);
  threads.wait(kA);
  threads.must_sync(kA);
  for (const std::size_t thread : {kB, kC, kD}) threads.append(thread);
  threads.sync_returns();
  threads.must_have_returned(kA);
  run.reached("appends during a sync", 3);
}

void followers_wait(CheckRun& run) {
  Threads threads(run);
  for (const std::size_t thread : {kA, kB, kC}) threads.append(thread);
  threads.wait(kA);
  threads.must_sync(kA);
  for (const std::size_t thread : {kB, kC}) {
    threads.wait(thread);
    threads.must_wait(thread);
    run.reached("followers");
  }
  threads.must_sleep();
  threads.must_have_synced(1);
}

void followers_are_woken(CheckRun& run) {
  Threads threads(run);
  threads.append(kA);
  threads.append(kB);
  threads.wait(kA);
  threads.must_sync(kA);
  threads.wait(kB);
  threads.sync_returns();
  threads.must_have_returned(kA);
  threads.must_have_returned(kB);
  threads.must_have_synced(1);
  run.reached("followers");
}

void later_records_are_not_covered(CheckRun& run) {
  Threads threads(run);
  threads.append(kA);
  threads.wait(kA);
  threads.must_sync(kA);
  threads.append(kB);
  threads.wait(kB);
  threads.sync_returns();
  threads.must_have_returned(kA);
  threads.must_sync(kB);
  threads.sync_returns();
  threads.must_have_returned(kB);
  threads.must_have_synced(2);
  run.reached("records appended during a sync");
}

void one_sync_for_many(CheckRun& run) {
  Threads threads(run);
  threads.append(kA);
  threads.wait(kA);
  threads.must_sync(kA);
  for (const std::size_t thread : {kB, kC, kD, kE}) {
    threads.append(thread);
    threads.wait(thread);
  }
  threads.sync_returns();  // one of them syncs now, for all
  threads.sync_returns();
  for (const std::size_t thread : {kA, kB, kC, kD, kE}) threads.must_have_returned(thread);
  threads.must_have_synced(2);
  threads.must_have_counted();
  run.reached("writers", 5);
}

// ---- failures

void fails(CheckRun& run, Outcome outcome) {
  {
    Threads alone(run);
    alone.append(kA);
    alone.wait(kA);
    alone.must_sync(kA);
    alone.sync_returns(outcome);
    alone.must_have_returned(kA);
  }
  Threads threads(run);
  threads.append(kA);
  threads.append(kB);
  threads.wait(kA);
  threads.must_sync(kA);
  threads.wait(kB);
  for (const std::size_t thread : {kC, kD}) {
    threads.append(thread);
    threads.wait(thread);
  }
  threads.sync_returns(outcome);
  for (const std::size_t thread : {kA, kB, kC, kD}) threads.must_have_returned(thread);
  threads.wait(kB);
  threads.must_have_returned(kB);
  threads.must_have_synced(1);
  threads.must_have_counted();
  threads.must_refuse_records(kE);
}

void fails_for_all(CheckRun& run) { fails(run, Outcome::kError); }
void survives_an_exception(CheckRun& run) { fails(run, Outcome::kThrows); }

// ---- rolls

void waits_for_a_running_sync(CheckRun& run) {
  for (const Outcome outcome : {Outcome::kOk, Outcome::kError}) {
    Threads threads(run);
    threads.wait_for_sync(kE);
    threads.must_have_returned(kE);
    threads.append(kA);
    threads.wait_for_sync(kE);
    threads.must_have_returned(kE);
    threads.wait(kA);
    threads.must_sync(kA);
    threads.wait_for_sync(kE);
    threads.must_wait(kE);
    threads.wait_for_sync(kD);
    threads.must_wait(kD);
    threads.must_sleep();
    threads.sync_returns(outcome);
    for (const std::size_t thread : {kA, kD, kE}) threads.must_have_returned(thread);
    threads.must_have_synced(1);
    run.reached("threads that wait for a sync", 2);
  }
}

void a_sealed_segment_is_durable(CheckRun& run) {
  Threads threads(run);
  for (const std::size_t thread : {kA, kB, kC}) threads.append(thread);
  threads.wait(kA);
  threads.must_sync(kA);
  threads.sync_returns();
  threads.append(kA);
  threads.append(kB);
  threads.roll();
  threads.wait(kB);  // its record was appended, and then a roll has sealed its segment
  threads.must_have_returned(kB);
  threads.wait(kA);
  threads.must_have_returned(kA);
  threads.append(kC);
  threads.wait(kC);
  threads.must_sync(kC);
  threads.sync_returns();
  threads.must_have_returned(kC);
  threads.must_have_synced(2);
  run.reached("records of a sealed segment", 2);
}

// ---- all of it

// Any order of appends, waits and returns. The judgement is the same after each of them.
void any_order(CheckRun& run) {
  for (int round = 0; round < 12; ++round) {
    Threads threads(run);
    std::array<bool, kThreads> appended{};
    const bool fails_at_last = run.random.below(3) == 0;
    const int steps = 20 + static_cast<int>(run.random.below(20));
    for (int step = 0; step < steps; ++step) {
      const auto thread = static_cast<std::size_t>(run.random.below(kThreads));
      const std::uint64_t kind = run.random.below(4);
      if (kind == 0 && threads.is_syncing()) {
        threads.sync_returns();
        run.reached("syncs");
      } else if (threads.is_in_use(thread)) {
        continue;
      } else if (kind == 1) {
        threads.wait_for_sync(thread);
        appended[thread] = false;
      } else if (!appended[thread]) {
        threads.append(thread);
        appended[thread] = true;
      } else {
        threads.wait(thread);
        appended[thread] = false;
      }
    }
    while (threads.is_syncing()) threads.sync_returns(fails_at_last ? Outcome::kError : Outcome::kOk);
    for (std::size_t thread = 0; thread < kThreads; ++thread) {
      if (threads.doing(thread) != Doing::kNothing) threads.must_have_returned(thread);
    }
    run.reached("orders");
  }
}

sim::Scenario every_write_synced(CheckRun& run) {
  sim::Scenario options;
  options.segment_size = 1024;
  options.sync = SyncPolicy::kEveryWrite;
  options.seed = run.random.below(1'000'000) + 1;
  return options;
}

Step any_write(CheckRun& run) {
  const std::string key = "k" + std::to_string(run.random.below(6));
  if (run.random.below(4) == 0) return {"remove", key};
  return {"put", key, std::to_string(run.random.below(1000))};
}

void works_in_a_store(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.with_addresses);
  for (int round = 0; round < 2; ++round) {
    Play play(run, kind, every_write_synced(run));
    for (int steps = 0; steps < 30; ++steps) {
      switch (run.random.below(10)) {
        case 0: play.perform({"roll"}); break;
        case 1: play.perform({"sync"}); break;
        case 2:
          play.perform({"crash", "lose-unsynced"});
          play.perform({"recover"});
          break;
        default: play.perform(any_write(run));
      }
    }
    play.perform({"check"});
  }
  runs_in_a_store(run);
}

// Each sync of a script fails once, in each way. What was acknowledged before is there after a power cut.
void survives_failed_syncs(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.plain());
  using Call = sim::CallFault::Call;
  using Effect = sim::CallFault::Effect;
  for (const Effect effect : {Effect::kError, Effect::kDropped, Effect::kReverted}) {
    for (std::uint64_t n = 1; n <= 4; ++n) {
      Play play(run, kind, every_write_synced(run));
      play.perform(sim::step_of("fail " + sim::to_string({.call = Call::kSync, .effect = effect, .n = n})));
      for (int writes = 0; writes < 6; ++writes) play.perform(any_write(run));
      play.perform({"crash", "lose-unsynced"});
      play.perform({"recover"});
      run.reached("syncs that failed");
    }
  }
}

}  // namespace

std::vector<Check> group_commit_checks() {
  return {
      {"L11.1", {}, {}, 0, syncs_for_one, {"writes acknowledged"}},
      {"L11.2", {}, {}, 0, needs_no_sync_for_durable_bytes, {"bytes that were durable already"}},
      {"L11.3", {}, {}, 0, lets_others_append, {"appends during a sync"}},
      {"L11.4", {}, {}, 0, followers_wait, {"followers"}},
      {"L11.5", {}, {}, 0, followers_are_woken, {"followers", "writes acknowledged"}},
      {"L11.6", {}, {}, 0, later_records_are_not_covered, {"records appended during a sync"}},
      {"L11.7", {}, {}, 0, one_sync_for_many, {"writers"}},
      {"L11.8", {}, {}, 0, fails_for_all, {"syncs that failed", "writes refused"}},
      {"L11.9", {}, {}, 0, survives_an_exception, {"syncs that failed", "writes refused"}},
      {"L11.10", {}, {}, 0, waits_for_a_running_sync, {"threads that wait for a sync"}},
      {"L11.11", {}, {}, 0, a_sealed_segment_is_durable, {"records of a sealed segment"}},
      {"L11.12", {}, {}, 0, any_order, {"orders", "syncs"}, true},
      {"L11.13", {}, {}, 0, works_in_a_store, {"puts", "recovers"}, true},
      {"L11.14", {}, {}, 0, survives_failed_syncs, {"syncs that failed"}, true},
      {"L11.15", {}, {}, 0, survives_crashes, {"crash points", "audited disks"}, true},
      {"L11.16",
       {},
       {},
       0,
       [](CheckRun& run) { breaks(run, "failed_sync_acknowledged"); },
       {"wrong solutions that fail"}},
      {"L11.17", {}, {}, 0, [](CheckRun& run) { breaks(run, "writing_goes_on"); }, {"wrong solutions that fail"}},
  };
}

}  // namespace sediment::labs
