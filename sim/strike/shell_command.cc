#include "sim/strike/shell_command.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <system_error>
#include <thread>

namespace sediment::sim {

namespace {

using Clock = std::chrono::steady_clock;

// This process's environment, with these variables in place of its own.
std::vector<char*> environment_with(std::vector<std::string>& more) {
  std::vector<char*> all;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string_view text(*variable);
    const auto same_name = [&](const std::string& each) {
      return text.substr(0, text.find('=') + 1) == each.substr(0, each.find('=') + 1);
    };
    if (std::none_of(more.begin(), more.end(), same_name)) all.push_back(*variable);
  }
  for (std::string& each : more) all.push_back(each.data());
  all.push_back(nullptr);
  return all;
}

// 0, or errno.
int start(const ShellCommand& command, pid_t* process) {
  const int output = ::open(command.output.c_str(), O_WRONLY | O_APPEND | O_CLOEXEC);
  if (output < 0) return errno;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  if (command.joins_errors) posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
  if (!command.directory.empty()) posix_spawn_file_actions_addchdir_np(&actions, command.directory.c_str());
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);

  std::vector<std::string> words{"sh", "-c", command.arguments.empty() ? command.command : command.command + " \"$@\"",
                                 "sh"};
  words.insert(words.end(), command.arguments.begin(), command.arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  std::vector<std::string> more = command.environment;
  const std::vector<char*> environment = environment_with(more);
  const int error = ::posix_spawn(process, "/bin/sh", &actions, &attributes, pointers.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  ::close(output);
  return error;
}

}  // namespace

std::string ShellResult::sentence(std::chrono::milliseconds timeout) const {
  switch (end) {
    case End::kExit: return "ended with exit code " + std::to_string(code);
    case End::kSignal: return "was killed by signal " + std::to_string(code);
    case End::kTimeout: return "did not end within " + std::to_string(timeout.count() / 1000) + " s";
    case End::kNotStarted: return "could not be started: " + std::system_category().message(code);
  }
  return "ended";
}

ShellResult run(const ShellCommand& command) {
  pid_t process = -1;
  if (const int error = start(command, &process); error != 0) return {ShellResult::End::kNotStarted, error};
  const Clock::time_point until = Clock::now() + command.timeout;
  int status = 0;
  std::chrono::microseconds pause{200};  // most commands end soon, and a few take long
  while (::waitpid(process, &status, WNOHANG) == 0) {
    if (Clock::now() >= until) {
      ::kill(-process, SIGKILL);
      ::waitpid(process, &status, 0);
      return {ShellResult::End::kTimeout, 0};
    }
    std::this_thread::sleep_for(pause);
    pause = std::min(pause * 2, std::chrono::microseconds(5000));
  }
  ::kill(-process, SIGKILL);
  if (WIFSIGNALED(status)) return {ShellResult::End::kSignal, WTERMSIG(status)};
  const int code = WEXITSTATUS(status);
  constexpr int kLastSignal = 64;  // a shell tells signal N as 128 + N; `exit 255` is no signal
  return code > 128 && code <= 128 + kLastSignal ? ShellResult{ShellResult::End::kSignal, code - 128}
                                                 : ShellResult{ShellResult::End::kExit, code};
}

}  // namespace sediment::sim
