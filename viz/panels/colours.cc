#include "viz/panels/colours.h"

#include <iterator>

#include "engine/hash_index.h"

namespace sediment::viz {

const KeyShades& shades_of(std::string_view key) { return key_shades(hash_key(key).tag); }
ImU32 key_colour(std::string_view key) { return shades_of(key).fill; }

ImU32 tone_colour(Tone tone) {
  switch (tone) {
    case Tone::kStep: return colours().text;
    case Tone::kPlain: return colours().text_muted;
    case Tone::kGood: return colours().good;
    case Tone::kWarning: return colours().warning;
    case Tone::kDetected: return colours().damage;
    case Tone::kBad: return colours().bad;
  }
  return colours().text;
}

ImU32 field_colour(std::size_t number) {
  static constexpr ImU32 kHues[] = {rgb(0xe69f00), rgb(0x56b4e9), rgb(0x1fb08a), rgb(0xd68fb7), rgb(0x4c8fd6),
                                    rgb(0xe0794a), rgb(0x8a97a8), rgb(0x8f7fe0), rgb(0x7fb24a), rgb(0x66717f)};
  return kHues[number % std::size(kHues)];
}

ImU32 field_fill(std::size_t number) { return mixed(colours().panel, field_colour(number), 0.3F); }

ImU32 verdict_colour(CrashGrid::Verdict verdict) {
  using Verdict = CrashGrid::Verdict;
  switch (verdict) {
    case Verdict::kNotYet: return colours().raised;
    case Verdict::kAll: return colours().good;
    case Verdict::kAllowed: return colours().warning;
    case Verdict::kDetected: return colours().damage;
    case Verdict::kForbidden: return colours().bad;
  }
  return colours().text;
}

void draw_verdict_square(const Canvas& canvas, const Area& box, CrashGrid::Verdict verdict) {
  using Verdict = CrashGrid::Verdict;
  canvas.fill(box, verdict_colour(verdict), box.width > 6 ? 2.0F : 0.0F);
  if (box.width < 6) return;
  if (verdict == Verdict::kAllowed) canvas.hatch(box.inset(1), faded(kInk, 0.45F));
  if (verdict == Verdict::kDetected) canvas.dot(box.centre(), box.width / 4, kInk);
  if (verdict == Verdict::kForbidden) canvas.cross(box.inset(2), kPaper, 1.5F);
}

ImU32 garbage_colour() { return mixed(colours().panel, colours().text_muted, 0.3F); }

}  // namespace sediment::viz
