// A scenario: a short script for a store, with crashes in it. The same file is a test, a lab question, a bug report and
// a show.
//
//   {
//     "title": "A partial merge keeps a tombstone that it still needs",
//     "options": {"segment_size": 256, "sync": "never", "reserve_space": true, "auto_merge": false,
//                 "snapshots": "on"},
//     "seed": 1,               and, for a store that is not the engine, "store": "text-log"
//     "steps": ["put a 1", "roll", "remove a", "roll", "merge 2..2", "reopen", "expect get a missing"]
//   }
//
// Steps; the store is open at the start:
//   put KEY VALUE · remove KEY · get KEY · sync · roll · close · open · reopen (close and open)
//   merge · merge FIRST..LAST · merge begin · merge begin FIRST..LAST
//   merge step                    starts a merge of everything when none is under way
//   fail WHAT N [sticky]          the N-th next call of a kind fails: sim_disk.h. In front of everything else: also in
//                                 the first open
//   crash FAULT ... [after N]     the faults of crash.h; N: the disk as it was after the N-th disk operation of the
//                                 run, which may lie inside the step before: then that step was not finished when the
//                                 crash came
//   recover                       opens what the crash left, and checks it: see oracle.h
//   check                         no call fails any more; each key must be answered rightly
//   expect get KEY VALUE · expect get KEY missing · expect get KEY corruption · expect segments N
//   expect open corruption
//   ask TEXT                      a question to whoever watches; does nothing in a run
// A step whose words hold a space or bytes that are not UTF-8 is an array: ["put", "a key", {"hex": "00ff"}].
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/options.h"
#include "engine/status.h"
#include "sim/disk/step.h"

namespace sediment::sim {

/// What the engine is called among the kinds of stores (store_adapter.h).
constexpr std::string_view kEngineName = "engine";

/// Whether the store writes and uses snapshots.
enum class Snapshots : std::uint8_t {
  kOff,
  kOn,
  kMixed,  // a coin decides at each open
};

struct Scenario {
  std::string title;
  std::string store = std::string(kEngineName);  // which kind of store it is for
  std::uint64_t segment_size = 256;              // bytes
  SyncPolicy sync = SyncPolicy::kNever;
  bool reserve_space = true;  // whether the disk reserves a segment's space when it is created
  bool auto_merge = false;
  Snapshots snapshots = Snapshots::kOn;
  std::uint64_t seed = 1;
  std::vector<Step> steps;

  /// With `coin` for mixed snapshots.
  Options store_options(bool coin = true) const;
};

nlohmann::json to_json(const Scenario& scenario);
/// kInvalidArgument says which field or step is wrong, and what was expected. Steps are checked when they run.
Result<Scenario> parse_scenario(std::string_view text);
/// kNotFound, kIoError, and what parse_scenario says, with the file's name.
Result<Scenario> read_scenario(const std::string& path);
Status write_scenario(const Scenario& scenario, const std::string& path);

}  // namespace sediment::sim
