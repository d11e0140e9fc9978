// What the checks of lab 7 ask of the student's process.
#pragma once

#include <cstdint>

namespace sediment::labs {

/// The first number of a request of this lab. What follows is in component.cc and checks.cc.
enum class PublishOperation : std::uint64_t {
  kWrite,    // steps 1 and 2, of a manifest
  kSwitch,   // steps 3 and 4
  kPublish,  // all of them, of a manifest
};

/// Which call throws std::bad_alloc during a switch, after it was done.
enum class Throws : std::uint64_t { kNone, kRename, kSyncDirectory };

}  // namespace sediment::labs
