// Parses a whole number from outside: in a scenario, a trace, or a store's value.
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sediment::sim {

/// None unless the whole text is a decimal number that fits.
inline std::optional<std::uint64_t> parse_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace sediment::sim
