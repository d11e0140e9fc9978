// How many files this process may have open. For programs, not for the engine, which takes the limit as it is.
#pragma once

namespace sediment {

/// Raises the limit as far as the process may, or leaves it if it may not. The usual soft limit of 1,024 exists for
/// programs that call select(2).
void raise_descriptor_limit();

}  // namespace sediment
