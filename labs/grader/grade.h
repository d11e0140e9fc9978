// Grades a file: builds it, and runs the checks of its lab one after the other.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "labs/grader/build.h"
#include "labs/grader/lab.h"
#include "labs/grader/result.h"

namespace sediment::labs {

struct GradeOptions {
  std::string file = {};  // the student's; empty: the lab's own folder
  std::string only = {};  // one check; empty: all of them
  std::uint64_t seed = 1;
  bool seed_given = false;       // by the user
  std::string result_file = {};  // is rewritten after each check; empty: none
  std::string stories = {};      // a folder for what watching a failed check takes; empty: none
  bool stop_at_failure = false;
  bool breaks_in_lab = false;    // if the file has no folder break/ beside it, that of the lab counts
  const Build* build = nullptr;  // of the file, if there is one already
  std::string programs = {};  // lab 12: a folder with the programs that the student was given; empty: the key is used
};

/// Receives the heading, with an empty check, and then each check as it ends.
using Report = std::function<void(const LabResult& result, const CheckResult* check)>;

/// The result before the first check. Throws std::invalid_argument for a check that does not exist.
LabResult ungraded(const Lab& lab, const Inputs& inputs, const GradeOptions& options);

/// Throws std::runtime_error if the grader itself cannot work, and std::invalid_argument for a check that does not exist.
LabResult grade(const Lab& lab, const Inputs& inputs, const GradeOptions& options, const Report& report = {});

/// Runs a check that fails once more, with this debugger in place of the sandbox, up to the request that it fails at.
/// Returns false if the check passes. Throws as grade() does, and BuildFailed.
bool debug(const Lab& lab, const Inputs& inputs, const GradeOptions& options);

/// The commit of the project: of its git tree, or as release.txt has it; otherwise "unknown".
std::string version_of(const std::string& root);

/// The student's file of a lab.
std::string student_file(const Lab& lab, const Inputs& inputs);

}  // namespace sediment::labs
