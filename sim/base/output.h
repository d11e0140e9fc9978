// What the programs say: to standard output what was asked for, to standard error everything else.
//
// Nothing here throws or ends the process, whatever becomes of the other end of a pipe: what standard output does not
// take is remembered, and finish_output turns it into an exit code. A reader that goes away (`… | head`) is no error.
// One thread at a time.
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

/// What was written so far reaches whoever reads it.
void flush_output();

/// To be called last: `exit_code`, or that of an I/O error if output was lost, which it says.
int finish_output(std::string_view program, int exit_code);

constexpr int kExitInternalError = 3;  // an exception that nothing else has caught: an error of the program itself
constexpr int kExitIoError = 4;        // output was lost, or memory is short

/// Runs a program's main part and finishes its output. An exception that leaves it is told, and becomes an exit code.
int run_guarded(std::string_view program, const std::function<int()>& main_part);

}  // namespace sediment::sim
