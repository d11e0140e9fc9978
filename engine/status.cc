#include "engine/status.h"

#include <cstdio>
#include <cstdlib>
#include <new>

namespace sediment {

std::string_view describe(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return "ok";
    case StatusCode::kNotFound: return "not found";
    case StatusCode::kCorruption: return "corruption";
    case StatusCode::kIoError: return "I/O error";
    case StatusCode::kNoSpace: return "no space";
    case StatusCode::kInvalidArgument: return "invalid argument";
    case StatusCode::kBusy: return "busy";
    case StatusCode::kReadOnly: return "read-only";
    case StatusCode::kNoMemory: return "out of memory";
  }
  return "unknown status";
}

void require(bool condition, const char* what) {
  if (condition) return;
  std::fprintf(stderr, "sediment: programming error: %s\n", what);
  std::abort();
}

Status Status::with(StatusCode code, std::string message, std::string_view file, std::uint64_t offset) noexcept {
  try {
    return {code, std::make_shared<const Detail>(Detail{std::move(message), std::string(file), offset})};
  } catch (const std::bad_alloc&) {
    return {code, nullptr};
  }
}

Status Status::absence_as_io_error() const noexcept {
  return is(StatusCode::kNotFound) ? Status(StatusCode::kIoError, detail_) : *this;
}

std::string Status::to_string() const {
  std::string text(describe(code_));
  if (!detail_) return text;
  if (!detail_->file.empty()) text += " in " + detail_->file;
  if (detail_->offset != kNoOffset) text += " at byte " + std::to_string(detail_->offset);
  return text + ": " + detail_->message;
}

}  // namespace sediment
