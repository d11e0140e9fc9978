// Characters beyond those that the fonts always hold (fonts.cc): keys and values may be in any script.
//
// Every text that is drawn is noted here. If a new character comes, the owner of the screen loads the fonts again before
// the next frame, now with it. What no font has is written as its code point, so that two keys can be told apart.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "viz/draw/imgui_compat.h"

namespace sediment::viz {

/// What the application itself may print, which the fonts hold from the start: pairs of first and last.
inline constexpr ImWchar kBasicCharacters[] = {
    0x0020, 0x007E, 0x00A0, 0x00FF,                  // Latin
    0x2010, 0x2026,                                  // dashes, quotation marks, bullet, ellipsis
    0x2190, 0x2193,                                  // arrows
    0x2212, 0x2212, 0x2248, 0x2248, 0x2260, 0x2265,  // − ≈ ≠ ≡ ≤ ≥
    0x25A0, 0x25A1, 0x25B2, 0x25C7, 0x25CB, 0x25CF,  // ■ □ ▲ ▶ ▼ ◀ ◆ ◇ ○ ●
    0x2713, 0x2717,                                  // ✓ ✗
};

/// The code point that begins here, and how many bytes it has. A byte that begins none stands for itself.
struct CodePoint {
  char32_t value = 0;
  std::size_t bytes = 1;
};
CodePoint code_point_at(std::string_view text, std::size_t at);

class RareCharacters {
 public:
  /// More are not loaded: their glyphs would fill the graphics memory.
  static constexpr std::size_t kMost = 3000;

  void note(std::string_view text);
  /// Whether characters have come since the last take().
  bool changed() const { return changed_; }
  /// All of them so far, as ImGui's pairs of first and last, with 0 at the end.
  std::vector<ImWchar> take();

 private:
  std::set<char32_t> characters_;
  bool changed_ = false;
};

/// The only instance, because there is one screen. Only the thread that draws may use it.
RareCharacters& rare_characters();

/// The text as this font can show it: [U+1F600] stands for a character that it lacks.
std::string readable(std::string_view text, const ImFont* font);
/// Then readable() would change nothing.
bool is_ascii(std::string_view text);

}  // namespace sediment::viz
