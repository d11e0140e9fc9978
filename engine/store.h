// The store: everything above put together. The engine's public API.
//
// A Store is a directory with a list of segments. Writes append to the newest one; reads ask from the newest to the
// oldest; merges replace runs of old ones. Any number of threads may call it; one process at a time may have it open
// for writing.
//
//   auto store = sediment::Store::open("/tmp/colours", {});
//   (*store)->put("sky", "blue");
//
// No function here throws. Where memory is short the answer is kNoMemory: nothing was changed, nothing is lost, and the
// same call works when there is memory again. (What a visitor or an observer throws does not leave this class either.)
//
// Its limits, by design: all keys' index entries must fit in memory, and a range query costs a pass over everything.
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
  /// Opens the store in a directory of a real file system, or makes one there. Runs recovery (recovery.h).
  /// kBusy, kNotFound, kInvalidArgument, kCorruption, kIoError, kNoSpace, and kNoMemory like every function here. A
  /// directory without a store that does not become one stays as it was; one that was to become a store, when the disk
  /// failed, may keep a LOCK, which no open removes. Defined in engine/posix/posix_store.cc.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& directory, Options options);
  /// The same on any Disk.
  static Result<std::unique_ptr<Store>> open(std::shared_ptr<Disk> disk, Options options);
  /// Closes. To see errors, call close() first.
  ~Store();
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  /// Keys have at most 65,535 bytes, values at most 1 GiB, and hold any bytes; the empty ones are keys and values like
  /// any other. Larger ones: kInvalidArgument, and nothing is written. When it returns ok the write is acknowledged as
  /// Options::sync_policy says. kNoSpace: nothing was written, try again when there is room. kIoError: it may or may
  /// not be there after the next open; the store is read-only until then. kReadOnly.
  Status put(std::string_view key, std::string_view value);
  /// Appends a tombstone. Removing a key that is not there is no error, and appends one too. Errors as put.
  Status remove(std::string_view key);
  /// The last value put, which may be one that is not durable yet. kNotFound, kIoError; kCorruption never returns
  /// bytes. Waits for no writer and no merge. For many gets, use a Reader.
  Status get(std::string_view key, std::string* value) const;
  /// A handle for one thread, whose gets take no lock (reader.h). As long as it is idle it keeps old files alive.
  Reader reader() const;

  /// Everything acknowledged before the call is durable when it returns ok. kIoError, kReadOnly.
  Status sync();
  /// Seals the active segment now and starts a new one. Nothing to do when it is empty. Errors as put.
  Status roll();
  /// Merges a contiguous run of sealed segments by position, 1 being the oldest. Without a run: rolls, then merges all
  /// segments. The output is one segment, or several where one may not hold more (32 GiB). A merge that the policy has
  /// begun is ended first. kBusy while another caller's merge is under way; kInvalidArgument if there is no such run;
  /// kCorruption if a record does not verify (then nothing has changed); otherwise errors as put.
  Status merge(std::optional<MergeRun> run = std::nullopt);
  /// Starts a merge without doing any of it. Errors as merge.
  Status begin_merge(std::optional<MergeRun> run = std::nullopt);
  /// Does one record of the merge under way, or one step of the protocol in merge.h; true when this completed the
  /// merge. Everything else may be called between two steps. A merge that has ended otherwise is never said to be
  /// complete: the step that fails tells why, and later ones answer kInvalidArgument, as they do when no merge was
  /// begun. kReadOnly when the store has failed or is being closed, which gives the merge up. (begin_merge() in a store
  /// without records begins a merge of nothing, and its first step completes it.) Otherwise errors as merge.
  Result<bool> merge_step();
  /// Waits for nothing.
  bool merge_under_way();

  /// Every live pair once, in no order, as of the call: rolls first, so that sealed segments are the snapshot. `visit`
  /// may call the store; when it returns false the pass ends. If it throws, the pass ends with kNoMemory (for
  /// std::bad_alloc) or kIoError. Errors as get and roll.
  Status for_each(const std::function<bool(std::string_view key, std::string_view value)>& visit);
  /// All pairs with first <= key < last, in order; an empty `last` means to the end. A full pass over the store and a
  /// sort: this is what a hash index is bad at. Errors as for_each.
  Result<std::vector<Pair>> scan(std::string_view first, std::string_view last);

  /// Rolls, and returns what the store holds now, in segments that never change and can be read as long as somebody has
  /// them, whatever is merged meanwhile. For backups. Errors as put.
  Result<Frozen> freeze();

  /// Waits for no merge.
  Stats stats();
  /// What is live and what is garbage in each segment, by a pass over everything. As of the call, oldest first. Errors
  /// as for_each.
  Result<std::vector<SegmentContents>> exact_stats();
  /// What open found and did.
  const RecoveryReport& recovery_report() const { return report_; }

  /// Seals what is in the active segment and releases the store. Everything acknowledged is durable when it returns ok.
  /// However large the store is, close copies little: a merge of the policy's is completed if at most
  /// segment_size_bytes are left to read and given up otherwise, a caller's merge is given up, and then, if the policy
  /// is automatic, small segments are merged, of segment_size_bytes together, so that many short runs leave few files.
  /// The first error that made the store read-only, if there was one: then nothing is written. Whatever it returns, the
  /// store is closed. A second call does nothing; one that comes while another thread closes waits for it.
  Status close();

 private:
  Store(std::shared_ptr<Disk> disk, std::unique_ptr<DiskLock> lock, Options options, Recovered recovered);

  static Result<std::unique_ptr<Store>> lock_and_recover(std::shared_ptr<Disk> disk, const Options& options);
  // Does it, and once more each time that it was refused for lack of space and some could be gained.
  template <typename Act>
  auto with_space_for(Act act) -> decltype(act());
  Status write(RecordType type, std::string_view key, std::string_view value);
  // Has maintenance do its share if a segment was sealed. That never changes the answer to a write, which has been
  // acknowledged by then.
  Status answer_to_change(const Result<bool>& rolled) noexcept;
  // Everything as of the call; sealed, if the store may be written.
  Result<SegmentList> immutable_segments();

  const std::shared_ptr<Disk> disk_;
  const Options options_;
  const RecoveryReport report_;
  const std::unique_ptr<WriteState> state_;  // whether anything may be changed
  const std::unique_ptr<Catalog> catalog_;   // which segments there are
  Writer writer_;                            // what adds to them
  Maintenance maintenance_;                  // what tidies them up
  std::mutex closing_;
  std::unique_ptr<DiskLock> lock_;
  bool closed_ = false;
};

}  // namespace sediment
