// The store: the engine's public API, which puts all other units together.
//
// A Store is a directory with a list of segments. Writes append to the newest one. Reads ask the segments from the
// newest to the oldest. Merges replace runs of old ones. Any number of threads may call a Store. Only one process at a
// time may have it open for writing.
//
//   auto store = sediment::Store::open("/tmp/colours", {});
//   (*store)->put("sky", "blue");
//
// No function here throws. If memory is short, a function returns kNoMemory: nothing was changed, nothing is lost, and
// the same call works once there is memory again. (Exceptions of a visitor or an observer do not leave this class
// either.)
//
// It has two limits by design: the index entries of all keys must fit in memory, and a range query costs a full pass
// over the store.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/catalog.h"
#include "engine/disk.h"
#include "engine/maintenance.h"
#include "engine/options.h"
#include "engine/reader.h"
#include "engine/recovery.h"
#include "engine/stats.h"
#include "engine/status.h"
#include "engine/write_state.h"
#include "engine/writer.h"

namespace sediment {

using Pair = std::pair<std::string, std::string>;  // key, value

class Store {
 public:
  /// Opens the store in a directory of a real file system, or makes one there. Runs recovery (recovery.h). kBusy,
  /// kNotFound, kInvalidArgument, kCorruption, kIoError, kNoSpace, and kNoMemory like every function here. A directory
  /// without a store that does not become one stays as it was. If the disk fails while a directory becomes a store, the
  /// directory may keep a LOCK, which no open removes. Defined in engine/posix/posix_store.cc.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& directory, Options options);
  /// The same on any Disk.
  static Result<std::unique_ptr<Store>> open(std::shared_ptr<Disk> disk, Options options);
  /// Closes. To see errors, call close() first.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Keys have at most 65,535 bytes and values at most 1 GiB. Both may hold any bytes, and both may be empty. When put
  /// returns ok, the write is acknowledged as Options::sync_policy says. kInvalidArgument: the key or the value is too
  /// large, and nothing was written. kNoSpace: nothing was written; try again when there is room. kIoError, or
  /// kCorruption of an older record that had to be read: the write may or may not be there after the next open, and the
  /// store is read-only until then. kReadOnly.
  Status put(std::string_view key, std::string_view value);
  /// Appends a tombstone. Removing a key that does not exist is no error, and appends one too. Errors as put.
  Status remove(std::string_view key);
  /// Returns the last value put, which may not be durable yet. Waits for no writer and no merge. For many gets, use a
  /// Reader. kNotFound, kIoError, kCorruption (which never returns bytes).
  Status get(std::string_view key, std::string* value) const;
  /// Returns a handle for one thread. Its gets take no lock (reader.h). While it is idle, it keeps old files alive.
  Reader reader() const;

  /// When it returns ok, everything acknowledged before the call is durable. kIoError, kReadOnly.
  Status sync();
  /// Seals the active segment now and starts a new one. Does nothing if the active segment is empty. Errors as put.
  Status roll();
  /// Merges a contiguous run of sealed segments, given by position. Position 1 is the oldest. Without a run, it rolls
  /// and then merges all segments. The output is one segment, or several if one cannot hold it (32 GiB). It first ends
  /// a merge that the policy has begun. kBusy while another caller's merge is under way; kInvalidArgument if there is
  /// no such run; kCorruption if a record does not verify (then nothing has changed). Other errors as put.
  Status merge(std::optional<MergeRun> run = std::nullopt);
  /// Begins a merge without doing any of it. Errors as merge.
  Status begin_merge(std::optional<MergeRun> run = std::nullopt);
  /// Processes one record of the merge under way, or does one step of the protocol in merge.h. True when this completed
  /// the merge. Any other function may be called between two steps. A merge that ended in any other way is never
  /// reported as complete: the step that fails says why, and later steps return kInvalidArgument, as they do when no
  /// merge was begun. kReadOnly when the store has failed or is being closed, which gives the merge up. (In a store
  /// without records, begin_merge() begins a merge of nothing, and its first step completes it.) Other errors as merge.
  Result<bool> merge_step();
  /// Whether a merge is under way. Waits for nothing.
  bool merge_under_way();

  /// Visits every live pair once, in no order, as of the call. It rolls first, so that the sealed segments are the
  /// snapshot. `visit` may call the store. If it returns false, the pass ends. If it throws, the pass ends with
  /// kNoMemory (for std::bad_alloc) or kIoError. Errors as get and roll.
  Status for_each(const std::function<bool(std::string_view key, std::string_view value)>& visit);
  /// Returns all pairs with first <= key < last, in order. An empty `last` means to the end. It costs a full pass over
  /// the store and a sort, because a hash index is bad at range queries. Errors as for_each.
  Result<std::vector<Pair>> scan(std::string_view first, std::string_view last);

  /// Rolls, and returns what the store holds now, in segments that never change. They can be read as long as the caller
  /// holds them, whatever is merged meanwhile. For backups. Errors as put.
  Result<Frozen> freeze();

  /// Waits for no merge.
  Stats stats();
  /// Counts what is live and what is garbage in each segment, oldest first, as of the call. It costs a full pass over
  /// the store. Errors as for_each.
  Result<std::vector<SegmentContents>> exact_stats();
  /// What open found and did.
  const RecoveryReport& recovery_report() const { return report_; }

  /// Seals the active segment and releases the store. When it returns ok, everything acknowledged is durable. However
  /// large the store is, close copies little. It completes the policy's merge if at most segment_size_bytes are left to
  /// read, and gives it up otherwise. It gives up a caller's merge. Then, if the policy is automatic, it merges small
  /// segments, at most segment_size_bytes in total, so that many short runs of a program leave few files. Returns the
  /// first error that made the store read-only, if there was one; then nothing is written. Whatever it returns, the
  /// store is closed. A second call does nothing. A call while another thread closes the store waits for that thread.
  Status close();

 private:
  Store(std::shared_ptr<Disk> disk, std::unique_ptr<DiskLock> lock, Options options, Recovered recovered);

  static Result<std::unique_ptr<Store>> lock_and_recover(std::shared_ptr<Disk> disk, const Options& options);
  // Calls `act`, and calls it again each time that it was refused for lack of space and some space could be gained.
  template <typename Act>
  auto with_space_for(Act act) -> decltype(act());
  Status write(RecordType type, std::string_view key, std::string_view value);
  // Lets maintenance do its share if a segment was sealed. This never changes the answer to a write, which has been
  // acknowledged by then.
  Status answer_to_change(const Result<bool>& rolled) noexcept;
  // All segments as of the call. If the store may be written, all of them are sealed.
  Result<SegmentList> immutable_segments();

  const std::shared_ptr<Disk> disk_;
  const Options options_;
  const RecoveryReport report_;
  const std::unique_ptr<WriteState> state_;  // whether anything may be changed
  const std::unique_ptr<Catalog> catalog_;   // which segments there are
  Writer writer_;                            // adds to them
  Maintenance maintenance_;                  // tidies them up
  std::mutex closing_;
  std::unique_ptr<DiskLock> lock_;
  bool closed_ = false;
};

}  // namespace sediment
