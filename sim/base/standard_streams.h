// The three standard streams of a process, made safe at its start.
#pragma once

namespace sediment::sim {

/// A reader that goes away becomes a failed write and no signal; and a stream that the process was started without gets a
/// place of its own, on which every write fails, so that no file which is opened later is taken for it.
void prepare_standard_streams();

}  // namespace sediment::sim
