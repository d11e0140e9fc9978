#include "sim/sim_disk.h"

#include <algorithm>

namespace sediment::sim {

using Kind = DiskOperation::Kind;

Status SimDisk::Shared::perform(DiskOperation operation) {
  if (const auto planned = failures.find(operation.kind); planned != failures.end() && --planned->second.first == 0) {
    Status status = planned->second.second;
    failures.erase(planned);
    return status;
  }
  state.apply(operation);
  if (trace != nullptr) trace->add(std::move(operation));
  return {};
}

class SimDisk::OpenFile final : public File {
 public:
  OpenFile(std::shared_ptr<Shared> shared, FileId id, std::string name, std::uint64_t end)
      : shared_(std::move(shared)), id_(id), name_(std::move(name)), end_(end) {}

  Status append(std::initializer_list<std::string_view> parts) override {
    DiskOperation operation{.kind = Kind::kAppend, .file = id_, .name = name_, .offset = end_};
    for (const std::string_view part : parts) operation.bytes += part;
    if (operation.bytes.empty()) return {};
    const std::uint64_t end = end_ + operation.bytes.size();
    if (Status s = shared_->perform(std::move(operation)); !s.ok()) return s;
    end_ = end;
    return {};
  }

  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
    const std::string& contents = state().cached;
    if (shared_->read_limit != 0) size = std::min(size, shared_->read_limit);
    *scratch = offset < contents.size() ? contents.substr(offset, size) : std::string();
    return std::string_view(*scratch);
  }

  Status sync() override { return shared_->perform({.kind = Kind::kSync, .file = id_, .name = name_}); }

  Status truncate(std::uint64_t size) override {
    if (Status s = shared_->perform({.kind = Kind::kTruncate, .file = id_, .name = name_, .size = size}); !s.ok())
      return s;
    end_ = size;
    return {};
  }

  std::uint64_t size() const override { return state().cached.size(); }

 private:
  const FileState& state() const { return shared_->state.file(id_); }

  std::shared_ptr<Shared> shared_;
  FileId id_;
  std::string name_;   // when it was opened; a rename does not change it, so that a trace names what the caller meant
  std::uint64_t end_;  // where the next append goes: in a new file not behind the space that was reserved for it
};

class SimDisk::HeldLock final : public DiskLock {
 public:
  HeldLock(std::shared_ptr<Shared> shared, LockMode mode) : shared_(std::move(shared)), mode_(mode) {
    if (mode_ == LockMode::kExclusive) {
      shared_->exclusive_lock = true;
    } else {
      ++shared_->shared_locks;
    }
  }
  ~HeldLock() override {
    if (mode_ == LockMode::kExclusive) {
      shared_->exclusive_lock = false;
    } else {
      --shared_->shared_locks;
    }
  }

 private:
  std::shared_ptr<Shared> shared_;
  LockMode mode_;
};

SimDisk::SimDisk(DiskState state, SimDiskOptions options, Trace* trace)
    : shared_(std::make_shared<Shared>()), state_(&shared_->state), options_(options), random_(options.seed) {
  shared_->state = std::move(state);
  shared_->trace = trace;
}

void SimDisk::fail(DiskOperation::Kind kind, std::uint64_t n, Status status) {
  shared_->failures[kind] = {n, std::move(status)};
}

Result<std::unique_ptr<File>> SimDisk::create(std::string_view name, std::uint64_t capacity) {
  const std::string text(name);
  if (state().names().contains(text)) return Status::io_error(name, "create: the file is there already");
  const FileId id = state().next_file_id();
  const std::uint64_t reserved = options_.reserve_space ? capacity : 0;
  if (Status s = shared_->perform({.kind = Kind::kCreate, .file = id, .name = text, .size = reserved}); !s.ok())
    return s;
  return std::unique_ptr<File>(std::make_unique<OpenFile>(shared_, id, text, 0));
}

Result<std::unique_ptr<File>> SimDisk::open(std::string_view name) {
  const std::string text(name);
  const auto found = state().names().find(text);
  if (found == state().names().end()) return Status::not_found(text + ": open: no such file");
  const std::uint64_t size = state().file(found->second).cached.size();
  return std::unique_ptr<File>(std::make_unique<OpenFile>(shared_, found->second, text, size));
}

Result<std::vector<std::string>> SimDisk::list() {
  std::vector<std::string> names;
  for (const auto& [name, id] : state().names()) names.push_back(name);
  for (std::size_t i = names.size(); i > 1; --i) std::swap(names[i - 1], names[random_.below(i)]);
  return names;
}

Status SimDisk::rename(std::string_view from, std::string_view to) {
  const auto found = state().names().find(std::string(from));
  if (found == state().names().end()) return Status::not_found(std::string(from) + ": rename: no such file");
  return shared_->perform(
      {.kind = Kind::kRename, .file = found->second, .name = std::string(from), .new_name = std::string(to)});
}

Status SimDisk::remove(std::string_view name) {
  const auto found = state().names().find(std::string(name));
  if (found == state().names().end()) return Status::not_found(std::string(name) + ": remove: no such file");
  return shared_->perform({.kind = Kind::kRemove, .file = found->second, .name = std::string(name)});
}

Status SimDisk::sync_directory() { return shared_->perform({.kind = Kind::kSyncDirectory}); }

Result<std::unique_ptr<DiskLock>> SimDisk::lock(LockMode mode) {
  if (mode == LockMode::kShared && !was_locked_) return Status::not_found("LOCK: open: no such file");
  const bool taken = shared_->exclusive_lock || (mode == LockMode::kExclusive && shared_->shared_locks > 0);
  if (taken) return Status::busy("the simulated disk is open in another store (its LOCK is held)");
  was_locked_ = true;
  return std::unique_ptr<DiskLock>(std::make_unique<HeldLock>(shared_, mode));
}

std::uint64_t SimDisk::random() { return random_.next(); }

}  // namespace sediment::sim
