// A program on a terminal: the test holds the other end, reads what is drawn, and types.
#pragma once

#include <poll.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sediment::test {

class TerminalProcess {
 public:
  /// `arguments` starts with the program. `environment` holds NAME=VALUE entries, added to the existing environment.
  TerminalProcess(const std::vector<std::string>& arguments, const std::vector<std::string>& environment,
                  unsigned short columns = 80, unsigned short rows = 24) {
    std::vector<char*> pointers;
    for (const std::string& argument : arguments) pointers.push_back(const_cast<char*>(argument.c_str()));
    pointers.push_back(nullptr);
    winsize size{};
    size.ws_col = columns;
    size.ws_row = rows;
    process_ = ::forkpty(&terminal_, nullptr, nullptr, &size);
    if (process_ < 0) throw std::runtime_error("no terminal");
    if (process_ == 0) {
      for (const std::string& variable : environment) ::putenv(const_cast<char*>(variable.c_str()));
      ::execv(pointers[0], pointers.data());
      ::_exit(127);
    }
  }
  ~TerminalProcess() {
    if (process_ > 0) {
      ::kill(process_, SIGKILL);
      ::waitpid(process_, nullptr, 0);
    }
    ::close(terminal_);
  }
  TerminalProcess(const TerminalProcess&) = delete;
  TerminalProcess& operator=(const TerminalProcess&) = delete;

  /// Reads until the text appears in what was read since the last call, and returns everything up to its end. Throws
  /// when the program ends first, or when a minute passes without the text.
  std::string read_until(std::string_view text) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (true) {
      if (const std::size_t at = unread_.find(text); at != std::string::npos) {
        std::string found = unread_.substr(0, at + text.size());
        unread_.erase(0, at + text.size());
        return found;
      }
      if (std::chrono::steady_clock::now() > deadline) {
        throw std::runtime_error("a minute without \"" + std::string(text) + "\": " + unread_);
      }
      if (!read_more()) throw std::runtime_error("it ended without \"" + std::string(text) + "\": " + unread_);
    }
  }

  void type(std::string_view keys) {
    if (::write(terminal_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
      throw std::runtime_error("cannot type");
    }
  }
  static constexpr std::string_view kControlC = "\x03";

  /// Waits for the end. Returns the exit code, or 128 + signal for a killed process; `*rest` gets what has not been
  /// read yet.
  int finish(std::string* rest) {
    while (read_more()) {
    }
    *rest = unread_;
    int status = 0;
    if (::waitpid(process_, &status, 0) != process_) throw std::runtime_error("the process is gone");
    process_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }

 private:
  // False at the program's end, and when it shows nothing for a minute.
  bool read_more() {
    pollfd readable{terminal_, POLLIN, 0};
    if (::poll(&readable, 1, 60'000) <= 0) return false;
    char bytes[4096];
    const ssize_t count = ::read(terminal_, bytes, sizeof bytes);
    if (count <= 0) return false;
    unread_.append(bytes, static_cast<std::size_t>(count));
    return true;
  }

  pid_t process_ = -1;
  int terminal_ = -1;
  std::string unread_;
};

}  // namespace sediment::test
