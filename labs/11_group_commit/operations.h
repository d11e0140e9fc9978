// What the grader asks of a group commit in the student's process.
#pragma once

#include <cstddef>
#include <cstdint>

namespace sediment::labs {

/// The first number of a request of this lab. Each but kAppend and kRoll is answered by the state (component.cc).
enum class GroupCommitOperation : std::uint64_t {
  kAppend,  // a thread: appends a record for it → whether the mutex was free, and whether the log took the record;
            // the record's segment and end
  kRoll,    // the next segment becomes the active one → whether the mutex was free
  kWait,    // a thread: starts it; it waits until the bytes up to its record's end are durable
  kWaitForSync,  // a thread: starts it; it waits for the running sync
  kReturn,       // a sync, Outcome: lets it return
  kLook,         // waits a little, and tells which threads have run meanwhile
};

enum class Outcome : std::uint64_t { kOk, kError, kThrows };

/// What a thread does, once all threads rest.
enum class Doing : std::uint64_t {
  kNothing,     // it was not started
  kWantsMutex,  // it waits for the mutex before the call
  kWaits,       // it is in the call, and sleeps
  kSyncs,       // it is in File::sync
  kReturned,
  kBusy,   // it does not come to rest: it uses the processor
  kPolls,  // it sleeps, but wakes up again and again without being woken
};

constexpr std::size_t kThreads = 5;

/// What a sync with the outcome kError says.
constexpr const char* kReasonOfError = "the disk could not write";

}  // namespace sediment::labs
