#include "sim/disk_state.h"

#include <algorithm>
#include <set>

#include "engine/format.h"
#include "engine/status.h"

namespace sediment::sim {

namespace {

// More than any run writes, and little enough that a file with invented numbers does no harm.
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 26;  // bytes
constexpr FileId kLastFileId = FileId{1} << 40;

}  // namespace

std::string_view name_of(DiskOperation::Kind kind) {
  switch (kind) {
    case DiskOperation::Kind::kCreate: return "create";
    case DiskOperation::Kind::kAppend: return "append";
    case DiskOperation::Kind::kTruncate: return "truncate";
    case DiskOperation::Kind::kSync: return "sync";
    case DiskOperation::Kind::kRename: return "rename";
    case DiskOperation::Kind::kRemove: return "remove";
    case DiskOperation::Kind::kSyncDirectory: return "sync-directory";
  }
  return "unknown";
}

std::string describe(const DiskOperation& operation) {
  switch (operation.kind) {
    case DiskOperation::Kind::kCreate: return "create " + operation.name;
    case DiskOperation::Kind::kAppend:
      return "append " + std::to_string(operation.bytes.size()) + " bytes to " + operation.name + " at " +
             std::to_string(operation.offset);
    case DiskOperation::Kind::kTruncate:
      return "cut " + operation.name + " to " + std::to_string(operation.size) + " bytes";
    case DiskOperation::Kind::kSync: return "sync " + operation.name;
    case DiskOperation::Kind::kRename: return "rename " + operation.name + " to " + operation.new_name;
    case DiskOperation::Kind::kRemove: return "remove " + operation.name;
    case DiskOperation::Kind::kSyncDirectory: return "sync the directory";
  }
  return "unknown";
}

void FileState::Change::apply_to(std::string& contents) const {
  if (contents.size() < size) contents.resize(size);
  if (bytes.empty()) {
    contents.resize(size);
  } else {
    contents.replace(offset, bytes.size(), bytes);
  }
}

std::uint64_t FileState::first_unsynced_byte() const {
  std::uint64_t first = cached.size();
  for (const Change& change : unsynced) {
    if (!change.bytes.empty()) first = std::min(first, change.offset);
  }
  return first;
}

void FileState::change(Change change) {
  change.apply_to(cached);
  unsynced.push_back(std::move(change));
}

void FileState::sync() {
  durable = cached;
  unsynced.clear();
}

void DirectoryChange::apply_to(std::map<std::string, FileId>& names) const {
  switch (kind) {
    case DiskOperation::Kind::kCreate: names[name] = file; break;
    case DiskOperation::Kind::kRename:
      // The new name appears whatever became of the create: a rename carries the file with it.
      names[new_name] = file;
      if (const auto old = names.find(name); old != names.end() && old->second == file) names.erase(old);
      break;
    case DiskOperation::Kind::kRemove:
      if (const auto old = names.find(name); old != names.end() && old->second == file) names.erase(old);
      break;
    default: require(false, "only a create, rename or remove changes a directory");
  }
}

DiskState DiskState::with_files(const std::map<std::string, std::string>& files) {
  DiskState state;
  for (const auto& [name, contents] : files) {
    const FileId id = state.next_file_id_++;
    state.files_[id] = std::make_shared<FileState>(FileState{contents, contents, {}});
    state.cached_names_[name] = id;
    state.durable_names_[name] = id;
  }
  return state;
}

bool DiskState::can_apply(const DiskOperation& operation) const {
  using Kind = DiskOperation::Kind;
  if (operation.kind == Kind::kSyncDirectory) return true;
  const bool sizes_fit = operation.size <= kLargestFile && operation.offset <= kLargestFile;
  if (operation.kind == Kind::kCreate) {
    return sizes_fit && !operation.name.empty() && operation.file >= next_file_id_ && operation.file < kLastFileId &&
           !cached_names_.contains(operation.name);
  }
  const bool there = files_.contains(operation.file);
  if (operation.kind == Kind::kRename || operation.kind == Kind::kRemove) {
    const auto named = cached_names_.find(operation.name);
    return there && named != cached_names_.end() && named->second == operation.file &&
           (operation.kind == Kind::kRemove || !operation.new_name.empty());
  }
  return there && sizes_fit &&
         (operation.kind != Kind::kAppend || operation.offset <= file(operation.file).cached.size());
}

void DiskState::apply(const DiskOperation& operation) {
  using Kind = DiskOperation::Kind;
  switch (operation.kind) {
    case Kind::kCreate: {
      require(operation.file >= next_file_id_ && !cached_names_.contains(operation.name), "a created file is new");
      next_file_id_ = operation.file + 1;
      files_[operation.file] = std::make_shared<FileState>();
      if (operation.size > 0) changeable(operation.file).change({0, {}, operation.size});
      break;
    }
    case Kind::kAppend: {
      FileState& file = changeable(operation.file);
      if (!operation.bytes.empty()) {
        const std::uint64_t end = operation.offset + operation.bytes.size();
        file.change({operation.offset, operation.bytes, std::max<std::uint64_t>(file.cached.size(), end)});
      }
      return;
    }
    case Kind::kTruncate: {
      FileState& file = changeable(operation.file);
      file.change({0, {}, operation.size});
      return;
    }
    case Kind::kSync: changeable(operation.file).sync(); return;
    case Kind::kRename:
    case Kind::kRemove: require(cached_names_.contains(operation.name), "what is renamed or removed is there"); break;
    case Kind::kSyncDirectory:
      durable_names_ = cached_names_;
      unsynced_changes_.clear();
      return;
  }
  DirectoryChange change{operation.kind, operation.name, operation.new_name, operation.file};
  change.apply_to(cached_names_);
  unsynced_changes_.push_back(std::move(change));
}

const FileState* DiskState::find(std::string_view name) const {
  const auto found = cached_names_.find(std::string(name));
  return found == cached_names_.end() ? nullptr : files_.at(found->second).get();
}

bool DiskState::all_durable() const {
  return unsynced_changes_.empty() &&
         std::all_of(files_.begin(), files_.end(), [](const auto& entry) { return entry.second->unsynced.empty(); });
}

std::map<std::string, std::string> DiskState::contents() const {
  std::map<std::string, std::string> contents;
  for (const auto& [name, id] : cached_names_) contents[name] = files_.at(id)->cached;
  return contents;
}

void DiskState::damage(FileId id, std::string contents) {
  FileState& file = changeable(id);
  file.durable = contents;
  file.cached = std::move(contents);
  file.unsynced.clear();
}

void DiskState::interrupt_last_append(FileId id, std::uint64_t bytes) {
  FileState& file = changeable(id);
  require(!file.unsynced.empty() && !file.unsynced.back().bytes.empty(), "there is an append to interrupt");
  FileState::Change last = std::move(file.unsynced.back());
  file.unsynced.pop_back();
  file.cached = file.durable;
  for (const FileState::Change& change : file.unsynced) change.apply_to(file.cached);
  if (bytes == 0) return;
  last.bytes.resize(bytes);
  last.size = std::max<std::uint64_t>(file.cached.size(), last.offset + bytes);
  file.change(std::move(last));
}

FileState& DiskState::changeable(FileId id) {
  std::shared_ptr<FileState>& file = files_.at(id);
  if (file.use_count() > 1) file = std::make_shared<FileState>(*file);
  return *file;
}

bool DiskState::operator==(const DiskState& other) const {
  const auto same_file = [](const auto& mine, const auto& theirs) {
    return mine.first == theirs.first && (mine.second == theirs.second || *mine.second == *theirs.second);
  };
  return std::equal(files_.begin(), files_.end(), other.files_.begin(), other.files_.end(), same_file) &&
         cached_names_ == other.cached_names_ && durable_names_ == other.durable_names_ &&
         unsynced_changes_ == other.unsynced_changes_ && next_file_id_ == other.next_file_id_;
}

std::uint64_t DiskState::fingerprint() const {
  std::uint64_t hash = 0;
  const auto add = [&](std::string_view bytes) { hash = checksum64(bytes, hash + bytes.size()); };
  const auto add_number = [&](std::uint64_t number) {
    std::string bytes(8, '\0');
    store_u64(bytes.data(), number);
    add(bytes);
  };
  const auto add_names = [&](const std::map<std::string, FileId>& names) {
    add_number(names.size());
    for (const auto& [name, id] : names) {
      add(name);
      const FileState& file = *files_.at(id);
      add(file.durable);
      add(file.cached);
      add_number(file.unsynced.size());
      for (const FileState::Change& change : file.unsynced) {
        add_number(change.offset);
        add_number(change.size);
        add(change.bytes);
      }
    }
  };
  add_names(cached_names_);
  add_names(durable_names_);
  for (const DirectoryChange& change : unsynced_changes_) {
    add(name_of(change.kind));
    add(change.name);
    add(change.new_name);
    add(files_.at(change.file)->cached);
  }
  return hash;
}

void DiskState::forget_unreachable_files() {
  std::set<FileId> reachable;
  for (const auto& [name, id] : cached_names_) reachable.insert(id);
  for (const auto& [name, id] : durable_names_) reachable.insert(id);
  for (const DirectoryChange& change : unsynced_changes_) reachable.insert(change.file);
  std::erase_if(files_, [&](const auto& entry) { return !reachable.contains(entry.first); });
}

}  // namespace sediment::sim
