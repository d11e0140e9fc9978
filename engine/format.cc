#include "engine/format.h"

#include <xxhash.h>

#include <charconv>
#include <concepts>

namespace sediment {

namespace {

constexpr std::string_view kSegmentSuffix = ".log";

// Byte by byte, so that the format does not depend on the machine; compilers turn each into a single move.
template <std::unsigned_integral T>
void store(char* at, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) at[i] = static_cast<char>(value >> (8 * i));
}

template <std::unsigned_integral T>
T load(const char* at) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i)
    value = static_cast<T>(value | T{static_cast<unsigned char>(at[i])} << (8 * i));
  return value;
}

}  // namespace

std::string segment_file_name(SegmentNumber number) {
  std::string digits = std::to_string(value_of(number));
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return digits.append(kSegmentSuffix);
}

std::optional<SegmentNumber> parse_segment_file_name(std::string_view name) {
  if (!name.ends_with(kSegmentSuffix)) return std::nullopt;
  const std::string_view digits = name.substr(0, name.size() - kSegmentSuffix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  if (segment_file_name(SegmentNumber{number}) != name) return std::nullopt;  // "1.log" is not how we write it
  return SegmentNumber{number};
}

std::uint64_t checksum64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

void store_u16(char* at, std::uint16_t value) { store(at, value); }
void store_u32(char* at, std::uint32_t value) { store(at, value); }
void store_u64(char* at, std::uint64_t value) { store(at, value); }
std::uint16_t load_u16(const char* at) { return load<std::uint16_t>(at); }
std::uint32_t load_u32(const char* at) { return load<std::uint32_t>(at); }
std::uint64_t load_u64(const char* at) { return load<std::uint64_t>(at); }

}  // namespace sediment
