// Stores that misbehave in ways other than losing data: they throw, end the process, never return, refuse, or say things
// that a terminal would obey. The simulator must survive each of them, and tell what it did.
#pragma once

#include <vector>

#include "sim/run/store_adapter.h"

namespace sediment::test {

/// What one does instead of its second put of a key, unless it says something else. Everything else it does right.
enum class Misdeed {
  kNone,
  kThrows,         // std::runtime_error
  kThrowsANumber,  // no std::exception
  kThrowsInCheck,  // out of check_structure, in a store that was opened again
  kAborts,
  kSegfaults,
  kExits,           // with exit code 0, as if all were well
  kLoops,           // does not return
  kAbortsInOpen,    // of a store that a power cut has left without its last write
  kAbortsInGet,     // of a damaged store
  kThrowsInGet,     // always; its list of all pairs is right
  kForgetsInGet,    // once it was opened again, get finds nothing; its list of all pairs is right
  kRefusesPuts,     // always, as an invalid argument
  kRefusesAll,      // every call but the open
  kCannotMerge,     // although it is among the verbs
  kGoesOn,          // accepts writes after one has failed
  kUsesNoDisk,      // keeps everything in this process
  kIsRandom,        // writes something else each time
  kSpeaksEscapes,   // in messages and names of files
  kThreeFaults,     // a sync after a remove does nothing; an open does not sync its name; it cuts values short
  kTrustsTheNames,  // of files that it finds: a failed sync of the directory may have dropped them for good
};
const sim::StoreKind& misbehaving_kind(Misdeed misdeed);
std::vector<const sim::StoreKind*> misbehaving_kinds();

}  // namespace sediment::test
