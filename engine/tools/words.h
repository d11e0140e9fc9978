// Splits a text into words, for `sediment load --format words` and for the simulator's texts.
//
// A word is a maximal run of ASCII letters, digits, bytes from 0x80 on (so any letter of UTF-8 counts, as does any
// other character beyond ASCII), and apostrophes that stand between two of those. ASCII letters become lower case.
//
//   "Don't -- the dogs' Café, 2nd"   gives   don't  the  dogs  café  2nd
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
    while (position_ < text_.size() && !is_word_byte(text_[position_])) ++position_;
    if (position_ == text_.size()) return std::nullopt;
    std::string word;
    for (; position_ < text_.size() && belongs_to_word(position_); ++position_) word += lower(text_[position_]);
    return word;
  }

  /// How many bytes of the text have been read.
  std::size_t position() const { return position_; }

  /// Whether a text may be cut in two after this byte without cutting a word.
  static constexpr bool separates(char byte) { return !is_word_byte(byte) && byte != kApostrophe; }

 private:
  static constexpr char kApostrophe = '\'';

  static constexpr bool is_word_byte(char byte) {
    const bool letter = (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z');
    const bool digit = byte >= '0' && byte <= '9';
    return letter || digit || static_cast<unsigned char>(byte) >= 0x80;
  }
  // Not std::tolower: its answer depends on the locale.
  static constexpr char lower(char byte) {
    return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
  }
  // For a position after the first byte of a word, so that an apostrophe has a word byte before it.
  bool belongs_to_word(std::size_t at) const {
    if (text_[at] != kApostrophe) return is_word_byte(text_[at]);
    return at + 1 < text_.size() && is_word_byte(text_[at + 1]);
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace sediment::tools
