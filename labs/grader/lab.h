// What a lab is: a component of the engine that the student writes, and the checks that judge it. (A lab without a
// component: own_lab.h.)
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "labs/grader/student_process.h"
#include "sim/base/random.h"
#include "sim/run/scenario.h"
#include "sim/run/store_adapter.h"

namespace sediment::labs {

/// The student's component, linked with the harness in two ways.
struct Build {
  Program with_addresses;  // AddressSanitizer and UndefinedBehaviorSanitizer
  /// Part of UndefinedBehaviorSanitizer alone: four to six times as fast. Built when it is asked for the first time, which
  /// may throw BuildFailed.
  std::function<Program()> plain;
};

/// Thrown by a check when the component does something else than it should.
class CheckFailed : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// What a check is given, and what it leaves behind: the story of what it did, and what it reached.
class CheckRun {
 public:
  CheckRun(const Build& programs, std::uint64_t first_seed) : build(programs), random(first_seed), seed(first_seed) {}

  const Build& build;
  sim::Random random;
  const std::uint64_t seed;

  /// The next step of the story. Call it before the step is done: if the process ends, this is the step that ended it.
  void step(std::string text) {
    story.push_back(std::move(text));
    if (build.with_addresses.calls) build.with_addresses.calls->begin_step(story.size());
  }
  /// Begins a new story: what came before went well and does not matter.
  void begin_story() {
    story.clear();
    if (build.with_addresses.calls) build.with_addresses.calls->begin_story();
  }
  /// The step that was just done has a wrong result. "expected X; your code returned Y".
  [[noreturn]] static void fail(const std::string& sentence) { throw CheckFailed(sentence); }
  /// Counts an interesting case. A check must reach its cases (Check::must_reach).
  void reached(const std::string& name, std::uint64_t times = 1) { coverage[name] += times; }

  std::vector<std::string> story;
  std::map<std::string, std::uint64_t> coverage;
  /// The kind of store that contains the component.
  const sim::StoreKind* kind = nullptr;
  /// The folder in which the student's scenarios are, and the lab's own folder.
  std::string break_folder;
  std::string lab_folder;
  /// Builds another file as the component.
  std::function<Build(const std::string& file)> build_other;
  /// The scenario that fails, for checks of a whole store. Without steps: there is none.
  sim::Scenario scenario;
};

struct Check {
  std::string id;  // "L5.3"
  std::string sentence;
  std::string hint;
  int points = 0;
  std::function<void(CheckRun&)> run;
  std::vector<std::string> must_reach = {};  // cases that the check counts; otherwise it has judged nothing
  bool needs_all_before = false;             // skipped if an earlier check does not pass
  /// What it says if a case was not reached, where the student's code may be the cause. Otherwise it is the grader.
  std::string if_not_reached = {};
};

class OwnLab;

struct Lab {
  int number = 0;
  std::string title;
  std::string folder;     // "05_hash_index"
  std::string component;  // "hash_index": engine/hash_index.cc; empty: there is none
  const sim::StoreKind* kind = nullptr;
  std::vector<Check> checks = {};  // the cheap and basic ones first; each builds on those before it

  const OwnLab* own = nullptr;  // what grades a lab without a component (own_lab.h); its checks only have texts

  /// The name of the student's file.
  std::string file() const;
};

/// All labs that there is a folder of, by number. `root` is the project's folder. Throws std::runtime_error if the
/// sentences and hints of a lab cannot be read.
std::vector<Lab> all_labs(const std::string& root);

}  // namespace sediment::labs
