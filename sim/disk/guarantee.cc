#include "sim/disk/guarantee.h"

#include <algorithm>
#include <string>
#include <utility>

#include "engine/format.h"

namespace sediment::sim {

namespace {

constexpr std::array<std::string_view, kGuarantees.size()> kNames{"log-sync", "manifest-sync", "directory-sync",
                                                                  "manifest-rename"};

// Which guarantee a sync of this file gives; none if it is neither a log nor a manifest.
std::optional<Guarantee> given_by_sync_of(std::string_view name) {
  if (parse_segment_file_name(name)) return Guarantee::kLogSync;
  if (name == kManifestName || name == kManifestTemporaryName) return Guarantee::kManifestSync;
  return std::nullopt;
}

class FileWithoutSync final : public File {
 public:
  explicit FileWithoutSync(std::unique_ptr<File> file) : file_(std::move(file)) {}

  Status append(std::initializer_list<std::string_view> parts) override { return file_->append(parts); }
  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
    return file_->read(offset, size, scratch);
  }
  Status reserve(std::uint64_t capacity) override { return file_->reserve(capacity); }
  Status sync() override { return {}; }
  Status truncate(std::uint64_t size) override { return file_->truncate(size); }
  void will_not_change() override { file_->will_not_change(); }
  std::uint64_t size() const override { return file_->size(); }

 private:
  std::unique_ptr<File> file_;
};

class DiskWithout final : public Disk {
 public:
  DiskWithout(std::shared_ptr<Disk> disk, Guarantees taken) : disk_(std::move(disk)), taken_(std::move(taken)) {}

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    return wrapped(name, disk_->create(name, capacity));
  }
  Result<std::unique_ptr<File>> create_growing(std::string_view name, std::uint64_t capacity,
                                               std::uint64_t largest) override {
    return wrapped(name, disk_->create_growing(name, capacity, largest));
  }
  Result<std::unique_ptr<File>> open(std::string_view name) override { return wrapped(name, disk_->open(name)); }
  Result<std::unique_ptr<File>> open_to_append(std::string_view name) override {
    return wrapped(name, disk_->open_to_append(name));
  }
  Result<std::vector<std::string>> list() override { return disk_->list(); }
  Status rename(std::string_view from, std::string_view to) override {
    const bool in_place = to == kManifestName && taken_.contains(Guarantee::kManifestRename);
    return in_place ? write_in_place(from, to) : disk_->rename(from, to);
  }
  Status remove(std::string_view name) override { return disk_->remove(name); }
  Status sync_directory() override {
    return taken_.contains(Guarantee::kDirectorySync) ? Status() : disk_->sync_directory();
  }
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override { return disk_->lock(mode); }
  std::uint64_t random() override { return disk_->random(); }
  std::uint64_t now_nanoseconds() override { return disk_->now_nanoseconds(); }

 private:
  Result<std::unique_ptr<File>> wrapped(std::string_view name, Result<std::unique_ptr<File>> file) const {
    const std::optional<Guarantee> given = given_by_sync_of(name);
    if (!file.ok() || !given || !taken_.contains(*given)) return file;
    return std::unique_ptr<File>(std::make_unique<FileWithoutSync>(std::move(*file)));
  }

  Status write_in_place(std::string_view from, std::string_view to) {
    std::string scratch;
    Result<std::unique_ptr<File>> source = disk_->open(from);
    if (!source.ok()) return source.status();
    const Result<std::string_view> bytes = read_fully(**source, 0, (*source)->size(), &scratch);
    if (!bytes.ok()) return bytes.status();

    Result<std::unique_ptr<File>> target = open_to_append(to);
    const bool is_new = target.status().is(StatusCode::kNotFound);
    if (is_new) target = create(to, 0);
    if (!target.ok()) return target.status();
    if (!is_new) {
      if (Status s = (*target)->truncate(0); !s.ok()) return s;
    }
    if (Status s = (*target)->append({*bytes}); !s.ok()) return s;
    if (Status s = (*target)->sync(); !s.ok()) return s;
    return disk_->remove(from);
  }

  std::shared_ptr<Disk> disk_;
  Guarantees taken_;
};

}  // namespace

std::string_view name_of(Guarantee guarantee) { return kNames.at(static_cast<std::size_t>(guarantee)); }

std::optional<Guarantee> parse_guarantee(std::string_view name) {
  const auto* const found = std::find(kNames.begin(), kNames.end(), name);
  if (found == kNames.end()) return std::nullopt;
  return static_cast<Guarantee>(found - kNames.begin());
}

std::shared_ptr<Disk> without(std::shared_ptr<Disk> disk, const Guarantees& taken) {
  if (taken.empty()) return disk;
  return std::make_shared<DiskWithout>(std::move(disk), taken);
}

}  // namespace sediment::sim
