#include "labs/grader/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <stdexcept>

#include "labs/grader/files.h"
#include "labs/grader/grade.h"
#include "labs/grader/own_lab.h"
#include "labs/grader/starter.h"

namespace sediment::labs {

namespace {

namespace fs = std::filesystem;

std::vector<std::string> sources_in(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".cc") files.push_back(entry.path().string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// The check that a wrong solution names in its first line: "// WRONG: ... | first check to fail: L5.3".
std::string named_check(const std::string& file) {
  std::ifstream source(file);
  std::string line;
  std::getline(source, line);
  constexpr std::string_view kMark = "| first check to fail: ";
  const std::size_t at = line.find(kMark);
  if (!line.starts_with("// WRONG: ") || at == std::string::npos) {
    throw std::runtime_error(file + ": the first line must be \"// WRONG: what it does | first check to fail: L5.3\"");
  }
  return line.substr(at + kMark.size());
}

}  // namespace

std::vector<std::string> verify(const Lab& lab, const Inputs& inputs, const std::vector<std::uint64_t>& seeds,
                                const Told& told) {
  if (lab.own != nullptr) return lab.own->verify(lab, inputs, seeds, told);
  std::vector<std::string> wrong;
  const auto say = [&](const std::string& name, const std::string& what, const std::string& problem) {
    told(fmt::format("lab {:<2} {:<34} {}{}", lab.number, name, what, problem.empty() ? "" : "   <-- " + problem));
    if (!problem.empty()) wrong.push_back(fmt::format("lab {}, {}: {}", lab.number, name, problem));
  };
  const std::string folder = inputs.root + "/labs/" + lab.folder;

  const BuildFolder own(inputs, lab.folder + "-verify");
  const std::string empty = own.path() + "/empty.cc";
  const std::string starter = own.path() + "/starter.cc";
  fs::create_directories(own.path());
  write_file(empty, "");
  write_file(starter, starter_of(lab, inputs));
  for (const auto& [name, path] : {std::pair("an empty file", empty), std::pair("the starter", starter)}) {
    const LabResult result = grade(lab, inputs, {.file = path});
    const bool open = std::all_of(result.checks.begin(), result.checks.end(), [](const CheckResult& check) {
      return check.outcome == Outcome::kNotImplemented || check.outcome == Outcome::kSkipped;
    });
    say(name, fmt::format("{} points", result.score()),
        result.score() == 0 && open ? "" : "must score 0, as not implemented");
  }

  for (const std::string& file : sources_in(folder + "/right")) {
    const LabResult result = grade(lab, inputs, {.file = file, .seed = seeds.front()});
    const CheckResult* open = result.first_open();
    const std::string missing = open == nullptr ? "" : "must pass, but fails " + open->id + ": " + open->reason;
    say("right/" + fs::path(file).filename().string(),
        fmt::format("{} of {} points, {:.1f} s", result.score(), result.most(), result.seconds), missing);
  }

  for (const std::string& file : sources_in(folder + "/wrong")) {
    const std::string named = named_check(file);
    std::string warnings;
    const Build build = build_component(lab, inputs, file, own.path() + "/wrong", &warnings);
    for (const std::uint64_t seed : seeds) {
      const LabResult result =
          grade(lab, inputs, {.file = file, .seed = seed, .stop_at_failure = true, .build = &build});
      const CheckResult* open = result.first_open();
      const bool as_named = open != nullptr && open->id == named && open->outcome == Outcome::kFailed;
      say("wrong/" + fs::path(file).filename().string(),
          fmt::format("seed {:<3} {}: {}", seed, open == nullptr ? "passes everything" : open->id,
                      open == nullptr ? "" : open->reason.substr(0, 90)),
          as_named ? "" : "the first check to fail must be " + named);
    }
  }
  return wrong;
}

}  // namespace sediment::labs
