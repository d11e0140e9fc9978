#include "engine/merger.h"

#include <algorithm>
#include <span>
#include <vector>

#include "engine/guarded.h"
#include "engine/yield_point.h"

namespace sediment {

std::uint64_t Merger::bytes_left() const {
  return merge_ ? size_bytes_ - std::min(size_bytes_, merge_->progress().bytes_read) : 0;
}

// ---- which

// The newest run that the policy wants. It contains no segment that merging leaves alone. Segments count towards
// most_bytes from the newest on, and one that no longer fits is left out.
std::optional<MergeRun> Merger::wanted_run(std::uint64_t most_bytes) const {
  const SegmentList sealed = catalog_.sealed();
  const std::vector<std::uint64_t> sizes = sizes_of(sealed);
  const auto may_take = [&](std::size_t i) { return sizes[i] <= most_bytes && !leaves_alone(sealed[i]->number()); };
  std::size_t end = sealed.size();
  while (end > 0) {
    std::size_t begin = end;
    for (; begin > 0 && may_take(begin - 1); --begin) most_bytes -= sizes[begin - 1];
    const auto stretch = std::span(sizes).subspan(begin, end - begin);
    if (const auto run = choose_merge(stretch, options_.merge_policy))
      return MergeRun{begin + run->first, begin + run->last};
    end = begin > 0 ? begin - 1 : 0;
  }
  return std::nullopt;
}

// ---- step by step

bool Merger::advance(std::uint64_t most_bytes) {
  if (is_callers()) return false;
  yield_point("maintenance.step");
  if (state_.has_failed()) {
    give_up("the store has become read-only");
    return false;
  }
  Status status;
  if (!merge_) {
    const std::optional<MergeRun> run = wanted_run(most_bytes);
    if (!run) return false;
    status = start(*run, true);
    found_damage_ = false;
  } else {
    status = step().status();
  }
  if (!status.ok()) note_failure(status.to_string());
  return status.ok() || found_damage_;  // after damage, the next run is another one
}

Status Merger::begin(MergeRun run) { return start(run, false); }

Status Merger::start(MergeRun run, bool is_policys) {
  if (Status s = state_.check(); !s.ok()) return s;
  const SegmentList sealed = catalog_.sealed();
  if (run.first < 1 || run.first > run.last || run.last > sealed.size()) {
    return Status::invalid_argument("there is no run " + std::to_string(run.first) + ".." + std::to_string(run.last) +
                                    " among " + std::to_string(sealed.size()) + " sealed segments");
  }
  MergePlan plan = plan_for(run, sealed);
  size_bytes_ = total_size(plan.inputs);
  merge_ = std::make_unique<Merge>(disk_, catalog_, std::move(plan), options_.observer);
  is_policys_ = is_policys;
  under_way_ = true;
  return {};
}

Result<bool> Merger::step() {
  const std::uint64_t before = merge_->progress().bytes_read;
  Result<bool> done = merge_->step();
  const MergeProgress& progress = merge_->progress();
  bytes_read_ += progress.bytes_read - before;
  if (done.ok() && !*done) return done;

  found_damage_ = false;
  attempt([&] {  // the merge has ended even if there is no memory to note it
    if (done.ok()) note(progress);
    if (!done.ok()) found_damage_ = note_damage(done.status(), merge_->input().number());
  });
  end();
  return done;
}

void Merger::give_up(std::string_view why) {
  if (!merge_) return;
  merge_->abandon(why);
  end();
}

void Merger::end() {
  merge_.reset();
  under_way_ = false;
}

// ---- the outcome

// Whether a merge failed because bytes could not be read or did not verify. If so, notes the damage.
bool Merger::note_damage(const Status& failure, SegmentNumber input) {
  if (!failure.is(StatusCode::kCorruption) && !failure.is(StatusCode::kIoError)) return false;
  if (state_.has_failed()) return false;  // a write failed
  const SegmentList sealed = catalog_.sealed();
  const auto damaged =
      std::find_if(sealed.begin(), sealed.end(), [&](const auto& s) { return s->name() == failure.file(); });
  if (damaged == sealed.end()) return false;  // an input that could not be removed
  const SegmentNumber number = (*damaged)->number();
  if (damaged_.add(number, failure.to_string(), input)) {
    const std::uint64_t offset = failure.offset() == Status::kNoOffset ? 0 : failure.offset();
    emit(options_.observer,
         {.kind = EventKind::kDamageFound, .segment = number, .offset = offset, .why = failure.message()});
  }
  return true;
}

void Merger::note(const MergeProgress& progress) {
  damaged_.forget_all_but(catalog_.sealed());
  const std::lock_guard lock(counters_);
  ++stats_.merges;
  stats_.records_merged += progress.records_read;
  stats_.records_kept += progress.records_kept;
  stats_.bytes_merged += progress.bytes_read;
  stats_.bytes_kept += progress.bytes_written;
}

void Merger::note_failure(std::string error) {
  const std::lock_guard lock(counters_);
  stats_.last_merge_error = std::move(error);
}

void Merger::add_to(Stats* stats) const {
  stats->damaged = damaged_.list();
  const std::lock_guard lock(counters_);
  static_cast<MergeStats&>(*stats) = stats_;
}

}  // namespace sediment
