// For a room: the presentation, and the card at the end of a show.
#include <gtest/gtest.h>

#include "tests/support/store_helpers.h"
#include "tests/viz/app_fixture.h"
#include "viz/draw/named_items.h"
#include "viz/shows/shows.h"

namespace sediment::test {
namespace {

using viz::Key;

class Presenting : public AppFixture {
 protected:
  static bool is_shown(const char* item) { return viz::named_items().find(item) != nullptr; }
};

TEST_F(Presenting, HasNoButtonsButLargeLetters) {
  open({.show = "rotation"});
  ASSERT_TRUE(is_shown("operation.Put"));
  const float before = app_->text_scale();
  press(Key::kV);
  EXPECT_EQ(state()["layout"], "present");
  EXPECT_FALSE(is_shown("operation.Put"));
  EXPECT_FALSE(is_shown("operation.text"));
  EXPECT_FALSE(is_shown("speed.1"));
  EXPECT_TRUE(is_shown("scrubber"));
  EXPECT_GE(app_->text_scale(), 1.25F);
  EXPECT_LT(before, 1.25F);
  EXPECT_EQ(state()["panels"].size(), 1U) << "one panel";
}

TEST_F(Presenting, LeadsBackToTheLayoutBefore) {
  open({.show = "rotation"});
  press(Key::kL);
  ASSERT_EQ(state()["layout"], "crash");
  press(Key::kV);
  press(Key::kV);
  EXPECT_EQ(state()["layout"], "crash");
  press(Key::kV);
  press(Key::kEscape);
  EXPECT_EQ(state()["layout"], "crash");
  ASSERT_TRUE(click("view.Present"));
  ASSERT_EQ(state()["layout"], "present");
  ASSERT_TRUE(click("present.close"));
  EXPECT_EQ(state()["layout"], "crash");
}

TEST_F(Presenting, LIsForTheOrdinaryLayouts) {
  open({.show = "rotation"});
  for (const char* layout : {"crash", "all", "learn", "crash"}) {
    press(Key::kL);
    EXPECT_EQ(state()["layout"], layout);
  }
}

class EndOfAShow : public Presenting {
 protected:
  void go_to_end(const char* show) {
    open({.show = show});
    app_->ask_questions(true);
    press(Key::kEnd);
  }
};

TEST_F(EndOfAShow, EnterLeadsToTheNextOne) {
  go_to_end("first-append");
  ASSERT_EQ(state().count("end"), 1U);
  EXPECT_EQ(state()["end"]["next"], "overwrite");
  EXPECT_GT(state()["end"]["questions"], 0);
  press(Key::kEnter);
  EXPECT_EQ(state().count("end"), 0U);
  EXPECT_EQ(state()["message"], "");
  press(Key::kEnd);
  EXPECT_EQ(state()["end"]["show"], "overwrite");
}

TEST_F(EndOfAShow, EachShowLeadsToTheOneAfterIt) {
  for (std::size_t i = 0; i < viz::shows().size(); ++i) {
    go_to_end(std::string(viz::shows()[i].name).c_str());
    ASSERT_EQ(state().count("end"), 1U) << viz::shows()[i].name;
    const bool is_last = i + 1 == viz::shows().size();
    EXPECT_EQ(state()["end"]["next"], is_last ? "" : std::string(viz::shows()[i + 1].name));
    EXPECT_EQ(is_shown("end.next"), !is_last);
  }
}

TEST_F(EndOfAShow, CountsTheAnswers) {
  open({.show = "first-append"});
  app_->ask_questions(true);
  app_->play();
  for (int i = 0; i < 20'000 && !state().contains("question"); ++i) screen_.run(*app_);
  ASSERT_TRUE(state().contains("question"));
  const std::size_t right = must(viz::make_show("first-append"))->questions()[0].right.at(0);
  press(static_cast<Key>(static_cast<int>(Key::kDigit1) + static_cast<int>(right)));
  press(Key::kEnd);
  EXPECT_EQ(state()["end"]["right"], 1);
  EXPECT_EQ(state()["score"]["asked"], 1);
}

TEST_F(EndOfAShow, IsClosedByEscapeAndByItsButtons) {
  go_to_end("rotation");
  press(Key::kEscape);
  EXPECT_EQ(state().count("end"), 0U);
  go_to_end("rotation");
  ASSERT_TRUE(click("end.stay"));
  EXPECT_EQ(state().count("end"), 0U);
  go_to_end("rotation");
  ASSERT_TRUE(screen_.click(*app_, "end.again"));
  screen_.run(*app_, 3);
  EXPECT_EQ(state().count("end"), 0U);
  EXPECT_LT(state()["time"], state()["duration"]) << "it plays again";
}

TEST_F(EndOfAShow, IsNotAskedOfAShowThatPlaysByItself) {
  open({.show = "rotation"});
  press(Key::kEnd);
  EXPECT_EQ(state().count("end"), 0U);
}

TEST_F(EndOfAShow, IsNotThereAfterOnesOwnSteps) {
  go_to_end("rotation");
  press(Key::kEscape);
  press(Key::kHome);
  go_to_end("rotation");
  press(Key::kM);
  settle();
  EXPECT_EQ(state().count("end"), 0U);
}

TEST_F(EndOfAShow, BelongsToTheShowOnly) {
  open_steps({"put a 1"});
  app_->ask_questions(true);
  press(Key::kEnd);
  EXPECT_EQ(state().count("end"), 0U);
}

}  // namespace
}  // namespace sediment::test
