#include "viz/model/timeline.h"

#include <algorithm>

namespace sediment::viz {

namespace {

// Entries between two checkpoints of a small scene. A smaller number takes more memory, a larger one makes seeks slower.
constexpr std::size_t kSpacing = 1024;
constexpr std::size_t kSpacingPerRecord = 2;  // of a large one

constexpr std::size_t kMostInStep = 16;  // entries; after more, the scene is copied instead of folding them twice

// An engine's store tells when something is durable; of another one the syncs of its files say it.
std::optional<MarkKind> mark_of(const sim::TraceEntry& entry, StoreFormat format) {
  if (const auto* crash = std::get_if<sim::CrashEntry>(&entry)) {
    return sim::is_damage(crash->choice.fault) ? MarkKind::kDamage : MarkKind::kCrash;
  }
  if (const auto* input = std::get_if<sim::InputEntry>(&entry)) {
    const bool marked_by_event = !input->step.empty() && (input->step[0] == "crash" || input->step[0] == "ask");
    return marked_by_event ? std::nullopt : std::optional(MarkKind::kOperation);
  }
  if (const auto* operation = std::get_if<sim::DiskOperation>(&entry)) {
    const bool is_sync = operation->kind == sim::DiskOperation::Kind::kSync && format != StoreFormat::kSediment;
    return is_sync ? std::optional(MarkKind::kSync) : std::nullopt;
  }
  const auto* event = std::get_if<sim::EventEntry>(&entry);
  if (event == nullptr) return std::nullopt;
  switch (event->kind) {
    case EventKind::kSynced: return MarkKind::kSync;
    case EventKind::kRolled: return MarkKind::kRoll;
    case EventKind::kMergeSwitched: return MarkKind::kMerge;
    case EventKind::kOpened: return MarkKind::kRecovered;
    default: return std::nullopt;
  }
}

}  // namespace

Timeline::Timeline(const sim::Trace& trace) : trace_(trace) { catch_up(); }

void Timeline::catch_up() {
  const auto& entries = trace_.entries();
  for (; size_ < entries.size(); ++size_) {
    const sim::TraceEntry& entry = entries[size_];
    const sim::DiskState* base = nullptr;
    if (const auto* crash = std::get_if<sim::CrashEntry>(&entry)) {
      if (crash->after_operation < end_.operations()) undo_until(size_, crash->after_operation);
      // Usually that is the disk as it is now, but not if operations were undone, or if another crash has happened
      // since.
      if (crash->after_operation != end_.operations() || crash->after_operation == operations_at_crash_) {
        Result<sim::DiskState> disk = trace_.state_after(crash->after_operation);
        if (disk.ok()) base = &(crash_base_[size_] = std::move(*disk));
      }
      operations_at_crash_ = end_.operations();
    }
    if (std::holds_alternative<sim::InputEntry>(entry)) {
      if (!steps_.empty()) stores_.push_back(end_.store());
      steps_.push_back(size_);
    }
    formats_.add(entry);
    if (const auto kind = mark_of(entry, formats_.at(size_ + 1))) marks_.push_back({*kind, size_ + 1});
    end_.apply(entry, base);
    const std::size_t since = end_.position() - checkpoints_.back().position();
    if (since < kSpacing) continue;
    const std::size_t weight = end_.weight();
    if (since < kSpacingPerRecord * weight) continue;
    checkpoints_.push_back(end_);
    weight_ += weight;
  }
}

// The crash has this number. Everything after that operation and before the crash's own input is undone; nothing is known
// of a crash before the first operation.
void Timeline::undo_until(std::size_t crash, std::uint64_t after_operation) {
  if (after_operation == 0 || steps_.empty()) return;
  const auto& entries = trace_.entries();
  const std::size_t last = steps_.back();
  std::size_t first = crash;
  for (std::uint64_t operations = end_.operations(); operations > after_operation; --first) {
    if (std::holds_alternative<sim::DiskOperation>(entries[first - 1])) --operations;
  }
  while (!std::holds_alternative<sim::DiskOperation>(entries[first - 1])) --first;
  if (first >= last) return;
  while (!undone_.empty() && undone_.back().first >= first) undone_.pop_back();
  undone_.push_back({first, last});

  while (checkpoints_.back().position() > first) {
    weight_ -= checkpoints_.back().weight();
    checkpoints_.pop_back();
  }
  end_ = scene_at(first);
  advance(end_, last);
  if (!stores_.empty()) stores_.back() = end_.store();
  advance(end_, crash);
  const auto is_in_it = [&](const Mark& mark) { return mark.position > first && mark.position <= last; };
  marks_.erase(std::remove_if(marks_.begin(), marks_.end(), is_in_it), marks_.end());
  if (now_.position() <= first) return;
  const std::size_t here = now_.position();
  before_ = now_ = Scene();
  seek(here);
}

bool Timeline::is_undone(std::size_t entry) const {
  const auto next = std::upper_bound(undone_.begin(), undone_.end(), entry,
                                     [](std::size_t at, const Undone& undone) { return at < undone.first; });
  return next != undone_.begin() && entry < std::prev(next)->last;
}

void Timeline::seek(std::size_t position) {
  position = std::min(position, size_);
  if (position == now_.position()) return;
  if (position == 0) {
    before_ = now_ = Scene();
    return;
  }
  // From the current place or from the nearest checkpoint, whichever is nearer. In steps, the two scenes go forward
  // separately: to copy one for each step would take as long as the scene is large.
  const Scene& checkpoint = checkpoint_before(position);
  const bool ahead = now_.position() < position && now_.position() >= checkpoint.position();
  const bool is_step = ahead && position - now_.position() <= kMostInStep;
  if (!ahead) before_ = checkpoint;
  advance(before_, position - 1);
  if (!is_step) now_ = before_;
  advance(now_, position);
}

// The last one before this position.
const Scene& Timeline::checkpoint_before(std::size_t position) const {
  const auto next = std::lower_bound(checkpoints_.begin() + 1, checkpoints_.end(), position,
                                     [](const Scene& scene, std::size_t at) { return scene.position() < at; });
  return *std::prev(next);
}

Scene Timeline::scene_at(std::size_t position) const {
  Scene scene = checkpoint_before(position);
  advance(scene, position);
  return scene;
}

void Timeline::advance(Scene& scene, std::size_t position) const {
  while (scene.position() < position) {
    const std::size_t entry = scene.position();
    const auto base = crash_base_.find(entry);
    if (is_undone(entry)) {
      scene.pass_undone(trace_.entries()[entry]);
    } else {
      scene.apply(trace_.entries()[entry], base == crash_base_.end() ? nullptr : &base->second);
    }
  }
}

std::size_t Timeline::next_step(std::size_t position) const { return end_of_step(position + 1); }

std::size_t Timeline::previous_step(std::size_t position) const {
  const auto next = std::lower_bound(steps_.begin(), steps_.end(), position);
  return next == steps_.begin() ? 0 : *(next - 1);
}

std::size_t Timeline::begin_of_input(std::size_t number) const {
  if (number == 0) return 0;
  return number <= steps_.size() ? steps_[number - 1] : size_;
}

std::size_t Timeline::end_of_step(std::size_t position) const {
  const auto next = std::lower_bound(steps_.begin(), steps_.end(), position);
  return next == steps_.end() ? size_ : *next;
}

Scene::Store Timeline::store_after_step(std::size_t position) const {
  const std::size_t begun = std::max<std::size_t>(1, inputs_before(std::max<std::size_t>(1, position)));
  return begun <= stores_.size() ? stores_[begun - 1] : end_.store();
}

std::size_t Timeline::inputs_before(std::size_t position) const {
  return static_cast<std::size_t>(std::lower_bound(steps_.begin(), steps_.end(), position) - steps_.begin());
}

}  // namespace sediment::viz
