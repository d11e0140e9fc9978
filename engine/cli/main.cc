// The program `sediment`. Everything that it does is in command_line.h.
#include "engine/cli/command_line.h"
#include "engine/posix/descriptor_limit.h"
#include "engine/tools/last_resort.h"
#include "engine/tools/standard_streams.h"

namespace {

// Constructed before any other object: some of CLI11's are global and allocate memory.
struct LastResort {
  LastResort() {
    sediment::tools::end_with_a_message_instead_of_abort("sediment", static_cast<int>(sediment::cli::ExitCode::kIo));
  }
};
[[gnu::init_priority(101)]] const LastResort kLastResort;

}  // namespace

int main(int argument_count, char** arguments) {
  sediment::tools::prepare_standard_streams();  // the console does not treat a lost reader as an error
  sediment::raise_descriptor_limit();
  return static_cast<int>(sediment::cli::run_command_line(argument_count, arguments));
}
