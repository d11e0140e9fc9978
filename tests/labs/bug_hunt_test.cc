// Lab 12: the draw, the programs for students, and marks below zero. (`./dev lab verify 12` proves the whole pool.)
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "labs/12_bug_hunt/engines.h"
#include "labs/12_bug_hunt/hunt.h"
#include "labs/12_bug_hunt/pool.h"
#include "labs/grader/files.h"
#include "labs/grader/own_lab.h"
#include "labs/grader/result.h"

namespace sediment::labs {
namespace {

namespace fs = std::filesystem;

const Inputs& inputs() {
  static const Inputs inputs = read_inputs(SEDIMENT_LAB_INPUTS);
  return inputs;
}

std::string lab_folder() { return inputs().root + "/labs/12_bug_hunt"; }

const Pool& pool() {
  static const Pool pool = read_pool(lab_folder());
  return pool;
}

const PooledEngine& engine_with(const std::string& bug) {
  return *std::find_if(pool().wrong.begin(), pool().wrong.end(), [&](const auto& engine) { return engine.bug == bug; });
}

std::vector<std::string> files_of(const std::vector<PooledEngine>& engines) {
  std::vector<std::string> files;
  for (const PooledEngine& engine : engines) files.push_back(engine.file);
  return files;
}

TEST(BugHunt, DrawsTwelveWrongEnginesAndThreeRightOnes) {
  std::set<std::vector<std::string>> hunts;
  for (const std::uint64_t seed : {1UL, 2UL, 3UL, 4UL, 5UL}) {
    const std::vector<PooledEngine> engines = draw_engines(pool(), seed);
    EXPECT_EQ(files_of(engines), files_of(draw_engines(pool(), seed)));
    EXPECT_EQ(engines.size(), kHunted);
    const auto right = std::count_if(engines.begin(), engines.end(), [](const auto& each) { return each.bug.empty(); });
    EXPECT_EQ(static_cast<std::size_t>(right), kRightEngines);
    const std::vector<std::string> files = files_of(engines);
    EXPECT_EQ(std::set<std::string>(files.begin(), files.end()).size(), kHunted) << "no engine twice";
    hunts.insert(files);
  }
  EXPECT_EQ(hunts.size(), 5U);
  EXPECT_GT(pool().wrong.size(), kWrongEngines + 6) << "students should not all have the same engines";
}

TEST(BugHunt, ThePageListsEveryBug) {
  const std::string page = read_file(lab_folder() + "/README.md");
  EXPECT_EQ(pool().bugs, read_bugs(lab_folder()));
  for (const auto& [name, sentence] : pool().bugs) {
    EXPECT_NE(page.find("| `" + name + "` | " + sentence + " |"), std::string::npos) << name;
  }
}

TEST(BugHunt, AScenarioKillsAWrongEngineAndNoRightOne) {
  const PooledEngine& wrong = engine_with("merge-tombstone-early");
  const Verdict killed = judge(program_of(wrong, inputs()), wrong.shortest);
  EXPECT_TRUE(killed.killed) << killed.why;
  sim::Scenario shorter = wrong.shortest;
  shorter.steps.pop_back();
  EXPECT_FALSE(judge(program_of(wrong, inputs()), shorter).killed);
  EXPECT_FALSE(judge(program_of({"08_merge/right/compact.cc", {}}, inputs()), wrong.shortest).killed);
}

TEST(BugHunt, WhatARightEngineFailsProvesNothing) {
  const PooledEngine& wrong = engine_with("merge-tombstone-early");
  sim::Scenario scenario;
  scenario.steps = {{"put", "a", "1"}, {"expect", "get", "a", "2"}};
  const Verdict verdict = judge(program_of(wrong, inputs()), scenario);
  EXPECT_FALSE(verdict.killed);
  EXPECT_NE(verdict.why.find("a right engine fails the scenario, too"), std::string::npos);
  scenario.steps = {{"put", "a", "1"}, {"expect", "segments", "1"}};
  EXPECT_FALSE(judge(program_of(wrong, inputs()), scenario).killed) << "not possible with a store in another process";
}

TEST(BugHunt, ProgramsForStudentsNameNothingAndAreNotAlike) {
  const PooledEngine& engine = engine_with("merge-tombstone-early");
  const std::string folder = fs::temp_directory_path() / ("bug_hunt_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  std::set<std::string> programs;
  for (const std::uint64_t seed : {1UL, 2UL}) {
    const std::string program = folder + "/" + letter_of(seed);
    build_for_students(engine, inputs(), seed, program);
    EXPECT_TRUE(judge({program, false}, engine.shortest).killed);
    const std::string bytes = read_file(program);
    programs.insert(bytes);
    const std::string stem = fs::path(engine.file).stem().string();
    for (const std::string& given_away :
         {stem, engine.bug, std::string("/wrong"), std::string("WRONG"), std::string("/hunt-")}) {
      EXPECT_EQ(bytes.find(given_away), std::string::npos) << given_away;
    }
    EXPECT_EQ(bytes.find("copy_or_drop"), std::string::npos) << "the names of functions are stripped";
  }
  EXPECT_EQ(programs.size(), 2U);
  fs::remove_all(folder);
}

// A copy of the labs as students have it: without the key, and with programs.
class WithoutTheKey : public testing::Test {
 protected:
  WithoutTheKey() : labs_(all_labs(inputs().root)), lab_(labs_.back()) {
    for (const std::string& each : {lab_folder_ + "/hunt", programs_}) fs::create_directories(each);
    fs::copy_file(lab_folder() + "/bugs.json", lab_folder_ + "/bugs.json");
    copy_.root = folder_;
  }
  ~WithoutTheKey() override { fs::remove_all(folder_); }

  void give(const std::string& letter, const PooledEngine& engine) const {
    fs::copy_file(program_of(engine, inputs()).path, programs_ + "/" + letter);
  }
  void write(const std::string& name, const std::string& text) const {
    write_file(lab_folder_ + "/hunt/" + name, text);
  }
  std::string in_hunt(const std::string& name) const { return lab_folder_ + "/hunt/" + name; }
  CheckResult graded(const std::string& check) const {
    GradeOptions options;
    options.file = in_hunt("answers.json");
    options.only = check;
    options.programs = programs_;
    const LabResult result = grade(lab_, copy_, options);
    EXPECT_EQ(result.problem, "");
    EXPECT_NE(tell_summary(result).find("Your instructor, who has the key, grades the rest"), std::string::npos);
    return result.checks.at(0);
  }

  const std::string folder_ = fs::temp_directory_path() / ("no_key_" + std::to_string(::getpid()));
  const std::string lab_folder_ = folder_ + "/labs/12_bug_hunt";
  const std::string programs_ = folder_ + "/engines";
  const std::vector<Lab> labs_;
  const Lab& lab_;
  Inputs copy_ = inputs();
};

TEST_F(WithoutTheKey, GradingSaysWhichProgramsAreKilled) {
  const PooledEngine& wrong = engine_with("merge-tombstone-early");
  give("A", wrong);
  give("B", {"08_merge/right/compact.cc", {}});
  for (const char* letter : {"C", "D", "E"}) fs::copy_file(programs_ + "/B", programs_ + "/" + letter);
  write("answers.json", R"({"A": "index-empty", "B": "merge-tombstone-early", "C": "right", "D": "index-empty"})");
  ASSERT_TRUE(sim::write_scenario(wrong.shortest, in_hunt("A.json")).ok());
  ASSERT_TRUE(sim::write_scenario(wrong.shortest, in_hunt("B.json")).ok());

  const CheckResult killed = graded("L12.1");
  EXPECT_EQ(killed.outcome, Outcome::kFailed);
  EXPECT_EQ(killed.score(), 2);
  EXPECT_NE(killed.reason.find("you name index-empty"), std::string::npos) << "right or not: " << killed.reason;
  const CheckResult alive = graded("L12.2");
  EXPECT_EQ(alive.score(), 0) << "no points are taken, either";
  EXPECT_NE(alive.reason.find("the engine passes the scenario"), std::string::npos) << alive.reason;
  EXPECT_EQ(graded("L12.3").outcome, Outcome::kSkipped);
  EXPECT_NE(graded("L12.4").reason.find("no scenario shows it"), std::string::npos);
  EXPECT_EQ(graded("L12.5").outcome, Outcome::kNotImplemented);

  give("F", engine_with("index-empty"));
  const Course crashed = course_of({programs_ + "/F", false}, engine_with("index-empty").shortest);
  EXPECT_TRUE(crashed.ended.starts_with("the engine crashed")) << "it is not the student's code: " << crashed.ended;
}

TEST_F(WithoutTheKey, ItSaysWhatItNeeds) {
  write("answers.json", "{}");
  GradeOptions options;
  options.file = in_hunt("answers.json");
  try {
    (void)grade(lab_, copy_, options);
    FAIL() << "it has graded without a key";
  } catch (const std::runtime_error& refused) {
    EXPECT_NE(std::string(refused.what()).find("--programs FOLDER"), std::string::npos) << refused.what();
  }
  options.programs = programs_;
  EXPECT_THROW((void)grade(lab_, copy_, options), std::invalid_argument) << "the folder has no program A";
  EXPECT_THROW((void)grade(labs_.front(), inputs(), options), std::invalid_argument) << "lab 0 has no programs";
}

TEST(Courses, ShowAFailureWholeAndCountTheStepsOfTheFile) {
  sim::Scenario scenario;
  scenario.steps = {{"fail", "eio-list", "9"}, {"put", "a", "1"}, {"get", "a"}};
  const std::string long_reason = std::string(300, 'x') + "the end";
  Course engine;
  engine.reports = {{{"open"}, "ok"}, {{"put", "a", "1"}, "ok"}, {{"get", "a"}, long_reason, false}};
  Course right;
  right.reports = {{{"open"}, "ok"}, {{"put", "a", "1"}, "ok"}, {{"get", "a"}, "1"}};
  const std::string told = tell_courses(scenario, engine, right);
  EXPECT_NE(told.find("    1  fail eio-list 9"), std::string::npos) << told;
  EXPECT_NE(told.find("       open"), std::string::npos) << told;
  EXPECT_NE(told.find("    2  put a 1"), std::string::npos) << told;
  EXPECT_NE(told.find("*   3  get a"), std::string::npos) << told;
  EXPECT_NE(told.find(long_reason), std::string::npos) << told;
  engine.reports.pop_back();
  engine.ended = "killed by " + long_reason;
  const std::string ended = tell_courses(scenario, engine, right);
  EXPECT_NE(ended.find("*   3  killed by " + long_reason), std::string::npos) << ended;
}

LabResult with_a_false_alarm() {
  LabResult result;
  result.lab = 12;
  for (int i = 1; i <= 3; ++i) {
    CheckResult& check = result.checks.emplace_back();
    check.id = "L12." + std::to_string(i);
    check.points = 6;
    check.outcome = Outcome::kFailed;
  }
  result.checks[0].earned = 2;
  result.checks[1].earned = -3;
  result.checks[2].outcome = Outcome::kPassed;
  return result;
}

TEST(Marks, BelowZeroAreTakenFromOtherChecksInExports) {
  const LabResult result = with_a_false_alarm();
  EXPECT_EQ(result.score(), 5);
  for (const char* format : {"gradescope", "classroom50"}) {
    const auto json = nlohmann::json::parse(export_as(format, result));
    int sum = 0;
    for (const auto& test : json["tests"]) {
      EXPECT_GE(test["score"], 0);
      sum += test["score"].get<int>();
    }
    EXPECT_EQ(sum, 5) << format;
    EXPECT_EQ(json["score"], 5) << format;
  }
  LabResult only_alarms = result;
  only_alarms.checks[0].earned = -3;
  only_alarms.checks[2].earned = -3;
  EXPECT_EQ(only_alarms.score(), 0);
}

TEST(Marks, InPartAreToldAsSuch) {
  const LabResult result = with_a_false_alarm();
  EXPECT_NE(tell(result.checks[0], result).find("IN PART (2/6)"), std::string::npos);
  EXPECT_NE(tell(result.checks[1], result).find("FAIL (-3/6)"), std::string::npos);
}

}  // namespace
}  // namespace sediment::labs
