#include "labs/harness/connection.h"

#include <unistd.h>

#include <cerrno>
#include <cstdlib>

#include "labs/not_implemented.h"

namespace sediment::labs {

namespace {

void write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(kAnswers, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) _exit(1);
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

std::string read_all(std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t at = 0; at < size;) {
    const ssize_t got = ::read(kRequests, &bytes[at], size - at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) _exit(0);  // the grader has what it wants
    at += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace

void send(FrameKind kind, std::string_view message) {
  std::string frame = encode_frame_header(kind, message);
  frame += message;
  write_all(frame);
}

std::string receive(FrameKind kind) {
  const FrameHeader header = decode_frame_header(read_all(kFrameHeaderSize));
  if (header.kind != kind) _exit(1);
  return read_all(header.size);
}

}  // namespace sediment::labs

namespace sediment {

void not_implemented(const char* function) {
  labs::send(labs::FrameKind::kNotImplemented, function);
  _exit(0);
}

}  // namespace sediment
