// A disk whose files are plain memory, like a mapped file: an append copies bytes to where readers see them, without a
// lock and without any atomic that would order the two. So ThreadSanitizer sees whether the engine itself publishes
// its bytes before it points to them. (The simulated disk has a mutex, and pread goes through the kernel: either would
// hide a race in the engine.)
//
// The bytes of a file that is neither on the disk nor open are overwritten, so that any later reader is caught.
//
// The disk forgets nothing else, so it cannot be crashed. Any number of threads, as disk.h says of a Disk and a File.
#pragma once

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstring>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/disk.h"
#include "engine/yield_point.h"

namespace sediment::test {

class MemoryDisk final : public Disk {
 public:
  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    return create_growing(name, capacity, capacity);
  }
  Result<std::unique_ptr<File>> create_growing(std::string_view name, std::uint64_t capacity,
                                               std::uint64_t largest) override {
    const std::lock_guard lock(mutex_);
    auto contents = std::make_shared<Contents>(capacity, largest);
    buffers_.push_back(contents->bytes);
    if (buffers_.size() > kMostBuffers) buffers_.pop_front();
    if (!files_.emplace(std::string(name), contents).second) return Status::io_error(name, "the name is taken");
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(std::move(contents), 0));
  }
  Result<std::unique_ptr<File>> open(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(std::string(name));
    if (found == files_.end()) return Status::not_found(std::string(name));
    const std::uint64_t end = found->second->size.load(std::memory_order_relaxed);
    return std::unique_ptr<File>(std::make_unique<MemoryFile>(found->second, end));
  }
  Result<std::vector<std::string>> list() override {
    const std::lock_guard lock(mutex_);
    std::vector<std::string> names;
    for (const auto& [name, contents] : files_) names.push_back(name);
    return names;
  }
  Status rename(std::string_view from, std::string_view to) override {
    const std::lock_guard lock(mutex_);
    const auto found = files_.find(std::string(from));
    if (found == files_.end()) return Status::not_found(std::string(from));
    files_[std::string(to)] = found->second;
    files_.erase(std::string(from));
    return {};
  }
  Status remove(std::string_view name) override {
    const std::lock_guard lock(mutex_);
    return files_.erase(std::string(name)) > 0 ? Status() : Status::not_found(std::string(name));
  }
  Status sync_directory() override { return {}; }
  Result<std::unique_ptr<DiskLock>> lock(LockMode) override { return std::make_unique<DiskLock>(); }
  std::uint64_t random() override { return nonces_.fetch_add(0x9e3779b97f4a7c15); }
  std::uint64_t now_nanoseconds() override {
    return static_cast<std::uint64_t>(std::chrono::steady_clock::now().time_since_epoch().count());
  }

  std::size_t file_count() const {
    const std::lock_guard lock(mutex_);
    return files_.size();
  }

 private:
  // The bytes never move while they may be read: there is room for a segment, and for a record that is larger.
  static constexpr std::uint64_t kRoom = std::uint64_t{64} << 10;
  static constexpr std::size_t kMostBuffers = 256;

  struct Contents {
    Contents(std::uint64_t reserved, std::uint64_t largest)
        : bytes(new char[std::max(largest, kRoom)]()), room(std::max(largest, kRoom)), size(reserved) {}
    ~Contents() { std::memset(bytes.get(), 0xDD, room); }
    Contents(const Contents&) = delete;
    Contents& operator=(const Contents&) = delete;

    std::shared_ptr<char[]> bytes;
    std::uint64_t room;
    std::atomic<std::uint64_t> size;  // always relaxed: it must not order what the engine leaves unordered
  };

  class MemoryFile final : public File {
   public:
    MemoryFile(std::shared_ptr<Contents> contents, std::uint64_t end) : contents_(std::move(contents)), end_(end) {}

    Status append(std::initializer_list<std::string_view> parts) override {
      for (const std::string_view part : parts) {
        if (end_ + part.size() > contents_->room) return Status::no_space("memory", "a file has no more room");
        part.copy(contents_->bytes.get() + end_, part.size());
        end_ += part.size();
        yield_point("disk.append");
      }
      const std::uint64_t size = contents_->size.load(std::memory_order_relaxed);
      contents_->size.store(std::max(size, end_), std::memory_order_relaxed);
      return {};
    }
    Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string*) const override {
      const std::uint64_t end = contents_->size.load(std::memory_order_relaxed);
      if (offset >= end) return std::string_view();
      return std::string_view(contents_->bytes.get() + offset, std::min<std::uint64_t>(size, end - offset));
    }
    Status reserve(std::uint64_t capacity) override {
      if (capacity > contents_->room) return Status::no_space("memory", "a file has no more room");
      const std::uint64_t size = contents_->size.load(std::memory_order_relaxed);
      contents_->size.store(std::max(size, capacity), std::memory_order_relaxed);
      return {};
    }
    Status sync() override {
      yield_point("disk.sync");
      return {};
    }
    Status truncate(std::uint64_t size) override {
      contents_->size.store(size, std::memory_order_relaxed);
      end_ = size;
      return {};
    }
    std::uint64_t size() const override { return contents_->size.load(std::memory_order_relaxed); }

   private:
    std::shared_ptr<Contents> contents_;
    std::uint64_t end_;
  };

  mutable std::mutex mutex_;
  std::deque<std::shared_ptr<char[]>> buffers_;  // of the last files created, so that a late read does not crash
  std::map<std::string, std::shared_ptr<Contents>> files_;
  std::atomic<std::uint64_t> nonces_ = 1;
};

}  // namespace sediment::test
