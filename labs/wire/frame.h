// Messages on a pipe: a kind, a length and the bytes of a message.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace sediment::labs {

/// The file descriptors of the student's process.
constexpr int kRequests = 3;  // from the grader
constexpr int kAnswers = 4;   // to the grader

constexpr std::size_t kLargestFrame = std::size_t{16} << 20;  // bytes
constexpr std::size_t kFrameHeaderSize = 8;                   // the kind and the length, 4 bytes each

enum class FrameKind : std::uint32_t {
  kRequest = 0x51455231,  // grader → student: do this
  kDiskReply,             // grader → student: what the disk answered
  kAnswer,                // student → grader: the answer to the request
  kDiskCall,              // student → grader: a call to the disk, which the grader holds
  kEvent,                 // student → grader: an event of the engine
  kProgress,              // student → grader: how far a long request has come
  kNotImplemented,        // student → grader: this function is still to be written
};

struct FrameHeader {
  FrameKind kind = FrameKind::kRequest;
  std::size_t size = 0;  // of the message, in bytes
};

/// The header of a frame. `message` must have at most kLargestFrame bytes.
std::string encode_frame_header(FrameKind kind, std::string_view message);
/// `bytes` are kFrameHeaderSize bytes. Throws Malformed (message.h) if that is no header of a frame.
FrameHeader decode_frame_header(std::string_view bytes);

}  // namespace sediment::labs
