#include "sim/disk/disk_state.h"

#include <algorithm>
#include <map>
#include <set>
#include <stdexcept>

#include "engine/format.h"
#include "engine/status.h"
#include "sim/base/parse_number.h"

namespace sediment::sim {

namespace {

// More than any run writes, and small enough that a file with made-up numbers does no harm.
constexpr std::uint64_t kLargestFile = std::uint64_t{1} << 26;  // bytes
constexpr FileId kLastFileId = FileId{1} << 40;

// Where the key is, or would be, in a vector of pairs sorted by key.
template <typename Pairs, typename Key>
auto first_not_below(Pairs& pairs, const Key& key) {
  return std::lower_bound(pairs.begin(), pairs.end(), key,
                          [](const auto& pair, const Key& wanted) { return pair.first < wanted; });
}

}  // namespace

std::string_view name_of(DiskOperation::Kind kind) {
  switch (kind) {
    case DiskOperation::Kind::kCreate: return "create";
    case DiskOperation::Kind::kAppend: return "append";
    case DiskOperation::Kind::kReserve: return "reserve";
    case DiskOperation::Kind::kTruncate: return "truncate";
    case DiskOperation::Kind::kSync: return "sync";
    case DiskOperation::Kind::kRename: return "rename";
    case DiskOperation::Kind::kRemove: return "remove";
    case DiskOperation::Kind::kSyncDirectory: return "sync-directory";
    case DiskOperation::Kind::kDropUnsynced: return "drop-unsynced";
    case DiskOperation::Kind::kRevertUnsynced: return "revert-unsynced";
    case DiskOperation::Kind::kDropChanges: return "drop-directory-changes";
    case DiskOperation::Kind::kLink: return "link";
    case DiskOperation::Kind::kMakeDirectory: return "make-directory";
    case DiskOperation::Kind::kRemoveDirectory: return "remove-directory";
  }
  return "unknown";
}

std::string describe(const DiskOperation& operation) {
  switch (operation.kind) {
    case DiskOperation::Kind::kCreate: return "create " + operation.shown_name();
    case DiskOperation::Kind::kAppend:
      return "append " + std::to_string(operation.bytes.size()) + " bytes to " + operation.shown_name() + " at " +
             std::to_string(operation.offset);
    case DiskOperation::Kind::kReserve:
      return "reserve space in " + operation.shown_name() + " up to byte " + std::to_string(operation.size);
    case DiskOperation::Kind::kTruncate:
      return "cut " + operation.shown_name() + " to " + std::to_string(operation.size) + " bytes";
    case DiskOperation::Kind::kSync: return "sync " + operation.shown_name();
    case DiskOperation::Kind::kRename: return "rename " + operation.shown_name() + " to " + operation.shown_new_name();
    case DiskOperation::Kind::kRemove: return "remove " + operation.shown_name();
    case DiskOperation::Kind::kSyncDirectory:
      return "sync the directory" + (operation.shown_name().empty() ? "" : " " + operation.shown_name());
    case DiskOperation::Kind::kLink:
      return "give " + operation.shown_name() + " the second name " + operation.shown_new_name();
    case DiskOperation::Kind::kMakeDirectory: return "make the directory " + operation.shown_name();
    case DiskOperation::Kind::kRemoveDirectory: return "remove the directory " + operation.shown_name();
    case DiskOperation::Kind::kDropUnsynced:
      return "fail to sync " + operation.shown_name() +
             ": its unsynced bytes can still be read but will never be durable";
    case DiskOperation::Kind::kRevertUnsynced:
      return "fail to sync " + operation.shown_name() + ": its last durable contents are back";
    case DiskOperation::Kind::kDropChanges:
      return "fail to sync the directory: its unsynced changes can still be seen but will never be durable";
  }
  return "unknown";
}

Names::Iterator Names::find(std::string_view name) const {
  const auto at = first_not_below(entries_, name);
  return at != entries_.end() && at->first == name ? at : entries_.end();
}

FileId Names::at(std::string_view name) const {
  const auto found = find(name);
  require(found != end(), "the file is there");
  return found->second;
}

void Names::set(std::string_view name, FileId file) {
  const auto at = first_not_below(entries_, name);
  if (at != entries_.end() && at->first == name) {
    at->second = file;
  } else {
    entries_.emplace(at, name, file);
  }
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

// Bytes dropped by an earlier, failed sync are in the cache but in no change.
void FileState::sync() {
  for (const Change& change : unsynced) change.apply_to(durable);
  unsynced.clear();
}

void FileState::revert_unsynced() {
  const std::size_t size = cached.size();
  cached = durable;
  cached.resize(size);
  unsynced.clear();
}

void DirectoryChange::apply_to(Names& names) const {
  switch (kind) {
    case DiskOperation::Kind::kCreate:
    case DiskOperation::Kind::kMakeDirectory:
    case DiskOperation::Kind::kLink: names.set(subject(), file); break;
    case DiskOperation::Kind::kRename:
      // The new name appears even if the create was lost: a rename carries the file with it.
      names.set(new_name, file);
      if (const auto old = names.find(name); old != names.end() && old->second == file) names.erase(old);
      break;
    case DiskOperation::Kind::kRemove:
    case DiskOperation::Kind::kRemoveDirectory:
      if (const auto old = names.find(name); old != names.end() && old->second == file) names.erase(old);
      break;
    default: require(false, "only these change a directory");
  }
}

DiskState DiskState::with_files(const std::map<std::string, std::string>& files) {
  std::vector<NamedFile> named;
  named.reserve(files.size());
  for (const auto& [name, contents] : files) {
    named.emplace_back(name, std::make_shared<FileState>(FileState{contents, contents, {}}));
  }
  return with_files(named);
}

DiskState DiskState::with_files(const std::vector<NamedFile>& files) {
  DiskState state;
  state.files_.reserve(files.size() + 1);  // a store opened on it will add one
  for (const auto& [name, file] : files) {
    const FileId id = state.next_file_id_++;
    state.files_.emplace_back(id, file);
    state.cached_names_.append(name, id);
  }
  state.durable_names_ = state.cached_names_;
  return state;
}

DiskState DiskState::with_tree(const std::vector<NamedFile>& files, const std::vector<FileId>& numbers,
                               std::vector<FileId> directories) {
  DiskState state;
  state.is_tree_ = true;
  state.directories_ = std::move(directories);
  for (std::size_t i = 0; i < files.size(); ++i) {
    const FileId id = numbers[i];
    state.next_file_id_ = std::max(state.next_file_id_, id + 1);
    if (state.find_file(id) == nullptr) {
      state.files_.emplace(first_not_below(state.files_, id), id, files[i].second);
    }
    state.cached_names_.set(files[i].first, id);
  }
  state.durable_names_ = state.cached_names_;
  return state;
}

bool DiskState::is_directory(FileId id) const {
  return id == 0 || std::binary_search(directories_.begin(), directories_.end(), id);
}

FileId DiskState::directory_of(std::string_view name) const {
  const std::size_t slash = name.find('/');
  if (!is_tree_ || slash == std::string_view::npos) return 0;
  const auto number = parse_number(name.substr(0, slash));
  return number && is_directory(*number) ? *number : 0;
}

std::string DiskState::path_of(const std::string& name) const {
  std::string path = name;
  std::size_t steps = 0;  // a made-up record may have a directory in itself
  for (FileId directory = directory_of(name); directory != 0 && steps <= directories_.size(); ++steps) {
    path.erase(0, path.find('/') + 1);
    const auto parent = std::find_if(cached_names_.begin(), cached_names_.end(),
                                     [&](const Names::Entry& entry) { return entry.second == directory; });
    if (parent == cached_names_.end()) return name;
    path.insert(0, parent->first + "/");
    directory = directory_of(parent->first);
  }
  return steps > directories_.size() ? name : path;
}

std::map<std::string, FileId> DiskState::paths() const {
  std::map<FileId, std::vector<const Names::Entry*>> in_directory;
  for (const Names::Entry& entry : cached_names_) in_directory[directory_of(entry.first)].push_back(&entry);
  std::map<std::string, FileId> paths;
  std::vector<std::pair<FileId, std::string>> pending{{0, ""}};  // directories, and what the paths in them begin with
  std::set<FileId> seen;                                         // a made-up record may have a directory twice
  while (!pending.empty()) {
    const auto [directory, begin] = std::move(pending.back());
    pending.pop_back();
    if (!seen.insert(directory).second) continue;
    for (const Names::Entry* entry : in_directory[directory]) {
      const std::string& name = entry->first;
      std::string path = begin + (directory == 0 ? name : name.substr(name.find('/') + 1));
      if (is_directory(entry->second)) pending.emplace_back(entry->second, path + "/");
      paths.emplace(std::move(path), entry->second);
    }
  }
  return paths;
}

bool DiskState::can_apply(const DiskOperation& operation) const {
  using Kind = DiskOperation::Kind;
  if (operation.kind == Kind::kSyncDirectory) return is_directory(operation.file);
  if (operation.kind == Kind::kDropChanges) return true;
  const bool sizes_fit = operation.size <= kLargestFile && operation.offset <= kLargestFile;
  if (operation.kind == Kind::kCreate || operation.kind == Kind::kMakeDirectory) {
    return sizes_fit && !operation.name.empty() && operation.file >= next_file_id_ && operation.file < kLastFileId &&
           !cached_names_.contains(operation.name);
  }
  const bool there = find_file(operation.file) != nullptr;
  const auto named = cached_names_.find(operation.name);
  const bool is_named = there && named != cached_names_.end() && named->second == operation.file;
  switch (operation.kind) {
    case Kind::kRename: return is_named && !operation.new_name.empty();
    case Kind::kRemove: return is_named && !is_directory(operation.file);
    case Kind::kLink:
      return is_named && !is_directory(operation.file) && !operation.new_name.empty() &&
             !cached_names_.contains(operation.new_name);
    case Kind::kRemoveDirectory:
      return is_named && is_directory(operation.file) &&
             std::none_of(cached_names_.begin(), cached_names_.end(),
                          [&](const auto& entry) { return directory_of(entry.first) == operation.file; });
    default: break;
  }
  if (!there || !sizes_fit || is_directory(operation.file)) return false;
  const std::uint64_t size = file(operation.file).cached.size();
  return operation.kind == Kind::kAppend    ? operation.offset <= size
         : operation.kind == Kind::kReserve ? operation.size > size
                                            : true;
}

void DiskState::apply(const DiskOperation& operation) {
  using Kind = DiskOperation::Kind;
  switch (operation.kind) {
    case Kind::kCreate: {
      require(operation.file >= next_file_id_ && !cached_names_.contains(operation.name), "a created file is new");
      next_file_id_ = operation.file + 1;
      files_.emplace_back(operation.file, std::make_shared<FileState>());
      if (operation.size > 0) change_file(operation.file, {0, {}, operation.size});
      break;
    }
    case Kind::kAppend: {
      if (operation.bytes.empty()) return;
      const std::uint64_t end = operation.offset + operation.bytes.size();
      const std::uint64_t size = file(operation.file).cached.size();
      change_file(operation.file, {operation.offset, operation.bytes, std::max(size, end)});
      return;
    }
    case Kind::kReserve:
    case Kind::kTruncate: change_file(operation.file, {0, {}, operation.size}); return;
    case Kind::kSync: changeable(operation.file).sync(); return;
    case Kind::kDropUnsynced: changeable(operation.file).drop_unsynced(); return;
    case Kind::kRevertUnsynced: changeable(operation.file).revert_unsynced(); return;
    case Kind::kMakeDirectory:
      require(operation.file >= next_file_id_ && !cached_names_.contains(operation.name), "a made directory is new");
      next_file_id_ = operation.file + 1;
      files_.emplace_back(operation.file, std::make_shared<FileState>());
      directories_.push_back(operation.file);
      is_tree_ = true;
      break;
    case Kind::kLink: is_tree_ = true; [[fallthrough]];
    case Kind::kRename:
    case Kind::kRemove:
    case Kind::kRemoveDirectory:
      require(cached_names_.contains(operation.name), "what is renamed or removed is there");
      break;
    case Kind::kSyncDirectory: sync_directory(operation.file); return;
    case Kind::kDropChanges: unsynced_changes_.clear(); return;
  }
  DirectoryChange change{operation.kind, operation.name, operation.new_name, operation.file};
  change.apply_to(cached_names_);
  unsynced_changes_.push_back(std::move(change));
}

void DiskState::sync_directory(FileId directory) {
  if (!is_tree_) {
    for (const DirectoryChange& change : unsynced_changes_) change.apply_to(durable_names_);
    unsynced_changes_.clear();
    return;
  }
  std::vector<DirectoryChange> others;
  for (DirectoryChange& change : unsynced_changes_) {
    if (directory_of(change.subject()) != directory) {
      others.push_back(std::move(change));
      continue;
    }
    change.apply_to(durable_names_);
    if (change.kind != DiskOperation::Kind::kRename) continue;
    // It has taken the file away from its old directory, whose older change would bring the old name back.
    std::erase_if(others, [&](const DirectoryChange& older) {
      return older.subject() == change.name && older.file == change.file;
    });
  }
  unsynced_changes_ = std::move(others);
}

void DiskState::change_file(FileId id, FileState::Change change) {
  change.sequence = next_sequence_++;
  changeable(id).change(std::move(change));
}

const std::shared_ptr<FileState>* DiskState::find_file(FileId id) const {
  const auto at = first_not_below(files_, id);
  return at != files_.end() && at->first == id ? &at->second : nullptr;
}

const FileState& DiskState::file(FileId id) const {
  const std::shared_ptr<FileState>* found = find_file(id);
  if (found == nullptr) throw std::out_of_range("there is no file " + std::to_string(id));
  return **found;
}

const FileState* DiskState::find(std::string_view name) const {
  const auto found = cached_names_.find(name);
  return found == cached_names_.end() ? nullptr : &file(found->second);
}

bool DiskState::all_durable() const {
  return unsynced_changes_.empty() && cached_names_ == durable_names_ &&
         std::all_of(files_.begin(), files_.end(), [](const auto& entry) { return entry.second->all_durable(); });
}

std::map<std::string, std::string> DiskState::contents() const {
  std::map<std::string, std::string> contents;
  for (const auto& [name, id] : cached_names_) contents[name] = file(id).cached;
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
  file.change(std::move(last));  // at its old place in the order
}

FileState& DiskState::changeable(FileId id) {
  const auto at = first_not_below(files_, id);
  require(at != files_.end() && at->first == id, "the file is there");
  std::shared_ptr<FileState>& file = at->second;
  if (file.use_count() > 1) file = std::make_shared<FileState>(*file);
  return *file;
}

bool DiskState::operator==(const DiskState& other) const {
  const auto same_file = [](const auto& mine, const auto& theirs) {
    return mine.first == theirs.first && (mine.second == theirs.second || *mine.second == *theirs.second);
  };
  return std::equal(files_.begin(), files_.end(), other.files_.begin(), other.files_.end(), same_file) &&
         cached_names_ == other.cached_names_ && durable_names_ == other.durable_names_ &&
         unsynced_changes_ == other.unsynced_changes_ && next_file_id_ == other.next_file_id_ &&
         directories_ == other.directories_;
}

std::uint64_t DiskState::fingerprint() const {
  std::uint64_t hash = 0;
  const auto add = [&](std::string_view bytes) { hash = checksum64(bytes, hash + bytes.size()); };
  const auto add_number = [&](std::uint64_t number) {
    std::string bytes(8, '\0');
    store_u64(bytes.data(), number);
    add(bytes);
  };
  const auto add_names = [&](const Names& names) {
    add_number(names.size());
    std::map<FileId, std::uint64_t> first_name;
    for (const auto& [name, id] : names) {
      add(name);
      if (is_tree_) {  // an empty directory is not an empty file, and two names of one file are not two files
        add_number(first_name.try_emplace(id, first_name.size()).first->second * 2 + (is_directory(id) ? 1 : 0));
      }
      const FileState& file = this->file(id);
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
    add(file(change.file).cached);
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
