// Lab 10 in the student's process: writes the snapshot of a log that the grader has put on the disk, and reads snapshots.
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "engine/fitted_index.h"
#include "engine/log_recovery.h"
#include "engine/snapshot.h"
#include "labs/10_snapshots/operations.h"
#include "labs/harness/component.h"
#include "labs/harness/remote_disk.h"
#include "labs/wire/store_messages.h"

// Of AddressSanitizer: the first byte of a region that must not be used, or null. Missing where it is not linked. (The
// name is reserved.)
__attribute__((weak)) void* first_poisoned(void* begin, std::size_t size) __asm__("__asan_region_is_poisoned");

namespace sediment::labs {

namespace {

constexpr char kGone = '\x55';

// Where reads have put their bytes, if that was a scratch.
class Scratches {
 public:
  void note(std::string_view bytes) { regions_.push_back(bytes); }
  /// Overwrites those that are gone by now. What still uses them reads other bytes then.
  void overwrite_those_gone() {
    for (const std::string_view region : regions_) {
      char* const begin = const_cast<char*>(region.data());
      if (region.empty() || first_poisoned == nullptr || first_poisoned(begin, region.size()) == nullptr) continue;
      // Byte by byte: the sanitizer would take notice of a memset.
      for (volatile char* byte = begin; byte != begin + region.size(); ++byte) *byte = kGone;
    }
    regions_.clear();
  }

 private:
  std::vector<std::string_view> regions_;
};

// A file whose reads are views of its own memory, as those of a mapped file are.
class FileInPlace final : public File {
 public:
  FileInPlace(std::shared_ptr<std::string> bytes, bool stays) : bytes_(std::move(bytes)), stays_(stays) {}
  // The memory stays, so that a use of it is a wrong answer and no crash.
  ~FileInPlace() override {
    if (!stays_) std::fill(bytes_->begin(), bytes_->end(), kGone);
  }

  Status append(std::initializer_list<std::string_view>) override { return Status::io_error(); }
  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string*) const override {
    return std::string_view(*bytes_).substr(std::min<std::uint64_t>(offset, bytes_->size()), size);
  }
  Status sync() override { return {}; }
  Status truncate(std::uint64_t) override { return Status::io_error(); }
  std::uint64_t size() const override { return bytes_->size(); }

 private:
  std::shared_ptr<std::string> bytes_;
  bool stays_;
};

// The grader's file, for those that do more in a read.
class FileAround : public File {
 public:
  explicit FileAround(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Status append(std::initializer_list<std::string_view> parts) override { return file_->append(parts); }
  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
    return file_->read(offset, size, scratch);
  }
  Status sync() override { return file_->sync(); }
  Status truncate(std::uint64_t size) override { return file_->truncate(size); }
  std::uint64_t size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
};

// A file that notes where its reads go.
class NotingFile final : public FileAround {
 public:
  NotingFile(std::unique_ptr<File> file, Scratches* scratches) : FileAround(std::move(file)), scratches_(scratches) {}

  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
    Result<std::string_view> bytes = FileAround::read(offset, size, scratch);
    if (bytes.ok()) scratches_->note(*bytes);
    return bytes;
  }

 private:
  Scratches* scratches_;
};

// A file whose reads fill the scratch where it is, as pread does, and do something else before they return.
class SlowFile final : public FileAround {
 public:
  SlowFile(std::unique_ptr<File> file, std::function<void()> meanwhile)
      : FileAround(std::move(file)), meanwhile_(std::move(meanwhile)) {}

  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
    std::string own;
    const Result<std::string_view> bytes = FileAround::read(offset, size, &own);
    if (!bytes.ok()) return bytes.status();
    scratch->assign(*bytes);
    if (meanwhile_) meanwhile_();
    return std::string_view(*scratch);
  }

 private:
  std::function<void()> meanwhile_;
};

// The grader's disk, with files of one of these kinds.
class DiskToRead final : public Disk {
 public:
  explicit DiskToRead(std::shared_ptr<Disk> disk) : disk_(std::move(disk)) {}

  void files_are(Files files) { files_ = files; }
  /// What happens during each read of a file that is opened from now on, if the files are slow.
  void meanwhile(std::function<void()> work) { meanwhile_ = std::move(work); }
  Scratches& scratches() { return scratches_; }

  Result<std::unique_ptr<File>> open(std::string_view name) override { return of_its_kind(disk_->open(name)); }
  Result<std::unique_ptr<File>> open_to_append(std::string_view name) override {
    return of_its_kind(disk_->open_to_append(name));
  }

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    return disk_->create(name, capacity);
  }
  Result<std::vector<std::string>> list() override { return disk_->list(); }
  Status rename(std::string_view from, std::string_view to) override { return disk_->rename(from, to); }
  Status remove(std::string_view name) override { return disk_->remove(name); }
  Status sync_directory() override { return disk_->sync_directory(); }
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override { return disk_->lock(mode); }
  std::uint64_t random() override { return disk_->random(); }
  std::uint64_t now_nanoseconds() override { return disk_->now_nanoseconds(); }

 private:
  Result<std::unique_ptr<File>> of_its_kind(Result<std::unique_ptr<File>> file) {
    if (!file.ok() || files_ == Files::kCopied) return file;
    if (files_ == Files::kSlow) return std::unique_ptr<File>(std::make_unique<SlowFile>(std::move(*file), meanwhile_));
    if (files_ == Files::kOverwritten) {
      return std::unique_ptr<File>(std::make_unique<NotingFile>(std::move(*file), &scratches_));
    }
    std::string scratch;
    const Result<std::string_view> bytes = read_fully(**file, 0, (*file)->size(), &scratch);
    if (!bytes.ok()) return bytes.status();
    return std::unique_ptr<File>(std::make_unique<FileInPlace>(
        in_place_.emplace_back(std::make_shared<std::string>(*bytes)), files_ == Files::kStays));
  }

  std::shared_ptr<Disk> disk_;
  Files files_ = Files::kCopied;
  std::function<void()> meanwhile_;
  Scratches scratches_;
  std::vector<std::shared_ptr<std::string>> in_place_;
};

struct World {
  std::shared_ptr<Disk> disk = remote_disk();
  DiskToRead to_read{disk};
  std::map<std::uint64_t, HashIndex> indexes;
};

Manifest::Sealed segment_from(MessageReader* request) {
  Manifest::Sealed segment;
  segment.number = SegmentNumber{request->number()};
  segment.nonce = request->number();
  segment.size_bytes = request->number();
  segment.record_count = request->number();
  return segment;
}

void write(World& world, MessageReader* request, MessageWriter* answer) {
  const Manifest::Sealed entry = segment_from(request);
  const Result<OpenedLog> opened = open_log(*world.disk, entry.number, entry.nonce, entry.size_bytes, nullptr);
  require(opened.ok(), "the log of a check is on the disk");
  const Result<ScannedLog> log = scan_log(*opened, nullptr);
  require(log.ok(), "the log of a check can be read");
  write_status(write_snapshot(*world.disk, *log->segment->settled_copy()), answer);
}

void read(World& world, MessageReader* request, MessageWriter* answer) {
  const Manifest::Sealed segment = segment_from(request);
  const std::uint64_t number = request->number();
  const auto files = static_cast<Files>(request->number());
  world.indexes.erase(number);
  world.to_read.files_are(files);
  Result<HashIndex> index = read_snapshot(world.to_read, segment);
  if (files == Files::kOverwritten) world.to_read.scratches().overwrite_those_gone();
  write_status(index.status(), answer);
  if (index.ok()) world.indexes.emplace(number, std::move(*index));
}

// Each read of the first snapshot takes so long that another thread reads all of the second one meanwhile.
void read_both(World& world, MessageReader* request, MessageWriter* answer) {
  const Manifest::Sealed first = segment_from(request);
  const Manifest::Sealed second = segment_from(request);
  world.indexes.clear();
  world.to_read.files_are(Files::kSlow);
  DiskToRead fast(world.disk);
  fast.files_are(Files::kSlow);
  std::optional<Result<HashIndex>> other;
  world.to_read.meanwhile([&] { std::thread([&] { other.emplace(read_snapshot(fast, second)); }).join(); });
  Result<HashIndex> index = read_snapshot(world.to_read, first);
  world.to_read.meanwhile({});
  write_status(index.status(), answer);
  write_status(other ? other->status() : Status::io_error("", "nothing was read of the first one"), answer);
  if (index.ok()) world.indexes.emplace(1, std::move(*index));
  if (other && other->ok()) world.indexes.emplace(2, std::move(**other));
}

void slots(const World& world, MessageReader* request, MessageWriter* answer) {
  const auto index = world.indexes.find(request->number());
  require(index != world.indexes.end(), "the grader asks for an index that was read");
  answer->number(index->second.size()).text(encode_slots(index->second));
}

}  // namespace

void answer_component_request(MessageReader* request, MessageWriter* answer) {
  static World world;
  switch (static_cast<SnapshotOperation>(request->number())) {
    case SnapshotOperation::kWrite: return write(world, request, answer);
    case SnapshotOperation::kRead: return read(world, request, answer);
    case SnapshotOperation::kSlots: return slots(world, request, answer);
    case SnapshotOperation::kReadBoth: return read_both(world, request, answer);
  }
}

const sim::StoreKind& store_with_component() { return sim::engine_kind(); }

}  // namespace sediment::labs
