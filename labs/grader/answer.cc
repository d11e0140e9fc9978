#include "labs/grader/answer.h"

#include "labs/grader/result.h"

namespace sediment::labs {

sim::EventEntry read_event(std::string_view message) {
  MessageReader reader(message);
  sim::EventEntry event;
  event.kind = static_cast<EventKind>(reader.number_up_to(static_cast<std::uint64_t>(EventKind::kFailed)));
  event.segment = reader.number();
  event.offset = reader.number();
  event.size = reader.number();
  event.key = reader.text();
  event.why = printable(reader.text());
  event.source_file = printable(reader.text());
  event.source_line = static_cast<int>(reader.number_up_to(1'000'000));
  return event;
}

}  // namespace sediment::labs
