// A count with its noun, for messages.
#pragma once

#include <cstdint>
#include <string>

namespace sediment::sim {

/// "1 key", "2 keys".
inline std::string plural(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

}  // namespace sediment::sim
