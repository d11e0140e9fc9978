// Your own engine: everything that the student has written in the labs, at once, in one store of each kind (./dev lab mine).
//
// It is for the student's own eyes: no marks depend on it. When something fails, the reference takes the place of one
// component after the other, and what failed is run again, until it is known whose component broke it. From there on the
// reference's is used instead, so that one mistake does not hide the next.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <set>
#include <string>
#include <vector>

#include "labs/grader/build.h"
#include "labs/grader/culprits.h"
#include "labs/grader/lab.h"

namespace sediment::labs {

/// A component of the engine that a lab is about, and whose it is.
struct Ownership {
  int lab = 0;
  std::string title;
  std::string file;  // the student's
  std::string store;
  std::string not_yours;  // why the reference's is used; empty: the student's is
};

/// Something that the student's components broke.
struct Breakage {
  std::string reason;
  std::string output;              // the beginning of what the student's code printed
  std::vector<std::string> story;  // the steps up to the one that failed
  std::string scenario_file;       // that fails, if there is one
  Culprits culprits;
};

/// One thing that a store was tried with.
struct Tried {
  std::string store;
  std::string name;
  std::string sentence;
  std::string reached;  // if it passed in the end
  std::vector<Breakage> breakages;
  bool skipped = false;  // nothing of the student's is left in the store
  double seconds = 0;
};

struct MineResult {
  std::vector<Ownership> components;
  std::vector<Tried> tried;
  std::uint64_t seed = 0;
  std::string release;
  std::string isolation;
  std::string problem;   // why nothing could be tried; empty if it could
  std::string compiler;  // what the compiler said then
  bool complete = false;
  double seconds = 0;

  /// Whether there was something of the student's, and it broke nothing.
  bool passed() const;
};

struct MineOptions {
  std::string files = {};      // a folder with NN_name/FILE or FILE for each lab; empty: the folder labs
  std::uint64_t seed = 1;      // of all random data
  std::uint64_t scripts = 0;   // how many small scripts are crashed, spread evenly over all; 0: all of them
  unsigned jobs = 0;           // processes at the same time; 0: one per core
  std::string scenarios = {};  // a folder for those that fail; empty: they are not kept
  std::string text = {};       // the demo counts its words; empty: the pages of the project
};

/// What is told while it runs.
struct MineReport {
  std::function<void(const MineResult& so_far)> begins;           // once, when it is known whose is which
  std::function<void(const Tried& tried)> tried;                  // after each
  std::function<void(const Tried& now, double done)> progressed;  // from 0 to 1
};

/// Never throws BuildFailed: what cannot be built is the result's problem.
MineResult try_mine(const std::vector<Lab>& labs, const Inputs& inputs, const MineOptions& options,
                    const MineReport& report = {});

/// How far a trial is, on stderr: on a terminal one line that changes, elsewhere a line for each tenth.
class MineProgress {
 public:
  MineProgress();
  void show(const Tried& now, double done);
  void clear();

 private:
  bool terminal_;
  std::string now_;  // the trial
  std::chrono::steady_clock::time_point started_;
  int tenth_ = 0;
};

/// As text: whose is which, one thing that was tried, and the end.
std::string tell_components(const MineResult& result);
std::string tell_tried(const Tried& tried, const MineResult& result);
std::string tell_end(const MineResult& result);
nlohmann::json to_json(const MineResult& result);

}  // namespace sediment::labs
