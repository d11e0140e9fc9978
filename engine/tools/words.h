// Splits a text into words, for `sediment load --format words` and for the simulator's texts.
//
// A word is a maximal run of ASCII letters, digits, UTF-8 characters other than spaces and punctuation (so any letter
// counts), bytes that are not UTF-8, and apostrophes that stand between two of those. Typographic punctuation separates
// words like ASCII's: dashes, quotation marks, no-break spaces, a byte order mark. A typographic apostrophe (U+2019)
// counts as an apostrophe. ASCII letters become lower case.
//
//   "Don't -- the dogs' Café, 2nd"   gives   don't  the  dogs  café  2nd
//   “Don’t—the…”                     gives   don't  the
//
// A self-contained header without dependencies. One thread at a time.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sediment::tools {

class WordReader {
 public:
  /// `text` is not copied: it must outlive the reader.
  explicit WordReader(std::string_view text) : text_(text) {}

  /// The next word; none at the end.
  std::optional<std::string> next() {
    while (position_ < text_.size() && kind_at(position_).is != Kind::kWord) position_ += kind_at(position_).size;
    if (position_ >= text_.size()) return std::nullopt;
    std::string word;
    while (position_ < text_.size()) {
      const Character character = kind_at(position_);
      const std::size_t after = position_ + character.size;
      if (character.is == Kind::kSeparator) break;
      if (character.is == Kind::kApostrophe && (after >= text_.size() || kind_at(after).is != Kind::kWord)) break;
      if (character.is == Kind::kApostrophe) {
        word += '\'';
      } else {
        for (const char byte : text_.substr(position_, character.size)) word += lower(byte);
      }
      position_ = after;
    }
    return word;
  }

  /// How many bytes of the text have been read.
  std::size_t position() const { return position_; }

  /// Whether a text may be cut in two after this byte without cutting a word or a character.
  static constexpr bool separates(char byte) {
    return static_cast<unsigned char>(byte) < 0x80 && !is_letter_or_digit(byte) && byte != '\'';
  }

 private:
  enum class Kind : unsigned char { kWord, kApostrophe, kSeparator };
  struct Character {
    Kind is;
    std::size_t size;  // bytes
  };

  static constexpr bool is_letter_or_digit(char byte) {
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    return letter || (byte >= '0' && byte <= '9');
  }
  // Not std::tolower: its answer depends on the locale.
  static constexpr char lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  }

  // Spaces and punctuation beyond ASCII. (Letters of any script are none of these.)
  static constexpr bool is_separator(unsigned code) {
    if (code == 0xAA || code == 0xB5 || code == 0xBA) return false;  // ª µ º are letters
    if (code >= 0x80 && code <= 0xBF) return true;                   // C1, no-break space, « » ¿ and other signs
    if (code == 0xD7 || code == 0xF7) return true;                   // × ÷
    if (code >= 0x2000 && code <= 0x206F) return code != 0x200C && code != 0x200D;  // joiners stand inside words
    if (code >= 0x2190 && code <= 0x2BFF) return true;  // arrows, mathematics, boxes, dingbats
    if (code >= 0x2E00 && code <= 0x2E7F) return true;  // more punctuation
    if (code >= 0x3000 && code <= 0x303F) return code < 0x3005 || code > 0x3007;  // of Chinese and Japanese
    return code == 0xFEFF || (code >= 0xFF01 && code <= 0xFF0F);                  // a byte order mark, wide punctuation
  }

  // The character at a position, which must be below the text's size. Beyond ASCII, a byte that does not begin a
  // character of two or three bytes is part of a word: each byte of a four-byte character (an emoji, a rare script),
  // and each byte that is not UTF-8.
  constexpr Character kind_at(std::size_t at) const {
    const auto byte = [&](std::size_t i) -> unsigned {
      return at + i < text_.size() ? static_cast<unsigned char>(text_[at + i]) : 0U;
    };
    const auto continues = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    const unsigned first = byte(0);
    if (first == '\'') return {Kind::kApostrophe, 1};
    if (first < 0x80U) return {is_letter_or_digit(text_[at]) ? Kind::kWord : Kind::kSeparator, 1};
    unsigned code = 0;
    std::size_t size = 1;
    if (first >= 0xC2U && first <= 0xDFU && continues(1)) {
      code = (first & 0x1FU) << 6U | (byte(1) & 0x3FU);
      size = 2;
    } else if (first >= 0xE0U && first <= 0xEFU && continues(1) && continues(2)) {
      code = (first & 0x0FU) << 12U | (byte(1) & 0x3FU) << 6U | (byte(2) & 0x3FU);
      size = 3;
    }
    if (code == 0x2019) return {Kind::kApostrophe, size};
    return {size > 1 && is_separator(code) ? Kind::kSeparator : Kind::kWord, size};
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace sediment::tools
