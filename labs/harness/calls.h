// Calls into the student's component, for a picture of the run: which function, and the line where it begins.
//
// Only where the component was compiled to tell of them (grader/build.h). The compiler then calls two functions at the
// beginning and the end of each function of the file. Those that the grader has named become events.
#pragma once

namespace sediment::labs {

/// Reads the debugging information, which the first look-up of a line would do otherwise: in a thread that is judged, it
/// would count as the student's work. Does nothing where no calls are told.
void prepare_to_tell_calls();

/// While one exists, no call is told: an exploration makes millions of them.
class SilentCalls {
 public:
  SilentCalls();
  ~SilentCalls();
  SilentCalls(const SilentCalls&) = delete;
  SilentCalls& operator=(const SilentCalls&) = delete;
};

}  // namespace sediment::labs
