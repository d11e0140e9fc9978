#include "sim/child_process.h"

#include <fcntl.h>
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

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX says that the program declares it

namespace sediment::sim {

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& arguments) {
  ::signal(SIGPIPE, SIG_IGN);  // a child that has died shows as an error of write
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) < 0) return Status::io_error(arguments[0], std::generic_category().message(errno));

  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_adddup2(&actions, ends[0], STDIN_FILENO);
  ::posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  pid_t id = -1;
  const int error = ::posix_spawnp(&id, argv[0], &actions, nullptr, argv.data(), environ);
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(ends[0]);
  if (error != 0) {
    ::close(ends[1]);
    return Status::io_error(arguments[0],
                            std::string("it cannot be started: ") + std::generic_category().message(error));
  }
  return ChildProcess(id, ends[1]);
}

ChildProcess::~ChildProcess() {
  kill();
  if (input_ >= 0) ::close(input_);
}

ChildProcess::ChildProcess(ChildProcess&& other) noexcept
    : id_(std::exchange(other.id_, -1)), input_(std::exchange(other.input_, -1)) {}

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
