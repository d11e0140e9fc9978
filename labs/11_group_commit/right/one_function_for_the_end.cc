// RIGHT: a guard ends the sync, a predicate says what a follower waits for
#include "engine/group_commit.h"

#include "engine/guarded.h"
#include "engine/yield_point.h"

namespace sediment {

namespace {

// Runs a function when it goes out of scope.
template <typename Function>
class AtEnd {
 public:
  explicit AtEnd(Function function) : function_(std::move(function)) {}
  ~AtEnd() { function_(); }
  AtEnd(const AtEnd&) = delete;
  AtEnd& operator=(const AtEnd&) = delete;

 private:
  Function function_;
};

}  // namespace

Status GroupCommit::wait_until_durable(Lock& lock, SegmentNumber number, std::uint64_t end) {
  const auto is_durable = [&] { return log_->number() != number || log_->durable_end() >= end; };
  sync_ended_.wait(lock, [&] { return !syncing_ || is_durable() || state_.has_failed(); });
  if (is_durable()) return {};
  if (state_.has_failed()) return state_.failure();
  return sync(lock);  // it covers everything up to the log's end
}

Status GroupCommit::sync(Lock& lock) {
  Status outcome;
  const std::uint64_t end = log_->end();
  {
    const std::shared_ptr<File> file = log_->file();
    syncing_ = true;
    lock.unlock();
    const AtEnd ended([&] {
      lock.lock();
      syncing_ = false;
      log_->note_sync(end, outcome);
      if (!outcome.ok()) outcome = state_.stop(outcome);
      sync_ended_.notify_all();
    });
    outcome = guarded_change([&] { return file->sync(); });
  }
  if (!outcome.ok()) return outcome;
  ++syncs_;
  emit(observer_, {.kind = EventKind::kSynced, .segment = log_->number(), .offset = end});
  return {};
}

void GroupCommit::wait_for_running_sync(Lock& lock) {
  while (syncing_) sync_ended_.wait(lock);
}

}  // namespace sediment
