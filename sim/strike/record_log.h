// The record of what programs did to the files below one directory, as a trace.
//
// Each operation is told here after it was carried out on the real directory, so the record has their order.
// Paths are relative to the directory, without a slash at either end: "db/000001.log"; "" is the directory itself. The
// trace names a file below another directory by that directory's number and the name: "7/000001.log" (disk_state.h).
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "sim/disk/disk_state.h"
#include "sim/disk/trace.h"

namespace sediment::sim {

/// One thread at a time. The operations must have succeeded on the real directory: their paths exist there.
class RecordLog {
 public:
  /// Files whose name, or whose path if the pattern has a slash, matches one of these patterns (as in a shell) carry no
  /// durable data: what is done to them is not recorded.
  explicit RecordLog(std::vector<std::string> volatile_patterns) : volatile_(std::move(volatile_patterns)) {}

  bool is_volatile(const std::string& path) const;
  /// The number of the file or directory at this path. If the record has none, it is refused.
  FileId id_of(const std::string& path);
  bool knows(const std::string& path) const { return !is_volatile(path) && find(path).has_value(); }

  /// Who does what follows: "python3[4711]". Empty if unknown.
  void done_by(std::string process) { process_ = std::move(process); }

  /// A file; the other functions take its number, since it may be open under no name any more.
  FileId create(const std::string& path);
  void write(FileId file, std::uint64_t offset, std::string_view bytes);
  /// Cut, or extended by zeros.
  void resize(FileId file, std::uint64_t size);
  void sync(FileId file);
  /// Everything that is not durable.
  void sync_everything();

  void make_directory(const std::string& path);
  void remove_directory(const std::string& path);
  void sync_directory(const std::string& path);
  void remove(const std::string& path);
  /// The same, unless a rename to this path is next: then that one change replaces the file.
  void remove_unless_replaced(const std::string& path);
  void link(const std::string& path, const std::string& new_path);
  /// Of a file or a directory; it replaces what has the new name.
  void rename(const std::string& path, const std::string& new_path);
  /// The recording begins: what was done before belongs to the disk as the program finds it.
  void begin(const std::string& command) { trace_.add(InputEntry{{"run", command}}); }
  /// What the program has printed.
  void print(std::string_view bytes);

  /// Why this record cannot be believed: what a program did that it cannot hold, each once. Empty if there is nothing.
  const std::set<std::string>& refusals() const { return refusals_; }
  void refuse(const std::string& what);

  Trace take();

 private:
  std::optional<FileId> find(const std::string& path) const;
  std::string place_of(const std::string& path);
  std::string path_at(const std::string& place) const;
  void sync_directory(FileId id);
  DiskOperation taken_away(const std::string& path, DiskOperation::Kind kind);
  void add(DiskOperation operation);
  void append(DiskOperation operation);
  void finish_removal();

  std::vector<std::string> volatile_;
  std::string process_;
  std::map<std::string, FileId> names_;       // by place
  std::map<FileId, std::uint64_t> sizes_;     // of files
  std::set<FileId> written_;                  // since they were last synced
  std::set<FileId> changed_;                  // directories, likewise
  std::map<FileId, std::string> last_names_;  // for what is told
  std::optional<DiskOperation> removal_;      // that has happened, and may be part of a rename
  FileId next_ = 1;
  Trace trace_;
  std::set<std::string> refusals_;
};

}  // namespace sediment::sim
