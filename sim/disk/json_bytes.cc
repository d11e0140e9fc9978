#include "sim/disk/json_bytes.h"

#include <nlohmann/json.hpp>
#include <optional>

#include "engine/tools/printable.h"
#include "sim/base/json_reader.h"

namespace sediment::sim {

namespace {

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return static_cast<unsigned>(c - '0');
  if (c >= 'a' && c <= 'f') return static_cast<unsigned>(c - 'a' + 10);
  if (c >= 'A' && c <= 'F') return static_cast<unsigned>(c - 'A' + 10);
  return std::nullopt;
}

}  // namespace

std::string to_hex(std::string_view bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hex;
  for (const char c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    hex += {kDigits[byte / 16], kDigits[byte % 16]};
  }
  return hex;
}

nlohmann::json bytes_to_json(std::string_view bytes) {
  if (tools::is_utf8(bytes)) return std::string(bytes);
  return {{"hex", to_hex(bytes)}};
}

Result<std::string> bytes_from_json(const nlohmann::json& json) {
  if (json.is_string()) return json.get<std::string>();
  const Status wrong = Status::invalid_argument("expected a string or {\"hex\": \"...\"}, not " + excerpt(json));
  if (!json.is_object() || json.size() != 1 || !json.contains("hex") || !json.at("hex").is_string()) return wrong;
  const std::string hex = json.at("hex").get<std::string>();
  if (hex.size() % 2 != 0) return wrong;
  std::string bytes;
  for (std::size_t i = 0; i < hex.size(); i += 2) {
    const auto high = hex_digit(hex[i]);
    const auto low = hex_digit(hex[i + 1]);
    if (!high || !low) return wrong;
    bytes += static_cast<char>(*high * 16 + *low);
  }
  return bytes;
}

std::uint64_t number_from_json(const nlohmann::json& json) {
  return json.get_ref<const nlohmann::json::number_unsigned_t&>();
}

}  // namespace sediment::sim
