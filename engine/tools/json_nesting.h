// How deep a JSON text is nested, found out before it is parsed.
//
// Parsers, printers and destructors of JSON trees call themselves for each level, so that a text of a few hundred
// kilobytes of "[" takes their whole stack. Whoever reads JSON from elsewhere asks this first.
//
// A header of its own without dependencies. Any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace sediment::tools {

/// Enough for any document that a person or one of our programs writes.
inline constexpr std::size_t kMostJsonNesting = 100;

/// The most arrays and objects that are open at one place of the text; 0 for a text without any. Exact for valid JSON,
/// and never too small for what a parser reads of an invalid one. Linear, without memory.
constexpr std::size_t json_nesting(std::string_view text) {
  std::size_t depth = 0;
  std::size_t deepest = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char byte = text[i];
    if (in_string) {
      if (byte == '\\') ++i;  // what follows is not the end of the string
      if (byte == '"') in_string = false;
    } else if (byte == '"') {
      in_string = true;
    } else if (byte == '[' || byte == '{') {
      deepest = std::max(deepest, ++depth);
    } else if ((byte == ']' || byte == '}') && depth > 0) {
      --depth;
    }
  }
  return deepest;
}

}  // namespace sediment::tools
