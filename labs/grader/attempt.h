// One run of a check: what grading, debugging and watching have in common.
#pragma once

#include <functional>
#include <string>

#include "labs/grader/build.h"
#include "labs/grader/lab.h"
#include "labs/grader/result.h"

namespace sediment::labs {

/// One run of a check.
struct Attempt {
  Outcome outcome = Outcome::kPassed;
  std::string reason;
  std::string output;
  CheckRun run;
  bool took_too_long = false;

  bool same_as(const Attempt& other) const {
    return outcome == other.outcome && run.story == other.run.story && (reason == other.reason || !output.empty());
  }
};

/// What the checks of one file need besides the seed.
struct Setting {
  Build build;
  const sim::StoreKind* kind = nullptr;
  std::string break_folder;
  std::string lab_folder;
  std::function<Build(const std::string&)> build_other;
};

/// The scenarios of "Break it" are in break/ beside the file. `or_in_lab`: if there is no such folder, in that of the lab.
Setting setting_of(const Lab& lab, const Inputs& inputs, const std::string& file, const std::string& folder,
                   bool or_in_lab);

/// Throws std::runtime_error if the grader itself cannot work.
Attempt attempt(const Check& check, const Setting& setting, std::uint64_t seed);

/// Throws std::invalid_argument if there is no such check.
const Check& check_of(const Lab& lab, const std::string& id);

}  // namespace sediment::labs
