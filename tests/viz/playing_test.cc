// Every show played from its beginning to its end, with all its questions answered: by the keyboard alone, and by the
// mouse alone.
#include <algorithm>

#include "tests/viz/app_fixture.h"
#include "viz/draw/named_items.h"
#include "viz/shows/shows.h"

namespace sediment::test {

namespace {

using viz::Key;
using viz::named_items;

class Playing : public AppFixture, public ::testing::WithParamInterface<viz::ShowInfo> {
 protected:
  void SetUp() override {
    show_ = must(viz::make_show(GetParam().name));
    open({});
    app_->ask_questions(true);
  }
  /// Until time stops: at a question or at the end.
  void watch() {
    constexpr double kStep = 0.1;  // as long as the window lets a frame be
    for (int i = 0; i < 20'000 && state()["playing"] == true; ++i) screen_.run(*app_, 1, kStep);
    ASSERT_EQ(state()["playing"], false);
  }
  /// Plays, answers with `answer` each question that stops time, and plays on with `play`.
  template <class Answer, class Play>
  void answer_all(const Answer& answer, const Play& play) {
    watch();
    for (const viz::Question& question : show_->questions()) {
      SCOPED_TRACE(question.text);
      ASSERT_TRUE(state().contains("question"));
      ASSERT_EQ(state()["question"]["text"], question.text);
      for (const std::size_t right : question.right) {
        answer(right);
        ASSERT_EQ(state()["question"]["answers"][right]["chosen"], true);
      }
      if (question.is_mark) confirm();
      ASSERT_EQ(state()["question"]["revealed"], true);
      play();
      watch();
    }
  }
  virtual void confirm() = 0;
  void expect_the_end() {
    ASSERT_TRUE(state().contains("end"));
    EXPECT_EQ(state()["end"]["show"], GetParam().name);
    EXPECT_EQ(state()["end"]["right"], show_->questions().size());
    EXPECT_EQ(state()["end"]["questions"], show_->questions().size());
    EXPECT_EQ(state()["position"], state()["entries"]);
  }
  /// The one that the end has offered has begun; the last show offers none.
  void expect_the_next_show(const nlohmann::json& offered) {
    if (GetParam().name == viz::shows().back().name) {
      EXPECT_EQ(offered, "");
      return;
    }
    const std::unique_ptr<viz::Session> next = must(viz::make_show(offered.get<std::string>()));
    EXPECT_EQ(state()["entries"], next->timeline().size());
    EXPECT_EQ(state()["playing"], true);
    EXPECT_FALSE(state().contains("end"));
  }

  std::unique_ptr<viz::Session> show_;
};

class ByKeyboard : public Playing {
 protected:
  void confirm() override { screen_.press(*app_, Key::kEnter); }
};

class ByMouse : public Playing {
 protected:
  void confirm() override { ASSERT_TRUE(screen_.click(*app_, "answer.confirm")); }
  /// On the stage or the timeline where the answer is a place, otherwise on the card.
  void click_on_answer(std::size_t number) {
    const std::string place = "target." + std::to_string(number + 1);
    const bool is_place = named_items().find(place) != nullptr;
    ASSERT_TRUE(screen_.click(*app_, is_place ? place : "answer." + std::to_string(number + 1)));
  }
};

}  // namespace

TEST_P(ByKeyboard, ToTheEndAndToTheNextShow) {
  screen_.press(*app_, Key::kEnter);
  screen_.type(*app_, "show " + std::string(GetParam().name));
  screen_.press(*app_, Key::kEnter);
  for (int faster = 0; faster < 2; ++faster) screen_.type(*app_, "+");
  EXPECT_EQ(state()["speed"], 4);
  const auto digit = [](std::size_t answer) {
    return static_cast<Key>(static_cast<int>(Key::kDigit1) + static_cast<int>(answer));
  };
  answer_all([&](std::size_t answer) { screen_.press(*app_, digit(answer)); },
             [&] { screen_.press(*app_, Key::kSpace); });
  expect_the_end();
  const nlohmann::json offered = state()["end"]["next"];
  screen_.press(*app_, Key::kEnter);
  expect_the_next_show(offered);
}

TEST_P(ByMouse, ToTheEndAndToTheNextShow) {
  ASSERT_TRUE(screen_.click(*app_, "operation.Shows …"));
  ASSERT_TRUE(screen_.click(*app_, "show." + std::string(GetParam().name)));
  ASSERT_TRUE(screen_.click(*app_, "speed.5"));
  EXPECT_EQ(state()["speed"], 4);
  answer_all([&](std::size_t answer) { click_on_answer(answer); },
             [&] { ASSERT_TRUE(screen_.click(*app_, "answer.go-on")); });
  expect_the_end();
  const nlohmann::json offered = state()["end"]["next"];
  if (!offered.get<std::string>().empty()) {
    ASSERT_TRUE(screen_.click(*app_, "end.next"));
  }
  expect_the_next_show(offered);
}

std::string name_of_show(const testing::TestParamInfo<viz::ShowInfo>& info) {
  std::string name(info.param.name);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Shows, ByKeyboard, testing::ValuesIn(viz::shows()), name_of_show);
INSTANTIATE_TEST_SUITE_P(Shows, ByMouse, testing::ValuesIn(viz::shows()), name_of_show);

}  // namespace sediment::test
