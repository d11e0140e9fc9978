// How much of a search a test does: all of it, or less if time is short. Sanitizers make everything ten times as slow,
// so under them it is a tenth; for runs of many mutants SEDIMENT_SEARCH_PERCENT sets the share.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "sim/base/parse_number.h"

namespace sediment::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)  // GCC
constexpr bool kSanitized = true;
#elif defined(__has_feature)  // Clang
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

inline std::uint64_t search_percent() {
  const char* asked = std::getenv("SEDIMENT_SEARCH_PERCENT");  // NOLINT(concurrency-mt-unsafe): it is never set
  if (asked != nullptr) return sim::parse_number(asked).value_or(100);
  return kSanitized ? 10 : 100;
}

/// This many scripts, or fewer if time is short.
inline std::uint64_t scripts(std::uint64_t count) { return std::max<std::uint64_t>(1, count * search_percent() / 100); }

}  // namespace sediment::test
