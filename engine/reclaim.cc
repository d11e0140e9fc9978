#include "engine/reclaim.h"

#include <algorithm>
#include <span>
#include <vector>

#include "engine/guarded.h"

namespace sediment {

SpaceReserve::SpaceReserve(Disk& disk, const Options& options) : disk_(disk) {
  constexpr std::uint64_t kBlock = 4096;
  constexpr std::uint64_t kLeast = std::uint64_t{512} << 10;  // XFS needs about 90 free blocks to create a file
  constexpr std::uint64_t kMost = std::uint64_t{1} << 20;
  if (options.read_only) return;
  bytes_ = std::min(options.segment_size_bytes / 16 / kBlock * kBlock, kMost);
  if (options.segment_size_bytes >= kMost) bytes_ = std::max(bytes_, kLeast);
}

void SpaceReserve::keep() {
  if (bytes_ > 0 && !kept_) kept_ = guarded([&] { return disk_.create(kReserveName, bytes_).status(); }).ok();
}

void SpaceReserve::give_up() {
  if (kept_) attempt([this] { return disk_.remove(kReserveName); });
  kept_ = false;
}

namespace {

using Newer = std::span<const std::shared_ptr<const Segment>>;

// How many of the segment's records are not superseded. This is an estimate, because keys with the same hash look like
// one key.
std::uint64_t live_records(const Segment& segment, Newer newer) {
  const HashIndex& index = segment.index();
  std::uint64_t live = 0;
  for (std::size_t slot = 0; slot < index.capacity(); ++slot) {
    const std::optional<KeyHash> hash = index.hash_at(slot);
    if (!hash) continue;
    const auto holds = [&](const auto& other) { return other->index().probe(*hash).next().has_value(); };
    if (std::none_of(newer.begin(), newer.end(), holds)) ++live;
  }
  return live;
}

// The run to merge. None if every record is live.
std::optional<MergeRun> find_emptiest(const SegmentList& sealed) {
  std::vector<std::uint64_t> live_bytes;
  std::optional<std::size_t> emptiest;
  for (std::size_t i = 0; i < sealed.size(); ++i) {
    const Segment& segment = *sealed[i];
    const std::uint64_t live = live_records(segment, Newer(sealed).subspan(i + 1));
    const auto records = std::max<std::uint64_t>(segment.record_count(), 1);
    live_bytes.push_back(static_cast<std::uint64_t>(static_cast<double>(live) / static_cast<double>(records) *
                                                    static_cast<double>(segment.size_bytes())));
    const bool has_garbage = live < segment.record_count();
    if (has_garbage && (!emptiest || live_bytes[i] < live_bytes[*emptiest])) emptiest = i;
  }
  if (!emptiest) return std::nullopt;
  MergeRun run{*emptiest + 1, *emptiest + 1};
  while (run.last < sealed.size() && live_bytes[run.last] == 0) ++run.last;  // the next newer one
  return run;
}

}  // namespace

Result<MergeProgress> merge_emptiest(Disk& disk, MergeHost& host, const SegmentList& sealed, Observer* observer) {
  const std::optional<MergeRun> run = find_emptiest(sealed);
  if (!run) return MergeProgress{};
  Merge merge(disk, host, plan_for(*run, sealed), observer);
  while (true) {
    Result<bool> done = merge.step();
    if (done.status().is(StatusCode::kNoSpace)) return MergeProgress{};
    if (!done.ok()) return done.status();
    if (*done) return merge.progress();
  }
}

}  // namespace sediment
