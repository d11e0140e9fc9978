// What can go wrong with a disk: the classes of faults, and the devices that have them.
//
// Each class has one name, the same in scenarios, traces, reports, pictures and documents.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sediment::sim {

enum class Fault : std::uint8_t {
  // A crash: how much of what was written does the next process find? (crash.h)
  kCleanKill,
  kLoseUnsynced,
  kKeepSubset,
  kTornByte,
  kTornSector,
  kTornWords,
  kLostTruncate,
  kZeroExtent,
  kGarbageTail,
  kLostCreate,
  kLostRename,
  kLostRemove,
  // Damage at rest, to a disk that was fine. (crash.h)
  kBitRot,
  kMisdirectedWrite,
  kStaleRead,
  kFileMissing,
  kFileDuplicated,
  kFileSwapped,
  kFileTruncated,
  // A call that fails, or does less than it was asked to, while the process keeps running. (sim_disk.h)
  kShortWrite,
  kNoSpace,
  kEio,
  kFsyncFails,
  kShortRead,
  // Neither of these.
  kCrashInRecovery,
  kShuffledListing,
};

constexpr std::uint8_t kFaultCount = static_cast<std::uint8_t>(Fault::kShuffledListing) + 1;

/// "clean-kill" for kCleanKill, and so on. Never fails.
std::string_view name_of(Fault fault);
/// One sentence without its full stop: what the fault does. Never fails.
std::string_view what_it_does(Fault fault);
/// The fault with that name.
std::optional<Fault> parse_fault(std::string_view name);

/// Whether the fault is damage to a disk at rest. If it is, the store may report corruption.
bool is_damage(Fault fault);

/// A kind of disk, by what it may do to unsynced writes. A bug that needs a fault which one device never has stays
/// hidden there and bites on another.
struct DeviceProfile {
  std::string_view name;
  std::string_view what;
  /// A write within one aligned block of this size persists whole or not at all, and the writes of one block persist in
  /// order. 1: a write may end at any byte.
  std::uint64_t atomic_bytes = 1;
  bool torn_words = true;           // an interrupted copy may leave any subset of its words
  bool directory_in_order = false;  // changes of the directory persist in the order in which they were made
  bool size_before_data = true;     // a file's new size may persist without its data
};

/// posix (everything that the standard allows; the default), ext4-ordered, nvme-4k.
const std::array<DeviceProfile, 3>& device_profiles();
/// Null if there is no such profile.
const DeviceProfile* find_profile(std::string_view name);

}  // namespace sediment::sim
