// The words of the field in a caption.
#include "viz/model/words.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/store_helpers.h"
#include "viz/shows/shows.h"

namespace sediment::test {
namespace {

std::string terms_in(std::string_view text) {
  std::string terms;
  for (const viz::Word& word : viz::words_in(text)) terms += std::string(word.term) + " ";
  return terms;
}

TEST(Words, AreFoundInTheirFormsOnceAndInOrder) {
  EXPECT_EQ(terms_in("Sealed segments are merged; a segment is a log."), "sealed segment merge log ");
  EXPECT_EQ(terms_in("The MANIFEST is synced, and fsyncs cost time."), "MANIFEST fsync ");
}

TEST(Words, AreWholeWordsAndNoKeys) {
  EXPECT_EQ(terms_in("A catalog of slogans, indexed"), "");
  EXPECT_EQ(terms_in("get “log” finds “slot”"), "");
  EXPECT_EQ(terms_in(""), "");
}

TEST(Words, EveryShowUsesSome) {
  for (const viz::ShowInfo& info : viz::shows()) {
    const std::unique_ptr<viz::Session> show = must(viz::make_show(info.name));
    std::size_t words = 0;
    for (const viz::Chapter& chapter : show->chapters()) words += viz::words_in(chapter.text).size();
    EXPECT_GT(words, 3U) << info.name;
  }
}

}  // namespace
}  // namespace sediment::test
