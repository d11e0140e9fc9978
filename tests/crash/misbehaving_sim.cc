// sediment-sim for stores that throw, abort, hang or refuse: the simulator survives them and tells what they did.
//   build/release/tests/misbehaving-sim explore --tier exhaustive --operations 2 --store aborts
#include "sim/cli/commands.h"
#include "tests/support/misbehaving_stores.h"

int main(int argc, char** argv) { return sediment::sim::run_commands(argc, argv, sediment::test::misbehaving_kinds()); }
