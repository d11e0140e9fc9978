// The search of a record for a crash that a program does not survive.
//
// For every moment between two recorded operations, and every crash that can strike there, the directory that the crash
// leaves is written out, and a check runs on it. The check knows what the program had printed by then: what it has
// acknowledged must be there.
//
// Where there are too many directories, some are chosen: at each moment those that lose everything unsynced, or nothing,
// come first, and of the others a sample that the seed decides.
#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "sim/disk/crash.h"
#include "sim/disk/trace.h"
#include "sim/explore/explore.h"
#include "sim/strike/shell_command.h"

namespace sediment::sim {

struct StrikeOptions {
  std::string check;  // for sh -c; the directory is its last argument, $STRIKE_OUTPUT what was printed
  DeviceProfile profile = device_profiles()[0];
  LeftOut without = {};          // these crashes do not strike
  std::uint64_t budget = 5'000;  // at most so many directories are checked; 0: all
  std::uint64_t seed = 1;
  unsigned jobs = 0;                          // checks at a time; 0: one for each core
  std::chrono::milliseconds timeout{10'000};  // of one check
};

/// A moment of the record, and what happens then. `choice` is none for the moment itself: the program has ended.
struct StrikePoint {
  std::uint64_t after = 0;  // operations
  std::optional<CrashChoice> choice;
};

/// What a check said of a directory.
struct Verdict {
  enum class Kind { kRight, kLost, kBroken };
  Kind kind = Kind::kRight;
  std::string why;     // "the check ended with exit code 1"
  std::string output;  // what it has printed
};

struct StrikeFinding {
  StrikePoint point;
  Verdict verdict;
};

struct StrikeReport {
  std::uint64_t moments = 0;      // between the operations
  std::uint64_t crashes = 0;      // pairs of a moment and a crash that can strike there
  std::uint64_t directories = 0;  // different ones among those that were made
  std::uint64_t checked = 0;
  bool sampled = false;                  // not every crash had its directory made
  std::optional<StrikeFinding> finding;  // the first, by the order above
};

/// The record on a file system with one journal for all its names, such as ext4: a sync of any file or
/// directory makes every name durable that was made before it. The trace gets the syncs of directories that this amounts to.
Trace with_journal(const Trace& trace);

/// What the program had printed before operation `after` + 1; for a crash inside operation `after`, before that one.
std::string printed_by(const Trace& trace, const StrikePoint& point);

/// The disk that a point leaves. kInvalidArgument if it is not possible.
Result<DiskState> disk_at(const Trace& trace, const StrikePoint& point);

/// Writes a disk as a directory: `folder` must not exist. kIoError.
Status write_tree(const DiskState& state, const std::filesystem::path& folder);

/// Runs the check on one directory below `folder`, which must be an empty one, and removes it again.
Result<Verdict> check_at(const Trace& trace, const StrikePoint& point, const StrikeOptions& options,
                         const std::filesystem::path& folder);

/// Searches. `folder` must be an empty directory, better in memory. kIoError if it cannot be written.
Result<StrikeReport> strike(const Trace& trace, const StrikeOptions& options, const std::filesystem::path& folder,
                            const Progress& progress = {});

/// The story of a finding in some lines, without the commands that show it again.
std::string tell(const Trace& trace, const StrikeFinding& finding);
/// The record up to the finding's moment, with its crash at the end: a trace that can be shown and struck again.
Trace story_of(const Trace& trace, const StrikePoint& point);

}  // namespace sediment::sim
