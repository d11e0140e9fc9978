// The student's end of the pipe to the grader.
#pragma once

#include <string>
#include <string_view>

#include "labs/wire/frame.h"

namespace sediment::labs {

/// Sends a message. Ends the process if the grader is gone.
void send(FrameKind kind, std::string_view message);
/// Waits for a message of this kind. Ends the process if the grader is gone, or if it sent something else.
std::string receive(FrameKind kind);

}  // namespace sediment::labs
