// The tour over this project's own words: its story, its pace and its narration.
#include "viz/shows/tour.h"

#include <gtest/gtest.h>

#include <fstream>
#include <sstream>

#include "tests/support/store_helpers.h"
#include "viz/model/narration.h"

namespace sediment::test {
namespace {

using viz::Chapter;
using viz::Pace;
using viz::Playhead;
using viz::Session;

std::string readme() {
  std::ifstream file(std::string(SEDIMENT_SOURCE_DIR) + "/README.md");
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Tour, TellsItsStoryInOrder) {
  const std::unique_ptr<Session> tour = must(viz::make_tour(readme()));
  const std::vector<Chapter>& chapters = tour->chapters();
  ASSERT_GE(chapters.size(), 8U);
  EXPECT_GT(tour->pace().duration(), 20);
  EXPECT_LT(tour->pace().duration(), 180);
  for (std::size_t i = 0; i < chapters.size(); ++i) {
    const double begin = tour->begin_of(chapters[i]);
    const double end = i + 1 < chapters.size() ? tour->begin_of(chapters[i + 1]) : tour->pace().duration();
    EXPECT_GT(end - begin, 2) << chapters[i].title << " is too short to be read";
    EXPECT_GE(chapters[i].picture, chapters[i].position) << chapters[i].title;
    EXPECT_LE(tour->pace().end_of(chapters[i].picture), end) << chapters[i].title;
  }
}

TEST(Tour, CrashesInTheMiddleOfAMergeAndRecovers) {
  const std::unique_ptr<Session> tour = must(viz::make_tour(readme()));
  const auto& entries = tour->timeline().trace().entries();
  std::size_t crashes = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (!std::holds_alternative<sim::CrashEntry>(entries[i])) continue;
    ++crashes;
    tour->timeline().seek(i);
    ASSERT_TRUE(tour->timeline().scene().merge());
    EXPECT_EQ(tour->timeline().scene().merge()->phase, viz::MergeView::Phase::kCopying);
    EXPECT_GT(tour->timeline().scene().merge()->kept, 0U);
    tour->timeline().seek(i + 1);
    EXPECT_FALSE(tour->timeline().scene().crash()->lost.empty());
  }
  EXPECT_EQ(crashes, 1U);
  tour->timeline().seek(tour->timeline().size());
  EXPECT_EQ(tour->timeline().scene().store(), viz::Scene::Store::kOpen);
}

TEST(Tour, IsTheSameEachTime) {
  const std::unique_ptr<Session> first = must(viz::make_tour(readme()));
  const std::unique_ptr<Session> second = must(viz::make_tour(readme()));
  EXPECT_EQ(first->timeline().trace(), second->timeline().trace());
  EXPECT_EQ(first->pace().duration(), second->pace().duration());
}

TEST(Tour, NeedsEnoughWords) {
  const auto tour = viz::make_tour("much too short");
  ASSERT_TRUE(has_code(tour, StatusCode::kInvalidArgument));
  EXPECT_NE(tour.status().to_string().find("3 words"), std::string::npos);
}

// ---- odd texts: each gives a tour whose counts are right, or a message, and nothing else

std::string numbers(int count, int from = 1) {
  std::string text;
  for (int i = from; i < from + count; ++i) text += std::to_string(i) + " ";
  return text;
}

std::string repeated(const std::string& word, int count) {
  std::string text;
  for (int i = 0; i < count; ++i) text += word + " ";
  return text;
}

void refuses(const std::string& text, const std::string& because) {
  const auto tour = viz::make_tour(text);
  ASSERT_TRUE(has_code(tour, StatusCode::kInvalidArgument)) << because;
  EXPECT_NE(tour.status().message().find(because), std::string_view::npos) << tour.status().message();
}

void tells(const std::string& text) {
  const auto tour = viz::make_tour(text);
  ASSERT_TRUE(tour.ok()) << tour.status().to_string();
  EXPECT_EQ((*tour)->chapters().back().title, "All counts are equal");
}

TEST(TourOfAnOddText, NeedsAWordThatOccursTwice) {
  refuses(numbers(400), "no word of the text comes twice");
  refuses(numbers(5000), "no word of the text comes twice");
  tells(numbers(3) + numbers(500));
}

TEST(TourOfAnOddText, NeedsEnoughWordsAfterTheFirstRepeatedOne) {
  refuses(numbers(399) + "1", "ends before the tour does");
  for (int position = 4; position <= 400; position += 12) {
    const auto tour = viz::make_tour(numbers(position) + "1 " + numbers(400 - position, 1000));
    EXPECT_TRUE(tour.ok() || tour.status().is(StatusCode::kInvalidArgument))
        << position << ": " << tour.status().to_string();
  }
  EXPECT_TRUE(viz::make_tour(numbers(4) + "1 " + numbers(400, 1000)).ok());
}

TEST(TourOfAnOddText, TakesOneWordAgainAndAgain) {
  tells(repeated("a", 500));
  tells(repeated("a b", 400));
}

TEST(TourOfAnOddText, TakesWordsOfAnyLengthAndLeavesOutOverlongOnes) {
  refuses("", "has 0 words");
  refuses("... --- ...", "has 0 words");
  refuses(std::string(100'000, 'x'), "has 0 words of up to 100 bytes");
  refuses(repeated(std::string(600, 'x'), 1000), "has 0 words of up to 100 bytes");
  tells(repeated(std::string(600, 'x') + " word", 500));
  std::size_t tried = 0;
  for (std::size_t length = 1; length <= 100; length += 3) {
    std::string text;
    for (int i = 0; i < 600; ++i) text += std::string(length - 1, 'w') + static_cast<char>('a' + i % 7) + " ";
    tells(text);
    ++tried;
  }
  EXPECT_EQ(tried, 34U);
}

TEST(TourOfAnOddText, TakesAnyBytes) {
  std::string bytes;
  for (int i = 0; i < 20'000; ++i) bytes += static_cast<char>(i * 7919 % 251);
  const auto tour = viz::make_tour(bytes);
  EXPECT_TRUE(tour.ok() || tour.status().is(StatusCode::kInvalidArgument));
  tells(repeated("\xe6\x97\xa5\xe6\x9c\xac caf\xc3\xa9 \xff\xfe", 200));
}

TEST(Pace, IsTheInverseOfItself) {
  const std::unique_ptr<Session> tour = must(viz::make_tour(readme()));
  const Pace& pace = tour->pace();
  for (std::size_t entries = 0; entries <= pace.size(); entries += 7) {
    EXPECT_EQ(pace.at(pace.end_of(entries)).progress, 1) << entries;
    EXPECT_LE(pace.at(pace.end_of(entries)).entries, entries);
    EXPECT_EQ(pace.end_of(pace.at(pace.end_of(entries)).entries), pace.end_of(entries)) << entries;
  }
}

TEST(Pace, HoldsAndStretches) {
  Pace pace;
  const sim::TraceEntry entry = sim::InputEntry{{"sync"}};
  for (int i = 0; i < 4; ++i) pace.add(entry);
  pace.stretch(0, 4, 4);
  pace.hold(2, 10);
  EXPECT_DOUBLE_EQ(pace.duration(), 14);
  EXPECT_EQ(pace.at(0), (Playhead{0, 1}));
  EXPECT_EQ(pace.at(0.5), (Playhead{1, 0.5}));
  EXPECT_EQ(pace.at(2), (Playhead{2, 1}));
  EXPECT_EQ(pace.at(7), (Playhead{2, 1})) << "the hold";
  EXPECT_EQ(pace.at(12.5), (Playhead{3, 0.5}));
  EXPECT_EQ(pace.at(99), (Playhead{4, 1}));
  pace.cut(2);
  EXPECT_DOUBLE_EQ(pace.duration(), 2) << "cutting entries off also removes their holds";
  pace.add(entry);
  EXPECT_EQ(pace.size(), 3U);
}

TEST(Narration, HasASentenceForWhatMatters) {
  const std::unique_ptr<Session> tour = must(viz::make_tour(readme()));
  std::string all;
  for (const sim::TraceEntry& entry : tour->timeline().trace().entries()) {
    if (const auto sentence = viz::narrate(entry)) all += sentence->text + "\n";
  }
  for (const char* part :
       {"put key = 1", "in the cache, not yet durable", "its bytes are durable", "is sealed", "not in 0",
        "a tombstone in", "is kept: live", "is dropped: superseded", "the switch", "CRASH", "both checksums match",
        "are left behind", "the MANIFEST does not name", "the store is open"}) {
    EXPECT_NE(all.find(part), std::string::npos) << part;
  }
}

TEST(Narration, KeepsLongKeysAndValuesShort) {
  const std::string value(300, 'v');
  const auto sentence = viz::narrate(sim::OutcomeEntry{"expected no value, but found " + value, false});
  ASSERT_TRUE(sentence.has_value());
  EXPECT_EQ(sentence->text, "→ expected no value, but found " + std::string(24, 'v') + "…");
  EXPECT_EQ(viz::narrate(sim::OutcomeEntry{"3 segments  read", true})->text, "→ 3 segments  read");
}

TEST(Narration, OnlyTheManifestIsAListOfSegments) {
  sim::DiskOperation rename;
  rename.kind = sim::DiskOperation::Kind::kRename;
  rename.name = "000009.idx.tmp";
  rename.new_name = "000009.idx";
  EXPECT_EQ(viz::narrate(rename)->text, "000009.idx.tmp becomes 000009.idx");
  rename.name = "MANIFEST.tmp";
  rename.new_name = "MANIFEST";
  EXPECT_EQ(viz::narrate(rename)->text, "MANIFEST.tmp becomes MANIFEST: the new list of segments counts from here on");
}

TEST(Narration, ShowsAnyBytes) {
  EXPECT_EQ(viz::shown("sky"), "sky");
  EXPECT_EQ(viz::shown(std::string("\x00\xff", 2)), "0x00ff");
  EXPECT_EQ(viz::shown(std::string(100, 'x')), std::string(23, 'x') + "…");
  const std::string umlauts = viz::shown(std::string(11, 'x') + "äöüäöüäöüäöüäöü");
  EXPECT_TRUE(umlauts.ends_with("…"));
  EXPECT_EQ(umlauts.find("\xc3\xe2"), std::string::npos) << "no letter is cut in two";
}

}  // namespace
}  // namespace sediment::test
