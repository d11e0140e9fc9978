// Runs a scenario: a store on a simulated disk, with the oracle beside it.
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
#include "sim/run/oracle.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::sim {

/// What became of a step.
struct StepReport {
  Step step;
  std::string outcome;                // "ok", a value, or what went wrong, for people
  bool passed = true;                 // false: an expectation or the oracle was violated, or the step makes no sense
  std::uint64_t disk_operations = 0;  // of the whole run, when the step had ended
  StepFailure failure = {};           // which of them
};

/// What a store on a damaged disk may answer: for each key the value of one allowed prefix, or kCorruption. What is
/// wrong with its answers; none if nothing is. `corrupt`, if not null, gets how many keys answered with kCorruption.
std::optional<Mismatch> judge_damaged(StoreAdapter& store, const Ledger& ledger, Bounds bounds,
                                      std::size_t* corrupt = nullptr);

/// How many of the scenario's steps a run has performed, from how many reports it has made: the first one is that of
/// the open, which happens after the failures that stand in front.
std::size_t steps_until_failure(const Scenario& scenario, std::size_t reports);

class Runner {
 public:
  explicit Runner(Scenario scenario, const StoreKind& kind = engine_kind());
  ~Runner();
  Runner(const Runner&) = delete;
  Runner& operator=(const Runner&) = delete;

  /// Opens the store and runs the scenario's steps until one does not pass; `each` is told of every one. Returns the
  /// last report.
  StepReport run(const std::function<void(const StepReport&)>& each = {});

  /// The same one step at a time, for whoever makes up the steps as they go: first start(), then any steps.
  StepReport start();
  StepReport perform(const Step& step);

  const Trace& trace() const { return trace_; }
  const Ledger& ledger() const { return ledger_; }
  const Scenario& scenario() const { return scenario_; }
  /// The disk now. Null before the first step.
  const SimDisk* disk() const { return disk_.get(); }
  /// The engine's store now; null while it is closed or crashed, or of another kind.
  Store* store() { return store_ ? store_->engine() : nullptr; }
  StoreAdapter* adapter() { return store_.get(); }
  /// No call fails any more.
  void heal() { disk_->heal(); }
  /// What is wrong with the answers of the open store, once no call fails any more; none if nothing is. A write that
  /// has failed may be seen or not, and bytes that the disk has taken back cannot be read.
  std::optional<std::string> judge_living();
  /// How many of the failures that the scenario asks for have struck.
  std::uint64_t failures_struck() const { return failures_struck_ + disk_->failed_calls(); }
  /// Whether the disk has said something that is not so: then corruption is an answer.
  bool disk_has_lied() const { return disk_has_lied_; }
  /// Whether a crash waits for its step "recover".
  bool crashed() const { return crashed_with_.has_value(); }

 private:
  class TraceObserver;
  struct StepResult {
    std::string outcome;
    StepFailure failure = {};
    Ledger::Outcome ledger = Ledger::Outcome::kDone;

    bool passed() const { return failure.why == Failure::kNone; }
  };
  static StepResult nonsense(std::string why) { return {std::move(why), {Failure::kNonsense}}; }
  static StepResult wrong_contents(Mismatch mismatch) {
    return {std::move(mismatch.text), {Failure::kWrongContents, StatusCode::kOk, mismatch.kinds}};
  }

  void note_lies();
  StepResult answer_to(const Step& step);
  StepResult answer_of_store(const Step& step);
  StepResult answer(const Status& status) const;
  StepReport report(const Step& step, const StepResult& result);
  StepResult get(const std::string& key);
  StepResult reopen();
  StepResult opened_in_vain() const;
  static StepResult unreadable(const Status& status);
  StepResult check_living();
  std::optional<StepResult> wrong_structure();
  Result<Contents> read_unobserved();
  std::string described_recovery() const;
  StepResult merge(const Step& step);
  StepResult merge_everything();
  StepResult fail(const Step& step);
  StepResult crash(const Step& step);
  std::size_t floor_of(const CrashChoice& choice, const DiskState& before, std::uint64_t after) const;
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
  bool calls_may_fail_ = false;     // a step "fail" has asked for it
  bool bytes_may_be_gone_ = false;  // a failed sync may have taken them back
  bool directory_may_lie_ = false;  // a failed sync of the directory may have dropped changes
  bool disk_has_lied_ = false;
  std::uint64_t failures_struck_ = 0;  // on the disks before this one; and all short reads as one
  std::uint64_t closed_at_ = 0;        // disk operations when the store was last closed
  Status last_open_;
  Status not_closed_;        // why the last close has failed, as long as the store is not open again
  std::uint64_t disks_ = 0;  // how many there were: each has a seed of its own
};

}  // namespace sediment::sim
