// What ./dev lab mine prints.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>
#include <nlohmann/json.hpp>

#include "labs/grader/mine.h"
#include "labs/grader/result.h"
#include "sim/run/scenario.h"

namespace sediment::labs {

namespace {

using nlohmann::json;

constexpr std::size_t kShownSteps = 12;

std::string_view name_of(Culprits::How how) {
  switch (how) {
    case Culprits::How::kOne: return "one";
    case Culprits::How::kPair: return "pair";
    case Culprits::How::kMore: return "more";
    case Culprits::How::kNotYours: return "not-yours";
  }
  return "";
}

std::string store_name(const std::string& store) { return store == sim::kEngineName ? "engine" : "text log"; }

// "lab 5 (Hash index)" or "lab 5 (Hash index) and lab 8 (Merge)".
std::string names_of(const std::set<int>& labs, const MineResult& result) {
  std::string names;
  for (const Ownership& component : result.components) {
    if (!labs.contains(component.lab)) continue;
    names += fmt::format("{}lab {} ({})", names.empty() ? "" : " and ", component.lab, component.title);
  }
  return names;
}

std::string verdict(const Breakage& breakage, const MineResult& result) {
  const std::vector<std::set<int>>& replaced = breakage.culprits.replaced;
  std::string text;
  switch (breakage.culprits.how) {
    case Culprits::How::kNotYours:
      return "It fails with the reference alone, too: this is an error of the project. Please tell your instructor.";
    case Culprits::How::kMore:
      return "No single component broke it, and no pair: it passes only with the reference in place of all of yours.";
    case Culprits::How::kPair: text = "No single component broke it. Broken by"; break;
    case Culprits::How::kOne: text = "Broken by"; break;
  }
  for (std::size_t i = 0; i < replaced.size(); ++i) text += (i == 0 ? " " : ", or by ") + names_of(replaced[i], result);
  text += breakage.culprits.how == Culprits::How::kOne ? ": with the reference in its place, the same passes."
                                                       : ": with the reference in place of both, the same passes.";
  if (replaced.size() > 1) text += " They do not go together: it passes without any one of these.";
  return text + fmt::format("\n  From here on without {}.", names_of(replaced.front(), result));
}

std::string watched(const Breakage& breakage, const MineResult& result) {
  if (breakage.scenario_file.empty() || breakage.culprits.replaced.empty()) return {};
  const int lab = *breakage.culprits.replaced.front().begin();
  std::string file;
  for (const Ownership& component : result.components) {
    if (component.lab == lab) file = component.file;
  }
  return fmt::format("  Watch it:  ./dev lab {} watch {} --file {}\n", lab, breakage.scenario_file, file);
}

}  // namespace

MineProgress::MineProgress() : terminal_(::isatty(STDERR_FILENO) != 0) {}

void MineProgress::show(const Tried& now, double done) {
  const std::string what = store_name(now.store) + " " + now.name;
  if (what != now_) {
    now_ = what;
    started_ = std::chrono::steady_clock::now();
    tenth_ = 0;
  }
  const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started_).count();
  if (done <= 0 || done >= 1) return;
  const std::string line =
      fmt::format("{}: {:.0f} %, about {:.0f} s left", what, done * 100, seconds / done * (1 - done));
  if (terminal_) {
    fmt::print(stderr, "\r\x1b[K{}", line);
  } else if (static_cast<int>(done * 10) > tenth_ && seconds > 5) {
    tenth_ = static_cast<int>(done * 10);
    fmt::print(stderr, "{}\n", line);
  }
}

void MineProgress::clear() {
  if (terminal_) fmt::print(stderr, "\r\x1b[K");
}

std::string tell_components(const MineResult& result) {
  std::string text = "Your engine: what you have written, and the reference for all the rest\n\n";
  for (const Ownership& component : result.components) {
    const std::string whose =
        component.not_yours.empty() ? "yours: " + component.file : "the reference's: " + component.not_yours;
    text += fmt::format("  lab {:<2} {:<14} in the {:<9} {}\n", component.lab, component.title,
                        store_name(component.store), whose);
  }
  return text + fmt::format("\n{}. For your own eyes: no marks depend on this.\n\n", result.isolation);
}

std::string tell_tried(const Tried& tried, const MineResult& result) {
  constexpr std::size_t kWidth = 88;
  std::string line = fmt::format("{} {}: {} ", store_name(tried.store), tried.name, tried.sentence);
  if (line.size() < kWidth) line.append(kWidth - line.size(), '.');
  if (tried.skipped) return line + " not run: nothing of yours is left in it\n";
  if (tried.breakages.empty()) return line + fmt::format(" ok   {}, {:.0f} s\n", tried.reached, tried.seconds);
  std::string text = line + fmt::format(" FAIL   seed {}\n", result.seed);
  for (const Breakage& breakage : tried.breakages) {
    const std::vector<std::string>& story = breakage.story;
    const std::size_t first = story.size() > kShownSteps + 1 ? story.size() - kShownSteps : 0;
    if (first > 0) text += fmt::format("  ... {} earlier steps\n", first);
    for (std::size_t i = first; i < story.size(); ++i) text += fmt::format("  {:>3}  {}\n", i + 1, printable(story[i]));
    text += fmt::format("  ***** {} *****\n  {}\n", printable(breakage.reason), verdict(breakage, result));
    text += watched(breakage, result);
  }
  return text;
}

std::string tell_end(const MineResult& result) {
  if (!result.problem.empty()) return printable(result.problem + "\n" + result.compiler);
  std::set<int> broke;
  std::size_t breakages = 0;
  for (const Tried& tried : result.tried) {
    breakages += tried.breakages.size();
    for (const Breakage& breakage : tried.breakages) {
      if (breakage.culprits.replaced.empty()) continue;
      broke.insert(breakage.culprits.replaced.front().begin(), breakage.culprits.replaced.front().end());
    }
  }
  if (breakages == 0) return fmt::format("\nYour engine works, as far as this can tell. {:.0f} s\n", result.seconds);
  if (broke.empty())
    return fmt::format("\nYour engine does not work yet, and no single component is to blame. {:.0f} s\n",
                       result.seconds);
  return fmt::format("\nYour engine does not work yet. Begin with {}. {:.0f} s\n", names_of(broke, result),
                     result.seconds);
}

json to_json(const MineResult& result) {
  json components = json::array();
  for (const Ownership& component : result.components) {
    components.push_back({{"lab", component.lab},
                          {"title", component.title},
                          {"store", component.store},
                          {"file", component.file},
                          {"yours", component.not_yours.empty()},
                          {"why_not", component.not_yours}});
  }
  json trials = json::array();
  for (const Tried& tried : result.tried) {
    json breakages = json::array();
    for (const Breakage& breakage : tried.breakages) {
      breakages.push_back({{"reason", breakage.reason},
                           {"output", breakage.output},
                           {"story", breakage.story},
                           {"scenario", breakage.scenario_file},
                           {"broken_by", name_of(breakage.culprits.how)},
                           {"passes_without", breakage.culprits.replaced}});
    }
    trials.push_back({{"store", tried.store},
                      {"name", tried.name},
                      {"sentence", tried.sentence},
                      {"outcome", tried.skipped             ? "skipped"
                                  : tried.breakages.empty() ? "passed"
                                                            : "failed"},
                      {"reached", tried.reached},
                      {"breakages", breakages},
                      {"seconds", tried.seconds}});
  }
  return {{"passed", result.passed()},   {"complete", result.complete}, {"problem", result.problem},
          {"compiler", result.compiler}, {"components", components},    {"tried", trials},
          {"seed", result.seed},         {"release", result.release},   {"isolation", result.isolation},
          {"seconds", result.seconds}};
}

}  // namespace sediment::labs
