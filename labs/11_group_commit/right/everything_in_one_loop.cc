// RIGHT: sync only calls the disk; a loop does all the rest, and tells no observer
#include "engine/group_commit.h"

namespace sediment {

Status GroupCommit::wait_until_durable(Lock& lock, SegmentNumber number, std::uint64_t end) {
  for (;;) {
    if (number != log_->number()) return {};
    if (end <= log_->durable_end()) return {};
    if (state_.has_failed()) return state_.failure();
    if (syncing_) {
      wait_for_running_sync(lock);
      continue;
    }
    const std::uint64_t covered = log_->end();
    syncing_ = true;
    const Status outcome = sync(lock);
    syncing_ = false;
    log_->note_sync(covered, outcome);
    if (outcome.ok()) {
      ++syncs_;
    } else {
      (void)state_.stop(outcome);
    }
    sync_ended_.notify_all();
  }
}

Status GroupCommit::sync(Lock& lock) {
  const std::shared_ptr<File> file = log_->file();
  Status outcome = Status::io_error();
  lock.unlock();
  try {
    outcome = file->sync();
  } catch (...) {
    outcome = Status::io_error();
  }
  lock.lock();
  return outcome;
}

void GroupCommit::wait_for_running_sync(Lock& lock) {
  if (!syncing_) return;
  sync_ended_.wait(lock);
  wait_for_running_sync(lock);
}

}  // namespace sediment
