// Running something in a process of its own, so that one contestant leaves no memory, thread or cache to the next, and so
// that it may be killed.
#pragma once

#include <functional>

#include "tests/bench/session.h"

namespace sediment::bench {

/// How a child ended. The words are empty if it did what it should.
struct Ending {
  std::string failure;
  bool gave_wrong_values = false;
};

/// Forks, runs `body` there, and hands each message that it sends to `receive` here. A child that takes longer than
/// `limit_seconds` is ended. Call it while there is one thread only.
Ending run_in_child(const std::function<void(const Session::Sink&)>& body, const Session::Sink& receive,
                    unsigned limit_seconds);

}  // namespace sediment::bench
