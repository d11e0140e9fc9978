#include "sim/disk/fault.h"

namespace sediment::sim {

namespace {

struct Words {
  Fault fault;
  std::string_view name;
  std::string_view what;
};

constexpr std::array<Words, kFaultCount> kWords = {{
    {Fault::kCleanKill, "clean-kill",
     "the process dies, between two calls or during an append; the operating system keeps everything that was written"},
    {Fault::kLoseUnsynced, "lose-unsynced", "the power fails; everything unsynced is lost, or one part of it"},
    {Fault::kKeepSubset, "keep-subset",
     "the power fails; of the unsynced writes and directory changes, any subset persists, in any "
     "order"},
    {Fault::kTornByte, "torn-byte", "the power fails; one file's unsynced bytes end at any byte"},
    {Fault::kTornSector, "torn-sector",
     "the power fails; one file's unsynced bytes end at the boundary of a 512-byte sector"},
    {Fault::kTornWords, "torn-words",
     "the power fails; one file's unsynced writes leave any subset of their 8-byte words"},
    {Fault::kLostTruncate, "lost-truncate",
     "the power fails; an unsynced cut of a file is undone, and the old bytes after its end are back"},
    {Fault::kZeroExtent, "zero-extent", "the power fails; a file has its new size, but zeros in place of its data"},
    {Fault::kGarbageTail, "garbage-tail",
     "the power fails; a file has its new size, but random bytes or another file's bytes in place of its data"},
    {Fault::kLostCreate, "lost-create", "the power fails; an unsynced create is undone"},
    {Fault::kLostRename, "lost-rename", "the power fails; an unsynced rename is undone"},
    {Fault::kLostRemove, "lost-remove", "the power fails; an unsynced remove is undone: the file is back"},
    {Fault::kBitRot, "bit-rot", "one bit of a file is wrong"},
    {Fault::kMisdirectedWrite, "misdirected-write", "a well-formed block was written to the wrong place"},
    {Fault::kStaleRead, "stale-read", "a range of a file is as it was before it was last written"},
    {Fault::kFileMissing, "file-missing", "a file is gone"},
    {Fault::kFileDuplicated, "file-duplicated", "a file is a copy of another one"},
    {Fault::kFileSwapped, "file-swapped", "two files have swapped names"},
    {Fault::kFileTruncated, "file-truncated", "a file ends early"},
    {Fault::kShortWrite, "short-write", "a write puts half of its bytes on the disk, then fails"},
    {Fault::kNoSpace, "no-space", "a create, a write or a reservation fails because the disk is full"},
    {Fault::kEio, "eio", "a call fails with an I/O error: eio-read, eio-write, eio-list, eio-rename and so on"},
    {Fault::kFsyncFails, "fsync-fails",
     "a sync fails: the data is still readable but never written, or is gone, or the failure is reported one sync "
     "late"},
    {Fault::kShortRead, "short-read", "a read returns fewer bytes than were asked for"},
    {Fault::kCrashInRecovery, "crash-in-recovery", "a second crash strikes while the store recovers from the first"},
    {Fault::kShuffledListing, "shuffled-listing", "the directory is listed in a random order"},
}};

constexpr std::array<DeviceProfile, 3> kProfiles = {{
    {"posix", "everything that the standard allows", 1, true, false, true},
    {"ext4-ordered",
     "a journalling file system in its default mode: directory changes persist in order, and data before size", 1, true,
     true, false},
    {"nvme-4k", "a drive that writes blocks of 4 KiB whole: nothing smaller is ever torn", 4096, false, false, true},
}};

}  // namespace

std::string_view name_of(Fault fault) { return kWords.at(static_cast<std::size_t>(fault)).name; }

std::string_view what_it_does(Fault fault) { return kWords.at(static_cast<std::size_t>(fault)).what; }

std::optional<Fault> parse_fault(std::string_view name) {
  for (const Words& words : kWords) {
    if (words.name == name) return words.fault;
  }
  return std::nullopt;
}

bool is_damage(Fault fault) { return fault >= Fault::kBitRot && fault <= Fault::kFileTruncated; }

const std::array<DeviceProfile, 3>& device_profiles() { return kProfiles; }

const DeviceProfile* find_profile(std::string_view name) {
  for (const DeviceProfile& profile : kProfiles) {
    if (profile.name == name) return &profile;
  }
  return nullptr;
}

}  // namespace sediment::sim
