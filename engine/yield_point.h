// Named places where it matters what another thread does just then: between two steps of publishing something.
//
// On a machine with few cores threads seldom meet there by chance. The stress test (tests/concurrency) sets a hook that
// lets other threads run at such a place; only builds for tests have it (SEDIMENT_YIELD_POINTS, see CMakeLists.txt). In
// every other build a yield point is nothing at all.
#pragma once

#ifdef SEDIMENT_YIELD_POINTS
#include <atomic>
#endif

namespace sediment {

#ifdef SEDIMENT_YIELD_POINTS
/// Called at every yield point with its name, in any thread. Null: nothing happens.
inline std::atomic<void (*)(const char* name)> yield_hook = nullptr;

inline void yield_point(const char* name) {
  if (const auto hook = yield_hook.load(std::memory_order_relaxed); hook != nullptr) hook(name);
}
#else
inline void yield_point(const char*) {}
#endif

}  // namespace sediment
