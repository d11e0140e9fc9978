#include "engine/tools/words.h"

#include <gtest/gtest.h>

#include <vector>

namespace sediment {
namespace {

std::vector<std::string> words_of(std::string_view text) {
  tools::WordReader reader(text);
  std::vector<std::string> words;
  while (auto word = reader.next()) words.push_back(*word);
  EXPECT_EQ(reader.position(), text.size());
  EXPECT_FALSE(reader.next()) << "the end remains the end";
  return words;
}

using Words = std::vector<std::string>;

TEST(Words, AreRunsOfLettersAndDigitsInLowerCase) {
  EXPECT_EQ(words_of("The 2nd--DOG."), (Words{"the", "2nd", "dog"}));
}

TEST(Words, KeepAnApostropheInsideAndLoseOneOutside) {
  EXPECT_EQ(words_of("don't the dogs' 'tis a''b '"), (Words{"don't", "the", "dogs", "tis", "a", "b"}));
}

TEST(Words, KeepBytesBeyondAsciiAsTheyAre) {
  EXPECT_EQ(words_of("Caf\xc3\xa9 \xff\xfe"), (Words{"caf\xc3\xa9", "\xff\xfe"}));
}

TEST(Words, AreNoneInATextWithoutAny) {
  EXPECT_EQ(words_of(""), Words{});
  EXPECT_EQ(words_of(" \n\t'-- "), Words{});
}

// What `load` relies on when it cuts a text into pieces.
TEST(Words, StayWholeWhenATextIsCutAfterASeparator) {
  const std::string text = "Don't cut -- rock'n'roll, 'or' d\xc3\xa9j\xc3\xa0 vu!";
  const Words whole = words_of(text);
  int cuts = 0;
  for (std::size_t at = 1; at < text.size(); ++at) {
    if (!tools::WordReader::separates(text[at - 1])) continue;
    Words pieces = words_of(std::string_view(text).substr(0, at));
    for (const std::string& word : words_of(std::string_view(text).substr(at))) pieces.push_back(word);
    EXPECT_EQ(pieces, whole) << "cut at " << at;
    ++cuts;
  }
  EXPECT_EQ(cuts, 9);
}

}  // namespace
}  // namespace sediment
