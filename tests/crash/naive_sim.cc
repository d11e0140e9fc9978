// sediment-sim for the naive store: the simulator finds what the store loses, and replays it.
//   build/release/tests/naive-sim explore --tier exhaustive --operations 2
#include "sim/cli/commands.h"
#include "tests/support/naive_store.h"

int main(int argc, char** argv) { return sediment::sim::run_commands(argc, argv, {&sediment::test::naive_kind()}); }
