// The basis of the tests of failing memory: a disk that does not itself fail, and a store with a model of it.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <type_traits>
#include <vector>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "sim/disk/crash.h"
#include "sim/disk/sim_disk.h"
#include "tests/memory/failing_memory.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/store_helpers.h"

namespace sediment::test {

/// A call to a disk that is to throw std::bad_alloc: the n-th from now on, before or after doing its work. 0: none.
struct ThrowingCall {
  std::uint64_t n = 0;
  bool after = false;
  std::uint64_t thrown = 0;
};

/// A disk whose own memory fails only when it is told to throw. A read puts its bytes into the caller's string, as with
/// pread, and that may fail.
class ExemptDisk final : public Disk {
 public:
  explicit ExemptDisk(std::shared_ptr<sim::SimDisk> disk)
      : shared_(std::make_shared<Shared>()), disk_(std::move(disk)) {}

  void throw_at(const ThrowingCall& call) { shared_->throwing = call; }
  std::uint64_t thrown() const { return shared_->throwing.thrown; }
  /// The state between two calls, whatever other threads do.
  sim::DiskState state() const {
    const std::lock_guard lock(shared_->mutex);
    return disk_->state();
  }

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    return call([&] { return wrapped(disk_->create(name, capacity)); });
  }
  Result<std::unique_ptr<File>> open(std::string_view name) override {
    return call([&] { return wrapped(disk_->open(name)); });
  }
  Result<std::vector<std::string>> list() override {
    return call([&] { return disk_->list(); });
  }
  Status rename(std::string_view from, std::string_view to) override {
    return call([&] { return disk_->rename(from, to); });
  }
  Status remove(std::string_view name) override {
    return call([&] { return disk_->remove(name); });
  }
  Status sync_directory() override {
    return call([&] { return disk_->sync_directory(); });
  }
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override {
    return call([&] { return disk_->lock(mode); });
  }
  std::uint64_t random() override {
    return call([&] { return disk_->random(); });
  }
  std::uint64_t now_nanoseconds() override { return ++clock_; }

 private:
  struct Shared {
    // One call at a time, as a SimDisk requires.
    template <typename Call>
    std::invoke_result_t<Call> call(Call call) {
      const Exempt exempt;
      const std::lock_guard lock(mutex);
      const bool throws = throwing.n > 0 && --throwing.n == 0;
      if (throws && !throwing.after) throw_now();
      auto outcome = call();
      if (throws) throw_now();
      return outcome;
    }
    void throw_now() {
      ++throwing.thrown;
      throw std::bad_alloc();
    }

    std::recursive_mutex mutex;  // recursive: a call that throws destroys the file that it has opened
    ThrowingCall throwing;
  };

  class ExemptFile final : public File {
   public:
    ExemptFile(std::shared_ptr<Shared> shared, std::unique_ptr<File> file)
        : shared_(std::move(shared)), file_(std::move(file)) {}
    ~ExemptFile() override {
      const std::lock_guard lock(shared_->mutex);
      file_.reset();
    }

    Status append(std::initializer_list<std::string_view> parts) override {
      return shared_->call([&] { return file_->append(parts); });
    }
    Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
      std::string bytes;
      const Result<std::string_view> read = shared_->call([&] { return file_->read(offset, size, &bytes); });
      if (!read.ok()) return read;
      scratch->assign(*read);
      return std::string_view(*scratch);
    }
    Status sync() override {
      return shared_->call([&] { return file_->sync(); });
    }
    Status truncate(std::uint64_t size) override {
      return shared_->call([&] { return file_->truncate(size); });
    }
    std::uint64_t size() const override {
      const std::lock_guard lock(shared_->mutex);
      return file_->size();
    }

   private:
    std::shared_ptr<Shared> shared_;
    std::unique_ptr<File> file_;
  };

  template <typename Call>
  std::invoke_result_t<Call> call(Call call) {
    return shared_->call(call);
  }
  Result<std::unique_ptr<File>> wrapped(Result<std::unique_ptr<File>> file) {
    if (!file.ok()) return file;
    return std::unique_ptr<File>(std::make_unique<ExemptFile>(shared_, std::move(*file)));
  }

  std::shared_ptr<Shared> shared_;
  std::shared_ptr<sim::SimDisk> disk_;
  std::atomic<std::uint64_t> clock_ = 0;
};

/// The place of a store.
class World {
 public:
  World() = default;
  virtual ~World() = default;
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  virtual Result<std::unique_ptr<Store>> open(const Options& options) = 0;
  /// A directory for a second store.
  virtual Result<std::shared_ptr<Disk>> second() = 0;
  /// A copy of the disk that a kill leaves at this moment. While a thread is working, only a simulated disk can be
  /// copied.
  virtual std::shared_ptr<Disk> after_kill() = 0;
  /// The disk that a power cut leaves at this moment, with only synced data; null if that is unknown.
  virtual std::shared_ptr<Disk> after_power_cut() = 0;
  /// Only for a simulated disk: see ThrowingCall.
  virtual bool is_simulated() const { return false; }
  virtual void throw_at(const ThrowingCall&) {}
  virtual std::uint64_t thrown() const { return 0; }
};

class SimulatedWorld final : public World {
 public:
  explicit SimulatedWorld(const Files& files) : disk_(std::make_shared<ExemptDisk>(disk_with(files))) {}

  Result<std::unique_ptr<Store>> open(const Options& options) override { return Store::open(disk_, options); }
  Result<std::shared_ptr<Disk>> second() override { return std::shared_ptr<Disk>(second_); }
  std::shared_ptr<Disk> after_kill() override { return std::make_shared<sim::SimDisk>(disk_->state()); }
  std::shared_ptr<Disk> after_power_cut() override {
    return std::make_shared<sim::SimDisk>(must(sim::crash_image(disk_->state(), {.fault = sim::Fault::kLoseUnsynced})));
  }

  bool is_simulated() const override { return true; }
  void throw_at(const ThrowingCall& call) override { disk_->throw_at(call); }
  std::uint64_t thrown() const override { return disk_->thrown(); }

 private:
  std::shared_ptr<ExemptDisk> disk_;
  std::shared_ptr<ExemptDisk> second_ = std::make_shared<ExemptDisk>(std::make_shared<sim::SimDisk>());
};

/// A real directory, in memory if possible. The engine's own disk allocates, too, and may fail there.
class DirectoryWorld final : public World {
 public:
  explicit DirectoryWorld(const Files& files) {
    const char* memory = std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : "/tmp";
    std::string pattern = std::string(memory) + "/sediment-memory-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
    top_ = pattern;
    std::filesystem::create_directory(top_ / "store");
    for (const auto& [name, contents] : files) std::ofstream(top_ / "store" / name, std::ios::binary) << contents;
    store_ = (top_ / "store").string();
    second_ = (top_ / "second").string();
  }
  ~DirectoryWorld() override {
    std::error_code ignored;
    std::filesystem::remove_all(top_, ignored);
  }

  Result<std::unique_ptr<Store>> open(const Options& options) override { return Store::open(store_, options); }
  Result<std::shared_ptr<Disk>> second() override {
    const Exempt exempt;
    return open_posix_disk(second_, true);
  }
  std::shared_ptr<Disk> after_kill() override {
    const std::filesystem::path copy = top_ / ("copy" + std::to_string(++copies_));
    std::filesystem::copy(store_, copy);
    return must(open_posix_disk(copy, false));
  }
  std::shared_ptr<Disk> after_power_cut() override { return nullptr; }

 private:
  std::filesystem::path top_;
  std::filesystem::path store_;
  std::filesystem::path second_;
  int copies_ = 0;
};

/// A store while memory fails, and what it must hold.
class Session {
 public:
  struct Write {
    std::string key;
    std::optional<std::string> value;  // none: removed
  };

  Session(World& world, FailingMemory& memory, Options options, Pairs held)
      : world_(world), memory_(memory), options_(options), held_(std::move(held)) {}

  Status open() {
    Result<std::unique_ptr<Store>> opened = memory_.watch([&] { return world_.open(options_); });
    if (opened.ok()) store_ = std::move(*opened);
    return opened.status();
  }
  Store& store() { return *store_; }
  World& world() { return world_; }
  FailingMemory& memory() { return memory_; }
  bool is_open() const { return store_ != nullptr; }

  Status put(const std::string& key, const std::string& value) {
    const Status status = memory_.watch([&] { return store_->put(key, value); });
    note({key, value}, status);
    return status;
  }
  Status remove(const std::string& key) {
    const Status status = memory_.watch([&] { return store_->remove(key); });
    note({key, std::nullopt}, status);
    return status;
  }
  /// A write by another thread: durable if it was acknowledged.
  void note_durable(const std::string& key, const std::string& value, bool acknowledged) {
    if (acknowledged) {
      writes_.push_back({key, value});
      floor_ = writes_.size();
    } else {
      unknown_.push_back({key, value});
    }
  }
  /// Calls that make everything durable when they return ok.
  void sync() {
    if (watch([&] { return store_->sync(); }).ok()) floor_ = writes_.size();
  }
  void roll() {
    if (watch([&] { return store_->roll(); }).ok()) floor_ = writes_.size();
  }
  /// Any other call.
  template <typename Call>
  std::invoke_result_t<Call> watch(Call call) {
    auto outcome = memory_.watch(call);
    expect_harmless(status_of(outcome));
    return outcome;
  }
  /// Either right, or no memory: never a wrong value, and never "not found" for an existing key.
  void expect_right(const std::string& key, const Status& status, std::string_view value) const {
    if (status.is(StatusCode::kNoMemory)) return;
    const Pairs model = after(writes_.size());
    const auto found = model.find(key);
    if (std::any_of(unknown_.begin(), unknown_.end(), [&](const Write& write) { return write.key == key; })) return;
    if (found == model.end()) {
      EXPECT_TRUE(has_code(status, StatusCode::kNotFound)) << key;
    } else {
      EXPECT_TRUE(is_ok(status)) << key;
      EXPECT_EQ(value, found->second) << key;
    }
  }
  Pairs after(std::size_t writes) const {
    Pairs pairs = held_;
    for (std::size_t i = 0; i < writes; ++i) apply(writes_[i], &pairs);
    return pairs;
  }
  Pairs now() const { return after(writes_.size()); }
  bool wrote_all_that_was_asked() const { return refused_ == 0; }

  /// Checks the running store, both kinds of crash at this moment, and a clean end.
  void check() {
    memory_.heal();
    world_.throw_at({});
    if (is_open()) {
      for (const auto& [key, value] : universe()) {
        std::string found;
        const Status status = store_->get(key, &found);
        ASSERT_FALSE(status.is(StatusCode::kNoMemory)) << "memory is available again";
        expect_right(key, status, found);
      }
    }
    const bool has_thread = options_.background_merge;
    if (world_.is_simulated() || !has_thread) check_disk(world_.after_kill(), writes_.size(), "killed");
    if (auto disk = world_.after_power_cut()) check_disk(std::move(disk), floor_, "power cut");
    if (is_open()) {
      const bool writable = store_->sync().ok() && !has_thread;  // the thread may still be failing
      const Status closed = store_->close();
      if (writable) {
        EXPECT_TRUE(is_ok(closed));
      }
      EXPECT_TRUE(is_ok(store_->close())) << "a second close does nothing";
      store_.reset();
    }
    check_disk(world_.after_kill(), writes_.size(), "closed");
  }

 private:
  static void apply(const Write& write, Pairs* pairs) {
    if (write.value) {
      (*pairs)[write.key] = *write.value;
    } else {
      pairs->erase(write.key);
    }
  }

  void note(const Write& write, const Status& status) {
    expect_harmless(status);
    if (status.ok()) {
      writes_.push_back(write);
      if (options_.sync_policy == SyncPolicy::kEveryWrite) floor_ = writes_.size();
      return;
    }
    ++refused_;
    attempted_.push_back(write);
    if (status.is(StatusCode::kIoError)) unknown_.push_back(write);
  }

  static void expect_harmless(const Status& status) {
    const bool expected = status.ok() || status.is(StatusCode::kNoMemory) || status.is(StatusCode::kIoError) ||
                          status.is(StatusCode::kReadOnly) || status.is(StatusCode::kNotFound);
    EXPECT_TRUE(expected) << status.to_string();
  }

  Pairs universe() const {
    Pairs pairs = held_;
    for (const Write& write : writes_) pairs[write.key];
    for (const Write& write : attempted_) pairs[write.key];
    return pairs;
  }

  // The store on this disk opens, and holds the result of some prefix of the writes no shorter than `floor`.
  void check_disk(std::shared_ptr<Disk> disk, std::size_t floor, const char* how) {
    Options options = manual_merges();
    Result<std::unique_ptr<Store>> opened = Store::open(std::move(disk), options);
    ASSERT_TRUE(is_ok(opened)) << how;
    const Pairs found = dump(**opened);
    bool matches = false;
    for (std::size_t writes = floor; writes <= writes_.size() && !matches; ++writes) matches = found == after(writes);
    if (!matches) matches = holds_all_and_of_the_unknown_some(found);
    EXPECT_TRUE(matches) << how << ": " << ::testing::PrintToString(found) << "\n  is not what "
                         << ::testing::PrintToString(now()) << " was";
  }

  bool holds_all_and_of_the_unknown_some(const Pairs& found) const {
    Pairs expected = now();
    for (const Write& write : unknown_) {
      const auto there = found.find(write.key);
      const bool took_effect =
          write.value ? there != found.end() && there->second == *write.value : there == found.end();
      if (took_effect) apply(write, &expected);
    }
    return found == expected;
  }

  World& world_;
  FailingMemory& memory_;
  Options options_;
  Pairs held_;  // before the open
  std::unique_ptr<Store> store_;
  std::vector<Write> writes_;  // acknowledged
  std::size_t floor_ = 0;      // how many of them are durable
  std::size_t refused_ = 0;
  std::vector<Write> attempted_;
  std::vector<Write> unknown_;  // failed: they may be there or not
};

}  // namespace sediment::test
