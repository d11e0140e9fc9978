// Lab 11 in the student's process: a group commit, threads that wait in it, and a file whose sync returns when the
// grader says so.
//
// Nothing here depends on who is faster. After each request, the harness waits until every thread rests: it has
// returned, it is held in File::sync, or it sleeps and has not run between two looks. Only another thread could wake it
// then, and all of those rest, too. So what it does now is what it does until the next request.
#include <pthread.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <fstream>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "engine/group_commit.h"
#include "labs/11_group_commit/operations.h"
#include "labs/harness/component.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

namespace {

using namespace std::chrono_literals;

thread_local std::size_t this_thread = kThreads;

// ---- a file whose sync waits

struct Sync {
  std::size_t thread = 0;
  std::uint64_t segment = 0;
  std::uint64_t covers = 0;  // bytes that were in the file when it began
  std::optional<Outcome> outcome = std::nullopt;
};

/// Holds each sync until it may return.
class Gate {
 public:
  /// Whether it holds any: the harness's own syncs pass.
  void hold(bool holds) {
    const std::lock_guard lock(mutex_);
    holds_ = holds;
  }
  /// In the thread that syncs. Throws if that is the outcome.
  Status pass(std::uint64_t segment, std::uint64_t covers) {
    std::unique_lock lock(mutex_);
    if (!holds_) return {};
    const std::size_t mine = syncs_.size();
    syncs_.push_back({this_thread, segment, covers});
    opened_.wait(lock, [&] { return syncs_[mine].outcome.has_value(); });
    switch (*syncs_[mine].outcome) {
      case Outcome::kOk: break;
      case Outcome::kError: return Status::io_error("000001.log", kReasonOfError);
      case Outcome::kThrows: throw std::bad_alloc();
    }
    return {};
  }
  void let_return(std::size_t sync, Outcome outcome) {
    const std::lock_guard lock(mutex_);
    require(sync < syncs_.size() && !syncs_[sync].outcome, "the grader ends a sync that is running");
    syncs_[sync].outcome = outcome;
    opened_.notify_all();
  }
  std::vector<Sync> syncs() const {
    const std::lock_guard lock(mutex_);
    return syncs_;
  }

 private:
  mutable std::mutex mutex_;
  std::condition_variable opened_;
  bool holds_ = false;
  std::vector<Sync> syncs_;
};

class GatedFile final : public File {
 public:
  GatedFile(Gate& gate, std::uint64_t segment) : gate_(gate), segment_(segment) {}

  Status append(std::initializer_list<std::string_view> parts) override {
    for (const std::string_view part : parts) size_ += part.size();
    return {};
  }
  Result<std::string_view> read(std::uint64_t, std::size_t, std::string*) const override { return std::string_view(); }
  Status sync() override { return gate_.pass(segment_, size_); }
  Status truncate(std::uint64_t size) override {
    size_ = size;
    return {};
  }
  std::uint64_t size() const override { return size_; }

 private:
  Gate& gate_;
  std::uint64_t segment_;
  std::atomic<std::uint64_t> size_ = 0;
};

class GatedDisk final : public Disk {
 public:
  explicit GatedDisk(Gate& gate) : gate_(gate) {}

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t) override {
    const auto number = parse_segment_file_name(name);
    return std::unique_ptr<File>(std::make_unique<GatedFile>(gate_, number ? value_of(*number) : 0));
  }
  Result<std::unique_ptr<File>> open(std::string_view) override { return Status::not_found(); }
  Result<std::vector<std::string>> list() override { return std::vector<std::string>(); }
  Status rename(std::string_view, std::string_view) override { return Status::not_found(); }
  Status remove(std::string_view) override { return Status::not_found(); }
  Status sync_directory() override { return {}; }
  Result<std::unique_ptr<DiskLock>> lock(LockMode) override { return std::make_unique<DiskLock>(); }
  std::uint64_t random() override { return 1; }
  std::uint64_t now_nanoseconds() override { return 0; }

 private:
  Gate& gate_;
};

// ---- threads

enum class Place : std::uint8_t { kNotStarted, kBeforeMutex, kInside, kReturned };

struct Worker {
  std::uint64_t segment = 0;  // of its record
  std::uint64_t end = 0;      // of its record
  std::thread thread = {};
  std::atomic<int> id = 0;  // the system's; 0: it has not run yet
  std::atomic<Place> place = Place::kNotStarted;
  // Once it has returned:
  bool threw = false;
  bool held_lock = false;
  Status status = {};
};

// One look at a thread.
struct Look {
  Place place = Place::kNotStarted;
  bool sleeps = false;
  std::uint64_t switches = 0;  // how often it has stopped running

  bool rests() const { return place == Place::kNotStarted || place == Place::kReturned || sleeps; }
  bool operator==(const Look&) const = default;
};

Look look_at(const Worker& worker) {
  Look look;
  look.place = worker.place;
  const int id = worker.id;
  if (look.place == Place::kNotStarted || look.place == Place::kReturned || id == 0) return look;
  std::ifstream status("/proc/self/task/" + std::to_string(id) + "/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("State:")) look.sleeps = line.find("S (sleeping)") != std::string::npos;
    const std::size_t colon = line.find(':');
    if (line.find("voluntary_ctxt_switches") < colon) look.switches += std::stoull(line.substr(colon + 1));
  }
  return look;
}

std::chrono::nanoseconds processor_time(std::thread& thread) {
  clockid_t clock{};
  timespec time{};
  if (::pthread_getcpuclockid(thread.native_handle(), &clock) != 0 || ::clock_gettime(clock, &time) != 0) return 0ns;
  return std::chrono::seconds(time.tv_sec) + std::chrono::nanoseconds(time.tv_nsec);
}

template <typename T>
T must(Result<T> result) {
  require(result.ok(), "the log of a check can be written");
  return std::move(*result);
}

/// The student's group commit, and what surrounds it in a store.
class World {
 public:
  World() {
    roll();
    gate_.hold(true);
  }

  void append(MessageReader* request, MessageWriter* answer) {
    Worker& worker = workers_.at(request->number());
    const std::unique_lock lock(mutex_, std::try_to_lock);
    bool taken = false;
    if (lock.owns_lock()) {
      taken = log_->append(RecordType::kPut, "k", "12345678").ok();
      worker.segment = value_of(log_->number());
      worker.end = log_->end();
    }
    answer->number(lock.owns_lock() ? 1 : 0).number(taken ? 1 : 0).number(worker.segment).number(worker.end);
  }

  void roll(MessageWriter* answer) {
    const std::unique_lock lock(mutex_, std::try_to_lock);
    if (lock.owns_lock()) {
      gate_.hold(false);
      roll();
      gate_.hold(true);
    }
    answer->number(lock.owns_lock() ? 1 : 0);
  }

  void wait(MessageReader* request, MessageWriter* answer) {
    start(request->number(), [this](Worker& worker, GroupCommit::Lock& lock) {
      return group_.wait_until_durable(lock, SegmentNumber{worker.segment}, worker.end);
    });
    tell(answer);
  }
  void wait_for_sync(MessageReader* request, MessageWriter* answer) {
    start(request->number(), [this](Worker&, GroupCommit::Lock& lock) {
      group_.wait_for_running_sync(lock);
      return Status();
    });
    tell(answer);
  }
  void let_return(MessageReader* request, MessageWriter* answer) {
    const auto sync = static_cast<std::size_t>(request->number());
    gate_.let_return(sync, static_cast<Outcome>(request->number()));
    tell(answer);
  }
  // Nothing wakes a thread meanwhile, but the system may, once or twice.
  void look(MessageWriter* answer) {
    constexpr std::uint64_t kMostWakeUps = 4;
    (void)settle();
    const std::array<Look, kThreads> before = look_at_all();
    std::this_thread::sleep_for(100ms);
    const std::array<Look, kThreads> after = look_at_all();
    for (std::size_t i = 0; i < kThreads; ++i) {
      polls_[i] = after[i].place == Place::kInside && after[i].switches > before[i].switches + kMostWakeUps;
    }
    tell(answer);
    polls_ = {};
  }

 private:
  void roll() { log_ = must(LogWriter::create_durable(disk_, SegmentNumber{next_number_++}, 0)); }

  template <typename Call>
  void start(std::uint64_t number, Call call) {
    Worker& worker = workers_.at(number);
    require(worker.place == Place::kNotStarted || worker.place == Place::kReturned,
            "a thread is started once at a time");
    if (worker.thread.joinable()) worker.thread.join();
    worker.id = 0;
    worker.place = Place::kBeforeMutex;
    worker.thread = std::thread([this, &worker, number, call] {
      this_thread = number;
      worker.id = static_cast<int>(::gettid());
      {
        GroupCommit::Lock lock(mutex_);
        worker.place = Place::kInside;
        worker.threw = false;
        try {
          worker.status = call(worker, lock);
        } catch (...) {
          worker.threw = true;
        }
        worker.held_lock = lock.owns_lock();
      }
      worker.place = Place::kReturned;
    });
  }

  std::array<Look, kThreads> look_at_all() const {
    std::array<Look, kThreads> looks;
    for (std::size_t i = 0; i < kThreads; ++i) looks[i] = look_at(workers_[i]);
    return looks;
  }

  // Waits until all threads rest. False if one of them is busy: it has run far more, or far more often, than any call
  // takes.
  bool settle() {
    constexpr auto kMostProcessorTime = 500ms;
    constexpr std::uint64_t kMostSwitches = 300;
    const std::array<Look, kThreads> begin = look_at_all();
    std::array<std::chrono::nanoseconds, kThreads> before{};
    const auto used = [&](std::size_t i) {
      return workers_[i].thread.joinable() ? processor_time(workers_[i].thread) : 0ns;
    };
    for (std::size_t i = 0; i < kThreads; ++i) before[i] = used(i);
    while (true) {
      const std::array<Look, kThreads> first = look_at_all();
      bool rest = true;
      for (const Look& look : first) rest = rest && look.rests();
      if (rest && look_at_all() == first) return true;
      for (std::size_t i = 0; i < kThreads; ++i) {
        if (used(i) - before[i] > kMostProcessorTime) return false;
        if (first[i].switches > begin[i].switches + kMostSwitches) return false;
      }
      std::this_thread::sleep_for(100us);
    }
  }

  // The state: for each thread, what it does, and what it has returned; each sync; and what the group commit has
  // counted.
  void tell(MessageWriter* answer) {
    const bool settled = settle();
    const std::vector<Sync> syncs = gate_.syncs();
    for (std::size_t i = 0; i < kThreads; ++i) {
      const Worker& worker = workers_[i];
      const Place place = worker.place;
      Doing doing = Doing::kNothing;
      if (place == Place::kBeforeMutex) doing = Doing::kWantsMutex;
      if (place == Place::kInside) doing = settled || look_at(worker).sleeps ? Doing::kWaits : Doing::kBusy;
      if (place == Place::kInside && polls_[i]) doing = Doing::kPolls;
      if (place == Place::kReturned) doing = Doing::kReturned;
      for (const Sync& sync : syncs) {
        if (sync.thread == i && !sync.outcome) doing = Doing::kSyncs;
      }
      answer->number(static_cast<std::uint64_t>(doing));
      const bool returned = place == Place::kReturned;
      answer->number(returned && worker.threw ? 1 : 0).number(returned && !worker.held_lock ? 1 : 0);
      write_status(returned ? worker.status : Status(), answer);
    }
    answer->number(syncs.size());
    for (const Sync& sync : syncs) {
      answer->number(sync.thread).number(sync.segment).number(sync.covers).number(sync.outcome ? 1 : 0);
    }
    const std::unique_lock lock(mutex_, std::try_to_lock);
    answer->number(lock.owns_lock() ? 1 : 0).number(lock.owns_lock() ? group_.syncs() : 0);
    answer->number(state_.has_failed() ? 1 : 0);
  }

  std::mutex mutex_;
  Gate gate_;
  GatedDisk disk_{gate_};
  std::uint64_t next_number_ = 1;
  std::unique_ptr<LogWriter> log_;
  Options options_;
  WriteState state_{options_};
  GroupCommit group_{log_, state_, nullptr};
  std::array<Worker, kThreads> workers_;
  std::array<bool, kThreads> polls_{};
};

}  // namespace

void answer_component_request(MessageReader* request, MessageWriter* answer) {
  static World& world = *new World();  // never destroyed: threads may be in it
                                       // when the process ends
  switch (static_cast<GroupCommitOperation>(request->number())) {
    case GroupCommitOperation::kAppend: return world.append(request, answer);
    case GroupCommitOperation::kRoll: return world.roll(answer);
    case GroupCommitOperation::kWait: return world.wait(request, answer);
    case GroupCommitOperation::kWaitForSync: return world.wait_for_sync(request, answer);
    case GroupCommitOperation::kReturn: return world.let_return(request, answer);
    case GroupCommitOperation::kLook: return world.look(answer);
  }
}

const sim::StoreKind& store_with_component() { return sim::engine_kind(); }

}  // namespace sediment::labs
