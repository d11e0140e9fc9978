// The two calls that a FUSE file system never hears of: sync(2) and syncfs(2) make everything durable at once.
//
// A thread that watches itself has a seccomp filter, and so has every process that it starts from then on. The kernel
// stops such a process at either call and tells of it through a descriptor, until it is let go on.
#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>

namespace sediment::sim {

/// Watches this thread from now on. That cannot be taken back, so call it in a thread that soon ends. Returns a descriptor
/// that is readable when a process waits at one of the calls. None if this system cannot watch.
std::optional<int> watch_syncs_of_this_thread();

/// Reads of one process that waits, calls `recorded` with its number, and lets it go on. Does nothing if there is none.
void let_sync_go_on(int descriptor, const std::function<void(pid_t process)>& recorded);

}  // namespace sediment::sim
