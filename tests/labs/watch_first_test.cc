// Lab 0: papers, answers and their lock.
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "labs/00_watch_first/answers.h"
#include "labs/00_watch_first/paper.h"
#include "labs/grader/digest.h"
#include "labs/grader/files.h"
#include "labs/grader/grade.h"
#include "labs/grader/own_lab.h"

namespace sediment::labs {
namespace {

namespace fs = std::filesystem;

const Inputs& inputs() {
  static const Inputs inputs = read_inputs(SEDIMENT_LAB_INPUTS);
  return inputs;
}

class WatchFirst : public testing::Test {
 protected:
  WatchFirst() : labs_(all_labs(inputs().root)), lab_(labs_.front()) { fs::create_directories(folder_); }
  ~WatchFirst() override { fs::remove_all(folder_); }

  std::string run(const std::string& name, std::uint64_t seed) {
    OwnCommand command;
    command.name = name;
    command.seed = seed;
    command.seed_given = true;
    command.folder = folder_;
    return lab_.own->run(lab_, inputs(), command);
  }
  std::string file(const std::string& name) const { return folder_ + "/" + name; }
  void answer(const Answers& answers) const { write_file(file("answers.json"), tell_answers(answers)); }
  LabResult graded() const {
    GradeOptions options;
    options.file = file("locked.json");
    return grade(lab_, inputs(), options);
  }

  const std::string folder_ = fs::temp_directory_path() / ("watch_first_" + std::to_string(::getpid()));
  const std::vector<Lab> labs_;
  const Lab& lab_;
};

Answers right_answers(const Paper& paper) {
  Answers answers = no_answers(paper.seed);
  for (const Question& question : paper.questions) answers.by_id[question.id] = question.answer;
  return answers;
}

TEST(Digest, IsWhatXxhsumPrints) {
  EXPECT_EQ(digest_of_text(""), "99aa06d3014798d86001c324468d497f");
  EXPECT_EQ(digest_of_text("abc"), "06b05ab6733a618578af5f94892f3950");
}

TEST(Paper, IsTheSameForTheSameSeedOnly) {
  std::set<std::string> papers;
  for (const std::uint64_t seed : {1UL, 2UL, 3UL, 20260906UL}) {
    const Paper paper = make_paper(seed);
    const Paper again = make_paper(seed);
    EXPECT_EQ(tell_paper(paper), tell_paper(again));
    EXPECT_EQ(right_answers(paper), right_answers(again));
    EXPECT_EQ(paper.trace, again.trace);
    ASSERT_EQ(paper.questions.size(), kQuestions);
    papers.insert(tell_paper(paper));
  }
  EXPECT_EQ(papers.size(), 4U);
}

TEST(Paper, DoesNotGiveItsAnswersAway) {
  const Paper paper = make_paper(5);
  const std::string text = tell_paper(paper);
  for (const Question& question : paper.questions) EXPECT_EQ(text.find(question.explanation), std::string::npos);
  const auto file = nlohmann::json::parse(tell_answers(no_answers(5)));
  for (const auto& answer : file["answers"]) EXPECT_EQ(answer, "");
  EXPECT_EQ(file.size(), 2U) << "the number of the paper, and the answers";
}

TEST(Paper, CannotBeAnsweredByHabit) {
  constexpr std::uint64_t kPapers = 40;
  std::map<std::string, std::map<std::string, std::uint64_t>> times;
  for (std::uint64_t seed = 1; seed <= kPapers; ++seed) {
    for (const Question& question : make_paper(seed).questions) ++times[question.id][question.answer];
  }
  for (const auto& [id, answers] : times) {
    for (const auto& [answer, count] : answers) EXPECT_LE(count, kPapers * 3 / 4) << id << ": " << answer;
  }
}

TEST(Paper, TakesAnswersHoweverTheyAreWritten) {
  EXPECT_EQ(uniform_answer(AnswerForm::kValue, "  \"Oak\" "), "oak");
  EXPECT_EQ(uniform_answer(AnswerForm::kNumber, "96"), "96");
  EXPECT_EQ(uniform_answer(AnswerForm::kKeys, "cow,ant ,  bee, ant"), "ant, bee, cow");
  EXPECT_EQ(uniform_answer(AnswerForm::kKeys, " "), "");
}

TEST_F(WatchFirst, RightAnswersPassAndAWrongOneFailsAlone) {
  const Paper paper = make_paper(7);
  Answers answers = right_answers(paper);
  write_file(file("locked.json"), tell_locked(answers));
  const LabResult right = graded();
  EXPECT_EQ(right.passed(), kQuestions);
  EXPECT_EQ(right.seed, 7U);
  for (const CheckResult& check : right.checks) {
    EXPECT_NE(check.explanation.find("tep "), std::string::npos) << check.id << " says at which step it can be seen";
  }
  answers.by_id["L0.4"] = "1";
  answers.by_id["L0.9"] = "";
  write_file(file("locked.json"), tell_locked(answers));
  const LabResult wrong = graded();
  EXPECT_EQ(wrong.passed(), kQuestions - 2);
  EXPECT_EQ(wrong.checks[3].outcome, Outcome::kFailed);
  EXPECT_EQ(wrong.checks[8].outcome, Outcome::kNotImplemented);
  for (const char* format : {"json", "gradescope", "classroom50", "junit"}) {
    EXPECT_NE(export_as(format, wrong).find(format == std::string("json") ? "explanation" : "L0.4"), std::string::npos);
  }
}

TEST_F(WatchFirst, AnswersCountAsTheyWereLocked) {
  (void)run("paper", 7);
  EXPECT_THROW(run("lock", 7), std::invalid_argument) << "there is no answer yet";
  Answers answers = no_answers(7);
  answers.by_id["L0.1"] = "nothing";
  answer(answers);
  EXPECT_NE(run("lock", 7).find(digest_of(answers)), std::string::npos);
  answer(right_answers(make_paper(7)));
  EXPECT_THROW(run("lock", 7), std::invalid_argument) << "locked twice";
  EXPECT_EQ(graded().passed(), 0U);

  std::string text = read_file(file("locked.json"));
  text.replace(text.find("nothing"), 7, "missing");
  write_file(file("locked.json"), text);
  const LabResult changed = graded();
  EXPECT_EQ(changed.score(), 0);
  EXPECT_NE(changed.problem.find("was changed after it had been locked"), std::string::npos);
}

TEST_F(WatchFirst, APaperIsNotWrittenOverAnswers) {
  (void)run("paper", 7);
  Answers answers = no_answers(7);
  answers.by_id["L0.2"] = "oak";
  answer(answers);
  (void)run("paper", 7);
  EXPECT_EQ(read_answers(file("answers.json")), answers);
  EXPECT_THROW(run("paper", 8), std::invalid_argument);
  EXPECT_EQ(read_answers(file("answers.json")), answers);
}

TEST_F(WatchFirst, AnswersToAnotherPaperDoNotCount) {
  write_file(file("locked.json"), tell_locked(right_answers(make_paper(7))));
  GradeOptions options;
  options.file = file("locked.json");
  options.seed = 8;
  options.seed_given = true;
  const LabResult result = grade(lab_, inputs(), options);
  EXPECT_EQ(result.score(), 0);
  EXPECT_NE(result.problem.find("paper 7"), std::string::npos);
}

TEST_F(WatchFirst, WhatIsNoFileOfAnswersIsRefused) {
  for (const char* text :
       {"", "[]", "{}", R"({"paper": 1, "answers": {"L0.99": "x"}})", R"({"paper": -1, "answers": {}})"}) {
    write_file(file("locked.json"), text);
    const LabResult result = graded();
    EXPECT_EQ(result.score(), 0) << text;
    EXPECT_FALSE(result.problem.empty()) << text;
  }
}

}  // namespace
}  // namespace sediment::labs
