#include "tests/bench/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstdio>

namespace sediment::bench {

Progress::Progress(double expected_seconds) : expected_(expected_seconds), is_terminal_(isatty(STDERR_FILENO) == 1) {}

Progress::~Progress() {
  if (is_terminal_) fmt::print(stderr, "\r\033[K");
}

// Extrapolates from the time that the finished part took. Until a twentieth is done, it trusts the groups' estimates.
std::string Progress::time_left() const {
  double seconds = expected_ - finished_;
  if (finished_ > expected_ / 20) seconds *= seconds_since(started_) / finished_;
  if (seconds < 60) return fmt::format("about {:.0f} s left", seconds);
  return fmt::format("about {:.0f} min left", seconds / 60);
}

void Progress::show(const std::string& what) {
  if (what == last_) return;
  last_ = what;
  const std::string line = fmt::format("{:3.0f} %  {}, {}", 100 * finished_ / expected_, what, time_left());
  fmt::print(stderr, "{}{}{}", is_terminal_ ? "\r\033[K" : "", line, is_terminal_ ? "" : "\n");
}

void Progress::tell(const std::string& message) {
  fmt::print(stderr, "{}{}\n", is_terminal_ ? "\r\033[K" : "", message);
}

}  // namespace sediment::bench
