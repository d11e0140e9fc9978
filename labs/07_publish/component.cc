// Lab 7 in the student's process: manifests are published on a disk that the grader holds.
#include "engine/publish.h"

#include <memory>
#include <new>

#include "labs/07_publish/operations.h"
#include "labs/harness/component.h"
#include "labs/harness/remote_disk.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

namespace {

// A disk on which one kind of call runs out of memory once it has been done. Of the directory's syncs, only those after
// the rename do.
class ThrowingDisk final : public Disk {
 public:
  ThrowingDisk(std::shared_ptr<Disk> disk, Throws throws) : disk_(std::move(disk)), throws_(throws) {}

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    return disk_->create(name, capacity);
  }
  Result<std::unique_ptr<File>> open(std::string_view name) override { return disk_->open(name); }
  Result<std::unique_ptr<File>> open_to_append(std::string_view name) override { return disk_->open_to_append(name); }
  Result<std::vector<std::string>> list() override { return disk_->list(); }
  Status rename(std::string_view from, std::string_view to) override {
    renamed_ = true;
    return done(disk_->rename(from, to), Throws::kRename);
  }
  Status remove(std::string_view name) override { return disk_->remove(name); }
  Status sync_directory() override {
    const Status synced = disk_->sync_directory();
    return renamed_ ? done(synced, Throws::kSyncDirectory) : synced;
  }
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override { return disk_->lock(mode); }
  std::uint64_t random() override { return disk_->random(); }
  std::uint64_t now_nanoseconds() override { return disk_->now_nanoseconds(); }

 private:
  Status done(Status status, Throws kind) const {
    if (kind == throws_) throw std::bad_alloc();
    return status;
  }

  std::shared_ptr<Disk> disk_;
  Throws throws_;
  bool renamed_ = false;
};

Manifest manifest_from(MessageReader* request) {
  Result<Manifest> manifest = parse_manifest(request->text());
  require(manifest.ok(), "the grader sends a manifest");
  return std::move(*manifest);
}

void do_switch(MessageReader* request, MessageWriter* answer) {
  ThrowingDisk disk(remote_disk(), static_cast<Throws>(request->number()));
  try {
    const Status status = switch_manifest(disk);
    answer->number(0);
    write_status(status, answer);
  } catch (const std::bad_alloc&) {
    answer->number(1);
  }
}

}  // namespace

void answer_component_request(MessageReader* request, MessageWriter* answer) {
  const std::shared_ptr<Disk> disk = remote_disk();
  switch (static_cast<PublishOperation>(request->number())) {
    case PublishOperation::kWrite: return write_status(write_manifest(*disk, manifest_from(request)), answer);
    case PublishOperation::kSwitch: return do_switch(request, answer);
    case PublishOperation::kPublish: return write_status(publish_manifest(*disk, manifest_from(request)), answer);
  }
}

const sim::StoreKind& store_with_component() { return sim::engine_kind(); }

}  // namespace sediment::labs
