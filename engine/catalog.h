// The catalog: it knows which segments make up the store. It holds the manifest as last published, the list that
// readers see, and the numbers for new segments. Nothing else changes them.
//
// The manifest and the list always name the same segments, because an Edit changes both or neither:
//
//   1  Edit: take the catalog's lock, and make a copy of both         nothing has changed
//   2  change the copy, write it beside the manifest                  kNoSpace and kNoMemory: nothing has changed
//   3  switch to it (publish.h)                                       COMMIT
//   4  publish the list to readers
//
// Merges, rolls, closes and recoveries all commit by an Edit. A roll seals its log between steps 2 and 3.
//
// The catalog has a lock of its own, so puts continue while a merge commits and the disk works. Only changes of the
// list wait. The writer takes this lock while it holds its own, never the other way round.
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <string_view>

#include "engine/current_segments.h"
#include "engine/disk.h"
#include "engine/event.h"
#include "engine/manifest.h"
#include "engine/merge.h"
#include "engine/segment.h"
#include "engine/status.h"
#include "engine/write_state.h"

namespace sediment {

/// All sealed segments at one moment. They never change.
struct Frozen {
  Manifest manifest;  // without an active segment
  SegmentList segments;
};

/// Any thread.
class Catalog final : public MergeHost {
 public:
  class Edit;

  /// Makes the catalog as recovery found it. `sealed` are the sealed segments that the manifest names. Every number
  /// from `next_number` on is unused.
  Catalog(Disk& disk, WriteState& state, Observer* observer, Manifest manifest, SegmentList sealed,
          SegmentNumber next_number);

  /// What readers see.
  std::shared_ptr<const CurrentSegments> current() const { return current_; }
  /// As last published.
  Manifest manifest() const;
  SegmentList sealed() const;
  Frozen frozen() const;

  /// Lets readers see this segment in place of the sealed one with the same number. The manifest stays as it is.
  void replace(const std::shared_ptr<const Segment>& segment);
  /// For a read-only store: lets readers see a log that was not closed, as far as it verifies.
  void show_unsealed(std::shared_ptr<const Segment> log);

  Result<SegmentNumber> take_number() override;
  Status commit_merge(const SegmentList& inputs, const SegmentList& outputs) override;
  void stop_writing(const Status& reason) override { (void)state_.stop(reason); }

 private:
  using Lock = std::unique_lock<std::mutex>;

  struct Contents {
    Manifest manifest;
    SegmentList sealed;                     // those of the manifest, in its order
    std::shared_ptr<const Segment> active;  // null: the manifest has none, or recovery must replace it

    std::shared_ptr<const SegmentList> for_readers() const;
  };

  Disk& disk_;
  WriteState& state_;
  Observer* const observer_;
  const std::shared_ptr<CurrentSegments> current_ = std::make_shared<CurrentSegments>();
  mutable std::mutex mutex_;
  Contents contents_;
  SegmentNumber next_number_;  // above every number used, published or not
};

/// A change of the catalog. It holds the catalog's lock as long as it lives, and changes nothing before commit(). One
/// thread.
class Catalog::Edit {
 public:
  explicit Edit(Catalog& catalog) : catalog_(&catalog), lock_(catalog.mutex_), next_(catalog.contents_) {}

  /// Adds this segment as the newest sealed one.
  void seal(std::shared_ptr<const Segment> segment);
  /// Makes this segment the active one. Null: there is no active segment.
  void activate(std::shared_ptr<const Segment> segment);
  /// Replaces `inputs`, a run of sealed segments, with `outputs`, which may be empty.
  void replace_run(const SegmentList& inputs, const SegmentList& outputs);

  /// Writes the changed manifest beside the old one. If it returns kNoSpace or kNoMemory, or throws, nothing has
  /// changed. Any other error has ended all writing.
  Status write();
  /// Switches to the written manifest, and publishes the list to readers. Errors as write().
  Status commit();

 private:
  Catalog* catalog_;
  Lock lock_;
  Contents next_;
  std::shared_ptr<const SegmentList> for_readers_;
};

}  // namespace sediment
