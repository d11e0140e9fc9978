#include "sim/strike/record_log.h"

#include <fnmatch.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace sediment::sim {

namespace {

using Kind = DiskOperation::Kind;

std::string parent_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string name_in(const std::string& path) { return path.substr(path.rfind('/') + 1); }  // npos + 1 is 0

std::string place_in(FileId directory, const std::string& name) {
  return (directory == 0 ? "" : std::to_string(directory) + "/") + name;
}

FileId directory_of(const std::string& place) {
  const std::size_t slash = place.find('/');
  return slash == std::string::npos ? 0 : static_cast<FileId>(std::stoull(place.substr(0, slash)));
}

}  // namespace

bool RecordLog::is_volatile(const std::string& path) const {
  return std::any_of(volatile_.begin(), volatile_.end(), [&](const std::string& pattern) {
    const bool whole = pattern.find('/') != std::string::npos;
    return ::fnmatch(pattern.c_str(), (whole ? path : name_in(path)).c_str(), 0) == 0;
  });
}

std::optional<FileId> RecordLog::find(const std::string& path) const {
  if (path.empty()) return FileId{0};
  const std::optional<FileId> directory = find(parent_of(path));
  if (!directory) return std::nullopt;
  const auto found = names_.find(place_in(*directory, name_in(path)));
  return found == names_.end() ? std::nullopt : std::optional(found->second);
}

FileId RecordLog::id_of(const std::string& path) {
  const std::optional<FileId> found = find(path);
  if (!found) refuse("used a file that is not in the record: " + path);
  return found.value_or(0);
}

std::string RecordLog::place_of(const std::string& path) { return place_in(id_of(parent_of(path)), name_in(path)); }

// The path of a place, worked out backwards through the directories.
std::string RecordLog::path_at(const std::string& place) const {
  const FileId directory = directory_of(place);
  return directory == 0 ? place : path_at(last_names_.at(directory)) + place.substr(place.find('/'));
}

void RecordLog::add(DiskOperation operation) {
  // A file that is renamed over an open one is first taken out of the way; together that is one change.
  if (removal_ && !(operation.kind == Kind::kRename && operation.new_name == removal_->name)) finish_removal();
  removal_.reset();
  append(std::move(operation));
}

void RecordLog::finish_removal() {
  if (!removal_) return;
  DiskOperation removal = std::move(*removal_);
  removal_.reset();
  append(std::move(removal));
}

void RecordLog::append(DiskOperation operation) {
  switch (operation.kind) {
    case Kind::kAppend:
    case Kind::kTruncate: written_.insert(operation.file); break;
    case Kind::kSync: written_.erase(operation.file); break;
    case Kind::kSyncDirectory: changed_.erase(operation.file); break;
    default:
      changed_.insert(directory_of(operation.name));
      if (!operation.new_name.empty()) changed_.insert(directory_of(operation.new_name));
  }
  if (operation.process.empty()) operation.process = process_;
  if (operation.name.find('/') != std::string::npos) operation.path = path_at(operation.name);
  if (operation.new_name.find('/') != std::string::npos) operation.new_path = path_at(operation.new_name);
  trace_.add(std::move(operation));
}

FileId RecordLog::create(const std::string& path) {
  const FileId id = next_++;
  const std::string place = place_of(path);
  names_[place] = id;
  last_names_[id] = place;
  sizes_[id] = 0;
  add({.kind = Kind::kCreate, .file = id, .name = place});
  return id;
}

void RecordLog::write(FileId file, std::uint64_t offset, std::string_view bytes) {
  if (bytes.empty()) return;
  if (offset > sizes_[file]) resize(file, offset);  // the hole reads as zeros
  sizes_[file] = std::max(sizes_[file], offset + bytes.size());
  add({.kind = Kind::kAppend, .file = file, .name = last_names_[file], .offset = offset, .bytes = std::string(bytes)});
}

void RecordLog::resize(FileId file, std::uint64_t size) {
  if (size == sizes_[file]) return;
  sizes_[file] = size;
  add({.kind = Kind::kTruncate, .file = file, .name = last_names_[file], .size = size});
}

void RecordLog::sync(FileId file) { add({.kind = Kind::kSync, .file = file, .name = last_names_[file]}); }

void RecordLog::make_directory(const std::string& path) {
  const FileId id = next_++;
  const std::string place = place_of(path);
  names_[place] = id;
  last_names_[id] = place;
  add({.kind = Kind::kMakeDirectory, .file = id, .name = place});
}

DiskOperation RecordLog::taken_away(const std::string& path, Kind kind) {
  const FileId id = id_of(path);
  std::string place = place_of(path);
  names_.erase(place);
  return {.kind = kind, .file = id, .name = std::move(place), .process = process_};
}

void RecordLog::remove_directory(const std::string& path) { add(taken_away(path, Kind::kRemoveDirectory)); }

void RecordLog::sync_everything() {
  for (const FileId file : std::set<FileId>(written_)) sync(file);
  for (const FileId directory : std::set<FileId>(changed_)) sync_directory(directory);
}

void RecordLog::sync_directory(const std::string& path) { sync_directory(id_of(path)); }

void RecordLog::sync_directory(FileId id) {
  add({.kind = Kind::kSyncDirectory, .file = id, .name = id == 0 ? "" : last_names_[id]});
}

void RecordLog::remove(const std::string& path) { add(taken_away(path, Kind::kRemove)); }

void RecordLog::remove_unless_replaced(const std::string& path) {
  finish_removal();
  removal_ = taken_away(path, Kind::kRemove);
}

void RecordLog::link(const std::string& path, const std::string& new_path) {
  const FileId id = id_of(path);
  const std::string place = place_of(new_path);
  names_[place] = id;
  add({.kind = Kind::kLink, .file = id, .name = place_of(path), .new_name = place});
}

void RecordLog::rename(const std::string& path, const std::string& new_path) {
  const FileId id = id_of(path);
  const std::string from = place_of(path);
  const std::string to = place_of(new_path);
  const auto known = names_.find(to);
  if (known != names_.end() && known->second == id) return;  // two names of one file: rename(2) does nothing
  names_.erase(from);
  names_[to] = id;
  last_names_[id] = to;
  add({.kind = Kind::kRename, .file = id, .name = from, .new_name = to});
}

void RecordLog::print(std::string_view bytes) {
  finish_removal();
  trace_.add(OutcomeEntry{std::string(bytes), true});
}

Trace RecordLog::take() {
  finish_removal();
  return std::move(trace_);
}

void RecordLog::refuse(const std::string& what) {
  refusals_.insert((process_.empty() ? "a program" : process_) + " " + what);
}

}  // namespace sediment::sim
