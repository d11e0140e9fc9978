// Filling a store, which is how most sessions begin.
#pragma once

#include "tests/bench/contestant.h"
#include "tests/bench/data.h"
#include "tests/bench/streams.h"
#include "tests/bench/timing.h"

namespace sediment::bench {

/// Puts version 0 of these keys one by one, until all are there or the time is up.
Timing fill_timed(Contestant& contestant, const Stream& order, double limit_seconds);
/// Puts those from position `begin` on, as fast as the contestant can.
void fill_rest(Contestant& contestant, const Stream& order, std::size_t begin);

/// By how much a counter has grown since `before`; sizes and maxima as they are now.
Details counters_since(Contestant& contestant, const Details& before);

}  // namespace sediment::bench
