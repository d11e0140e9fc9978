// How many files this process may have open: for programs, not for the engine, which takes the limit as it is.
#pragma once

namespace sediment {

/// Raises the limit as far as the process may, and leaves it where it is if it may not. The usual soft limit of 1,024
/// is for programs that call select(2).
void raise_descriptor_limit();

}  // namespace sediment
