#include "engine/catalog.h"

#include <algorithm>

#include "engine/publish.h"
#include "engine/yield_point.h"

namespace sediment {

Catalog::Catalog(Disk& disk, WriteState& state, Observer* observer, Manifest manifest, SegmentList sealed,
                 SegmentNumber next_number)
    : disk_(disk),
      state_(state),
      observer_(observer),
      contents_{std::move(manifest), std::move(sealed), nullptr},
      next_number_(next_number) {
  current_->publish(contents_.for_readers());
}

std::shared_ptr<const SegmentList> Catalog::Contents::for_readers() const {
  SegmentList oldest_first = sealed;
  if (active != nullptr) oldest_first.push_back(active);
  return std::make_shared<const SegmentList>(std::move(oldest_first));
}

Manifest Catalog::manifest() const {
  const Lock lock(mutex_);
  return contents_.manifest;
}

SegmentList Catalog::sealed() const {
  const Lock lock(mutex_);
  return contents_.sealed;
}

Frozen Catalog::frozen() const {
  const Lock lock(mutex_);
  Frozen frozen;
  frozen.manifest = contents_.manifest;
  frozen.manifest.active.reset();
  yield_point("catalog.frozen");  // a roll or a merge here would make a manifest of other segments
  frozen.segments = contents_.sealed;
  return frozen;
}

void Catalog::replace(const std::shared_ptr<const Segment>& segment) {
  const Lock lock(mutex_);
  Contents next = contents_;
  for (auto& entry : next.sealed) {
    if (entry->number() == segment->number()) entry = segment;
  }
  current_->publish(next.for_readers());
  contents_ = std::move(next);
}

void Catalog::show_unsealed(std::shared_ptr<const Segment> log) {
  const Lock lock(mutex_);
  contents_.active = std::move(log);
  current_->publish(contents_.for_readers());
}

Result<SegmentNumber> Catalog::take_number() {
  const Lock lock(mutex_);
  if (value_of(next_number_) > kMaxSegmentNumber) {
    return Status::no_space({}, "all segment numbers are used: copy what the store holds into a new one");
  }
  const SegmentNumber number = next_number_;
  next_number_ = SegmentNumber{value_of(number) + 1};
  return number;
}

Status Catalog::commit_merge(const SegmentList& inputs, const SegmentList& outputs) {
  yield_point("catalog.commit");
  Edit edit(*this);
  if (Status s = state_.check(); !s.ok()) return s;
  edit.replace_run(inputs, outputs);
  if (Status s = edit.write(); !s.ok()) return s;
  return edit.commit();
}

void Catalog::Edit::seal(std::shared_ptr<const Segment> segment) {
  next_.manifest.sealed.push_back(segment->sealed_entry());
  next_.sealed.push_back(std::move(segment));
}

void Catalog::Edit::activate(std::shared_ptr<const Segment> segment) {
  next_.manifest.active.reset();
  if (segment != nullptr) next_.manifest.active = Manifest::Active{segment->number(), segment->nonce()};
  next_.active = std::move(segment);
}

// The run is still in its place: only merges move sealed segments, and there is only one merge at a time.
void Catalog::Edit::replace_run(const SegmentList& inputs, const SegmentList& outputs) {
  const auto first = std::find_if(next_.sealed.begin(), next_.sealed.end(),
                                  [&](const auto& segment) { return segment->number() == inputs.front()->number(); });
  require(first != next_.sealed.end(), "the inputs of a merge are in the list");
  std::vector<Manifest::Sealed> entries;
  for (const auto& output : outputs) entries.push_back(output->sealed_entry());
  const auto replace = [&, position = first - next_.sealed.begin()](auto& list, const auto& replacements) {
    const auto at = list.begin() + position;
    const auto after = list.erase(at, at + static_cast<std::ptrdiff_t>(inputs.size()));
    list.insert(after, replacements.begin(), replacements.end());
  };
  replace(next_.manifest.sealed, entries);
  replace(next_.sealed, outputs);
}

Status Catalog::Edit::write() {
  next_.manifest.next_number = catalog_->next_number_;
  for_readers_ = next_.for_readers();
  return catalog_->state_.judged(write_manifest(catalog_->disk_, next_.manifest));
}

Status Catalog::Edit::commit() {
  if (Status s = catalog_->state_.judged(switch_manifest(catalog_->disk_)); !s.ok()) return s;
  StopUnlessDone unfinished(catalog_->state_);
  catalog_->contents_ = std::move(next_);
  emit(catalog_->observer_, {.kind = EventKind::kPublished, .size = catalog_->contents_.sealed.size()});
  catalog_->current_->publish(std::move(for_readers_));
  unfinished.done();
  return {};
}

}  // namespace sediment
