#include "labs/grader/disk_server.h"

#include <algorithm>

#include "labs/wire/frame.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

namespace {

// No store of a lab comes near these. Without them, a call could take all memory.
constexpr std::uint64_t kLargestFile = std::uint64_t{64} << 20;  // bytes
constexpr std::size_t kMostHandles = 10'000;

}  // namespace

File& DiskServer::file(std::uint64_t handle) {
  const auto found = files_.find(handle);
  if (found == files_.end()) throw Malformed("a call for a file that is not open");
  return *found->second;
}

void DiskServer::opened(Result<std::unique_ptr<File>> file, MessageWriter* reply) {
  write_status(file.status(), reply);
  if (!file.ok()) return;
  files_.emplace(++last_handle_, std::move(*file));
  reply->number(last_handle_);
}

std::string DiskServer::serve(std::string_view call) {
  if (files_.size() + locks_.size() > kMostHandles) throw Malformed("too many open files");
  MessageReader arguments(call);
  MessageWriter reply;
  switch (static_cast<DiskCall>(arguments.number_up_to(static_cast<std::uint64_t>(DiskCall::kRelease)))) {
    case DiskCall::kCreate: {
      const std::string name = arguments.text();
      opened(disk_->create(name, arguments.number_up_to(kLargestFile)), &reply);
      break;
    }
    case DiskCall::kOpen: opened(disk_->open(arguments.text()), &reply); break;
    case DiskCall::kOpenToAppend: opened(disk_->open_to_append(arguments.text()), &reply); break;
    case DiskCall::kList: {
      const Result<std::vector<std::string>> names = disk_->list();
      write_status(names.status(), &reply);
      if (!names.ok()) break;
      reply.number(names->size());
      for (const std::string& name : *names) reply.text(name);
      break;
    }
    case DiskCall::kRename: {
      const std::string from = arguments.text();
      write_status(disk_->rename(from, arguments.text()), &reply);
      break;
    }
    case DiskCall::kRemove: {
      const std::string name = arguments.text();
      const Status removed = disk_->remove(name);
      if (removed.is(StatusCode::kIoError)) failed_removals_.push_back(name);
      write_status(removed, &reply);
      break;
    }
    case DiskCall::kSyncDirectory: write_status(disk_->sync_directory(), &reply); break;
    case DiskCall::kLock: {
      Result<std::unique_ptr<DiskLock>> lock = disk_->lock(arguments.flag() ? LockMode::kExclusive : LockMode::kShared);
      write_status(lock.status(), &reply);
      if (!lock.ok()) break;
      locks_.emplace(++last_handle_, std::move(*lock));
      reply.number(last_handle_);
      break;
    }
    case DiskCall::kRandom:
      write_status({}, &reply);
      reply.number(disk_->random());
      break;
    case DiskCall::kAppend: {
      File& appended = file(arguments.number());
      const std::string bytes = arguments.text();
      if (appended.size() + bytes.size() > kLargestFile) throw Malformed("a file grows beyond all measure");
      write_status(appended.append({bytes}), &reply);
      break;
    }
    case DiskCall::kRead: {
      const File& read = file(arguments.number());
      const std::uint64_t offset = arguments.number();
      const auto size = static_cast<std::size_t>(arguments.number());
      std::string scratch;
      const Result<std::string_view> bytes = read.read(offset, std::min(size, kLargestFrame / 2), &scratch);
      write_status(bytes.status(), &reply);
      if (bytes.ok()) {
        reply.text(*bytes);
        bytes_read_ += bytes->size();
      }
      break;
    }
    case DiskCall::kReserve: {
      File& reserved = file(arguments.number());
      write_status(reserved.reserve(arguments.number_up_to(kLargestFile)), &reply);
      break;
    }
    case DiskCall::kSync: write_status(file(arguments.number()).sync(), &reply); break;
    case DiskCall::kTruncate: {
      File& cut = file(arguments.number());
      write_status(cut.truncate(arguments.number_up_to(kLargestFile)), &reply);
      break;
    }
    case DiskCall::kSize: {
      const std::uint64_t size = file(arguments.number()).size();
      write_status({}, &reply);
      reply.number(size);
      break;
    }
    case DiskCall::kRelease: {
      const std::uint64_t handle = arguments.number();
      if (files_.erase(handle) + locks_.erase(handle) == 0) throw Malformed("a file is closed that is not open");
      write_status({}, &reply);
      break;
    }
  }
  arguments.end();
  return reply.bytes();
}

}  // namespace sediment::labs
