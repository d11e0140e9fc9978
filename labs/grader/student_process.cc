#include "labs/grader/student_process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <system_error>
#include <thread>

#include "labs/grader/sandbox.h"
#include "labs/wire/marked.h"
#include "labs/wire/message.h"

namespace sediment::labs {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kShownOutput = 4096;  // bytes

struct Pipe {
  Pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) {
      throw ProcessEnded(ProcessEnded::Why::kNotStarted, "no pipe: " + std::generic_category().message(errno), {});
    }
    read_end = ends[0];
    write_end = ends[1];
  }
  ~Pipe() {
    for (const int end : {read_end, write_end}) {
      if (end >= 0) ::close(end);
    }
  }
  Pipe(const Pipe&) = delete;
  Pipe& operator=(const Pipe&) = delete;

  int read_end = -1;
  int write_end = -1;
};

// An empty folder that stays empty: files cannot be written there.
const std::string& empty_folder() {
  static const std::string folder = [] {
    std::string name = (std::filesystem::temp_directory_path() / "sediment-lab-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) name = "/";
    return name;
  }();
  static const struct Removal {
    ~Removal() { ::rmdir(folder.c_str()); }
  } removal;
  return folder;
}

int moved(int& from) {
  const int moved = from;
  from = -1;
  return moved;
}

// In the new process. Only returns if the program cannot be started.
void become(const Program& program, const Limits& limits, const std::string& folder, bool deny, int requests,
            int answers, int printed) {
  ::setsid();
  // First out of the way, so that none of them is overwritten.
  const int in = ::fcntl(requests, F_DUPFD, 10);
  const int out = ::fcntl(answers, F_DUPFD, 10);
  const int text = ::fcntl(printed, F_DUPFD, 10);
  const int nothing = ::open("/dev/null", O_RDONLY);
  if (::dup2(nothing, STDIN_FILENO) < 0 || ::dup2(text, STDOUT_FILENO) < 0 || ::dup2(text, STDERR_FILENO) < 0 ||
      ::dup2(in, kRequests) < 0 || ::dup2(out, kAnswers) < 0) {
    return;
  }
  ::closefrom(kAnswers + 1);
  if (::chdir(folder.c_str()) != 0 || !set_limits(limits, program.has_address_sanitizer)) return;
  if (deny && !deny_harmful_calls()) return;
  // symbolize: by the program itself, which may not start another one.
  // handle_abort: where calls are told, an assertion's line is wanted, too, and the stack has it.
  const bool marked = program.calls != nullptr;
  const std::string addresses =
      "ASAN_OPTIONS=detect_leaks=0:hard_rss_limit_mb=768:max_allocation_size_mb=512:allocator_may_return_null=0:"
      "exitcode=99:handle_abort=" +
      std::string(marked ? "1" : "0");
  const std::string functions = marked ? std::string(kMarkedFunctions) + "=" + program.calls->functions() : "";
  // A handout has libraries of its own, and the programs of a bug hunt do not know where it is.
  const char* const folder_of_libraries = std::getenv("LD_LIBRARY_PATH");  // NOLINT(concurrency-mt-unsafe): one thread
  const std::string libraries = std::string("LD_LIBRARY_PATH=") + (folder_of_libraries ? folder_of_libraries : "");
  std::array<const char*, 6> environment{addresses.c_str(),
                                         "UBSAN_OPTIONS=print_stacktrace=1:exitcode=99",
                                         "PATH=/usr/bin:/bin",
                                         nullptr,
                                         nullptr,
                                         nullptr};
  auto next = std::find(environment.begin(), environment.end(), nullptr);
  if (folder_of_libraries != nullptr) *next++ = libraries.c_str();
  if (marked) *next = functions.c_str();  // without a watcher, the process does not look up where its functions stand
  const std::array<const char*, 2> arguments{program.path.c_str(), nullptr};
  ::execve(program.path.c_str(), const_cast<char* const*>(arguments.data()),
           const_cast<char* const*>(environment.data()));
}

void become_debugged(const Program& program, const std::vector<std::string>& debugger, int requests, int answers) {
  const int in = ::fcntl(requests, F_DUPFD, 10);
  const int out = ::fcntl(answers, F_DUPFD, 10);
  if (::dup2(in, kRequests) < 0 || ::dup2(out, kAnswers) < 0) return;
  ::closefrom(kAnswers + 1);
  // NOLINTBEGIN(concurrency-mt-unsafe): between fork and exec there is one thread
  ::setenv("ASAN_OPTIONS", "detect_leaks=0:abort_on_error=1", 1);
  ::setenv("UBSAN_OPTIONS", "print_stacktrace=1:abort_on_error=1", 1);
  ::unsetenv("DEBUGINFOD_URLS");  // with it, gdb begins with a question
  // NOLINTEND(concurrency-mt-unsafe)
  std::vector<const char*> arguments;
  arguments.reserve(debugger.size() + 2);
  for (const std::string& argument : debugger) arguments.push_back(argument.c_str());
  arguments.push_back(program.path.c_str());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], const_cast<char* const*>(arguments.data()));
}

struct Counting {
  std::uint64_t processes = 0;
  Position last;
  Position debugged;
  std::vector<std::string> debugger;
};

Counting& counting() {
  static thread_local Counting counting;
  return counting;
}

// The first line of the student's file that a report names, as "text_log.cc:92"; empty if there is none. `folder` is where
// the file was compiled.
std::string line_in(const std::string& report, const std::string& folder) {
  const std::string start = folder + "/";
  for (std::size_t at = report.find(start); at != std::string::npos; at = report.find(start, at + 1)) {
    const std::size_t begin = at + start.size();
    std::string place = report.substr(begin, report.find_first_of(" \n", begin) - begin);
    if (place.find(".cc:") != std::string::npos) return place;
  }
  return {};
}

// What AddressSanitizer has found, in a sentence without the contents of registers. `said` is its first line from the name of
// the error on.
std::string address_error(const std::string& report, std::string said, const std::string& folder) {
  constexpr std::string_view kBadAddress = "SEGV on unknown address";
  said = said.substr(0, std::min({said.find(" (pc "), said.find(" at pc "), said.find(" on address 0x")}));
  std::string sentence = "AddressSanitizer: " + said;
  if (said.starts_with(kBadAddress)) {
    const bool reads = report.find("caused by a READ") != std::string::npos;
    const bool writes = report.find("caused by a WRITE") != std::string::npos;
    sentence = std::string("your code ") +
               (reads    ? "reads"
                : writes ? "writes"
                         : "reads or writes") +
               " at an address that is not its own";
    if (said.size() > kBadAddress.size()) sentence += " (" + said.substr(kBadAddress.size() + 1) + ")";
    sentence += ", often through a null pointer or one that was never set";
  }
  const std::string line = line_in(report, folder);
  return line.empty() ? sentence : sentence + ": " + line;
}

// What a sanitizer, an assertion or the C++ library says that it found; empty if there is nothing of the kind.
std::string finding(const std::string& output, const std::string& folder) {
  const auto line_from = [&](std::size_t at) { return output.substr(at, output.find('\n', at) - at); };
  constexpr std::string_view kAddress = "ERROR: AddressSanitizer: ";
  const std::size_t address = output.find(kAddress);
  // Where calls are told, the sanitizer reports an abort, too; what has aborted has said why.
  const bool aborted = address != std::string::npos && line_from(address + kAddress.size()).starts_with("ABRT");
  if (address != std::string::npos && !aborted) {
    return address_error(output, line_from(address + kAddress.size()), folder);
  }
  if (const std::size_t at = output.find("runtime error: "); at != std::string::npos) {
    return line_from(output.rfind('\n', at) + 1);
  }
  if (output.find("sediment::labs::Malformed") != std::string::npos) {  // the harness cannot read the grader's message
    return "the grader and its parts do not fit together: this is an error of the grader; build it again";
  }
  for (const std::string_view start : {"Assertion '", "terminate called", "sediment: "}) {
    if (const std::size_t at = output.find(start); at != std::string::npos) return line_from(at);
  }
  if (aborted) return address_error(output, line_from(address + kAddress.size()), folder);
  return {};
}

}  // namespace

Position last_position() { return counting().last; }

void count_again(Position debugged, std::vector<std::string> debugger) {
  counting() = {0, {}, debugged, std::move(debugger)};
}

StudentProcess::StudentProcess(const Program& program, const Limits& limits)
    : limits_(limits),
      folder_(std::filesystem::path(program.path).parent_path().string()),
      calls_(program.calls),
      number_(++counting().processes) {
  ::signal(SIGPIPE, SIG_IGN);  // if the process has ended, write returns an error
  Pipe requests;
  Pipe answers;
  Pipe printed;
  const std::string& folder = empty_folder();
  const bool deny = can_deny_calls();
  const std::vector<std::string> debugger =
      number_ == counting().debugged.process ? counting().debugger : std::vector<std::string>();
  id_ = ::fork();
  if (id_ == 0) {
    if (debugger.empty()) {
      become(program, limits, folder, deny, requests.read_end, answers.write_end, printed.write_end);
    } else {
      become_debugged(program, debugger, requests.read_end, answers.write_end);
    }
    ::_exit(127);
  }
  if (id_ < 0) {
    throw ProcessEnded(ProcessEnded::Why::kNotStarted, "no process: " + std::generic_category().message(errno), {});
  }
  requests_ = moved(requests.write_end);
  answers_ = moved(answers.read_end);
  if (debugger.empty()) printed_ = moved(printed.read_end);
  if (!debugger.empty()) limits_.wall = std::chrono::hours(24);
  for (const int end : {requests_, answers_, printed_}) {
    if (end >= 0) ::fcntl(end, F_SETFL, O_NONBLOCK);
  }
}

StudentProcess::~StudentProcess() {
  for (const int end : {requests_, answers_, printed_}) {
    if (end >= 0) ::close(end);
  }
  reap();
}

// Kills the whole session, in case it has started others where nothing prevented that. Returns the status of its end.
int StudentProcess::reap() {
  if (id_ < 0) return 0;
  int status = 0;
  ::kill(id_, SIGKILL);
  ::kill(-id_, SIGKILL);
  while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  return status;
}

void StudentProcess::read_output() {
  std::array<char, 4096> bytes;
  for (int reads = 0; reads < 64; ++reads) {  // an endless print must not keep the grader here
    const ssize_t got = ::read(printed_, bytes.data(), bytes.size());
    if (got <= 0) {
      const bool later = got < 0 && (errno == EAGAIN || errno == EINTR);
      if (!later) {
        ::close(printed_);
        printed_ = -1;
      }
      return;
    }
    const std::size_t room = kShownOutput - std::min(kShownOutput, output_.size());
    output_.append(bytes.data(), std::min(room, static_cast<std::size_t>(got)));
  }
}

// Sends `out`, and waits until `wanted` bytes of answers have come.
StudentProcess::Waited StudentProcess::exchange(std::string_view out, std::size_t wanted) {
  while (!out.empty() || received_.size() < wanted) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline_ - Clock::now()).count();
    if (left <= 0) return Waited::kTooLong;
    std::array<pollfd, 3> ends{
        {{answers_, POLLIN, 0}, {printed_, POLLIN, 0}, {out.empty() ? -1 : requests_, POLLOUT, 0}}};
    if (::poll(ends.data(), ends.size(), static_cast<int>(std::min<long long>(left, 1000))) < 0 && errno != EINTR) {
      return Waited::kClosed;
    }
    if (ends[1].revents != 0) read_output();
    if (ends[2].revents != 0) {
      const ssize_t written = ::write(requests_, out.data(), out.size());
      if (written > 0) out.remove_prefix(static_cast<std::size_t>(written));
      if (written < 0 && errno != EAGAIN && errno != EINTR) return Waited::kClosed;
    }
    if (ends[0].revents != 0) {
      std::array<char, 65536> bytes;
      const ssize_t got = ::read(answers_, bytes.data(), bytes.size());
      if (got > 0) received_.append(bytes.data(), static_cast<std::size_t>(got));
      if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return Waited::kClosed;
    }
  }
  return Waited::kReady;
}

void StudentProcess::ended(ProcessEnded::Why why, const std::string& sentence) {
  if (printed_ >= 0) read_output();
  throw ProcessEnded(why, sentence, output_);
}

void StudentProcess::ended_by_itself() {
  // Its pipe is closed. It may still be writing a report, and it may as well run on.
  int status = 0;
  bool gone = false;
  const auto patience = Clock::now() + std::chrono::seconds(10);
  while (!gone && Clock::now() < patience) {
    gone = ::waitpid(id_, &status, WNOHANG) == id_;
    if (printed_ >= 0) read_output();
    if (!gone) std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  if (gone) {
    ::kill(-id_, SIGKILL);
    id_ = -1;
  }
  if (!gone) ended(ProcessEnded::Why::kExited, "your code closed the pipe to the grader");
  if (printed_ >= 0) read_output();

  const std::string found = finding(output_, folder_);
  if (WIFSIGNALED(status)) {
    const int signal = WTERMSIG(status);
    if (signal == SIGXCPU || (signal == SIGKILL && found.empty())) {
      ended(ProcessEnded::Why::kTookTooLong, "your code used more than " + std::to_string(limits_.cpu_seconds) +
                                                 " s of CPU time: most often, a loop that does not end");
    }
    const std::string name = ::strsignal(signal);  // NOLINT(concurrency-mt-unsafe): the grader has one thread
    ended(ProcessEnded::Why::kCrashed, found.empty() ? "your code crashed: " + name : found);
  }
  const int code = WEXITSTATUS(status);
  if (code == 127 && output_.empty()) ended(ProcessEnded::Why::kNotStarted, "the program could not be started");
  if (!found.empty()) ended(ProcessEnded::Why::kCrashed, found);
  ended(ProcessEnded::Why::kExited,
        "your code ended the process, with exit status " + std::to_string(code) + ", before it had answered");
}

std::string StudentProcess::next_frame(FrameKind* kind, std::string_view out) {
  const auto wait_for = [&](std::string_view bytes, std::size_t wanted) {
    switch (exchange(bytes, wanted)) {
      case Waited::kReady: return;
      case Waited::kClosed: ended_by_itself();
      case Waited::kTooLong:
        ended(ProcessEnded::Why::kTookTooLong,
              "your code did not answer within " +
                  std::to_string(std::chrono::duration_cast<std::chrono::seconds>(limits_.wall).count()) + " s");
    }
  };
  wait_for(out, kFrameHeaderSize);
  try {
    const FrameHeader header = decode_frame_header(received_);
    wait_for({}, kFrameHeaderSize + header.size);
    *kind = header.kind;
    std::string message = received_.substr(kFrameHeaderSize, header.size);
    received_.erase(0, kFrameHeaderSize + header.size);
    return message;
  } catch (const Malformed& malformed) {
    ended(ProcessEnded::Why::kNonsense,
          std::string("your code wrote into the pipe to the grader: ") + malformed.what());
  }
}

std::string StudentProcess::ask(std::string_view request, const DiskCalls& disk, const Notes& notes) {
  deadline_ = Clock::now() + limits_.wall;
  counting().last = {number_, ++requests_sent_};
  std::string out = encode_frame_header(FrameKind::kRequest, request);
  out += request;
  try {
    while (true) {
      FrameKind kind{};
      std::string message = next_frame(&kind, out);
      out.clear();
      switch (kind) {
        case FrameKind::kAnswer: return message;
        case FrameKind::kNotImplemented:
          ended(ProcessEnded::Why::kNotImplemented, message.substr(0, 200) + " is still to be written");
        case FrameKind::kDiskCall:
          if (!disk) throw Malformed("a call to the disk where there is none");
          message = disk(message);
          out = encode_frame_header(FrameKind::kDiskReply, message);
          out += message;
          break;
        case FrameKind::kEvent:
        case FrameKind::kProgress:
          if (notes) {
            notes(kind, message);
          } else if (calls_ != nullptr && kind == FrameKind::kEvent) {
            calls_->add(message);
          }
          break;
        case FrameKind::kRequest:
        case FrameKind::kDiskReply: throw Malformed("a message that only the grader sends");
      }
    }
  } catch (const Malformed& malformed) {
    ended(ProcessEnded::Why::kNonsense,
          std::string("your code wrote into the pipe to the grader: ") + malformed.what());
  }
}

std::string isolation() {
  if (can_deny_calls()) return "isolated: no new processes, no sockets, no writing of files";
  return "not isolated: seccomp does not work here, so only CPU time, memory and file sizes are limited";
}

}  // namespace sediment::labs
