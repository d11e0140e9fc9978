// Merging: a run of sealed segments becomes one new segment that holds only what still counts.
//
//   segments      3        5        7       active 8          the run 3..5 becomes 9; 9 takes its place, so the order
//              [a b a] [b' c -a] [d ...]                      of age is now  9  7  8: a number says nothing about age
//
// For each record of the run, from the oldest to the newest, one of:
//   drop  superseded here       its own segment's index points to a later record of the key
//   drop  superseded later      a newer sealed segment, in the run or after it, has a record of the key
//   drop  tombstone             nothing older is left for it to hide: the run begins with the store's oldest segment
//   keep                        otherwise. A tombstone whose older values are not all in the run must stay, or they
//                               come back (basho/bitcask issue 82)
// The active segment is never asked: its newer record may be lost in a power cut, and this one must then still be
// there.
//
// The protocol; a crash between any two of these steps leaves the store as it was before or after the COMMIT:
//   1  copy what is kept into a new file; nothing kept: no file; more than one segment may hold: several, one after
//      the other
//   2  fsync each file                            the manifest must never name bytes that a power cut can take back
//   3  fsync the directory                        nor a name
//   4  publish the manifest                       COMMIT: with all of the output in the place of the run
//   5  publish the list of segments to readers
//   6  remove the inputs and their snapshots      what is left of them after a crash, the next open removes
// The output's snapshot is written when the merge is complete (maintenance.h). Its space is reserved as it grows, so a
// merge needs as much as it keeps, not as much as it reads. Without space it ends, and nothing has changed.
//
// A Merge is an object with step(), so that anything can happen between two steps: writes, rolls, a crash.
#pragma once

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string_view>

#include "engine/disk.h"
#include "engine/event.h"
#include "engine/growing_segment.h"
#include "engine/merge_policy.h"
#include "engine/record.h"
#include "engine/segment.h"
#include "engine/segment_scan.h"
#include "engine/status.h"

namespace sediment {

/// What a merge needs from the store around it. Called while nothing of the store is locked.
class MergeHost {
 public:
  MergeHost() = default;
  virtual ~MergeHost() = default;
  MergeHost(const MergeHost&) = delete;
  MergeHost& operator=(const MergeHost&) = delete;

  /// kNoSpace when all numbers are used.
  virtual Result<SegmentNumber> take_number() = 0;
  /// Steps 4 and 5. There are no `outputs` when nothing is left. After kNoSpace nothing has changed, nor if it throws.
  virtual Status commit_merge(const SegmentList& inputs, const SegmentList& outputs) = 0;
  /// A write or sync failed: the store must not go on writing.
  virtual void stop_writing(const Status& reason) = 0;
};

struct MergePlan {
  SegmentList inputs;               // oldest first
  SegmentList newer;                // the sealed segments newer than all inputs
  bool begins_with_oldest = false;  // no segment is older than the inputs
  OutputLimit limit = {};
};

/// The merge of a run of these, which are all sealed segments.
MergePlan plan_for(MergeRun run, const SegmentList& sealed);

struct MergeProgress {
  std::uint64_t records_read = 0;
  std::uint64_t records_kept = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

/// What becomes of a record in a merge, and why.
struct Verdict {
  bool keep = false;
  std::string_view why;
};

/// The rule above for one record. `begins_with_oldest`: no segment is older than the run.
Verdict verdict(Standing standing, RecordType type, bool begins_with_oldest);

class Merge {
 public:
  Merge(Disk& disk, MergeHost& host, MergePlan plan, Observer* observer);

  /// Copies or drops one record, or does one step of the protocol. True when the merge is complete. After an error the
  /// merge is over: before the commit nothing has changed; after it only files are left that the next open removes.
  Result<bool> step();

  /// Gives up: removes what was written so far. To be called when the merge is not going to be completed.
  void abandon(std::string_view why) noexcept;

  const MergeProgress& progress() const { return progress_; }
  /// The one that is read just now, or was when the merge failed.
  const Segment& input() const { return *plan_.inputs[std::min(input_, plan_.inputs.size() - 1)]; }

 private:
  enum class Phase : std::uint8_t { kCopy, kSyncFile, kSyncDirectory, kCommit, kRemoveInputs, kOver };

  Status do_step();
  // The next record of the inputs; false when there is none left.
  Result<bool> copy_next();
  Status copy_or_drop(const SegmentScan::Entry& entry);
  Status keep(const Record& record, KeyHash hash, std::string_view why);
  Status start_output();
  Status finish_output();  // 2
  Status written(Status status);

  Disk& disk_;
  MergeHost& host_;
  MergePlan plan_;
  Observer* observer_;
  Phase phase_ = Phase::kCopy;
  std::size_t input_ = 0;              // which of the inputs is read, or removed
  std::unique_ptr<SegmentScan> scan_;  // of that input
  GrowingSegment output_;              // that is written now; none until a record is kept
  SegmentList outputs_;                // that are finished
  MergeProgress progress_;
};

}  // namespace sediment
