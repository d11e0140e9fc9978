// A student's paper: a script for a store, and 14 questions about what it does. Their answers are not written down
// anywhere: the script is run on the engine, and what is seen there is the answer.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "sim/disk/trace.h"

namespace sediment::labs {

enum class AnswerForm : std::uint8_t { kNumber, kValue, kYesOrNo, kKeys };

struct Question {
  std::string id;  // "L0.3"
  AnswerForm form = AnswerForm::kNumber;
  std::string text;
  std::string answer;       // uniform, see uniform_answer
  std::string explanation;  // what the run shows, and at which step
};

struct Paper {
  std::uint64_t seed = 0;
  std::uint64_t segment_size = 0;
  std::vector<sim::Step> steps = {};  // the first one is the open
  std::vector<Question> questions = {};
  sim::Trace trace = {};
};

constexpr std::size_t kQuestions = 14;

/// The same seed always gives the same paper.
Paper make_paper(std::uint64_t seed);

/// What the student gets: script and questions, without answers.
std::string tell_paper(const Paper& paper);

/// The run step by step, with what the engine did in each.
std::string tell_run(const sim::Trace& trace);

/// As answers are compared: "  Ox " and "ox" are the same, and so are "b,a" and "a, b".
std::string uniform_answer(AnswerForm form, const std::string& answer);

}  // namespace sediment::labs
