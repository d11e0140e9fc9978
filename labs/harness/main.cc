// The student's process: the engine with the student's component, doing what the grader asks until it is killed.
//
// Nothing in this process is trusted: the grader judges what is answered, and nothing that is printed or returned.
#include <exception>

#include "labs/harness/calls.h"
#include "labs/harness/component.h"
#include "labs/harness/connection.h"
#include "labs/harness/store_server.h"

namespace {

using namespace sediment;        // NOLINT(google-build-using-namespace): a main file
using namespace sediment::labs;  // NOLINT(google-build-using-namespace): likewise

}  // namespace

namespace sediment::labs {

/// A debugger stops here when the request that a check failed at begins.
__attribute__((noinline)) void request_begins(std::uint64_t number);
void request_begins(std::uint64_t number) { asm volatile("" : : "r"(number) : "memory"); }

}  // namespace sediment::labs

int main() {
  prepare_to_tell_calls();
  StoreServer server;
  for (std::uint64_t number = 1;; ++number) {
    const std::string bytes = receive(FrameKind::kRequest);
    request_begins(number);
    MessageReader request(bytes);
    MessageWriter answer;
    const auto what = static_cast<Request>(request.number());
    if (what == Request::kComponent) {
      answer_component_request(&request, &answer);
    } else {
      server.serve(what, &request, &answer);
    }
    send(FrameKind::kAnswer, answer.bytes());
  }
}
