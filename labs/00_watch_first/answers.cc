#include "labs/00_watch_first/answers.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "labs/00_watch_first/paper.h"
#include "labs/grader/digest.h"
#include "sim/base/json_reader.h"

namespace sediment::labs {

namespace {

using nlohmann::ordered_json;

std::string id_of(std::size_t number) { return "L0." + std::to_string(number); }

ordered_json to_json(const Answers& answers) {
  ordered_json by_id = ordered_json::object();
  for (std::size_t number = 1; number <= kQuestions; ++number) {
    const auto answer = answers.by_id.find(id_of(number));
    by_id[id_of(number)] = answer == answers.by_id.end() ? "" : answer->second;
  }
  return {{"paper", answers.seed}, {"answers", by_id}};
}

std::string dump(const ordered_json& json) {
  return json.dump(2, ' ', false, ordered_json::error_handler_t::replace) + "\n";
}

// Students may write 3, "3", true, or ["a", "b"].
std::string answer_from(const nlohmann::json& json) {
  if (json.is_null()) return {};
  if (json.is_string()) return json.get<std::string>();
  if (json.is_boolean()) return json.get<bool>() ? "yes" : "no";
  if (json.is_array()) {
    std::string list;
    for (const nlohmann::json& item : json) list += (list.empty() ? "" : ", ") + answer_from(item);
    return list;
  }
  return json.dump();
}

}  // namespace

std::size_t Answers::given() const {
  return static_cast<std::size_t>(
      std::count_if(by_id.begin(), by_id.end(), [](const auto& answer) { return !answer.second.empty(); }));
}

Answers no_answers(std::uint64_t seed) {
  Answers answers{seed, {}};
  for (std::size_t number = 1; number <= kQuestions; ++number) answers.by_id[id_of(number)];
  return answers;
}

std::string tell_answers(const Answers& answers) { return dump(to_json(answers)); }

std::string digest_of(const Answers& answers) { return digest_of_text(tell_answers(answers)); }

std::string tell_locked(const Answers& answers) {
  ordered_json json = to_json(answers);
  json["locked"] = digest_of(answers);
  return dump(json);
}

Answers read_answers(const std::string& path) {
  const Result<std::string> text = sim::read_text_file(path);
  if (!text.ok()) throw std::invalid_argument(text.status().to_string());
  const Result<nlohmann::json> json = sim::parse_json(*text);
  if (!json.ok()) throw std::invalid_argument(path + ": " + std::string(json.status().message()));
  const bool complete = json->is_object() && json->contains("paper") && json->at("paper").is_number_unsigned() &&
                        json->contains("answers") && json->at("answers").is_object();
  if (!complete) throw std::invalid_argument(path + " must have the number of the paper, and the answers");
  Answers answers = no_answers(json->at("paper").get<std::uint64_t>());
  for (const auto& [id, answer] : json->at("answers").items()) {
    if (!answers.by_id.contains(id)) throw std::invalid_argument(fmt::format("{}: there is no question {}", path, id));
    answers.by_id[id] = answer_from(answer);
  }
  if (json->contains("locked") && json->at("locked") != digest_of(answers)) {
    throw std::invalid_argument(path + " was changed after it had been locked");
  }
  return answers;
}

}  // namespace sediment::labs
