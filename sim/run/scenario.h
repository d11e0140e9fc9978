// A scenario: a short script for a store, with crashes in it. One file serves as test, lab question, bug report and
// show.
//
//   {
//     "title": "A partial merge keeps a tombstone that it still needs",
//     "options": {"segment_size": 256, "sync": "never", "reserve_space": true, "auto_merge": false,
//                 "snapshots": "on", "without": ["log-sync"]},
//     "seed": 1,               and, for a store other than the engine, "store": "text-log"
//     "steps": ["put a 1", "roll", "remove a", "roll", "merge 2..2", "reopen", "expect get a missing"]
//   }
//
// The steps (the store is open at the start):
//   put KEY VALUE · remove KEY · get KEY · sync · roll · close · open · reopen (close and open)
//   merge · merge FIRST..LAST · merge begin · merge begin FIRST..LAST
//   merge step                    starts a merge of everything if none is under way
//   fail WHAT N [sticky]          the N-th call of a kind from now on fails: sim_disk.h. At the very start of the
//                                 scenario: from the first open on
//   crash FAULT ... [after N]     the faults of crash.h; N: the disk as it was after the N-th disk operation of the
//                                 run. That operation may lie inside the previous step, which was then interrupted by
//                                 the crash
//   recover                       opens what the crash left, and checks it: see oracle.h
//   check                         from now on no call fails; each key must have its right value
//   expect get KEY VALUE · expect get KEY missing · expect get KEY corruption · expect segments N
//   expect open corruption
//   ask TEXT                      a question to the viewer; does nothing in a run
// A step with a word that holds a space or is not UTF-8 is an array: ["put", "a key", {"hex": "00ff"}].
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/options.h"
#include "engine/status.h"
#include "sim/disk/guarantee.h"
#include "sim/disk/step.h"

namespace sediment::sim {

/// The engine's name among the kinds of stores (store_adapter.h).
constexpr std::string_view kEngineName = "engine";

/// Whether the store writes and uses snapshots.
enum class Snapshots : std::uint8_t {
  kOff,
  kOn,
  kMixed,  // decided at random at each open
};

struct Scenario {
  std::string title;
  std::string store = std::string(kEngineName);  // which kind of store it is for
  std::uint64_t segment_size = 256;              // bytes
  SyncPolicy sync = SyncPolicy::kNever;
  bool reserve_space = true;  // whether the disk reserves a segment's space at its creation
  bool auto_merge = false;
  Snapshots snapshots = Snapshots::kOn;
  Guarantees without = {};  // which the disk does not give
  std::uint64_t seed = 1;
  std::vector<Step> steps;

  /// `coin` decides if snapshots are mixed.
  Options store_options(bool coin = true) const;
};

nlohmann::json to_json(const Scenario& scenario);
/// kInvalidArgument; the message says which field or step is wrong and what was expected. Steps are checked when run.
Result<Scenario> parse_scenario(std::string_view text);
/// kNotFound, kIoError, and the errors of parse_scenario with the file's name.
Result<Scenario> read_scenario(const std::string& path);
Status write_scenario(const Scenario& scenario, const std::string& path);

}  // namespace sediment::sim
