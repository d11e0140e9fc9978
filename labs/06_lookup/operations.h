// What the checks of lab 6 ask of the student's process.
#pragma once

#include <cstdint>

namespace sediment::labs {

/// The first number of a request of this lab. What follows is in component.cc and checks.cc.
enum class LookupOperation : std::uint64_t {
  kSegment,   // write one, which is the newest from then on
  kDamage,    // flip a bit in one; a second time, the bit is as it was
  kFind,      // look a key up, except in the newest segments
  kPrefetch,  // prefetch what a lookup will need
};

}  // namespace sediment::labs
