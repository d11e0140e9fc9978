// A child process that is fed through its standard input, and can be killed.
#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"

namespace sediment::sim {

class ChildProcess {
 public:
  /// Starts `arguments[0]` with the rest as its arguments; what it prints to standard output is dropped. kIoError.
  static Result<ChildProcess> start(const std::vector<std::string>& arguments);

  /// Kills it if it is still running.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ChildProcess& operator=(ChildProcess&&) = delete;

  /// Writes to its standard input, as much as it takes before it ends.
  void feed(std::string_view text);
  /// Waits until it has taken everything that was fed, or is gone.
  void wait_until_fed() const;
  /// SIGKILL: it gets no chance to do anything more.
  void kill();
  /// Closes its standard input and waits for it to end. Its exit code, or -1 if a signal ended it.
  int finish();

 private:
  ChildProcess(pid_t id, int input) : id_(id), input_(input) {}

  pid_t id_;   // -1: it has ended
  int input_;  // its standard input; -1: closed
};

}  // namespace sediment::sim
