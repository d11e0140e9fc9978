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

// Claims, and how those about a file begin.
constexpr const char* kEmpty = "empty";
constexpr const char* kStarter = "starter";
constexpr const char* kRight = "right/";
constexpr const char* kWrong = "wrong/";

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

// What `grade` says of each claim, told line by line; collects what does not hold.
class Proof {
 public:
  Proof(const Lab& lab, const Inputs& inputs, const Told& told)
      : lab_(lab), inputs_(inputs), told_(told), own_(inputs, lab.folder + "-verify") {
    fs::create_directories(own_.path());
  }

  void scores_nothing(const std::string& name, const std::string& source) {
    const std::string file = own_.path() + "/nothing.cc";
    write_file(file, source);
    const LabResult result = grade(lab_, inputs_, {.file = file});
    const bool open = std::all_of(result.checks.begin(), result.checks.end(), [](const CheckResult& check) {
      return check.outcome == Outcome::kNotImplemented || check.outcome == Outcome::kSkipped;
    });
    say(name, fmt::format("{} points", result.score()),
        result.score() == 0 && open ? "" : "must score 0, as not implemented");
  }

  void passes(const std::string& name, const std::string& file, std::uint64_t seed) {
    const LabResult result = grade(lab_, inputs_, {.file = file, .seed = seed});
    const CheckResult* open = result.first_open();
    const std::string missing = open == nullptr ? "" : "must pass, but fails " + open->id + ": " + open->reason;
    say(name, fmt::format("{} of {} points, {:.1f} s", result.score(), result.most(), result.seconds), missing);
  }

  void fails_first_where_it_says(const std::string& name, const std::string& file,
                                 const std::vector<std::uint64_t>& seeds) {
    const std::string named = named_check(file);
    std::string warnings;
    const Build build = build_component(lab_, inputs_, file, own_.path() + "/wrong", &warnings);
    for (const std::uint64_t seed : seeds) {
      const LabResult result =
          grade(lab_, inputs_, {.file = file, .seed = seed, .stop_at_failure = true, .build = &build});
      const CheckResult* open = result.first_open();
      const bool as_named = open != nullptr && open->id == named && open->outcome == Outcome::kFailed;
      say(name,
          fmt::format("seed {:<8} {:.1f} s, {}: {}", seed, result.seconds,
                      open == nullptr ? "passes everything" : open->id,
                      open == nullptr ? "" : open->reason.substr(0, 90)),
          as_named ? "" : "the first check to fail must be " + named);
    }
  }

  const std::vector<std::string>& wrong() const { return wrong_; }

 private:
  void say(const std::string& name, const std::string& what, const std::string& problem) {
    told_(fmt::format("lab {:<2} {:<34} {}{}", lab_.number, name, what, problem.empty() ? "" : "   <-- " + problem));
    if (!problem.empty()) wrong_.push_back(fmt::format("lab {}, {}: {}", lab_.number, name, problem));
  }

  const Lab& lab_;
  const Inputs& inputs_;
  const Told& told_;
  BuildFolder own_;
  std::vector<std::string> wrong_;
};

}  // namespace

std::vector<std::string> claims_of(const Lab& lab, const Inputs& inputs) {
  if (lab.own != nullptr) return {"all"};
  std::vector<std::string> claims = {kEmpty, kStarter};
  for (const std::string kind : {kRight, kWrong}) {
    for (const std::string& file : sources_in(inputs.root + "/labs/" + lab.folder + "/" + kind)) {
      claims.push_back(kind + fs::path(file).filename().string());
    }
  }
  return claims;
}

std::vector<std::string> verify(const Lab& lab, const Inputs& inputs, const std::string& claim,
                                const std::vector<std::uint64_t>& seeds, const Told& told) {
  const std::vector<std::string> claims = claims_of(lab, inputs);
  if (std::find(claims.begin(), claims.end(), claim) == claims.end()) {
    throw std::invalid_argument(fmt::format("lab {} claims nothing about '{}'", lab.number, claim));
  }
  if (lab.own != nullptr) return lab.own->verify(lab, inputs, seeds, told);
  Proof proof(lab, inputs, told);
  const std::string file = inputs.root + "/labs/" + lab.folder + "/" + claim;
  if (claim == kEmpty) {
    proof.scores_nothing("an empty file", "");
  } else if (claim == kStarter) {
    proof.scores_nothing("the starter", starter_of(lab, inputs));
  } else if (claim.starts_with(kRight)) {
    proof.passes(claim, file, seeds.front());
  } else {
    proof.fails_first_where_it_says(claim, file, seeds);
  }
  return proof.wrong();
}

}  // namespace sediment::labs
