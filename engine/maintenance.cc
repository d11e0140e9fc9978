#include "engine/maintenance.h"

#include <algorithm>

#include "engine/guarded.h"
#include "engine/snapshot.h"
#include "engine/yield_point.h"

namespace sediment {

Maintenance::Maintenance(Disk& disk, const Options& options, WriteState& state, Catalog& catalog, Writer& writer)
    : disk_(disk),
      options_(options),
      state_(state),
      catalog_(catalog),
      writer_(writer),
      merger_(disk, options_, state, catalog),
      reserve_(disk, options),
      thread_([this] { return try_piece(); }) {}

Maintenance::~Maintenance() { stop(); }

// ---- when: in a thread of its own, or at once

void Maintenance::start() {
  if (options_.read_only) return;
  reserve_.keep();  // there is no other thread yet
  if (options_.background_merge && thread_.start()) return;
  const Lock work(work_);
  settle_or_wake();
}

void Maintenance::after_roll() {
  yield_point("maintenance.after_roll");
  if (thread_.started()) {
    thread_.wake();
    wait_until_caught_up();
    return;
  }
  const Lock work(work_);
  while (!thread_.stopping() && do_piece()) {
  }
}

void Maintenance::stop() {
  thread_.stop();
  yield_point("maintenance.joined");
  const Lock work(work_);
  attempt([this] {
    // A merge that is given up loses what it has copied, so a merge that is nearly complete is completed.
    while (merger_.is_policys() && merger_.bytes_left() <= options_.segment_size_bytes && merger_.advance()) {
    }
  });
  merger_.give_up("the store is being closed");
}

// The next open does the rest: it settles the segments without a snapshot, and its policy merges larger segments.
void Maintenance::finish() {
  const Lock work(work_);
  const std::uint64_t end = merger_.bytes_read() + options_.segment_size_bytes;
  while (merger_.advance(end - std::min(end, merger_.bytes_read()))) {
  }
  std::uint64_t index_bytes = 0;
  while (state_.check().ok() && index_bytes < options_.segment_size_bytes && settle_one(&index_bytes)) {
  }
}

// The thread survives a lack of memory: it gives up the piece, and continues at the next wake.
bool Maintenance::try_piece() noexcept {
  const Lock work(work_);
  bool done = false;
  const Status status = guarded([&] {
    done = do_piece();
    return Status();
  });
  if (status.ok()) return done;
  if (merger_.is_policys()) merger_.give_up("out of memory");
  merger_.note_failure(std::string(describe(status.code())));  // short enough to need no memory
  return false;
}

void Maintenance::wait_until_caught_up() {
  if (!thread_.busy() || !is_behind()) return;
  emit(options_.observer, {.kind = EventKind::kStalled, .why = "merging is too far behind"});
  const std::uint64_t started = disk_.now_nanoseconds();
  thread_.wait_while([this] { return is_behind(); });
  const std::uint64_t waited = disk_.now_nanoseconds() - started;
  const Lock counters(counters_);
  ++stats_.stalls;
  stats_.stalled_nanoseconds += waited;
  stats_.longest_stall_nanoseconds = std::max(stats_.longest_stall_nanoseconds, waited);
}

// Only segments newer than the last one that merging leaves alone can be merged with later segments.
bool Maintenance::is_behind() const {
  const SegmentList sealed = catalog_.sealed();
  const auto last = std::find_if(sealed.rbegin(), sealed.rend(),
                                 [this](const auto& segment) { return merger_.leaves_alone(segment->number()); });
  return must_wait(sizes_of({last.base(), sealed.end()}), options_.segment_size_bytes, options_.merge_policy);
}

// ---- what: settle, then merge

bool Maintenance::do_piece() {
  if (!state_.check().ok()) {  // after a failed write or sync nothing may be published
    merger_.give_up("the store has become read-only");
    return false;
  }
  return settle_one() || merge_piece();
}

// Gives one sealed segment a fitted index, and writes a snapshot of it. False if all segments are settled.
bool Maintenance::settle_one(std::uint64_t* index_bytes) {
  const SegmentList sealed = catalog_.sealed();
  const auto next = std::find_if(sealed.begin(), sealed.end(), [](const auto& segment) { return !segment->settled(); });
  if (next == sealed.end()) return false;
  const std::shared_ptr<const Segment> settled = (*next)->settled_copy();
  if (options_.snapshots) note_snapshot(*settled, write_snapshot(disk_, *settled));
  catalog_.replace(settled);
  if (index_bytes != nullptr) *index_bytes += settled->index().memory_bytes();
  return true;
}

void Maintenance::note_snapshot(const Segment& segment, const Status& outcome) {
  {
    const Lock lock(counters_);
    if (outcome.ok()) ++stats_.snapshots_written;
    if (!outcome.ok()) stats_.last_snapshot_error = outcome.to_string();
  }
  if (outcome.ok()) {
    emit(options_.observer,
         {.kind = EventKind::kSnapshotWritten, .segment = segment.number(), .size = segment.index().capacity()});
  } else {
    emit(options_.observer,
         {.kind = EventKind::kSnapshotFailed, .segment = segment.number(), .why = outcome.message()});
  }
}

// Wakes the store's own thread if there is one. Otherwise, the calling thread settles all segments at once.
void Maintenance::settle_or_wake() {
  if (thread_.started()) return thread_.wake();
  attempt([this] {  // if memory is short, the next roll or the next open does the rest
    while (!thread_.stopping() && state_.check().ok() && settle_one()) {
    }
  });
}

// Does steps of the merge that the policy wants, until the merge is over or has read enough for one piece. False if the
// policy wants no merge, or if the merge may not continue.
bool Maintenance::merge_piece() {
  constexpr std::uint64_t kPieceSize = std::uint64_t{64} * 1024;
  const std::uint64_t before = merger_.bytes_read();
  bool advanced = false;
  do {
    advanced = !thread_.stopping() && merger_.advance();
  } while (advanced && merger_.under_way() && merger_.bytes_read() - before < kPieceSize);
  return advanced;
}

// ---- when there is no space

bool Maintenance::free_space() {
  if (!options_.merge_policy.automatic) return false;
  const Lock work(work_);
  if (merger_.is_callers()) return false;  // a caller's merge has priority
  const auto bytes = [this] { return total_size(catalog_.sealed()); };
  const std::uint64_t bytes_before = bytes();
  while (merger_.under_way() && merger_.advance()) {
  }
  return bytes() < bytes_before || gain_space();
}

// Expects that no merge is under way.
bool Maintenance::gain_space() {
  if (!state_.check().ok()) return false;
  const SegmentList sealed = catalog_.sealed();
  std::vector<SegmentNumber> numbers;
  for (const auto& segment : sealed) numbers.push_back(segment->number());
  if (numbers == fruitless_) return false;  // an earlier merge of these gained nothing
  reserve_.give_up();
  Result<MergeProgress> gained = merge_emptiest(disk_, catalog_, sealed, options_.observer);
  reserve_.keep();
  if (!gained.ok()) merger_.note_failure(gained.status().to_string());
  fruitless_ = std::move(numbers);
  if (!gained.ok() || gained->bytes_written >= gained->bytes_read) return false;
  fruitless_.clear();
  merger_.note(*gained);
  settle_or_wake();
  return true;
}

void Maintenance::give_up_reserve() {
  const Lock work(work_);
  reserve_.give_up();
}

// ---- merges that a caller asks for

// Whether a caller's merge may begin or continue. If the store is being closed, close itself gives the merge up.
Status Maintenance::check_callers_merge() {
  Status status = state_.check();
  if (!status.ok()) merger_.give_up("the store has become read-only");
  if (status.ok() && thread_.stopping()) status = Status::read_only("the store is being closed");
  return status;
}

// Ends the policy's merge, so that the caller's can begin. kBusy if another caller's merge is under way.
Status Maintenance::take_over() {
  if (Status s = check_callers_merge(); !s.ok()) return s;
  if (merger_.is_callers()) return Status::busy("another merge is under way");
  while (merger_.under_way() && !thread_.stopping() && merger_.advance()) {
  }
  return check_callers_merge();
}

// Without a run, it begins a merge of all segments, if there are any.
Status Maintenance::begin_callers_merge(std::optional<MergeRun> run) {
  if (Status s = take_over(); !s.ok()) return s;
  nothing_to_merge_ = false;
  if (run) return merger_.begin(*run);
  if (Result<bool> rolled = writer_.roll(); !rolled.ok()) return rolled.status();
  const std::size_t sealed = catalog_.sealed().size();
  nothing_to_merge_ = sealed == 0;
  if (nothing_to_merge_) return {};
  Status begun = merger_.begin({1, sealed});
  if (!begun.ok()) settle_or_wake();
  return begun;
}

Status Maintenance::begin_merge(std::optional<MergeRun> run) {
  const Lock work(work_);
  return begin_callers_merge(run);
}

Status Maintenance::merge(std::optional<MergeRun> run) {
  const Lock work(work_);
  if (Status s = begin_callers_merge(run); !s.ok()) return s;
  Status status;
  while (merger_.under_way() && status.ok()) {
    status = check_callers_merge();
    if (status.ok()) status = merger_.step().status();
  }
  nothing_to_merge_ = false;
  settle_or_wake();
  return status;
}

Result<bool> Maintenance::merge_step() {
  const Lock work(work_);
  if (Status s = check_callers_merge(); !s.ok()) return s;
  if (merger_.is_callers()) {
    Result<bool> done = merger_.step();
    if (!done.ok() || *done) settle_or_wake();
    return done;
  }
  if (std::exchange(nothing_to_merge_, false)) return true;
  return Status::invalid_argument("no merge is under way: begin_merge() starts one");
}

void Maintenance::add_to(Stats* stats) const {
  merger_.add_to(stats);
  const Lock lock(counters_);
  static_cast<MaintenanceStats&>(*stats) = stats_;
}

}  // namespace sediment
