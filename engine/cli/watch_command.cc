#include "engine/cli/watch_command.h"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <string_view>

#include "engine/cli/watch.h"
#include "engine/cli/watch_view.h"
#include "engine/posix/posix_disk.h"

namespace sediment::cli {

namespace {

constexpr std::size_t kMostHappeningsShown = 6;
constexpr std::uint64_t kMostBytesReadPerLook = std::uint64_t{256} << 20;  // a few tenths of a second

// Switch to the alternate screen, which preserves what was on the terminal, and hide the cursor; move to the top left;
// clear to the end of the line, and of the screen.
constexpr std::string_view kEnterScreen = "\x1b[?1049h\x1b[?25l";
constexpr std::string_view kLeaveScreen = "\x1b[?25h\x1b[?1049l";
constexpr std::string_view kHome = "\x1b[H";
constexpr std::string_view kClearLine = "\x1b[K";
constexpr std::string_view kClearBelow = "\x1b[J";

std::string environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? std::string() : value;
}

bool is_terminal() {
  const std::string kind = environment("TERM");
  return ::isatty(STDOUT_FILENO) == 1 && !kind.empty() && kind != "dumb";
}

bool speaks_utf8() {
  std::string locale = environment("LC_ALL");
  if (locale.empty()) locale = environment("LC_CTYPE");
  if (locale.empty()) locale = environment("LANG");
  return locale.find("UTF-8") != std::string::npos || locale.find("utf8") != std::string::npos ||
         locale.find("utf-8") != std::string::npos || locale.find("UTF8") != std::string::npos;
}

WatchStyle style_of(bool terminal) {
  WatchStyle style;
  style.utf8 = speaks_utf8();
  if (!terminal) return style;
  style.colours = environment("NO_COLOR").empty();
  winsize size{};
  if (::ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 && size.ws_row > 0) {
    style.columns = size.ws_col;
    style.rows = size.ws_row;
  }
  return style;
}

double now_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

std::string time_of_day() {
  const std::time_t now = std::time(nullptr);
  std::tm parts{};
  if (::localtime_r(&now, &parts) == nullptr) return "??:??:??";
  return fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

// The signals that end or interrupt the view are blocked, and taken only while it waits. So they find the terminal in
// order, and no handler runs in the middle of anything.
class Signals {
 public:
  enum class Wake : std::uint8_t { kTime, kRedraw, kSuspend, kEnd };

  Signals() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGWINCH, SIGTSTP}) sigaddset(&set_, signal);
    (void)::pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  ~Signals() { (void)::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  Wake wait(double seconds) const {
    seconds = std::max(0.0, seconds);
    timespec time{};
    time.tv_sec = static_cast<std::time_t>(seconds);
    time.tv_nsec = static_cast<long>((seconds - std::floor(seconds)) * 1e9);
    const int signal = ::sigtimedwait(&set_, nullptr, &time);
    if (signal == SIGWINCH || (signal < 0 && errno == EINTR)) return Wake::kRedraw;
    if (signal == SIGTSTP) return Wake::kSuspend;
    return signal < 0 ? Wake::kTime : Wake::kEnd;
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

class WatchCommand {
 public:
  WatchCommand(const WatchArguments& arguments, Console& console)
      : directory_(arguments.directory), interval_seconds_(arguments.interval_seconds.value_or(1)), console_(console) {}

  ExitCode show_once();
  ExitCode stream_json();
  ExitCode refresh();

 private:
  void look();
  void draw();

  std::string directory_;
  double interval_seconds_;
  Console& console_;
  Watch watch_{kMostBytesReadPerLook};
  WatchView view_;
  std::vector<std::string> recent_;
};

void WatchCommand::look() {
  // Opened anew for each look: the directory may be created, or replaced by another one.
  view_ = watch_.look(open_posix_disk(directory_, false, PosixAccess::kSystemCalls), now_seconds());
  for (const Happening& happening : view_.happenings) recent_.push_back(time_of_day() + "  " + happening.text);
  if (recent_.size() > kMostHappeningsShown) {
    recent_.erase(recent_.begin(), recent_.end() - static_cast<std::ptrdiff_t>(kMostHappeningsShown));
  }
}

ExitCode WatchCommand::show_once() {
  watch_ = Watch();  // there is no next view: read all of the active log
  look();
  if (console_.json()) {
    console_.write_line(to_text(json_of(view_)));
  } else {
    for (const std::string& line : lines_of(view_, directory_, recent_, style_of(false))) console_.write_line(line);
  }
  if (view_.state == WatchView::State::kNoStore) return exit_code_of(StatusCode::kNotFound);
  return view_.has_problem() ? ExitCode::kCorruption : ExitCode::kOk;
}

ExitCode WatchCommand::stream_json() {
  const Signals signals;
  while (true) {
    look();
    console_.write_line(to_text(json_of(view_)));
    console_.flush();
    if (console_.output_ended()) return ExitCode::kOk;
    const double until = now_seconds() + interval_seconds_;
    while (now_seconds() < until) {
      if (signals.wait(until - now_seconds()) == Signals::Wake::kEnd) return ExitCode::kOk;
    }
  }
}

// Everything at once, drawn over what is there: nothing flickers.
void WatchCommand::draw() {
  const WatchStyle style = style_of(true);
  std::vector<std::string> lines = lines_of(view_, directory_, recent_, style);
  if (lines.size() > style.rows) lines.resize(style.rows);
  std::string frame(kHome);
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (i > 0) frame += "\r\n";
    frame += lines[i];
    frame += kClearLine;
  }
  frame += kClearBelow;
  console_.write(frame);
  console_.flush();
}

ExitCode WatchCommand::refresh() {
  const Signals signals;
  console_.write(kEnterScreen);
  double next_look = now_seconds();
  Signals::Wake wake = Signals::Wake::kTime;
  while (wake != Signals::Wake::kEnd && !console_.output_ended()) {
    if (wake == Signals::Wake::kSuspend) {
      console_.write(kLeaveScreen);
      console_.flush();
      (void)std::raise(SIGSTOP);  // until the shell resumes it
      console_.write(kEnterScreen);
    }
    if (now_seconds() >= next_look) {
      look();
      next_look = now_seconds() + interval_seconds_;
    }
    draw();
    wake = signals.wait(next_look - now_seconds());
  }
  console_.write(kLeaveScreen);
  // The last view stays.
  for (const std::string& line : lines_of(view_, directory_, recent_, style_of(true))) console_.write(line + "\n");
  return ExitCode::kOk;
}

}  // namespace

ExitCode run_watch(const WatchArguments& arguments, Console& console) {
  console.set_directory(arguments.directory);
  WatchCommand command(arguments, console);
  if (arguments.once) return command.show_once();
  if (console.json()) return arguments.interval_seconds ? command.stream_json() : command.show_once();
  return is_terminal() ? command.refresh() : command.show_once();
}

}  // namespace sediment::cli
