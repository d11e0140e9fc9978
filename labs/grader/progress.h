// What a student has reached in each lab. Remembered in a file, for the table of labs.
#pragma once

#include <map>
#include <string>

#include "labs/grader/result.h"

namespace sediment::labs {

struct Progress {
  int score = 0;
  int most = 0;
  std::string first_open;  // the first check that did not pass; empty: all passed
  bool started = false;    // whether a check has passed, or failed other than for want of code

  /// "not started", "17/18 points, failing at L5.3" or "passed".
  std::string state() const;
};

/// By lab. A file that is missing or damaged counts as empty: nothing but the table depends on it.
std::map<int, Progress> read_progress(const std::string& path);
/// Adds the result of a whole lab. Throws std::runtime_error if the file cannot be written.
void remember(const LabResult& result, const std::string& path);

}  // namespace sediment::labs
