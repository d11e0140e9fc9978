// The write path: everything that changes a store passes through here, one change at a time.
//
// A Writer has the active segment, the manifest and the list of segments that readers see, and one mutex over all of
// it. Reads do not come here. In this order:
//
// Append:    0 reserve space for the record, if there is none in hand, and find its place in the index: kNoSpace and
//            kNoMemory change nothing → 1 encode and write to the active log → 2 publish in the index → 3 wait until it
//            is durable, if the policy says so → 4 acknowledge
// Group commit: whoever waits in step 3 and finds no sync running, syncs for all; the others wait. Nobody holds the
//            mutex while the disk works, so the next writes are appended meanwhile, and the next sync takes all of
//            them.
// Roll, commit of a merge, close: described with their functions. A roll waits for a running sync to end.
//
// The first write or sync that fails ends all writing: nobody knows what is on the disk then. Memory that fails ends
// nothing: whatever a protocol needs is allocated before its first change, and what follows its commit cannot fail. (If
// an exception did leave a protocol in its middle, that would end all writing, too: StopUnlessDone.) Any thread.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>
#include <vector>

#include "engine/disk.h"
#include "engine/log_writer.h"
#include "engine/manifest.h"
#include "engine/merge.h"
#include "engine/options.h"
#include "engine/recovery.h"
#include "engine/segment_set.h"
#include "engine/stats.h"
#include "engine/status.h"

namespace sediment {

/// All sealed segments of one moment: they will never change.
struct Frozen {
  Manifest manifest;  // without an active segment
  SegmentSet::List segments;
};

class Writer final : public MergeHost {
 public:
  /// `current` is told of each change of the list of segments.
  Writer(std::shared_ptr<Disk> disk, Options options, Recovered recovered, std::shared_ptr<CurrentSegments> current);

  /// A put, or a remove with an empty value; true if a segment was sealed for it. Errors as Store::put.
  Result<bool> append(RecordType type, std::string_view key, std::string_view value);
  /// Errors as Store::sync.
  Status sync();
  /// Seals the active segment if it is not empty; true if it was not. Errors as Store::roll.
  Result<bool> roll();
  /// Seals the active segment for good: no record is taken any more. The first failure of all, if there was one.
  Status seal();
  /// From here on every change is refused.
  void close();

  Status writable() const;
  /// What made the store read-only; ok if nothing has failed.
  Status failure() const;
  /// Whether there is one: for those who ask often. Takes no lock.
  bool has_failed() const { return has_failed_; }
  SegmentSet::List sealed_segments() const;
  Frozen frozen() const;
  /// Lets a segment take the place of the one with its number, for readers.
  void replace(const std::shared_ptr<const Segment>& segment);
  void add_to(Stats* stats) const;

  Result<SegmentNumber> take_number() override;
  Status commit_merge(const SegmentSet::List& inputs, const SegmentSet::List& outputs) override;
  void stop_writing(const Status& reason) override;

 private:
  using Lock = std::unique_lock<std::mutex>;
  class StopUnlessDone;
  struct Roll;

  // All of these expect the mutex to be held. With a lock in hand they may let it go while they wait.
  Status check_writable() const;
  Status check_appendable() const;
  Status append_to_active(RecordType type, std::string_view key, KeyHash hash, std::string_view value);
  Status wait_until_durable(Lock& lock, SegmentNumber log, std::uint64_t end);
  Status sync_active(Lock& lock);
  Status wait_for_running_sync(Lock& lock);
  Result<bool> roll_active();
  Result<Roll> prepare_roll();
  void remove_new_log(SegmentNumber number) noexcept;
  Manifest manifest_with_active_sealed() const;
  void published(Manifest manifest) noexcept;
  std::shared_ptr<const SegmentSet> set_for_readers(SegmentSet::List sealed,
                                                    const std::shared_ptr<Segment>& active) const;
  SegmentSet::List sealed_list() const;
  Result<SegmentNumber> next_number();
  Status stop(const Status& reason) noexcept;  // returns the reason, as an I/O error if it is that something is missing
  void note_failure(const Status& reason) noexcept;

  const std::shared_ptr<Disk> disk_;
  const Options options_;
  const std::shared_ptr<CurrentSegments> current_;

  mutable std::mutex mutex_;
  std::condition_variable sync_ended_;
  bool syncing_ = false;             // some thread syncs the active log, without the mutex
  Manifest manifest_;                // as last published
  SegmentNumber next_number_{};      // above every number used, published or not
  std::unique_ptr<LogWriter> log_;   // of the active segment; none when read-only
  std::shared_ptr<Segment> active_;  // the same segment, for reading; none when it is sealed
  Status failure_;                   // why nothing may be written any more
  std::atomic<bool> has_failed_ = false;
  bool sealed_ = false;  // the active segment, for good
  bool closed_ = false;
  Stats stats_;  // puts, removes, syncs, rolls
};

}  // namespace sediment
