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

}  // namespace sediment::viz
