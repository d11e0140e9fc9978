// How many cases rapidcheck tries for a property.
//
// rapidcheck reads its settings from the environment, once per process. RC_PARAMS="seed=..." from outside still
// works, and so does a max_success in it.
#pragma once

#include <cstdlib>
#include <string>

namespace sediment::test {

/// Call this before the first rc::check of a test.
inline void try_more_cases(int count = 1500) {
  const char* given = std::getenv("RC_PARAMS");
  std::string settings = given == nullptr ? "" : given;
  if (settings.find("max_success") != std::string::npos) return;
  settings += (settings.empty() ? "max_success=" : " max_success=") + std::to_string(count);
  ::setenv("RC_PARAMS", settings.c_str(), 1);  // no other thread is running
}

}  // namespace sediment::test
