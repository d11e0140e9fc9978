#include "engine/cli/watch.h"

#include <algorithm>

#include "engine/log_reader.h"
#include "engine/record.h"
#include "engine/tools/store_files.h"

namespace sediment::cli {

namespace {

constexpr int kMostTries = 20;  // a store that changes faster than this is shown as last seen
constexpr std::uint64_t kWindowSize = std::uint64_t{1} << 20;

bool same_segment(const WatchedSegment& one, const WatchedSegment& other) {
  return one.number == other.number && one.nonce == other.nonce;
}

const WatchedSegment* find(const std::vector<WatchedSegment>& segments, const WatchedSegment& wanted) {
  const auto found = std::find_if(segments.begin(), segments.end(),
                                  [&](const WatchedSegment& segment) { return same_segment(segment, wanted); });
  return found == segments.end() ? nullptr : &*found;
}

std::string list_of(const std::vector<SegmentNumber>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) text += i + 1 == numbers.size() ? " and " : ", ";
    text += segment_file_name(numbers[i]);
  }
  return text;
}

// What became of adjacent segments that are gone; `next` is the first segment in their place, if there is one.
Happening replacement(const std::vector<SegmentNumber>& gone, bool only_the_active, const WatchedSegment* next) {
  const std::string names = list_of(gone);
  const std::string were = gone.size() == 1 ? " was" : " were";
  if (next == nullptr || (!next->sealed && !only_the_active)) {
    return {Happening::Kind::kRemoved, gone, std::nullopt, names + were + " dropped: no record in it still counted"};
  }
  const std::string name = segment_file_name(next->number);
  if (!next->sealed) return {Happening::Kind::kRewritten, gone, next->number, name + " took the place of " + names};
  if (only_the_active) {
    return {Happening::Kind::kRewritten, gone, next->number, names + " was rewritten into " + name + " or merged"};
  }
  return {Happening::Kind::kMerged, gone, next->number, names + were + " merged into " + name};
}

}  // namespace

std::uint64_t WatchView::size_bytes() const {
  std::uint64_t sum = 0;
  for (const WatchedSegment& segment : segments) sum += segment.size_bytes;
  return sum;
}

std::uint64_t WatchView::records() const {
  std::uint64_t sum = 0;
  for (const WatchedSegment& segment : segments) sum += segment.records;
  return sum;
}

bool WatchView::has_problem() const {
  return state == State::kDamaged || std::any_of(segments.begin(), segments.end(),
                                                 [](const WatchedSegment& segment) { return !segment.problem.ok(); });
}

WatchView Watch::look(const Result<std::shared_ptr<Disk>>& disk, double now_seconds) {
  WatchView view;
  if (last_seconds_) view.seconds = now_seconds - *last_seconds_;
  view.status = disk.ok() ? look_at_store(**disk, &view) : disk.status();
  if (view.status.ok()) {
    view.state = WatchView::State::kStore;
    compare(&view);
    last_seconds_ = now_seconds;
  } else {
    view.segments.clear();
    const bool missing = view.status.is(StatusCode::kNotFound);
    view.state = missing ? WatchView::State::kNoStore : WatchView::State::kDamaged;
    // Rates cover the time between two good looks, however long that was.
  }
  view.manifest_changes = manifest_changes_;
  return view;
}

Status Watch::look_at_store(Disk& disk, WatchView* view) {
  const std::string text_before = manifest_text_;
  for (int tries = 1;; ++tries) {
    const bool last_try = tries == kMostTries;
    Result<Manifest> manifest = read_manifest(disk);
    Result<std::vector<std::string>> names = disk.list();
    if (!names.ok()) return names.status();
    if (manifest.status().is(StatusCode::kNotFound)) {
      if (!tools::hold_store(*names)) return Status::not_found("there is no store here yet");
      if (!last_try) continue;  // it may have been published between the two calls
      return Status::corruption(kManifestName, Status::kNoOffset, "it is missing, although there are segments");
    }
    if (!manifest.ok()) return manifest.status();

    view->segments.clear();
    view->unnamed.clear();
    for (const Manifest::Sealed& entry : manifest->sealed) {
      view->segments.push_back(
          look_at_file(disk, {entry.number, entry.nonce, true, entry.size_bytes, entry.record_count, 0, 0, true, {}}));
    }
    if (const auto& active = manifest->active) {
      view->segments.push_back(look_at_file(disk, {active->number, active->nonce, false, 0, 0, 0, 0, true, {}}));
    }
    std::sort(names->begin(), names->end());
    for (const std::string& name : *names) {
      if (tools::belongs_to_store(*manifest, name)) continue;
      const Result<std::unique_ptr<File>> file = disk.open(name);
      if (file.ok()) view->unnamed.push_back({name, (*file)->size()});  // else it is gone already
    }

    const Result<Manifest> again = read_manifest(disk);
    if (!last_try && (!again.ok() || !(*again == *manifest))) continue;
    manifest_text_ = encode_manifest(*manifest);
    if (!text_before.empty() && text_before != manifest_text_) ++manifest_changes_;
    return {};
  }
}

WatchedSegment Watch::look_at_file(Disk& disk, WatchedSegment segment) {
  const std::string name = segment_file_name(segment.number);
  Result<std::unique_ptr<File>> file = disk.open(name);
  if (!file.ok()) {
    const bool missing = file.status().is(StatusCode::kNotFound);
    segment.problem = missing ? Status::corruption(name, Status::kNoOffset, "the manifest names it, but it is missing")
                              : file.status();
    return segment;
  }
  segment.file_bytes = (*file)->size();
  if (segment.sealed) {
    if (segment.file_bytes != segment.size_bytes) {
      segment.problem = Status::corruption(name, Status::kNoOffset,
                                           "it has " + std::to_string(segment.file_bytes) +
                                               " bytes, but the manifest says " + std::to_string(segment.size_bytes));
    }
    return segment;
  }

  const bool is_known = active_ && active_->number == segment.number && active_->nonce == segment.nonce;
  if (!is_known) active_ = ActiveLog{segment.number, segment.nonce, kSegmentHeaderSize, 0, 0, true};
  segment.problem = read_active(**file);
  segment.size_bytes = active_->end;
  segment.records = active_->records;
  segment.synced_upto = active_->synced_upto;
  segment.read_to_end = active_->read_to_end;
  return segment;
}

// Continues where the last look ended; a LogReader would begin at the first record.
Status Watch::read_active(const File& file) {
  ActiveLog& log = *active_;
  const std::uint64_t end_before = log.end;
  const std::uint64_t size = file.size();
  std::string scratch;
  std::uint64_t window = kWindowSize;
  log.read_to_end = true;
  while (log.end < size) {
    const std::uint64_t rest = size - log.end;
    Result<std::string_view> bytes = read_fully(file, log.end, std::min(window, rest), &scratch);
    if (!bytes.ok()) return bytes.status();
    std::uint64_t taken = 0;
    Record record;
    RecordVerdict verdict = RecordVerdict::kValid;
    while (true) {
      verdict = decode_record({log.nonce, log.end + taken}, bytes->substr(taken), &record);
      if (verdict != RecordVerdict::kValid) break;
      taken += record.size_bytes;
      ++log.records;
      log.synced_upto = std::max(log.synced_upto, record.durable_upto);
    }
    log.end += taken;

    const bool window_ended =
        verdict == RecordVerdict::kEnd || verdict == RecordVerdict::kHeaderCut || verdict == RecordVerdict::kBodyCut;
    if (!window_ended || bytes->size() < window) return {};  // nothing is written after this
    window = taken > 0 ? kWindowSize : window * 2;           // doubled for a record larger than the window
    if (log.end - end_before >= most_bytes_read_) {
      log.read_to_end = false;
      return {};
    }
  }
  return {};
}

void Watch::compare(WatchView* view) {
  if (!last_) {
    last_ = view->segments;
    return;
  }
  view->happenings = happenings_between(*last_, view->segments);

  // What was written: the growth of the log that was active, and all logs that came after it. The output of a merge
  // comes before them.
  std::uint64_t bytes = 0;
  std::uint64_t records = 0;
  for (std::size_t i = view->segments.size(); i-- > 0;) {
    const WatchedSegment& segment = view->segments[i];
    const WatchedSegment* before = find(*last_, segment);
    const std::uint64_t bytes_before = before != nullptr ? before->size_bytes : kSegmentHeaderSize;
    const bool replaced =
        std::any_of(view->happenings.begin(), view->happenings.end(), [&](const Happening& happening) {
          return !happening.from.empty() && happening.into == segment.number && segment.sealed;
        });
    if (replaced) break;
    bytes += segment.size_bytes - std::min(segment.size_bytes, bytes_before);
    records += segment.records - std::min(segment.records, before != nullptr ? before->records : 0);
    if (before != nullptr) break;
  }
  if (view->seconds > 0) {
    view->rates = {static_cast<double>(bytes) / view->seconds, static_cast<double>(records) / view->seconds};
  }
  last_ = view->segments;
}

std::vector<Happening> happenings_between(const std::vector<WatchedSegment>& before,
                                          const std::vector<WatchedSegment>& after) {
  std::vector<Happening> happenings;
  const WatchedSegment* was_active = !before.empty() && !before.back().sealed ? &before.back() : nullptr;
  const WatchedSegment* is_active = !after.empty() && !after.back().sealed ? &after.back() : nullptr;
  const WatchedSegment* was_active_now = was_active != nullptr ? find(after, *was_active) : nullptr;
  const bool sealed = was_active_now != nullptr && was_active_now->sealed;

  // Segments never change their order. So the segments that are in both lists divide both into matching pieces.
  std::size_t old_at = 0;
  std::size_t new_at = 0;
  while (old_at < before.size() || new_at < after.size()) {
    std::vector<SegmentNumber> gone;
    for (; old_at < before.size() && find(after, before[old_at]) == nullptr; ++old_at) {
      gone.push_back(before[old_at].number);
    }
    std::vector<const WatchedSegment*> come;
    for (; new_at < after.size() && find(before, after[new_at]) == nullptr; ++new_at) come.push_back(&after[new_at]);

    // The first new segment took the place of those that are gone; the others were written since.
    if (!gone.empty()) {
      const bool only_the_active = was_active != nullptr && gone.front() == was_active->number;
      happenings.push_back(replacement(gone, only_the_active, come.empty() ? nullptr : come.front()));
      if (happenings.back().into) come.erase(come.begin());
    }
    for (const WatchedSegment* segment : come) {
      const std::string name = segment_file_name(segment->number);
      if (segment->sealed) {
        happenings.push_back({Happening::Kind::kAppeared, {}, segment->number, name + " appeared, already sealed"});
      } else if (!sealed) {  // else it is reported below, together with the one before it
        happenings.push_back({Happening::Kind::kRolled, {}, segment->number, name + " is the active segment now"});
      }
    }
    if (old_at < before.size()) ++old_at;
    if (new_at < after.size()) ++new_at;
  }
  if (!sealed) return happenings;

  std::string text = segment_file_name(was_active->number) + " was sealed";
  std::optional<SegmentNumber> into;
  if (is_active != nullptr) {
    into = is_active->number;
    text += "; " + segment_file_name(*into) + " is the active segment now";
  }
  happenings.push_back({Happening::Kind::kRolled, {was_active->number}, into, std::move(text)});
  return happenings;
}

}  // namespace sediment::cli
