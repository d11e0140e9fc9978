// Shows the bytes of a file, 16 per line, and labels each run of bytes with the field of the format that it belongs to.
//
//   00000020  6f 2c 1d 9a|41 07 cc 52|00 00 00 00|04 00 00 00  o,..A..R........  header checksum, body checksum, ...
//   00000030  03 00|01|00 00 00 00 00|73 6b 79|62 6c 75 65 00  ........skyblue.  key size, type, zeros, key, value
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/tools/log_walk.h"

namespace sediment::cli {

struct LabelledRun {
  std::string_view label;
  std::uint64_t size_bytes = 0;
};

std::vector<LabelledRun> fields_of_segment_header();
std::vector<LabelledRun> fields_of_snapshot_header();
/// The fields of a record. If its header does not verify, these are the fields of the header that should be there, and
/// then the damaged rest. The sizes add up to the stretch's size.
std::vector<LabelledRun> fields_of(const tools::Stretch& stretch);

/// One line for up to 16 bytes at `offset`; `fields` are those of the stretch that begins at `start`.
std::string hex_line(std::string_view bytes, std::uint64_t offset, std::uint64_t start,
                     const std::vector<LabelledRun>& fields);

}  // namespace sediment::cli
