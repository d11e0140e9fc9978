// The command `verify`: prints what verify.h found.
#pragma once

#include <string>

#include "engine/cli/console.h"
#include "engine/cli/open_store.h"

namespace sediment::cli {

struct VerifyArguments : StoreArguments {};

/// kCorruption if anything is damaged, else kIo if anything could not be read.
ExitCode run_verify(const VerifyArguments& arguments, Console& console);

}  // namespace sediment::cli
