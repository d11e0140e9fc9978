// A process with the student's code in it, and the sandbox around it.
//
// The process is started with an empty environment, an empty folder, two pipes to the grader and limits on CPU time,
// file size and core dumps. Where seccomp works, system calls that could harm others fail with EPERM: fork, kill of
// another process, unlink, ptrace, sockets, opening a file for writing. Whatever the process does (crash, hang, exit,
// print, send nonsense), the grader learns of it as ProcessEnded, and continues.
//
// What this cannot prevent: the student's code shares its process with the harness, so it can send any answers that it
// can think of. The grader compares answers, and repeats what an exploration reports; it believes none of the process's own verdicts.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "labs/grader/calls.h"
#include "labs/wire/frame.h"

namespace sediment::labs {

/// A program to start: the student's component with the harness.
struct Program {
  std::string path;
  bool has_address_sanitizer = false;
  std::shared_ptr<Calls> calls = nullptr;  // of a program that tells of them: into the component
};

/// Why a process is no longer there to answer.
class ProcessEnded : public std::runtime_error {
 public:
  enum class Why : std::uint8_t {
    kNotImplemented,  // the starter's body is still there; what() names the function
    kCrashed,         // a signal, a sanitizer's finding, a failed require, an uncaught exception
    kExited,          // it ended by itself, or closed its pipes
    kTookTooLong,     // CPU time or, as a last resort, time on the clock
    kNonsense,        // it sent what no harness sends
    kNotStarted,      // the grader could not start it
  };
  ProcessEnded(Why why, const std::string& sentence, std::string output)
      : std::runtime_error(sentence), why_(why), output_(std::move(output)) {}

  Why why() const { return why_; }
  /// The beginning of what it has printed.
  const std::string& output() const { return output_; }

 private:
  Why why_;
  std::string output_;
};

struct Limits {
  std::uint64_t cpu_seconds = 10;
  std::chrono::milliseconds wall = std::chrono::seconds(20);  // for one answer
};

/// A request, counted from 1: the n-th request to the m-th process of this program.
struct Position {
  std::uint64_t process = 0;
  std::uint64_t request = 0;
};

/// The request that was sent last, by this thread. Each thread counts its own.
Position last_position();
/// Counts processes from the beginning again. From then on, the process at this position is started by this command,
/// which gets the program as its last argument, without limits and without a sandbox, in the terminal. For a debugger.
void count_again(Position debugged = {}, std::vector<std::string> debugger = {});

/// One process. Not thread-safe.
class StudentProcess {
 public:
  /// Answers calls to the disk.
  using DiskCalls = std::function<std::string(std::string_view call)>;
  /// Receives events and progress.
  using Notes = std::function<void(FrameKind kind, std::string_view message)>;

  /// Throws ProcessEnded.
  explicit StudentProcess(const Program& program, const Limits& limits = {});
  ~StudentProcess();
  StudentProcess(const StudentProcess&) = delete;
  StudentProcess& operator=(const StudentProcess&) = delete;

  /// Sends a request and waits for its answer. Throws ProcessEnded.
  std::string ask(std::string_view request, const DiskCalls& disk = {}, const Notes& notes = {});

  /// The beginning of what it has printed so far.
  const std::string& output() const { return output_; }

 private:
  enum class Waited : std::uint8_t { kReady, kClosed, kTooLong };

  Waited exchange(std::string_view out, std::size_t wanted);
  void read_output();
  std::string next_frame(FrameKind* kind, std::string_view out);
  [[noreturn]] void ended(ProcessEnded::Why why, const std::string& sentence);
  [[noreturn]] void ended_by_itself();
  int reap();

  Limits limits_;
  std::string folder_;  // of the program, and of the source that it was made of
  std::shared_ptr<Calls> calls_;
  pid_t id_ = -1;
  int requests_ = -1;
  int answers_ = -1;
  int printed_ = -1;  // its standard output and error; -1: the terminal
  std::uint64_t number_ = 0;
  std::uint64_t requests_sent_ = 0;
  std::string received_;  // bytes of answers that no frame has used
  std::string output_;
  std::chrono::steady_clock::time_point deadline_;
};

/// What the sandbox does on this machine, as a sentence for the result: "isolated: …" or "not isolated: …".
std::string isolation();

}  // namespace sediment::labs
