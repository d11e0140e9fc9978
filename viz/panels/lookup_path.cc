// The lookup path: the key's hash, then the segments in the order of the search, each with its answer.
#include <fmt/format.h>

#include "viz/panels/colours.h"
#include "viz/panels/view.h"

namespace sediment::viz {

using Verdict = LookupView::Verdict;

namespace {

void draw_hint(const Canvas& canvas, const Area& area) {
  canvas.text_wrapped({area.x, area.y}, area.width,
                      "The next lookup is shown here: which segments were asked, newest first, and what each index "
                      "answered.",
                      colours().text_muted, canvas.fonts().small);
}

}  // namespace

Stamp stamp_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::kAsked: return {"asked …", colours().text_muted};
    case Verdict::kNotHere: return {"not here", colours().text_muted};
    case Verdict::kFound: return {"found", colours().good};
    case Verdict::kTombstone: return {"tombstone: stop", colours().warning};
    case Verdict::kCorrupt: return {"corrupt: reported", colours().damage};
  }
  return {"", colours().text};
}

void draw_lookup_path(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const View& view = panel.view;
  const Area& inner = panel.area;
  const std::optional<LookupView>& lookup = view.now.lookup();
  if (!lookup) return draw_hint(canvas, inner);

  const Fonts& fonts = canvas.fonts();
  constexpr float kRow = 27;
  const std::string key = shown(lookup->key);
  // A finished lookup stays, but recedes.
  const float dim = looked_up_by(view.now.step()) == nullptr ? 0.45F : 1;
  const float key_width = std::min(canvas.width_of(key, fonts.mono) + 16, inner.width * 0.55F);
  const Area chip{inner.x, inner.y, key_width, 22};
  canvas.fill(chip, faded(key_colour(lookup->key), dim), 5);
  canvas.text_centred(chip.inset(4), key, faded(text_on(key_colour(lookup->key)), dim), fonts.mono);
  const bool has_index = view.text_log() == nullptr;
  const std::string how =
      has_index ? fmt::format("hash {:08x}", hash_key(lookup->key).tag) : "no index: every line is read";
  canvas.text_within({chip.right() + 8, inner.y + 5}, inner.right() - chip.right() - 8, how,
                     faded(colours().text_muted, dim), has_index ? fonts.mono_small : fonts.small);

  // The newest ones that fit, and always the last one.
  const auto fitting = static_cast<std::size_t>((inner.height - 60) / kRow);
  const std::size_t hidden = lookup->stops.size() > fitting ? lookup->stops.size() - fitting : 0;
  float y = inner.y + 32;
  const float rail = inner.x + 8;
  for (std::size_t i = hidden; i < lookup->stops.size(); ++i, y += kRow) {
    const LookupView::Stop& stop = lookup->stops[i];
    const bool newest = i + 1 == lookup->stops.size();
    const auto* event = view.happening<sim::EventEntry>();
    const bool arriving = newest && event != nullptr && event->kind == EventKind::kProbed;
    const float opacity = arriving ? eased(view.progress * 2) : dim;
    Stamp stamp = stamp_of(stop.verdict);
    if (newest && lookup->over && !view.now.outcome_ok()) stamp.colour = colours().bad;  // a wrong answer
    canvas.line({rail, y - 10}, {rail, y + 9}, faded(colours().outline_strong, opacity), 1.5F);
    canvas.dot({rail, y + 9}, 4, faded(newest && !lookup->over ? colours().accent : stamp.colour, opacity));
    canvas.text({rail + 14, y + 2}, segment_file_name(stop.segment), faded(colours().text, opacity), fonts.mono);
    const float stamp_width = canvas.width_of(stamp.text, fonts.strong) + 14;
    const Area box{inner.right() - stamp_width, y - 1, stamp_width, 21};
    if (stop.verdict != Verdict::kAsked) canvas.outline(box, faded(stamp.colour, opacity), 5);
    canvas.text_centred(box, stamp.text, faded(stamp.colour, opacity), fonts.strong);
    const std::string slots = fmt::format("{} {}", stop.slots_visited, stop.slots_visited == 1 ? "slot" : "slots");
    canvas.text({rail + 106, y + 4}, slots, faded(colours().text_muted, opacity), fonts.small);
  }
  if (lookup->over) {
    const std::string answer = "answer: " + with_short_words(lookup->answer);
    const float height = canvas.height_wrapped(inner.width, answer, fonts.strong);
    canvas.text_wrapped({inner.x, inner.bottom() - height}, inner.width, answer,
                        faded(view.now.outcome_ok() ? colours().text : colours().bad, dim), fonts.strong);
  }
}

}  // namespace sediment::viz
