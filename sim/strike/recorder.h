// Runs a program in a recorded directory, and checks that the record is true.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "engine/status.h"
#include "sim/disk/trace.h"

namespace sediment::sim {

struct RecordOptions {
  std::string command;         // for sh -c; it runs in the recorded directory, and $STRIKE_START is the present one
  std::filesystem::path from;  // its contents are there, and durable, when the program begins; empty for none
  std::vector<std::string> volatile_patterns;
  std::chrono::milliseconds timeout{60'000};
};

struct Recording {
  Trace trace;
  std::string printed;      // on its standard output
  std::uint64_t files = 0;  // at the end
  std::uint64_t bytes = 0;  // written
};

/// Runs the command below `folder`, which must be an empty directory. The trace begins with the step "run COMMAND"; what
/// the program prints are outcomes in between.
///
/// kIoError if there is no FUSE, or the directory cannot be written. kInvalidArgument, with the reason, if the record
/// cannot be believed: the program did what cannot be recorded, ended with an error, took longer than the timeout, or the
/// directory that the record gives is not the one that is there.
Result<Recording> record(const RecordOptions& options, const std::filesystem::path& folder);

/// All files of a disk by their paths, with their contents as a process sees them; directories end in "/".
std::map<std::string, std::string> tree_of(const DiskState& state);

}  // namespace sediment::sim
