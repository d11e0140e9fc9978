#include "viz/model/pace.h"

#include <algorithm>

#include "engine/format.h"

namespace sediment::viz {

namespace {

using sim::DiskOperation;

double seconds_of(const DiskOperation& operation) {
  switch (operation.kind) {
    case DiskOperation::Kind::kCreate: return 0.4;
    case DiskOperation::Kind::kAppend:
      if (!parse_segment_file_name(operation.name)) return 0.4;
      return operation.offset == 0 ? 0.2 : 0.8;  // a header, a record
    case DiskOperation::Kind::kReserve:
    case DiskOperation::Kind::kTruncate: return 0.3;
    case DiskOperation::Kind::kSync:
    case DiskOperation::Kind::kDropUnsynced:
    case DiskOperation::Kind::kRevertUnsynced:
    case DiskOperation::Kind::kDropChanges: return 0.6;
    case DiskOperation::Kind::kRename: return 0.8;
    case DiskOperation::Kind::kRemove:
    case DiskOperation::Kind::kSyncDirectory: return 0.5;
    case DiskOperation::Kind::kLink:
    case DiskOperation::Kind::kMakeDirectory:
    case DiskOperation::Kind::kRemoveDirectory: return 0.4;
  }
  return 0;
}

double seconds_of(EventKind kind) {
  switch (kind) {
    case EventKind::kAppended:
    case EventKind::kPublished:
    case EventKind::kClosed: return 0.05;
    case EventKind::kIndexed: return 0.5;
    case EventKind::kIndexGrew: return 0.4;
    case EventKind::kAcknowledged:
    case EventKind::kSynced: return 0.15;
    case EventKind::kProbed: return 0.7;
    case EventKind::kNotHere: return 0.5;
    case EventKind::kFound:
    case EventKind::kTombstoneStops: return 0.9;
    case EventKind::kSnapshotWritten:
    case EventKind::kSnapshotFailed:
    case EventKind::kSnapshotUsed:
    case EventKind::kSnapshotIgnored:
    case EventKind::kStalled: return 0.6;
    case EventKind::kSealed:
    case EventKind::kRolled: return 0.4;
    case EventKind::kMergeStarted: return 0.8;
    case EventKind::kMergeKept: return 0.6;
    case EventKind::kMergeDropped: return 0.9;
    case EventKind::kMergeSwitched:
    case EventKind::kDamageFound: return 1.2;
    case EventKind::kInputRemoved:
    case EventKind::kMergeAbandoned: return 0.4;
    case EventKind::kRecoveryOpened: return 0.5;
    case EventKind::kRecoveryScanned: return 0.3;
    case EventKind::kRecoveryCut: return 1.2;
    case EventKind::kRecoveryRewrote:
    case EventKind::kOrphanRemoved:
    case EventKind::kOpened:
    case EventKind::kCalled:
    case EventKind::kFailed: return 0.6;
    case EventKind::kStopped: return 1.2;
  }
  return 0;
}

double natural_seconds(const sim::TraceEntry& entry) {
  if (std::holds_alternative<sim::InputEntry>(entry)) return 0.35;
  if (std::holds_alternative<sim::OutcomeEntry>(entry)) return 0.1;
  if (std::holds_alternative<sim::CrashEntry>(entry)) return 2;
  if (const auto* operation = std::get_if<DiskOperation>(&entry)) return seconds_of(*operation);
  return seconds_of(std::get<sim::EventEntry>(entry).kind);
}

}  // namespace

void Pace::add(const sim::TraceEntry& entry) {
  seconds_.push_back(natural_seconds(entry));
  holds_.push_back(0);
}

void Pace::stretch(std::size_t first, std::size_t last, double seconds) {
  last = std::min(last, size());
  double natural = 0;
  for (std::size_t i = first; i < last; ++i) natural += seconds_[i];
  if (natural == 0) return;
  for (std::size_t i = first; i < last; ++i) seconds_[i] *= seconds / natural;
  ends_.clear();
}

void Pace::hold(std::size_t entries, double seconds) {
  holds_[std::min(entries, size())] += seconds;
  ends_.clear();
}

void Pace::skip(std::size_t first, std::size_t last) {
  for (std::size_t i = first; i < std::min(last, size()); ++i) seconds_[i] = 0;
  ends_.clear();
}

void Pace::cut(std::size_t entries) {
  entries = std::min(entries, size());
  seconds_.resize(entries);
  holds_.resize(entries + 1);
  holds_.back() = 0;
  ends_.clear();
}

Playhead Pace::at(double time) const {
  find_ends();
  // The entry that is happening is the first one that ends at or after this moment, if its turn has come.
  const auto found = std::lower_bound(ends_.begin(), ends_.end(), time);
  if (found == ends_.begin()) return {0, 1};
  if (found == ends_.end()) return {size(), 1};
  const auto entries = static_cast<std::size_t>(found - ends_.begin());
  const double begin = ends_[entries - 1] + holds_[entries - 1];
  if (time < begin) return {entries - 1, 1};
  if (time >= ends_[entries]) return {entries, 1};  // exactly, without the division's rounding
  return {entries, std::clamp((time - begin) / seconds_[entries - 1], 0.0, 1.0)};
}

double Pace::end_of(std::size_t entries) const {
  find_ends();
  return ends_[std::min(entries, size())];
}

double Pace::end_of_hold(std::size_t entries) const { return end_of(entries) + holds_[std::min(entries, size())]; }

void Pace::find_ends() const {
  if (ends_.empty()) ends_.push_back(0);
  while (ends_.size() <= seconds_.size()) {
    const std::size_t i = ends_.size() - 1;
    ends_.push_back(ends_[i] + holds_[i] + seconds_[i]);
  }
}

}  // namespace sediment::viz
