// The command `dump`: shows the contents of a store's files, damaged or not, and byte by byte on request.
//
// It opens no store and takes no lock. So it works on stores that cannot be opened, and beside a running writer (whose
// last record may then look torn). It judges nothing: damage is shown where it is, and the exit code stays 0. To find
// out whether a store is in order, use verify.
#pragma once

#include <string>

#include "engine/cli/console.h"

namespace sediment::cli {

struct DumpArguments {
  std::string path;  // a store's directory, or a segment's file
  std::string file;  // in that directory; empty: all files
  bool hex = false;
};

ExitCode run_dump(const DumpArguments& arguments, Console& console);

}  // namespace sediment::cli
