// The segment header: the first 32 bytes of a segment, which identify it. (file_field in format.h has the offsets.)
//
//   | magic | checksum | version | nonce | number |
//
// The checksum covers everything after it. The nonce is random and unique to the file. It seeds the checksums of every
// record, so bytes of another (recycled, renamed, copied) file never pass for records of this one.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/format.h"
#include "engine/status.h"

namespace sediment {

struct SegmentHeader {
  std::uint64_t nonce = 0;
  SegmentNumber number{};
};

std::array<char, kSegmentHeaderSize> encode_segment_header(const SegmentHeader& header);

/// `file` is the name for errors. kCorruption if the bytes are not a header; kInvalidArgument for a newer version, with
/// a message that names both versions.
Result<SegmentHeader> decode_segment_header(std::string_view file, std::string_view bytes);

}  // namespace sediment
