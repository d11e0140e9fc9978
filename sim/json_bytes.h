// Bytes in JSON: a string where they are UTF-8, {"hex": "00ff"} where they are not. The same in traces and scenarios.
#pragma once

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

}  // namespace sediment::sim
