// The border that no exception crosses. Second file of the reading order.
//
// The engine throws nothing of its own, but the standard library does: std::bad_alloc when memory runs out, and a few
// others when the system refuses something. Each public function runs inside guarded(), which turns an exception into a
// Status.
//
// Two rules that every protocol follows determine what an exception can leave behind:
// - All memory that a protocol needs is allocated before its first change. So kNoMemory means that nothing was changed.
// - A call to the disk that changes something runs inside guarded_change(). If it throws, how much of it was done is
//   unknown. This is an I/O error like any other, and ends all writing like any other.
//
// This costs nothing unless something is thrown.
#pragma once

#include "engine/status.h"

namespace sediment {

/// The Status for the exception that is being handled: kNoMemory for std::bad_alloc and std::length_error (a size that
/// no memory could hold), kIoError for any other. Call it in a catch block.
Status status_of_exception() noexcept;
/// The Status of a call to the disk that an exception interrupted: kIoError.
Status status_of_interrupted_change() noexcept;

/// Returns what `work` returns (a Status or a Result), or, if it throws, the Status for the exception.
template <typename Work>
auto guarded(Work&& work) noexcept -> decltype(work()) {
  try {
    return work();
  } catch (...) {
    return status_of_exception();
  }
}

/// Does something that may fail: its result and its exceptions are ignored.
template <typename Work>
void attempt(Work&& work) noexcept {
  try {
    (void)work();
  } catch (...) {  // NOLINT(bugprone-empty-catch): as it says
  }
}

/// As guarded(), for a call that changes the disk: any exception becomes kIoError.
template <typename Call>
auto guarded_change(Call&& call) noexcept -> decltype(call()) {
  try {
    return call();
  } catch (...) {
    return status_of_interrupted_change();
  }
}

}  // namespace sediment
