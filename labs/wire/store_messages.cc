#include "labs/wire/store_messages.h"

namespace sediment::labs {

void write_status(const Status& status, MessageWriter* message) {
  message->number(static_cast<std::uint64_t>(status.code()));
  if (status.ok()) return;
  message->text(status.file()).number(status.offset()).text(status.message());
}

Status read_status(MessageReader* message) {
  const auto code = static_cast<StatusCode>(message->number_up_to(static_cast<std::uint64_t>(StatusCode::kNoMemory)));
  if (code == StatusCode::kOk) return {};
  const std::string file = message->text();
  const std::uint64_t offset = message->number();
  std::string text = message->text();
  switch (code) {
    case StatusCode::kNotFound: return text.empty() ? Status::not_found() : Status::not_found(std::move(text));
    case StatusCode::kCorruption: return Status::corruption(file, offset, std::move(text));
    case StatusCode::kNoSpace: return Status::no_space(file, std::move(text));
    case StatusCode::kInvalidArgument: return Status::invalid_argument(std::move(text));
    case StatusCode::kBusy: return Status::busy(std::move(text));
    case StatusCode::kReadOnly: return Status::read_only(std::move(text));
    case StatusCode::kNoMemory: return Status::no_memory();
    case StatusCode::kIoError:
    case StatusCode::kOk: break;
  }
  return text.empty() && file.empty() ? Status::io_error() : Status::io_error(file, std::move(text));
}

std::string bytes_of(const Event& event) {
  MessageWriter message;
  message.number(static_cast<std::uint64_t>(event.kind))
      .number(static_cast<std::uint64_t>(event.segment))
      .number(event.offset)
      .number(event.size)
      .text(event.key)
      .text(event.why)
      .text(event.source_file)
      .number(static_cast<std::uint64_t>(event.source_line));
  return message.bytes();
}

}  // namespace sediment::labs
