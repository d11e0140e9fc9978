#include "engine/cli/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>

#include "engine/cli/text.h"

namespace sediment::cli {

namespace {

constexpr std::chrono::milliseconds kTerminalPause{100};
constexpr std::chrono::seconds kPlainPause{5};

std::string duration(double seconds) {
  const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {:02} s", whole / 60, whole % 60);
  return fmt::format("{} h {:02} min", whole / 3600, whole / 60 % 60);
}

void write_error(const std::string& text) { (void)std::fwrite(text.data(), 1, text.size(), stderr); }

}  // namespace

Progress::Progress(bool enabled, std::string_view verb, std::uint64_t bytes_at_start,
                   std::optional<std::uint64_t> bytes_total)
    : enabled_(enabled),
      terminal_(::isatty(STDERR_FILENO) == 1),
      verb_(verb),
      bytes_at_start_(bytes_at_start),
      bytes_total_(bytes_total),
      started_(Clock::now()),
      printed_(started_) {}

void Progress::update(std::uint64_t records, std::uint64_t bytes) {
  if (!enabled_) return;
  const Clock::time_point now = Clock::now();
  if (now - printed_ < (terminal_ ? Clock::duration(kTerminalPause) : Clock::duration(kPlainPause))) return;
  printed_ = now;
  const std::string text = line(records, bytes);
  if (!terminal_) return write_error(text + "\n");
  const std::size_t leftover = width_ - std::min(width_, text.size());
  write_error("\r" + text + std::string(leftover, ' '));
  width_ = text.size();
}

void Progress::update(const tools::JobProgress& job) {
  bytes_total_ = job.bytes_total;
  update(job.records, job.bytes);
}

void Progress::clear() {
  if (width_ > 0) write_error("\r" + std::string(width_, ' ') + "\r");
  width_ = 0;
}

double Progress::seconds() const { return std::chrono::duration<double>(Clock::now() - started_).count(); }

std::string Progress::line(std::uint64_t records, std::uint64_t bytes) const {
  const double elapsed = std::max(seconds(), 1e-9);
  std::string text = fmt::format("{} {}, {} per second", verb_, counted(records, "record"),
                                 grouped(static_cast<std::uint64_t>(static_cast<double>(records) / elapsed)));
  const std::uint64_t done = bytes - std::min(bytes, bytes_at_start_);
  if (!bytes_total_ || *bytes_total_ == 0 || done == 0) return text;
  const std::uint64_t left = *bytes_total_ - std::min(*bytes_total_, bytes);
  text += fmt::format(", {} %", bytes * 100 / std::max(*bytes_total_, bytes));
  return text + ", " + duration(elapsed * static_cast<double>(left) / static_cast<double>(done)) + " left";
}

}  // namespace sediment::cli
