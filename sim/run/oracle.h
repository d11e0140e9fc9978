// The oracle "prefix and floor": what a store may hold after a crash.
//
// A std::map beside the store remembers every acknowledged write. After a crash the store must equal that map after
// *some prefix* of these writes: no hole, and nothing that was never written. The prefix must be no shorter than the
// *floor*: the writes acknowledged before the last completed sync (a sync, a roll, a merge, a close; under every-write
// each write). The write that was under way may be in or out.
//
// The oracle believes outcomes, never the engine's events: an event that claims a sync proves nothing.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/options.h"
#include "engine/status.h"
#include "sim/run/scenario.h"

namespace sediment::sim {

using Contents = std::map<std::string, std::string>;

/// What is known at a moment of a run: how many of the writes must survive a crash there, and how many may.
struct Bounds {
  std::size_t floor = 0;
  std::size_t acknowledged = 0;
  bool write_under_way = false;  // there is one more write after the acknowledged ones: unfinished or failed

  std::size_t most() const { return acknowledged + (write_under_way ? 1 : 0); }
  bool operator==(const Bounds&) const = default;
};

/// Whether the step, once it has returned ok, promises that everything acknowledged before it is durable.
bool makes_durable(const Step& step);

/// The writes of a run, and the bounds at each of its disk operations.
class Ledger {
 public:
  enum class Outcome : std::uint8_t {
    kDone,     // acknowledged
    kRefused,  // nothing was written
    kFailed,   // a write or sync failed halfway: the write may be there after a crash, or not
  };

  explicit Ledger(SyncPolicy policy) : policy_(policy) {}

  /// Call these before and after each step. `disk_operations`: how many the run has done so far.
  void begin(const Step& step, std::uint64_t disk_operations);
  void end(const Step& step, Outcome outcome, std::uint64_t disk_operations);

  /// The bounds for a crash after this disk operation. The bounds of a step hold until it is acknowledged.
  Bounds bounds_after(std::uint64_t disk_operation) const;
  /// The map after the first n writes. Takes time for all keys and for the writes since: for one key, or the number of
  /// keys, ask the two below.
  Contents after(std::size_t n) const;
  /// The value of one key after the first n writes; none if it has none.
  std::optional<std::string> value_after(std::size_t n, const std::string& key) const;
  std::size_t keys_after(std::size_t n) const;

  /// A write, and the value that its key had before it.
  struct Write {
    std::string key;
    std::optional<std::string> value;  // none for a deletion
    std::optional<std::string> before;
  };
  /// All writes, also those that were refused or lost and not yet replaced by another one.
  const std::vector<Write>& writes() const { return writes_; }
  /// The map after all of them.
  const Contents& newest() const { return newest_; }
  /// Every key that was ever written.
  const std::set<std::string>& keys() const { return keys_; }
  /// Equal for bounds that allow the same contents in the same order.
  std::uint64_t fingerprint(Bounds bounds) const;

  /// The disk has reported a sync as done that was not: from now on no sync proves anything.
  void distrust_syncs() { syncs_are_trusted_ = false; }
  /// A power cut has taken everything that was not durable, so nothing is left that a later sync could lie about.
  void trust_syncs_again() { syncs_are_trusted_ = true; }

  /// The first n writes are left; they are durable unless no sync can be trusted. The next write replaces the others.
  void restart(std::size_t n, std::uint64_t disk_operations);
  /// The earliest disk operation for which the writes are still known.
  std::uint64_t history_begins() const { return history_begins_; }
  /// Sets the bounds that hold from `disk_operations` on, while a recovery runs.
  void set_bounds(Bounds bounds, std::uint64_t disk_operations);

 private:
  struct Mark {
    std::uint64_t disk_operations = 0;  // these bounds hold after this many operations, until the next mark
    Bounds bounds;
  };

  SyncPolicy policy_;
  bool syncs_are_trusted_ = true;
  bool step_is_write_ = false;  // the step under way has begun a write
  // One map and a log of changes: a map for each write would take memory for writes times keys.
  std::vector<Write> writes_;
  Contents newest_;
  std::set<std::string> keys_;
  std::vector<Mark> marks_ = {{}};
  std::uint64_t restarted_at_ = 0;
  std::uint64_t history_begins_ = 0;
};

/// The longest prefix between bounds.floor and bounds.most() that equals `found`; none if there is no such prefix. Keys
/// in `unknown`, which are not in `found`, may have any value.
std::optional<std::size_t> matching_prefix(const Ledger& ledger, Bounds bounds, const Contents& found,
                                           const std::set<std::string>& unknown = {});

/// In which ways contents contradict every allowed prefix.
struct Mismatch {
  enum Kind : unsigned {
    kLost = 1,      // a key that had to survive is gone
    kOld = 2,       // a key has a value from before the floor
    kInvented = 4,  // a key has a value that was never written to it
    kHole = 8,      // each key alone is possible, but not all of them together
  };
  unsigned kinds = 0;  // at least one
  std::string text;    // a sentence: how many keys, one example, what the store says, what it should say
};
/// For contents that no prefix matches. Keys in `unknown` may have any value.
Mismatch mismatch_of(const Ledger& ledger, Bounds bounds, const Contents& found,
                     const std::set<std::string>& unknown = {});
/// Its text alone.
std::string explain_mismatch(const Ledger& ledger, Bounds bounds, const Contents& found);

std::uint64_t fingerprint(const Contents& contents);

/// The first key, in order, for which the two differ, as a clause: "b is missing", "a is \"1\" instead of \"2\"". Empty if
/// they are equal.
std::string first_difference(const Contents& found, const Contents& expected);

}  // namespace sediment::sim
