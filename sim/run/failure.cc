#include "sim/run/failure.h"

#include <algorithm>

#include "sim/disk/sim_disk.h"

namespace sediment::sim {

namespace {

// "eio-sync 3 sticky" without the number; text that cannot be parsed is taken as it is.
std::string call_of(const Step& step) {
  const std::vector<std::string> words(step.begin() + 1, step.end());
  Result<CallFault> fault = parse_call_fault(words);
  if (!fault.ok()) return words.empty() ? "" : words.front();
  fault->n = 1;
  return to_string(*fault);
}

}  // namespace

std::string_view name_of(Failure failure) {
  switch (failure) {
    case Failure::kNone: return "none";
    case Failure::kNonsense: return "nonsense";
    case Failure::kNotOpened: return "not-opened";
    case Failure::kUnreadable: return "unreadable";
    case Failure::kRefused: return "refused";
    case Failure::kWrongContents: return "wrong-contents";
    case Failure::kEdited: return "edited";
    case Failure::kStructure: return "structure";
    case Failure::kSpace: return "space";
    case Failure::kExpectation: return "expectation";
    case Failure::kThrew: return "threw";
    case Failure::kDied: return "died";
    case Failure::kHung: return "hung";
  }
  return "unknown";
}

CrashKind kind_of(const CrashChoice& choice) { return {choice.fault, choice.scope, choice.in_append}; }

bool FailureKind::is_struck_by(const CrashChoice& choice) const {
  return std::find(crashes.begin(), crashes.end(), kind_of(choice)) != crashes.end();
}

FailureKind failure_kind(const std::vector<Step>& steps, const StepFailure& failure) {
  FailureKind kind;
  kind.failure = failure;
  for (const Step& step : steps) {
    if (step[0] == "fail") kind.calls.push_back(call_of(step));
    if (step[0] != "crash") continue;
    std::vector<std::string> words(step.begin() + 1, step.end());
    if (words.size() > 2 && words[words.size() - 2] == "after") words.resize(words.size() - 2);
    if (const Result<CrashChoice> choice = parse_crash_choice(words); choice.ok()) {
      kind.crashes.push_back(kind_of(*choice));
    }
  }
  if (!steps.empty()) kind.verb = steps.back()[0];
  if (failure.why == Failure::kExpectation && !steps.empty()) kind.expectation = steps.back();
  return kind;
}

bool is_same_kind(const FailureKind& one, const FailureKind& other) {
  const StepFailure& failure = other.failure;
  if (failure.why == Failure::kNone || failure.why == Failure::kNonsense) return false;
  if (failure.why != one.failure.why || failure.code != one.failure.code) return false;
  if ((failure.mismatch & ~one.failure.mismatch) != 0) return false;
  if (failure.why == Failure::kDied && failure.mismatch != one.failure.mismatch) return false;
  if (other.verb != one.verb || other.expectation != one.expectation) return false;
  if (other.crashes.empty() != one.crashes.empty() || other.calls.empty() != one.calls.empty()) return false;
  if (!one.crashes.empty() && one.crashes.back() != other.crashes.back()) return false;
  return std::all_of(other.calls.begin(), other.calls.end(), [&](const std::string& call) {
    return std::find(one.calls.begin(), one.calls.end(), call) != one.calls.end();
  });
}

}  // namespace sediment::sim
