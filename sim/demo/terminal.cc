#include "sim/demo/terminal.h"

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <thread>

#include "sim/base/output.h"

namespace sediment::sim {

namespace {

std::string_view code_of(Colour colour) {
  switch (colour) {
    case Colour::kPlain: return "";
    case Colour::kBold: return "\x1b[1m";
    case Colour::kGrey: return "\x1b[90m";
    case Colour::kGreen: return "\x1b[32m";
    case Colour::kYellow: return "\x1b[33m";
    case Colour::kRed: return "\x1b[31m";
    case Colour::kBlue: return "\x1b[36m";
  }
  return "";
}

}  // namespace

Terminal::Terminal() {
  const char* kind = std::getenv("TERM");  // NOLINT(concurrency-mt-unsafe): read once, before any thread starts
  const bool dumb = kind == nullptr || std::string_view(kind) == "dumb";
  const bool unwanted = std::getenv("NO_COLOR") != nullptr;  // NOLINT(concurrency-mt-unsafe)
  animated_ = ::isatty(STDOUT_FILENO) != 0 && !dumb && !unwanted;
}

std::string Terminal::in(Colour colour, std::string_view text) const {
  if (!animated_ || colour == Colour::kPlain) return std::string(text);
  return fmt::format("{}{}\x1b[0m", code_of(colour), text);
}

void Terminal::heading(std::string_view text) {
  drawn_lines_ = 0;
  print_output("\n{}\n", in(Colour::kBold, fmt::format("{}. {}", ++headings_, text)));
  flush_output();
}

void Terminal::say(std::string_view text) {
  drawn_lines_ = 0;
  print_output("   {}\n", text);
  flush_output();
}

void Terminal::detail(std::string_view text) {
  drawn_lines_ = 0;
  print_output("     {}\n", text);
  flush_output();
}

void Terminal::draw(const std::vector<std::string>& lines) {
  if (drawn_lines_ > 0) print_output("\x1b[{}A\x1b[J", drawn_lines_);
  for (const std::string& line : lines) print_output("     {}\n", line);
  flush_output();
  drawn_lines_ = animated_ ? lines.size() : 0;
}

void Terminal::pause(int milliseconds) const {
  if (animated_) std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

}  // namespace sediment::sim
