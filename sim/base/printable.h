// Text from outside in the simulator's messages: a store's words, keys, values, titles (engine/tools/printable.h).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sediment::sim {

/// Whether it is UTF-8 without control characters.
bool is_printable(std::string_view bytes);

/// tools::printable() of each line: the line breaks stay.
std::string printable_lines(std::string_view text);

/// The text itself if it has at most 64 bytes; otherwise its start, and how many bytes it shows: "aaaa… (1,048,576
/// bytes)".
std::string previewed(std::string_view text, std::uint64_t bytes);

}  // namespace sediment::sim
