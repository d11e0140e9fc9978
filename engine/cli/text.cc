#include "engine/cli/text.h"

#include <fmt/format.h>

#include <charconv>

namespace sediment::cli {

namespace {

// The length in bytes of the UTF-8 character at the start of `bytes`; 0 if there is none. Strict: no overlong forms, no
// surrogates, nothing above U+10FFFF.
std::size_t utf8_length(std::string_view bytes) {
  const auto at = [&](std::size_t i) { return i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U; };
  const auto continues = [&](std::size_t i) { return (at(i) & 0xC0U) == 0x80U; };
  const unsigned first = at(0);
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first <= 0xDFU) return continues(1) ? 2 : 0;
  if (first >= 0xE0U && first <= 0xEFU) {
    const bool overlong = first == 0xE0U && at(1) < 0xA0U;
    const bool surrogate = first == 0xEDU && at(1) >= 0xA0U;
    return !overlong && !surrogate && continues(1) && continues(2) ? 3 : 0;
  }
  if (first >= 0xF0U && first <= 0xF4U) {
    const bool overlong = first == 0xF0U && at(1) < 0x90U;
    const bool too_large = first == 0xF4U && at(1) >= 0x90U;
    return !overlong && !too_large && continues(1) && continues(2) && continues(3) ? 4 : 0;
  }
  return 0;
}

}  // namespace

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

std::string escape(std::string_view bytes) {
  std::string text;
  while (!bytes.empty()) {
    const char byte = bytes.front();
    const auto code = static_cast<unsigned char>(byte);
    const std::size_t length = utf8_length(bytes);
    // U+0080 to U+009F are control characters, which some terminals obey.
    const bool control =
        code < 0x20 || code == 0x7F || (code == 0xC2 && length == 2 && static_cast<unsigned char>(bytes[1]) < 0xA0);
    std::size_t taken = 1;
    if (byte == '\t') {
      text += "\\t";
    } else if (byte == '\n') {
      text += "\\n";
    } else if (byte == '\\') {
      text += "\\\\";
    } else if (control || length == 0) {
      text += fmt::format("\\x{:02x}", code);
    } else {
      text += bytes.substr(0, length);
      taken = length;
    }
    bytes.remove_prefix(taken);
  }
  return text;
}

std::string_view start_of(std::string_view bytes, std::size_t limit) {
  if (bytes.size() <= limit) return bytes;
  std::size_t end = limit;
  while (end > 0 && limit - end < 3 && (static_cast<unsigned char>(bytes[end]) & 0xC0U) == 0x80U) --end;
  return bytes.substr(0, end);
}

std::string preview(std::string_view bytes, std::size_t limit) {
  if (bytes.size() <= limit) return escape(bytes);
  return escape(start_of(bytes, limit)) + "... (" + counted(bytes.size(), "byte") + ")";
}

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
