// The programs' output: what the user requested goes to standard output, everything else to standard error.
//
// A failed write neither throws nor ends the process, even if the other end of a pipe is closed
// (engine/tools/standard_streams.h). The first failure on standard output is remembered, and finish_output turns it
// into an exit code. A reader that goes away (`… | head`) is not an error. One thread at a time.
#pragma once

#include <fmt/format.h>

#include <functional>
#include <string_view>
#include <utility>

namespace sediment::sim {

void write_output(std::string_view text);
void write_error(std::string_view text);

/// As fmt::print.
template <typename... Arguments>
void print_output(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_output(fmt::format(format, std::forward<Arguments>(arguments)...));
}
template <typename... Arguments>
void print_error(fmt::format_string<Arguments...> format, Arguments&&... arguments) {
  write_error(fmt::format(format, std::forward<Arguments>(arguments)...));
}

/// Flushes everything written so far.
void flush_output();

/// Call this last. Returns `exit_code`; if output was lost, prints a message and returns kExitIoError.
int finish_output(std::string_view program, int exit_code);

constexpr int kExitInternalError = 3;  // an uncaught exception: an error in the program itself
constexpr int kExitIoError = 4;        // output was lost, or memory ran out

/// Runs a program's main part and finishes its output. An uncaught exception is reported and becomes an exit code.
int run_guarded(std::string_view program, const std::function<int()>& main_part);

}  // namespace sediment::sim
