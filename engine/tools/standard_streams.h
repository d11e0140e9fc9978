// Descriptors 0, 1 and 2 belong to the standard streams, also where the caller has closed them (`sediment stats DIR >&-`).
//
// open() gives the lowest number that is free. Without this, a program that was started with its standard output closed
// would open a file of the store as descriptor 1, and print into it.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <utility>

namespace sediment::tools {

/// To be called before anything is opened. A reader that goes away shows as a failed write, not as a signal. A closed
/// stream becomes one that fails: no bytes can be read from it, and none written to it (EBADF), so that output which
/// goes nowhere is noticed. Standard error swallows what it gets.
inline void prepare_standard_streams() {
  (void)std::signal(SIGPIPE, SIG_IGN);
  // In this order: each open() fills the lowest gap.
  for (const auto& [descriptor, flags] :
       {std::pair{STDIN_FILENO, O_WRONLY}, {STDOUT_FILENO, O_RDONLY}, {STDERR_FILENO, O_WRONLY}}) {
    if (::fcntl(descriptor, F_GETFD) < 0) (void)::open("/dev/null", flags);  // not O_CLOEXEC: as any standard stream
  }
}

}  // namespace sediment::tools
