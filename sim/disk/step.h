// A step: one line of a script for a store, as a list of words. Traces hold the steps that a user asked for. Scenarios
// (run/scenario.h) hold the steps to run, and list the possible ones; here they are only words.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"

namespace sediment::sim {

/// One step: its words. "put a 1" is {"put", "a", "1"}.
using Step = std::vector<std::string>;

/// As in a scenario: one string if the words allow it, otherwise an array.
nlohmann::json to_json(const Step& step);
/// A string or an array of words, as in a scenario. kInvalidArgument; the message says what was expected.
Result<Step> step_from_json(const nlohmann::json& json);
/// For messages: the words separated by spaces, with unprintable ones in hexadecimal.
std::string to_string(const Step& step);
/// The same, with long words cut short: "put a xxxx… (1,048,576 bytes)".
std::string preview(const Step& step);
/// One value in quotes, cut short in the same way.
std::string in_quotes(const std::string& bytes);
/// All steps, each as a preview: "put a 1 · sync".
std::string steps_of(const std::vector<Step>& steps);
/// Splits at single spaces.
Step step_of(std::string_view text);

}  // namespace sediment::sim
