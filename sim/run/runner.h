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
};

/// What a store on a damaged disk may answer: for each key the value of one allowed prefix, or kCorruption. What is
/// wrong with its answers; none if nothing is. `corrupt`, if not null, gets how many keys answered with kCorruption.
std::optional<std::string> judge_damaged(StoreAdapter& store, const Ledger& ledger, Bounds bounds,
                                         std::size_t* corrupt = nullptr);

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
  /// Whether a crash waits for its step "recover".
  bool crashed() const { return crashed_with_.has_value(); }

 private:
  class TraceObserver;
  struct StepResult {
    std::string outcome;
    bool passed = true;
    Ledger::Outcome ledger = Ledger::Outcome::kDone;
  };

  StepResult answer_to(const Step& step);
  StepResult answer_of_store(const Step& step);
  static StepResult answer(const Status& status);
  StepReport report(const Step& step, const StepResult& result);
  StepResult get(const std::string& key);
  StepResult reopen();
  Result<Contents> read_unobserved();
  std::string described_recovery() const;
  StepResult merge(const Step& step);
  StepResult fail(const Step& step);
  StepResult crash(const Step& step);
  StepResult recover();
  StepResult expect(const Step& step);
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
  bool crash_was_damage_ = false;
  bool cache_survived_ = false;
  bool calls_may_fail_ = false;  // a step "fail" has asked for it
  bool disk_has_lied_ = false;
  Status last_open_;
  Status not_closed_;        // why the last close has failed, as long as the store is not open again
  std::uint64_t disks_ = 0;  // how many there were: each has a seed of its own
};

}  // namespace sediment::sim
