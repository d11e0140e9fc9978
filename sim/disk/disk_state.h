// What a disk holds: what is durable, what is only cached, and the changes between the two.
//
// The crash model, in words. A write goes to the cache. It becomes durable when a sync of its file returns. Until then
// a power cut may keep it, lose it or tear it, independently of the writes before and after it. The same holds for the
// directory: a create, rename or remove is durable when a sync of the directory returns, and until then a power cut
// may undo any of them. File contents and directory are independent: a rename may survive when the bytes of the file
// that it names do not. A killed process loses nothing, because the cache belongs to the operating system.
//
// A store's own disk is one flat directory. The record of any program (strike/) may have directories below it, and files
// with several names. A directory is a file without bytes that has a number, like every file, and the names in it begin
// with that number: "7/000001.log". So renaming a directory is one change, and each directory is synced by itself. A
// rename from one directory to another is durable when the directory of the new name is synced, and happens whole or not
// at all. What a crash leaves without a way from the root is gone (decision 048).
//
// A DiskState is a value: it can be copied, compared and queried, and applying an operation to it is deterministic. So
// the disk at any moment of a recorded run can be rebuilt, and from it every disk that a crash at that moment may
// leave (crash.h). Copies share the files that neither has changed since.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sediment::sim {

/// A file, independent of its names: it keeps its identity when renamed, and its contents while it is open.
using FileId = std::uint64_t;

/// One call that changed the disk, as it was recorded.
struct DiskOperation {
  enum class Kind : std::uint8_t {
    kCreate,
    kAppend,  // or a write over bytes that are there
    kReserve,
    kTruncate,
    kSync,
    kRename,
    kRemove,
    kSyncDirectory,
    // What a failed sync may have done to the data that it should have made durable:
    kDropUnsynced,    // a file's: it stays readable, but no later sync writes it
    kRevertUnsynced,  // a file's: the old bytes come back
    kDropChanges,     // the directory's: they stay visible, but no later sync writes them
    // Only in the record of a program:
    kLink,  // a second name for the file
    kMakeDirectory,
    kRemoveDirectory,
  };

  Kind kind = Kind::kSyncDirectory;
  FileId file = 0;            // sync-directory: the directory; 0 is the root
  std::string name = {};      // the file's, at that time
  std::string new_name = {};  // rename, link
  std::uint64_t offset = 0;   // append: where the bytes go
  std::uint64_t size = 0;     // truncate, reserve: the new size; create: the reserved bytes, which read as zeros
  std::string bytes = {};     // append
  // Of the record of a program:
  std::string process = {};   // who did it, as "python3[4711]"; empty if it is not known
  std::string path = {};      // what people call the file, if it is not `name`: "db/000001.log"
  std::string new_path = {};  // and `new_name`

  const std::string& shown_name() const { return path.empty() ? name : path; }
  const std::string& shown_new_name() const { return new_path.empty() ? new_name : new_path; }
  bool operator==(const DiskOperation&) const = default;
};

/// "append" for kAppend, and so on; traces use these names. Never fails.
std::string_view name_of(DiskOperation::Kind kind);

/// A sentence, e.g. "append 40 bytes to 000001.log at 32".
std::string describe(const DiskOperation& operation);

/// File names, sorted. A vector and not a tree: a directory here holds few names and is copied often.
class Names {
 public:
  using Entry = std::pair<std::string, FileId>;
  using Iterator = std::vector<Entry>::const_iterator;

  Iterator begin() const { return entries_.begin(); }
  Iterator end() const { return entries_.end(); }
  Iterator find(std::string_view name) const;
  bool contains(std::string_view name) const { return find(name) != end(); }
  /// The name must be there.
  FileId at(std::string_view name) const;
  std::size_t size() const { return entries_.size(); }
  bool empty() const { return entries_.empty(); }

  void set(std::string_view name, FileId file);
  /// The same for a name that sorts after all others.
  void append(std::string_view name, FileId file) { entries_.emplace_back(name, file); }
  void erase(Iterator entry) { entries_.erase(entry); }

  bool operator==(const Names&) const = default;

 private:
  std::vector<Entry> entries_;
};

struct FileState {
  /// An unsynced change of contents.
  struct Change {
    std::uint64_t offset = 0;
    std::string bytes;           // written there; empty for a change of size
    std::uint64_t size = 0;      // the size afterwards
    std::uint64_t sequence = 0;  // orders the changes of all files

    void apply_to(std::string& contents) const;
    bool operator==(const Change&) const = default;
  };

  std::string durable;
  std::string cached;            // what a read sees: durable with all changes applied, if no sync has failed
  std::vector<Change> unsynced;  // in order

  /// The first byte that a power cut may take: everything before it has been synced.
  std::uint64_t first_unsynced_byte() const;

  void change(Change change);
  void sync();
  void drop_unsynced() { unsynced.clear(); }
  void revert_unsynced();
  bool all_durable() const { return unsynced.empty() && durable == cached; }
  bool operator==(const FileState&) const = default;
};

/// An unsynced change of the directory.
struct DirectoryChange {
  DiskOperation::Kind kind = DiskOperation::Kind::kCreate;  // of those that change a directory
  std::string name;
  std::string new_name;  // rename, link
  FileId file = 0;

  /// The name that it makes or removes.
  const std::string& subject() const { return new_name.empty() ? name : new_name; }
  void apply_to(Names& names) const;
  bool operator==(const DirectoryChange&) const = default;
};

class DiskState {
 public:
  DiskState() = default;
  /// A disk on which these files, and nothing else, are durable.
  static DiskState with_files(const std::map<std::string, std::string>& files);
  /// The same from files whose contents are already durable, sorted by name. They are shared, not copied.
  using NamedFile = std::pair<std::string, std::shared_ptr<FileState>>;
  static DiskState with_files(const std::vector<NamedFile>& files);
  /// The same for a tree: each name keeps its number, and these numbers are directories.
  static DiskState with_tree(const std::vector<NamedFile>& files, const std::vector<FileId>& numbers,
                             std::vector<FileId> directories);

  /// Whether the operation is possible: it creates a new name, appends to a file that exists, and so on. Operations
  /// that a SimDisk recorded always are; those read from a file may not be.
  bool can_apply(const DiskOperation& operation) const;
  /// The operation must be possible.
  void apply(const DiskOperation& operation);

  // What a process sees: the cache.
  const Names& names() const { return cached_names_; }
  /// Throws std::out_of_range if there is no such file.
  const FileState& file(FileId id) const;
  const FileState* find(std::string_view name) const;
  FileId next_file_id() const { return next_file_id_; }
  bool is_directory(FileId id) const;
  /// Whether there are directories below the root, or were hard links.
  bool is_tree() const { return is_tree_; }
  /// All directories but the root that there ever were, sorted.
  const std::vector<FileId>& directories() const { return directories_; }
  /// The directory of a name, as it is written in this disk's names; 0 for the root.
  FileId directory_of(std::string_view name) const;
  /// A name as a path, or as it is if there is no way to it from the root.
  std::string path_of(const std::string& name) const;
  /// Each name that can be reached from the root, as a path: "db/000001.log".
  std::map<std::string, FileId> paths() const;

  // What a power cut may take.
  const Names& durable_names() const { return durable_names_; }
  const std::vector<DirectoryChange>& unsynced_changes() const { return unsynced_changes_; }
  bool all_durable() const;

  /// Names and contents as a process sees them.
  std::map<std::string, std::string> contents() const;

  /// Replaces a file's contents, in the cache and on the disk: damage.
  void damage(FileId id, std::string contents);
  /// Undoes the file's last append except for its first `bytes` bytes: it was interrupted there.
  void interrupt_last_append(FileId id, std::uint64_t bytes);

  /// Drops files that have no name and that no crash can bring back. None of them may be open.
  void forget_unreachable_files();

  /// The same for equal states, across runs and machines.
  std::uint64_t fingerprint() const;

  bool operator==(const DiskState& other) const;

 private:
  void sync_directory(FileId directory);
  FileState& changeable(FileId id);
  const std::shared_ptr<FileState>* find_file(FileId id) const;  // null when there is none
  void change_file(FileId id, FileState::Change change);

  std::vector<std::pair<FileId, std::shared_ptr<FileState>>> files_;  // sorted; shared files are never changed
  Names cached_names_;
  Names durable_names_;
  std::vector<DirectoryChange> unsynced_changes_;
  FileId next_file_id_ = 1;
  std::uint64_t next_sequence_ = 1;
  bool is_tree_ = false;
  std::vector<FileId> directories_;  // sorted
};

}  // namespace sediment::sim
