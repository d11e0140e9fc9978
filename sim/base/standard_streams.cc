#include "sim/base/standard_streams.h"

#include <csignal>

#include "engine/tools/standard_streams.h"

namespace sediment::sim {

void prepare_standard_streams() {
  (void)std::signal(SIGPIPE, SIG_IGN);
  tools::open_standard_streams();
}

}  // namespace sediment::sim
