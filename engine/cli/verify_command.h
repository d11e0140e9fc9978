// The command `verify`: prints what verify.h found.
#pragma once

#include <string>

#include "engine/cli/console.h"

namespace sediment::cli {

struct VerifyArguments {
  std::string directory;
};

/// kCorruption if anything is damaged, else kIo if anything could not be read.
ExitCode run_verify(const VerifyArguments& arguments, Console& console);

}  // namespace sediment::cli
