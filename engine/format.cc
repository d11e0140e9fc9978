#include "engine/format.h"

#include <xxhash.h>

#include <bit>
#include <charconv>
#include <concepts>
#include <cstring>

namespace sediment {

namespace {

std::string numbered_name(SegmentNumber number, std::string_view suffix) {
  std::string digits = std::to_string(value_of(number));
  if (digits.size() < 6) digits.insert(0, 6 - digits.size(), '0');
  return digits.append(suffix);
}

std::optional<SegmentNumber> parse_numbered_name(std::string_view name, std::string_view suffix) {
  if (!name.ends_with(suffix)) return std::nullopt;
  const std::string_view digits = name.substr(0, name.size() - suffix.size());
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  if (error != std::errc() || end != digits.data() + digits.size() || number > kMaxSegmentNumber) return std::nullopt;
  if (numbered_name(SegmentNumber{number}, suffix) != name) return std::nullopt;  // "1.log" is not how we write it
  return SegmentNumber{number};
}

// One move each on a little-endian machine. (A loop over the bytes would be right on all, but GCC 12 does not see
// through it: it cost a get a thousand instructions.)
template <std::unsigned_integral T>
T swapped_if_big_endian(T value) {
  if constexpr (std::endian::native == std::endian::little) return value;
  return static_cast<T>(__builtin_bswap64(value) >> (64 - 8 * sizeof(T)));
}

template <std::unsigned_integral T>
void store(char* at, T value) {
  value = swapped_if_big_endian(value);
  std::memcpy(at, &value, sizeof value);
}

template <std::unsigned_integral T>
T load(const char* at) {
  T value = 0;
  std::memcpy(&value, at, sizeof value);
  return swapped_if_big_endian(value);
}

}  // namespace

std::string segment_file_name(SegmentNumber number) { return numbered_name(number, kSegmentSuffix); }

std::optional<SegmentNumber> parse_segment_file_name(std::string_view name) {
  return parse_numbered_name(name, kSegmentSuffix);
}

std::string snapshot_file_name(SegmentNumber number) { return numbered_name(number, kSnapshotSuffix); }

std::optional<SegmentNumber> parse_snapshot_file_name(std::string_view name) {
  return parse_numbered_name(name, kSnapshotSuffix);
}

std::uint64_t checksum64(std::string_view bytes, std::uint64_t seed) {
  return XXH3_64bits_withSeed(bytes.data(), bytes.size(), seed);
}

std::uint32_t file_header_checksum(std::string_view header, std::uint64_t magic) {
  return static_cast<std::uint32_t>(checksum64(header.substr(file_field::kVersion), magic));
}

void store_u16(char* at, std::uint16_t value) { store(at, value); }
void store_u32(char* at, std::uint32_t value) { store(at, value); }
void store_u64(char* at, std::uint64_t value) { store(at, value); }
std::uint16_t load_u16(const char* at) { return load<std::uint16_t>(at); }
std::uint32_t load_u32(const char* at) { return load<std::uint32_t>(at); }
std::uint64_t load_u64(const char* at) { return load<std::uint64_t>(at); }

}  // namespace sediment
