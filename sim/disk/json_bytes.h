// Bytes and numbers in JSON, for traces, scenarios and reports. Bytes are a string if they are UTF-8, otherwise
// {"hex": "00ff"}.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/status.h"

namespace sediment::sim {

/// "00ff": two digits per byte.
std::string to_hex(std::string_view bytes);

nlohmann::json bytes_to_json(std::string_view bytes);
/// kInvalidArgument unless it is a string or {"hex": ...} with pairs of hexadecimal digits.
Result<std::string> bytes_from_json(const nlohmann::json& json);

/// A whole number from 0 to 2^64 - 1, as parsed from text. Throws a json exception for anything else: json.get() would
/// silently convert 1e99 or -1, with an undefined or meaningless result.
std::uint64_t number_from_json(const nlohmann::json& json);

}  // namespace sediment::sim
