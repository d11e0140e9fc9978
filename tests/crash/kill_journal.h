// What is known from outside about a killed writer: the reports that it sent (kill_writes.h), and what the store may
// hold according to them.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "sim/run/oracle.h"
#include "tests/crash/kill_writes.h"

namespace sediment::test {

/// Something that a writer does now and then, according to its reports.
struct Phase {
  bool now = false;
  std::uint64_t times = 0;  // how often it has begun
  std::chrono::steady_clock::time_point since;
  std::chrono::microseconds lasted{0};  // the last one that ended

  void begin() {
    now = true;
    ++times;
    since = std::chrono::steady_clock::now();
  }
  void end() {
    now = false;
    const auto duration = std::chrono::steady_clock::now() - since;
    lasted = std::chrono::duration_cast<std::chrono::microseconds>(duration);
  }
};

/// Everything that a writer has reported.
struct Journal {
  Phase opening;  // begins with the process
  Phase rolling;
  Phase merging;
  bool opened = false;
  std::uint64_t files_removed = 0;
  std::uint64_t bytes_cut = 0;
  std::vector<std::uint64_t> acknowledged;  // the thread of each, in the order of the reports
  std::string failure;

  /// False if this is not a report.
  bool note(const std::string& line) {
    std::istringstream words(line);
    std::string what;
    words >> what;
    if (what == "acknowledged") {
      std::uint64_t thread = 0;
      std::uint64_t number = 0;
      words >> thread >> number;
      acknowledged.push_back(thread);
      const auto count = std::count(acknowledged.begin(), acknowledged.end(), thread);
      if (number != static_cast<std::uint64_t>(count)) return false;  // a thread's writes are reported in order
    } else if (what == "opening") {
      // It has already begun, at the start of the process.
    } else if (what == "opened") {
      opening.end();
      opened = true;
      words >> files_removed >> bytes_cut;
    } else if (what == "rolling") {
      rolling.begin();
    } else if (what == "rolled") {
      rolling.end();
    } else if (what == "merging") {
      merging.begin();
    } else if (what == "merged") {
      merging.end();
    } else if (what == "failed") {
      failure = line;
    } else {
      return false;
    }
    return !words.fail();
  }
};

/// A value that a key may have had, and its place among the acknowledgements: that of the previous write of its
/// thread, after which it began, and its own.
struct Candidate {
  std::optional<std::string> value;
  std::uint64_t begun_after = 0;
  std::uint64_t reported = UINT64_MAX;  // never
  std::string name;
};

using Candidates = std::map<std::string, std::vector<Candidate>>;

inline std::string short_text(const std::optional<std::string>& value) {
  if (!value) return "nothing";
  return "\"" + value->substr(0, 40) + (value->size() > 40 ? "…\"" : "\"");
}

/// The values that each key may have had: one from before, those of the acknowledged writes, and of one more write of
/// each thread.
inline Candidates candidates_of(const sim::Contents& before, const Journal& journal, std::uint64_t seed,
                                std::uint64_t threads) {
  Candidates candidates;
  for (std::uint64_t i = 0; i < kKillKeys; ++i) {
    const auto found = before.find(kill_key(i));
    const auto value = found == before.end() ? std::nullopt : std::optional(found->second);
    candidates[kill_key(i)].push_back({value, 0, 0, "what was there before"});
  }
  std::vector<std::uint64_t> last(threads, 0);    // the place of each thread's last acknowledgement
  std::vector<std::uint64_t> number(threads, 0);  // how many it has had
  const auto add = [&](std::uint64_t thread, std::uint64_t reported, const std::string& kind) {
    KillWrite write = kill_write(seed, thread, ++number.at(thread));
    candidates[write.key].push_back(
        {std::move(write.value), last.at(thread), reported,
         kind + " write " + std::to_string(number.at(thread)) + " of thread " + std::to_string(thread)});
    last.at(thread) = reported;
  };
  for (std::size_t i = 0; i < journal.acknowledged.size(); ++i) add(journal.acknowledged[i], i + 1, "acknowledged");
  if (!journal.opened) return candidates;
  for (std::uint64_t thread = 0; thread < threads; ++thread) add(thread, UINT64_MAX, "unacknowledged");
  return candidates;
}

/// The values that may still be there: no acknowledged write began after they were reported. For a single thread these
/// are the last acknowledged write and the one that may have been under way.
inline std::vector<Candidate> not_replaced(const std::vector<Candidate>& candidates) {
  std::uint64_t last_begin = 0;
  bool any = false;
  for (const Candidate& candidate : candidates) {
    if (candidate.reported == 0 || candidate.reported == UINT64_MAX) continue;
    any = true;
    last_begin = std::max(last_begin, candidate.begun_after);
  }
  std::vector<Candidate> remaining;
  for (const Candidate& candidate : candidates) {
    if (!any || candidate.reported > last_begin) remaining.push_back(candidate);
  }
  return remaining;
}

}  // namespace sediment::test
