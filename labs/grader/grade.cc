#include "labs/grader/grade.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "labs/grader/attempt.h"
#include "labs/grader/files.h"
#include "labs/grader/own_lab.h"
#include "labs/grader/watch.h"

namespace sediment::labs {

namespace {

using Clock = std::chrono::steady_clock;

// A loop that does not end is often one that every check runs into, and each takes the whole limit.
constexpr int kMostEndlessChecks = 2;

constexpr const char* kHintIfEndless =
    "Most likely, a loop of yours does not end. Which value should change each time round? Does it still do so at the "
    "end of the file, or when a table is full?";

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// What watching the failure takes: the file as it was graded, for the student will go on editing, and the scenario that
// fails. What goes wrong here is no reason to lose the result.
void save_story(const Lab& lab, const Attempt& failed, const LabResult& graded, const std::string& source,
                const std::string& folder, CheckResult* result) {
  if (folder.empty()) return;
  try {
    if (lab.kind != nullptr && !failed.run.scenario.steps.empty()) {
      sim::Scenario scenario = failed.run.scenario;
      scenario.title = result->id + ": " + result->sentence;
      const std::string path = folder + "/" + result->id + ".json";
      if (write_scenario(scenario, path).ok()) result->scenario_file = path;
    }
    result->source_file = save_graded(folder, result->id, {source, graded.file, graded.seed});
  } catch (const std::runtime_error&) {
  }
}

// gdb tells of every breakpoint, asks what to do where a function is not there yet, and would ask for a server of debugging
// information. The student is to see the stop, and nothing before it.
std::vector<std::string> gdb_up_to(std::uint64_t request, const std::string& file) {
  const auto quietly = [](const std::string& command) { return fmt::format("pipe {} | cat >/dev/null", command); };
  std::vector<std::string> words{
      "gdb", "-q", "-iex", "set breakpoint pending on", "-iex", "set print thread-events off"};
  for (const std::string& command :
       {quietly("break sediment::labs::request_begins"), quietly(fmt::format("ignore 1 {}", request - 1)),
        quietly("run"), std::string("delete 1"), std::string("set breakpoint pending off"),
        quietly(fmt::format("rbreak {}:.", file)), std::string("set breakpoint pending auto"),
        std::string("continue")}) {
    words.insert(words.end(), {"-ex", command});
  }
  words.emplace_back("--args");
  return words;
}

}  // namespace

std::string version_of(const std::string& root) {
  FILE* const pipe =
      ::popen(fmt::format("git --git-dir='{}/.git' rev-parse --short=12 HEAD 2>/dev/null", root).c_str(), "r");
  if (pipe == nullptr) return "unknown";
  std::array<char, 64> line{};
  const bool known = std::fgets(line.data(), line.size(), pipe) != nullptr;
  ::pclose(pipe);
  std::string commit = known ? line.data() : "unknown";
  const std::string told = root + "/release.txt";  // of a copy that was made for students or a service
  if (!known && std::filesystem::is_regular_file(told)) commit = read_file(told);
  return commit.substr(0, commit.find('\n'));
}

std::string student_file(const Lab& lab, const Inputs& inputs) {
  return inputs.root + "/labs/" + lab.folder + "/" + lab.file();
}

bool debug(const Lab& lab, const Inputs& inputs, const GradeOptions& options) {
  const std::string file = options.file.empty() ? student_file(lab, inputs) : options.file;
  const Check& check = check_of(lab, options.only);
  const BuildFolder folder(inputs, lab.folder);
  Setting setting = setting_of(lab, inputs, file, folder.path(), true);
  std::string warnings;
  setting.build = build_component(lab, inputs, file, folder.path() + "/own", &warnings);

  count_again();
  const Attempt failed = attempt(check, setting, options.seed);
  if (failed.outcome == Outcome::kPassed) return false;
  const Position at = last_position();
  fmt::print("{} fails at step {}: {}\n", check.id, failed.run.story.size(), failed.reason);
  std::fflush(stdout);
  // Up to that request, and then to the first of the student's functions that is called.
  count_again(at, gdb_up_to(at.request, lab.file()));
  (void)attempt(check, setting, options.seed);
  count_again();
  return true;
}

LabResult ungraded(const Lab& lab, const Inputs& inputs, const GradeOptions& options) {
  LabResult result;
  result.lab = lab.number;
  result.title = lab.title;
  result.file = options.file.empty() ? student_file(lab, inputs) : options.file;
  result.release = version_of(inputs.root);
  result.isolation = isolation();
  result.seed = options.seed;
  if (!options.only.empty()) (void)check_of(lab, options.only);  // a wrong id is told before the work
  for (const Check& check : lab.checks) {
    if (!options.only.empty() && check.id != options.only) continue;
    CheckResult& entry = result.checks.emplace_back();
    entry.id = check.id;
    entry.sentence = check.sentence;
    entry.points = check.points;
    entry.hint = check.hint;
  }
  return result;
}

LabResult grade(const Lab& lab, const Inputs& inputs, const GradeOptions& options, const Report& report) {
  if (!options.programs.empty() && (lab.own == nullptr || !lab.own->takes_programs())) {
    throw std::invalid_argument(fmt::format("lab {} has no programs: --programs is for lab 12", lab.number));
  }
  if (lab.own != nullptr) return lab.own->grade(lab, inputs, options, report);
  const Clock::time_point start = Clock::now();
  LabResult result = ungraded(lab, inputs, options);
  const auto keep = [&] {
    result.seconds = seconds_since(start);
    if (!options.result_file.empty()) save(result, options.result_file);
  };
  const auto finish = [&]() -> LabResult& {
    result.complete = true;
    keep();
    return result;
  };
  keep();

  const BuildFolder folder(inputs, lab.folder);
  Setting setting = setting_of(lab, inputs, result.file, folder.path(), options.breaks_in_lab);
  std::error_code error;
  if (!options.file.empty() && setting.break_folder == setting.lab_folder + "/break" &&
      std::filesystem::is_directory(setting.break_folder, error)) {
    result.note = "the scenarios of \"Break it\" are those in " + setting.break_folder;
  }
  try {
    setting.build = options.build != nullptr
                        ? *options.build
                        : build_component(lab, inputs, result.file, folder.path() + "/own", &result.compiler);
  } catch (const BuildFailed& failed) {
    result.problem = failed.what();
    result.compiler = failed.why() == BuildFailed::Why::kNotImplemented ? "" : failed.output();
    for (CheckResult& check : result.checks) {
      const bool open = failed.why() == BuildFailed::Why::kNotImplemented;
      check.outcome = open ? Outcome::kNotImplemented : Outcome::kFailed;
      check.reason = failed.what();
    }
    if (report) report(result, nullptr);
    return finish();
  }
  if (report) report(result, nullptr);

  std::string broken;   // the first check that did not pass
  std::string endless;  // those that took too long
  int endless_checks = 0;
  for (CheckResult& entry : result.checks) {
    const Check& check = check_of(lab, entry.id);
    const Clock::time_point began = Clock::now();
    if (!broken.empty() && (check.needs_all_before || options.stop_at_failure)) {
      entry.outcome = Outcome::kSkipped;
      entry.reason = broken + " must pass first";
    } else if (endless_checks == kMostEndlessChecks) {
      entry.outcome = Outcome::kSkipped;
      entry.reason = endless + " took too long, and must pass first";
    } else {
      Attempt first = attempt(check, setting, options.seed);
      entry.outcome = first.outcome;
      entry.reason = first.reason;
      entry.output = first.output;
      entry.coverage = first.run.coverage;
      if (first.outcome != Outcome::kPassed) entry.story = first.run.story;
      if (first.outcome == Outcome::kFailed) {
        // Whether it always fails so. What took too long would take as long again.
        if (first.took_too_long) {
          entry.hint = kHintIfEndless;
          ++endless_checks;
          endless += (endless.empty() ? "" : " and ") + entry.id;
        } else {
          entry.repeatable = attempt(check, setting, options.seed).same_as(first);
        }
        save_story(lab, first, result, folder.path() + "/own/" + lab.file(), options.stories, &entry);
      }
    }
    if (entry.outcome != Outcome::kPassed && broken.empty()) broken = entry.id;
    entry.seconds = seconds_since(began);
    keep();
    if (report) report(result, &entry);
  }
  return finish();
}

}  // namespace sediment::labs
