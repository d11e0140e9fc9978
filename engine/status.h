// The outcome of an operation: ok, or what went wrong, where, and what to do about it.
//
// First file of the reading order; everything else in engine/ returns one of these two types.
// Errors are values here: no exception crosses the engine's API, and the compiler complains about a result that is
// dropped.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace sediment {

enum class StatusCode : std::uint8_t {
  kOk,
  kNotFound,         // no such key, file or store
  kCorruption,       // bytes on the disk are not the bytes that were written; names file and offset
  kIoError,          // the operating system refused; the store is read-only until it is opened again
  kNoSpace,          // no room (or no descriptor) for a new file; nothing was changed, the store goes on when there is
  kInvalidArgument,  // the caller asked for something impossible; nothing was changed
  kBusy,             // another process has the store open, or another merge is under way
  kReadOnly,         // the store was opened read-only, or an earlier write or sync failed
  kNoMemory,         // an allocation failed; nothing was changed, and the store goes on when there is memory
};

/// The name of a code in words, e.g. "not found". Never fails.
std::string_view describe(StatusCode code);

/// Aborts with the message `what` after a programming error. Active in every build; never used for bytes that came from
/// a disk.
void require(bool condition, const char* what);

/// The outcome of an operation without a value. Cheap to return and copy: no allocation when ok or when a key is just
/// absent. Immutable after construction, so any number of threads may read one.
///
/// Making one from an existing message never throws: if there is no memory for the details, only the code is kept.
class [[nodiscard]] Status {
 public:
  static constexpr std::uint64_t kNoOffset = UINT64_MAX;

  Status() = default;  // ok
  static Status not_found() { return Status(StatusCode::kNotFound, nullptr); }
  static Status not_found(std::string message) { return with(StatusCode::kNotFound, std::move(message)); }
  static Status corruption(std::string_view file, std::uint64_t offset, std::string message) {
    return with(StatusCode::kCorruption, std::move(message), file, offset);
  }
  static Status io_error() noexcept { return Status(StatusCode::kIoError, nullptr); }
  static Status io_error(std::string_view file, std::string message) {
    return with(StatusCode::kIoError, std::move(message), file);
  }
  static Status no_space(std::string_view file, std::string message) {
    return with(StatusCode::kNoSpace, std::move(message), file);
  }
  static Status invalid_argument(std::string message) { return with(StatusCode::kInvalidArgument, std::move(message)); }
  static Status busy(std::string message) { return with(StatusCode::kBusy, std::move(message)); }
  static Status read_only(std::string message) { return with(StatusCode::kReadOnly, std::move(message)); }
  static Status no_memory() noexcept { return Status(StatusCode::kNoMemory, nullptr); }

  bool ok() const { return code_ == StatusCode::kOk; }
  bool is(StatusCode code) const { return code_ == code; }
  StatusCode code() const { return code_; }
  const Status& status() const { return *this; }  // so that a Status and a Result can be asked alike
  /// Whether this failure left everything as it was, so that the store can continue: kNoSpace, kNoMemory.
  bool changed_nothing() const { return is(StatusCode::kNoSpace) || is(StatusCode::kNoMemory); }
  /// The same, but with kIoError in place of kNotFound. For failures inside a protocol, where every file must exist.
  /// (To a caller, kNotFound means that there is no such key, or no store.)
  Status absence_as_io_error() const noexcept;
  std::string_view message() const { return detail_ ? std::string_view(detail_->message) : std::string_view(); }
  std::string_view file() const { return detail_ ? std::string_view(detail_->file) : std::string_view(); }
  /// Byte offset of the problem in file(), or kNoOffset.
  std::uint64_t offset() const { return detail_ ? detail_->offset : kNoOffset; }
  /// One line for a person: "corruption in 000003.log at byte 4096: the body's checksum does not match". Needs memory,
  /// so it may throw std::bad_alloc.
  std::string to_string() const;

 private:
  struct Detail {
    std::string message;
    std::string file;
    std::uint64_t offset = kNoOffset;
  };

  Status(StatusCode code, std::shared_ptr<const Detail> detail) : code_(code), detail_(std::move(detail)) {}
  static Status with(StatusCode code, std::string message, std::string_view file = {},
                     std::uint64_t offset = kNoOffset) noexcept;

  StatusCode code_ = StatusCode::kOk;
  std::shared_ptr<const Detail> detail_;  // none when ok
};

/// Either a value or the Status that says why there is none. Asking for the value of a failure aborts.
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : value_(std::move(value)) {}  // NOLINT(google-explicit-constructor): `return value;` is the point
  Result(Status status) : status_(std::move(status)) {  // NOLINT(google-explicit-constructor): so is `return status;`
    require(!status_.ok(), "a Result without a value needs a failure");
  }

  bool ok() const { return value_.has_value(); }
  const Status& status() const { return status_; }
  T& operator*() { return checked(); }
  const T& operator*() const { return const_cast<Result*>(this)->checked(); }
  T* operator->() { return &checked(); }
  const T* operator->() const { return &const_cast<Result*>(this)->checked(); }

 private:
  T& checked() {
    require(value_.has_value(), "the value of a failed Result was used");
    return *value_;
  }

  Status status_;
  std::optional<T> value_;
};

}  // namespace sediment
