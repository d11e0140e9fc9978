#include "sim/base/output.h"

#include <cerrno>
#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <system_error>

namespace sediment::sim {

namespace {

int lost_output = 0;  // the errno of the first write to standard output that failed

void say(std::string_view program, std::string_view what) {  // allocates nothing: memory may have run out
  write_error(program);
  write_error(": ");
  write_error(what);
  write_error("\n");
}

}  // namespace

void write_output(std::string_view text) {
  if (lost_output != 0 || text.empty()) return;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) lost_output = errno;
}

void write_error(std::string_view text) { (void)std::fwrite(text.data(), 1, text.size(), stderr); }

void flush_output() {
  if (lost_output == 0 && std::fflush(stdout) != 0) lost_output = errno;
}

int finish_output(std::string_view program, int exit_code) {
  flush_output();
  if (lost_output == 0 || lost_output == EPIPE) return exit_code;
  say(program, "cannot write the output: " + std::generic_category().message(lost_output));
  return kExitIoError;
}

int run_guarded(std::string_view program, const std::function<int()>& main_part) {
  int exit_code = kExitInternalError;
  try {
    exit_code = main_part();
  } catch (const std::bad_alloc&) {
    say(program, "out of memory");
    exit_code = kExitIoError;
  } catch (const std::exception& error) {
    say(program, "internal error; please report it, with the steps that led to it:");
    say(program, error.what());
  } catch (...) {
    say(program, "internal error: unknown exception; please report it");
  }
  return finish_output(program, exit_code);
}

}  // namespace sediment::sim
