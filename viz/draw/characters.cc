#include "viz/draw/characters.h"

#include <fmt/format.h>

#include <algorithm>

namespace sediment::viz {

namespace {

constexpr char32_t kMostInImGui = sizeof(ImWchar) == 2 ? 0xFFFF : 0x10FFFF;

struct Block {
  char32_t first;
  char32_t last;
};

// Alphabets are loaded whole: whoever types one letter of them types others. Of other scripts, only what is used.
constexpr Block kAlphabets[] = {
    {0x0100, 0x024F},  // Latin
    {0x0370, 0x03FF},  // Greek
    {0x0400, 0x052F},  // Cyrillic
    {0x1E00, 0x1EFF},  // Latin
    {0x3040, 0x30FF},  // Kana
};

bool is_basic(char32_t character) {
  for (std::size_t i = 0; i < std::size(kBasicCharacters); i += 2) {
    if (character >= kBasicCharacters[i] && character <= kBasicCharacters[i + 1]) return true;
  }
  return false;
}

}  // namespace

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned char first = byte(0);
  const std::size_t bytes = first < 0xc2 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 1;
  if (bytes == 1 || at + bytes > text.size()) return {first, 1};
  char32_t value = first & (0xffU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xc0U) != 0x80) return {first, 1};
    value = value << 6 | (byte(i) & 0x3fU);
  }
  return {value, bytes};
}

void RareCharacters::note(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    at += point.bytes;
    if (point.value < 0x100 || point.value > kMostInImGui || is_basic(point.value)) continue;
    if (characters_.contains(point.value) || characters_.size() >= kMost) continue;
    const auto* const alphabet = std::find_if(std::begin(kAlphabets), std::end(kAlphabets), [&](const Block& block) {
      return point.value >= block.first && point.value <= block.last;
    });
    const Block block = alphabet != std::end(kAlphabets) ? *alphabet : Block{point.value, point.value};
    for (char32_t each = block.first; each <= block.last; ++each) characters_.insert(each);
    changed_ = true;
  }
}

std::vector<ImWchar> RareCharacters::take() {
  changed_ = false;
  std::vector<ImWchar> pairs;
  for (const char32_t each : characters_) {
    const auto character = static_cast<ImWchar>(each);
    if (!pairs.empty() && pairs.back() + 1 == character) {
      pairs.back() = character;
    } else {
      pairs.insert(pairs.end(), {character, character});
    }
  }
  pairs.push_back(0);
  return pairs;
}

RareCharacters& rare_characters() {
  static RareCharacters characters;
  return characters;
}

bool is_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

std::string readable(std::string_view text, const ImFont* font) {
  if (is_ascii(text)) return std::string(text);
  rare_characters().note(text);
  std::string result;
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    const bool known = point.value < 0x80 || (point.value <= kMostInImGui && has_glyph(font, point.value));
    result += known ? std::string(text.substr(at, point.bytes))
                    : fmt::format("[U+{:04X}]", static_cast<std::uint32_t>(point.value));
    at += point.bytes;
  }
  return result;
}

}  // namespace sediment::viz
