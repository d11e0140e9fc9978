#include "sim/explore/stories.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

namespace sediment::sim {

namespace {

// The steps without what differs between violations of one cause: the place of a crash, and the values.
std::string outline(const Violation& violation, bool with_crashes) {
  std::string text;
  for (const Step& step : violation.replay.steps) {
    const bool is_crash = step[0] == "crash" || step[0] == "fail";
    if (is_crash && !with_crashes) continue;
    text += step[0];
    if (is_crash && step.size() > 1) text += " " + step[1];
    if (!is_crash && step.size() > 1) text += " " + step[1];
    text += '\n';
  }
  return text;
}

// The kind of failure, whatever oracle has noticed it, and where: "wrong-contents 0 4".
std::string failure_of(const Violation& violation) {
  const std::string separator = " · ";
  const std::size_t oracle_ends = violation.cause.find(separator);
  if (oracle_ends == std::string::npos) return violation.cause;
  const std::size_t begin = oracle_ends + separator.size();
  return violation.cause.substr(begin, violation.cause.find(" at ", begin) - begin);
}

}  // namespace

std::vector<Violation> stories_of(const ExploreReport& report, std::size_t most,
                                  const std::function<Violation(const Violation&)>& shrunk) {
  // Shrinking takes time, and most causes turn out to be the same.
  constexpr std::size_t kTriedPerStory = 12;
  std::vector<Violation> stories;
  for (std::size_t i = 0; i < report.violations.size() && i < most * kTriedPerStory; ++i) {
    Violation violation = shrunk(report.violations[i]);
    const auto is_same = [&](const Violation& other) {
      return outline(other, true) == outline(violation, true) && failure_of(other) == failure_of(violation);
    };
    const auto known = std::find_if(stories.begin(), stories.end(), is_same);
    if (known == stories.end()) {
      stories.push_back(std::move(violation));
    } else {
      known->alike += 1 + violation.alike;
    }
  }
  const auto shorter = [](const Violation& one, const Violation& other) {
    return one.replay.steps.size() < other.replay.steps.size();
  };
  std::stable_sort(stories.begin(), stories.end(), shorter);
  // What is new says more than the same once again: first what another loss has caused (the bytes of one kind of file, the
  // name of another), then another failure, then another script.
  std::set<std::string> failures;
  std::set<std::string> scripts;
  std::set<std::string> losses;
  const auto told_first = [](std::vector<Violation>& from, std::set<std::string>& seen, const auto& key_of) {
    (void)std::stable_partition(from.begin(), from.end(),
                                [&](const Violation& story) { return seen.insert(key_of(story)).second; });
  };
  told_first(stories, scripts, [](const Violation& story) { return outline(story, false); });
  told_first(stories, failures, failure_of);
  told_first(stories, losses, [](const Violation& story) { return story.taken; });
  std::vector<Violation> first = std::move(stories);
  if (first.size() > most) first.resize(most);
  return first;
}

}  // namespace sediment::sim
