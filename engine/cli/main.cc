// The program `sediment`. All that it can do is in command_line.h.
#include "engine/cli/command_line.h"
#include "engine/posix/descriptor_limit.h"
#include "engine/tools/last_resort.h"
#include "engine/tools/standard_streams.h"

namespace {

// Before any other object is made: some of CLI11's are global, and take memory.
struct LastResort {
  LastResort() {
    sediment::tools::end_with_a_message_instead_of_abort("sediment", static_cast<int>(sediment::cli::ExitCode::kIo));
  }
};
[[gnu::init_priority(101)]] const LastResort kLastResort;

}  // namespace

int main(int argument_count, char** arguments) {
  sediment::tools::prepare_standard_streams();  // a failed write to a reader that went away is no error to the console
  sediment::raise_descriptor_limit();
  return static_cast<int>(sediment::cli::run_command_line(argument_count, arguments));
}
