// The border that no exception crosses. Second file of the reading order.
//
// The engine throws nothing of its own, but the standard library does: std::bad_alloc where memory is short, and a few
// others where the system refuses. Each public function runs inside of guarded(), which makes a Status of what is
// thrown.
//
// What an exception may leave is settled below that border, by two rules that every protocol keeps:
// - What it needs is allocated before its first change. So kNoMemory means: nothing was changed, and nothing is broken.
// - A call to the disk that changes something runs inside of guarded_change(): if it throws, it is unknown how far it
//   got, which is an I/O error like any other, and ends all writing like any other.
//
// It costs nothing as long as nothing is thrown.
#pragma once

#include "engine/status.h"

namespace sediment {

/// The Status of the exception that is being handled: kNoMemory for std::bad_alloc and std::length_error (a size that
/// no memory could hold), kIoError for any other. To be called in a catch block.
Status status_of_exception() noexcept;
/// The outcome of a call to the disk that an exception ended: kIoError.
Status status_of_interrupted_change() noexcept;

/// What `work` returns, which is a Status or a Result; or the Status of what it throws.
template <typename Work>
auto guarded(Work&& work) noexcept -> decltype(work()) {
  try {
    return work();
  } catch (...) {
    return status_of_exception();
  }
}

/// The same for a call that changes the disk: whatever it throws is kIoError.
template <typename Call>
auto guarded_change(Call&& call) noexcept -> decltype(call()) {
  try {
    return call();
  } catch (...) {
    return status_of_interrupted_change();
  }
}

}  // namespace sediment
