// Whether this process was forked from the one that opened a disk.
//
// A forked child has a copy of the store's memory and shares its open files and mappings: a put in the child would
// overwrite the parent's puts. So everything that changes a file or the directory checks first, and fails in a child.
// The check costs a load and a comparison. A child may read what was there when it was forked, and may open the store
// itself once the parent has closed it. (A raw clone(2) goes unnoticed. To notice that too, production systems call
// getpid, which costs a system call each time.)
#pragma once

#include <atomic>
#include <cstdint>

#include "engine/status.h"

namespace sediment {

class ForkWatch {
 public:
  /// Construct it in the process that opens a disk.
  ForkWatch();

  bool in_child() const { return forks_.load(std::memory_order_relaxed) != forks_seen_; }
  /// kIoError in a child.
  Status check(std::string_view file) const { return in_child() ? refusal(file) : Status(); }

 private:
  static Status refusal(std::string_view file);

  static std::atomic<std::uint64_t> forks_;  // between the program's first process and this one
  std::uint64_t forks_seen_;
};

}  // namespace sediment
