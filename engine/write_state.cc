#include "engine/write_state.h"

namespace sediment {

WriteState::WriteState(const Options& options)
    : read_only_(options.read_only), observer_(options.observer), may_write_(!options.read_only) {}

Status WriteState::check() const {
  if (may_write_) return {};
  const std::lock_guard lock(mutex_);
  if (closed_) return Status::read_only("the store is closed");
  if (read_only_) return Status::read_only("the store was opened read-only");
  return Status::read_only("an earlier write or sync failed (" + failure_.to_string() +
                           "): what is on the disk is unknown; close the store and open it again");
}

Status WriteState::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

Status WriteState::stop(const Status& reason) noexcept {
  Status told = reason.absence_as_io_error();
  const std::lock_guard lock(mutex_);
  if (failure_.ok()) {
    failure_ = told;
    has_failed_ = true;
    may_write_ = false;
    emit(observer_, {.kind = EventKind::kFailed, .why = told.message()});
  }
  return told;
}

void WriteState::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
  may_write_ = false;
}

}  // namespace sediment
