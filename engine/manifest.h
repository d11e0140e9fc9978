// The manifest: the list of the segments that make up the store, from oldest to newest.
//
//   sediment-manifest 1
//   next 9
//   sealed 3 nonce=5be0cd19137e2179 bytes=4096 records=87
//   sealed 7 nonce=1f83d9abfb41bd6b bytes=1208 records=20
//   active 8 nonce=9b05688c2b3e6c1f
//   checksum 510e527fade682d1
//
// For the store, a file that the manifest does not name does not exist. A file that it names must exist and agree with
// it. The manifest changes only by being published as a whole (publish.h).
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

}  // namespace sediment
