#include "viz/model/counters.h"

#include <algorithm>

namespace sediment::viz {

namespace {

void count(const sim::Step& step, Counters* counters) {
  if (step.empty()) return;
  if (step[0] == "put" && step.size() == 3) {
    ++counters->puts;
    counters->bytes_given += step[1].size() + step[2].size();
  } else if (step[0] == "remove" && step.size() == 2) {
    ++counters->removes;
    counters->bytes_given += step[1].size();
  } else if (step[0] == "get") {
    ++counters->gets;
  }
}

void count(const sim::DiskOperation& operation, Counters* counters) {
  using Kind = sim::DiskOperation::Kind;
  if (operation.kind == Kind::kAppend) counters->bytes_written += operation.bytes.size();
  if (operation.kind == Kind::kSync) ++counters->syncs;
  if (operation.kind == Kind::kSyncDirectory) ++counters->directory_syncs;
}

void count(const sim::EventEntry& event, Counters* counters) {
  switch (event.kind) {
    case EventKind::kAppended: counters->log_bytes += event.size; break;
    case EventKind::kMergeKept: counters->merge_bytes += event.size; break;
    case EventKind::kMergeSwitched: ++counters->merges; break;
    case EventKind::kProbed:
      ++counters->segments_asked;
      counters->slots_visited += event.size;
      break;
    default: break;
  }
}

}  // namespace

void CounterHistory::add(const sim::TraceEntry& entry) {
  ++size_;
  if (const auto* input = std::get_if<sim::InputEntry>(&entry)) count(input->step, &now_);
  const auto* operation = std::get_if<sim::DiskOperation>(&entry);
  if (operation != nullptr) count(*operation, &now_);
  if (const auto* event = std::get_if<sim::EventEntry>(&entry)) count(*event, &now_);
  const bool is_sync = operation != nullptr && (operation->kind == sim::DiskOperation::Kind::kSync ||
                                                operation->kind == sim::DiskOperation::Kind::kSyncDirectory);
  if (is_sync || std::holds_alternative<sim::OutcomeEntry>(entry)) samples_.push_back({size_, now_});
}

Counters CounterHistory::at(std::size_t position) const {
  const auto later = std::upper_bound(samples_.begin(), samples_.end(), position,
                                      [](std::size_t at, const Sample& sample) { return at < sample.position; });
  return later == samples_.begin() ? Counters() : std::prev(later)->counters;
}

}  // namespace sediment::viz
