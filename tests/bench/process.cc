#include "tests/bench/process.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>

namespace sediment::bench {
namespace {

void write_fully(int file, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(file, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return;  // the parent is gone: there is nothing left to report to
    if (written > 0) bytes.remove_prefix(static_cast<std::size_t>(written));
  }
}

// Messages are lines of JSON.
[[noreturn]] void be_child(int output, const std::function<void(const Session::Sink&)>& body, unsigned limit_seconds) {
  alarm(limit_seconds);
  const Session::Sink send = [output](const Json& message) { write_fully(output, message.dump() + "\n"); };
  try {
    body(send);
  } catch (const WrongValue& wrong) {
    send({{"wrong", wrong.what()}});
  } catch (const std::exception& failure) {
    send({{"failed", failure.what()}});
  }
  _exit(0);  // not exit(): the parent's buffers are not ours to flush
}

class Receiver {
 public:
  explicit Receiver(const Session::Sink& receive) : receive_(receive) {}

  void take(std::string_view bytes) {
    pending_ += bytes;
    for (std::size_t end = 0; (end = pending_.find('\n')) != std::string::npos; pending_.erase(0, end + 1)) {
      handle(Json::parse(pending_.substr(0, end)));
    }
  }
  Ending ending(int wait_status) {
    const bool was_killed = WIFSIGNALED(wait_status);
    if (ending_.failure.empty() && was_killed && !(WTERMSIG(wait_status) == SIGKILL && wants_to_be_killed_)) {
      ending_.failure = WTERMSIG(wait_status) == SIGALRM ? "took too long and was stopped"
                                                         : fmt::format("died: {}", strsignal(WTERMSIG(wait_status)));
    }
    return ending_;
  }

 private:
  void handle(const Json& message) {
    if (message.contains("wrong"))
      ending_ = {message["wrong"], true};
    else if (message.contains("failed"))
      ending_ = {message["failed"], false};
    else if (message.contains("ends"))
      wants_to_be_killed_ = true;
    else
      receive_(message);
  }

  const Session::Sink& receive_;
  std::string pending_;
  Ending ending_;
  bool wants_to_be_killed_ = false;
};

}  // namespace

Ending run_in_child(const std::function<void(const Session::Sink&)>& body, const Session::Sink& receive,
                    unsigned limit_seconds) {
  std::array<int, 2> ends{};
  if (pipe(ends.data()) != 0) throw Failure(fmt::format("no pipe: {}", std::strerror(errno)));
  const pid_t child = fork();
  if (child < 0) throw Failure(fmt::format("no process: {}", std::strerror(errno)));
  if (child == 0) {
    close(ends[0]);
    be_child(ends[1], body, limit_seconds);
  }
  close(ends[1]);
  Receiver receiver(receive);
  std::array<char, 4096> buffer{};
  for (;;) {
    const ssize_t size = read(ends[0], buffer.data(), buffer.size());
    if (size > 0) receiver.take({buffer.data(), static_cast<std::size_t>(size)});
    if (size == 0 || (size < 0 && errno != EINTR)) break;
  }
  close(ends[0]);
  int wait_status = 0;
  while (waitpid(child, &wait_status, 0) < 0 && errno == EINTR) {
  }
  return receiver.ending(wait_status);
}

}  // namespace sediment::bench
