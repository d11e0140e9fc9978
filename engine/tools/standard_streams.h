// Reserves descriptors 0, 1 and 2 for the standard streams, even if the caller closed them (`sediment stats DIR >&-`).
//
// open() returns the lowest free number. Without this, a program started with its standard output closed would open a
// file of the store as descriptor 1, and print into it.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace sediment::tools {

/// Call this before anything is opened. A reader that goes away then causes a failed write, not a signal. A closed
/// stream becomes one that fails: reads and writes return EBADF, so lost output is noticed. Standard error
/// discards what it gets.
inline void prepare_standard_streams() {
  (void)std::signal(SIGPIPE, SIG_IGN);
  // In this order: each open() fills the lowest gap.
  for (const auto& [descriptor, flags] :
       {std::pair{STDIN_FILENO, O_WRONLY}, {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_WRONLY}}) {
    if (::fcntl(descriptor, F_GETFD) < 0) (void)::open("/dev/null", flags);  // not O_CLOEXEC, like any standard stream
  }
}

}  // namespace sediment::tools
