// Faults that a search leaves out, because the store does not promise to survive them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "engine/status.h"
#include "sim/disk/crash_choice.h"
#include "sim/disk/sim_disk.h"

namespace sediment::sim {

/// Names as in docs/crash-model.md ("torn-byte", "eio"), or of one way to fail as in a scenario ("eio-read",
/// "fsync-fails directory dropped").
class LeftOut {
 public:
  /// kInvalidArgument if there is no such fault; the message lists them all.
  Status add(const std::string& name);

  bool leaves_out(Fault fault) const;
  bool leaves_out(const CallFault& call) const;
  const std::set<std::string>& names() const { return names_; }

  /// All names that can be added.
  static std::vector<std::string> possible();

 private:
  std::set<std::string> names_;
};

}  // namespace sediment::sim
