// RIGHT: a failure comes before everything else, also before bytes that are durable; those that wait are woken before
// the result is noted, under the lock
#include "engine/group_commit.h"

#include "engine/guarded.h"

namespace sediment {

Status GroupCommit::wait_until_durable(Lock& lock, SegmentNumber number, std::uint64_t end) {
  Status outcome;
  do {
    while (syncing_ && !(number == log_->number() && log_->durable_end() >= end)) sync_ended_.wait(lock);
    if (state_.has_failed()) return state_.failure();
    const bool sealed = number != log_->number();
    if (sealed || log_->durable_end() >= end) return outcome;
    outcome = sync(lock);
  } while (outcome.ok());
  return outcome;
}

Status GroupCommit::sync(Lock& lock) {
  const LogWriter& log = *log_;
  const std::uint64_t end = log.end();
  const std::shared_ptr<File> file = log.file();
  syncing_ = true;
  lock.unlock();
  Status outcome = guarded_change([&file] { return file->sync(); });
  lock.lock();
  sync_ended_.notify_all();
  syncing_ = false;
  log_->note_sync(end, outcome);
  syncs_ += outcome.ok() ? 1 : 0;
  if (outcome.ok()) emit(observer_, {.kind = EventKind::kSynced, .segment = log.number(), .offset = end});
  return outcome.ok() ? outcome : state_.stop(outcome);
}

void GroupCommit::wait_for_running_sync(Lock& lock) {
  for (; syncing_; sync_ended_.wait(lock)) {
  }
}

}  // namespace sediment
