// A digest that fits on a sheet of paper: XXH3 with 128 bits. It shows what was changed by accident or in passing, and is not
// made to stand against a program that looks for a second text with the same digest.
#pragma once

#include <string>
#include <string_view>

namespace sediment::labs {

/// 32 hexadecimal digits, as `xxhsum -H2` prints.
std::string digest_of_text(std::string_view text);

}  // namespace sediment::labs
