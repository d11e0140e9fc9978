// Lab 12: fifteen engines, twelve of them wrong. Which, why, and how few operations show it?
#include <fmt/format.h>

#include <chrono>
#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <stdexcept>

#include "labs/12_bug_hunt/engines.h"
#include "labs/12_bug_hunt/hunt.h"
#include "labs/12_bug_hunt/pool.h"
#include "labs/grader/files.h"
#include "labs/grader/own_lab.h"
#include "sim/base/json_reader.h"
#include "sim/base/plural.h"

namespace sediment::labs {

namespace {

namespace fs = std::filesystem;

constexpr const char* kAnswers = "answers.json";
constexpr const char* kRight = "right";

// Of the points of a check.
constexpr int kForKilling = 2;
constexpr int kForNaming = 2;
constexpr int kForLength = 2;  // none for twice as many operations as are needed
constexpr int kForRight = kForKilling + kForNaming + kForLength;
constexpr int kForFalseAlarm = -3;

// In place of the hint of the check, which is an experiment to find a scenario with.
constexpr const char* kHintTooLong =
    "Leave out one step, and `try` again: does the engine still fail where a right one passes? An option, such as a "
    "smaller segment_size, can save a step, too.";
constexpr const char* kHintOtherBug =
    "Which other bugs of the list would fail your scenario at the same step? Write a scenario that only one of them "
    "fails, and `try` it.";

int for_length(std::size_t steps, std::size_t shortest) {
  if (steps <= shortest) return kForLength;
  return steps <= shortest + 2 ? kForLength - 1 : 0;
}

using Answers = std::map<std::string, std::string>;  // by letter

// Throws std::invalid_argument.
Answers read_answers(const std::string& path, const Bugs& bugs) {
  const Result<std::string> text = sim::read_text_file(path);
  if (!text.ok()) throw std::invalid_argument(text.status().to_string());
  const Result<nlohmann::json> json = sim::parse_json(*text);
  if (!json.ok() || !json->is_object()) throw std::invalid_argument(path + " is not a JSON object");
  Answers answers;
  for (std::size_t i = 0; i < kHunted; ++i) answers[letter_of(i)];
  for (const auto& [letter, answer] : json->items()) {
    if (!answers.contains(letter)) throw std::invalid_argument(fmt::format("{}: there is no engine {}", path, letter));
    if (!answer.is_string()) {
      throw std::invalid_argument(fmt::format("{}: the answer for {} must be in quotes", path, letter));
    }
    answers[letter] = answer.get<std::string>();
    if (!answers[letter].empty() && answers[letter] != kRight && !bugs.contains(answers[letter])) {
      throw std::invalid_argument(
          fmt::format("{}: there is no bug \"{}\"; README.md lists them", path, answers[letter]));
    }
  }
  return answers;
}

void fail(CheckResult* check, std::string reason) {
  check->outcome = Outcome::kFailed;
  check->reason = std::move(reason);
}

// What a scenario does with an engine, if the check's answer asks for that: the number of its steps if it kills the engine.
// Otherwise the check is decided.
std::optional<std::size_t> steps_that_kill(const std::function<Program()>& program, const std::string& answer,
                                           const std::string& scenario_file, CheckResult* check) {
  const auto decided = [&](std::string reason) {
    fail(check, std::move(reason));
    return std::nullopt;
  };
  std::error_code error;
  if (!fs::exists(scenario_file, error)) {
    if (!answer.empty()) return decided("a bug is named, but no scenario shows it: " + scenario_file + " is missing");
    check->outcome = Outcome::kNotImplemented;
    check->reason = "there is no answer";
    return std::nullopt;
  }
  sim::Scenario scenario;
  try {
    scenario = read_hunt_scenario(scenario_file);
  } catch (const std::invalid_argument& unusable) {
    return decided(unusable.what());
  }
  const Verdict verdict = judge(program(), scenario);
  for (const sim::Step& step : scenario.steps) check->story.push_back(sim::to_string(step));
  if (!verdict.killed) return decided("the scenario should tell this engine from a right one: " + verdict.why);
  return scenario.steps.size();
}

void judge_right(const std::string& answer, CheckResult* check) {
  if (answer == kRight) {
    check->outcome = Outcome::kPassed;
  } else if (answer.empty()) {
    check->outcome = Outcome::kNotImplemented;
    check->reason = "there is no answer";
  } else {
    fail(check, "a false alarm: nothing is wrong with this engine");
    check->earned = kForFalseAlarm;
  }
}

void judge_wrong(const PooledEngine& engine, const std::string& answer, const std::string& scenario_file,
                 const Inputs& inputs, CheckResult* check) {
  if (answer == kRight) return fail(check, "this engine is not right");
  const auto program = [&] { return program_of(engine, inputs); };
  const std::optional<std::size_t> killed = steps_that_kill(program, answer, scenario_file, check);
  if (!killed) return;
  const std::size_t steps = *killed;
  const std::size_t shortest = engine.shortest.steps.size();
  const bool named = answer == engine.bug;
  const int earned = kForKilling + for_length(steps, shortest) + (named ? kForNaming : 0);
  if (earned == check->points) {
    check->outcome = Outcome::kPassed;
    return;
  }
  std::string missing;
  if (steps > shortest) missing = fmt::format("{} are enough", sim::plural(shortest, "operation"));
  if (!named)
    missing +=
        std::string(missing.empty() ? "" : "; ") + (answer.empty() ? "no bug is named" : "the bug is another one");
  fail(check, fmt::format("killed with {}; {}", sim::plural(steps, "operation"), missing));
  check->earned = earned;
  check->hint = steps > shortest ? kHintTooLong : kHintOtherBug;
}

// A program that a student was given shows whether it is killed. What bug it has, how few operations are enough, and whether
// an engine is right, only the key says.
void judge_without_key(const Program& program, const std::string& answer, const std::string& scenario_file,
                       CheckResult* check) {
  if (answer == kRight) {
    check->outcome = Outcome::kSkipped;
    check->reason = "you call it right; only the key says whether it is";
    return;
  }
  const std::optional<std::size_t> killed = steps_that_kill([&] { return program; }, answer, scenario_file, check);
  if (check->outcome == Outcome::kNotImplemented) return;
  check->explanation = "Without the key, this is all that can be seen.";
  if (!killed) return;
  fail(check, fmt::format("killed with {}; {}", sim::plural(*killed, "operation"),
                          answer.empty() ? "no bug is named" : "you name " + answer));
  check->earned = kForKilling;
  check->hint = kHintTooLong;
}

class BugHunt final : public OwnLab {
 public:
  std::string file() const override { return std::string("hunt/") + kAnswers; }
  bool takes_programs() const override { return true; }

  LabResult grade(const Lab& lab, const Inputs& inputs, const GradeOptions& options,
                  const Report& report) const override {
    const auto start = std::chrono::steady_clock::now();
    LabResult result = ungraded(lab, inputs, options);
    const auto keep = [&] {
      result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (!options.result_file.empty()) save(result, options.result_file);
    };
    keep();
    const bool with_key = options.programs.empty();
    const std::vector<PooledEngine> engines =
        with_key ? draw_engines(read_pool(lab_folder(lab, inputs)), options.seed) : std::vector<PooledEngine>();
    if (!with_key) {
      result.note = fmt::format(
          "this shows which engines your scenarios kill, at most {} of {} points each. Your instructor, who has the "
          "key, grades the rest",
          kForKilling, kForRight);
    }
    Answers answers;
    try {
      answers = read_answers(result.file, read_bugs(lab_folder(lab, inputs)));
    } catch (const std::invalid_argument& unusable) {
      result.problem = unusable.what();
      for (CheckResult& check : result.checks) fail(&check, result.problem);
    }
    if (report) report(result, nullptr);
    for (CheckResult& check : result.checks) {
      if (!result.problem.empty()) break;
      const std::size_t position = position_of(lab, check.id);
      const std::string letter = letter_of(position);
      const std::string& answer = answers[letter];
      const std::string scenario = scenario_file(result.file, letter);
      if (!with_key) {
        judge_without_key(given_program(options.programs, letter), answer, scenario, &check);
      } else if (engines[position].bug.empty()) {
        judge_right(answer, &check);
      } else {
        judge_wrong(engines[position], answer, scenario, inputs, &check);
      }
      keep();
      if (report) report(result, &check);
    }
    result.complete = true;
    keep();
    return result;
  }

  sim::Trace watched(const std::string& /*stories*/) const override {
    throw std::invalid_argument("lab 12 shows a scenario with ./dev lab 12 try A hunt/A.json");
  }
  std::string told(const sim::Trace& /*trace*/) const override { return {}; }

  std::string run(const Lab& lab, const Inputs& inputs, const OwnCommand& command) const override {
    const std::vector<std::string>& words = command.words;
    if (command.name == "try" && words.size() == 2) return try_scenario(lab, inputs, command);
    if (command.name == "programs" && words.size() == 1) return make_programs(lab, inputs, command);
    throw std::invalid_argument("lab 12 has try ENGINE SCENARIO [--programs FOLDER], and programs FOLDER");
  }

  std::vector<std::string> verify(const Lab& lab, const Inputs& inputs, const std::vector<std::uint64_t>& seeds,
                                  const Told& told) const override;

 private:
  static std::string lab_folder(const Lab& lab, const Inputs& inputs) { return inputs.root + "/labs/" + lab.folder; }

  static std::size_t position_of(const Lab& lab, const std::string& id) {
    std::size_t position = 0;
    while (lab.checks.at(position).id != id) ++position;
    return position;
  }

  // Beside the answers, or in hunt/ there.
  static std::string scenario_file(const std::string& answers_file, const std::string& letter) {
    const fs::path folder = fs::path(answers_file).parent_path();
    const fs::path below = folder / "hunt";
    return ((fs::is_directory(below) ? below : folder) / (letter + ".json")).string();
  }

  // One of those that a student was given.
  static Program given_program(const std::string& folder, const std::string& letter) {
    const fs::path path = fs::absolute(fs::path(folder) / letter);
    std::error_code error;
    if (!fs::exists(path, error)) throw std::invalid_argument("there is no program " + path.string());
    return {path.string(), false};
  }

  static std::string try_scenario(const Lab& lab, const Inputs& inputs, const OwnCommand& command) {
    const std::string& letter = command.words[0];
    if (letter.size() != 1 || letter[0] < 'A' || letter[0] >= 'A' + static_cast<int>(kHunted)) {
      throw std::invalid_argument("there is no engine " + letter + "; they are called A to " + letter_of(kHunted - 1));
    }
    // As it was typed, or as seen from the lab's folder.
    std::error_code error;
    const std::string in_lab = lab_folder(lab, inputs) + "/" + command.words[1];
    const sim::Scenario scenario = read_hunt_scenario(fs::exists(command.words[1], error) ? command.words[1] : in_lab);
    Program program;
    if (command.programs.empty()) {
      const Pool pool = read_pool(lab_folder(lab, inputs));
      program = program_of(draw_engines(pool, command.seed)[static_cast<std::size_t>(letter[0] - 'A')], inputs);
    } else {
      program = given_program(command.programs, letter);
    }
    const Course course = course_of(program, scenario);
    return fmt::format("Engine {}, {}\n{}", letter, sim::plural(scenario.steps.size(), "operation"),
                       tell_courses(scenario, course, course_of_the_reference(scenario)));
  }

  static std::string make_programs(const Lab& lab, const Inputs& inputs, const OwnCommand& command) {
    const std::string& out = command.words[0];
    const std::vector<PooledEngine> engines = draw_engines(read_pool(lab_folder(lab, inputs)), command.seed);
    fs::create_directories(out);
    for (std::size_t i = 0; i < engines.size(); ++i) {
      build_for_students(engines[i], inputs, command.seed * kHunted + i, out + "/" + letter_of(i));
    }
    return fmt::format("{}: the engines A to {} of seed {}. Keep the seed to yourself.\n", out, letter_of(kHunted - 1),
                       command.seed);
  }
};

// What a student hands in, in a folder of its own.
class HandedIn {
 public:
  HandedIn(std::string folder, const std::vector<PooledEngine>& engines) : folder_(std::move(folder)) {
    fs::create_directories(folder_);
    for (std::size_t i = 0; i < engines.size(); ++i) {
      answers[letter_of(i)] = engines[i].bug.empty() ? kRight : engines[i].bug;
      set_scenario(letter_of(i), engines[i].shortest);
    }
  }
  void set_scenario(const std::string& letter, const sim::Scenario& scenario) const {
    const std::string path = folder_ + "/" + letter + ".json";
    fs::remove(path);
    if (!scenario.steps.empty() && !sim::write_scenario(scenario, path).ok()) {
      throw std::runtime_error(path + " cannot be written");
    }
  }
  // Writes the answers, and returns the file.
  std::string file() const {
    write_file(folder_ + "/" + kAnswers, nlohmann::json(answers).dump());
    return folder_ + "/" + kAnswers;
  }

  Answers answers;  // NOLINT(misc-non-private-member-variables-in-classes): each check changes what it likes

 private:
  std::string folder_;
};

std::vector<std::string> BugHunt::verify(const Lab& lab, const Inputs& inputs, const std::vector<std::uint64_t>& seeds,
                                         const Told& told) const {
  std::vector<std::string> wrong;
  const auto say = [&](const std::string& name, const std::string& what, bool holds) {
    told(fmt::format("lab {:<2} {:<44} {}{}", lab.number, name, what, holds ? "" : "   <-- must not be"));
    if (!holds) wrong.push_back(fmt::format("lab {}, {}: {}", lab.number, name, what));
  };
  const Pool pool = read_pool(lab_folder(lab, inputs));

  // The pool: each kept scenario kills its engine, and none that is right.
  for (const PooledEngine& engine : pool.wrong) {
    const Verdict verdict = judge(program_of(engine, inputs), engine.shortest);
    say(engine.file,
        fmt::format("{}: {}", sim::plural(engine.shortest.steps.size(), "operation"), verdict.why.substr(0, 90)),
        verdict.killed && pool.bugs.contains(engine.bug));
  }
  for (const PooledEngine& engine : pool.right) {
    std::string killed_by;
    for (const PooledEngine& other : pool.wrong) {
      if (judge(program_of(engine, inputs), other.shortest).killed) killed_by += " " + other.bug;
    }
    say(engine.file, killed_by.empty() ? "passes all of them" : "is killed by that of" + killed_by, killed_by.empty());
  }
  std::set<std::string> names;
  for (const PooledEngine& engine : pool.wrong) names.insert(engine.bug);
  say("the list of bugs", fmt::format("{} engines, {} decoys", names.size(), pool.bugs.size() - names.size()),
      names.size() == pool.wrong.size() && pool.bugs.size() >= names.size() + 6);

  // The marks.
  const BuildFolder own(inputs, lab.folder + "-verify");
  const auto graded = [&](const HandedIn& handed_in, std::uint64_t seed) {
    return this->grade(lab, inputs, {.file = handed_in.file(), .seed = seed}, {});
  };
  std::set<std::string> hunts;
  for (const std::uint64_t seed : seeds) {
    const std::string name = fmt::format("seed {}", seed);
    const std::vector<PooledEngine> engines = draw_engines(pool, seed);
    std::string hunt;
    for (const PooledEngine& engine : engines) hunt += engine.file + " ";
    hunts.insert(hunt);
    HandedIn handed_in(own.path() + "/" + std::to_string(seed), engines);
    const LabResult key = graded(handed_in, seed);
    say(name, fmt::format("the key: {} of {} points", key.score(), key.most()), key.score() == key.most());
    const Answers answers = handed_in.answers;
    for (auto& [letter, answer] : handed_in.answers) answer = kRight;
    const LabResult all_right = graded(handed_in, seed);
    say(name, fmt::format("\"right\" for all: {} points", all_right.score()),
        all_right.score() == kForRight * static_cast<int>(kRightEngines));
    for (auto& [letter, answer] : handed_in.answers) answer = pool.bugs.begin()->first;
    for (std::size_t i = 0; i < kHunted; ++i) handed_in.set_scenario(letter_of(i), {});
    const LabResult all_wrong = graded(handed_in, seed);
    say(name, fmt::format("a bug for all, and no scenario: {} points", all_wrong.score()), all_wrong.score() == 0);
  }
  say("hunts of other seeds", fmt::format("{} different of {}", hunts.size(), seeds.size()),
      hunts.size() == seeds.size());

  // One mistake costs points of its own check only.
  const std::uint64_t seed = seeds.front();
  const std::vector<PooledEngine> engines = draw_engines(pool, seed);
  const HandedIn key(own.path() + "/one", engines);
  for (std::size_t i = 0; i < kHunted; ++i) {
    HandedIn handed_in = key;
    const bool right = engines[i].bug.empty();
    std::string& answer = handed_in.answers[letter_of(i)];
    answer = pool.bugs.begin()->first == answer ? pool.bugs.rbegin()->first : pool.bugs.begin()->first;
    const LabResult result = graded(handed_in, seed);
    std::string open;
    for (const CheckResult& check : result.checks) {
      if (check.outcome != Outcome::kPassed) open += (open.empty() ? "" : ", ") + check.id;
    }
    const int lost = right ? kForRight - kForFalseAlarm : kForNaming;
    say("another bug for " + letter_of(i), fmt::format("{} loses {}", open, result.most() - result.score()),
        open == lab.checks[i].id && result.most() - result.score() == lost);
  }
  return wrong;
}

}  // namespace

const OwnLab& bug_hunt() {
  static const BugHunt lab;
  return lab;
}

}  // namespace sediment::labs
