// A search for crashes that lose something, in the student's process. What it reports is the student's word: repeat what it
// found, and choose crashes of your own.
#pragma once

#include <cstdint>
#include <functional>

#include "labs/grader/checks.h"
#include "labs/grader/student_process.h"
#include "labs/wire/message.h"
#include "sim/explore/report.h"

namespace sediment::labs {

/// All small scripts up to so many operations, or a sample of them, or one share of those.
struct Search {
  std::uint64_t seed = 1;
  std::uint64_t operations = 0;  // 0: as many as the simulator's own search has
  std::uint64_t scripts = 0;     // spread evenly over all of them; 0: all
  std::uint64_t share = 0;
  std::uint64_t shares = 1;
  Crashes crashes = {};
};

/// How many scripts are done, of how many.
using SearchProgress = std::function<void(std::uint64_t done, std::uint64_t of)>;

/// Throws ProcessEnded.
sim::ExploreReport search_crashes(StudentProcess& process, const Search& search, const SearchProgress& told);

/// As every request to search has them.
void write_crashes(const Crashes& crashes, MessageWriter* message);

}  // namespace sediment::labs
