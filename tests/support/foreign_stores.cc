#include "tests/support/foreign_stores.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "engine/format.h"
#include "sim/base/parse_number.h"

namespace sediment::test {

namespace {

using sim::Contents;

// ---- frames: size, checksum, bytes

std::string number_bytes(std::uint64_t number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

std::uint64_t number_at(std::string_view bytes, std::size_t offset) {
  std::uint64_t number = 0;
  std::memcpy(&number, bytes.data() + offset, sizeof number);
  return number;
}

constexpr std::size_t kFrameHead = 16;

std::string frame_of(const std::string& payload, std::uint64_t seed) {
  return number_bytes(payload.size()) + number_bytes(checksum64(payload, seed + payload.size())) + payload;
}

// The payload of the frame at the beginning of `bytes`; none if the frame is not whole.
std::optional<std::string_view> payload_of(std::string_view bytes, std::uint64_t seed) {
  if (bytes.size() < kFrameHead) return std::nullopt;
  const std::uint64_t size = number_at(bytes, 0);
  if (size > bytes.size() - kFrameHead) return std::nullopt;
  const std::string_view payload = bytes.substr(kFrameHead, size);
  if (number_at(bytes, 8) != checksum64(payload, seed + size)) return std::nullopt;
  return payload;
}

std::string packed(std::string_view text) { return number_bytes(text.size()) + std::string(text); }

std::string unpack(std::string_view* bytes) {
  const std::uint64_t size = number_at(*bytes, 0);
  std::string text(bytes->substr(8, size));
  bytes->remove_prefix(8 + size);
  return text;
}

std::string packed(const Contents& contents) {
  std::string bytes;
  for (const auto& [key, value] : contents) bytes += packed(key) + packed(value);
  return bytes;
}

Contents unpack_all(std::string_view bytes) {
  Contents contents;
  while (!bytes.empty()) {
    std::string key = unpack(&bytes);
    contents[std::move(key)] = unpack(&bytes);
  }
  return contents;
}

Result<std::string> read_file(Disk& disk, const std::string& name) {
  Result<std::unique_ptr<File>> file = disk.open(name);
  if (!file.ok()) return file.status();
  std::string scratch;
  Result<std::string_view> bytes = read_fully(**file, 0, (*file)->size(), &scratch);
  if (!bytes.ok()) return bytes.status();
  return std::string(*bytes);
}

// What both stores share: a map in memory, and no writes after a failure.
class MapStore : public sim::StoreAdapter {
 public:
  MapStore(std::shared_ptr<Disk> disk, SyncPolicy policy) : disk_(std::move(disk)), policy_(policy) {}

  Status get(std::string_view key, std::string* value) final {
    const auto found = map_.find(std::string(key));
    if (found == map_.end()) return Status::not_found();
    *value = found->second;
    return {};
  }

 protected:
  // Once a step has failed, it is unknown what is on the disk, even if only space ran out.
  Status remembered(const Status& status) {
    if (!status.ok()) failed_ = Status::io_error({}, "an earlier write failed: " + status.to_string());
    return failed_;
  }
  Disk& disk() { return *disk_; }
  bool syncs_every_write() const { return policy_ == SyncPolicy::kEveryWrite; }

  Contents map_;
  Status failed_;

 private:
  std::shared_ptr<Disk> disk_;
  SyncPolicy policy_;
};

// ---- a log and a table

constexpr const char* kTable = "table";
constexpr const char* kNewTable = "table.tmp";
constexpr std::string_view kLogPrefix = "log-";

class CheckpointStore final : public MapStore {
 public:
  CheckpointStore(std::shared_ptr<Disk> disk, SyncPolicy policy, CheckpointBug bug)
      : MapStore(std::move(disk), policy), bug_(bug) {}

  Status load() {
    Result<std::vector<std::string>> names = disk().list();
    if (!names.ok()) return names.status();
    const auto is_there = [&](const std::string& name) {
      return std::find(names->begin(), names->end(), name) != names->end();
    };
    for (const std::string& name : *names) {
      if (!name.starts_with(kLogPrefix)) continue;
      if (const auto number = sim::parse_number(std::string_view(name).substr(kLogPrefix.size()))) {
        logs_.push_back(*number);
      }
    }
    std::sort(logs_.begin(), logs_.end());
    if (is_there(kNewTable)) {
      if (Status s = disk().remove(kNewTable); !s.ok()) return s;
    }
    if (is_there(kTable)) {
      if (Status s = read_table(); !s.ok()) return s;
    } else if (!logs_.empty()) {
      return Status::corruption(kTable, 0, "there are logs, and no table");
    }
    if (Status s = read_logs(); !s.ok()) return s;
    return checkpoint();
  }

  Status put(std::string_view key, std::string_view value) override {
    if (Status s = append("p" + packed(key) + packed(value)); !s.ok()) return s;
    map_[std::string(key)] = value;
    return {};
  }
  Status remove(std::string_view key) override {
    if (Status s = append("r" + packed(key)); !s.ok()) return s;
    const auto found = map_.find(std::string(key));
    if (found == map_.end()) return {};
    if (++removed_ == 3 && bug_ == CheckpointBug::kThirdRemoveForgotten) forgotten_.insert(*found);
    map_.erase(found);
    return {};
  }
  Status sync() override { return failed_.ok() ? remembered(log_->sync()) : failed_; }
  Status close() override { return merge(); }
  Status merge() override { return failed_.ok() ? remembered(checkpoint()) : failed_; }
  Status roll() override {
    if (!failed_.ok()) return failed_;
    if (Status s = remembered(log_->sync()); !s.ok()) return s;
    return remembered(begin_log());
  }

 private:
  static std::string name_of(std::uint64_t number) { return std::string(kLogPrefix) + std::to_string(number); }

  Status read_table() {
    Result<std::string> bytes = read_file(disk(), kTable);
    if (!bytes.ok()) return bytes.status();
    const auto payload = payload_of(*bytes, 0);
    if (!payload || payload->size() + kFrameHead != bytes->size()) {
      return Status::corruption(kTable, 0, "its checksum does not match");
    }
    first_log_ = number_at(*payload, 0);
    map_ = unpack_all(payload->substr(8));
    return {};
  }

  // Only the last log may end in the middle of a frame: each was synced before the next one began.
  Status read_logs() {
    for (const std::uint64_t number : logs_) {
      if (number < first_log_) continue;
      Result<std::string> bytes = read_file(disk(), name_of(number));
      if (!bytes.ok()) return bytes.status();
      std::string_view rest = *bytes;
      while (const auto payload = payload_of(rest, number)) {
        apply(*payload);
        rest.remove_prefix(kFrameHead + payload->size());
      }
      if (!rest.empty() && number != logs_.back()) {
        return Status::corruption(name_of(number), bytes->size() - rest.size(), "this frame does not verify");
      }
    }
    return {};
  }

  void apply(std::string_view payload) {
    const char kind = payload.front();
    payload.remove_prefix(1);
    std::string key = unpack(&payload);
    if (kind == 'r') {
      map_.erase(key);
    } else {
      map_[std::move(key)] = unpack(&payload);
    }
  }

  Status append(const std::string& payload) {
    if (!failed_.ok()) return failed_;
    if (Status s = remembered(log_->append({frame_of(payload, logs_.back())})); !s.ok()) return s;
    return syncs_every_write() ? remembered(log_->sync()) : Status();
  }

  // 1 the table, 2 its sync, 3 its name, 4 the sync of that (COMMIT), 5 the new log, 6 the removal of the old ones.
  Status checkpoint() {
    const std::vector<std::uint64_t> old = logs_;
    const std::uint64_t next = std::max(first_log_, logs_.empty() ? 0 : logs_.back() + 1);
    if (bug_ == CheckpointBug::kOldLogRemovedFirst) {
      if (Status s = remove_logs(old); !s.ok()) return s;
    }
    Result<std::unique_ptr<File>> table = disk().create(kNewTable, 0);
    if (!table.ok()) return table.status();
    Contents live = map_;
    live.insert(forgotten_.begin(), forgotten_.end());
    forgotten_.clear();
    removed_ = 0;
    if (Status s = (*table)->append({frame_of(number_bytes(next) + packed(live), 0)}); !s.ok()) return s;
    if (bug_ != CheckpointBug::kTableNotSynced) {
      if (Status s = (*table)->sync(); !s.ok()) return s;
    }
    if (Status s = disk().rename(kNewTable, kTable); !s.ok()) return s;
    if (Status s = disk().sync_directory(); !s.ok()) return s;
    first_log_ = next;
    logs_.clear();
    if (Status s = begin_log(next); !s.ok()) return s;
    return bug_ == CheckpointBug::kOldLogRemovedFirst ? Status() : remove_logs(old);
  }

  Status remove_logs(const std::vector<std::uint64_t>& numbers) {
    for (const std::uint64_t number : numbers) {
      if (Status s = disk().remove(name_of(number)); !s.ok()) return s;
    }
    return {};
  }

  Status begin_log() { return begin_log(logs_.back() + 1); }
  Status begin_log(std::uint64_t number) {
    Result<std::unique_ptr<File>> log = disk().create(name_of(number), 0);
    if (!log.ok()) return log.status();
    log_ = std::move(*log);
    logs_.push_back(number);
    if (bug_ == CheckpointBug::kLogNameNotSynced) return {};
    if (bug_ == CheckpointBug::kSixthLogNameNotSynced && logs_.size() == 6) return {};
    return disk().sync_directory();
  }

  CheckpointBug bug_;
  std::uint64_t first_log_ = 1;
  std::vector<std::uint64_t> logs_;  // oldest first; the last one is written
  std::unique_ptr<File> log_;
  std::size_t removed_ = 0;  // keys since the last table
  Contents forgotten_;
};

// ---- slots

class SlotStore final : public MapStore {
 public:
  SlotStore(std::shared_ptr<Disk> disk, SyncPolicy policy, SlotBug bug)
      : MapStore(std::move(disk), policy), bug_(bug) {}

  Status load() {
    Result<std::vector<std::string>> names = disk().list();
    if (!names.ok()) return names.status();
    std::size_t damaged = 0;
    for (std::size_t i = 0; i < kSlots.size(); ++i) {
      const bool is_there = std::find(names->begin(), names->end(), kSlots[i]) != names->end();
      Result<std::unique_ptr<File>> file = open_or_create(kSlots[i], is_there);
      if (!file.ok()) return file.status();
      files_[i] = std::move(*file);
      Result<std::string> bytes = read_file(disk(), kSlots[i]);
      if (!bytes.ok()) return bytes.status();
      if (bytes->empty()) continue;
      if (!take(*bytes, i)) ++damaged;
    }
    if (damaged == kSlots.size()) return Status::corruption(kSlots[0], 0, "no file verifies");
    // The names and bytes that were found may be only in the cache.
    if (Status s = disk().sync_directory(); !s.ok()) return s;
    return write();
  }

  Status put(std::string_view key, std::string_view value) override {
    if (!failed_.ok()) return failed_;
    map_[std::string(key)] = value;
    has_new_ = true;
    return syncs_every_write() ? sync() : Status();
  }
  Status remove(std::string_view key) override {
    if (!failed_.ok()) return failed_;
    map_.erase(std::string(key));
    has_new_ = has_new_ || bug_ != SlotBug::kNoSyncOfRemoves;
    return syncs_every_write() ? sync() : Status();
  }
  Status sync() override {
    if (!failed_.ok()) return failed_;
    if (!has_new_ && bug_ == SlotBug::kNoSyncOfRemoves) return {};
    return remembered(write());
  }
  // Afterwards all files hold the same, so that any one of them may be lost.
  Status close() override {
    if (!failed_.ok()) return failed_;
    if (Status s = sync(); !s.ok()) return s;
    for (std::size_t i = 1; i < kSlots.size(); ++i) {
      if (Status s = remembered(write()); !s.ok()) return s;
    }
    return {};
  }

 private:
  static constexpr std::array<const char*, 3> kSlots{"slot-0", "slot-1", "slot-2"};

  // An empty one is created again: a failed sync of the directory may have dropped its name for good.
  Result<std::unique_ptr<File>> open_or_create(const std::string& name, bool is_there) {
    if (!is_there) return disk().create(name, 0);
    Result<std::unique_ptr<File>> file = disk().open(name);
    if (!file.ok() || (*file)->size() > 0) return file;
    if (Status s = disk().remove(name); !s.ok()) return s;
    return disk().create(name, 0);
  }

  // Whether the file verifies. The newest one counts.
  bool take(std::string_view bytes, std::size_t slot) {
    const auto payload = payload_of(bytes, 0);
    if (!payload || payload->size() + kFrameHead != bytes.size()) return false;
    const std::uint64_t generation = generations_.at(slot) = number_at(*payload, 0);
    if (generation <= generations_.at(newest_) && slot != newest_) return true;
    newest_ = slot;
    map_ = unpack_all(payload->substr(8));
    return true;
  }

  Status write() {
    const auto oldest =
        static_cast<std::size_t>(std::min_element(generations_.begin(), generations_.end()) - generations_.begin());
    const std::size_t slot = bug_ == SlotBug::kSameSlot ? newest_ : oldest;
    const std::uint64_t generation = generations_.at(newest_) + 1;
    File& file = *files_.at(slot);
    if (Status s = file.truncate(0); !s.ok()) return s;
    if (Status s = file.append({frame_of(number_bytes(generation) + packed(map_), 0)}); !s.ok()) return s;
    if (Status s = file.sync(); !s.ok()) return s;
    generations_.at(slot) = generation;
    newest_ = slot;
    has_new_ = false;
    return {};
  }

  SlotBug bug_;
  std::array<std::unique_ptr<File>, 3> files_;
  std::array<std::uint64_t, 3> generations_{};  // 0 if it does not verify
  std::size_t newest_ = 0;
  bool has_new_ = false;
};

// ---- a disk that forgets

class ForgetfulFile final : public File {
 public:
  explicit ForgetfulFile(std::unique_ptr<File> file) : file_(std::move(file)) {}
  Status append(std::initializer_list<std::string_view> parts) override { return file_->append(parts); }
  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
    return file_->read(offset, size, scratch);
  }
  Status sync() override { return {}; }
  Status truncate(std::uint64_t size) override { return file_->truncate(size); }
  std::uint64_t size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
};

class ForgetfulDisk final : public Disk {
 public:
  ForgetfulDisk(std::shared_ptr<Disk> disk, Forgotten forgotten) : disk_(std::move(disk)), forgotten_(forgotten) {}

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    return wrapped(name, disk_->create(name, capacity));
  }
  Result<std::unique_ptr<File>> open(std::string_view name) override { return wrapped(name, disk_->open(name)); }
  Result<std::vector<std::string>> list() override { return disk_->list(); }
  Status rename(std::string_view from, std::string_view to) override { return disk_->rename(from, to); }
  Status remove(std::string_view name) override { return disk_->remove(name); }
  Status sync_directory() override {
    return forgotten_ == Forgotten::kDirectorySyncs ? Status() : disk_->sync_directory();
  }
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override { return disk_->lock(mode); }
  std::uint64_t random() override { return disk_->random(); }
  std::uint64_t now_nanoseconds() override { return disk_->now_nanoseconds(); }

 private:
  Result<std::unique_ptr<File>> wrapped(std::string_view name, Result<std::unique_ptr<File>> file) const {
    if (!file.ok() || forgotten_ != Forgotten::kLogSyncs || !name.ends_with(".log")) return file;
    return std::unique_ptr<File>(std::make_unique<ForgetfulFile>(std::move(*file)));
  }

  std::shared_ptr<Disk> disk_;
  Forgotten forgotten_;
};

template <typename StoreType, typename Bug>
sim::StoreKind kind_with(std::string name, Bug bug, std::vector<std::string> verbs) {
  const auto open = [bug](std::shared_ptr<Disk> disk, const sim::Scenario& scenario,
                          Observer*) -> Result<std::unique_ptr<sim::StoreAdapter>> {
    auto store = std::make_unique<StoreType>(std::move(disk), scenario.sync, bug);
    if (Status s = store->load(); !s.ok()) return s;
    return std::unique_ptr<sim::StoreAdapter>(std::move(store));
  };
  return {std::move(name), open, std::move(verbs)};
}

sim::StoreKind forgetful_engine(const std::string& name, Forgotten forgotten) {
  const auto open = [forgotten](std::shared_ptr<Disk> disk, const sim::Scenario& scenario, Observer* observer) {
    return sim::engine_kind().open(std::make_shared<ForgetfulDisk>(std::move(disk), forgotten), scenario, observer);
  };
  return {name, open, sim::engine_kind().verbs, sim::engine_kind().is_sealed};
}

}  // namespace

const sim::StoreKind& checkpoint_kind(CheckpointBug bug) {
  static const auto kind = [](const std::string& name, CheckpointBug its_bug) {
    return kind_with<CheckpointStore>(name, its_bug, {"put a", "put b", "remove a", "sync", "roll", "merge", "reopen"});
  };
  static const std::array<sim::StoreKind, 6> kinds{
      kind("checkpoint", CheckpointBug::kNone),
      kind("table-not-synced", CheckpointBug::kTableNotSynced),
      kind("log-name-not-synced", CheckpointBug::kLogNameNotSynced),
      kind("old-log-removed-first", CheckpointBug::kOldLogRemovedFirst),
      kind("sixth-log-name-not-synced", CheckpointBug::kSixthLogNameNotSynced),
      kind("third-remove-forgotten", CheckpointBug::kThirdRemoveForgotten)};
  return kinds.at(static_cast<std::size_t>(bug));
}

const sim::StoreKind& slot_kind(SlotBug bug) {
  static const auto kind = [](const std::string& name, SlotBug its_bug) {
    return kind_with<SlotStore>(name, its_bug, {"put a", "put b", "remove a", "sync", "reopen"});
  };
  static const std::array<sim::StoreKind, 3> kinds{kind("slots", SlotBug::kNone), kind("same-slot", SlotBug::kSameSlot),
                                                   kind("no-sync-of-removes", SlotBug::kNoSyncOfRemoves)};
  return kinds.at(static_cast<std::size_t>(bug));
}

const sim::StoreKind& engine_on_forgetful_disk(Forgotten forgotten) {
  static const std::array<sim::StoreKind, 2> kinds{
      forgetful_engine("engine-without-directory-syncs", Forgotten::kDirectorySyncs),
      forgetful_engine("engine-without-log-syncs", Forgotten::kLogSyncs)};
  return kinds.at(static_cast<std::size_t>(forgotten));
}

}  // namespace sediment::test
