// JSON that comes from outside: scenarios, traces, reports. Whatever the bytes are, the answer is a value or a status.
//
// nlohmann's parser takes any depth, and then copying, printing and destroying a value recurse once a level: a file of
// brackets ends the process. So the depth is counted before anything is parsed. Nothing of Sediment's needs more than a
// handful of levels.
#pragma once

#include <cstddef>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "engine/status.h"

namespace sediment::sim {

constexpr std::size_t kDeepestJson = 64;  // levels of arrays and objects

/// kInvalidArgument: it is not JSON, with line and column; or it is nested deeper than kDeepestJson.
Result<nlohmann::json> parse_json(std::string_view text);

/// For messages: the value as text, or its beginning. Bytes that are not UTF-8 are replaced.
std::string excerpt(const nlohmann::json& value);

/// A file that somebody has named: its bytes. kNotFound, kIoError; the message begins with the path. A directory is
/// kInvalidArgument.
Result<std::string> read_text_file(const std::string& path);

}  // namespace sediment::sim
