#include "sim/disk/step.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "sim/base/json_reader.h"
#include "sim/base/printable.h"
#include "sim/disk/json_bytes.h"

namespace sediment::sim {

namespace {

using nlohmann::json;

}  // namespace

json to_json(const Step& step) {
  const bool plain = std::all_of(step.begin(), step.end(), [](const std::string& word) {
    return !word.empty() && word.find(' ') == std::string::npos && is_printable(word);
  });
  if (plain || (!step.empty() && step[0] == "ask")) return to_string(step);
  json words = json::array();
  for (const std::string& word : step) words.push_back(bytes_to_json(word));
  return words;
}

Result<Step> step_from_json(const nlohmann::json& json) {
  if (json.is_string()) return step_of(json.get<std::string>());
  if (!json.is_array() || json.empty()) {
    return Status::invalid_argument("a step is a string or an array of words, not " + excerpt(json));
  }
  Step step;
  for (const nlohmann::json& word : json) {
    Result<std::string> bytes = bytes_from_json(word);
    if (!bytes.ok()) return bytes.status();
    step.push_back(*bytes);
  }
  return step;
}

std::string to_string(const Step& step) {
  std::string text;
  for (const std::string& word : step) {
    if (!text.empty()) text += ' ';
    if (word.empty()) text += "\"\"";
    text += is_printable(word) ? word : "0x" + to_hex(word);
  }
  return text;
}

std::string preview(const Step& step) {
  std::string text;
  for (const std::string& word : step) {
    if (!text.empty()) text += ' ';
    text += previewed(is_printable(word) ? word : "0x" + to_hex(word), word.size());
    if (word.empty()) text += "\"\"";
  }
  return text;
}

std::string in_quotes(const std::string& bytes) { return bytes.empty() ? "\"\"" : "\"" + preview(Step{bytes}) + "\""; }

std::string steps_of(const std::vector<Step>& steps) {
  std::string text;
  for (const Step& step : steps) text += (text.empty() ? "" : " · ") + preview(step);
  return text;
}

Step step_of(std::string_view text) {
  Step step;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t end = std::min(text.find(' ', at), text.size());
    step.emplace_back(text.substr(at, end - at));
    at = end + 1;
  }
  return step;
}

}  // namespace sediment::sim
