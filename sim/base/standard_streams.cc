#include "sim/base/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <csignal>

namespace sediment::sim {

void prepare_standard_streams() {
  (void)std::signal(SIGPIPE, SIG_IGN);
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; ++stream) {
    if (::fcntl(stream, F_GETFD) >= 0) continue;
    // The lowest number that is free is this one. Opened for reading alone: a write to it fails.
    (void)::open("/dev/null", O_RDONLY);
  }
}

}  // namespace sediment::sim
