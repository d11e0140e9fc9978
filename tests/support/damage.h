// Damage to bytes: every bit flip and every cut, one at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sediment::test {

inline std::string with_bit_flipped(std::string_view bytes, std::uint64_t bit) {
  std::string damaged(bytes);
  damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << (bit % 8)));
  return damaged;
}

/// Calls visit(damaged bytes, bit number) for every bit. Returns their number.
template <typename Visit>
std::uint64_t for_each_bit_flip(std::string_view bytes, Visit visit) {
  std::uint64_t bit = 0;
  for (; bit < 8 * bytes.size(); ++bit) visit(with_bit_flipped(bytes, bit), bit);
  return bit;
}

/// Calls visit(bytes, length) for every length from nothing to all but one byte. Returns their number.
template <typename Visit>
std::uint64_t for_each_cut(std::string_view bytes, Visit visit) {
  std::uint64_t size = 0;
  for (; size < bytes.size(); ++size) visit(std::string(bytes.substr(0, size)), size);
  return size;
}

}  // namespace sediment::test
