// JSON from outside: scenarios, traces, reports. Whatever the bytes are, the answer is a value or a status.
//
// nlohmann's parser accepts any depth, but copying, printing and destroying a value recurse once per level, so a file
// of brackets would overflow the stack. The depth is therefore checked before anything is parsed. Sediment's own files
// need only a handful of levels.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/status.h"

namespace sediment::sim {

constexpr std::size_t kDeepestJson = 64;  // levels of arrays and objects

/// kInvalidArgument: the text is not JSON (with line and column), or is nested deeper than kDeepestJson.
Result<nlohmann::json> parse_json(std::string_view text);

/// For messages: the value as text, shortened if it is long. Bytes that are not UTF-8 are replaced.
std::string excerpt(const nlohmann::json& value);

/// The bytes of a file that the user has named. kNotFound, kIoError; kInvalidArgument for a directory. Each message
/// begins with the path. (C's files: what is drawn in a page does without C++'s streams, which would be a tenth of it.)
Result<std::string> read_text_file(const std::string& path);
/// Creates the file, or replaces its contents. kIoError.
Status write_file(const std::string& path, std::string_view bytes);

}  // namespace sediment::sim
