// The timeline: a place in a trace, and the scene there.
//
// Going back means going forward from a checkpoint: the scene is copied at intervals, and a seek folds the entries
// since the last copy before its destination. A large scene is copied less often, after twice as many entries as it
// holds records, so that all copies together take no more memory than the trace. One step forward copies nothing.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "viz/model/scene.h"
#include "viz/model/store_format.h"

namespace sediment::viz {

/// What marks a place in the trace on the scrubber.
enum class MarkKind : std::uint8_t { kOperation, kSync, kRoll, kMerge, kDamage, kCrash, kRecovered };

struct Mark {
  MarkKind kind = MarkKind::kOperation;
  std::size_t position = 0;  // entries that have happened when it is done
};

class Timeline {
 public:
  /// The trace must outlive the timeline, and may grow.
  explicit Timeline(const sim::Trace& trace);

  /// Takes in what was added to the trace.
  void catch_up();

  const sim::Trace& trace() const { return trace_; }
  /// How many entries there are.
  std::size_t size() const { return size_; }
  /// How many entries have happened.
  std::size_t position() const { return now_.position(); }
  /// The scene after them.
  const Scene& scene() const { return now_; }
  /// The scene before the last of them: drawing the change needs both.
  const Scene& before() const { return before_; }

  /// Whether the entry of this number, from 0, has not happened: a later crash goes back to a moment before it. Scenes
  /// pass over such entries, so the crash strikes the store as it was at that moment.
  bool is_undone(std::size_t entry) const;
  /// The entries, from 0, that a crash undoes: from `first` up to but not including `last`, which is the crash's input.
  struct Undone {
    std::size_t first = 0;
    std::size_t last = 0;
  };
  /// In order; none overlaps another.
  const std::vector<Undone>& undone() const { return undone_; }

  /// Goes to any position, or to the end if there are fewer entries.
  void seek(std::size_t position);

  /// The positions at which a step of the scenario begins (its input is the next entry), and the last position.
  std::size_t next_step(std::size_t position) const;
  std::size_t previous_step(std::size_t position) const;
  /// Where the step at this position ends; a position between two steps is the end of the first.
  std::size_t end_of_step(std::size_t position) const;
  /// The state of the store at the end of the step at this position. At 0 that is the first step.
  Scene::Store store_after_step(std::size_t position) const;
  /// How many inputs come before this position, including the one being carried out there.
  std::size_t inputs_before(std::size_t position) const;
  /// Where the input of this number begins, counted from 1; 0 for the input 0, and the end if there are fewer.
  std::size_t begin_of_input(std::size_t number) const;
  /// The last entry of this type that has happened in the step at this position; null if there is none.
  template <typename T>
  const T* last_in_step() const {
    for (std::size_t i = position(); i > 0; --i) {
      const sim::TraceEntry& entry = trace_.entries()[i - 1];
      if (is_undone(i - 1)) continue;
      if (const T* found = std::get_if<T>(&entry)) return found;
      if (std::holds_alternative<sim::InputEntry>(entry)) break;
    }
    return nullptr;
  }
  /// How much the checkpoints hold, in records and what takes as much memory: less than the trace has entries.
  std::size_t weight_of_checkpoints() const { return weight_; }
  /// All marks, in order.
  const std::vector<Mark>& marks() const { return marks_; }
  /// Of which store each run in the trace is.
  const StoreFormats& formats() const { return formats_; }
  /// The scene after this many entries, without going there.
  Scene scene_at(std::size_t position) const;
  /// Folds entries into a scene of this trace until this many have happened.
  void advance(Scene& scene, std::size_t position) const;

 private:
  const Scene& checkpoint_before(std::size_t position) const;
  void undo_until(std::size_t crash, std::uint64_t after_operation);

  const sim::Trace& trace_;
  std::size_t size_ = 0;
  Scene before_;
  Scene now_;
  Scene end_;                                         // after all entries
  std::vector<Scene> checkpoints_ = {Scene()};        // in order of their positions
  std::size_t weight_ = 0;                            // of all checkpoints
  std::map<std::size_t, sim::DiskState> crash_base_;  // by the entry of the crash
  std::optional<std::uint64_t> operations_at_crash_;  // how many there were at the last crash
  std::vector<Undone> undone_;
  std::vector<std::size_t> steps_;    // the positions of the inputs
  std::vector<Scene::Store> stores_;  // after each of these steps but the last
  std::vector<Mark> marks_;
  StoreFormats formats_;
};

}  // namespace sediment::viz
