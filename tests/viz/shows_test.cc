// The shows: each plays to its end, is short enough to be followed, and keeps its word.
#include "viz/shows/shows.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>
#include <set>

#include "engine/format.h"
#include "engine/hash_index.h"
#include "sim/run/scenario.h"
#include "tests/support/store_helpers.h"
#include "viz/model/session.h"

namespace sediment::test {
namespace {

using viz::Session;

// Seconds. Shorter is no story, and longer is not watched.
constexpr double kShortest = 150;
constexpr double kLongest = 330;
constexpr std::size_t kLongestTitle = 45;  // bytes
constexpr std::size_t kLongestText = 130;

std::size_t sentences_in(const std::string& text) {
  std::size_t sentences = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool ends = text[i] == '.' || text[i] == '?' || text[i] == '!';
    if (ends && (i + 1 == text.size() || text[i + 1] == ' ')) ++sentences;
  }
  return sentences;
}

TEST(Shows, PlayFromStartToEnd) {
  ASSERT_EQ(viz::shows().size(), 18U);
  for (const viz::ShowInfo& info : viz::shows()) {
    SCOPED_TRACE(info.name);
    std::unique_ptr<Session> show = must(viz::make_show(info.name));
    EXPECT_GE(show->chapters().size(), 6U);
    EXPECT_GE(show->pace().duration(), kShortest);
    EXPECT_LE(show->pace().duration(), kLongest);
    // Everything in it is as it must be, except for the faulty stores.
    int wrong = 0;
    for (const sim::TraceEntry& entry : show->timeline().trace().entries()) {
      const auto* outcome = std::get_if<sim::OutcomeEntry>(&entry);
      if (outcome != nullptr && !outcome->ok) ++wrong;
    }
    EXPECT_EQ(wrong > 0, info.name == "tombstone-too-early" || info.name == "why-a-log");
    show->timeline().seek(show->timeline().size());
    EXPECT_FALSE(show->timeline().scene().twin().contradicted());
  }
  EXPECT_TRUE(has_code(viz::make_show("no-such-show"), StatusCode::kNotFound));
}

TEST(Shows, SayLittleAtATime) {
  for (const viz::ShowInfo& info : viz::shows()) {
    SCOPED_TRACE(info.name);
    const std::unique_ptr<Session> show = must(viz::make_show(info.name));
    double begin = -1;
    for (const viz::Chapter& chapter : show->chapters()) {
      SCOPED_TRACE(chapter.title);
      EXPECT_LE(chapter.title.size(), kLongestTitle);
      EXPECT_LE(chapter.text.size(), kLongestText);
      EXPECT_GE(sentences_in(chapter.text), 1U);
      EXPECT_LE(sentences_in(chapter.text), 2U);
      EXPECT_GT(show->begin_of(chapter), begin) << "the chapters are not in order";
      begin = show->begin_of(chapter);
    }
    EXPECT_EQ(show->chapters().back().title, "In one sentence");
    EXPECT_EQ(sentences_in(show->chapters().back().text), 1U);
  }
}

// The numbers in words that may also be the key of an answer.
const std::vector<std::string> kNumbers = {"one", "two", "three", "four", "five"};

// "one: …", "segment 3, …", "“bee” 2": the number that the text says, or 0.
std::size_t number_in(const std::string& text) {
  std::smatch found;
  if (std::regex_search(text, found, std::regex("^(segment|“[a-z]+”) ([0-9])($|,)"))) return std::stoul(found[2]);
  const std::string word = text.substr(0, text.find_first_of(" :,"));
  const auto number = std::find(kNumbers.begin(), kNumbers.end(), word);
  return number == kNumbers.end() ? 0 : static_cast<std::size_t>(number - kNumbers.begin()) + 1;
}

// A question is no riddle: its form does not give the answer away, and does not mislead.
TEST(Shows, AskFairly) {
  for (const viz::ShowInfo& info : viz::shows()) {
    const std::unique_ptr<Session> show = must(viz::make_show(info.name));
    for (const viz::Question& question : show->questions()) {
      SCOPED_TRACE(std::string(info.name) + ": " + question.text);
      const auto has_place = [](const viz::Answer& answer) { return answer.target.kind != viz::Target::Kind::kNone; };
      EXPECT_NE(std::count_if(question.answers.begin(), question.answers.end(), has_place), 1)
          << "the only place on the stage gives the answer away";
      if (question.right.empty()) {
        EXPECT_NE(question.text.find("none"), std::string::npos) << "it does not say that none may be right";
      }
      for (std::size_t i = 0; i < question.answers.size(); ++i) {
        const std::size_t number = number_in(question.answers[i].text);
        if (number == 0 || number > question.answers.size()) continue;
        EXPECT_EQ(number, i + 1) << "the key of “" << question.answers[i].text << "” is another number";
      }
    }
  }
}

TEST(Shows, AskBeforeItHappensAndAnswerEachMistake) {
  for (const viz::ShowInfo& info : viz::shows()) {
    SCOPED_TRACE(info.name);
    const std::unique_ptr<Session> show = must(viz::make_show(info.name));
    EXPECT_GE(show->questions().size(), 3U);
    EXPECT_LE(show->questions().size(), 6U);
    double begin = 0;
    for (const viz::Question& question : show->questions()) {
      SCOPED_TRACE(question.text);
      EXPECT_GE(question.answers.size(), 2U);
      EXPECT_LE(question.answers.size(), viz::kMostAnswers);
      EXPECT_TRUE(question.is_mark || question.right.size() == 1);
      for (const std::size_t right : question.right) EXPECT_LT(right, question.answers.size());
      std::set<std::string> texts;
      for (const viz::Answer& answer : question.answers) {
        EXPECT_FALSE(answer.reason.empty()) << answer.text;
        texts.insert(answer.text);
        const auto is_same_place = [&](const viz::Answer& other) { return other.target == answer.target; };
        EXPECT_TRUE(answer.target.kind == viz::Target::Kind::kNone ||
                    std::count_if(question.answers.begin(), question.answers.end(), is_same_place) == 1)
            << answer.text << ": a click on its place means two answers";
      }
      EXPECT_EQ(texts.size(), question.answers.size());
      // No chapter begins while it stands there, and something happens after it.
      const double asked = show->begin_of(question);
      const double over = asked + viz::kThinkSeconds + viz::kRevealSeconds;
      EXPECT_GE(asked, begin) << "two questions at once";
      begin = over;
      for (const viz::Chapter& chapter : show->chapters()) {
        const double at = show->begin_of(chapter);
        EXPECT_FALSE(at > asked + 0.001 && at < over - 0.001) << chapter.title;
      }
      EXPECT_LT(question.position, show->timeline().size());
    }
  }
}

// The panels draw the index of each segment as a copy that the scene makes. It must be the engine's own, slot by slot.
TEST(Shows, DrawTheIndexThatTheEngineAsks) {
  std::size_t compared = 0;
  for (const viz::ShowInfo& info : viz::shows()) {
    SCOPED_TRACE(info.name);
    const std::unique_ptr<Session> show = must(viz::make_show(info.name));
    const auto& entries = show->timeline().trace().entries();
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto* event = std::get_if<sim::EventEntry>(&entries[i]);
      if (event == nullptr || event->kind != EventKind::kProbed || show->timeline().is_undone(i)) continue;
      show->timeline().seek(i + 1);
      const viz::Scene& scene = show->timeline().scene();
      const viz::SegmentView* segment = scene.segment(SegmentNumber{event->segment});
      const HashIndex* index = scene.index(SegmentNumber{event->segment});
      ASSERT_NE(segment, nullptr);
      if (index == nullptr) {
        EXPECT_EQ(event->size, 0U);
        continue;
      }
      HashIndex::Probe probe = index->probe(hash_key(event->key));
      while (const auto candidate = probe.next()) {
        const viz::RecordView* record = segment->record_at(candidate->offset);
        if (record != nullptr && record->key == event->key) break;
      }
      EXPECT_EQ(probe.slots_visited(), event->size)
          << event->key << " in segment " << event->segment << ", entry " << i;
      ++compared;
    }
  }
  EXPECT_GE(compared, 60U);
}

// A merge that drops a tombstone while an older segment still has the value is told as wrong, and no other merge is.
TEST(Shows, TellWhichTombstonesAreDroppedTooEarly) {
  std::size_t dropped = 0;
  for (const viz::ShowInfo& info : viz::shows()) {
    SCOPED_TRACE(info.name);
    const std::unique_ptr<Session> show = must(viz::make_show(info.name));
    const auto& entries = show->timeline().trace().entries();
    std::size_t exposed = 0;
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto* event = std::get_if<sim::EventEntry>(&entries[i]);
      if (event == nullptr || event->kind != EventKind::kMergeDropped || show->timeline().is_undone(i)) continue;
      ++dropped;
      show->timeline().seek(i + 1);
      const viz::SegmentView* older = show->timeline().scene().exposed_by(*event);
      if (older == nullptr) continue;
      ++exposed;
      EXPECT_EQ(older->number, SegmentNumber{1});
      EXPECT_EQ(event->key, "cat");
    }
    EXPECT_EQ(exposed, info.name == "tombstone-too-early" || info.name == "why-a-log" ? 1U : 0U);
  }
  EXPECT_GE(dropped, 10U);
}

// What a crash undoes never happens on the screen: neither in the pictures nor in time.
TEST(Shows, PassOverWhatACrashUndoes) {
  std::size_t crashes = 0;
  for (const viz::ShowInfo& info : viz::shows()) {
    SCOPED_TRACE(info.name);
    const std::unique_ptr<Session> show = must(viz::make_show(info.name));
    for (const viz::Timeline::Undone& undone : show->timeline().undone()) {
      show->timeline().seek(undone.first);
      const sim::DiskState there = show->timeline().scene().disk();
      for (std::size_t position = undone.first; position <= undone.last + 1; ++position) {
        show->timeline().seek(position);
        EXPECT_EQ(show->timeline().scene().disk(), there) << position;
      }
      const viz::Pace& pace = show->pace();
      EXPECT_EQ(pace.end_of(undone.last) - pace.end_of_hold(undone.last - 1), 0);
      ++crashes;
    }
  }
  EXPECT_GE(crashes, 2U);
}

// An entry in one line, in a form that does not change when the narration does.
std::string line_of(const sim::TraceEntry& entry, const sim::Step& step) {
  if (const auto* outcome = std::get_if<sim::OutcomeEntry>(&entry)) {
    return sim::to_string(step) + " → " + outcome->text;
  }
  if (const auto* operation = std::get_if<sim::DiskOperation>(&entry)) {
    const std::string where =
        operation->kind == sim::DiskOperation::Kind::kAppend ? fmt::format(" at {}", operation->offset) : std::string();
    return std::string(name_of(operation->kind)) + " " +
           (operation->new_name.empty() ? operation->name : operation->new_name) + where;
  }
  if (const auto* event = std::get_if<sim::EventEntry>(&entry)) {
    return fmt::format("{} {} size {} segment {} offset {}", name_of(event->kind), event->key, event->size,
                       event->segment, event->offset);
  }
  return {};
}

// What happens from a question on, up to the next one or to the end of the show.
std::vector<std::string> lines_after(const Session& show, std::size_t question) {
  const std::size_t begin = show.questions().at(question).position;
  const auto& entries = show.timeline().trace().entries();
  std::size_t end = entries.size();
  for (const viz::Question& other : show.questions()) {
    if (other.position > begin) end = std::min(end, other.position);
  }
  std::vector<std::string> lines;
  sim::Step step;
  for (std::size_t i = 0; i < end; ++i) {
    if (const auto* input = std::get_if<sim::InputEntry>(&entries[i])) step = input->step;
    if (i >= begin) lines.push_back(line_of(entries[i], step));
  }
  return lines;
}

// What must follow each question of a show, as regular expressions: "!" before one means never, "5 times " so often.
struct Follows {
  const char* show;
  std::vector<std::vector<std::string>> after;
};

const Follows kFollows[] = {
    {"first-append",
     {{"^append 000001.log at 32", "!^create", "!^rename"},
      {"^append 000001.log at 64"},
      {"^found sea .*offset 64"},
      {"^sync 000001.log", "get sky → \"blue\""}}},
    {"overwrite",
     {{"^append 000001.log at 96", "!^remove", "!^truncate"},
      {"12 times ^appended"},
      {"get home → \"12\""},
      {"1 times ^merge-kept home", "1 times ^merge-kept help", "^remove 000001.log"}}},
    {"probe-chain",
     {{"put kiwi 2 → ok", "!^index-grew"},
      {"^probed .*size 3 ", "get fir → \"3\""},
      {"^probed .*size 4 ", "get oak → not found"},
      {"^index-grew .*size 16 ", "^probed .*size 1 "}}},
    {"rotation",
     {{"^create 000002.log", "^append 000002.log at 32", "!^remove"},
      {"get mon → \"hail\""},
      {"^append 000002.log", "^rename MANIFEST", "^create 000003.log", "!^append 000001.log"},
      {"^recovery-opened", "^reopen → 3 segments"}}},
    {"lookup",
     {{"^found bee .*segment 4", "1 times ^probed"},
      {"^found ant .*segment 1", "4 times ^probed"},
      {"^tombstone-stops .*segment 3", "2 times ^probed"},
      {"get yak → not found"}}},
    {"merge",
     {{"^merge-kept cat", "^merge-dropped bee"},
      {"^merge-dropped ant", "^merge-kept bee", "!^merge-kept ant"},
      {"^rename MANIFEST", "^merge-switched", "^remove 000001.log"},
      {"^found bee .*segment 5", "get ant → not found"}}},
    {"tombstone-too-early",
     {{"^append 000002.log"},
      {"^tombstone-stops .*segment 2", "2 times ^probed"},
      {"^merge-dropped cat"},
      {"^get cat → .*tabby"}}},
    {"not-durable",
     {{"get alice → not found"},
      {"get carol → \"300\"", "get dave → not found"},
      {"put erin 500 → ok", "!^sync"},
      {"get erin → \"500\""}}},
    {"torn-tail",
     {{"^crash torn-byte"},
      {"^recovery-cut"},
      {"^recovery-rewrote", "^remove 000001.log"},
      {"get wind → \"40kmh\"", "get storm → not found"}}},
    {"crash-in-publish",
     {{"^rename MANIFEST"},
      {"^crash lose-unsynced"},
      {"^orphan-removed 000004.log", "recover → .*7 of 7 writes survived"},
      {"get bee → \"2\"", "get ant → not found"}}},
    {"why-a-log",
     {{"get bob → \"250\""},
      {"recover → .*never written"},
      {"put alice 95 → no space"},
      {"get cat → .*tabby"},
      {"recover → the store does not open"}}},
    {"what-fsync-costs",
     {{"5 times ^sync 000001.log"},
      {"7 times ^appended", "1 times ^sync 000001.log"},
      {"get #10 → \"tea\"", "get #11 → not found"},
      {"^sync 000003.log", "^sealed"}}},
    {"merge-policy",
     {{"^found ant .*segment 1", "6 times ^probed"},
      {"32 times ^merge-kept"},
      {"4 times ^merge-kept"},
      {"^found ant", "4 times ^probed"}}},
    {"rot-or-tear",
     {{"^recovery-cut"},
      {"recover → .*a later record proves"},
      {"recover → the store does not open"},
      {"^recovery-cut", "get yew → not found"}}},
    {"snapshot-and-fast-open",
     {{"^snapshot-written"},
      {"2 times ^snapshot-used", "^recovery-scanned gnu", "!^recovery-scanned ant"},
      {"get ant → \"1\""},
      {"^snapshot-ignored", "^recovery-scanned ant", "get dog → \"1\""}}},
    {"failing-fsync",
     {{"^failed"},
      {"get wage → \"2100\""},
      {"put food 90 → read-only", "!^append"},
      {"get rent → \"800\"", "get wage → not found"}}},
    {"reader-beside-writer",
     {{"^found ant .*segment 1"},
      {"^append 000003.log"},
      {"^merge-kept bee", "^merge-switched"},
      {"^found bee .*segment 3", "get ant → \"1\""}}},
    {"limits",
     {{"10 times ^appended", "!^index-grew"},
      {"^index-grew .*size 16 "},
      {"get cat", "get dog", "get elk"},
      {"^create 000002.log", "get big → "}}},
};

// The right answer to each question is what then happens.
TEST(Shows, KeepTheirWord) {
  ASSERT_EQ(std::size(kFollows), viz::shows().size());
  for (const Follows& expected : kFollows) {
    const std::unique_ptr<Session> show = must(viz::make_show(expected.show));
    ASSERT_EQ(show->questions().size(), expected.after.size()) << expected.show;
    for (std::size_t i = 0; i < expected.after.size(); ++i) {
      SCOPED_TRACE(fmt::format("{}: {}", expected.show, show->questions()[i].text));
      const std::vector<std::string> lines = lines_after(*show, i);
      EXPECT_FALSE(expected.after[i].empty());
      for (const std::string& each : expected.after[i]) {
        const auto times = each.find(" times ");
        const bool never = each.starts_with("!");
        const std::regex what(never ? each.substr(1) : times == std::string::npos ? each : each.substr(times + 7));
        const auto found = std::count_if(lines.begin(), lines.end(),
                                         [&](const std::string& line) { return std::regex_search(line, what); });
        if (never) {
          EXPECT_EQ(found, 0) << each;
        } else if (times != std::string::npos) {
          EXPECT_EQ(found, std::stoi(each)) << each;
        } else {
          EXPECT_GT(found, 0) << each;
        }
      }
    }
  }
}

struct RecordedRow {
  const char* show;
  const char* scenario;
  std::string_view step;  // the mistake happens in it
};

// If the engine's format or its events change, the runs must be recorded again (docs/visualizer.md).
TEST(Shows, RecordedOnesMatchTodaysEngineUpToTheirMistake) {
  constexpr RecordedRow kRows[] = {{"tombstone-too-early", "tombstone_too_early", "merge"},
                                   {"body-not-checked", "body_not_checked", "recover"},
                                   {"inputs-removed-first", "inputs_removed_first", "merge"}};
  const auto without_source = [](sim::TraceEntry entry) {
    if (auto* event = std::get_if<sim::EventEntry>(&entry)) event->source_line = 0, event->source_file.clear();
    return entry;
  };
  for (const RecordedRow& row : kRows) {
    std::unique_ptr<Session> show = must(viz::make_show(row.show));
    ASSERT_TRUE(show->is_recorded()) << row.show;
    const std::unique_ptr<Session> today = Session::of_scenario(
        must(sim::read_scenario(fmt::format("{}/viz/shows/{}.json", SEDIMENT_SOURCE_DIR, row.scenario))));
    const auto& recorded = show->timeline().trace().entries();
    const auto& now = today->timeline().trace().entries();
    std::size_t same = 0;
    std::string_view step;
    while (same < std::min(recorded.size(), now.size()) &&
           without_source(recorded[same]) == without_source(now[same])) {
      if (const auto* input = std::get_if<sim::InputEntry>(&recorded[same])) step = input->step[0];
      ++same;
    }
    EXPECT_EQ(step, row.step) << row.show << " differs at entry " << same;
    EXPECT_LT(same, recorded.size()) << row.show << " has no mistake";
  }
}

}  // namespace
}  // namespace sediment::test
