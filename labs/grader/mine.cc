#include "labs/grader/mine.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <thread>

#include "labs/grader/files.h"
#include "labs/grader/grade.h"
#include "labs/grader/joint_build.h"
#include "labs/grader/trials.h"

namespace sediment::labs {

namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

constexpr unsigned kMostJobs = 8;  // each may take a gigabyte of memory

double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

std::string file_of(const Lab& lab, const Inputs& inputs, const std::string& folder) {
  if (folder.empty()) return student_file(lab, inputs);
  for (const std::string& name : {lab.folder + "/" + lab.file(), lab.file()}) {
    if (const fs::path file = fs::path(folder) / name; fs::is_regular_file(file)) return file.string();
  }
  return {};
}

// The function that is still as in the starter; empty if none is.
std::string unwritten_function(const std::string& source) {
  constexpr std::string_view kCall = "not_implemented(\"";
  for (const std::string& line : lines_of(source)) {
    const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
    if (line.compare(begin, kCall.size(), kCall) != 0) continue;
    return line.substr(begin + kCall.size(), line.find('"', begin + kCall.size()) - begin - kCall.size());
  }
  return {};
}

Ownership ownership(const Lab& lab, const Inputs& inputs, const std::string& folder) {
  Ownership component{lab.number, lab.title, file_of(lab, inputs, folder), lab.kind->name, {}};
  if (component.file.empty() || !fs::is_regular_file(component.file)) {
    component.not_yours = "there is no " + lab.file();
  } else if (const std::string function = unwritten_function(read_file(component.file)); !function.empty()) {
    component.not_yours = function + " is still to be written";
  }
  return component;
}

// The text that the demo counts the words of: the pages of the project that are there.
std::string pages(const std::string& root) {
  std::vector<fs::path> files;
  for (const char* folder : {"", "/docs", "/labs"}) {
    std::error_code error;
    for (const auto& entry : fs::directory_iterator(root + folder, error)) {
      if (entry.path().extension() == ".md") files.push_back(entry.path());
      if (entry.is_directory() && fs::is_regular_file(entry.path() / "README.md") &&
          std::string_view(folder) == "/labs") {
        files.push_back(entry.path() / "README.md");
      }
    }
  }
  std::sort(files.begin(), files.end());
  std::string text;
  for (const fs::path& file : files) text += read_file(file.string()) + "\n";
  constexpr std::size_t kMost = std::size_t{1} << 20;
  return text.substr(0, kMost);
}

// One store: the components of its kind that are the student's, and what it is tried with.
class StoreOfMine {
 public:
  StoreOfMine(const sim::StoreKind& kind, const Inputs& inputs, const std::vector<Part>& parts,
              const std::string& folder)
      : kind_(kind), build_(inputs, parts, folder + "/" + kind.name) {
    for (const Part& part : parts) mine_.insert(part.lab->number);
    (void)build_.link(mine_);  // what cannot be linked is told before anything runs
  }

  void try_all(const TrialOptions& options, const std::string& scenarios, MineResult* result,
               const MineReport& report) {
    for (const std::unique_ptr<Trial>& trial : trials_of(kind_, options)) {
      const Clock::time_point start = Clock::now();
      Tried tried;
      tried.store = kind_.name;
      tried.name = trial->name();
      tried.sentence = trial->sentence();
      run(*trial, scenarios, &tried, report);
      tried.seconds = seconds_since(start);
      if (report.tried) report.tried(tried);
      result->tried.push_back(std::move(tried));
    }
  }

 private:
  void run(Trial& trial, const std::string& scenarios, Tried* tried, const MineReport& report) {
    std::set<int> mine = mine_;
    while (!mine.empty()) {
      const auto failure = trial.go_on(build_.link(mine), [&](double done) {
        if (report.progressed) report.progressed(*tried, done);
      });
      if (!failure) {
        tried->reached = trial.reached();
        break;
      }
      Breakage& breakage = tried->breakages.emplace_back();
      breakage.reason = failure->reason;
      breakage.output = failure->output;
      breakage.story = failure->story;
      breakage.culprits = find_culprits(mine, [&](const std::set<int>& replaced) {
        std::set<int> others;
        std::set_difference(mine.begin(), mine.end(), replaced.begin(), replaced.end(),
                            std::inserter(others, others.end()));
        return failure->passes(build_.link(others));
      });
      if (!scenarios.empty() && !failure->scenario.steps.empty()) {
        sim::Scenario scenario = failure->scenario;
        scenario.title = fmt::format("{}: {}", tried->name, tried->sentence);
        const std::string path =
            fmt::format("{}/{}-{}-{}.json", scenarios, kind_.name, tried->name, tried->breakages.size());
        if (write_scenario(scenario, path).ok()) breakage.scenario_file = path;
      }
      if (breakage.culprits.replaced.empty()) break;  // it would fail again
      for (const int lab : breakage.culprits.replaced.front()) mine.erase(lab);
    }
    tried->skipped = mine_.empty();
    mine_ = mine;
  }

  const sim::StoreKind& kind_;
  JointBuild build_;
  std::set<int> mine_;  // labs whose component is the student's, and has broken nothing so far
};

}  // namespace

bool MineResult::passed() const {
  const bool yours = std::any_of(components.begin(), components.end(),
                                 [](const Ownership& component) { return component.not_yours.empty(); });
  return yours && complete && problem.empty() &&
         std::all_of(tried.begin(), tried.end(), [](const Tried& each) { return each.breakages.empty(); });
}

MineResult try_mine(const std::vector<Lab>& labs, const Inputs& inputs, const MineOptions& options,
                    const MineReport& report) {
  const Clock::time_point start = Clock::now();
  MineResult result;
  result.seed = options.seed;
  result.release = version_of(inputs.root);
  result.isolation = isolation();
  if (!options.files.empty() && !fs::is_directory(options.files)) {
    throw std::invalid_argument(options.files + " is not a folder");
  }
  std::vector<const sim::StoreKind*> kinds;
  std::map<const sim::StoreKind*, std::vector<Part>> parts;
  for (const Lab& lab : labs) {
    if (lab.own != nullptr) continue;  // has no component
    const Ownership& component = result.components.emplace_back(ownership(lab, inputs, options.files));
    if (!component.not_yours.empty()) continue;
    if (!parts.contains(lab.kind)) kinds.push_back(lab.kind);
    parts[lab.kind].push_back({&lab, component.file});
  }
  if (kinds.empty()) result.problem = "no lab's file is written yet, so there is nothing of yours to try";
  if (report.begins) report.begins(result);

  const BuildFolder folder(inputs, "mine");
  const unsigned jobs = options.jobs != 0 ? options.jobs : std::max(1U, std::thread::hardware_concurrency());
  const TrialOptions trial_options{options.text.empty() ? pages(inputs.root) : options.text, options.seed,
                                   options.scripts, std::min(jobs, kMostJobs)};
  try {
    std::vector<std::unique_ptr<StoreOfMine>> stores;
    stores.reserve(kinds.size());
    for (const sim::StoreKind* kind : kinds) {
      stores.push_back(std::make_unique<StoreOfMine>(*kind, inputs, parts[kind], folder.path()));
    }
    for (const auto& store : stores) store->try_all(trial_options, options.scenarios, &result, report);
    result.complete = true;
  } catch (const BuildFailed& failed) {
    result.problem = failed.what();
    result.compiler = failed.output();
  }
  result.seconds = seconds_since(start);
  return result;
}

}  // namespace sediment::labs
