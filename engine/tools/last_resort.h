// What a command does about an exception that nobody catches: in a thread of its own, or in a destructor.
//
// The C++ library calls abort() then, which a shell shows as "Aborted (core dumped)". A store loses nothing by it, and a
// user learns nothing from it. A programmer's error that require() finds still aborts.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

namespace sediment::tools {

/// To be called first, by the constructor of a global object if others take memory. `program` must live as long as it
/// runs.
inline void end_with_a_message_instead_of_abort(const char* program, int exit_code) {
  static const char* program_name = program;
  static int code = exit_code;
  std::set_terminate([] {
    const char* problem = "out of memory";  // with no exception: there was no memory even for that
    try {
      if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
      problem = "out of memory";
    } catch (const std::exception& error) {
      problem = error.what();  // lives as long as the exception, and terminate() keeps that
    } catch (...) {
      problem = "it failed in a way that it does not know";
    }
    (void)std::fprintf(stderr, "%s: %s; a store that was open is as after a kill, and the next open recovers it\n",
                       program_name, problem);
    std::_Exit(code);
  });
}

}  // namespace sediment::tools
