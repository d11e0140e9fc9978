// What a store whose files this program cannot read has acknowledged and answered, as the trace has it.
#include <fmt/format.h>

#include "sim/base/plural.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

constexpr float kRow = 17;

struct StateWords {
  const char* text;
  ImU32 colour;
};

StateWords words_of(AcknowledgedRow::State state) {
  switch (state) {
    case AcknowledgedRow::State::kSynced: return {"synced", colours().good};
    case AcknowledgedRow::State::kNotSynced: return {"not synced", colours().warning};
    case AcknowledgedRow::State::kCrashed: return {"crash", colours().bad};
  }
  return {"", colours().text};
}

}  // namespace

void draw_acknowledged(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  const Fonts& fonts = canvas.fonts();
  const Acknowledged& all = panel.view.acknowledged;
  float y = area.y;
  y += canvas.text_wrapped({area.x, y}, area.width,
                           "What the store acknowledged and answered. This program cannot read its files, so it does "
                           "not say what they hold.",
                           colours().text_muted, fonts.small) +
       8;
  const float columns[] = {area.x, area.x + area.width * 0.22F, area.x + area.width * 0.44F,
                           area.x + area.width * 0.78F};
  const auto cell = [&](std::size_t column, const std::string& text, ImU32 colour, ImFont* font) {
    const float end = column == 3 ? area.right() : columns[column + 1];
    canvas.text_within({columns[column], y}, end - columns[column] - 5, text, colour, font);
  };
  const char* const titles[] = {"key", "last write", "after it", "last get"};
  for (std::size_t i = 0; i < std::size(titles); ++i) cell(i, titles[i], colours().text_muted, fonts.small);
  y += kRow;
  std::size_t drawn = 0;
  for (const AcknowledgedRow& row : all.rows) {
    if (y + 2 * kRow > area.bottom() && drawn + 1 < all.rows.size()) break;
    const StateWords words = words_of(row.state);
    cell(0, shown(row.key), colours().text, fonts.mono_small);
    cell(1, row.value ? shown(*row.value) : std::string("removed"), row.value ? colours().text : colours().text_muted,
         row.value ? fonts.mono_small : fonts.small);
    cell(2, words.text, words.colour, fonts.small);
    cell(3, row.answer.empty() ? "–" : with_short_words(row.answer), colours().text_muted, fonts.small);
    y += kRow;
    ++drawn;
  }
  if (drawn < all.rows.size()) {
    canvas.text({area.x, y}, fmt::format("… and {} more", sim::plural(all.rows.size() - drawn, "key")),
                colours().text_muted, fonts.small);
  }
}

}  // namespace sediment::viz
