// The merge policy: which segments a store merges on its own, and when writers must wait for that.
//
// It consists of two pure functions of the sizes of the sealed segments, oldest first. The policy keeps generations
// whose sizes grow towards the old end like 1, 2, 4, ... There are about log2(n) generations, and each record is copied
// about log2(n) times. Production systems instead have a range of such policies (tiered, leveled), chosen by workload.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "engine/format.h"
#include "engine/options.h"

namespace sediment {

/// A contiguous run of sealed segments, given by position. Position 1 is the oldest. Both ends belong to the run.
struct MergeRun {
  std::size_t first = 0;
  std::size_t last = 0;

  bool operator==(const MergeRun&) const = default;
};

/// The largest size of the segments that a merge writes. What does not fit into one goes into the next. A record that
/// is larger than that has a segment of its own.
struct OutputLimit {
  std::uint64_t segment_bytes = kMaxSegmentSize;
  std::uint64_t record_bytes = record_size(kMaxKeySize, kMaxValueSize);  // no record is larger; below segment_bytes
};

/// The run that the policy would merge now, if any. It ends with the newest sealed segment, and is the longest run
/// whose oldest generation is outweighed by the rest. `sizes` are the bytes of the sealed segments, oldest first. A
/// pure function.
///
/// A generation is the output of one merge, as far as sizes tell: segments so full that the next record may not have
/// fitted, and the segment after them. Below 31 GiB, each segment is a generation of its own. A generation is weighed
/// and merged as a whole. Otherwise, the first segment of three would always be outweighed by the two others, and
/// merged again forever.
std::optional<MergeRun> choose_merge(std::span<const std::uint64_t> sizes, const MergePolicy& policy,
                                     const OutputLimit& limit = {});

/// Whether writers must wait because merging is too far behind. They must if the segments newer than some generation
/// together hold more than stall_factor times its bytes. A generation smaller than a full segment counts as a full
/// segment. A pure function.
bool must_wait(std::span<const std::uint64_t> sizes, std::uint64_t full_size_bytes, const MergePolicy& policy,
               const OutputLimit& limit = {});

}  // namespace sediment
