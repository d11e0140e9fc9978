// A step: one line of a script for a store, as its words. Traces hold the steps that were asked for, scenarios
// (run/scenario.h) those to be run, and say which there are; here they are words and nothing more.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"

namespace sediment::sim {

/// One step: its words. "put a 1" is {"put", "a", "1"}.
using Step = std::vector<std::string>;

/// As in a scenario: one string where the words allow it, else an array.
nlohmann::json to_json(const Step& step);
/// A string or an array of words, as in a scenario. kInvalidArgument says what was expected.
Result<Step> step_from_json(const nlohmann::json& json);
/// For people: the words with spaces between, those that do not print in hexadecimal.
std::string to_string(const Step& step);
/// All of them: "put a 1 · sync".
std::string steps_of(const std::vector<Step>& steps);
/// Splits at single spaces.
Step step_of(std::string_view text);

}  // namespace sediment::sim
