#include "engine/segment_header.h"

namespace sediment {

namespace {

constexpr std::size_t kMagicAt = 0;
constexpr std::size_t kChecksumAt = 8;
constexpr std::size_t kVersionAt = 12;
constexpr std::size_t kNonceAt = 16;
constexpr std::size_t kNumberAt = 24;

std::uint32_t header_checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      checksum64(bytes.substr(kVersionAt, kSegmentHeaderSize - kVersionAt), kSegmentMagic));
}

}  // namespace

std::array<char, kSegmentHeaderSize> encode_segment_header(const SegmentHeader& header) {
  std::array<char, kSegmentHeaderSize> bytes{};
  store_u64(&bytes[kMagicAt], kSegmentMagic);
  store_u32(&bytes[kVersionAt], kFormatVersion);
  store_u64(&bytes[kNonceAt], header.nonce);
  store_u64(&bytes[kNumberAt], value_of(header.number));
  store_u32(&bytes[kChecksumAt], header_checksum({bytes.data(), bytes.size()}));
  return bytes;
}

Result<SegmentHeader> decode_segment_header(std::string_view file, std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderSize) {
    return Status::corruption(file, 0,
                              "the file is too short for a segment header: " + std::to_string(bytes.size()) + " of " +
                                  std::to_string(kSegmentHeaderSize) + " bytes");
  }
  if (load_u64(&bytes[kMagicAt]) != kSegmentMagic) {
    return Status::corruption(file, kMagicAt, "this is not a segment: it does not begin with SEDIMENT");
  }
  if (load_u32(&bytes[kChecksumAt]) != header_checksum(bytes)) {
    return Status::corruption(file, kChecksumAt, "the segment header's checksum does not match");
  }
  const std::uint32_t version = load_u32(&bytes[kVersionAt]);
  if (version != kFormatVersion) {
    return Status::invalid_argument(std::string(file) + " has format version " + std::to_string(version) +
                                    "; this build reads version " + std::to_string(kFormatVersion));
  }
  return SegmentHeader{load_u64(&bytes[kNonceAt]), SegmentNumber{load_u64(&bytes[kNumberAt])}};
}

}  // namespace sediment
