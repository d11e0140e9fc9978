// Bytes and numbers in JSON, the same in traces, scenarios and reports. Bytes are a string where they are UTF-8, and
// {"hex": "00ff"} where they are not.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/status.h"

namespace sediment::sim {

/// "00ff": two digits a byte.
std::string to_hex(std::string_view bytes);

nlohmann::json bytes_to_json(std::string_view bytes);
/// kInvalidArgument when it is neither a string nor {"hex": ...} with pairs of hexadecimal digits.
Result<std::string> bytes_from_json(const nlohmann::json& json);

/// A whole number from 0 to 2^64 - 1, as parsed from a text. Throws a json exception on anything else: converting 1e99
/// or -1 silently, as json.get() does, is undefined or nonsense.
std::uint64_t number_from_json(const nlohmann::json& json);

}  // namespace sediment::sim
