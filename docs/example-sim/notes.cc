// A small store, and the simulator that searches it for a crash that loses data.
//
// Notes keeps everything in memory. A sync writes all of it to a new file, and renames that to the old name.
#include <algorithm>
#include <string>

#include "engine/format.h"
#include "sim/cli/commands.h"

using namespace sediment;

enum class Fault { kNone, kUnsyncedFile, kUnsyncedName, kUnsyncedRemove };

class Notes : public sim::StoreAdapter {
 public:
  Notes(std::shared_ptr<Disk> disk, SyncPolicy policy, Fault fault) : disk_(disk), policy_(policy), fault_(fault) {}

  Status open() {
    auto names = disk_->list();
    if (!names.ok()) return names.status();
    const auto has = [&](const char* name) { return std::count(names->begin(), names->end(), name) > 0; };
    if (has("notes.new")) {  // of a sync that was interrupted
      if (Status s = disk_->remove("notes.new"); !s.ok()) return s;
    }
    if (has("notes")) {
      auto file = disk_->open("notes");
      if (!file.ok()) return file.status();
      std::string scratch;
      auto bytes = read_fully(**file, 0, (*file)->size(), &scratch);
      if (!bytes.ok()) return bytes.status();
      if (!decode(*bytes)) return Status::corruption("notes", 0, "the checksum does not match");
    } else if (has("made")) {
      return Status::corruption("notes", 0, "the file is missing");
    }
    if (Status s = sync(); !s.ok()) return s;  // what was read may be in the cache only
    if (has("made")) return {};
    if (auto made = disk_->create("made", 0); !made.ok()) return made.status();  // only after the first "notes"
    return disk_->sync_directory();
  }

  Status put(std::string_view key, std::string_view value) override {
    if (!failed_.ok()) return failed_;
    notes_[std::string(key)] = value;
    return policy_ == SyncPolicy::kEveryWrite ? sync() : Status();
  }
  Status remove(std::string_view key) override {
    if (!failed_.ok()) return failed_;
    notes_.erase(std::string(key));
    return policy_ == SyncPolicy::kEveryWrite && fault_ != Fault::kUnsyncedRemove ? sync() : Status();
  }
  Status get(std::string_view key, std::string* value) override {
    const auto found = notes_.find(std::string(key));
    if (found == notes_.end()) return Status::not_found();
    *value = found->second;
    return {};
  }
  Status sync() override {
    if (!failed_.ok()) return failed_;
    const Status status = write();
    if (!status.ok()) failed_ = Status::io_error("notes", "a sync failed: " + status.to_string());
    return failed_;
  }
  Status close() override { return sync(); }

 private:
  // 1 write a new file, 2 sync it, 3 rename it (COMMIT), 4 sync the directory.
  Status write() {
    auto file = disk_->create("notes.new", 0);
    if (!file.ok()) return file.status();
    if (Status s = (*file)->append({encoded()}); !s.ok()) return s;
    for (int i = 0; i < 2 && fault_ != Fault::kUnsyncedFile; ++i) {  // a disk may report a failed sync one sync late
      if (Status s = (*file)->sync(); !s.ok()) return s;
    }
    if (Status s = disk_->rename("notes.new", "notes"); !s.ok()) return s;
    return fault_ == Fault::kUnsyncedName ? Status() : disk_->sync_directory();
  }

  // The checksum, then each key and value after its size; every number has 20 digits.
  static std::string digits(std::uint64_t number) {
    const std::string text = std::to_string(number);
    return std::string(20 - text.size(), '0') + text;
  }
  std::string encoded() const {
    std::string bytes;
    for (const auto& [key, value] : notes_) bytes += digits(key.size()) + key + digits(value.size()) + value;
    return digits(checksum64(bytes, bytes.size())) + bytes;
  }
  bool decode(std::string_view bytes) {
    const auto take = [&](std::size_t size) {
      const std::string_view taken = bytes.substr(0, size);
      bytes.remove_prefix(taken.size());
      return std::string(taken);
    };
    const std::string checksum = take(20);
    if (checksum != digits(checksum64(bytes, bytes.size()))) return false;
    while (!bytes.empty()) {
      const std::string key = take(std::stoull(take(20)));
      notes_[key] = take(std::stoull(take(20)));
    }
    return true;
  }

  std::shared_ptr<Disk> disk_;
  SyncPolicy policy_;
  Fault fault_;
  sim::Contents notes_;
  Status failed_;  // after a failed sync, the contents of the disk are unknown: refuse every write
};

sim::StoreKind kind(const char* name, Fault fault) {
  const auto open = [fault](std::shared_ptr<Disk> disk, const sim::Scenario& scenario,
                            Observer*) -> Result<std::unique_ptr<sim::StoreAdapter>> {
    auto notes = std::make_unique<Notes>(disk, scenario.sync, fault);
    if (Status s = notes->open(); !s.ok()) return s;
    return std::unique_ptr<sim::StoreAdapter>(std::move(notes));
  };
  return {name, open, {"put a", "put b", "remove a", "sync", "reopen"}};
}

int main(int argc, char** argv) {
  const sim::StoreKind right = kind("notes", Fault::kNone);
  const sim::StoreKind file = kind("unsynced-file", Fault::kUnsyncedFile);
  const sim::StoreKind name = kind("unsynced-name", Fault::kUnsyncedName);
  const sim::StoreKind remove = kind("unsynced-remove", Fault::kUnsyncedRemove);
  return sim::run_commands(argc, argv, {&right, &file, &name, &remove});
}
