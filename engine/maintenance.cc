#include "engine/maintenance.h"

#include <algorithm>
#include <system_error>
#include <vector>

#include "engine/snapshot.h"
#include "engine/yield_point.h"

namespace sediment {

namespace {

std::vector<std::uint64_t> sizes_of(const SegmentSet::List& segments) {
  std::vector<std::uint64_t> sizes;
  sizes.reserve(segments.size());
  for (const auto& segment : segments) sizes.push_back(segment->size_bytes());
  return sizes;
}

}  // namespace

Maintenance::Maintenance(Disk& disk, Writer& writer, const Options& options)
    : disk_(disk), writer_(writer), options_(options) {}

Maintenance::~Maintenance() { stop(); }

// ---- when: in a thread of its own, or at once

void Maintenance::start() {
  if (options_.read_only) return;
  if (options_.background_merge) {
    wanted_ = true;  // nobody else is there yet
    try {
      thread_ = std::thread([this] { run(); });
      return;
    } catch (const std::system_error&) {
      // No thread to be had: then this store does without.
    }
  }
  const Lock work(work_);
  settle_or_wake();
}

void Maintenance::after_roll() {
  if (!thread_.joinable()) {
    finish();
    return;
  }
  wake();
  wait_until_caught_up();
}

void Maintenance::finish() {
  const Lock work(work_);
  while (do_piece(!paused())) {
  }
}

void Maintenance::stop() {
  {
    const Lock lock(signals_);
    stopping_ = true;
  }
  wake_.notify_one();
  progress_.notify_all();
  if (thread_.joinable()) thread_.join();
  const Lock work(work_);
  give_up("the store is being closed");
}

void Maintenance::pause() {
  {
    const Lock lock(signals_);
    paused_ = true;
  }
  progress_.notify_all();
}

void Maintenance::resume() {
  {
    const Lock lock(signals_);
    paused_ = false;
  }
  wake();
}

bool Maintenance::paused() {
  const Lock lock(signals_);
  return paused_;
}

void Maintenance::wake() {
  {
    const Lock lock(signals_);
    wanted_ = true;
  }
  wake_.notify_one();
}

void Maintenance::run() {
  Lock lock(signals_);
  while (true) {
    wake_.wait(lock, [this] { return stopping_ || wanted_; });
    wanted_ = false;
    working_ = true;
    while (!stopping_) {
      const bool merging = !paused_;
      lock.unlock();
      yield_point("maintenance.piece");
      const bool done = do_piece_at_rate(merging);
      lock.lock();
      if (!done) break;
      // A wait of no time at all would still cost the 50 us that a timer may be late.
      if (const auto time = time_to_wait(); time.count() > 0) wake_.wait_for(lock, time, [this] { return stopping_; });
    }
    working_ = false;
    progress_.notify_all();
    if (stopping_) return;
  }
}

bool Maintenance::do_piece_at_rate(bool merging) {
  const Lock work(work_);
  const std::uint64_t before = bytes_read_;
  const bool done = do_piece(merging);
  const std::uint64_t rate = options_.merge_policy.bytes_per_second;
  if (rate > 0) {
    const double nanoseconds = 1e9 * static_cast<double>(bytes_read_ - before) / static_cast<double>(rate);
    not_before_ = std::max(not_before_, disk_.now_nanoseconds()) + static_cast<std::uint64_t>(nanoseconds);
  }
  return done;
}

// How long the thread has to wait to keep to the rate. In waits of a few milliseconds, not of microseconds a record.
std::chrono::nanoseconds Maintenance::time_to_wait() const {
  constexpr std::uint64_t kShortest = 2'000'000;
  const std::uint64_t now = disk_.now_nanoseconds();
  return std::chrono::nanoseconds(not_before_ > now + kShortest ? not_before_ - now : 0);
}

void Maintenance::wait_until_caught_up() {
  Lock lock(signals_);
  const auto behind = [this] {
    const bool in_progress = (wanted_ || working_) && !paused_ && !stopping_;
    return in_progress &&
           must_wait(sizes_of(writer_.sealed_segments()), options_.segment_size_bytes, options_.merge_policy);
  };
  if (!behind()) return;
  emit(options_.observer, {.kind = EventKind::kStalled, .why = "merging is too far behind"});
  const std::uint64_t started = disk_.now_nanoseconds();
  progress_.wait(lock, [&] { return !behind(); });
  const std::uint64_t waited = disk_.now_nanoseconds() - started;
  ++stalls_.stalls;
  stalls_.stalled_nanoseconds += waited;
  stalls_.longest_stall_nanoseconds = std::max(stalls_.longest_stall_nanoseconds, waited);
}

// ---- what: settle, then merge

bool Maintenance::do_piece(bool merging) {
  if (!writer_.writable().ok()) {  // after a failed write or sync nothing may be published
    give_up("the store has become read-only");
    return false;
  }
  return settle_one() || (merging && merge_piece());
}

// Gives one sealed segment an index that fits and a snapshot of it. False when all have theirs.
bool Maintenance::settle_one() {
  const SegmentSet::List sealed = writer_.sealed_segments();
  const auto next = std::find_if(sealed.begin(), sealed.end(), [](const auto& segment) { return !segment->settled(); });
  if (next == sealed.end()) return false;
  const std::shared_ptr<const Segment> settled = (*next)->settled_copy();
  if (options_.snapshots) note_snapshot(*settled, write_snapshot(disk_, *settled));
  writer_.replace(settled);
  return true;
}

void Maintenance::note_snapshot(const Segment& segment, const Status& outcome) {
  if (outcome.ok()) {
    ++stats_.snapshots_written;
    emit(options_.observer,
         {.kind = EventKind::kSnapshotWritten, .segment = segment.number(), .size = segment.index().capacity()});
  } else {
    stats_.last_snapshot_error = outcome.to_string();
    emit(options_.observer,
         {.kind = EventKind::kSnapshotFailed, .segment = segment.number(), .why = outcome.message()});
  }
}

// What the calling thread does at once without a thread of our own, and leaves to that thread otherwise.
void Maintenance::settle_or_wake() {
  if (thread_.joinable()) {
    wake();
    return;
  }
  while (writer_.writable().ok() && settle_one()) {
  }
}

// Steps of the merge that the policy wants, until so much was read that it is worth having looked what else there is
// to do, or the merge is over. False when it wants none.
bool Maintenance::merge_piece() {
  constexpr std::uint64_t kPieceSize = std::uint64_t{64} * 1024;
  const std::uint64_t before = bytes_read_;
  bool advanced = false;
  do {
    advanced = advance_policys_merge();
  } while (advanced && merge_ && bytes_read_ - before < kPieceSize);
  return advanced;
}

// One step of it. Nobody waits for the outcome of such a merge, so an error is kept for stats().
bool Maintenance::advance_policys_merge() {
  if (merge_ && !merge_is_the_policys_) return false;  // a caller's: it advances when the caller says so
  Status status;
  if (!merge_) {
    const std::optional<MergeRun> run = choose_merge(sizes_of(writer_.sealed_segments()), options_.merge_policy);
    if (!run) return false;
    status = start_merge(*run);
    merge_is_the_policys_ = true;
  } else {
    Result<bool> done = step_merge();
    status = done.status();
  }
  if (!status.ok()) stats_.last_merge_error = status.to_string();
  return status.ok();
}

// ---- merges that a caller asks for

// Ends a merge of the policy's, so that the caller's can begin. kBusy if another caller's is under way.
Status Maintenance::take_over() {
  if (merge_ && !merge_is_the_policys_) return Status::busy("another merge is under way");
  while (merge_ && advance_policys_merge()) {
  }
  merge_is_the_policys_ = false;
  return writer_.writable();
}

Status Maintenance::merge_all() {
  const Lock work(work_);
  if (Status s = start_merge_of_all(); !s.ok()) return s;
  return run_merge();
}

Status Maintenance::merge(MergeRun run) {
  const Lock work(work_);
  if (Status s = take_over(); !s.ok()) return s;
  if (Status s = start_merge(run); !s.ok()) return s;
  return run_merge();
}

Status Maintenance::begin_merge_of_all() {
  const Lock work(work_);
  return start_merge_of_all();
}

Status Maintenance::begin_merge(MergeRun run) {
  const Lock work(work_);
  if (Status s = take_over(); !s.ok()) return s;
  return start_merge(run);
}

Result<bool> Maintenance::merge_step() {
  const Lock work(work_);
  if (!merge_) return true;
  if (Status s = writer_.writable(); !s.ok()) {
    give_up("the store has become read-only");
    return s;
  }
  Result<bool> done = step_merge();
  if (done.ok() && *done) settle_or_wake();
  return done;
}

bool Maintenance::merge_under_way() {
  const Lock work(work_);
  return merge_ != nullptr;
}

Status Maintenance::start_merge_of_all() {
  if (Status s = take_over(); !s.ok()) return s;
  if (Result<bool> rolled = writer_.roll(); !rolled.ok()) return rolled.status();
  const std::size_t sealed = writer_.sealed_segments().size();
  return sealed == 0 ? Status() : start_merge({1, sealed});
}

Status Maintenance::start_merge(MergeRun run) {
  if (Status s = writer_.writable(); !s.ok()) return s;
  const SegmentSet::List sealed = writer_.sealed_segments();
  if (run.first < 1 || run.first > run.last || run.last > sealed.size()) {
    return Status::invalid_argument("there is no run " + std::to_string(run.first) + ".." + std::to_string(run.last) +
                                    " among " + std::to_string(sealed.size()) + " sealed segments");
  }
  const auto at = [&](std::size_t position) { return sealed.begin() + static_cast<std::ptrdiff_t>(position); };
  MergePlan plan{{at(run.first - 1), at(run.last)}, {at(run.last), sealed.end()}, run.first == 1};
  std::uint64_t bytes = 0;
  for (const auto& input : plan.inputs) bytes += input->size_bytes();
  if (bytes > kMaxSegmentSize)
    return Status::invalid_argument("the run is larger than the 32 GiB that one segment may hold");
  merge_ = std::make_unique<Merge>(disk_, writer_, std::move(plan), options_.observer);
  return {};
}

Result<bool> Maintenance::step_merge() {
  const std::uint64_t bytes_before = merge_->progress().bytes_read;
  Result<bool> done = merge_->step();
  const MergeProgress progress = merge_->progress();
  bytes_read_ += progress.bytes_read - bytes_before;
  if (done.ok() && !*done) return done;

  if (done.ok()) {
    ++stats_.merges;
    stats_.records_merged += progress.records_read;
    stats_.records_kept += progress.records_kept;
    stats_.bytes_merged += progress.bytes_read;
    stats_.bytes_kept += progress.bytes_written;
  }
  merge_.reset();
  const Lock lock(signals_);  // or the news may come between a waiter's look and its sleep
  progress_.notify_all();
  return done;
}

Status Maintenance::run_merge() {
  while (merge_) {
    if (Result<bool> done = step_merge(); !done.ok()) return done.status();
  }
  settle_or_wake();
  return {};
}

void Maintenance::give_up(std::string_view why) {
  if (!merge_) return;
  merge_->abandon(why);
  merge_.reset();
}

void Maintenance::add_to(Stats* stats) {
  {
    const Lock work(work_);
    stats->snapshots_written = stats_.snapshots_written;
    stats->last_snapshot_error = stats_.last_snapshot_error;
    stats->merges = stats_.merges;
    stats->records_merged = stats_.records_merged;
    stats->records_kept = stats_.records_kept;
    stats->bytes_merged = stats_.bytes_merged;
    stats->bytes_kept = stats_.bytes_kept;
    stats->last_merge_error = stats_.last_merge_error;
  }
  const Lock lock(signals_);
  stats->stalls = stalls_.stalls;
  stats->stalled_nanoseconds = stalls_.stalled_nanoseconds;
  stats->longest_stall_nanoseconds = stalls_.longest_stall_nanoseconds;
}

}  // namespace sediment
