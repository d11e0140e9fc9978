// SHA-256 (FIPS 180-4): a digest that fits on a sheet of paper and that no other text is known to have.
#pragma once

#include <string>
#include <string_view>

namespace sediment::labs {

/// 64 hexadecimal digits, as `sha256sum` prints.
std::string sha256(std::string_view text);

}  // namespace sediment::labs
