// Numbers in messages.
#pragma once

#include <cstdint>
#include <string>

namespace sediment::sim {

/// "1,048,576".
inline std::string grouped(std::uint64_t number) {
  const std::string digits = std::to_string(number);
  std::string text;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    if (i > 0 && (digits.size() - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text;
}

/// "1 key", "2 keys".
inline std::string plural(std::uint64_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// "1st", "12th", "23rd".
inline std::string ordinal(std::uint64_t number) {
  const bool teen = number / 10 % 10 == 1;
  const std::uint64_t last = teen ? 0 : number % 10;
  return std::to_string(number) + (last == 1 ? "st" : last == 2 ? "nd" : last == 3 ? "rd" : "th");
}

}  // namespace sediment::sim
