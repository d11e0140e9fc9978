#include "engine/posix/fork_watch.h"

#include <pthread.h>

namespace sediment {

std::atomic<std::uint64_t> ForkWatch::forks_{0};

ForkWatch::ForkWatch() {
  static const int registered =
      ::pthread_atfork(nullptr, nullptr, [] { forks_.fetch_add(1, std::memory_order_relaxed); });
  (void)registered;  // fails only without memory; then a child goes unnoticed, as it would without this
  forks_seen_ = forks_.load(std::memory_order_relaxed);
}

Status ForkWatch::refusal(std::string_view file) {
  return Status::io_error(file,
                          "this process was forked from the one that has the store open, so it may only read: open "
                          "the store in this process after the other one has closed it");
}

}  // namespace sediment
