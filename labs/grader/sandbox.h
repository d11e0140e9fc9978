// The limits of a student's process. Set between fork and exec, so they hold from its first instruction on.
#pragma once

#include <string>

#include "labs/grader/student_process.h"

namespace sediment::labs {

/// Applies the limits to the calling process. False if they cannot be set.
bool set_limits(const Limits& limits, bool has_address_sanitizer);

/// Denies the calling process, for good, the system calls that could harm others. False if seccomp does not work here.
bool deny_harmful_calls();

/// Whether seccomp works here. Tries it once, in a process of its own.
bool can_deny_calls();

}  // namespace sediment::labs
