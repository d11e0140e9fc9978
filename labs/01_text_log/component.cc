// Lab 1 in the student's process: text logs on the grader's disk, by the names of their files.
#include <map>
#include <memory>

#include "engine/text_log.h"
#include "labs/01_text_log/operations.h"
#include "labs/harness/component.h"
#include "labs/harness/remote_disk.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

void answer_component_request(MessageReader* request, MessageWriter* answer) {
  static const std::shared_ptr<Disk> disk = remote_disk();
  static std::map<std::string, std::unique_ptr<TextLog>> logs;
  const auto operation = static_cast<LogOperation>(request->number());
  const std::string file = request->text();
  if (operation == LogOperation::kOpen) {
    Result<std::unique_ptr<TextLog>> opened = TextLog::open(*disk, file);
    write_status(opened.status(), answer);
    if (!opened.ok()) return;
    require(*opened != nullptr, "open returns a log or the reason why there is none");
    logs[file] = std::move(*opened);
    return;
  }
  TextLog& log = *logs.at(file);
  const std::string key = operation == LogOperation::kSync ? "" : request->text();
  switch (operation) {
    case LogOperation::kPut: return write_status(log.put(key, request->text()), answer);
    case LogOperation::kRemove: return write_status(log.remove(key), answer);
    case LogOperation::kGet: {
      std::string value;
      const Status status = log.get(key, &value);
      write_status(status, answer);
      if (status.ok()) answer->text(value);
      return;
    }
    case LogOperation::kSync: return write_status(log.sync(), answer);
    case LogOperation::kOpen: break;
  }
}

const sim::StoreKind& store_with_component() { return sim::text_log_kind(); }

}  // namespace sediment::labs
