// The slot of the index, above the record close up, with an arrow to the record's first byte.
#include <fmt/format.h>

#include <algorithm>

#include "viz/panels/closeup_picture.h"

namespace sediment::viz {

void CloseUpPicture::draw_index() {
  const Area& card = rows_.index;
  if (card.height <= 0) return;
  const std::string file = segment_file_name(segment_.number);
  const HashIndex* index = view_.now.index(segment_.number);
  const auto say = [&](float x, const std::string& first, const std::string& second) {
    const float room = card.right() - x;
    const float y = card.centre().y - (second.empty() ? kLine / 2 : kLine);
    canvas_.text_within({x, y}, room, first, faded(colours().text_muted, growth_), fonts().small);
    if (!second.empty()) {
      canvas_.text_within({x, y + kLine}, room, second, faded(colours().text, growth_), fonts().mono_small);
    }
  };
  if (index == nullptr) return say(card.x, fmt::format("no index of {} is in memory", file), "");
  std::optional<std::size_t> slot;
  std::optional<std::uint64_t> newer;  // the record that the key's slot points to instead
  for (std::size_t i = 0; i < index->capacity(); ++i) {
    const std::uint64_t offset = index->offset_at(i);
    if (offset == 0) continue;
    if (offset == record_.offset) slot = i;
    const RecordView* other = segment_.record_at(offset);
    if (record_.has_key() && other != nullptr && other->has_key() && other->key == record_.key) newer = offset;
  }
  if (!slot) {
    return say(card.x, fmt::format("no slot in the index of {} points here", file),
               newer ? fmt::format("the slot of {} holds byte {}, a newer record", shown(record_.key), *newer) : "");
  }

  // The slot with its neighbours.
  constexpr std::size_t kMostShown = 12;
  const bool has_numbers = card.height >= 50;
  const float cell = std::min(36.0F, card.height - (has_numbers ? kLine + 2 : 0));
  const auto fitting = static_cast<std::size_t>(card.width * 0.5F / cell);
  const std::size_t count = std::min({index->capacity(), kMostShown, std::max<std::size_t>(1, fitting)});
  const std::size_t first = std::min(*slot - std::min(*slot, count / 2), index->capacity() - count);
  const float y = card.bottom() - cell;
  Area from;
  for (std::size_t n = 1; n <= count; ++n) {
    const std::size_t i = first + (*slot - first + n) % count;  // the record's own slot last: it comes from afar
    Area box{card.x + static_cast<float>(i - first) * cell, y, cell - 3, cell - 3};
    const Area number{box.x, y - kLine, box.width, kLine};
    const bool mine = i == *slot;
    if (mine && origin_.slot) box = between(*origin_.slot, box, growth_);
    const std::uint64_t offset = index->offset_at(i);
    const RecordView* record = offset == 0 ? nullptr : segment_.record_at(offset);
    const bool removed = record != nullptr && record->type == RecordType::kTombstone;
    const ImU32 colour = record == nullptr ? colours().raised
                         : record->corrupt ? mixed(colours().panel, colours().damage, 0.5F)
                         : removed         ? mixed(colours().panel, colours().bad, 0.6F)
                                           : key_colour(record->key);
    canvas_.fill(box, faded(mine ? colour : mixed(colours().background, colour, 0.45F), mine ? 1 : growth_), 4);
    if (mine) canvas_.outline(box.inset(-1), colours().text, 5, 1.5F);
    if (has_numbers) {
      canvas_.text_centred(number, std::to_string(i), faded(mine ? colours().text : colours().text_muted, growth_),
                           fonts().mono_small);
    }
    if (mine) from = box;
  }
  const std::string key = shown(record_.key);
  const std::uint32_t tag = index->hash_at(*slot).value_or(KeyHash{}).tag;
  // A student's index may choose its slots in another way.
  const bool is_known_index = view_.session.component().name != "hash_index.cc";
  const auto home = static_cast<std::size_t>((std::uint64_t{tag} * index->capacity()) >> 32);
  const std::string what = is_known_index && record_.has_key()
                               ? fmt::format("index of {}: hash({}) → home slot {}", file, key, home)
                               : fmt::format("index of {}", file);
  say(card.x + static_cast<float>(count) * cell + 10, what,
      fmt::format("slot {}: tag {:08x}, offset {}", *slot, tag, record_.offset));
  draw_arrow(from);
}

// To the record's first byte: a slot holds nothing but this offset.
void CloseUpPicture::draw_arrow(const Area& slot) {
  const Point tip{row_.x + std::min(8.0F, row_.width / 2), row_.y};
  const ImU32 colour = record_.has_key() ? shades_of(record_.key).line : colours().damage;
  canvas_.curve({slot.centre().x, slot.bottom()}, {tip.x, tip.y - 8}, colour, 2);
  canvas_.triangle({tip.x - 5, tip.y - 9}, {tip.x + 5, tip.y - 9}, tip, colour);
  mark("closeup.arrow", {tip.x, tip.y, 1, 1});
}

}  // namespace sediment::viz
