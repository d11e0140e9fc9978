// What a command does about an exception that is never caught: one in a separate thread, or in a destructor.
//
// By default the C++ library calls abort(), which a shell shows as "Aborted (core dumped)". The store loses nothing by
// that, but the user learns nothing from it. A programming error found by require() still aborts.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <new>

namespace sediment::tools {

/// Call this first; if other global objects allocate memory, from the constructor of an earlier one. `program` must
/// live as long as the process runs.
inline void end_with_a_message_instead_of_abort(const char* program, int exit_code) {
  static const char* program_name = program;
  static int code = exit_code;
  std::set_terminate([] {
    const char* problem = "out of memory";  // if there is no exception: there was no memory even for one
    try {
      if (const std::exception_ptr thrown = std::current_exception()) std::rethrow_exception(thrown);
    } catch (const std::bad_alloc&) {
      problem = "out of memory";
    } catch (const std::exception& error) {
      problem = error.what();  // lives as long as the exception, which terminate() keeps alive
    } catch (...) {
      problem = "an unknown failure";
    }
    (void)std::fprintf(stderr, "%s: %s; a store that was open is left as after a kill, and the next open recovers it\n",
                       program_name, problem);
    std::_Exit(code);
  });
}

}  // namespace sediment::tools
