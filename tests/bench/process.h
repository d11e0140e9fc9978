// Runs something in a separate process, so that one contestant leaves no memory, thread or cache to the next, and so
// that it can be killed.
#pragma once

#include <functional>

#include "tests/bench/session.h"

namespace sediment::bench {

/// How a child ended. The text is empty if it succeeded.
struct Ending {
  std::string failure;
  bool gave_wrong_values = false;
};

/// Forks, runs `body` there, and passes each message that it sends to `receive` here. Stops a child that takes longer
/// than `limit_seconds`. Call it while there is only one thread.
Ending run_in_child(const std::function<void(const Session::Sink&)>& body, const Session::Sink& receive,
                    unsigned limit_seconds);

}  // namespace sediment::bench
