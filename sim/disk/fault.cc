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
     "the process dies, between two calls or inside an append; the operating system keeps everything that was written"},
    {Fault::kLoseUnsynced, "lose-unsynced",
     "the power fails; what no sync had covered is gone: all, or one part of it"},
    {Fault::kKeepSubset, "keep-subset",
     "the power fails; of the writes and directory changes that no sync had covered, any subset persists, in any "
     "order"},
    {Fault::kTornByte, "torn-byte", "the power fails; one file's unsynced bytes end at any byte"},
    {Fault::kTornSector, "torn-sector", "the power fails; one file's unsynced bytes end at a sector of 512 bytes"},
    {Fault::kTornWords, "torn-words",
     "the power fails; one file's unsynced writes leave any subset of their 8-byte words"},
    {Fault::kLostTruncate, "lost-truncate",
     "the power fails; a cut that no sync had covered is undone, and the old bytes are back behind the end"},
    {Fault::kZeroExtent, "zero-extent", "the power fails; a file has its new size, and zeros in the place of its data"},
    {Fault::kGarbageTail, "garbage-tail",
     "the power fails; a file has its new size, and random bytes or another file's in the place of its data"},
    {Fault::kLostCreate, "lost-create",
     "the power fails; a create that no sync of the directory had covered is undone"},
    {Fault::kLostRename, "lost-rename",
     "the power fails; a rename that no sync of the directory had covered is undone"},
    {Fault::kLostRemove, "lost-remove",
     "the power fails; a remove that no sync of the directory had covered is undone: the file is back"},
    {Fault::kBitRot, "bit-rot", "one bit of a file is wrong"},
    {Fault::kMisdirectedWrite, "misdirected-write", "a well-formed block of one place stands in another"},
    {Fault::kStaleRead, "stale-read", "a range of a file is as it was before it was last written"},
    {Fault::kFileMissing, "file-missing", "a file is gone"},
    {Fault::kFileDuplicated, "file-duplicated", "a file is a copy of another one"},
    {Fault::kFileSwapped, "file-swapped", "two files have each other's name"},
    {Fault::kFileTruncated, "file-truncated", "a file ends early"},
    {Fault::kShortWrite, "short-write", "a write puts half of its bytes on the disk, and fails"},
    {Fault::kNoSpace, "no-space", "a create, a write or a reservation is refused because the disk is full"},
    {Fault::kEio, "eio", "a call fails with an I/O error: eio-read, eio-write, eio-list, eio-rename and so on"},
    {Fault::kFsyncFails, "fsync-fails",
     "a sync fails, and what it should have made durable is readable but never written, or gone, or the failure is "
     "reported one sync late"},
    {Fault::kShortRead, "short-read", "a read returns fewer bytes than it was asked for"},
    {Fault::kCrashInRecovery, "crash-in-recovery", "a crash strikes while the store recovers from a crash"},
    {Fault::kShuffledListing, "shuffled-listing", "the directory is listed in a random order"},
}};

constexpr std::array<DeviceProfile, 3> kProfiles = {{
    {"posix", "everything that the standard allows", 1, true, false, true},
    {"ext4-ordered",
     "a journalling file system in its default mode: changes of the directory persist in order, and data before size",
     1, true, true, false},
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
