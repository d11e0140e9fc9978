#include "sim/demo/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <system_error>
#include <thread>
#include <utility>

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves the declaration to the program

namespace sediment::sim {

namespace {

// Both ends of a pipe. Closes the ends that have not been taken.
struct Pipe {
  Pipe() = default;
  ~Pipe() {
    for (const int end : {read_end, write_end}) {
      if (end >= 0) ::close(end);
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  bool make() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) < 0) return false;
    read_end = ends[0];
    write_end = ends[1];
    return true;
  }

  int read_end = -1;
  int write_end = -1;
};

}  // namespace

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& arguments, Output output) {
  ::signal(SIGPIPE, SIG_IGN);  // if the child has died, write returns an error
  Pipe input_pipe;
  Pipe output_pipe;
  if (!input_pipe.make() || (output == Output::kRead && !output_pipe.make())) {
    return Status::io_error(arguments[0], std::generic_category().message(errno));
  }

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, input_pipe.read_end, STDIN_FILENO);
  if (output == Output::kRead) {
    ::posix_spawn_file_actions_adddup2(&actions, output_pipe.write_end, STDOUT_FILENO);
  } else {
    ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  }
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t id = -1;
  const int error = ::posix_spawnp(&id, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  if (error != 0) {
    return Status::io_error(arguments[0],
                            std::string("the program cannot be started: ") + std::generic_category().message(error));
  }
  return ChildProcess(id, std::exchange(input_pipe.write_end, -1), std::exchange(output_pipe.read_end, -1));
}

ChildProcess::~ChildProcess() {
  kill();
  if (input_ >= 0) ::close(input_);
  if (output_ >= 0) ::close(output_);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)),
      input_(std::exchange(other.input_, -1)),
      output_(std::exchange(other.output_, -1)) {}

void ChildProcess::feed(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(input_, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

void ChildProcess::wait_until_fed() const {
  int waiting = 0;
  while (::ioctl(input_, FIONREAD, &waiting) == 0 && waiting > 0 && ::kill(id_, 0) == 0) {
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
}

bool ChildProcess::read_output(std::chrono::microseconds at_most, std::string* output) {
  if (output_ < 0) return false;
  const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(at_most);
  const timespec time{seconds.count(), std::chrono::nanoseconds(at_most - seconds).count()};
  pollfd waiting{output_, POLLIN, 0};
  if (::ppoll(&waiting, 1, &time, nullptr) <= 0) return true;  // time is up, or a signal came

  char buffer[65536];
  const ssize_t size = ::read(output_, buffer, sizeof(buffer));
  if (size < 0 && errno == EINTR) return true;
  if (size <= 0) {
    ::close(std::exchange(output_, -1));
    return false;
  }
  output->append(buffer, static_cast<std::size_t>(size));
  return true;
}

void ChildProcess::kill() {
  if (id_ < 0) return;
  ::kill(id_, SIGKILL);
  ::waitpid(std::exchange(id_, -1), nullptr, 0);
}

int ChildProcess::finish() {
  if (input_ >= 0) ::close(std::exchange(input_, -1));
  int status = 0;
  ::waitpid(std::exchange(id_, -1), &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

}  // namespace sediment::sim
