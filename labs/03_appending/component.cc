// Lab 3 in the student's process: one writer, on a disk that the grader holds.
#include "labs/harness/component.h"
#include "labs/03_appending/calls.h"
#include "labs/harness/remote_disk.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

void answer_component_request(MessageReader* request, MessageWriter* answer) {
  static WriterCalls writer(remote_disk());
  WriterCall call;
  call.what = static_cast<WriterOperation>(request->number());
  const std::uint64_t first = request->number();
  call.space = {first, request->number()};
  call.stamp = request->flag() ? LogWriter::Stamp::kDurableUpto : LogWriter::Stamp::kZero;
  call.type = static_cast<RecordType>(request->number());
  call.key = request->text();
  call.value = request->text();
  call.number = request->number();
  const WriterAnswer got = writer.perform(call);
  write_status(got.status, answer);
  answer->number(got.offset).number(got.same_record ? 1 : 0);
  answer->number(got.end).number(got.durable_end).number(got.record_count);
}

const sim::StoreKind& store_with_component() { return sim::engine_kind(); }

}  // namespace sediment::labs
