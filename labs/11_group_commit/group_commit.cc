// Lab 11: Group commit. README.md beside this file says what to do.
#include "engine/group_commit.h"

#include "engine/guarded.h"
#include "engine/yield_point.h"
#include "labs/not_implemented.h"

namespace sediment {

Status GroupCommit::wait_until_durable(Lock& lock, SegmentNumber number, std::uint64_t end) {
  // Yours, instead of the next line.
  not_implemented("GroupCommit::wait_until_durable");
}

// Syncs what has been appended so far, for all threads that wait for it.
Status GroupCommit::sync(Lock& lock) {
  // Yours, instead of the next line.
  not_implemented("GroupCommit::sync");
}

void GroupCommit::wait_for_running_sync(Lock& lock) {
  // Yours, instead of the next line.
  not_implemented("GroupCommit::wait_for_running_sync");
}

}  // namespace sediment
