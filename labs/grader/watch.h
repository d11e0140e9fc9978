// Watching: a failing check or a scenario is run once more, with each call into the student's component told, and becomes
// a trace for the visualizer, or a story for the terminal.
//
// This is a run of its own because telling the calls takes time, and because students watch one failure of many.
#pragma once

#include <string>

#include "labs/grader/build.h"
#include "labs/grader/lab.h"
#include "sim/disk/trace.h"

namespace sediment::labs {

/// A student's file as it was graded.
struct Graded {
  std::string file;  // with the text
  std::string path;  // where the student edits it; if that is `file`, the text may have changed since
  std::uint64_t seed = 1;
};

/// What watching a check takes later: a copy of the file, and its path and the seed. Returns the copy. Throws
/// std::runtime_error.
std::string save_graded(const std::string& folder, const std::string& check, const Graded& graded);
/// Removes what save_graded has saved.
void forget_graded(const std::string& folder, const std::string& check);
/// The first check of the lab that has failed. Throws std::invalid_argument if none has.
std::string first_graded(const Lab& lab, const std::string& folder);
/// Throws std::invalid_argument if this check has not failed.
Graded read_graded(const std::string& folder, const std::string& check);

/// The trace of a check that fails: of its scenario, if it has one, otherwise of its story. Throws std::invalid_argument
/// if there is nothing to watch, and otherwise as grade() does, and BuildFailed.
sim::Trace trace_of_check(const Lab& lab, const Inputs& inputs, const std::string& id, const Graded& graded);
/// The trace of a scenario with the component in the store. Throws likewise.
sim::Trace trace_of_scenario(const Lab& lab, const Inputs& inputs, const std::string& file, const Graded& graded);

/// Saves the trace, and the text of the student's file beside it. Throws std::runtime_error.
void save_watched(sim::Trace trace, const Graded& graded, const std::string& trace_file);

/// Saves the trace alone.
void save_trace_file(const sim::Trace& trace, const std::string& trace_file);

/// The trace as numbered steps, with the calls into the student's code, and what went wrong.
std::string tell_story(const sim::Trace& trace);

}  // namespace sediment::labs
