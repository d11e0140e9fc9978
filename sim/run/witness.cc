#include "sim/run/witness.h"

namespace sediment::sim {

namespace {

thread_local Witness* of_this_thread = nullptr;

}  // namespace

Witness* witness() { return of_this_thread; }
void set_witness(Witness* witness) { of_this_thread = witness; }

}  // namespace sediment::sim
