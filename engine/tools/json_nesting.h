// How deep a JSON text is nested, found out before it is parsed.
//
// Parsers, printers and destructors of JSON trees call themselves for each level, so that a text of a few hundred
// kilobytes of "[" takes their whole stack. Code that reads JSON from outside asks this first.
//
// A header of its own without dependencies. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sediment::tools {

/// Where the text first opens more than `most` arrays and objects at once; none if it never does. Brackets in strings do
/// not count. Exact for valid JSON, and never too late for what a parser reads of an invalid one. Linear, without memory.
constexpr std::optional<std::size_t> too_deep_at(std::string_view text, std::size_t most) {
  std::size_t depth = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char byte = text[i];
    if (in_string) {
      if (byte == '\\') ++i;  // what follows is not the end of the string
      if (byte == '"') in_string = false;
    } else if (byte == '"') {
      in_string = true;
    } else if (byte == '[' || byte == '{') {
      if (++depth > most) return i;
    } else if ((byte == ']' || byte == '}') && depth > 0) {
      --depth;
    }
  }
  return std::nullopt;
}

}  // namespace sediment::tools
