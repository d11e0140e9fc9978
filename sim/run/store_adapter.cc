#include "sim/run/store_adapter.h"

#include "engine/format.h"
#include "engine/manifest.h"
#include "engine/text_log.h"
#include "sim/base/plural.h"

namespace sediment::sim {

namespace {

Result<Manifest> published_manifest(const DiskState& state) {
  const FileState* file = state.find(kManifestName);
  if (file == nullptr) return Status::not_found("there is no manifest");
  return parse_manifest(file->cached);
}

// Only the manifest's active log is still being written.
bool is_sealed_in_engine(const DiskState& state, const std::string& file) {
  const Result<Manifest> manifest = published_manifest(state);
  return !manifest.ok() || !manifest->active || segment_file_name(manifest->active->number) != file;
}

Status cannot(std::string_view what) {
  return Status::invalid_argument("this kind of store cannot " + std::string(what));
}

// What for_each visits.
Result<Contents> listed(Store& store) {
  Contents contents;
  bool twice = false;
  const Status status = store.for_each([&](std::string_view key, std::string_view value) {
    twice = !contents.emplace(key, value).second || twice;
    return true;
  });
  if (!status.ok()) return status;
  if (twice) return Status::corruption({}, Status::kNoOffset, "for_each visited a key twice");
  return contents;
}

// Looks up each of the pairs and of the keys. kInvalidArgument if an answer contradicts the pairs.
template <typename Get>
Status compare_with_get(const Contents& contents, const std::set<std::string>& keys, Get get) {
  std::string value;
  const auto compare = [&](const std::string& key, const std::string* expected) -> Status {
    Status found = get(key, &value);
    if (!found.ok() && !found.is(StatusCode::kNotFound)) return found;
    if (expected == nullptr ? !found.ok() : found.ok() && value == *expected) return {};
    return Status::invalid_argument(
        "the store contradicts itself: its list of all pairs has " +
        (expected == nullptr ? "no " + preview(Step{key}) : preview(Step{key}) + " = " + in_quotes(*expected)) +
        ", but get(" + preview(Step{key}) + ") finds " + (found.ok() ? in_quotes(value) : "nothing"));
  };
  for (const auto& [key, expected] : contents) {
    if (Status s = compare(key, &expected); !s.ok()) return s;
  }
  for (const std::string& key : keys) {
    if (contents.contains(key)) continue;
    if (Status s = compare(key, nullptr); !s.ok()) return s;
  }
  return {};
}

class EngineStore final : public StoreAdapter {
 public:
  explicit EngineStore(std::unique_ptr<Store> store) : store_(std::move(store)) {}

  Status put(std::string_view key, std::string_view value) override { return store_->put(key, value); }
  Status remove(std::string_view key) override { return store_->remove(key); }
  Status get(std::string_view key, std::string* value) override { return store_->get(key, value); }
  Status sync() override { return store_->sync(); }
  Status close() override { return store_->close(); }
  Status merge() override { return store_->merge(); }
  Status merge(MergeRun run) override { return store_->merge(run); }
  Status begin_merge(std::optional<MergeRun> run) override { return store_->begin_merge(run); }
  Result<bool> merge_step() override { return store_->merge_step(); }
  bool merge_under_way() override { return store_->merge_under_way(); }
  Status roll() override { return store_->roll(); }

  Result<Contents> everything(const std::set<std::string>&) override { return listed(*store_); }

  std::string recovery() const override {
    const RecoveryReport& report = store_->recovery_report();
    std::string text =
        plural(report.segments, "segment") + ", " + plural(report.records_scanned, "record") + " verified";
    if (report.bytes_cut > 0) {
      text += ", " + plural(report.bytes_cut, "byte") + " cut from " + report.active_file + " at " +
              std::to_string(report.cut_offset) + " because " + report.cut_reason;
    }
    if (report.snapshots_used > 0) text += ", " + plural(report.snapshots_used, "snapshot") + " used";
    if (report.snapshots_ignored > 0) text += ", " + plural(report.snapshots_ignored, "snapshot") + " ignored";
    if (!report.files_removed.empty()) text += ", " + plural(report.files_removed.size(), "leftover file") + " removed";
    return text;
  }

  std::map<std::string, std::uint64_t> recovery_counters() const override {
    const RecoveryReport& report = store_->recovery_report();
    std::map<std::string, std::uint64_t> counters;
    for (const std::string& name : report.files_removed) {
      const bool log = parse_segment_file_name(name).has_value();
      ++counters[log                              ? "unnamed-segment-removed"
                 : name == kManifestTemporaryName ? "unpublished-manifest-removed"
                                                  : "unnamed-snapshot-removed"];
    }
    if (report.snapshots_used > 0) ++counters["snapshot-used"];
    if (report.snapshots_ignored > 0) ++counters["snapshot-ignored"];
    if (report.bytes_cut > 0) ++counters["tail-cut"];
    if (!report.active_file.empty() && report.records_scanned > 0) ++counters["active-log-rewritten"];
    return counters;
  }

  std::optional<std::string> check_open(const DiskState& found, const DiskState& now) override {
    return edited_log(found, now);
  }

  // The store's counters must equal a recount from the logs, and the disk must hold nothing else.
  std::optional<std::string> check_structure(const SimDisk& disk) override {
    const DiskState& now = disk.state();
    const Stats stats = store_->stats();
    std::uint64_t files = 0;
    for (const auto& [name, id] : now.names()) files += parse_segment_file_name(name) ? 1 : 0;
    if (files != stats.segments.size()) {
      return "the disk has " + plural(files, "segment file") + ", but the store has " +
             plural(stats.segments.size(), "segment");
    }
    if (disk.open_files() != files) {
      return "the store has " + plural(disk.open_files(), "open file") + " for " + plural(files, "segment");
    }
    for (const SegmentStats& segment : stats.segments) {
      if (auto wrong = recount(now, segment)) return wrong;
    }
    return std::nullopt;
  }

  std::optional<std::string> check_space(const SimDisk& disk, const Contents& live) override {
    return wasted_space(disk.state(), live);
  }

  Store* engine() override { return store_.get(); }

 private:
  static std::optional<std::string> recount(const DiskState& now, const SegmentStats& segment) {
    const std::string name = segment_file_name(segment.number);
    const FileState* file = now.find(name);
    if (file == nullptr) return name + " is not on the disk";
    if (segment.sealed && file->cached.size() != segment.size_bytes) {
      return name + " was sealed with " + plural(segment.size_bytes, "byte") + ", but has " +
             std::to_string(file->cached.size());
    }
    Result<SegmentHeader> header =
        decode_segment_header(name, std::string_view(file->cached).substr(0, kSegmentHeaderSize));
    if (!header.ok()) return header.status().to_string();
    std::uint64_t records = 0;
    std::set<std::string_view> keys;
    std::uint64_t offset = kSegmentHeaderSize;
    Record record;
    while (decode_record({header->nonce, offset}, std::string_view(file->cached).substr(offset), &record) ==
           RecordVerdict::kValid) {
      ++records;
      keys.insert(record.key);
      offset = record.end();
    }
    if (records == segment.records && keys.size() == segment.keys && offset == segment.size_bytes) return std::nullopt;
    return name + " holds " + plural(records, "record") + " of " + plural(keys.size(), "key") +
           ", but its index says " + std::to_string(segment.records) + " of " + std::to_string(segment.keys);
  }

  std::unique_ptr<Store> store_;
};

class TextLogStore final : public StoreAdapter {
 public:
  TextLogStore(std::unique_ptr<TextLog> log, SyncPolicy policy) : log_(std::move(log)), policy_(policy) {}

  Status put(std::string_view key, std::string_view value) override { return acknowledge(log_->put(key, value)); }
  Status remove(std::string_view key) override { return acknowledge(log_->remove(key)); }
  Status get(std::string_view key, std::string* value) override { return log_->get(key, value); }
  Status sync() override { return log_->sync(); }
  Status close() override { return log_->sync(); }

 private:
  Status acknowledge(const Status& written) {
    return written.ok() && policy_ == SyncPolicy::kEveryWrite ? log_->sync() : written;
  }

  std::unique_ptr<TextLog> log_;
  SyncPolicy policy_;
};

}  // namespace

// Recovery never edits a log in place.
std::optional<std::string> edited_log(const DiskState& found, const DiskState& now) {
  for (const auto& [name, id] : found.names()) {
    if (!parse_segment_file_name(name)) continue;
    const FileState* after = now.find(name);
    if (after != nullptr && after->cached != found.file(id).cached) return "the open has changed " + name + " in place";
  }
  return std::nullopt;
}

std::optional<std::string> wrong_files(const DiskState& now) {
  const Result<Manifest> manifest = published_manifest(now);
  if (!manifest.ok()) return manifest.status().to_string();
  std::map<std::string, std::optional<std::uint64_t>> named;  // with their size, if it is known
  for (const Manifest::Sealed& sealed : manifest->sealed) named[segment_file_name(sealed.number)] = sealed.size_bytes;
  if (manifest->active) named[segment_file_name(manifest->active->number)];
  for (const auto& [name, id] : now.names()) {
    if (!parse_segment_file_name(name)) continue;
    if (!named.contains(name)) return name + " is on the disk, but the manifest does not name it";
  }
  for (const auto& [name, size] : named) {
    const FileState* file = now.find(name);
    if (file == nullptr) return name + " is named by the manifest, but it is not on the disk";
    if (size && file->cached.size() != *size) {
      return name + " was sealed with " + plural(*size, "byte") + ", but has " + std::to_string(file->cached.size());
    }
  }
  return std::nullopt;
}

// Each live pair once, all in one segment, and an empty active segment.
std::optional<std::string> wasted_space(const DiskState& now, const Contents& live) {
  const Result<Manifest> manifest = published_manifest(now);
  if (!manifest.ok()) return manifest.status().to_string();
  std::uint64_t needed = live.empty() ? 0 : kSegmentHeaderSize;
  for (const auto& [key, value] : live) needed += record_size(key.size(), value.size());
  std::uint64_t sealed = 0;
  for (const Manifest::Sealed& segment : manifest->sealed) sealed += segment.size_bytes;
  if (sealed == needed) return std::nullopt;
  return "after a merge of everything the live pairs need " + plural(needed, "byte") +
         ", but the sealed segments have " + std::to_string(sealed);
}

Result<Contents> read_everything(Store& store, const std::set<std::string>& keys) {
  Result<Contents> contents = listed(store);
  if (!contents.ok()) return contents;
  const Status agrees = compare_with_get(
      *contents, keys, [&](const std::string& key, std::string* value) { return store.get(key, value); });
  if (agrees.is(StatusCode::kInvalidArgument))
    return Status::corruption({}, Status::kNoOffset, std::string(agrees.message()));
  if (!agrees.ok()) return agrees;
  return contents;
}

Result<Contents> read_all(StoreAdapter& store, const std::set<std::string>& keys) {
  Result<Contents> contents = store.everything(keys);
  if (!contents.ok() || store.lacks(Check::kListing)) return contents;  // then everything() has asked get
  const Status agrees = compare_with_get(
      *contents, keys, [&](const std::string& key, std::string* value) { return store.get(key, value); });
  if (!agrees.ok()) return agrees;
  return contents;
}

Status StoreAdapter::merge() { return cannot("merge"); }
Status StoreAdapter::merge(MergeRun) { return cannot("merge a range of segments"); }
Status StoreAdapter::begin_merge(std::optional<MergeRun>) { return cannot("merge in steps"); }
Result<bool> StoreAdapter::merge_step() { return cannot("merge in steps"); }
Status StoreAdapter::roll() { return cannot("roll"); }

Result<Contents> StoreAdapter::everything(const std::set<std::string>& keys) {
  note_lack(Check::kListing);
  Contents contents;
  std::string value;
  for (const std::string& key : keys) {
    const Status status = get(key, &value);
    if (status.ok()) contents.emplace(key, value);
    if (!status.ok() && !status.is(StatusCode::kNotFound)) return status;
  }
  return contents;
}

std::optional<std::string> StoreAdapter::check_open(const DiskState&, const DiskState&) {
  note_lack(Check::kOpen);
  return std::nullopt;
}
std::optional<std::string> StoreAdapter::check_structure(const SimDisk&) {
  note_lack(Check::kStructure);
  return std::nullopt;
}
std::optional<std::string> StoreAdapter::check_space(const SimDisk&, const Contents&) {
  note_lack(Check::kSpace);
  return std::nullopt;
}

const StoreKind& engine_kind() {
  static const StoreKind kind{std::string(kEngineName),
                              [](std::shared_ptr<Disk> disk, const Scenario& scenario,
                                 Observer* observer) -> Result<std::unique_ptr<StoreAdapter>> {
                                const bool mixed = scenario.snapshots == Snapshots::kMixed;
                                const bool coin = mixed && disk->random() % 2 == 0;
                                Options options = scenario.store_options(coin);
                                options.observer = observer;
                                Result<std::unique_ptr<Store>> store =
                                    Store::open(without(std::move(disk), scenario.without), options);
                                if (!store.ok()) return store.status();
                                return std::unique_ptr<StoreAdapter>(std::make_unique<EngineStore>(std::move(*store)));
                              },
                              {"put a", "put b", "remove a", "sync", "roll", "merge", "merge step", "reopen"},
                              is_sealed_in_engine};
  return kind;
}

const StoreKind& text_log_kind() {
  static const StoreKind kind{
      "text-log",
      [](const std::shared_ptr<Disk>& disk, const Scenario& scenario,
         Observer*) -> Result<std::unique_ptr<StoreAdapter>> {
        Result<std::unique_ptr<TextLog>> log = TextLog::open(*disk, kTextLogName);
        if (!log.ok()) return log.status();
        return std::unique_ptr<StoreAdapter>(std::make_unique<TextLogStore>(std::move(*log), scenario.sync));
      },
      {"put a", "put b", "remove a", "sync", "reopen"}};
  return kind;
}

}  // namespace sediment::sim
