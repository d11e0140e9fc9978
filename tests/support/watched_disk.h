// A wrapper around a Disk that asks a test before each call: so a test can count calls and bytes, make one fail, or
// hold one until it lets it go.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/disk.h"
#include "sim/disk/sim_disk.h"
#include "tests/support/patience.h"

namespace sediment::test {

/// Any thread may call it. It calls the wrapped disk one call at a time, so that may be a SimDisk.
class WatchedDisk final : public Disk {
 public:
  using Call = sim::CallFault::Call;
  /// Runs before each call, in the caller's thread, with nothing locked. If it does not return ok, the call returns
  /// that and does nothing.
  using Watch = std::function<Status(Call call, std::string_view name)>;

  explicit WatchedDisk(
      std::shared_ptr<Disk> disk, Watch watch = [](Call, std::string_view) { return Status(); })
      : shared_(std::make_shared<Shared>(std::move(disk), std::move(watch))) {}

  /// How many bytes have been read from each file so far.
  std::map<std::string, std::uint64_t> bytes_read() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->bytes_read;
  }
  /// The same of all files together.
  std::uint64_t all_bytes_read() const {
    std::uint64_t sum = 0;
    for (const auto& [name, bytes] : bytes_read()) sum += bytes;
    return sum;
  }
  /// How many bytes have been appended to all files so far.
  std::uint64_t bytes_written() const {
    const std::lock_guard lock(shared_->mutex);
    return shared_->bytes_written;
  }

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    return watched(Call::kCreate, name, [&] { return wrapped(shared_->disk->create(name, capacity), name); });
  }
  Result<std::unique_ptr<File>> create_growing(std::string_view name, std::uint64_t capacity,
                                               std::uint64_t largest) override {
    return watched(Call::kCreate, name,
                   [&] { return wrapped(shared_->disk->create_growing(name, capacity, largest), name); });
  }
  Result<std::unique_ptr<File>> open(std::string_view name) override {
    return watched(Call::kOpen, name, [&] { return wrapped(shared_->disk->open(name), name); });
  }
  Result<std::vector<std::string>> list() override {
    using Names = Result<std::vector<std::string>>;
    return watched(Call::kList, "", [&]() -> Names { return shared_->disk->list(); });
  }
  Status rename(std::string_view from, std::string_view to) override {
    return watched(Call::kRename, to, [&] { return shared_->disk->rename(from, to); });
  }
  Status remove(std::string_view name) override {
    return watched(Call::kRemove, name, [&] { return shared_->disk->remove(name); });
  }
  Status sync_directory() override {
    return watched(Call::kSyncDirectory, "", [&] { return shared_->disk->sync_directory(); });
  }
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->disk->lock(mode);
  }
  std::uint64_t random() override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->disk->random();
  }
  std::uint64_t now_nanoseconds() override {
    const std::lock_guard lock(shared_->mutex);
    return shared_->disk->now_nanoseconds();
  }

 private:
  // What open files share with their disk: they may outlive it.
  struct Shared {
    Shared(std::shared_ptr<Disk> disk_behind, Watch watch_of_test)
        : disk(std::move(disk_behind)), watch(std::move(watch_of_test)) {}

    const std::shared_ptr<Disk> disk;
    const Watch watch;
    std::mutex mutex;
    std::map<std::string, std::uint64_t> bytes_read;
    std::uint64_t bytes_written = 0;
  };

  class WatchedFile final : public File {
   public:
    WatchedFile(std::shared_ptr<Shared> shared, std::unique_ptr<File> file, std::string_view name)
        : shared_(std::move(shared)), file_(std::move(file)), name_(name) {}
    ~WatchedFile() override {
      const std::lock_guard lock(shared_->mutex);
      file_.reset();
    }
    WatchedFile(const WatchedFile&) = delete;
    WatchedFile& operator=(const WatchedFile&) = delete;

    Status append(std::initializer_list<std::string_view> parts) override {
      return watched(Call::kAppend, [&] {
        for (const std::string_view part : parts) shared_->bytes_written += part.size();
        return file_->append(parts);
      });
    }
    Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
      return watched(Call::kRead, [&]() -> Result<std::string_view> {
        Result<std::string_view> bytes = file_->read(offset, size, scratch);
        if (bytes.ok()) shared_->bytes_read[name_] += bytes->size();
        return bytes;
      });
    }
    Status reserve(std::uint64_t capacity) override {
      return watched(Call::kReserve, [&] { return file_->reserve(capacity); });
    }
    Status sync() override {
      return watched(Call::kSync, [&] { return file_->sync(); });
    }
    Status truncate(std::uint64_t size) override {
      return watched(Call::kTruncate, [&] { return file_->truncate(size); });
    }
    std::uint64_t size() const override {
      const std::lock_guard lock(shared_->mutex);
      return file_->size();
    }

   private:
    template <typename Do>
    auto watched(Call call, Do act) const -> decltype(act()) {
      if (Status s = shared_->watch(call, name_); !s.ok()) return s;
      const std::lock_guard lock(shared_->mutex);
      return act();
    }

    std::shared_ptr<Shared> shared_;
    std::unique_ptr<File> file_;
    std::string name_;
  };

  template <typename Do>
  auto watched(Call call, std::string_view name, Do act) -> decltype(act()) {
    if (Status s = shared_->watch(call, name); !s.ok()) return s;
    const std::lock_guard lock(shared_->mutex);
    return act();
  }
  Result<std::unique_ptr<File>> wrapped(Result<std::unique_ptr<File>> file, std::string_view name) {
    if (!file.ok()) return file;
    return std::unique_ptr<File>(std::make_unique<WatchedFile>(shared_, std::move(*file), name));
  }

  std::shared_ptr<Shared> shared_;
};

/// Whether a call changes the disk.
inline bool changes_the_disk(WatchedDisk::Call call) {
  using Call = WatchedDisk::Call;
  return call != Call::kOpen && call != Call::kList && call != Call::kRead;
}

/// A gate where threads wait until the test lets them go. Open at first.
class Gate {
 public:
  /// For a thread that arrives: returns at once if the gate is open, otherwise when the thread is let through.
  void pass() {
    std::unique_lock lock(mutex_);
    ++arrived_;
    changed_.notify_all();
    wait_patiently(changed_, lock, [this] { return open_ || tickets_ > 0; });
    if (!open_) --tickets_;
  }
  void shut() {
    const std::lock_guard lock(mutex_);
    open_ = false;
    arrived_ = 0;
  }
  void let_one_through() {
    const std::lock_guard lock(mutex_);
    ++tickets_;
    changed_.notify_all();
  }
  void open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  /// Waits until this many threads have arrived since it was shut.
  void wait_for_arrivals(int n) {
    std::unique_lock lock(mutex_);
    wait_patiently(changed_, lock, [&] { return arrived_ >= n; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool open_ = true;
  int arrived_ = 0;
  int tickets_ = 0;
};

}  // namespace sediment::test
