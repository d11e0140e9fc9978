#include "labs/grader/grade.h"

#include <fmt/format.h>

#include <array>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <fstream>

#include "labs/grader/remote_store.h"
#include "sim/run/runner.h"

namespace sediment::labs {

namespace {

using Clock = std::chrono::steady_clock;

// A loop that does not end is often one that every check runs into, and each takes the whole limit.
constexpr int kMostEndlessChecks = 2;

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

// One run of a check.
struct Attempt {
  Outcome outcome = Outcome::kPassed;
  std::string reason;
  std::string output;
  CheckRun run;
  bool took_too_long = false;

  bool same_as(const Attempt& other) const {
    return outcome == other.outcome && run.story == other.run.story && (reason == other.reason || !output.empty());
  }
};

// What the checks of one file need besides the seed.
struct Setting {
  Build build;
  const sim::StoreKind* kind = nullptr;
  std::string break_folder;
  std::string lab_folder;
  std::function<Build(const std::string&)> build_other;
};

Attempt attempt(const Check& check, const Setting& setting, std::uint64_t seed) {
  Attempt attempt{Outcome::kPassed, {}, {}, CheckRun(setting.build, seed)};
  attempt.run.kind = setting.kind;
  attempt.run.break_folder = setting.break_folder;
  attempt.run.lab_folder = setting.lab_folder;
  attempt.run.build_other = setting.build_other;
  try {
    check.run(attempt.run);
    for (const std::string& name : check.must_reach) {
      if (attempt.run.coverage[name] == 0) {
        attempt.outcome = Outcome::kFailed;
        attempt.reason = "the check did not reach its case (" + name + "): this is an error of the grader";
      }
    }
  } catch (const CheckFailed& failed) {
    attempt.outcome = Outcome::kFailed;
    attempt.reason = failed.what();
  } catch (const BuildFailed& failed) {  // of another file than the student's
    throw std::runtime_error(std::string(failed.what()) + "\n" + failed.output());
  } catch (const ProcessEnded& ended) {
    const bool open = ended.why() == ProcessEnded::Why::kNotImplemented;
    attempt.outcome = open ? Outcome::kNotImplemented : Outcome::kFailed;
    attempt.reason = ended.what();
    attempt.output = ended.output();
    attempt.took_too_long = ended.why() == ProcessEnded::Why::kTookTooLong;
  }
  return attempt;
}

// Runs a scenario with the student's component and saves its trace. Returns how it ended.
std::string save_trace_of(const Lab& lab, const Build& build, const sim::Scenario& scenario, const std::string& file) {
  const sim::StoreKind kind = remote_kind(*lab.kind, build.with_addresses);
  sim::Runner runner(scenario, kind);
  std::string end;
  try {
    const sim::StepReport last = runner.run();
    end = (last.passed ? "it passes: " : "it fails at \"" + sim::to_string(last.step) + "\": ") + last.outcome;
  } catch (const ProcessEnded& ended) {  // the trace ends where the process ended
    end = ended.what();
  }
  std::ofstream out(file, std::ios::binary | std::ios::trunc);
  sim::save_trace(runner.trace(), out);
  if (!out.flush()) throw std::runtime_error(file + " cannot be written");
  return end;
}

// The scenario that fails and its trace. What goes wrong here is no reason to lose the result.
void save_story(const Lab& lab, const Attempt& failed, const Build& build, const std::string& folder,
                CheckResult* result) {
  const bool can_be_watched = lab.kind != nullptr && lab.kind->name == sim::kEngineName;
  if (folder.empty() || !can_be_watched || failed.run.scenario.steps.empty()) return;
  const std::string start = folder + "/" + result->id;
  sim::Scenario scenario = failed.run.scenario;
  scenario.title = result->id + ": " + result->sentence;
  try {
    if (!write_scenario(scenario, start + ".json").ok()) return;
    result->scenario_file = start + ".json";
    (void)save_trace_of(lab, build, scenario, start + ".jsonl");
    result->trace_file = start + ".jsonl";
  } catch (const std::runtime_error&) {
  }
}

Setting setting_of(const Lab& lab, const Inputs& inputs, const std::string& file, const std::string& folder) {
  Setting setting;
  setting.kind = lab.kind;
  setting.break_folder = (std::filesystem::path(file).parent_path() / "break").string();
  setting.lab_folder = inputs.root + "/labs/" + lab.folder;
  setting.build_other = [&lab, &inputs, folder](const std::string& other) {
    std::string warnings;
    return build_component(lab, inputs, other, folder + "/other", &warnings);
  };
  return setting;
}

// The commit, and "unknown" outside of a git tree.
std::string version_of(const std::string& root) {
  FILE* const pipe =
      ::popen(fmt::format("git --git-dir='{}/.git' rev-parse --short=12 HEAD 2>/dev/null", root).c_str(), "r");
  if (pipe == nullptr) return "unknown";
  std::array<char, 64> line{};
  const bool known = std::fgets(line.data(), line.size(), pipe) != nullptr;
  ::pclose(pipe);
  const std::string commit(line.data());
  return known ? commit.substr(0, commit.find('\n')) : "unknown";
}

const Check& check_of(const Lab& lab, const std::string& id) {
  for (const Check& check : lab.checks) {
    if (check.id == id) return check;
  }
  throw std::invalid_argument(fmt::format("lab {} has no check {}; it has {} to {}", lab.number, id,
                                          lab.checks.front().id, lab.checks.back().id));
}

}  // namespace

std::string student_file(const Lab& lab, const Inputs& inputs) {
  return inputs.root + "/labs/" + lab.folder + "/" + lab.file();
}

bool debug(const Lab& lab, const Inputs& inputs, const GradeOptions& options) {
  const std::string file = options.file.empty() ? student_file(lab, inputs) : options.file;
  const Check& check = check_of(lab, options.only);
  const BuildFolder folder(inputs, lab.folder);
  Setting setting = setting_of(lab, inputs, file, folder.path());
  std::string warnings;
  setting.build = build_component(lab, inputs, file, folder.path() + "/own", &warnings);

  count_again();
  const Attempt failed = attempt(check, setting, options.seed);
  if (failed.outcome == Outcome::kPassed) return false;
  const Position at = last_position();
  fmt::print("{} fails at step {}: {}\n", check.id, failed.run.story.size(), failed.reason);
  std::fflush(stdout);
  // Up to that request, and then to the first of the student's functions that is called.
  count_again(at, {"gdb", "-q", "-ex", "break sediment::labs::request_begins", "-ex",
                   fmt::format("ignore 1 {}", at.request - 1), "-ex", "run", "-ex", "delete 1", "-ex",
                   fmt::format("rbreak {}:.", lab.file()), "-ex", "continue", "--args"});
  (void)attempt(check, setting, options.seed);
  count_again();
  return true;
}

std::string trace(const Lab& lab, const Inputs& inputs, const GradeOptions& options, const std::string& scenario_file,
                  const std::string& trace_file) {
  if (lab.kind == nullptr) throw std::invalid_argument(fmt::format("lab {} has no store to watch", lab.number));
  const Result<sim::Scenario> scenario = sim::read_scenario(scenario_file);
  if (!scenario.ok()) throw std::invalid_argument(scenario.status().to_string());
  const std::string file = options.file.empty() ? student_file(lab, inputs) : options.file;
  const BuildFolder folder(inputs, lab.folder);
  std::string warnings;
  return save_trace_of(lab, build_component(lab, inputs, file, folder.path(), &warnings), *scenario, trace_file);
}

LabResult grade(const Lab& lab, const Inputs& inputs, const GradeOptions& options, const Report& report) {
  const Clock::time_point start = Clock::now();
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
  Setting setting = setting_of(lab, inputs, result.file, folder.path());
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
          ++endless_checks;
          endless += (endless.empty() ? "" : " and ") + entry.id;
        } else {
          entry.repeatable = attempt(check, setting, options.seed).same_as(first);
        }
        save_story(lab, first, setting.build, options.stories, &entry);
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
