#include "viz/model/directory.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <utility>
#include <vector>

#include "engine/format.h"
#include "engine/store.h"
#include "sim/base/json_reader.h"
#include "sim/disk/sim_disk.h"

namespace sediment::viz {

namespace {

constexpr std::uint64_t kSegmentSize = 1 << 20;  // bytes, for the log that the open may begin; it stays empty

class Recorder final : public Observer {
 public:
  explicit Recorder(sim::Trace& trace) : trace_(trace) {}
  void on_event(const Event& event) override {
    if (recording_) trace_.add(event);
  }
  void stop() { recording_ = false; }

 private:
  sim::Trace& trace_;
  bool recording_ = true;
};

struct DirectoryFile {
  std::string name;
  std::string bytes;
};

Status holds_no_store(const std::string& path) {
  return Status::invalid_argument(path + " holds no store: there is no MANIFEST in it");
}

Result<std::vector<DirectoryFile>> read_files(const std::filesystem::path& path) {
  std::error_code error;
  std::vector<DirectoryFile> files;
  std::uint64_t total = 0;
  for (std::filesystem::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    if (!it->is_regular_file() || name == kLockName) continue;
    total += it->file_size();
    if (total > kMostDirectoryBytes) {
      return Status::invalid_argument(
          fmt::format("{} holds more than the {} MiB that can be shown; try: sediment stats {}", path.string(),
                      kMostDirectoryBytes >> 20, path.string()));
    }
    Result<std::string> bytes = sim::read_text_file(it->path().string());
    if (!bytes.ok()) return Status::io_error(it->path().string(), "the file cannot be read");
    files.push_back({name, std::move(*bytes)});
  }
  if (error) return Status::not_found(path.string() + " cannot be read: " + error.message());
  const bool has_manifest =
      std::any_of(files.begin(), files.end(), [](const DirectoryFile& file) { return file.name == kManifestName; });
  if (!has_manifest) {
    return holds_no_store(path.string());
  }
  std::sort(files.begin(), files.end(), [](const DirectoryFile& a, const DirectoryFile& b) { return a.name < b.name; });
  return files;
}

}  // namespace

Result<std::uint64_t> bytes_of_directory(const std::string& path) {
  std::error_code error;
  std::uint64_t total = 0;
  for (std::filesystem::directory_iterator it(path, error), end; !error && it != end; it.increment(error)) {
    std::error_code vanished;  // beside a process that writes
    const std::uint64_t size = it->is_regular_file(vanished) ? it->file_size(vanished) : 0;
    if (!vanished) total += size;
  }
  if (error) return Status::not_found(path + " cannot be read: " + error.message());
  if (!std::filesystem::exists(std::filesystem::path(path) / kManifestName, error)) return holds_no_store(path);
  return total;
}

Result<sim::Trace> trace_of_directory(const std::string& path) {
  Result<std::vector<DirectoryFile>> files = read_files(path);
  if (!files.ok()) return files.status();

  using Kind = sim::DiskOperation::Kind;
  sim::Trace trace;
  sim::DiskState state;
  const auto record = [&](sim::DiskOperation operation) {
    state.apply(operation);
    trace.add(std::move(operation));
  };
  trace.add(sim::InputEntry{{"ask", "The files of " + path + ", as they are"}});
  for (DirectoryFile& file : *files) {
    // The MANIFEST gets its name by a rename, as in a store.
    const bool manifest = file.name == kManifestName;
    const std::string name = manifest ? std::string(kManifestTemporaryName) : file.name;
    if (state.names().contains(name)) continue;
    const sim::FileId id = state.next_file_id();
    record({.kind = Kind::kCreate, .file = id, .name = name});
    if (!file.bytes.empty()) record({.kind = Kind::kAppend, .file = id, .name = name, .bytes = std::move(file.bytes)});
    record({.kind = Kind::kSync, .file = id, .name = name});
    if (manifest) {
      record({.kind = Kind::kRename, .file = id, .name = name, .new_name = std::string(kManifestName)});
    }
  }
  record({.kind = Kind::kSyncDirectory});
  trace.add(sim::OutcomeEntry{"ok", true});

  trace.add(sim::InputEntry{{"open"}});
  Recorder recorder(trace);
  Options options;
  options.observer = &recorder;
  options.background_merge = false;
  options.segment_size_bytes = kSegmentSize;
  const auto disk = std::make_shared<sim::SimDisk>(state, sim::SimDiskOptions{.reserve_space = false}, &trace);
  const Result<std::unique_ptr<Store>> store = Store::open(disk, options);
  const bool right = store.ok() || store.status().is(StatusCode::kCorruption);  // to refuse a damaged store is right
  trace.add(sim::OutcomeEntry{store.ok() ? "ok" : store.status().to_string(), right});
  disk->stop_recording();  // closing it is not part of the picture
  recorder.stop();
  return trace;
}

}  // namespace sediment::viz
