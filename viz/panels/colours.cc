#include "viz/panels/colours.h"

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

}  // namespace sediment::viz
