// What the checks of lab 9 ask of a recovery in the student's process.
#pragma once

#include <cstdint>

namespace sediment::labs {

/// The first number of a request of this lab. What follows is in component.cc and checks.cc.
enum class RecoveryOperation : std::uint64_t {
  kRecover,  // one recovery, with these options
  kGet,      // what the recovered store holds for a key
};

}  // namespace sediment::labs
