// The store: everything above put together. The engine's public API.
//
// A Store is a directory with a list of segments. Writes append to the newest one; reads ask from the newest to the
// oldest; merges replace runs of old ones. Any number of threads may call it; one process at a time may have it open
// for writing.
//
//   auto store = sediment::Store::open("/tmp/colours", {});
//   (*store)->put("sky", "blue");
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

#include "engine/disk.h"
#include "engine/log_writer.h"
#include "engine/manifest.h"
#include "engine/merge.h"
#include "engine/options.h"
#include "engine/recovery.h"
#include "engine/segment_set.h"
#include "engine/status.h"

namespace sediment {

using Pair = std::pair<std::string, std::string>;  // key, value

struct SegmentStats {
  SegmentNumber number{};
  bool sealed = false;
  std::uint64_t size_bytes = 0;  // header and records
  std::uint64_t records = 0;
  std::uint64_t keys = 0;  // entries of its index
  std::uint64_t index_bytes = 0;
};

/// Counters since the store was opened, except where a segment's own numbers are told.
struct Stats {
  std::vector<SegmentStats> segments;  // oldest first
  std::uint64_t puts = 0;
  std::uint64_t removes = 0;
  std::uint64_t gets = 0;
  std::uint64_t syncs = 0;  // of the active segment
  std::uint64_t rolls = 0;
  std::uint64_t longest_roll_nanoseconds = 0;  // how long a put was held up
  std::uint64_t merges = 0;
  std::uint64_t records_merged = 0;  // read by completed merges
  std::uint64_t records_kept = 0;    // of those, copied
  std::uint64_t bytes_merged = 0;
  std::uint64_t bytes_kept = 0;
  std::string last_merge_error;  // of a merge that the policy started; empty if there was none

  std::uint64_t size_bytes() const;   // of all segments
  std::uint64_t index_bytes() const;  // of all segments
};

class Store final : private MergeHost {
 public:
  /// Opens the store in a directory of a real file system, or makes one there. Runs recovery (recovery.h).
  /// kBusy, kNotFound, kInvalidArgument, kCorruption, kIoError, kNoSpace.
  static Result<std::unique_ptr<Store>> open(const std::filesystem::path& directory, Options options);
  /// The same on any Disk.
  static Result<std::unique_ptr<Store>> open(std::shared_ptr<Disk> disk, Options options);
  /// Closes; whoever wants to know whether that worked calls close() before.
  ~Store() override;

  /// Keys have at most 65,535 bytes, values at most 1 GiB, and hold any bytes; the empty ones are keys and values like
  /// any other. Larger ones: kInvalidArgument, and nothing is written. When it returns ok the write is acknowledged as
  /// Options::sync_policy says. kNoSpace: nothing was written, try again when there is room. kIoError: it may or may
  /// not be there after the next open; the store is read-only until then. kReadOnly.
  Status put(std::string_view key, std::string_view value);
  /// Appends a tombstone. Removing a key that is not there is no error, and appends one too. Errors as put.
  Status remove(std::string_view key);
  /// The last value put, which may be one that is not durable yet. kNotFound, kIoError; kCorruption never returns
  /// bytes.
  Status get(std::string_view key, std::string* value);

  /// Everything acknowledged before the call is durable when it returns ok. kIoError, kReadOnly.
  Status sync();
  /// Seals the active segment now and starts a new one. Nothing to do when it is empty. Errors as put.
  Status roll();
  /// Rolls, then merges all segments into one. kBusy while another merge is under way; kCorruption if a record does not
  /// verify (then nothing has changed); otherwise errors as put.
  Status merge();
  /// Merges one contiguous run of sealed segments by position, 1 being the oldest. kInvalidArgument if there is no such
  /// run.
  Status merge(std::size_t first, std::size_t last);
  /// Starts a merge without doing any of it; merge_step() does one record, or one step of the protocol in merge.h, and
  /// returns true when the merge is complete. Everything else may be called between two steps. Errors as merge.
  Status begin_merge();
  Status begin_merge(std::size_t first, std::size_t last);
  Result<bool> merge_step();
  bool merge_under_way();

  /// Every live pair once, in no order, as of the call: rolls first, so that sealed segments are the snapshot. `visit`
  /// may call the store; when it returns false the pass ends. Errors as get and roll.
  Status for_each(const std::function<bool(std::string_view key, std::string_view value)>& visit);
  /// All pairs with first <= key < last, in order; an empty `last` means to the end. A full pass over the store and a
  /// sort: this is what a hash index is bad at. Errors as for_each.
  Result<std::vector<Pair>> scan(std::string_view first, std::string_view last);

  Stats stats();
  /// What open found and did.
  const RecoveryReport& recovery_report() const { return report_; }

  /// Seals what is in the active segment, merges small segments if the policy is automatic, and releases the store. A
  /// merge under way is given up. Everything acknowledged is durable when it returns ok. A second call does nothing.
  Status close();

 private:
  Store(std::shared_ptr<Disk> disk, std::unique_ptr<DiskLock> lock, Options options, Recovered recovered);

  // All of these expect mutex_ to be held.
  Status writable() const;
  Status append(RecordType type, std::string_view key, std::string_view value);
  Status append_to_active(RecordType type, std::string_view key, std::string_view value);
  Status sync_active();
  Status roll_active();
  Status seal_active();
  Status start_merge(std::size_t first, std::size_t last);
  Status start_merge_of_all();
  Result<bool> step_merge();
  Status run_merge();
  void merge_as_policy_says();
  Status publish(Manifest next);
  SegmentSet::List sealed_segments() const;
  void show_to_readers(SegmentSet::List sealed);
  Status stop(Status reason);  // returns the reason

  // MergeHost; called by merge_ inside of step_merge.
  SegmentNumber take_number() override;
  Status commit_merge(const SegmentSet::List& inputs, std::shared_ptr<const Segment> output) override;
  void stop_writing(const Status& reason) override;

  std::mutex mutex_;
  std::shared_ptr<Disk> disk_;
  std::unique_ptr<DiskLock> lock_;
  Options options_;
  RecoveryReport report_;
  Manifest manifest_;                           // as last published
  SegmentNumber next_number_{};                 // above every number used, published or not
  std::unique_ptr<LogWriter> writer_;           // of the active segment; none when closed or read-only
  std::shared_ptr<Segment> active_;             // the same segment, for reading
  std::shared_ptr<const SegmentSet> segments_;  // all of them; the active one last
  std::unique_ptr<Merge> merge_;                // under way
  Status failure_;                              // why nothing may be written any more
  bool closed_ = false;
  Stats stats_;
};

}  // namespace sediment
