#include "labs/wire/frame.h"

#include "engine/format.h"
#include "labs/wire/message.h"

namespace sediment::labs {

std::string encode_frame_header(FrameKind kind, std::string_view message) {
  std::string header(kFrameHeaderSize, '\0');
  store_u32(header.data(), static_cast<std::uint32_t>(kind));
  store_u32(&header[4], static_cast<std::uint32_t>(message.size()));
  return header;
}

FrameHeader decode_frame_header(std::string_view bytes) {
  const auto kind = static_cast<FrameKind>(load_u32(bytes.data()));
  const std::size_t size = load_u32(bytes.data() + 4);
  if (kind < FrameKind::kRequest || kind > FrameKind::kNotImplemented) throw Malformed("a message of no known kind");
  if (size > kLargestFrame) throw Malformed("a message of " + std::to_string(size) + " bytes");
  return {kind, size};
}

}  // namespace sediment::labs
