// Bytes as text that is safe to print: on a terminal, and in JSON.
//
// Keys, values, file names and arguments hold arbitrary bytes, and a terminal obeys some of them: ESC, C1 control
// characters (U+0080 to U+009F), DEL. Everything that comes from outside passes through one of these functions on its way
// to a terminal. Pure functions.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sediment::tools {

bool is_utf8(std::string_view bytes);

/// How many bytes the UTF-8 character at the start of `bytes` has; 0 if there is none. Strict: no overlong forms, no
/// surrogates, nothing above U+10FFFF.
std::size_t utf8_length(std::string_view bytes);

/// The bytes on one line: \t, \n and \\ for a tab, a newline and a backslash, and \xNN for each byte of any other control
/// character and of anything that is not UTF-8.
std::string escape(std::string_view bytes);

/// The same for a sentence or a line that contains such bytes: backslashes stay as they are.
std::string printable(std::string_view text);

/// At most `limit` bytes from the start; does not split a UTF-8 character.
std::string_view start_of(std::string_view bytes, std::size_t limit);
/// escape() of at most `limit` bytes from the start, followed by "... (n bytes)" if there are more.
std::string preview(std::string_view bytes, std::size_t limit);

/// JSON text with DEL and the C1 control characters, which JSON allows in strings, as \u007f and \u0080 to \u009f. The
/// value stays the same.
std::string json_for_terminals(std::string json);

}  // namespace sediment::tools
