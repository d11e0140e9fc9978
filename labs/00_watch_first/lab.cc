// Lab 0: hands out a paper, locks the answers, and grades them against a run of the engine.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "labs/00_watch_first/answers.h"
#include "labs/00_watch_first/paper.h"
#include "labs/grader/files.h"
#include "labs/grader/own_lab.h"
#include "labs/grader/watch.h"

namespace sediment::labs {

namespace {

namespace fs = std::filesystem;

constexpr const char* kPaper = "paper.md";
constexpr const char* kAnswers = "answers.json";
constexpr const char* kLocked = "locked.json";
constexpr const char* kTrace = "run.jsonl";

CheckResult* check_for(const Question& question, LabResult* result) {
  const auto found = std::find_if(result->checks.begin(), result->checks.end(),
                                  [&](const CheckResult& check) { return check.id == question.id; });
  return found == result->checks.end() ? nullptr : &*found;  // another one was asked for
}

void judge(const Question& question, const Answers& answers, CheckResult* check) {
  const std::string answer = uniform_answer(question.form, answers.by_id.at(question.id));
  check->explanation = question.explanation;
  if (answer.empty()) {
    check->outcome = Outcome::kNotImplemented;
    check->reason = "there is no answer; the right one is " + question.answer;
  } else if (answer == question.answer) {
    check->outcome = Outcome::kPassed;
  } else {
    check->outcome = Outcome::kFailed;
    check->reason = fmt::format("the answer is {}; yours is {}", question.answer, answer);
  }
}

void judge_all(const Paper& paper, const Answers& answers, LabResult* result, const Report& report) {
  for (const Question& question : paper.questions) {
    CheckResult* check = check_for(question, result);
    if (check == nullptr) continue;
    judge(question, answers, check);
    if (report) report(*result, check);
  }
}

class WatchFirst final : public OwnLab {
 public:
  std::string file() const override { return kLocked; }

  LabResult grade(const Lab& lab, const Inputs& inputs, const GradeOptions& options,
                  const Report& report) const override {
    const auto start = std::chrono::steady_clock::now();
    LabResult result = ungraded(lab, inputs, options);
    result.isolation = "isolated: nothing of the student's runs";
    const auto finish = [&]() -> LabResult& {
      result.complete = true;
      result.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      if (!options.result_file.empty()) save(result, options.result_file);
      return result;
    };
    std::error_code error;
    if (options.file.empty() && !fs::exists(result.file, error)) {
      throw std::invalid_argument("the answers are not locked yet: ./dev lab 0 lock");
    }
    Answers answers;
    try {
      answers = read_answers(result.file);
      if (options.seed_given && answers.seed != options.seed) {
        throw std::invalid_argument(
            fmt::format("{} is for paper {}, not for paper {}", result.file, answers.seed, options.seed));
      }
    } catch (const std::invalid_argument& unusable) {
      result.problem = unusable.what();
      for (CheckResult& check : result.checks) {
        check.outcome = Outcome::kFailed;
        check.reason = result.problem;
      }
      if (report) report(result, nullptr);
      return finish();
    }
    const Paper paper = make_paper(answers.seed);
    result.seed = answers.seed;
    if (report) report(result, nullptr);
    judge_all(paper, answers, &result, report);
    if (!options.stories.empty()) save_trace_file(paper.trace, options.stories + "/" + kTrace);
    return finish();
  }

  sim::Trace watched(const std::string& stories) const override {
    std::ifstream file(stories + "/" + kTrace);
    if (!file) throw std::invalid_argument("there is nothing to watch before ./dev lab 0 reveal");
    Result<sim::Trace> trace = sim::load_trace(file);
    if (!trace.ok()) throw std::invalid_argument(trace.status().to_string());
    return std::move(*trace);
  }

  std::string told(const sim::Trace& trace) const override { return tell_run(trace); }

  std::string run(const Lab& lab, const Inputs& inputs, const OwnCommand& command) const override {
    const std::string folder = command.folder.empty() ? inputs.root + "/labs/" + lab.folder : command.folder;
    if (command.name == "paper" && command.words.empty()) return hand_out(folder, command);
    if (command.name == "lock" && command.words.empty()) return lock(folder);
    throw std::invalid_argument("lab 0 has paper, lock, reveal and watch");
  }

  std::vector<std::string> verify(const Lab& lab, const Inputs& inputs, const std::vector<std::uint64_t>& seeds,
                                  const Told& told) const override;

 private:
  // Never overwrites answers that a student has written down.
  static std::string hand_out(const std::string& folder, const OwnCommand& command) {
    const std::string answers_file = folder + "/" + kAnswers;
    Answers answers = no_answers(command.seed);
    std::error_code error;
    if (fs::exists(answers_file, error)) {
      const Answers there = read_answers(answers_file);
      if (!command.seed_given || there.seed == command.seed) answers = there;
      if (there.given() > 0 && there.seed != answers.seed) {
        throw std::invalid_argument(
            fmt::format("{} has answers to paper {}: move it away first", answers_file, there.seed));
      }
    }
    fs::create_directories(folder, error);
    write_file(folder + "/" + kPaper, tell_paper(make_paper(answers.seed)));
    if (answers.given() == 0) write_file(answers_file, tell_answers(answers));
    const bool locked = fs::exists(folder + "/" + kLocked, error);
    return fmt::format("Your paper:   {}/{}\nYour answers: {} ({} of {})\nThen:         {}\n", folder, kPaper,
                       answers_file, answers.given(), kQuestions,
                       locked ? "./dev lab 0 reveal (the answers are locked)" : "./dev lab 0 lock");
  }

  static std::string lock(const std::string& folder) {
    const std::string locked_file = folder + "/" + kLocked;
    std::error_code error;
    if (fs::exists(locked_file, error)) {
      throw std::invalid_argument(locked_file + " is there: the answers were locked, and those count");
    }
    const Answers answers = read_answers(folder + "/" + kAnswers);
    if (answers.given() == 0) throw std::invalid_argument("there is no answer to lock yet");
    write_file(locked_file, tell_locked(answers));
    const std::string missing = answers.given() < kQuestions ? "Those without an answer stay without one.\n" : "";
    return fmt::format(
        "Locked: {} of {} answers to paper {}. They count as they are now, in {}.\n{}Their digest is\n"
        "  {}\nNow: ./dev lab 0 reveal\n",
        answers.given(), kQuestions, answers.seed, locked_file, missing, digest_of(answers));
  }
};

Answers right_answers(const Paper& paper) {
  Answers answers = no_answers(paper.seed);
  for (const Question& question : paper.questions) answers.by_id[question.id] = question.answer;
  return answers;
}

// Another answer of the same form.
std::string wrong_answer(const Question& question) {
  switch (question.form) {
    case AnswerForm::kNumber: return std::to_string(std::stoull(question.answer) + 1);
    case AnswerForm::kValue: return question.answer == "missing" ? "up" : "missing";
    case AnswerForm::kYesOrNo: return question.answer == "yes" ? "no" : "yes";
    case AnswerForm::kKeys: return question.answer + ", zebra";
  }
  return {};
}

// The checks that fail.
std::string failing(const LabResult& result) {
  std::string ids;
  for (const CheckResult& check : result.checks) {
    if (check.outcome != Outcome::kPassed) ids += (ids.empty() ? "" : ", ") + check.id;
  }
  return ids.empty() ? "none" : ids;
}

std::vector<std::string> WatchFirst::verify(const Lab& lab, const Inputs& inputs,
                                            const std::vector<std::uint64_t>& seeds, const Told& told) const {
  std::vector<std::string> wrong;
  const auto say = [&](const std::string& name, const std::string& what, bool holds) {
    told(fmt::format("lab {:<2} {:<34} {}{}", lab.number, name, what, holds ? "" : "   <-- must not be"));
    if (!holds) wrong.push_back(fmt::format("lab {}, {}: {}", lab.number, name, what));
  };
  const BuildFolder own(inputs, lab.folder + "-verify");
  fs::create_directories(own.path());
  const std::string file = own.path() + "/" + kLocked;
  const LabResult blank = ungraded(lab, inputs, {});

  std::vector<Paper> papers;
  for (const std::uint64_t seed : seeds) {
    const Paper& paper = papers.emplace_back(make_paper(seed));
    const std::string name = fmt::format("paper {}", seed);
    const Paper again = make_paper(seed);
    say(name, "is the same when it is made again",
        tell_paper(again) == tell_paper(paper) && right_answers(again) == right_answers(paper));
    const auto graded = [&](const Answers& answers) {
      LabResult result = blank;
      judge_all(paper, answers, &result, {});
      return result;
    };
    const LabResult none = graded(no_answers(seed));
    say(name, fmt::format("no answers: {} points", none.score()), none.score() == 0);
    write_file(file, tell_locked(right_answers(paper)));
    const LabResult right = this->grade(lab, inputs, {.file = file, .seed = seed, .seed_given = true}, {});
    say(name, fmt::format("the computed answers: {} of {} points", right.score(), right.most()),
        right.score() == right.most() && right.most() > 0);
    for (const Question& question : paper.questions) {
      Answers answers = right_answers(paper);
      answers.by_id[question.id] = wrong_answer(question);
      const LabResult result = graded(answers);
      say(name, fmt::format("{} instead of {}: {} fails", answers.by_id[question.id], question.answer, failing(result)),
          failing(result) == question.id);
    }
  }
  constexpr std::size_t kFewestDifferent = 7;
  for (std::size_t i = 0; i < papers.size(); ++i) {
    for (std::size_t j = i + 1; j < papers.size(); ++j) {
      std::size_t different = 0;
      for (std::size_t q = 0; q < kQuestions; ++q) {
        if (papers[i].questions[q].answer != papers[j].questions[q].answer) ++different;
      }
      say(fmt::format("papers {} and {}", papers[i].seed, papers[j].seed),
          fmt::format("{} of {} answers differ", different, kQuestions),
          papers[i].steps != papers[j].steps && different >= kFewestDifferent);
    }
  }
  return wrong;
}

}  // namespace

const OwnLab& watch_first() {
  static const WatchFirst lab;
  return lab;
}

}  // namespace sediment::labs
