#include "labs/grader/result.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "labs/grader/files.h"

namespace sediment::labs {

namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 5> kNames{"pending", "passed", "failed", "skipped", "not-implemented"};
constexpr std::size_t kShownSteps = 12;

// JSON wants UTF-8, and students print anything: what is not UTF-8 becomes U+FFFD.
std::string dump(const json& value) { return value.dump(2, ' ', false, json::error_handler_t::replace) + "\n"; }

std::string xml(std::string_view text) {
  std::string escaped;
  for (const char c : text) {
    switch (c) {
      case '&': escaped += "&amp;"; break;
      case '<': escaped += "&lt;"; break;
      case '>': escaped += "&gt;"; break;
      case '"': escaped += "&quot;"; break;
      default:
        escaped +=
            (static_cast<unsigned char>(c) >= 0x20 && static_cast<unsigned char>(c) < 0x7f) || c == '\n' ? c : '?';
    }
  }
  return escaped;
}

std::string indented(const std::string& text, std::string_view prefix) {
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    result += std::string(prefix) + text.substr(at, end - at) + "\n";
    at = end + 1;
  }
  return result;
}

// Other programs may know no negative scores: what a check costs is taken from the points of other checks.
std::vector<int> scores_from_zero(const LabResult& result) {
  std::vector<int> scores;
  int owed = 0;
  for (const CheckResult& check : result.checks) {
    scores.push_back(std::max(check.score(), 0));
    owed += scores.back() - check.score();
  }
  for (int& score : scores) {
    const int taken = std::min(owed, score);
    score -= taken;
    owed -= taken;
  }
  return scores;
}

json gradescope(const LabResult& result) {
  json tests = json::array();
  const std::vector<int> scores = scores_from_zero(result);
  for (const CheckResult& check : result.checks) {
    tests.push_back({{"score", scores[tests.size()]},
                     {"max_score", check.points},
                     {"status", check.outcome == Outcome::kPassed ? "passed" : "failed"},
                     {"name", check.sentence},
                     {"number", check.id},
                     {"output", printable(tell(check, result))},
                     {"output_format", "text"},
                     {"tags", json::array({"lab " + std::to_string(result.lab)})},
                     {"visibility", "visible"}});
  }
  return {{"score", result.score()},
          {"execution_time", static_cast<int>(std::lround(result.seconds))},
          {"output", tell_heading(result) + tell_summary(result)},
          {"output_format", "text"},
          {"visibility", "visible"},
          {"stdout_visibility", "hidden"},
          {"tests", tests},
          {"leaderboard", json::array()}};
}

json classroom50(const LabResult& result) {
  json tests = json::array();
  const std::vector<int> scores = scores_from_zero(result);
  for (const CheckResult& check : result.checks) {
    tests.push_back({{"test-name", check.id + " " + check.sentence},
                     {"passed", check.outcome == Outcome::kPassed},
                     {"score", scores[tests.size()]},
                     {"max-score", check.points}});
  }
  return {
      {"schema", "classroom50/result/v1"}, {"score", result.score()}, {"max-score", result.most()}, {"tests", tests}};
}

std::string junit(const LabResult& result) {
  std::size_t failures = 0;
  std::size_t skipped = 0;
  std::string cases;
  for (const CheckResult& check : result.checks) {
    cases += fmt::format("  <testcase classname=\"lab{}\" name=\"{} {}\" time=\"{:.3f}\">", result.lab, check.id,
                         xml(check.sentence), check.seconds);
    if (check.outcome == Outcome::kSkipped) {
      ++skipped;
      cases += fmt::format("<skipped message=\"{}\"/>", xml(check.reason));
    } else if (check.outcome != Outcome::kPassed) {
      ++failures;
      cases += fmt::format("<failure message=\"{}\">{}</failure>", xml(check.reason), xml(tell(check, result)));
    }
    cases += "</testcase>\n";
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"Lab {}: {}\" tests=\"{}\" failures=\"{}\" "
      "skipped=\"{}\" time=\"{:.3f}\">\n{}</testsuite>\n",
      result.lab, xml(result.title), result.checks.size(), failures, skipped, result.seconds, cases);
}

// One mistake may make many checks fail, and only the hint of the first is about it. Null if there is no such check.
//
// The same sentence alone may have two causes: a damaged snapshot and one of another log both "should be refused". So the
// sentence must name the line of the student's file that failed, as "snapshot.cc:92", or else all the steps must be the same.
const CheckResult* earlier_with_the_same_failure(const CheckResult& check, const LabResult& result) {
  const bool at_a_line = check.reason.find(".cc:") != std::string::npos;
  for (const CheckResult& earlier : result.checks) {
    if (earlier.id == check.id) break;
    const bool same_place = at_a_line || (earlier.story == check.story && !check.story.empty());
    if (earlier.outcome == Outcome::kFailed && earlier.reason == check.reason && same_place) return &earlier;
  }
  return nullptr;
}

}  // namespace

std::string printable(std::string_view text) {
  std::string clean;
  for (const char c : text) clean += static_cast<unsigned char>(c) >= 0x20 || c == '\n' || c == '\t' ? c : '?';
  return clean;
}

std::string_view name_of(Outcome outcome) { return kNames.at(static_cast<std::size_t>(outcome)); }

int LabResult::score() const {
  int score = 0;
  for (const CheckResult& check : checks) score += check.score();
  return std::max(score, 0);
}

int LabResult::most() const {
  int most = 0;
  for (const CheckResult& check : checks) most += check.points;
  return most;
}

std::size_t LabResult::passed() const {
  return static_cast<std::size_t>(std::count_if(
      checks.begin(), checks.end(), [](const CheckResult& check) { return check.outcome == Outcome::kPassed; }));
}

const CheckResult* LabResult::first_open() const {
  const auto open = std::find_if(checks.begin(), checks.end(),
                                 [](const CheckResult& check) { return check.outcome != Outcome::kPassed; });
  return open == checks.end() ? nullptr : &*open;
}

json to_json(const LabResult& result) {
  json checks = json::array();
  for (const CheckResult& check : result.checks) {
    checks.push_back({{"id", check.id},
                      {"sentence", check.sentence},
                      {"outcome", name_of(check.outcome)},
                      {"score", check.score()},
                      {"points", check.points},
                      {"reason", check.reason},
                      {"hint", check.hint},
                      {"explanation", check.explanation},
                      {"story", check.story},
                      {"output", check.output},
                      {"scenario", check.scenario_file},
                      {"source", check.source_file},
                      {"repeatable", check.repeatable},
                      {"coverage", check.coverage},
                      {"seconds", check.seconds}});
  }
  return {{"format", "sediment/lab-result/v1"},
          {"lab", result.lab},
          {"title", result.title},
          {"file", result.file},
          {"release", result.release},
          {"isolation", result.isolation},
          {"seed", result.seed},
          {"complete", result.complete},
          {"problem", result.problem},
          {"compiler", result.compiler},
          {"score", result.score()},
          {"most", result.most()},
          {"seconds", result.seconds},
          {"checks", checks}};
}

void save(LabResult& result, const std::string& path) {
  try {
    replace_file(path, dump(to_json(result)));
    result.unsaved.clear();
  } catch (const std::runtime_error& error) {
    result.unsaved = error.what();
  }
}

std::string tell(const CheckResult& check, const LabResult& result) {
  constexpr std::size_t kWidth = 66;
  std::string line = check.id + " " + check.sentence + " ";
  const auto continuation = [](char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; };  // of a UTF-8 letter
  const auto letters = line.size() - static_cast<std::size_t>(std::count_if(line.begin(), line.end(), continuation));
  if (letters < kWidth) line.append(kWidth - letters, '.');
  const std::string explanation = check.explanation.empty() ? "" : "  " + check.explanation + "\n";
  switch (check.outcome) {
    case Outcome::kPending: return line + " not run\n";
    case Outcome::kPassed: return line + fmt::format(" ok ({}/{})\n", check.score(), check.points) + explanation;
    case Outcome::kSkipped: return line + fmt::format(" skipped (0/{}): {}\n", check.points, check.reason);
    case Outcome::kNotImplemented:
      if (!explanation.empty()) {
        return line + fmt::format(" NO ANSWER (0/{}): {}\n", check.points, check.reason) + explanation;
      }
      return line + fmt::format(" NOT IMPLEMENTED (0/{}): {}\n", check.points, check.reason);
    case Outcome::kFailed: break;
  }
  std::string text = line + fmt::format(" {} ({}/{})   seed {}\n", check.score() > 0 ? "IN PART" : "FAIL",
                                        check.score(), check.points, result.seed);
  if (!explanation.empty()) {  // an answer is given once: there is nothing to run again
    return text + fmt::format("  ***** {} *****\n", check.reason) + explanation +
           fmt::format("  Hint: {}\n", check.hint);
  }
  // One step is not worth hiding.
  const std::size_t first = check.story.size() > kShownSteps + 1 ? check.story.size() - kShownSteps : 0;
  if (first > 0) text += fmt::format("  ... {} earlier steps\n", first);
  for (std::size_t i = first; i < check.story.size(); ++i)
    text += fmt::format("  {:>3}  {}\n", i + 1, printable(check.story[i]));
  const std::string where = check.story.empty() ? "" : fmt::format("step {}: ", check.story.size());
  text += fmt::format("  ***** {}{} *****\n", where, printable(check.reason));
  if (!check.repeatable) text += "  Not deterministic: the second run of this check ended in another way.\n";
  if (!check.output.empty()) text += "  Your code printed:\n" + indented(printable(check.output), "  | ");
  const CheckResult* earlier = earlier_with_the_same_failure(check, result);
  const std::string same = earlier == nullptr ? "" : fmt::format("the same as in {}: mend that first.", earlier->id);
  text += fmt::format("  Hint: {}\n", earlier == nullptr ? check.hint : same);
  if (!check.source_file.empty()) text += fmt::format("  Watch it:  ./dev lab {} watch {}\n", result.lab, check.id);
  text += fmt::format("  Again:     ./dev lab {} --only {} --seed {}\n", result.lab, check.id, result.seed);
  if (!check.coverage.empty()) {
    std::string reached;
    for (const auto& [name, count] : check.coverage)
      reached += fmt::format("{}{} {}", reached.empty() ? "" : " · ", name, count);
    text += fmt::format("  Coverage:  {}\n", reached);
  }
  return text;
}

std::string tell_heading(const LabResult& result) {
  std::string text = fmt::format("Lab {}: {}   {}\n", result.lab, result.title, result.file);
  if (!result.compiler.empty()) text += indented(printable(result.compiler), "  ");
  if (!result.problem.empty()) text += result.problem + "\n";
  return text;
}

std::string tell_summary(const LabResult& result) {
  std::string text = fmt::format("{} of {} points, {} of {} checks passed, {:.1f} s\n", result.score(), result.most(),
                                 result.passed(), result.checks.size(), result.seconds);
  if (!result.note.empty()) text += "Note: " + result.note + ".\n";
  if (!result.unsaved.empty()) text += "Note: " + result.unsaved + ".\n";
  if (!result.isolation.starts_with("isolated")) text += "Note: " + result.isolation + ".\n";
  return text;
}

std::string export_as(const std::string& format, const LabResult& result) {
  if (format == "json") return dump(to_json(result));
  if (format == "gradescope") return dump(gradescope(result));
  if (format == "classroom50") return dump(classroom50(result));
  if (format == "junit") return junit(result);
  throw std::invalid_argument("there is no format " + format +
                              "; there are text, json, gradescope, classroom50 and junit");
}

}  // namespace sediment::labs
