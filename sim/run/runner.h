// Runs a scenario: a store on a simulated disk, watched by the oracle.
//
// Deterministic: the same scenario gives the same trace, byte for byte.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/disk/sim_disk.h"
#include "sim/disk/trace.h"
#include "sim/run/failure.h"
#include "sim/run/guarded_store.h"
#include "sim/run/oracle.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::sim {

/// The result of a step.
struct StepReport {
  Step step;
  std::string outcome;                // "ok", a value, or what went wrong, as a sentence
  bool passed = true;                 // false: an expectation or the oracle was violated, or the step makes no sense
  std::uint64_t disk_operations = 0;  // of the whole run, up to the end of the step
  StepFailure failure = {};           // why it did not pass
  bool refused = false;               // the store answered with an error, although it need not be a failure
};

/// Judges the answers of a store on a damaged disk: each key must have its value in one allowed prefix, or answer with
/// kCorruption. Returns what is wrong; none if nothing is. `corrupt`, if not null, receives the number of keys that
/// answered with kCorruption, and `prefix` the longest prefix that fits.
std::optional<Mismatch> judge_damaged(StoreAdapter& store, const Ledger& ledger, Bounds bounds,
                                      std::size_t* corrupt = nullptr, std::size_t* prefix = nullptr);

/// Why a store that has opened cannot be read, as a sentence; `status` is that of read_all.
std::string unreadable_because(const Status& status);

/// How many of the scenario's steps a run has performed when it has made this many reports. The first report is that of
/// the open, which follows the failures at the start of the scenario.
std::size_t steps_until_failure(const Scenario& scenario, std::size_t reports);

class Runner {
 public:
  explicit Runner(Scenario scenario, const StoreKind& kind = engine_kind());
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Opens the store and runs the scenario's steps until one does not pass; calls `each` with every report. Returns the
  /// last report.
  StepReport run(const std::function<void(const StepReport&)>& each = {});

  /// The same one step at a time, for callers that make up the steps as they go: first start(), then any steps.
  StepReport start();
  StepReport perform(const Step& step);

  const Trace& trace() const { return trace_; }
  const Ledger& ledger() const { return ledger_; }
  const Scenario& scenario() const { return scenario_; }
  /// The disk now. Null before the first step.
  const SimDisk* disk() const { return disk_.get(); }
  /// The engine's store now; null while it is closed or crashed, or if it is of another kind.
  Store* store() { return store_ ? store_->engine() : nullptr; }
  StoreAdapter* adapter() { return store_.get(); }
  /// Cancels all planned failures.
  void heal() { disk_->heal(); }
  /// What is wrong with the answers of the open store once no call fails any more; none if nothing is. A failed write
  /// may or may not be seen, and bytes that the disk has taken back cannot be read.
  std::optional<std::string> judge_living();
  /// How many of the failures in the scenario have struck.
  std::uint64_t failures_struck() const { return failures_struck_ + disk_->failed_calls(); }
  /// Whether the disk has lied: then the store may report corruption.
  bool disk_has_lied() const { return disk_has_lied_; }
  /// Whether a crash has happened and its step "recover" has not.
  bool crashed() const { return crashed_with_.has_value(); }

 private:
  class TraceObserver;
  struct StepResult {
    std::string outcome;
    StepFailure failure = {};
    Ledger::Outcome ledger = Ledger::Outcome::kDone;
    bool refused = false;

    bool passed() const { return failure.why == Failure::kNone; }
  };
  static StepResult nonsense(std::string why) { return {std::move(why), {Failure::kNonsense}}; }
  static StepResult wrong_contents(Mismatch mismatch) {
    return {std::move(mismatch.text), {Failure::kWrongContents, StatusCode::kOk, mismatch.kinds}};
  }

  static StepResult threw(const StoreThrew& thrown) { return {thrown.what(), {Failure::kThrew}}; }

  void announce_step();
  void note_lies();
  std::optional<std::string> living_answers();
  StepResult answer_to(const Step& step);
  StepResult answer_of_store(const Step& step);
  StepResult answer(const Status& status) const;
  StepResult answer_to_close(const Status& status) const;
  StepReport report(const Step& step, const StepResult& result);
  StepResult get(const std::string& key);
  StepResult reopen();
  StepResult opened_in_vain() const;
  static StepResult unreadable(const Status& status);
  StepResult partly_corrupt(const Bounds& bounds, const Status& status);
  StepResult check_living();
  std::optional<StepResult> wrong_structure();
  Result<Contents> read_unobserved();
  std::string described_recovery() const;
  StepResult merge(const Step& step);
  StepResult merge_everything();
  StepResult fail(const Step& step);
  StepResult crash(const Step& step);
  std::size_t floor_of(const CrashChoice& choice, const DiskState& before, std::uint64_t after, bool was_closed) const;
  StepResult recover();
  StepResult expect(const Step& step);
  StepResult expect_get(const Step& step);
  Status open();
  Status close();
  void lose_process();

  Scenario scenario_;
  const StoreKind& kind_;
  Trace trace_;
  Ledger ledger_;
  std::unique_ptr<TraceObserver> observer_;
  std::shared_ptr<SimDisk> disk_;
  std::unique_ptr<StoreAdapter> store_;
  std::optional<Bounds> crashed_with_;  // between a crash and the recovery from it
  DiskState found_;                     // the disk as the crash left it
  bool crash_was_damage_ = false;
  bool disk_was_damaged_ = false;  // by any crash so far
  bool cache_survived_ = false;
  bool calls_may_fail_ = false;     // there was a step "fail"
  bool bytes_may_be_gone_ = false;  // a failed sync may have taken bytes back
  bool directory_may_lie_ = false;  // a failed sync of the directory may have dropped changes
  bool disk_has_lied_ = false;
  std::uint64_t failures_struck_ = 0;  // on the disks before this one; all short reads count as one
  std::uint64_t closed_at_ = 0;        // disk operations when the store was last closed
  Status last_open_;
  Status not_closed_;            // why the last close failed, until the store is open again
  std::uint64_t disks_ = 0;      // how many there were: each has its own seed
  std::size_t steps_begun_ = 0;  // the open is one
};

}  // namespace sediment::sim
