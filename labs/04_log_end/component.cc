// Lab 4 in the student's process: calls one of the functions for a log that the grader holds.
#include <memory>

#include "engine/log_end.h"
#include "labs/04_log_end/operations.h"
#include "labs/harness/component.h"
#include "labs/harness/remote_disk.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

namespace {

void write_answer(const Status& status, std::uint64_t number, std::string_view why, MessageWriter* answer) {
  write_status(status, answer);
  if (status.ok()) answer->number(number).text(why);
}

template <typename Number>
void write_answer(const Result<Number>& result, MessageWriter* answer) {
  write_answer(result.status(), result.ok() ? *result : 0, {}, answer);
}

}  // namespace

void answer_component_request(MessageReader* request, MessageWriter* answer) {
  static const std::shared_ptr<Disk> disk = remote_disk();
  const auto operation = static_cast<LogEndOperation>(request->number());
  const std::string name = request->text();
  const std::uint64_t nonce = request->number();
  const std::uint64_t end = request->number();
  const std::uint64_t offset = request->number();
  const auto verdict = static_cast<RecordVerdict>(request->number());
  const Result<std::unique_ptr<File>> file = disk->open(name);
  require(file.ok(), "the log of a check can be opened");
  const LogExtent log{name, nonce, end};
  switch (operation) {
    case LogEndOperation::kJudgeEnd: {
      const Result<TornTail> tail = judge_end(**file, log, offset, verdict);
      const TornTail cut = tail.ok() ? *tail : TornTail{};
      return write_answer(tail.status(), cut.bytes, cut.why, answer);
    }
    case LogEndOperation::kFindRecordHeader: return write_answer(find_record_header(**file, log, offset), answer);
    case LogEndOperation::kProvenDurable: return write_answer(proven_durable(**file, log, offset), answer);
    case LogEndOperation::kEndOfWrittenBytes: return write_answer(end_of_written_bytes(**file, log, offset), answer);
  }
}

const sim::StoreKind& store_with_component() { return sim::engine_kind(); }

}  // namespace sediment::labs
