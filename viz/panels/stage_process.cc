// The first floor of the stage: a card for the index of each segment, and the arrow from a slot to its record.
#include <fmt/format.h>

#include "viz/panels/colours.h"
#include "viz/panels/stage.h"
#include "viz/panels/stage_blocks.h"

namespace sediment::viz {

namespace {

constexpr float kCellWithLetters = 16;

}  // namespace

void Stage::draw_card(const HashIndex& index, const SegmentView& segment, const CardLayout& card, float opacity) {
  const auto* event = view_.happening<sim::EventEntry>();
  const bool mine = event != nullptr && SegmentNumber{event->segment} == segment.number;
  const bool asked = mine && (event->kind == EventKind::kProbed || event->kind == EventKind::kNotHere ||
                              event->kind == EventKind::kFound || event->kind == EventKind::kTombstoneStops);
  canvas_.fill(card.frame, faded(colours().panel, opacity), 8);
  canvas_.outline(card.frame, faded(asked ? colours().accent : colours().outline, opacity), 8, asked ? 2.0F : 1.0F);
  canvas_.text_within({card.frame.x + 8, card.frame.y + 5}, card.frame.width - 12,
                      index.capacity() == 0
                          ? fmt::format("{}: empty", value_of(segment.number))
                          : fmt::format("{}: {} of {}", value_of(segment.number), index.size(), index.capacity()),
                      faded(colours().text_muted, opacity), fonts().small);
  name(fmt::format("index.{}", value_of(segment.number)), card.frame);
  if (card.is_summary) {  // how full it is
    const Area bar{card.slots.x, card.slots.y + 4, card.frame.width - 16, 10};
    const float share = static_cast<float>(index.size()) / static_cast<float>(index.capacity());
    canvas_.fill(bar, faded(colours().raised, opacity), 3);
    canvas_.fill({bar.x, bar.y, bar.width * share, bar.height}, faded(colours().accent, opacity), 3);
    return;
  }
  for (std::size_t i = 0; i < index.capacity(); ++i) {
    const Area slot = card.slot(i);
    const RecordView* record = index.offset_at(i) == 0 ? nullptr : segment.record_at(index.offset_at(i));
    if (record == nullptr) {
      if (card.cell > 3) canvas_.fill(slot, faded(colours().raised, opacity), 2);
      continue;
    }
    if (record->corrupt) {
      canvas_.fill(slot, faded(mixed(colours().panel, colours().damage, 0.4F), opacity), card.cell > 4 ? 2.0F : 0);
      if (card.cell > 8) canvas_.noise(slot, faded(colours().damage, opacity));
      continue;
    }
    const bool tombstone = record->type == RecordType::kTombstone;
    const ImU32 colour = tombstone ? mixed(colours().panel, colours().bad, 0.6F) : key_colour(record->key);
    canvas_.fill(slot, faded(colour, opacity), card.cell > 4 ? 2.0F : 0);
    if (tombstone && card.cell > 8) canvas_.cross(slot.inset(slot.width / 4), faded(colours().text, opacity), 1.5F);
    if (!tombstone && card.cell >= kCellWithLetters) {
      const std::size_t letters = card.cell >= 2 * kCellWithLetters ? 4 : card.cell > 20 ? 2 : 1;
      canvas_.text_centred(slot.inset(-3), first_letters(record->key, letters),
                           faded(shades_of(record->key).text, opacity), fonts().mono_small);
    }
    const bool fresh = mine && event->kind == EventKind::kIndexed && record->offset == event->offset;
    if (fresh) canvas_.outline(slot.inset(-2 - 3 * pulse(view_.progress)), colours().text, 3, 1.5F);
  }
}

// From the slot to the record that it points to: when the slot has just been set or probed, and for the selected
// record.
void Stage::draw_index_link() {
  const auto* event = view_.happening<sim::EventEntry>();
  const bool indexed = event != nullptr && event->kind == EventKind::kIndexed;
  const bool found =
      event != nullptr && (event->kind == EventKind::kFound || event->kind == EventKind::kTombstoneStops);
  if (indexed || found) {
    const SegmentNumber number{event->segment};
    const SegmentView* segment = view_.now.segment(number);
    if (segment != nullptr) link(*segment, event->key, found ? 1 : 0.35F + 0.65F * pulse(view_.progress));
  }
  const Selection& selection = view_.selection;
  const SegmentView* selected = selection.segment ? view_.now.segment(*selection.segment) : nullptr;
  const RecordView* record = selected == nullptr ? nullptr : selected->record_at(selection.offset);
  if (record != nullptr) link(*selected, record->key, 1);
}

void Stage::link(const SegmentView& segment, const std::string& key, float opacity) {
  const HashIndex* index = view_.now.index(segment.number);
  const auto card = layout_.cards.find(segment.number);
  if (index == nullptr || card == layout_.cards.end() || card->second.is_summary) return;
  for (std::size_t i = 0; i < index->capacity(); ++i) {
    const RecordView* record = index->offset_at(i) == 0 ? nullptr : segment.record_at(index->offset_at(i));
    if (record == nullptr || record->key != key) continue;
    const Area* target = block(segment.number, record->offset);
    if (target == nullptr || target->bottom() < cache_.y || target->y > disk_.bottom()) return;
    const Area slot = card->second.slot(i);
    // To its first byte: a slot holds nothing but this offset.
    const Point tip{target->x + 5, target->y};
    const ImU32 colour = faded(shades_of(record->key).line, opacity);
    canvas_.curve({slot.centre().x, slot.bottom()}, {tip.x, tip.y - 7}, colour, 2);
    canvas_.triangle({tip.x - 5, tip.y - 8}, {tip.x + 5, tip.y - 8}, tip, colour);
    canvas_.outline(target->inset(-2), faded(colours().text, opacity), 5, 1.5F);
    return;
  }
}

// The slot that points to this record; none if it is not shown, or there is none.
std::optional<Area> Stage::slot_of(const SegmentView& segment, const RecordView& record) const {
  const HashIndex* index = view_.now.index(segment.number);
  const auto card = layout_.cards.find(segment.number);
  if (index == nullptr || card == layout_.cards.end() || card->second.is_summary) return std::nullopt;
  for (std::size_t i = 0; i < index->capacity(); ++i) {
    if (index->offset_at(i) == record.offset) return card->second.slot(i);
  }
  return std::nullopt;
}

}  // namespace sediment::viz
