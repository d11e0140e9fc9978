// Bytes and numbers as text: what the commands print, and the sizes that they parse.
//
// Keys and values hold arbitrary bytes; a terminal and JSON do not. These functions convert between the two. Pure
// functions.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "engine/tools/grouped.h"
#include "engine/tools/printable.h"

namespace sediment::cli {

using Json = nlohmann::ordered_json;  // members keep the order in which they are added

using tools::escape;
using tools::is_utf8;
using tools::preview;
using tools::start_of;

/// A string if the bytes are UTF-8, else {"hex": "00ff"}.
Json json_of_bytes(std::string_view bytes);

/// "00ff" for two bytes.
std::string hex_of(std::string_view bytes);
/// The bytes for such a text; none if it does not consist of pairs of hexadecimal digits.
std::optional<std::string> bytes_of_hex(std::string_view hex);

using tools::grouped;
/// "1 record", "2,000 records".
std::string counted(std::uint64_t number, std::string_view singular);

/// "4096", "64k" or "8m" (powers of 1024) in bytes; none for anything else.
std::optional<std::uint64_t> parse_size(std::string_view text);

}  // namespace sediment::cli
