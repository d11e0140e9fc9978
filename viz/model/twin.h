// The twin: a std::map beside the store that is told of every acknowledged write.
//
// After a crash the store must equal the map after some prefix of these writes, and that prefix must include everything
// that was synced. This is the simulator's oracle (sim/run/oracle.h), in a form that a scene can carry. A fold of the
// trace; one value.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "sim/disk/trace.h"
#include "sim/run/oracle.h"

namespace sediment::viz {

class Twin {
 public:
  struct Write {
    std::string key;
    std::optional<std::string> value;  // none for a deletion
    bool operator==(const Write&) const = default;
  };

  /// What the store is asked, and what it answers. `operations`: the number of disk operations so far. `found`: what
  /// the store holds now; used only when a recovery has ended.
  void on(const sim::InputEntry& input);
  void on(const sim::OutcomeEntry& outcome, std::uint64_t operations, const sim::Contents& found);
  void on_crash(const sim::CrashEntry& crash);

  /// The map after every acknowledged write.
  sim::Contents now() const;
  /// The acknowledged writes that a power cut may still take, oldest first.
  std::vector<Write> not_durable() const;
  /// Whether the store has crashed and has not been recovered.
  bool crashed() const { return crashed_; }
  /// What the last recovery found: how many of the writes that could be lost were there. None before the first
  /// recovery, or if no prefix of the writes explains what was found.
  std::optional<std::size_t> survived() const { return survived_; }
  /// No prefix explains what the last recovery found: the store has lost or invented something.
  bool contradicted() const { return contradicted_; }

  /// The longest prefix of the writes that equals `found`, if a crash now may leave it.
  std::optional<std::size_t> matching(const sim::Contents& found) const;
  /// Whether one of these prefixes has this value for the key (none: no value).
  bool may_hold(const std::string& key, const std::optional<std::string>& value) const;
  /// How many writes matching() considers, and how many of them must be there.
  std::size_t writes() const { return log_->writes.size() + (under_way_ ? 1 : 0); }
  std::size_t durable() const { return durable_; }

  bool operator==(const Twin& other) const;

 private:
  // Copies of a twin share this until one of them changes it.
  struct Log {
    sim::Contents settled;      // what was durable when the writes began
    std::vector<Write> writes;  // acknowledged since
    bool operator==(const Log&) const = default;
  };

  Log& changeable();
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
  bool damaged_ = false;  // the crash was damage: gets may report corruption
  bool contradicted_ = false;
  std::optional<std::size_t> survived_;
};

/// A key in the map and in the store.
struct TwinRow {
  enum class State : std::uint8_t {
    kDifferent,  // the store holds something wrong
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
};

TwinTable compare(const Twin& twin, const sim::Contents& found, std::size_t most_rows);

}  // namespace sediment::viz
