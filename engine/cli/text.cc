#include "engine/cli/text.h"

#include <fmt/format.h>

#include <charconv>

namespace sediment::cli {

Json json_of_bytes(std::string_view bytes) {
  if (is_utf8(bytes)) return bytes;
  return {{"hex", hex_of(bytes)}};
}

std::string hex_of(std::string_view bytes) {
  std::string hex;
  hex.reserve(bytes.size() * 2);
  for (const char byte : bytes) fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned char>(byte));
  return hex;
}

std::optional<std::string> bytes_of_hex(std::string_view hex) {
  if (hex.size() % 2 != 0) return std::nullopt;
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    unsigned value = 0;
    const char* end = hex.data() + i + 2;
    if (std::from_chars(hex.data() + i, end, value, 16).ptr != end) return std::nullopt;
    bytes += static_cast<char>(value);
  }
  return bytes;
}

std::string counted(std::uint64_t number, std::string_view singular) {
  return fmt::format("{} {}{}", grouped(number), singular, number == 1 ? "" : "s");
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  std::uint64_t unit = 1;
  if (!text.empty()) {
    const char suffix = text.back();
    if (suffix == 'k' || suffix == 'K') unit = std::uint64_t{1} << 10;
    if (suffix == 'm' || suffix == 'M') unit = std::uint64_t{1} << 20;
    if (unit > 1) text.remove_suffix(1);
  }
  std::uint64_t number = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number);
  if (text.empty() || error != std::errc() || stopped != end || number > UINT64_MAX / unit) return std::nullopt;
  return number * unit;
}

}  // namespace sediment::cli
