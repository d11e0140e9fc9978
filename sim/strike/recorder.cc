#include "sim/strike/recorder.h"

#include <sys/stat.h>

#include <map>
#include <thread>

#include "sim/base/json_reader.h"
#include "sim/base/plural.h"
#include "sim/strike/record_log.h"
#include "sim/strike/recording_mount.h"
#include "sim/strike/shell_command.h"
#include "sim/strike/sync_watch.h"

namespace sediment::sim {

namespace {

namespace fs = std::filesystem;

Status cannot_believe(const std::string& why) {
  return Status::invalid_argument("the record cannot be believed: " + why);
}

std::string last_line(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text.substr(text.rfind('\n') + 1);
}

// What is really there, in the words of tree_of.
std::map<std::string, std::string> tree_at(const fs::path& folder, const RecordLog& log) {
  std::map<std::string, std::string> tree;
  for (auto entry = fs::recursive_directory_iterator(folder); entry != fs::recursive_directory_iterator(); ++entry) {
    const std::string path = entry->path().lexically_relative(folder).string();
    if (log.is_volatile(path)) continue;
    if (entry->is_symlink() || (!entry->is_directory() && !entry->is_regular_file())) {
      tree[path] = "neither a file nor a directory";
    } else if (entry->is_directory()) {
      tree[path + "/"];
    } else {
      const Result<std::string> bytes = read_text_file(entry->path().string());
      tree[path] = bytes.ok() ? *bytes : bytes.status().to_string();
    }
  }
  return tree;
}

// The first path at which the two differ, and how; empty if they are equal.
std::string difference(const std::map<std::string, std::string>& recorded,
                       const std::map<std::string, std::string>& real) {
  for (const auto& [path, bytes] : recorded) {
    const auto found = real.find(path);
    if (found == real.end()) return path + " is in the record, but not in the directory";
    if (found->second == bytes) continue;
    std::size_t same = 0;
    while (same < bytes.size() && same < found->second.size() && bytes[same] == found->second[same]) ++same;
    return path + " has " + plural(found->second.size(), "byte") + ", and " + std::to_string(bytes.size()) +
           " in the record; they differ from byte " + std::to_string(same);
  }
  for (const auto& [path, bytes] : real) {
    if (!recorded.contains(path)) return path + " is in the directory, but not in the record";
  }
  return {};
}

// Of each name of a file with several names, the first of them; in the record, and really.
std::map<std::string, std::string> links_of(const DiskState& state) {
  std::map<FileId, std::string> first;
  std::map<std::string, std::string> links;
  for (const auto& [path, id] : state.paths()) {
    const auto [known, is_new] = first.emplace(id, path);
    if (!is_new) links[path] = known->second;
  }
  return links;
}
std::map<std::string, std::string> links_at(const fs::path& folder, const std::map<std::string, std::string>& tree) {
  std::map<ino_t, std::string> first;
  std::map<std::string, std::string> links;
  for (const auto& [path, bytes] : tree) {
    struct stat status {};
    if (path.ends_with('/') || ::lstat((folder / path).c_str(), &status) != 0) continue;
    const auto [known, is_new] = first.emplace(status.st_ino, path);
    if (!is_new) links[path] = known->second;
  }
  return links;
}

// Copies the files below `from`, and puts them into the log, durable.
Status begin_with(const fs::path& from, const fs::path& backing, RecordLog* log) {
  std::error_code error;
  fs::copy(from, backing, fs::copy_options::recursive | fs::copy_options::copy_symlinks, error);
  if (error) return Status::io_error(from.string(), "it cannot be copied: " + error.message());
  log->sync_directory("");
  for (const auto& [path, bytes] : tree_at(backing, *log)) {
    if (path.ends_with('/')) {
      log->make_directory(path.substr(0, path.size() - 1));
      continue;
    }
    struct stat status {};
    if (::lstat((backing / path).c_str(), &status) != 0 || !S_ISREG(status.st_mode) || status.st_nlink > 1) {
      return Status::invalid_argument((from / path).string() +
                                      ": a directory to begin with must hold plain files with one name each");
    }
    const FileId file = log->create(path);
    log->write(file, 0, bytes);
    log->sync(file);
  }
  log->sync_directory("");
  for (const auto& [path, bytes] : tree_at(backing, *log)) {
    if (path.ends_with('/')) log->sync_directory(path.substr(0, path.size() - 1));
  }
  return {};
}

}  // namespace

Result<Recording> record(const RecordOptions& options, const fs::path& folder) {
  RecordLog log(options.volatile_patterns);
  Result<std::unique_ptr<RecordingMount>> mounted = RecordingMount::mount(folder, &log);
  if (!mounted.ok()) return mounted.status();
  RecordingMount& mount = **mounted;
  if (!options.from.empty()) {
    if (Status s = begin_with(options.from, mount.backing(), &log); !s.ok()) return s;
  }
  log.begin(options.command);
  ShellCommand command{.command = options.command,
                       .arguments = {},
                       .directory = mount.directory(),
                       .output = mount.output(),
                       .environment = {"STRIKE_START=" + fs::current_path().string()},
                       .timeout = options.timeout};
  ShellResult ended;
  std::thread([&] {  // its filter ends with it
    if (const std::optional<int> syncs = watch_syncs_of_this_thread()) mount.watch(*syncs);
    ended = run(command);
  })
      .join();
  mount.stop();
  if (!log.refusals().empty()) return cannot_believe(*log.refusals().begin());
  Result<std::string> output = read_text_file((folder / "output").string());
  if (!output.ok()) return output.status();
  if (!ended.succeeded()) {
    const std::string printed = last_line(*output);
    return cannot_believe(
        "the command `" + options.command + "` " + ended.sentence(options.timeout) +
        (printed.empty() ? "" : ", and \"" + printed + "\" was the last that it printed") +
        ". If it could not map a file (ENODEV, \"No such device\"): a writable shared mapping cannot be "
        "recorded, unless --volatile names the file");
  }
  Recording recording;
  recording.printed = std::move(*output);
  recording.trace = log.take();
  const Result<DiskState> state = recording.trace.state_after(recording.trace.operation_count());
  if (!state.ok()) return cannot_believe(state.status().to_string());
  const auto recorded = tree_of(*state);
  const auto real = tree_at(mount.backing(), log);
  const std::string differs = difference(recorded, real);
  if (!differs.empty()) return cannot_believe(differs);
  if (links_of(*state) != links_at(mount.backing(), real)) {
    return cannot_believe("other files have several names in the record than in the directory");
  }
  for (const auto& [path, bytes] : recorded) recording.files += path.ends_with('/') ? 0 : 1;
  for (const TraceEntry& entry : recording.trace.entries()) {
    if (const auto* operation = std::get_if<DiskOperation>(&entry)) recording.bytes += operation->bytes.size();
  }
  return recording;
}

std::map<std::string, std::string> tree_of(const DiskState& state) {
  std::map<std::string, std::string> tree;
  for (const auto& [path, id] : state.paths()) {
    const bool is_directory = state.is_directory(id);
    tree[is_directory ? path + "/" : path] = state.file(id).cached;
  }
  return tree;
}

}  // namespace sediment::sim
