// The twin: a std::map beside the store that is told of every acknowledged write.
//
// After a crash the store must equal the map after some prefix of these writes, and that prefix must include everything
// that was synced. After damage it may also report a key as corrupt. This is the simulator's oracle (sim/run/oracle.h),
// in a form that a scene can carry. A fold of the trace; one value.
//
// The map holds what was acknowledged and synced, and never learns a value from the disk. What a recovery shows only
// tells which of the writes that could be lost are there.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sim/disk/trace.h"
#include "sim/run/oracle.h"

namespace sediment::viz {

/// What a store answers to gets.
struct Answers {
  sim::Contents found;
  std::set<std::string> corrupt;  // keys for which it reports corruption
};

class Twin {
 public:
  struct Write {
    std::string key;
    std::optional<std::string> value;  // none for a deletion
    bool operator==(const Write&) const = default;
  };

  /// What the store is asked, and what it answers. `operations`: the number of disk operations so far. `opened`: if
  /// this step has opened the store, what it answers now. `has_store`: there is a store on the disk.
  void on(const sim::InputEntry& input, bool has_store);
  void on(const sim::OutcomeEntry& outcome, std::uint64_t operations, const std::optional<Answers>& opened);
  void on_crash(const sim::CrashEntry& crash);

  /// The map after every acknowledged write.
  sim::Contents now() const;
  /// Every key of these writes, deleted ones too.
  std::set<std::string> keys() const;
  /// The acknowledged writes that a power cut may still take, oldest first.
  std::vector<Write> not_durable() const;
  /// Whether the store has crashed and has not been recovered.
  bool crashed() const { return crashed_; }
  /// What the last recovery found: how many of the writes that could be lost were there. None before the first
  /// recovery, or if no prefix of the writes explains what was found.
  std::optional<std::size_t> survived() const { return survived_; }
  /// No prefix explains what the last recovery found: the store has lost or invented something.
  bool contradicted() const { return contradicted_; }
  /// Whether the disk has been damaged at some time: then the store may report corruption.
  bool damaged() const { return damaged_; }
  /// There was a store before it was opened for the first time: its writes are unknown, so there is nothing to compare.
  bool came_late() const { return came_late_; }

  /// The longest prefix of the writes that explains these answers, if a crash now may leave it.
  std::optional<std::size_t> matching(const Answers& answers) const;
  /// Whether one of these prefixes has this value for the key (none: no value).
  bool may_hold(const std::string& key, const std::optional<std::string>& value) const;
  /// How many writes matching() considers, and how many of them must be there.
  std::size_t writes() const { return log_->writes.size() + (under_way_ ? 1 : 0); }
  std::size_t durable() const { return durable_; }
  /// How many keys and writes it holds.
  std::size_t weight() const { return log_->settled.size() + log_->writes.size(); }

  bool operator==(const Twin& other) const;

 private:
  // Copies of a twin share this until one of them changes it.
  struct Log {
    sim::Contents settled;      // what was durable when the writes began
    std::vector<Write> writes;  // acknowledged since
    bool operator==(const Log&) const = default;
  };

  // A prefix of the writes, and for how many keys the store answers neither with its value nor with corruption.
  struct Fit {
    std::size_t writes = 0;
    std::size_t different = 0;
  };

  Log& changeable();
  Fit best_fit(const Answers& answers) const;
  sim::Contents after(std::size_t writes) const;
  const Write& write(std::size_t n) const { return n < log_->writes.size() ? log_->writes[n] : *under_way_; }
  void settle(sim::Contents contents);

  std::shared_ptr<Log> log_ = std::make_shared<Log>();
  std::size_t durable_ = 0;         // number of durable writes
  std::optional<Write> under_way_;  // neither acknowledged nor refused
  std::size_t durable_before_ = 0;  // before the last step that has ended
  std::uint64_t operations_ = 0;    // on the disk, when that step had ended
  bool step_wrote_ = false;         // that step made the last of the writes
  sim::Step step_;
  bool crashed_ = false;
  bool damaged_ = false;
  bool saw_open_ = false;
  bool came_late_ = false;
  bool contradicted_ = false;
  std::optional<std::size_t> survived_;
};

/// A key in the map and in the store.
struct TwinRow {
  enum class State : std::uint8_t {
    kDifferent,  // the store holds something wrong
    kDetected,   // the store reports that the key is corrupt
    kUndecided,  // a permitted difference: the write is under way, or a crash has taken what was not durable
    kEqual,
  };
  std::string key;
  std::optional<std::string> expected;
  std::optional<std::string> found;
  State state = State::kEqual;
};

struct TwinTable {
  std::vector<TwinRow> rows;  // differences first; no more than requested
  std::size_t keys = 0;       // of the union of both
  std::size_t different = 0;  // number of these that differ
  std::size_t detected = 0;   // number of these that the store reports as corrupt
};

TwinTable compare(const Twin& twin, const Answers& answers, std::size_t most_rows);

}  // namespace sediment::viz
