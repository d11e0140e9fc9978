// The program that kill_writer_test kills: it opens a store and writes, rolls and merges until it is killed. It reports
// each acknowledgement on standard output before it goes on (kill_writes.h).
//
//   kill-writer DIRECTORY never|every THREADS SEED mapped|plain
#include "tests/crash/kill_writes.h"

#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <string_view>
#include <thread>
#include <vector>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "sim/base/parse_number.h"

namespace sediment::test {
namespace {

void report(std::string line) {
  line += '\n';
  const ssize_t written = ::write(STDOUT_FILENO, line.data(), line.size());
  if (written != static_cast<ssize_t>(line.size())) std::_Exit(EXIT_FAILURE);  // the reader is gone
}

void require_ok(const Status& status) {
  if (status.ok()) return;
  report("failed " + status.to_string());
  std::_Exit(EXIT_FAILURE);
}

// What one thread does besides writing: rolls, merges at once, and merges in steps while all threads write.
class Chores {
 public:
  Chores(Store& store, std::uint64_t seed) : store_(store), random_(seed) {}

  void after_a_write() {
    if (merging_) step();
    switch (random_.below(48)) {
      case 0:
      case 1: roll(); break;
      case 2: merge(); break;
      case 3: begin(); break;
      case 4: require_ok(store_.sync()); break;
      default: break;
    }
  }

 private:
  void roll() {
    report("rolling");
    require_ok(store_.roll());
    report("rolled");
  }
  void merge() {
    if (merging_) return;
    report("merging");
    const Status merged = store_.merge();
    if (!merged.is(StatusCode::kBusy)) require_ok(merged);  // busy: the policy has begun a merge
    report("merged");
  }
  void begin() {
    if (merging_) return;
    report("merging");
    const Status begun = store_.begin_merge();
    if (!begun.is(StatusCode::kBusy)) require_ok(begun);
    merging_ = begun.ok();
    if (!merging_) report("merged");
  }
  void step() {
    for (int i = 0; i < 4 && merging_; ++i) {  // so that the merge ends before the next thing happens
      const Result<bool> done = store_.merge_step();
      require_ok(done.status());
      merging_ = !*done;
    }
    if (!merging_) report("merged");
  }

  Store& store_;
  sim::Random random_;
  bool merging_ = false;
};

void write_until_killed(Store& store, std::uint64_t seed, std::uint64_t thread) {
  Chores chores(store, seed);
  for (std::uint64_t number = 1;; ++number) {
    const KillWrite write = kill_write(seed, thread, number);
    require_ok(write.value ? store.put(write.key, *write.value) : store.remove(write.key));
    report("acknowledged " + std::to_string(thread) + " " + std::to_string(number));
    if (thread == 0) chores.after_a_write();
  }
}

int run(const std::string& directory, SyncPolicy policy, std::uint64_t threads, std::uint64_t seed,
        PosixAccess access) {
  Options options;
  options.segment_size_bytes = kKillSegmentSize;
  options.sync_policy = policy;
  report("opening");
  const auto disk = open_posix_disk(directory, true, access);
  require_ok(disk.status());
  const auto store = Store::open(*disk, options);
  require_ok(store.status());
  const RecoveryReport& recovery = (*store)->recovery_report();
  report("opened " + std::to_string(recovery.files_removed.size()) + " " + std::to_string(recovery.bytes_cut));

  std::vector<std::thread> writers;
  for (std::uint64_t thread = 0; thread < threads; ++thread) {
    writers.emplace_back([&store, seed, thread] { write_until_killed(**store, seed, thread); });
  }
  for (std::thread& writer : writers) writer.join();  // they never end
  return EXIT_FAILURE;
}

}  // namespace
}  // namespace sediment::test

int main(int argument_count, char** arguments) {
  using sediment::PosixAccess;
  using sediment::SyncPolicy;
  const std::vector<std::string> words(arguments + 1, arguments + argument_count);
  const auto number = [&](std::size_t i) { return sediment::sim::parse_number(words[i]); };
  const bool are_valid = words.size() == 5 && (words[1] == "never" || words[1] == "every") && number(2).has_value() &&
                         number(3).has_value() && (words[4] == "mapped" || words[4] == "plain");
  if (!are_valid) {
    std::cerr << "kill-writer DIRECTORY never|every THREADS SEED mapped|plain\n";
    return 2;
  }
  const SyncPolicy policy = words[1] == "every" ? SyncPolicy::kEveryWrite : SyncPolicy::kNever;
  const PosixAccess access = words[4] == "mapped" ? PosixAccess::kMapped : PosixAccess::kSystemCalls;
  return sediment::test::run(words[0], policy, *number(2), *number(3), access);
}
