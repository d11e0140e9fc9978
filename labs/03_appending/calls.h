// The calls that the checks of lab 3 make: to the student's writer in its process, and to the reference in the grader.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "engine/guarded.h"
#include "engine/log_writer.h"

namespace sediment::labs {

/// The first number of a request of this lab.
enum class WriterOperation : std::uint64_t {
  kCreate,
  kCreateDurable,
  kMakeRoom,
  kAppend,
  kCopy,
  kSync,
  kBeginSync,  // the first half of a sync in two steps: takes the end
  kEndSync,    // the second half: syncs the file, and passes the outcome on
  kSeal,
};

struct WriterCall {
  WriterOperation what = WriterOperation::kSync;
  LogSpace space = 0;                                       // create
  LogWriter::Stamp stamp = LogWriter::Stamp::kDurableUpto;  // create
  RecordType type = RecordType::kPut;                       // append, copy
  std::string key = {};
  std::string value = {};
  std::uint64_t number = 0;  // make_room: how many bytes; copy: where the record was
};

/// What the call has returned, and what the writer says of itself afterwards.
struct WriterAnswer {
  Status status;
  std::uint64_t offset = 0;  // append, copy
  bool same_record = true;   // copy: all but the place is as it was
  std::uint64_t end = 0;
  std::uint64_t durable_end = 0;
  std::uint64_t record_count = 0;
};

/// A writer and its disk.
class WriterCalls {
 public:
  explicit WriterCalls(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  WriterAnswer perform(const WriterCall& call) {
    WriterAnswer answer;
    answer.status = status_of(call, &answer);
    if (writer_) {
      answer.end = writer_->end();
      answer.durable_end = writer_->durable_end();
      answer.record_count = writer_->record_count();
    }
    return answer;
  }

 private:
  static constexpr SegmentNumber kNumber{1};

  Status status_of(const WriterCall& call, WriterAnswer* answer) {
    switch (call.what) {
      case WriterOperation::kCreate: return keep(LogWriter::create(*disk_, kNumber, call.space, call.stamp));
      case WriterOperation::kCreateDurable: return keep(LogWriter::create_durable(*disk_, kNumber, call.space));
      default: break;
    }
    require(writer_ != nullptr, "a check calls a writer that it has not created");
    switch (call.what) {
      case WriterOperation::kMakeRoom: return writer_->make_room(call.number);
      case WriterOperation::kAppend: {
        Result<std::uint64_t> offset = writer_->append(call.type, call.key, call.value);
        if (offset.ok()) answer->offset = *offset;
        return offset.status();
      }
      case WriterOperation::kCopy: return copy(call, answer);
      case WriterOperation::kSync: return writer_->sync();
      case WriterOperation::kBeginSync: synced_end_ = writer_->end(); return {};
      case WriterOperation::kEndSync: {
        Status outcome = guarded_change([&] { return writer_->file()->sync(); });
        writer_->note_sync(synced_end_, outcome);
        return outcome;
      }
      default: return writer_->seal();
    }
  }

  Status keep(Result<std::unique_ptr<LogWriter>> writer) {
    if (writer.ok()) writer_ = std::move(*writer);
    return writer.status();
  }

  Status copy(const WriterCall& call, WriterAnswer* answer) {
    const Record record{call.type, call.number, record_size(call.key.size(), call.value.size()),
                        0,         call.key,    call.value};
    Result<Record> copied = writer_->copy(record);
    if (!copied.ok()) return copied.status();
    answer->offset = copied->offset;
    answer->same_record = copied->type == record.type && copied->size_bytes == record.size_bytes &&
                          copied->key == record.key && copied->value == record.value;
    return {};
  }

  std::shared_ptr<Disk> disk_;
  std::unique_ptr<LogWriter> writer_;
  std::uint64_t synced_end_ = 0;
};

}  // namespace sediment::labs
