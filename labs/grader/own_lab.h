// A lab without a component: the student hands in answers or scenarios, and the lab grades and proves itself.
#pragma once

#include <string>
#include <vector>

#include "labs/grader/grade.h"
#include "labs/grader/verify.h"
#include "sim/disk/trace.h"

namespace sediment::labs {

/// A command that only this lab has, as it was given: "lock", or "try" with "A" and "hunt/A.json".
struct OwnCommand {
  std::string name;
  std::vector<std::string> words;
  std::uint64_t seed = 1;
  bool seed_given = false;
  std::string programs;  // a folder with programs that the student was given
  std::string folder;    // where the student works; by default the lab's own
};

class OwnLab {
 public:
  OwnLab() = default;
  virtual ~OwnLab() = default;
  OwnLab(const OwnLab&) = delete;
  OwnLab& operator=(const OwnLab&) = delete;

  /// The file that is handed in and graded.
  virtual std::string file() const = 0;
  /// Whether GradeOptions::programs is for this lab.
  virtual bool takes_programs() const { return false; }
  /// As grade() of grade.h.
  virtual LabResult grade(const Lab& lab, const Inputs& inputs, const GradeOptions& options,
                          const Report& report) const = 0;
  /// As verify() of verify.h.
  virtual std::vector<std::string> verify(const Lab& lab, const Inputs& inputs, const std::vector<std::uint64_t>& seeds,
                                          const Told& told) const = 0;
  /// What can be watched, given what grading left in `stories`: a trace, and the same for the terminal. Throws
  /// std::invalid_argument if there is nothing.
  virtual sim::Trace watched(const std::string& stories) const = 0;
  virtual std::string told(const sim::Trace& trace) const = 0;
  /// Does it, and returns what to print. Throws std::invalid_argument for a command that there is not, or that cannot be
  /// done.
  virtual std::string run(const Lab& lab, const Inputs& inputs, const OwnCommand& command) const = 0;
};

// Those that there are.
const OwnLab& watch_first();
const OwnLab& bug_hunt();

}  // namespace sediment::labs
