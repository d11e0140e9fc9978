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

TEST(Words, AreSeparatedByTypographicPunctuation) {
  EXPECT_EQ(words_of("“The—the” «the» …the‘the’ the"), (Words{"the", "the", "the", "the", "the", "the"}));
  EXPECT_EQ(words_of("\xef\xbb\xbfthe\u00a0the\u2009the\u2028the\u00adthe"),
            (Words{"the", "the", "the", "the", "the"}));
  EXPECT_EQ(words_of("2×3÷4 ¿qué? 东京、大阪。"), (Words{"2", "3", "4", "qué", "东京", "大阪"}));
}

TEST(Words, TakeATypographicApostropheForAnApostrophe) {
  EXPECT_EQ(words_of("Don’t ’tis dogs’ rock’n’roll"), (Words{"don't", "tis", "dogs", "rock'n'roll"}));
}

TEST(Words, KeepLettersOfEveryScript) {
  EXPECT_EQ(words_of("naïve Straße небо ουρανός שמים æon ªb µm hé\u200dllo"),
            (Words{"naïve", "straße", "небо", "ουρανός", "שמים", "æon", "ªb", "µm", "hé\u200dllo"}));
}

TEST(Words, OfBytesThatAreNotUtf8EndSomewhere) {
  for (unsigned first = 0x80; first <= 0xFF; ++first) {
    for (const char* rest : {"", "a", "\x80", "\x80 b", "\xe2\x80", "\xff\xff\xff"}) {
      const std::string text = std::string(1, static_cast<char>(first)) + rest;
      for (const std::string& word : words_of(text)) EXPECT_NE(word, "");
    }
  }
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
