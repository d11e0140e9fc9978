// The result of grading: one entry per check. Saved as JSON that is complete and valid at any time, so that a grader
// that is killed leaves a result, too.
#pragma once

#include <cstdint>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <vector>

namespace sediment::labs {

enum class Outcome : std::uint8_t { kPending, kPassed, kFailed, kSkipped, kNotImplemented };

/// "passed" and so on. Never fails.
std::string_view name_of(Outcome outcome);

struct CheckResult {
  std::string id;
  std::string sentence;
  int points = 0;  // at most
  Outcome outcome = Outcome::kPending;
  std::string reason;  // what went wrong, or why it was skipped
  std::string hint;
  std::string explanation;         // of an answer on paper: what the run shows, and at which step
  std::vector<std::string> story;  // the steps up to the one that failed
  std::string output;              // the beginning of what the student's code printed
  std::string scenario_file;       // that fails, if there is one
  std::string source_file;         // a copy of the student's file as it was graded
  bool repeatable = true;          // whether the failing check failed in the same way again
  std::map<std::string, std::uint64_t> coverage;
  double seconds = 0;

  std::optional<int> earned;  // where it is not all or nothing; negative: it costs points

  int score() const { return earned ? *earned : outcome == Outcome::kPassed ? points : 0; }
};

struct LabResult {
  int lab = 0;
  std::string title;
  std::string file;
  std::string release;    // the version of the project
  std::string isolation;  // what the sandbox did
  std::uint64_t seed = 0;
  bool complete = false;
  std::string problem;   // why nothing could be graded; empty if it could
  std::string compiler;  // what the compiler said
  std::string note;      // what the reader of the result must know; empty if there is nothing
  std::string unsaved;   // why the file of the result is missing or old; empty if it is neither
  std::vector<CheckResult> checks;
  double seconds = 0;

  int score() const;  // at least 0
  int most() const;
  std::size_t passed() const;
  /// The first check that failed or is still to be written; null if there is none.
  const CheckResult* first_open() const;
};

nlohmann::json to_json(const LabResult& result);
/// Writes it beside the file and renames it, so that the file is never half written. What was graded counts also if that
/// fails: then result.unsaved says why.
void save(LabResult& result, const std::string& path);

/// Nothing that a student's code prints may move the cursor or change colours.
std::string printable(std::string_view text);

/// A check as a line with its story and hint, as a student reads it.
std::string tell(const CheckResult& check, const LabResult& result);
/// What is printed before the checks, and after them.
std::string tell_heading(const LabResult& result);
std::string tell_summary(const LabResult& result);

/// For other programs. `format`: json, gradescope, classroom50 or junit. Throws std::invalid_argument for another one.
std::string export_as(const std::string& format, const LabResult& result);

}  // namespace sediment::labs
