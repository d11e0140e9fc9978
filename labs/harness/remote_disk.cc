#include "labs/harness/remote_disk.h"

#include "labs/harness/connection.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

namespace {

MessageWriter call(DiskCall what) {
  MessageWriter message;
  message.number(static_cast<std::uint64_t>(what));
  return message;
}

// A reply begins with a status.
class Reply {
 public:
  explicit Reply(const MessageWriter& message)
      : bytes_(exchange(message.bytes())), reader_(bytes_), status_(read_status(&reader_)) {}

  const Status& status() const { return status_; }
  std::uint64_t number() { return reader_.number(); }
  std::string text() { return reader_.text(); }

 private:
  static std::string exchange(std::string_view message) {
    send(FrameKind::kDiskCall, message);
    return receive(FrameKind::kDiskReply);
  }

  std::string bytes_;
  MessageReader reader_;
  Status status_;
};

// A file or lock that the grader holds for this process.
class Held {
 public:
  explicit Held(std::uint64_t handle) : handle_(handle) {}
  ~Held() { Reply(call(DiskCall::kRelease).number(handle_)); }
  Held(const Held&) = delete;
  Held& operator=(const Held&) = delete;

  std::uint64_t handle() const { return handle_; }

 private:
  std::uint64_t handle_;
};

class RemoteFile final : public File {
 public:
  explicit RemoteFile(std::uint64_t handle) : held_(handle) {}

  Status append(std::initializer_list<std::string_view> parts) override {
    std::string bytes;
    for (const std::string_view part : parts) bytes += part;
    return Reply(call(DiskCall::kAppend).number(held_.handle()).text(bytes)).status();
  }
  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
    Reply reply(call(DiskCall::kRead).number(held_.handle()).number(offset).number(size));
    if (!reply.status().ok()) return reply.status();
    *scratch = reply.text();
    return std::string_view(*scratch);
  }
  Status reserve(std::uint64_t capacity) override {
    return Reply(call(DiskCall::kReserve).number(held_.handle()).number(capacity)).status();
  }
  Status sync() override { return Reply(call(DiskCall::kSync).number(held_.handle())).status(); }
  Status truncate(std::uint64_t size) override {
    return Reply(call(DiskCall::kTruncate).number(held_.handle()).number(size)).status();
  }
  std::uint64_t size() const override { return Reply(call(DiskCall::kSize).number(held_.handle())).number(); }

 private:
  Held held_;
};

class RemoteLock final : public DiskLock {
 public:
  explicit RemoteLock(std::uint64_t handle) : held_(handle) {}

 private:
  Held held_;
};

class RemoteDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    return file(call(DiskCall::kCreate).text(name).number(capacity));
  }
  Result<std::unique_ptr<File>> open(std::string_view name) override { return file(call(DiskCall::kOpen).text(name)); }
  Result<std::unique_ptr<File>> open_to_append(std::string_view name) override {
    return file(call(DiskCall::kOpenToAppend).text(name));
  }
  Result<std::vector<std::string>> list() override {
    Reply reply(call(DiskCall::kList));
    if (!reply.status().ok()) return reply.status();
    std::vector<std::string> names;
    for (std::uint64_t count = reply.number(); count > 0; --count) names.push_back(reply.text());
    return names;
  }
  Status rename(std::string_view from, std::string_view to) override {
    return Reply(call(DiskCall::kRename).text(from).text(to)).status();
  }
  Status remove(std::string_view name) override { return Reply(call(DiskCall::kRemove).text(name)).status(); }
  Status sync_directory() override { return Reply(call(DiskCall::kSyncDirectory)).status(); }
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override {
    Reply reply(call(DiskCall::kLock).number(mode == LockMode::kExclusive ? 1 : 0));
    if (!reply.status().ok()) return reply.status();
    return std::unique_ptr<DiskLock>(std::make_unique<RemoteLock>(reply.number()));
  }
  std::uint64_t random() override { return Reply(call(DiskCall::kRandom)).number(); }
  std::uint64_t now_nanoseconds() override { return ++clock_; }

 private:
  static Result<std::unique_ptr<File>> file(const MessageWriter& message) {
    Reply reply(message);
    if (!reply.status().ok()) return reply.status();
    return std::unique_ptr<File>(std::make_unique<RemoteFile>(reply.number()));
  }

  std::uint64_t clock_ = 0;
};

}  // namespace

std::shared_ptr<Disk> remote_disk() { return std::make_shared<RemoteDisk>(); }

}  // namespace sediment::labs
