// What verify and salvage found in files, in the wording that their reports share.
#pragma once

#include <string>
#include <string_view>

#include "engine/cli/text.h"
#include "engine/tools/verify.h"

namespace sediment::cli {

/// "sealed" and so on. Never fails.
std::string_view name_of(tools::FileReport::Role role);

/// For example "WORD at byte 64, 32 bytes: the body's checksum does not match". Leaves out unknown parts, and the key.
std::string text_of(const tools::Finding& finding, std::string_view word);

/// The same as an object, with the key.
Json json_of(const tools::Finding& finding, std::string_view word);

}  // namespace sediment::cli
