#include "engine/maintenance.h"

#include <algorithm>
#include <exception>
#include <span>
#include <utility>
#include <vector>

#include "engine/guarded.h"
#include "engine/snapshot.h"
#include "engine/yield_point.h"

namespace sediment {

namespace {

std::vector<std::uint64_t> sizes_of(const SegmentList& segments) {
  std::vector<std::uint64_t> sizes;
  sizes.reserve(segments.size());
  for (const auto& segment : segments) sizes.push_back(segment->size_bytes());
  return sizes;
}

}  // namespace

Maintenance::Maintenance(Disk& disk, const Options& options, WriteState& state, Catalog& catalog, Writer& writer)
    : disk_(disk),
      options_(options),
      state_(state),
      catalog_(catalog),
      writer_(writer),
      rate_limit_(options.merge_policy.bytes_per_second),
      reserve_(disk, options) {}

Maintenance::~Maintenance() { stop(); }

// ---- when: in a thread of its own, or at once

void Maintenance::start() {
  if (options_.read_only) return;
  reserve_.keep();  // there is no other thread yet
  if (options_.background_merge) {
    wanted_ = true;  // there is no other thread yet
    try {
      thread_ = std::thread([this] { run(); });
      has_thread_ = true;
      return;
    } catch (const std::exception&) {
      // No thread to be had: then this store does without.
    }
  }
  const Lock work(work_);
  settle_or_wake();
}

void Maintenance::after_roll() {
  yield_point("maintenance.after_roll");
  if (!has_thread_) {
    work_at_once();
    return;
  }
  wake();
  wait_until_caught_up();
}

void Maintenance::work_at_once() {
  const Lock work(work_);
  while (!stopping_ && do_piece()) {
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
  yield_point("maintenance.joined");
  const Lock work(work_);
  (void)guarded([&] {
    complete_policys_merge();
    return Status();
  });
  give_up("the store is being closed");
}

// What is not done here, the next open does: it settles what has no snapshot, and its policy merges what is larger.
void Maintenance::finish() {
  const Lock work(work_);
  const std::uint64_t before = bytes_read_;
  bool merging = !paused_;
  while (merging && bytes_read_ - before < options_.segment_size_bytes) {
    const std::uint64_t most_bytes = options_.segment_size_bytes - (bytes_read_ - before);
    const std::optional<MergeRun> run = wanted_small_run(most_bytes);
    merging = run && begin_policys_merge(*run);
    while (merging && merge_) merging = advance_policys_merge();
  }
  std::uint64_t index_bytes = 0;
  while (state_.check().ok() && index_bytes < options_.segment_size_bytes && settle_one(&index_bytes)) {
  }
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
    if (!wanted_ && !stopping_) yield_point("maintenance.idle");  // locked: what is wanted from here on, wakes it
    wake_.wait(lock, [this] { return stopping_ || wanted_; });
    wanted_ = false;
    working_ = true;
    while (!stopping_) {
      lock.unlock();
      yield_point("maintenance.piece");
      const bool done = try_piece();
      lock.lock();
      if (!done) break;
      wait_for_rate(lock);
    }
    working_ = false;
    progress_.notify_all();
    if (stopping_) return;
  }
}

// The thread outlives a lack of memory: it gives up the piece, and goes on at the next wake.
bool Maintenance::try_piece() noexcept {
  bool done = false;
  const Status status = guarded([&] {
    done = do_piece_at_rate();
    return Status();
  });
  if (status.ok()) return done;
  const Lock work(work_);
  if (merge_ && merge_is_the_policys_) give_up("there is no memory for it");
  const Lock counters(counters_);
  stats_.last_merge_error = describe(status.code());  // short enough to need no memory
  return false;
}

bool Maintenance::do_piece_at_rate() {
  const Lock work(work_);
  const std::uint64_t read_before = bytes_read_;
  const std::uint64_t started = disk_.now_nanoseconds();
  const bool done = do_piece();
  rate_limit_.charge(bytes_read_ - read_before, started);
  return done;
}

void Maintenance::wait_for_rate(Lock& signals) {
  while (!stopping_) {
    const std::chrono::nanoseconds time = rate_limit_.time_to_wait(disk_.now_nanoseconds());
    if (time.count() == 0) return;
    yield_point("maintenance.rate");
    wake_.wait_for(signals, time, [this] { return stopping_.load(); });
  }
}

void Maintenance::wait_until_caught_up() {
  Lock lock(signals_);
  const auto behind = [this] {
    const bool in_progress = (wanted_ || working_) && !paused_ && !stopping_;
    if (!in_progress) return false;
    const SegmentList sealed = catalog_.sealed();
    const auto damaged =
        std::find_if(sealed.rbegin(), sealed.rend(), [this](const auto& s) { return is_left_alone(s->number()); });
    return must_wait(sizes_of({damaged.base(), sealed.end()}), options_.segment_size_bytes, options_.merge_policy);
  };
  if (!behind()) return;
  emit(options_.observer, {.kind = EventKind::kStalled, .why = "merging is too far behind"});
  const std::uint64_t started = disk_.now_nanoseconds();
  progress_.wait(lock, [&] { return !behind(); });
  const std::uint64_t waited = disk_.now_nanoseconds() - started;
  const Lock counters(counters_);
  ++stats_.stalls;
  stats_.stalled_nanoseconds += waited;
  stats_.longest_stall_nanoseconds = std::max(stats_.longest_stall_nanoseconds, waited);
}

// ---- what: settle, then merge

bool Maintenance::do_piece() {
  if (!state_.check().ok()) {  // after a failed write or sync nothing may be published
    give_up("the store has become read-only");
    return false;
  }
  return settle_one() || merge_piece();
}

// Gives one sealed segment an index that fits and a snapshot of it. False when all have theirs.
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

// What the calling thread does at once without a thread of our own, and leaves to that thread otherwise.
void Maintenance::settle_or_wake() {
  if (has_thread_) {
    wake();
    return;
  }
  (void)guarded([&] {  // what there is no memory for is done after the next roll, or by the next open
    while (!stopping_ && state_.check().ok() && settle_one()) {
    }
    return Status();
  });
}

// Steps of the merge that the policy wants, until enough was read that it is time to look what else there is
// to do, or the merge is over. False when it wants none, or may not go on.
bool Maintenance::merge_piece() {
  constexpr std::uint64_t kPieceSize = std::uint64_t{64} * 1024;
  const std::uint64_t before = bytes_read_;
  bool advanced = false;
  do {
    advanced = !paused_ && !stopping_ && advance_policys_merge();
  } while (advanced && merge_ && bytes_read_ - before < kPieceSize);
  return advanced;
}

// One step of it. No caller waits for the outcome of such a merge, so an error is kept for stats().
bool Maintenance::advance_policys_merge() {
  if (merge_ && !merge_is_the_policys_) return false;  // a caller's: it advances when the caller says so
  yield_point("maintenance.step");
  if (state_.has_failed()) {
    give_up("the store has become read-only");
    return false;
  }
  if (!merge_) {
    const std::optional<MergeRun> run = wanted_run();
    return run && begin_policys_merge(*run);
  }
  const Result<bool> done = step_merge();
  if (done.ok()) return true;
  note_failed_merge(done.status());
  return found_damage_;  // the next run is another one
}

bool Maintenance::begin_policys_merge(MergeRun run) {
  const Status started = start_merge(run);
  if (!started.ok()) note_failed_merge(started);
  merge_is_the_policys_ = started.ok();
  return started.ok();
}

void Maintenance::note_failed_merge(const Status& failure) {
  const Lock lock(counters_);
  stats_.last_merge_error = failure.to_string();
}

// ---- which: what the policy says of the segments that can be merged

bool Maintenance::is_left_alone(SegmentNumber number) const {
  const Lock lock(counters_);
  return left_alone_.contains(number);
}

// The policy knows nothing of damage: it is asked for the segments newer than the last damaged one, then for those
// before it, and so on.
std::optional<MergeRun> Maintenance::wanted_run() const {
  const SegmentList sealed = catalog_.sealed();
  const std::vector<std::uint64_t> sizes = sizes_of(sealed);
  std::size_t end = sealed.size();
  while (end > 0) {
    std::size_t begin = end;
    while (begin > 0 && !is_left_alone(sealed[begin - 1]->number())) --begin;
    const std::span<const std::uint64_t> stretch = std::span(sizes).subspan(begin, end - begin);
    if (const auto run = choose_merge(stretch, options_.merge_policy))
      return MergeRun{begin + run->first, begin + run->last};
    end = begin > 0 ? begin - 1 : 0;
  }
  return std::nullopt;
}

// The same for the newest segments that together have no more than so many bytes.
std::optional<MergeRun> Maintenance::wanted_small_run(std::uint64_t most_bytes) const {
  const SegmentList sealed = catalog_.sealed();
  const std::vector<std::uint64_t> sizes = sizes_of(sealed);
  std::size_t begin = sealed.size();
  std::uint64_t bytes = 0;
  while (begin > 0 && bytes + sizes[begin - 1] <= most_bytes && !is_left_alone(sealed[begin - 1]->number())) {
    bytes += sizes[--begin];
  }
  const auto run = choose_merge(std::span(sizes).subspan(begin), options_.merge_policy);
  if (!run) return std::nullopt;
  return MergeRun{begin + run->first, begin + run->last};
}

// Of a merge that has failed: whether it was because bytes could not be read or did not verify. Then the policy leaves
// them alone from here on, and what needs them to be merged: to know whether a record counts, newer segments are asked.
bool Maintenance::remember_damage(const Status& failure, SegmentNumber input) {
  if (!failure.is(StatusCode::kCorruption) && !failure.is(StatusCode::kIoError)) return false;
  if (state_.has_failed()) return false;  // it was a write
  const SegmentList sealed = catalog_.sealed();
  const auto damaged =
      std::find_if(sealed.begin(), sealed.end(), [&](const auto& s) { return s->name() == failure.file(); });
  if (damaged == sealed.end()) return false;  // an input that could not be removed
  const SegmentNumber number = (*damaged)->number();
  bool is_news = false;
  {
    const Lock lock(counters_);
    is_news = damaged_.emplace(number, failure.to_string()).second;
    left_alone_.insert(number);
    left_alone_.insert(input);
  }
  if (is_news) {
    const std::uint64_t offset = failure.offset() == Status::kNoOffset ? 0 : failure.offset();
    emit(options_.observer,
         {.kind = EventKind::kDamageFound, .segment = number, .offset = offset, .why = failure.message()});
  }
  return true;
}

// ---- when there is no space

bool Maintenance::free_space() {
  if (!options_.merge_policy.automatic || paused_) return false;
  const Lock work(work_);
  if (merge_ && !merge_is_the_policys_) return false;  // a caller's has the right of way
  const std::uint64_t bytes_before = bytes_in_sealed_segments();
  while (merge_ && advance_policys_merge()) {
  }
  return bytes_in_sealed_segments() < bytes_before || gain_space();
}

std::uint64_t Maintenance::bytes_in_sealed_segments() const {
  std::uint64_t bytes = 0;
  for (const std::uint64_t size : sizes_of(catalog_.sealed())) bytes += size;
  return bytes;
}

// With work_ held, and no merge under way.
bool Maintenance::gain_space() {
  if (!state_.check().ok()) return false;
  const SegmentList sealed = catalog_.sealed();
  std::vector<SegmentNumber> numbers;
  for (const auto& segment : sealed) numbers.push_back(segment->number());
  if (numbers == fruitless_) return false;  // what was tried with these, and how it ended, is known
  reserve_.give_up();
  Result<MergeProgress> gained = merge_emptiest(disk_, catalog_, sealed, options_.observer);
  reserve_.keep();
  if (!gained.ok()) note_failed_merge(gained.status());
  fruitless_ = std::move(numbers);
  if (!gained.ok() || gained->bytes_written >= gained->bytes_read) return false;
  fruitless_.clear();
  note_merge(*gained);
  settle_or_wake();
  return true;
}

void Maintenance::give_up_reserve() {
  const Lock work(work_);
  reserve_.give_up();
}

// ---- merges that a caller asks for

// Whether it may begin, or go on. When the store is closed, it is close that gives it up.
Status Maintenance::check_callers_merge() {
  Status status = state_.check();
  if (!status.ok()) give_up("the store has become read-only");
  if (status.ok() && stopping_) status = Status::read_only("the store is being closed");
  return status;
}

// Ends a merge of the policy's, so that the caller's can begin. kBusy if another caller's is under way.
Status Maintenance::take_over() {
  if (Status s = check_callers_merge(); !s.ok()) return s;
  if (merge_ && !merge_is_the_policys_) return Status::busy("another merge is under way");
  while (merge_ && !stopping_ && advance_policys_merge()) {
  }
  return check_callers_merge();
}

Status Maintenance::merge(std::optional<MergeRun> run) {
  const Lock work(work_);
  if (Status s = begin_callers_merge(run); !s.ok()) return s;
  Status status;
  while (merge_ && status.ok()) {
    status = check_callers_merge();
    if (status.ok()) status = step_merge().status();
  }
  settle_or_wake();
  return status;
}

Status Maintenance::begin_merge(std::optional<MergeRun> run) {
  const Lock work(work_);
  if (Status s = begin_callers_merge(run); !s.ok()) return s;
  nothing_to_merge_ = merge_ == nullptr;
  return {};
}

Result<bool> Maintenance::merge_step() {
  const Lock work(work_);
  if (Status s = check_callers_merge(); !s.ok()) return s;
  if (!merge_ && std::exchange(nothing_to_merge_, false)) return true;
  if (!merge_) return Status::invalid_argument("no merge is under way: begin_merge() begins one");
  Result<bool> done = step_merge();
  if (!done.ok() || *done) settle_or_wake();
  return done;
}

// Without a run: of all segments, if there are any.
Status Maintenance::begin_callers_merge(std::optional<MergeRun> run) {
  if (Status s = take_over(); !s.ok()) return s;
  if (run) return start_merge(*run);
  if (Result<bool> rolled = writer_.roll(); !rolled.ok()) return rolled.status();
  const std::size_t sealed = catalog_.sealed().size();
  if (sealed == 0) return {};
  Status started = start_merge({1, sealed});
  if (!started.ok()) settle_or_wake();
  return started;
}

Status Maintenance::start_merge(MergeRun run) {
  if (Status s = state_.check(); !s.ok()) return s;
  const SegmentList sealed = catalog_.sealed();
  if (run.first < 1 || run.first > run.last || run.last > sealed.size()) {
    return Status::invalid_argument("there is no run " + std::to_string(run.first) + ".." + std::to_string(run.last) +
                                    " among " + std::to_string(sealed.size()) + " sealed segments");
  }
  const auto at = [&](std::size_t position) { return sealed.begin() + static_cast<std::ptrdiff_t>(position); };
  MergePlan plan{{at(run.first - 1), at(run.last)}, {at(run.last), sealed.end()}, run.first == 1};
  merge_size_bytes_ = 0;
  for (const auto& input : plan.inputs) merge_size_bytes_ += input->size_bytes();
  merge_is_the_policys_ = false;
  nothing_to_merge_ = false;
  merge_ = std::make_unique<Merge>(disk_, catalog_, std::move(plan), options_.observer);
  merging_ = true;
  return {};
}

Result<bool> Maintenance::step_merge() {
  const std::uint64_t bytes_before = merge_->progress().bytes_read;
  Result<bool> done = merge_->step();
  const MergeProgress progress = merge_->progress();
  bytes_read_ += progress.bytes_read - bytes_before;
  if (done.ok() && !*done) return done;

  found_damage_ = false;
  (void)guarded([&] {  // without memory to note it, the merge has ended all the same
    if (done.ok()) note_merge(progress);
    if (!done.ok()) found_damage_ = remember_damage(done.status(), merge_->input().number());
    return Status();
  });
  end_merge();
  return done;
}

void Maintenance::note_merge(const MergeProgress& progress) {
  const SegmentList sealed = catalog_.sealed();
  const auto is_gone = [&](const auto& damaged) {
    return std::none_of(sealed.begin(), sealed.end(), [&](const auto& s) { return s->number() == damaged.first; });
  };
  const Lock lock(counters_);
  std::erase_if(damaged_, is_gone);  // it could be read this time
  ++stats_.merges;
  stats_.records_merged += progress.records_read;
  stats_.records_kept += progress.records_kept;
  stats_.bytes_merged += progress.bytes_read;
  stats_.bytes_kept += progress.bytes_written;
}

void Maintenance::end_merge() {
  merge_.reset();
  merging_ = false;
  const Lock lock(signals_);  // or the news may come between a waiter's look and its sleep
  progress_.notify_all();
}

// For close. What has been copied is lost when a merge is given up, so the last bit is better done than left.
void Maintenance::complete_policys_merge() {
  if (!merge_ || !merge_is_the_policys_ || paused_) return;
  const std::uint64_t bytes_left = merge_size_bytes_ - std::min(merge_size_bytes_, merge_->progress().bytes_read);
  if (bytes_left > options_.segment_size_bytes) return;
  while (merge_ && advance_policys_merge()) {
  }
}

void Maintenance::give_up(std::string_view why) {
  if (!merge_) return;
  merge_->abandon(why);
  end_merge();
}

void Maintenance::add_to(Stats* stats) const {
  const Lock lock(counters_);
  stats->snapshots_written = stats_.snapshots_written;
  stats->last_snapshot_error = stats_.last_snapshot_error;
  stats->merges = stats_.merges;
  stats->records_merged = stats_.records_merged;
  stats->records_kept = stats_.records_kept;
  stats->bytes_merged = stats_.bytes_merged;
  stats->bytes_kept = stats_.bytes_kept;
  stats->last_merge_error = stats_.last_merge_error;
  for (const auto& [number, error] : damaged_) stats->damaged.push_back({number, error});
  stats->stalls = stats_.stalls;
  stats->stalled_nanoseconds = stats_.stalled_nanoseconds;
  stats->longest_stall_nanoseconds = stats_.longest_stall_nanoseconds;
}

}  // namespace sediment
