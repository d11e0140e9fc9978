// Runs programs the way a shell would, and captures their output.
#pragma once

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sediment::test {

struct ProcessResult {
  int exit_code = 0;  // 128 + signal if the process was killed
  std::string output;
  std::string errors;
};

inline std::string read_text(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) throw std::runtime_error("cannot read " + path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline void write_text(const std::string& path, std::string_view text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  if (!file.flush()) throw std::runtime_error("cannot write " + path);
}

/// A process whose standard input is a pipe that the test keeps open. Its output goes to files, so it cannot block.
class RunningProcess {
 public:
  /// `arguments` starts with the program. `scratch` is a prefix for the names of two files.
  RunningProcess(const std::vector<std::string>& arguments, std::string scratch) : scratch_(std::move(scratch)) {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
    (void)::fcntl(ends[1], F_SETPIPE_SZ, kPipeSize);
    std::vector<char*> pointers;
    for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    const std::string output = scratch_ + ".out";
    const std::string errors = scratch_ + ".err";
    process_ = ::fork();
    if (process_ < 0) throw std::runtime_error("no process");
    if (process_ == 0) {
      ::dup2(ends[0], STDIN_FILENO);
      ::dup2(::open(output.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644), STDOUT_FILENO);
      ::dup2(::open(errors.c_str(), O_CREAT | O_TRUNC | O_WRONLY, 0644), STDERR_FILENO);
      ::execv(pointers[0], pointers.data());
      ::_exit(127);
    }
    ::close(ends[0]);
    input_ = ends[1];
  }

  ~RunningProcess() {
    if (process_ > 0) kill();
  }
  RunningProcess(const RunningProcess&) = delete;
  RunningProcess& operator=(const RunningProcess&) = delete;

  /// Returns when the process has read all but the last kPipeSize bytes: this tells a test how far the process has got.
  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = ::write(input_, text.data(), text.size());
      if (written < 0) throw std::runtime_error("the process does not read its input");
      text.remove_prefix(static_cast<std::size_t>(written));
    }
  }

  pid_t id() const { return process_; }

  /// Ends the input and waits for the process.
  ProcessResult finish() {
    close_input();
    int status = 0;
    if (::waitpid(process_, &status, 0) != process_) throw std::runtime_error("the process is gone");
    process_ = -1;
    const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return {code, read_text(scratch_ + ".out"), read_text(scratch_ + ".err")};
  }

  /// Like a power cut, for a process: no destructor runs.
  ProcessResult kill() {
    ::kill(process_, SIGKILL);
    return finish();
  }

  static constexpr int kPipeSize = 4096;

 private:
  void close_input() {
    if (input_ >= 0) ::close(input_);
    input_ = -1;
  }

  std::string scratch_;
  pid_t process_ = -1;
  int input_ = -1;
};

inline ProcessResult run_process(const std::vector<std::string>& arguments, const std::string& scratch,
                                 std::string_view input = {}) {
  RunningProcess process(arguments, scratch);
  process.write(input);
  return process.finish();
}

}  // namespace sediment::test
