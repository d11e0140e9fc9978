// WRONG: the log does not learn that a sync of it has failed | first check to fail: L11.8
#include "engine/group_commit.h"

#include "engine/guarded.h"
#include "engine/yield_point.h"

namespace sediment {

// Lab 11: the body of this function is yours.
Status GroupCommit::wait_until_durable(Lock& lock, SegmentNumber number, std::uint64_t end) {
  while (true) {
    const bool sealed = log_->number() != number;  // a sealed segment is durable
    if (sealed || log_->durable_end() >= end) return {};
    if (state_.has_failed()) return state_.failure();
    if (syncing_) {
      sync_ended_.wait(lock);
    } else if (Status s = sync(lock); !s.ok()) {
      return s;
    }
  }
}

// Syncs what has been appended so far, for all threads that wait for it.
// Lab 11: the body of this function is yours.
Status GroupCommit::sync(Lock& lock) {
  const std::uint64_t synced_end = log_->end();  // read before the sync, which does not cover later appends
  const std::shared_ptr<File> file = log_->file();
  syncing_ = true;
  lock.unlock();
  yield_point("group_commit.sync");
  const Status outcome = guarded_change([&] { return file->sync(); });
  lock.lock();
  syncing_ = false;
  sync_ended_.notify_all();

  if (outcome.ok()) log_->note_sync(synced_end, outcome);  // still the same log: a roll waits for a running sync
  if (!outcome.ok()) return state_.stop(outcome);
  ++syncs_;
  emit(observer_, {.kind = EventKind::kSynced, .segment = log_->number(), .offset = synced_end});
  return {};
}

// Lab 11: the body of this function is yours.
void GroupCommit::wait_for_running_sync(Lock& lock) {
  sync_ended_.wait(lock, [this] { return !syncing_; });
}

}  // namespace sediment
