// Merging: a run of sealed segments becomes one new segment that holds only the records that still count.
//
//   segments      3        5        7       active 8          the run 3..5 becomes 9, and 9 takes its place. The order
//              [a b a] [b' c -a] [d ...]                      of age is now  9  7  8: a number says nothing about age
//
// Each record of the run, from the oldest to the newest, is dropped or kept by these rules:
//   drop  superseded here       its own segment's index points to a later record of the key
//   drop  superseded later      a newer sealed segment, in the run or after it, has a record of the key
//   drop  tombstone             it has nothing older left to hide: the run begins with the store's oldest segment
//   keep                        all others. A tombstone whose older values are not all in the run must stay. Otherwise
//                               they would come back (basho/bitcask issue 82)
// The active segment is never asked. A power cut may lose its newer record, and the older one must then still be there.
//
// The protocol. A crash between any two of these steps leaves the store as it was before or after the COMMIT:
//   1  copy the kept records into a new file      no file if there are none; several files, one after the other, if
//                                                 one segment may not hold them all
//   2  fsync each file                            the manifest must never name bytes that a power cut can take back
//   3  fsync the directory                        nor a name that a power cut can take back
//   4  publish the manifest                       COMMIT: all of the output takes the place of the run
//   5  publish the list of segments to readers
//   6  remove the inputs and their snapshots      after a crash, the next open removes what is left of them
// Maintenance writes the output's snapshot when the merge is complete (maintenance.h). The output reserves space as it
// grows, so a merge needs as much space as it keeps, not as much as it reads. Without space the merge ends, and nothing
// has changed.
//
// A Merge is an object with step(), so that anything can happen between two steps: writes, rolls or a crash.
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

/// What a merge needs from the store around it. It is called while neither the writer's nor the catalog's lock is held.
class MergeHost {
 public:
  MergeHost() = default;
  virtual ~MergeHost() = default;
  MergeHost(const MergeHost&) = delete;
  MergeHost& operator=(const MergeHost&) = delete;

  /// kNoSpace when all numbers are used.
  virtual Result<SegmentNumber> take_number() = 0;
  /// Does steps 4 and 5. `outputs` is empty if nothing is left. If it returns kNoSpace or throws, nothing has changed.
  virtual Status commit_merge(const SegmentList& inputs, const SegmentList& outputs) = 0;
  /// Tells the store that a write or sync failed, and that it must not continue to write.
  virtual void stop_writing(const Status& reason) = 0;
};

struct MergePlan {
  SegmentList inputs;               // oldest first
  SegmentList newer;                // the sealed segments newer than all inputs
  bool begins_with_oldest = false;  // no segment is older than the inputs
  OutputLimit limit = {};
};

/// The plan for a merge of `run`. `sealed` are all sealed segments.
MergePlan plan_for(MergeRun run, const SegmentList& sealed);

struct MergeProgress {
  std::uint64_t records_read = 0;
  std::uint64_t records_kept = 0;
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
};

/// Whether a merge keeps a record, and why.
struct Verdict {
  bool keep = false;
  std::string_view why;
};

/// Applies the rules above to one record. `begins_with_oldest`: no segment is older than the run.
Verdict verdict(Standing standing, RecordType type, bool begins_with_oldest);

class Merge {
 public:
  Merge(Disk& disk, MergeHost& host, MergePlan plan, Observer* observer);

  /// Copies or drops one record, or does one step of the protocol. True when the merge is complete. After an error the
  /// merge is over. Before the commit, nothing has changed. After it, only files that the next open removes are left.
  Result<bool> step();

  /// Gives the merge up, and removes what it has written so far. Call it if the merge will not be completed.
  void abandon(std::string_view why) noexcept;

  const MergeProgress& progress() const { return progress_; }
  /// The input that is being read, or that was being read when the merge failed.
  const Segment& input() const { return *plan_.inputs[std::min(input_, plan_.inputs.size() - 1)]; }

 private:
  enum class Phase : std::uint8_t { kCopy, kSyncFile, kSyncDirectory, kCommit, kRemoveInputs, kOver };

  Status do_step();
  // Copies or drops the next record of the inputs. False if there is none left.
  Result<bool> copy_next();
  // Does what verdict() says of an entry of scan_, which reads the input number input_, and counts it in progress_.
  Status copy_or_drop(const SegmentScan::Entry& entry);
  // Appends a record to output_, which is started, or finished and started again, as the limit demands. Puts the copy
  // into the output's index, and returns it.
  Result<Record> keep(const Record& record, KeyHash hash);
  Status start_output();                      // 1; output_ becomes a new file without records
  Status finish_output();                     // 2; output_ becomes the last of outputs_
  Status commit();                            // 4 and 5
  Status remove_input(const Segment& input);  // 6, for one of them
  // The status of each write and sync of a merge passes through here. After a failure it is unknown what is on the
  // disk, so the store must stop writing.
  Status written(Status status);

  Disk& disk_;
  MergeHost& host_;
  MergePlan plan_;
  Observer* observer_;
  Phase phase_ = Phase::kCopy;
  std::size_t input_ = 0;              // the input that is being read or removed
  std::unique_ptr<SegmentScan> scan_;  // of that input
  GrowingSegment output_;              // is being written; none until a record is kept
  SegmentList outputs_;                // the finished ones
  MergeProgress progress_;
};

}  // namespace sediment
