// Runs a scenario: a real store on a simulated disk, with the oracle beside it.
//
// Deterministic: the same scenario gives the same trace, byte for byte.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/store.h"
#include "sim/oracle.h"
#include "sim/scenario.h"
#include "sim/sim_disk.h"
#include "sim/trace.h"

namespace sediment::sim {

/// What became of a step.
struct StepReport {
  Step step;
  std::string outcome;                // "ok", a value, or what went wrong, for people
  bool passed = true;                 // false: an expectation or the oracle was violated, or the step makes no sense
  std::uint64_t disk_operations = 0;  // of the whole run, when the step had ended
};

/// All pairs of a store, each read by for_each and again by get. kCorruption if the two disagree, and what they say
/// themselves.
Result<Contents> read_everything(Store& store);

class Runner {
 public:
  explicit Runner(Scenario scenario);
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
  /// The store now; null while it is closed or crashed.
  Store* store() { return store_.get(); }
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
  StepResult merge(const Step& step);
  StepResult crash(const Step& step);
  StepResult recover();
  StepResult expect(const Step& step);
  Status open();
  Status close();
  void lose_process();

  Scenario scenario_;
  Trace trace_;
  Ledger ledger_;
  std::unique_ptr<TraceObserver> observer_;
  std::shared_ptr<SimDisk> disk_;
  std::unique_ptr<Store> store_;
  std::optional<Bounds> crashed_with_;  // between a crash and the recovery from it
  bool crash_was_rot_ = false;
  bool cache_survived_ = false;
  Status last_open_;
  std::uint64_t disks_ = 0;  // how many there were: each has a seed of its own
};

}  // namespace sediment::sim
