#include "sim/cli/progress_line.h"

#include <fmt/format.h>
#include <unistd.h>

#include <utility>

#include "sim/base/output.h"

namespace sediment::sim {

ProgressLine::ProgressLine(std::string what) : what_(std::move(what)), terminal_(::isatty(STDERR_FILENO) != 0) {}

void ProgressLine::show(std::uint64_t done, std::uint64_t of) {
  if (done == 0) {  // at once: it may take long until the first one is done
    if (!announced_ && of == 0)
      print_error("{}{}: being counted{}", terminal_ ? "\r\x1b[K" : "", what_, terminal_ ? "" : "\n");
    if (terminal_ && of > 0) print_error("\r\x1b[K{}: 0 of {}", what_, of);
    announced_ = true;
    return;
  }
  const double seconds = elapsed();
  const double left = seconds / static_cast<double>(done) * static_cast<double>(of - done);
  if (terminal_) {
    if (seconds < shown_at_ + 0.1 && done != of) return;
    shown_at_ = seconds;
    print_error("\r\x1b[K{}: {} of {}, about {:.0f} s left", what_, done, of, left);

  } else if (const std::uint64_t tenth = done * 10 / of; tenth > tenth_ && of > 1) {
    tenth_ = tenth;
    if (seconds > 5) print_error("{}: {} of {}, about {:.0f} s left\n", what_, done, of, left);
  }
}

void ProgressLine::clear() {
  if (terminal_) print_error("\r\x1b[K");
}

}  // namespace sediment::sim
