// A run of the engine in the simulator, step by step, and what could be seen after each step.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "engine/record.h"
#include "sim/disk/trace.h"
#include "sim/run/runner.h"

namespace sediment::labs {

struct LoggedRecord {
  RecordType type = RecordType::kPut;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string key;
  std::string value;
};

/// A log on the disk: its records, up to the first place that holds none.
struct Log {
  std::vector<LoggedRecord> records;
  std::uint64_t end = 0;  // of the last record
};

/// A step, and what it left.
struct Seen {
  sim::Step step;
  std::string outcome;
  std::vector<sim::EventEntry> events = {};
  std::size_t segments = 0;                // of the store; 0 while it is not open
  std::size_t writes = 0;                  // puts and removes that the store has acknowledged, or a recovery has kept
  sim::Contents contents = {};             // after those
  std::map<std::uint64_t, Log> logs = {};  // all that are on the disk, by number

  std::size_t count(EventKind kind) const;
  /// Null if there is none. The last one, if there are more.
  const sim::EventEntry* find(EventKind kind) const;
};

class ScriptedRun {
 public:
  /// Opens a store: step 1. `options`: its steps are not used.
  explicit ScriptedRun(const sim::Scenario& options);

  /// Throws std::logic_error if the step does not pass.
  const Seen& perform(const sim::Step& step);

  /// Steps are counted from 1.
  const Seen& at(std::size_t step) const { return seen_.at(step - 1); }
  const Seen& last() const { return seen_.back(); }
  std::size_t steps() const { return seen_.size(); }
  /// The step in which this record was written, by a put or remove.
  std::size_t step_that_wrote(std::uint64_t segment, std::uint64_t offset) const;
  const sim::Trace& trace() const { return runner_.trace(); }

 private:
  void look(const sim::StepReport& report);

  sim::Runner runner_;
  std::size_t entries_ = 0;  // of the trace, that were looked at
  std::vector<Seen> seen_;
};

}  // namespace sediment::labs
