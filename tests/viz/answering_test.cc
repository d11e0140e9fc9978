// The questions of the shows: answered with the keyboard alone, with the mouse alone, and by dragging a record to where
// it will be.
#include <algorithm>
#include <functional>

#include "tests/viz/app_fixture.h"
#include "viz/draw/named_items.h"
#include "viz/panels/stage_sight.h"
#include "viz/shows/shows.h"

namespace sediment::test {

namespace {

using nlohmann::json;
using viz::Key;
using viz::named_items;
using viz::NamedItem;
using viz::Question;
using viz::Target;

Key digit(std::size_t answer) { return static_cast<Key>(static_cast<int>(Key::kDigit1) + static_cast<int>(answer)); }
std::string target(std::size_t answer) { return "target." + std::to_string(answer + 1); }

bool is_on_stage(const Target& place) {
  return place.kind != Target::Kind::kNone && place.kind != Target::Kind::kEntry;
}
std::size_t wrong_of(const Question& question) {
  std::size_t wrong = 0;
  while (question.is_right(wrong)) ++wrong;
  return wrong;
}

class Answering : public AppFixture {
 protected:
  /// Opens the first show with a question of this kind, and plays up to the first of these.
  void open_at(const std::function<bool(const Question&)>& fits) {
    for (const viz::ShowInfo& info : viz::shows()) {
      show_ = must(viz::make_show(info.name));
      for (std::size_t i = 0; i < show_->questions().size(); ++i) {
        if (!fits(show_->questions()[i])) continue;
        open_question(info.name, i);
        return;
      }
    }
    FAIL() << "no show has such a question";
  }
  /// Plays a show up to this question.
  void open_question(std::string_view show, std::size_t number) {
    open({.show = std::string(show)});
    app_->ask_questions(true);
    number_ = number;
    app_->seek_time(show_->begin_of(question()) - 0.1);
    press(Key::kSpace);
    ASSERT_TRUE(state().contains("question"));
    ASSERT_EQ(state()["question"]["text"], question().text);
  }
  const Question& question() const { return show_->questions()[number_]; }
  nlohmann::json answer(std::size_t number) { return state()["question"]["answers"][number]; }
  void expect_right() {
    EXPECT_EQ(state()["question"]["revealed"], true);
    EXPECT_EQ(state()["score"]["right"], 1);
  }

  /// As far as possible on the stage.
  void enlarge() {
    screen_.run(*app_, 2);
    for (int i = 0; i < 30 && state()["close_up"]["level"] == "stage"; ++i) press(Key::kZ);
    press(Key::kEscape);
    screen_.run(*app_, 60);
  }
  void turn_wheel(float step, int times) {
    screen_.input().mouse_position({400, 450});
    screen_.run(*app_, 2);
    for (int i = 0; i < times; ++i) {
      screen_.input().wheel({0, step});
      screen_.run(*app_, 2);
    }
  }

  std::unique_ptr<viz::Session> show_;
  std::size_t number_ = 0;
};

bool is_single(const Question& question) { return !question.is_mark; }
bool is_mark(const Question& question) { return question.is_mark && !question.right.empty(); }
bool has_place(const Question& question) {
  return is_single(question) && is_on_stage(question.answers[question.right[0]].target);
}
bool is_on_timeline(const Question& question) {
  return is_single(question) && question.answers[question.right[0]].target.kind == Target::Kind::kEntry;
}
bool is_at_end_of_log(const Question& question) {
  return is_single(question) && question.answers[question.right[0]].target.kind == Target::Kind::kEndOfLog;
}

}  // namespace

TEST_F(Answering, WithTheKeyboardAlone) {
  open_at(is_single);
  screen_.press(*app_, digit(question().right[0]));
  expect_right();
}

TEST_F(Answering, SeveralAnswersWithTheKeyboardAlone) {
  open_at(is_mark);
  const std::size_t wrong = wrong_of(question());
  if (wrong < question().answers.size()) {
    screen_.press(*app_, digit(wrong));
    EXPECT_EQ(answer(wrong)["chosen"], true);
    screen_.press(*app_, digit(wrong));
    EXPECT_EQ(answer(wrong)["chosen"], false) << "chosen again, it is no longer chosen";
  }
  for (const std::size_t right : question().right) screen_.press(*app_, digit(right));
  EXPECT_EQ(state()["question"]["revealed"], false) << "it waits for Enter";
  screen_.press(*app_, Key::kEnter);
  expect_right();
}

TEST_F(Answering, WithTheMouseOnTheStage) {
  open_at(has_place);
  ASSERT_TRUE(screen_.click(*app_, target(question().right[0])));
  expect_right();
}

TEST_F(Answering, WithTheMouseOnTheTimeline) {
  open_at(is_on_timeline);
  const double time = state()["time"];
  ASSERT_TRUE(screen_.click(*app_, target(question().right[0])));
  expect_right();
  EXPECT_GE(state()["time"], time) << "the timeline did not take the click";
}

TEST_F(Answering, SeveralAnswersWithTheMouseAlone) {
  open_at(is_mark);
  for (const std::size_t right : question().right) {
    const bool on_stage = named_items().find(target(right)) != nullptr;
    ASSERT_TRUE(screen_.click(*app_, on_stage ? target(right) : "answer." + std::to_string(right + 1)));
    EXPECT_EQ(answer(right)["chosen"], true);
  }
  ASSERT_TRUE(screen_.click(*app_, "answer.confirm"));
  expect_right();
}

TEST_F(Answering, ByDraggingTheRecordToItsPlace) {
  open_at(is_at_end_of_log);
  EXPECT_NE(state()["question"]["carried"], "");
  ASSERT_TRUE(screen_.drag(*app_, "carried", target(question().right[0])));
  expect_right();
}

TEST_F(Answering, ARecordThatIsDroppedElsewhereAnswersNothing) {
  open_at(is_at_end_of_log);
  ASSERT_TRUE(screen_.drag(*app_, "carried", "play"));
  EXPECT_EQ(state()["question"]["revealed"], false);
  EXPECT_EQ(state()["score"]["asked"], 0);
}

TEST_F(Answering, AWrongAnswerIsShownWithItsReason) {
  open_at(is_single);
  const std::size_t wrong = wrong_of(question());
  EXPECT_FALSE(answer(wrong).contains("reason")) << "not before the answer";
  screen_.press(*app_, digit(wrong));
  EXPECT_EQ(state()["score"]["right"], 0);
  EXPECT_EQ(answer(wrong)["chosen"], true);
  EXPECT_EQ(answer(wrong)["right"], false);
  EXPECT_EQ(answer(wrong)["reason"], question().answers[wrong].reason);
  EXPECT_EQ(answer(question().right[0])["right"], true);
}

TEST_F(Answering, TimeWaitsForTheAnswer) {
  open_at(is_single);
  const double time = state()["time"];
  screen_.run(*app_, 1000);
  EXPECT_EQ(state()["time"], time);
  EXPECT_EQ(state()["question"]["revealed"], false);
  screen_.press(*app_, Key::kSpace);
  EXPECT_EQ(state()["question"]["revealed"], true) << "Space passes it";
  EXPECT_EQ(state()["score"]["asked"], 0);
}

TEST_F(Answering, TheAnswersStayUntilTheViewerGoesOn) {
  const auto go_on_by = [&](const std::function<void()>& act) {
    open_at(is_single);
    screen_.press(*app_, digit(wrong_of(question())));
    for (std::size_t i = 0; i < question().answers.size(); ++i) {
      EXPECT_EQ(answer(i)["reason"], question().answers[i].reason) << "also of those that were not chosen";
    }
    screen_.run(*app_, 1000);
    ASSERT_TRUE(state().contains("question"));
    EXPECT_EQ(state()["playing"], false);
    act();
    EXPECT_FALSE(state().contains("question"));
    EXPECT_EQ(state()["playing"], true);
  };
  go_on_by([&] { screen_.press(*app_, Key::kSpace); });
  go_on_by([&] { screen_.press(*app_, Key::kEnter); });
  go_on_by([&] { ASSERT_TRUE(screen_.click(*app_, "answer.go-on")); });
}

TEST_F(Answering, TimeWaitsInTheMiddleOfAQuestion) {
  open_at(is_single);
  app_->seek_time(show_->begin_of(question()) + 2);
  app_->play();
  screen_.run(*app_, 1000);
  EXPECT_EQ(state()["question"]["revealed"], false);
}

TEST_F(Answering, AShowThatAsksNobodyGoesOnByItself) {
  open_at(is_single);
  app_->ask_questions(false);
  app_->play();
  settle();
  EXPECT_EQ(state()["position"], state()["entries"]);
}

// Not at a corner of it, and not with its number.
TEST_F(Answering, TheQuestionCoversNoneOfItsPlaces) {
  for (const viz::ShowInfo& info : viz::shows()) {
    show_ = must(viz::make_show(info.name));
    for (std::size_t i = 0; i < show_->questions().size(); ++i) {
      open_question(info.name, i);
      SCOPED_TRACE(question().text);
      const NamedItem* found = named_items().find("question");
      ASSERT_NE(found, nullptr);
      const NamedItem card = *found;
      for (std::size_t n = 0; n < question().answers.size(); ++n) {
        const NamedItem* place = named_items().find(target(n));
        EXPECT_TRUE(place != nullptr || !is_on_stage(question().answers[n].target)) << "answer " << n + 1;
        if (place == nullptr) continue;
        const bool apart = card.max.x <= place->min.x || place->max.x <= card.min.x || card.max.y <= place->min.y ||
                           place->max.y <= card.min.y;
        EXPECT_TRUE(apart) << "answer " << n + 1;
      }
    }
  }
}

TEST_F(Answering, PlacesThatAreOutOfSightScrollIntoSight) {
  std::size_t scrolled = 0;
  for (const viz::ShowInfo& info : viz::shows()) {
    show_ = must(viz::make_show(info.name));
    for (number_ = 0; number_ < show_->questions().size(); ++number_) {
      SCOPED_TRACE(question().text);
      const auto& answers = question().answers;
      const auto on_stage = std::count_if(answers.begin(), answers.end(),
                                          [](const viz::Answer& answer) { return is_on_stage(answer.target); });
      std::vector<std::ptrdiff_t> seen;
      for (const float wheel : {1.0F, -1.0F}) {  // from the top of the disk, and from its bottom
        open({.show = std::string(info.name)});
        app_->ask_questions(true);
        app_->seek_time(show_->begin_of(question()) - 0.1);
        enlarge();
        turn_wheel(wheel, 40);
        const json before = state()["zoom"]["scroll"];
        press(Key::kSpace);
        if (state()["zoom"]["scroll"] != before) ++scrolled;
        seen.push_back(0);
        for (std::size_t i = 0; i < answers.size(); ++i) {
          if (is_on_stage(answers[i].target) && named_items().find(target(i)) != nullptr) ++seen.back();
        }
      }
      EXPECT_EQ(seen[0], seen[1]) << "as many as possible";
      EXPECT_GE(seen[0], std::min<std::ptrdiff_t>(on_stage, 2));
    }
  }
  EXPECT_GE(scrolled, 5U);
}

TEST_F(Answering, TheWheelScrollsWhileAQuestionWaits) {
  show_ = must(viz::make_show("merge"));
  open_question("merge", 1);
  enlarge();
  turn_wheel(1.0F, 40);  // to the top
  for (const float wheel : {-1.0F, 1.0F}) {
    const json before = state()["zoom"]["scroll"];
    turn_wheel(wheel, 1);
    EXPECT_NE(state()["zoom"]["scroll"], before);
  }
}

TEST(PlacesInSight, AreAsManyAsPossible) {
  const viz::Area window{0, 100, 10, 50};
  const auto place = [](float y) { return viz::Area{0, y, 10, 20}; };
  EXPECT_EQ(way_to({}, window), 0);
  EXPECT_EQ(way_to({place(110)}, window), 0) << "it is in sight";
  EXPECT_EQ(way_to({place(300)}, window), 185) << "into the middle";
  EXPECT_EQ(way_to({place(0), place(300), place(320)}, window), 195) << "two of three";
  EXPECT_EQ(way_to({place(300), place(0)}, window), -115) << "the nearer one of two";
  EXPECT_EQ(way_to({place(110), place(300)}, window), 0);
}

TEST_F(Answering, TheEndLeadsBackToAQuestion) {
  open_at(is_single);
  screen_.press(*app_, digit(wrong_of(question())));
  press(Key::kEnd);
  const std::string back = "end.question." + std::to_string(number_ + 1);
  EXPECT_EQ(state()["end"]["given"][number_], "wrong");
  ASSERT_TRUE(screen_.click(*app_, back));
  EXPECT_EQ(state()["question"]["text"], question().text);
  EXPECT_EQ(state()["question"]["revealed"], false);

  screen_.press(*app_, digit(question().right[0]));
  EXPECT_EQ(answer(question().right[0])["chosen"], true);
  EXPECT_EQ(state()["score"]["right"], 0) << "the first answer counts";

  press(Key::kEnd);
  screen_.press(*app_, digit(number_));
  EXPECT_EQ(state()["question"]["text"], question().text) << "its digit does the same";
}

TEST_F(Answering, ATranscriptTellsTheAnswerAfterTheStep) {
  open_at(is_single);
  const std::string text = app_->transcript();
  const std::size_t asked = text.find("?? " + question().text);
  const std::size_t told = text.find(question().answers[question().right[0]].reason, asked);
  ASSERT_NE(asked, std::string::npos);
  ASSERT_NE(told, std::string::npos);
  EXPECT_NE(text.substr(asked, told - asked).find("\n> "), std::string::npos) << "a step is between them";
}

}  // namespace sediment::test
