// The command `dump`: shows what stands in a store's files, byte for byte if asked to, damaged or not.
//
// It opens no store and takes no lock: it works on stores that cannot be opened, and beside a running writer (whose
// last record may then look torn). It judges nothing: damage is shown where it stands and the exit code stays 0. To
// know whether a store is in order, use verify.
#pragma once

#include <string>

#include "engine/cli/console.h"

namespace sediment::cli {

struct DumpArguments {
  std::string path;  // a store's directory, or a segment's file
  std::string file;  // in that directory; empty: all
  bool hex = false;
};

ExitCode run_dump(const DumpArguments& arguments, Console& console);

}  // namespace sediment::cli
