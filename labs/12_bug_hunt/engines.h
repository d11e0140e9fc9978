// Programs of a hunt: the harness with an engine in which one file is another one.
#pragma once

#include <cstdint>
#include <string>

#include "labs/12_bug_hunt/pool.h"
#include "labs/grader/build.h"

namespace sediment::labs {

/// For judging. It is built once, and kept until the engine is built anew. Throws BuildFailed.
Program program_of(const PooledEngine& engine, const Inputs& inputs);

/// For students: `out` is the new program. No two have the same compiler flags and the same order of functions, and none
/// names the file or the bug. `seed` says which flags and which order. Throws BuildFailed.
void build_for_students(const PooledEngine& engine, const Inputs& inputs, std::uint64_t seed, const std::string& out);

}  // namespace sediment::labs
