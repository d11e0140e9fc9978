// The manifest: which segments make up the store, from oldest to newest. The one commit point.
//
//   sediment-manifest 1
//   next 9
//   sealed 3 nonce=5be0cd19137e2179 bytes=4096 records=87
//   sealed 7 nonce=1f83d9abfb41bd6b bytes=1208 records=20
//   active 8 nonce=9b05688c2b3e6c1f
//   checksum 510e527fade682d1
//
// A file that it does not name does not exist; a file that it names must be there and agree. So whatever a roll, a
// merge, an open or a close does to files before it publishes, and however it is interrupted, the store is the old one;
// and from the moment the manifest is published it is the new one. It changes only by publish_manifest:
//
//   1  remove any MANIFEST.tmp that an earlier crash left
//   2  write MANIFEST.tmp as a new file, fsync it       so that the name never points to a half-written file
//   3  rename it to MANIFEST                            readers of the directory see the old one or the new one
//   4  fsync the directory                              COMMIT: a power cut cannot bring the old one back
//
// Source of the trick: every file system textbook; of the need for step 4: LevelDB issue 195.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/disk.h"
#include "engine/format.h"
#include "engine/status.h"

namespace sediment {

struct Manifest {
  struct Sealed {
    SegmentNumber number{};
    std::uint64_t nonce = 0;
    std::uint64_t size_bytes = 0;  // exact: header and records
    std::uint64_t record_count = 0;

    bool operator==(const Sealed&) const = default;
  };
  struct Active {
    SegmentNumber number{};
    std::uint64_t nonce = 0;

    bool operator==(const Active&) const = default;
  };

  SegmentNumber next_number{1};  // above every number ever used; kMaxSegmentNumber + 1 when all are
  std::vector<Sealed> sealed;    // oldest first
  std::optional<Active> active;  // none after a clean close

  bool operator==(const Manifest&) const = default;
};

std::string encode_manifest(const Manifest& manifest);

/// Strict: the text must be exactly what encode_manifest writes. kCorruption; kInvalidArgument for a newer version.
Result<Manifest> parse_manifest(std::string_view text);

/// kNotFound when the directory has none.
Result<Manifest> read_manifest(Disk& disk);

/// Steps 1 to 4. After kNoSpace or kNoMemory nothing has changed, nor if it throws (that is, for lack of memory). After
/// any other error nobody knows which manifest a power cut would show.
Status publish_manifest(Disk& disk, const Manifest& manifest);

/// The same in two halves, for whoever has something to do between them that must not be in vain. Steps 1 and 2: what
/// may run out of space or memory does so here.
Status write_manifest(Disk& disk, const Manifest& manifest);
/// Steps 3 and 4.
Status switch_manifest(Disk& disk);

}  // namespace sediment
