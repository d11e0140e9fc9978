// sediment-sim: run a scenario, or search for a crash that loses something.
#include "sim/cli/commands.h"

int main(int argc, char** argv) {
  return sediment::sim::run_commands(argc, argv, {&sediment::sim::engine_kind(), &sediment::sim::text_log_kind()});
}
