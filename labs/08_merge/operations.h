// What the checks of lab 8 ask of a merge in the student's process.
#pragma once

#include <cstdint>

namespace sediment::labs {

/// The first number of a request of this lab. What follows is in component.cc and checks.cc.
enum class MergeOperation : std::uint64_t {
  kVerdict,  // of one record
  kSegment,  // write a sealed segment: for the run, or newer than the run
  kBegin,    // begin a merge of the run
  kStep,     // one step of it
  kFind,     // look a key up in what the merge has committed
};

}  // namespace sediment::labs
