// What the checks of lab 4 ask of the functions in the student's process.
#pragma once

#include <cstdint>

namespace sediment::labs {

/// The first number of a request of this lab. What follows is in component.cc and checks.cc.
enum class LogEndOperation : std::uint64_t {
  kJudgeEnd,
  kFindRecordHeader,
  kProvenDurable,
  kEndOfWrittenBytes,
};

}  // namespace sediment::labs
