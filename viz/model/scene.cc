#include "viz/model/scene.h"

#include <algorithm>
#include <set>

#include "engine/fitted_index.h"
#include "engine/snapshot.h"
#include "sim/disk/crash.h"
#include "sim/disk/sim_disk.h"
#include "sim/run/store_adapter.h"
#include "viz/model/narration.h"

namespace sediment::viz {

namespace {

using sim::DiskOperation;

// Copies data that several scenes share, before changing it.
template <typename T>
T& own(std::shared_ptr<T>& shared) {
  if (shared.use_count() > 1) shared = std::make_shared<T>(*shared);
  return *shared;
}

template <typename Key, typename T>
bool same_values(const std::map<Key, std::shared_ptr<T>>& left, const std::map<Key, std::shared_ptr<T>>& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end(), [](const auto& a, const auto& b) {
    return a.first == b.first && (a.second == b.second || *a.second == *b.second);
  });
}

bool is_verb(const sim::Step& step, std::string_view verb) { return !step.empty() && step[0] == verb; }

// Whether a lookup that ends at this record answers with a value.
bool has_value(const RecordView& record) { return record.valid() && record.type == RecordType::kPut; }

bool opens(const sim::Step& step) {
  return is_verb(step, "open") || is_verb(step, "recover") || is_verb(step, "reopen");
}

// Whether an open that told no kOpened has failed. Some failures are not violations, so `ok` alone does not say it.
bool says_why_not(const std::string& outcome, bool ok) {
  return !ok || outcome.starts_with("the store does not open") || error_in(outcome);
}

// What a text log on this disk has for these keys.
sim::Contents read_text_log(const sim::DiskState& disk, const std::set<std::string>& keys) {
  const auto copy = std::make_shared<sim::SimDisk>(disk, sim::SimDiskOptions{});
  Result<std::unique_ptr<sim::StoreAdapter>> log = sim::text_log_kind().open(copy, {}, nullptr);
  if (!log.ok()) return {};
  Result<sim::Contents> contents = (*log)->everything(keys);
  return contents.ok() ? std::move(*contents) : sim::Contents();
}

bool changes_contents(sim::DiskOperation::Kind kind) {
  using Kind = sim::DiskOperation::Kind;
  return kind == Kind::kCreate || kind == Kind::kAppend || kind == Kind::kTruncate || kind == Kind::kRevertUnsynced;
}

}  // namespace

void Scene::apply(const sim::TraceEntry& entry, const sim::DiskState* crash_base) {
  ++position_;
  if (const auto* crash = std::get_if<sim::CrashEntry>(&entry)) {
    on_crash(*crash, crash_base != nullptr ? *crash_base : disk_);
  } else if (const auto* input = std::get_if<sim::InputEntry>(&entry)) {
    on(*input);
  } else if (const auto* outcome = std::get_if<sim::OutcomeEntry>(&entry)) {
    on(*outcome);
  } else if (const auto* operation = std::get_if<DiskOperation>(&entry)) {
    on(*operation);
  } else if (const auto* event = std::get_if<sim::EventEntry>(&entry)) {
    on(*event);
  }
}

void Scene::pass_undone(const sim::TraceEntry& entry) {
  ++position_;
  if (std::holds_alternative<DiskOperation>(entry)) ++operations_;
  if (const auto* input = std::get_if<sim::InputEntry>(&entry)) twin_.on(*input, disk_.find(kManifestName) != nullptr);
  if (const auto* outcome = std::get_if<sim::OutcomeEntry>(&entry)) twin_.on(*outcome, operations_, std::nullopt);
}

// ---- inputs and outcomes

const std::string* looked_up_by(const sim::Step& step) {
  if (is_verb(step, "get") && step.size() > 1) return &step[1];
  const bool expects = is_verb(step, "expect") && step.size() > 2 && step[1] == "get";
  return expects ? &step[2] : nullptr;
}

void Scene::on(const sim::InputEntry& input) {
  if (is_verb(input.step, kNewRun)) begin_new_run();
  step_ = input.step;
  twin_.on(input, disk_.find(kManifestName) != nullptr);
  outcome_.clear();
  if (merge_ && merge_->phase == MergeView::Phase::kOver) merge_.reset();
  if (recovery_.records > 0 || recovery_.bytes_cut > 0) forget_marks();
  recovery_ = {};
  if (const std::string* key = looked_up_by(step_)) lookup_ = LookupView{.key = *key};
  if (is_verb(step_, "open") || is_verb(step_, "recover")) {
    store_ = Store::kOpening;
    recovery_.under_way = true;
  }
}

// Only the disk remains, as the operations that follow empty it.
void Scene::begin_new_run() {
  Scene fresh;
  fresh.position_ = position_;
  fresh.operations_ = operations_;
  fresh.disk_ = disk_;
  *this = std::move(fresh);
}

void Scene::on(const sim::OutcomeEntry& outcome) {
  outcome_ = outcome.text;
  outcome_ok_ = outcome.ok;
  if (opens(step_)) note_open_ended();
  if (is_verb(step_, "close") && store_ == Store::kOpen && outcome.text == "ok") store_ = Store::kClosed;
  const bool opened = opens(step_) && store_ == Store::kOpen;
  twin_.on(outcome, operations_, opened ? std::optional(answers()) : std::nullopt);
  const bool is_copying = merge_ && merge_->phase != MergeView::Phase::kOver;
  if (is_verb(step_, "merge") && !is_copying) fit_sealed_indexes();
  if (lookup_ && looked_up_by(step_) != nullptr) {
    lookup_->answer = outcome.text;
    lookup_->over = true;
    if (reports_corruption(outcome.text)) end_at_corrupt_record(*lookup_);
  }
}

// A segment whose record does not verify gives no answer, so no event tells of it.
void Scene::end_at_corrupt_record(LookupView& lookup) const {
  const auto newest = newest_.find(lookup.key);
  if (newest == newest_.end()) return;
  const SegmentView& segment = *segments_.at(newest->second.segment);
  const RecordView& record = segment.records[newest->second.record];
  if (!record.corrupt) return;
  LookupView::Stop stop{segment.number, 0, LookupView::Verdict::kCorrupt};
  if (const HashIndex* index = this->index(segment.number)) {
    HashIndex::Probe probe = index->probe(hash_key(lookup.key));
    for (auto candidate = probe.next(); candidate && candidate->offset != record.offset;) candidate = probe.next();
    stop.slots_visited = probe.slots_visited();
  }
  if (!lookup.stops.empty() && lookup.stops.back().segment == segment.number) lookup.stops.pop_back();
  lookup.stops.push_back(stop);
}

// The store says that it is open; one that tells no events has at least not said that it is not.
void Scene::note_open_ended() {
  recovery_.under_way = false;
  if (store_ != Store::kOpening) return;
  store_ = says_why_not(outcome_, outcome_ok_) ? Store::kRefused : Store::kOpen;
  if (store_ == Store::kOpen) crash_.reset();
}

// ---- the disk

void Scene::on(const DiskOperation& operation) {
  ++operations_;
  disk_.apply(operation);
  const auto number = parse_segment_file_name(operation.name);
  switch (operation.kind) {
    case DiskOperation::Kind::kCreate:
      if (number) segments_[*number] = std::make_shared<SegmentView>(SegmentView{operation.file, *number});
      break;
    case DiskOperation::Kind::kAppend:
      if (SegmentView* segment = number ? changeable(*number) : nullptr; segment != nullptr) {
        if (!segment->records.empty() && operation.offset < segment->written_end()) {  // no engine does this
          decode_again(*number);
          break;
        }
        const std::size_t first_new = decode_tail(bytes_of(*segment), segment);
        if (first_new < segment->records.size() && segment->records.back().corrupt) {  // nor this
          find_newest();
          break;
        }
        if (std::find(counted_.begin(), counted_.end(), *number) != counted_.end()) take_newest(*segment, first_new);
      }
      break;
    case DiskOperation::Kind::kReserve: break;  // zeros after the last record
    case DiskOperation::Kind::kTruncate:
      if (const SegmentView* segment = number ? this->segment(*number) : nullptr;
          segment != nullptr && operation.size < segment->written_end()) {
        decode_again(*number);
      }
      break;
    case DiskOperation::Kind::kSync:
      if (merge_ && number && *number == merge_->output) merge_->phase = MergeView::Phase::kFileSynced;
      break;
    case DiskOperation::Kind::kSyncDirectory:
      if (merge_ && merge_->phase == MergeView::Phase::kFileSynced) merge_->phase = MergeView::Phase::kDirectorySynced;
      break;
    case DiskOperation::Kind::kRename:
      if (operation.new_name == kManifestName) {
        read_manifest();
        judge_files();
      }
      break;
    case DiskOperation::Kind::kRemove:
      if (number) {
        segments_.erase(*number);
        indexes_.erase(*number);
        if (std::find(counted_.begin(), counted_.end(), *number) != counted_.end()) find_newest();
      }
      if (operation.name == kManifestName) {
        read_manifest();
        judge_files();
      }
      break;
    case DiskOperation::Kind::kRevertUnsynced:
      if (number && segments_.contains(*number)) decode_again(*number);
      break;
    case DiskOperation::Kind::kDropUnsynced:
    case DiskOperation::Kind::kDropChanges: break;  // nothing readable has changed
    case DiskOperation::Kind::kLink:
    case DiskOperation::Kind::kMakeDirectory:
    case DiskOperation::Kind::kRemoveDirectory: break;  // Sediment makes none
  }
  // An engine writes a new manifest and renames it; on a disk without such renames it is written in place.
  if (operation.name == kManifestName && changes_contents(operation.kind)) {
    read_manifest();
    judge_files();
  }
}

void Scene::decode_again(SegmentNumber number) {
  SegmentView& segment = *changeable(number);
  segment.named = named_as(number);
  decode_all(bytes_of(segment), &segment);
  find_newest();
}

void Scene::decode_files() {
  segments_.clear();
  for (const auto& [name, id] : disk_.names()) {
    const auto number = parse_segment_file_name(name);
    if (!number) continue;
    const auto segment = std::make_shared<SegmentView>(SegmentView{id, *number});
    segment->named = named_as(*number);
    decode_all(bytes_of(*segment), segment.get());
    segments_[*number] = segment;
  }
}

void Scene::read_manifest() {
  manifest_.reset();
  if (const sim::FileState* file = disk_.find(kManifestName)) {
    Result<Manifest> manifest = parse_manifest(file->cached);
    if (manifest.ok()) manifest_ = std::move(*manifest);
  }
}

std::optional<NamedAs> Scene::named_as(SegmentNumber number) const {
  if (!manifest_) return std::nullopt;
  if (manifest_->active && manifest_->active->number == number) return NamedAs{manifest_->active->nonce};
  const auto sealed = std::find_if(manifest_->sealed.begin(), manifest_->sealed.end(),
                                   [&](const Manifest::Sealed& each) { return each.number == number; });
  if (sealed == manifest_->sealed.end()) return std::nullopt;
  return NamedAs{sealed->nonce, sealed->size_bytes};
}

// After the manifest has changed.
void Scene::judge_files() {
  for (const auto& [number, shared] : segments_) {
    const std::optional<NamedAs> named = named_as(number);
    if (shared->named == named) continue;
    SegmentView& segment = *changeable(number);
    const bool again = is_judged_differently(bytes_of(segment), segment, named);
    segment.named = named;
    if (!again) continue;
    decode_all(bytes_of(segment), &segment);
    counted_.clear();  // so that all is counted again
  }
  const std::vector<SegmentNumber> now = order();
  if (counted_.empty() || now.size() < counted_.size() || !std::equal(counted_.begin(), counted_.end(), now.begin())) {
    if (!take_merge(now)) find_newest();
    return;
  }
  // The usual case, a roll: the same segments, followed by a new one.
  const std::size_t known = counted_.size();
  counted_ = now;
  for (std::size_t i = known; i < now.size(); ++i) take_newest(*segments_.at(now[i]), 0);
}

// The segments that count, oldest first.
std::vector<SegmentNumber> Scene::order() const {
  std::vector<SegmentNumber> numbers;
  if (!manifest_) return numbers;
  for (const Manifest::Sealed& sealed : manifest_->sealed) numbers.push_back(sealed.number);
  if (manifest_->active) numbers.push_back(manifest_->active->number);
  std::erase_if(numbers, [&](SegmentNumber number) { return !segments_.contains(number); });
  return numbers;
}

// ---- which record of a key counts

void Scene::take_newest(const SegmentView& segment, std::size_t from_record) {
  const SegmentNumber number = segment.number;
  for (std::size_t i = from_record; i < segment.records.size(); ++i) {
    const RecordView& record = segment.records[i];
    if (!record.has_key()) continue;
    if (!has_value(record)) ++without_value_;
    const auto [newest, is_new] = newest_.try_emplace(record.key, Place{number, i});
    if (is_new) continue;
    RecordView& older = changeable(newest->second.segment)->records[newest->second.record];
    if (!has_value(older)) --without_value_;
    older.superseded = true;
    newest->second = {number, i};
  }
}

// After a merge: one segment, or none, has taken the place of several. Looks only at their records, so that all merges of
// a run together take as long as what they read. False if it is something else; then all must be counted again.
bool Scene::take_merge(const std::vector<SegmentNumber>& now) {
  const auto [gone, came] = std::mismatch(counted_.begin(), counted_.end(), now.begin(), now.end());
  const auto kept_after = static_cast<std::ptrdiff_t>(
      std::mismatch(counted_.rbegin(), std::make_reverse_iterator(gone), now.rbegin(), std::make_reverse_iterator(came))
          .first -
      counted_.rbegin());
  const std::vector<SegmentNumber> inputs(gone, counted_.end() - kept_after);
  const std::vector<SegmentNumber> outputs(came, now.end() - kept_after);
  const bool nothing_is_older = gone == counted_.begin();
  const auto is_input = [&](const Place& place) {
    return std::find(inputs.begin(), inputs.end(), place.segment) != inputs.end();
  };
  if (inputs.empty() || outputs.size() > 1) return false;
  SegmentView nothing;
  SegmentView& output = outputs.empty() ? nothing : *changeable(outputs[0]);

  std::map<std::string_view, std::size_t> last;  // for each key of the output, its last record there
  for (std::size_t i = 0; i < output.records.size(); ++i) {
    if (output.records[i].has_key()) last[output.records[i].key] = i;
  }
  for (const SegmentNumber number : inputs) {
    const SegmentView* input = segment(number);
    if (input == nullptr) return false;
    for (const RecordView& record : input->records) {
      const auto newest = record.has_key() ? newest_.find(record.key) : newest_.end();
      if (newest == newest_.end() || !is_input(newest->second)) continue;
      if (!has_value(segments_.at(newest->second.segment)->records[newest->second.record])) --without_value_;
      const auto copy = last.find(record.key);
      if (copy != last.end()) {
        newest->second = {output.number, copy->second};
        if (!has_value(output.records[copy->second])) ++without_value_;
      } else if (nothing_is_older) {
        newest_.erase(newest);
      } else {
        return false;  // an older record counts again
      }
    }
  }
  for (std::size_t i = 0; i < output.records.size(); ++i) {
    RecordView& record = output.records[i];
    if (!record.has_key()) continue;
    const auto newest = newest_.find(record.key);
    const bool is_known = newest != newest_.end() && std::find(counted_.begin(), gone, newest->second.segment) == gone;
    if (!is_known) return false;  // no input had the key
    record.superseded = newest->second != Place{output.number, i};
  }
  counted_ = now;
  return true;
}

void Scene::find_newest() {
  counted_ = order();
  newest_.clear();
  without_value_ = 0;
  std::map<SegmentNumber, std::vector<bool>> superseded;
  for (const SegmentNumber number : counted_) {
    const SegmentView& segment = *segments_.at(number);
    superseded[number].resize(segment.records.size());
    for (std::size_t i = 0; i < segment.records.size(); ++i) {
      if (!segment.records[i].has_key()) continue;
      const auto [newest, is_new] = newest_.try_emplace(segment.records[i].key, Place{number, i});
      if (!is_new) {
        superseded[newest->second.segment][newest->second.record] = true;
        newest->second = {number, i};
      }
    }
  }
  for (const auto& [key, place] : newest_) {
    if (!has_value(segments_.at(place.segment)->records[place.record])) ++without_value_;
  }
  for (const auto& [number, flags] : superseded) {
    for (std::size_t i = 0; i < flags.size(); ++i) {
      if (segments_.at(number)->records[i].superseded != flags[i]) changeable(number)->records[i].superseded = flags[i];
    }
  }
}

std::size_t Scene::weight() const {
  std::size_t weight = newest_.size() + twin_.weight();
  for (const auto& [number, segment] : segments_) weight += segment->records.size();
  return weight;
}

std::uint64_t Scene::all_records() const {
  std::uint64_t sum = 0;
  for (const SegmentNumber number : counted_) sum += segments_.at(number)->records.size();
  return sum;
}

Answers Scene::answers() const {
  Answers answers;
  if (!manifest_ && disk_.find(sim::kTextLogName) != nullptr) {
    answers.found = read_text_log(disk_, twin_.keys());
    return answers;
  }
  for (const auto& [key, place] : newest_) {
    const RecordView& record = segments_.at(place.segment)->records[place.record];
    if (record.corrupt) {
      answers.corrupt.insert(key);
    } else if (has_value(record)) {
      answers.found[key] = record.value;
    }
  }
  return answers;
}

std::size_t Scene::corrupt_places() const {
  std::size_t sum = missing_segments().size();
  for (const SegmentNumber number : counted_) sum += segments_.at(number)->corrupt_places();
  return sum;
}

std::vector<SegmentNumber> Scene::missing_segments() const {
  std::vector<SegmentNumber> missing;
  if (!manifest_) return missing;
  for (const Manifest::Sealed& sealed : manifest_->sealed) missing.push_back(sealed.number);
  if (manifest_->active) missing.push_back(manifest_->active->number);
  std::erase_if(missing, [&](SegmentNumber number) { return segments_.contains(number); });
  return missing;
}

// ---- events

void Scene::on(const sim::EventEntry& event) {
  const SegmentNumber number{event.segment};
  switch (event.kind) {
    case EventKind::kIndexed: add_to_index(number, event.offset); break;
    case EventKind::kProbed:
      if (!lookup_ || lookup_->over) lookup_ = LookupView{.key = event.key};
      lookup_->stops.push_back({number, event.size});
      break;
    case EventKind::kNotHere:
    case EventKind::kFound:
    case EventKind::kTombstoneStops:
      if (lookup_ && !lookup_->stops.empty()) {
        lookup_->stops.back().verdict = event.kind == EventKind::kNotHere ? LookupView::Verdict::kNotHere
                                        : event.kind == EventKind::kFound ? LookupView::Verdict::kFound
                                                                          : LookupView::Verdict::kTombstone;
      }
      break;
    case EventKind::kMergeStarted: {
      merge_ = MergeView{};
      const auto first = std::find(counted_.begin(), counted_.end(), number);
      const auto inputs = std::min<std::uint64_t>(event.size, static_cast<std::uint64_t>(counted_.end() - first));
      merge_->inputs.assign(first, first + static_cast<std::ptrdiff_t>(inputs));
      break;
    }
    case EventKind::kMergeKept:
    case EventKind::kMergeDropped: decide(event); break;
    case EventKind::kMergeSwitched:
      if (merge_) merge_->phase = MergeView::Phase::kSwitched;
      break;
    case EventKind::kInputRemoved:
      if (merge_ && !merge_->inputs.empty() && merge_->inputs.back() == number) merge_->phase = MergeView::Phase::kOver;
      break;
    case EventKind::kMergeAbandoned:
      merge_.reset();
      forget_marks();
      break;
    case EventKind::kRecoveryOpened:
      recovery_.under_way = true;
      recovery_.segment = number;
      recovery_.offset = kSegmentHeaderSize;
      break;
    case EventKind::kRecoveryScanned:
      recovery_.segment = number;
      recovery_.offset = event.offset + event.size;
      ++recovery_.records;
      if (const SegmentView* read = segment(number); read != nullptr && read->record_at(event.offset) != nullptr) {
        const auto record = static_cast<std::size_t>(read->record_at(event.offset) - read->records.data());
        changeable(number)->records[record].recovered = true;
      }
      break;
    case EventKind::kRecoveryCut:
      recovery_.cut_segment = number;
      recovery_.cut_offset = event.offset;
      recovery_.bytes_cut = event.size;
      recovery_.cut_reason = event.why;
      break;
    case EventKind::kRecoveryRewrote:
      if (const SegmentView* copy = segment(number); copy != nullptr) {
        std::set<std::string> keys;
        for (const RecordView& record : copy->records) keys.insert(record.key);
        make_index(number, keys.size());
      }
      index_all(number);
      break;
    case EventKind::kSnapshotUsed:
      index_all(number);
      fit_index(number);
      name_corrupt_records(number);
      break;
    case EventKind::kSnapshotWritten: fit_index(number); break;
    case EventKind::kRolled:
      if (!is_verb(step_, "merge")) fit_sealed_indexes();  // a merge rolls first, and does this at its end
      break;
    case EventKind::kOpened:
      fit_sealed_indexes();
      store_ = Store::kOpen;
      recovery_.under_way = false;
      crash_.reset();
      break;
    case EventKind::kClosed:
      store_ = is_verb(step_, "reopen") ? Store::kOpening : Store::kClosed;
      indexes_.clear();
      merge_.reset();
      break;
    default: break;  // the bytes show it
  }
}

// As a segment's own index does it: a key that it has gets its new place, another key gets a slot.
void Scene::add_to_index(SegmentNumber number, std::uint64_t offset) {
  const SegmentView* segment = this->segment(number);
  const RecordView* record = segment == nullptr ? nullptr : segment->record_at(offset);
  if (record == nullptr || !record->has_key()) return;
  std::shared_ptr<HashIndex>& shared = indexes_[number];
  if (shared == nullptr) shared = std::make_shared<HashIndex>();
  HashIndex& index = own(shared);
  const KeyHash hash = hash_key(record->key);
  HashIndex::Probe probe = index.probe(hash);
  while (const auto candidate = probe.next()) {
    const RecordView* known = segment->record_at(candidate->offset);
    if (known == nullptr || known->key != record->key) continue;
    index.replace(*candidate, offset);
    return;
  }
  index.insert(hash, offset);
}

// An empty index with room for this many entries.
void Scene::make_index(SegmentNumber number, std::size_t entries) {
  const auto index = std::make_shared<HashIndex>();
  index->reserve(entries);
  indexes_[number] = index;
}

void Scene::index_all(SegmentNumber number) {
  const SegmentView* known = segment(number);
  if (known == nullptr) return;
  for (const RecordView& record : known->records) add_to_index(number, record.offset);
}

// A snapshot is older than the damage, and has the hash of each key. So it tells of which key a corrupt record was, if
// an older record has that key, and the index is the one that the store uses.
void Scene::name_corrupt_records(SegmentNumber number) {
  const SegmentView* segment = this->segment(number);
  if (segment == nullptr || segment->corrupt_places() == 0 || !manifest_) return;
  const auto sealed = std::find_if(manifest_->sealed.begin(), manifest_->sealed.end(),
                                   [&](const Manifest::Sealed& each) { return each.number == number; });
  if (sealed == manifest_->sealed.end()) return;
  sim::SimDisk disk(disk_, {});
  Result<HashIndex> index = read_snapshot(disk, *sealed);
  if (!index.ok()) return;
  std::map<std::uint64_t, std::uint32_t> tags;  // by offset
  for (std::size_t slot = 0; slot < index->capacity(); ++slot) {
    if (const auto hash = index->hash_at(slot)) tags[index->offset_at(slot)] = hash->tag;
  }
  indexes_[number] = std::make_shared<HashIndex>(std::move(*index));
  bool renamed = false;
  for (std::size_t i = 0; i < segment->records.size(); ++i) {
    const RecordView& record = segment->records[i];
    const auto tag = tags.find(record.offset);
    if (!record.corrupt || tag == tags.end()) continue;
    if (record.was_known && hash_key(record.key).tag == tag->second) continue;
    const auto owner = std::find_if(newest_.begin(), newest_.end(),
                                    [&](const auto& each) { return hash_key(each.first).tag == tag->second; });
    RecordView& named = changeable(number)->records[i];
    segment = this->segment(number);
    named.was_known = owner != newest_.end();
    named.key = named.was_known ? owner->first : std::string();
    renamed = true;
  }
  if (renamed) find_newest();
}

// The store does so with every sealed segment after a roll, a merge and an open, with or without snapshots.
void Scene::fit_sealed_indexes() {
  for (const auto& [number, index] : indexes_) {
    const SegmentView* indexed = segment(number);
    if (indexed != nullptr && role(*indexed) == Role::kSealed) fit_index(number);
  }
}

// Like a sealed segment's index before its snapshot is written.
void Scene::fit_index(SegmentNumber number) {
  const auto found = indexes_.find(number);
  if (found != indexes_.end()) found->second = std::make_shared<HashIndex>(fitted(*found->second));
}

const SegmentView* Scene::exposed_by(const sim::EventEntry& dropped) const {
  const SegmentView* input = segment(SegmentNumber{dropped.segment});
  const RecordView* record = input == nullptr ? nullptr : input->record_at(dropped.offset);
  const bool is_drop =
      dropped.kind == EventKind::kMergeDropped && merge_ && !merge_->inputs.empty() && record != nullptr;
  if (!is_drop || record->type != RecordType::kTombstone || record->superseded) return nullptr;
  bool is_older = false;
  for (const SegmentView* each : segments()) {
    if (merge_->inputs.front() == each->number) {
      is_older = true;
      continue;
    }
    if (!is_older || each->number == merge_->output) continue;
    for (const RecordView& old : each->records) {
      if (has_value(old) && old.key == dropped.key) return each;
    }
  }
  return nullptr;
}

// A merge goes through the records of its inputs in order, and each event decides on the next record.
void Scene::decide(const sim::EventEntry& event) {
  if (!merge_) return;
  MergeView& merge = *merge_;
  while (merge.input < merge.inputs.size()) {
    const SegmentView* input = segment(merge.inputs[merge.input]);
    while (input != nullptr && merge.record < input->records.size() && !input->records[merge.record].valid()) {
      ++merge.record;
    }
    if (input != nullptr && merge.record < input->records.size()) break;
    ++merge.input;
    merge.record = 0;
  }
  if (merge.input == merge.inputs.size()) return;
  const bool kept = event.kind == EventKind::kMergeKept;
  RecordView& record = changeable(merge.inputs[merge.input])->records[merge.record++];
  record.fate = kept ? Fate::kKept : Fate::kDropped;
  record.why = event.why;
  ++(kept ? merge.kept : merge.dropped);
  if (!kept) return;
  if (merge.kept == 1) {  // like the merge: for all keys of its inputs, before it knows how many are kept
    std::size_t entries = 0;
    for (const SegmentNumber input : merge.inputs) entries += index(input) == nullptr ? 0 : index(input)->size();
    make_index(SegmentNumber{event.segment}, entries);
  }
  merge.output = SegmentNumber{event.segment};
  add_to_index(merge.output, event.offset);
}

void Scene::forget_marks() {
  for (auto& [number, segment] : segments_) {
    const auto marked = [](const RecordView& record) { return record.recovered || record.fate != Fate::kNone; };
    if (std::none_of(segment->records.begin(), segment->records.end(), marked)) continue;
    for (RecordView& record : changeable(number)->records) {
      record.recovered = false;
      record.fate = Fate::kNone;
      record.why.clear();
    }
  }
}

// ---- crashes

void Scene::on_crash(const sim::CrashEntry& crash, const sim::DiskState& base) {
  Result<sim::DiskState> image = sim::crash_image(base, crash.choice);
  if (!image.ok()) return;  // no run records such a crash, and load_trace refuses it
  twin_.on_crash(crash);
  const auto before = segments_;
  CrashView view{.choice = crash.choice};
  for (const auto& [name, id] : disk_.names()) {
    if (!image->names().contains(name)) view.lost_files.push_back(name);
  }
  view.lost_bytes = lost_between(disk_, *image);

  disk_ = std::move(*image);
  indexes_.clear();
  merge_.reset();
  lookup_.reset();
  recovery_ = {};
  store_ = Store::kCrashed;
  read_manifest();
  decode_files();
  for (const auto& [number, segment] : segments_) {
    const auto old = before.find(number);
    if (old != before.end() && segment->corrupt_places() > 0) remember(old->second->records, &segment->records);
  }
  find_newest();

  for (const auto& [number, segment] : before) {
    const SegmentView* now = this->segment(number);
    for (const RecordView& record : segment->records) {
      const RecordView* left = now == nullptr ? nullptr : now->record_at(record.offset);
      if (!record.valid()) continue;
      if (left == nullptr || left->torn()) view.lost.push_back({number, record});
    }
  }
  view.corrupt = corrupt_places();
  crash_ = std::move(view);
}

// ---- questions

SegmentView* Scene::changeable(SegmentNumber number) {
  const auto found = segments_.find(number);
  return found == segments_.end() ? nullptr : &own(found->second);
}

std::vector<const SegmentView*> Scene::segments() const {
  std::vector<const SegmentView*> coming;
  std::vector<const SegmentView*> going;
  for (auto it = segments_.rbegin(); it != segments_.rend(); ++it) {
    if (std::find(counted_.begin(), counted_.end(), it->first) != counted_.end()) continue;
    const bool newer = counted_.empty() || it->first > *std::max_element(counted_.begin(), counted_.end());
    (newer ? coming : going).push_back(it->second.get());
  }
  std::vector<const SegmentView*> list = std::move(coming);
  for (auto it = counted_.rbegin(); it != counted_.rend(); ++it) list.push_back(segments_.at(*it).get());
  list.insert(list.end(), going.begin(), going.end());
  return list;
}

const SegmentView* Scene::segment(SegmentNumber number) const {
  const auto found = segments_.find(number);
  return found == segments_.end() ? nullptr : found->second.get();
}

Role Scene::role(const SegmentView& segment) const {
  if (manifest_ && manifest_->active && manifest_->active->number == segment.number) return Role::kActive;
  if (std::find(counted_.begin(), counted_.end(), segment.number) != counted_.end()) return Role::kSealed;
  return merge_ && merge_->output == segment.number ? Role::kMergeOutput : Role::kUnnamed;
}

bool Scene::name_durable(const SegmentView& segment) const {
  const auto found = disk_.durable_names().find(segment_file_name(segment.number));
  return found != disk_.durable_names().end() && found->second == segment.file;
}

std::uint64_t Scene::durable_end(const SegmentView& segment) const {
  const sim::FileState& file = disk_.file(segment.file);
  const std::uint64_t end = std::min<std::uint64_t>(file.first_unsynced_byte(), file.durable.size());
  // What a failed sync has dropped is in the cache, and in no change that a later sync would write.
  const auto same = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(end, file.cached.size()));
  const auto differs = std::mismatch(file.cached.begin(), file.cached.begin() + same, file.durable.begin()).first;
  return differs == file.cached.begin() + same ? end : static_cast<std::uint64_t>(differs - file.cached.begin());
}

const HashIndex* Scene::index(SegmentNumber number) const {
  const auto found = indexes_.find(number);
  return found == indexes_.end() ? nullptr : found->second.get();
}

bool Scene::operator==(const Scene& other) const {
  return position_ == other.position_ && operations_ == other.operations_ && disk_ == other.disk_ &&
         manifest_ == other.manifest_ && same_values(segments_, other.segments_) && newest_ == other.newest_ &&
         without_value_ == other.without_value_ && counted_ == other.counted_ &&
         same_values(indexes_, other.indexes_) && store_ == other.store_ && step_ == other.step_ &&
         outcome_ == other.outcome_ && outcome_ok_ == other.outcome_ok_ && lookup_ == other.lookup_ &&
         merge_ == other.merge_ && recovery_ == other.recovery_ && crash_ == other.crash_ && twin_ == other.twin_;
}

}  // namespace sediment::viz
