// Which lines of which source belong to a moment of a run: the line of the engine that an event came from or, in a run
// with a student's component (labs/), the student's own function.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sim/disk/trace.h"
#include "viz/model/timeline.h"

namespace sediment::viz {

/// A student's component in a recorded run.
struct Component {
  std::string name;  // under which events give its lines; empty: there is none, all is the engine's own
  std::string path;  // at which the student knows it
  std::shared_ptr<const std::string> text;
  std::vector<std::string_view> lines;  // of the text
  std::string problem;                  // why there is no text
};

/// Reads the file that the trace names, which must be beside the trace. It may hold anything: what is no text of at most
/// 1 MiB becomes a problem.
Component read_component(const sim::TraceAbout& about, const std::string& trace_file);

struct CodeView {
  std::string place;    // "engine/writer.cc:57"
  std::string what;     // the function and what it did there, if it is a student's
  std::string problem;  // why these are not the student's lines, or that there are none
  const std::vector<std::string_view>* lines = nullptr;  // null: there are none
  std::size_t line = 0;                                  // from 0
  bool own = false;                                      // they are the student's
  bool begins_here = false;                              // a function, so what comes next matters, not what was before
};

/// The lines at the timeline's place. No place and no problem: nothing has happened yet.
CodeView code_at(const Timeline& timeline, const Component& component);

}  // namespace sediment::viz
