#include "engine/segment_header.h"

namespace sediment {

std::array<char, kSegmentHeaderSize> encode_segment_header(const SegmentHeader& header) {
  std::array<char, kSegmentHeaderSize> bytes{};
  store_u64(&bytes[file_field::kMagic], kSegmentMagic);
  store_u32(&bytes[file_field::kVersion], kFormatVersion);
  store_u64(&bytes[file_field::kNonce], header.nonce);
  store_u64(&bytes[file_field::kNumber], value_of(header.number));
  store_u32(&bytes[file_field::kChecksum], file_header_checksum({bytes.data(), bytes.size()}, kSegmentMagic));
  return bytes;
}

Result<SegmentHeader> decode_segment_header(std::string_view file, std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderSize) {
    return Status::corruption(file, 0,
                              "the file is too short for a segment header: " + std::to_string(bytes.size()) + " of " +
                                  std::to_string(kSegmentHeaderSize) + " bytes");
  }
  bytes = bytes.substr(0, kSegmentHeaderSize);
  if (load_u64(&bytes[file_field::kMagic]) != kSegmentMagic) {
    return Status::corruption(file, file_field::kMagic, "this is not a segment: it does not begin with SEDIMENT");
  }
  if (load_u32(&bytes[file_field::kChecksum]) != file_header_checksum(bytes, kSegmentMagic)) {
    return Status::corruption(file, file_field::kChecksum, "the segment header's checksum does not match");
  }
  const std::uint32_t version = load_u32(&bytes[file_field::kVersion]);
  if (version != kFormatVersion) {
    return Status::invalid_argument(std::string(file) + " has format version " + std::to_string(version) +
                                    "; this build reads version " + std::to_string(kFormatVersion));
  }
  return SegmentHeader{load_u64(&bytes[file_field::kNonce]), SegmentNumber{load_u64(&bytes[file_field::kNumber])}};
}

}  // namespace sediment
