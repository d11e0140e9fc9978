// A child process that is fed through its standard input, read through its standard output, and can be killed.
//
// What it has printed before it is killed is not lost: a pipe keeps its bytes until they are read, even if the process
// that wrote them is gone.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"

namespace sediment::sim {

class ChildProcess {
 public:
  /// What happens to its standard output. With kRead the caller must read: once the pipe is full, the process waits.
  enum class Output : std::uint8_t { kDropped, kRead };

  /// Starts `arguments[0]` with the rest as its arguments. kIoError.
  static Result<ChildProcess> start(const std::vector<std::string>& arguments, Output output = Output::kDropped);

  /// Kills it if it is still running.
  ~ChildProcess();
  ChildProcess(ChildProcess&& other) noexcept;
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ChildProcess& operator=(ChildProcess&&) = delete;

  /// Writes to its standard input, as much as it accepts before it ends.
  void feed(std::string_view text);
  /// Waits until it has read everything that was fed, or is gone.
  void wait_until_fed() const;
  /// Appends what it has printed since the last call, and waits for that, but no longer than the given time. False once
  /// it is gone and everything that it has printed has been read.
  bool read_output(std::chrono::microseconds at_most, std::string* output);
  /// SIGKILL: it can do nothing more.
  void kill();
  /// Closes its standard input and waits for it to end. Its exit code, or -1 if a signal ended it.
  int finish();

 private:
  ChildProcess(pid_t id, int input, int output) : id_(id), input_(input), output_(output) {}

  pid_t id_;    // -1: ended
  int input_;   // its standard input; -1: closed
  int output_;  // its standard output; -1: dropped, or read to its end
};

}  // namespace sediment::sim
