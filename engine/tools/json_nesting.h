// How deeply a JSON text is nested, determined before it is parsed.
//
// Parsers, printers and destructors of JSON trees recurse once per level, so a few hundred kilobytes of "[" exhaust
// their stack. Code that reads JSON from outside checks this first.
//
// A self-contained header without dependencies. Any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace sediment::tools {

/// Where the text first has more than `most` arrays and objects open at once; none if it never does. Brackets in
/// strings do not count. Exact for valid JSON; for invalid JSON never later than a parser would get. Linear time, no
/// memory.
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
