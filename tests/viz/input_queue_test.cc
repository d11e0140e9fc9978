// Input that is faster than the frames must still arrive: each change in a separate frame.
#include "viz/platform/input_queue.h"

#include <gtest/gtest.h>

#include "viz/draw/named_items.h"

namespace sediment::viz {
namespace {

class InputQueueTest : public ::testing::Test {
 protected:
  InputQueueTest() {
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.DisplaySize = {400, 300};
    io.DeltaTime = 1.0F / 30;
    prepare_keys();
    io.Fonts->Build();
  }
  ~InputQueueTest() override { ImGui::DestroyContext(context_); }

  void begin_frame() {
    queue_.feed_frame();
    named_items().begin_frame();
    ImGui::NewFrame();
  }

  // Runs frames until nothing waits. Returns in how many of them the key went down.
  int count_presses(Key key) {
    int presses = 0;
    for (int frame = 0; frame < 20; ++frame) {
      begin_frame();
      presses += key_pressed(key) ? 1 : 0;
      ImGui::EndFrame();
    }
    return presses;
  }

  ImGuiContext* context_ = ImGui::CreateContext();
  InputQueue queue_;
};

TEST_F(InputQueueTest, ATapWithinAFrameIsAPress) {
  queue_.key(static_cast<int>(Key::kSpace), true);
  queue_.key(static_cast<int>(Key::kSpace), false);
  EXPECT_TRUE(queue_.busy());
  EXPECT_EQ(count_presses(Key::kSpace), 1);
  EXPECT_FALSE(queue_.busy());
}

TEST_F(InputQueueTest, EveryOneOfManyTapsCounts) {
  for (int tap = 0; tap < 5; ++tap) {
    queue_.key(static_cast<int>(Key::kDigit3), true);
    queue_.key(static_cast<int>(Key::kDigit3), false);
  }
  EXPECT_EQ(count_presses(Key::kDigit3), 5);
}

TEST_F(InputQueueTest, DifferentKeysShareAFrame) {
  queue_.key(static_cast<int>(Key::kLeftShift), true);
  queue_.key(static_cast<int>(Key::kRight), true);
  begin_frame();
  EXPECT_TRUE(shift_down());
  EXPECT_TRUE(key_pressed(Key::kRight));
  ImGui::EndFrame();
}

TEST_F(InputQueueTest, AKeyGoesWithTheShiftThatWasHeldWhenItWentDown) {
  queue_.key(static_cast<int>(Key::kLeftShift), true);
  begin_frame();
  ImGui::EndFrame();
  // All the rest comes within one frame, and Shift is released first.
  queue_.key(static_cast<int>(Key::kRight), true);
  queue_.key(static_cast<int>(Key::kLeftShift), false);
  queue_.key(static_cast<int>(Key::kRight), false);
  begin_frame();
  EXPECT_TRUE(key_pressed(Key::kRight));
  EXPECT_TRUE(shift_down());
  ImGui::EndFrame();
  begin_frame();
  EXPECT_FALSE(shift_down());
  ImGui::EndFrame();
}

TEST_F(InputQueueTest, ARepeatedKeyIsPressedAgainWhileItIsHeldAndOnlyOnRequest) {
  queue_.key(static_cast<int>(Key::kRight), true);
  int once = 0;
  int repeated = 0;
  for (int frame = 0; frame < 30; ++frame) {
    begin_frame();
    once += key_pressed(Key::kRight) ? 1 : 0;
    repeated += key_pressed(Key::kRight, true) ? 1 : 0;
    ImGui::EndFrame();
    EXPECT_TRUE(queue_.busy());  // a held key needs frames
  }
  EXPECT_EQ(once, 1);
  EXPECT_GT(repeated, 5);
}

TEST_F(InputQueueTest, AClickHappensWhereThePointerWasAndNotWhereItWentNext) {
  queue_.mouse_position({10, 10});
  queue_.mouse_button(0, true);
  queue_.mouse_position({200, 200});
  queue_.mouse_button(0, false);
  begin_frame();
  EXPECT_TRUE(ImGui::IsMouseClicked(0));
  EXPECT_EQ(ImGui::GetMousePos().x, 10);
  ImGui::EndFrame();
  begin_frame();
  EXPECT_TRUE(ImGui::IsMouseReleased(0));
  EXPECT_EQ(ImGui::GetMousePos().x, 200);
  ImGui::EndFrame();
}

TEST_F(InputQueueTest, AKeySeesWhatIsDrawnWhereThePointerHasGone) {
  queue_.mouse_position({10, 10});
  queue_.key(static_cast<int>(Key::kC), true);
  begin_frame();
  EXPECT_EQ(ImGui::GetMousePos().x, 10);
  EXPECT_FALSE(key_pressed(Key::kC)) << "what lies there is drawn in this frame";
  ImGui::EndFrame();
  queue_.mouse_position({20, 10});
  begin_frame();
  EXPECT_TRUE(key_pressed(Key::kC));
  ImGui::EndFrame();
}

TEST_F(InputQueueTest, WhatIsTypedDirectlyAfterAClickGoesToTheFieldThatWasClicked) {
  char text[8] = "";
  const auto run_frame = [&] {
    begin_frame();
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize({200, 100});
    ImGui::Begin("window", nullptr, ImGuiWindowFlags_NoDecoration);
    ImGui::SetCursorScreenPos({10, 10});
    ImGui::InputText("##line", text, sizeof(text));
    ImGui::End();
    ImGui::EndFrame();
  };
  for (int frame = 0; frame < 2; ++frame) run_frame();  // ImGui finds a window only after it was drawn
  queue_.mouse_position({20, 20});
  queue_.mouse_button(0, true);
  queue_.mouse_button(0, false);
  for (const char letter : {'a', 'b'}) queue_.character(static_cast<unsigned int>(letter));
  for (int frame = 0; frame < 6; ++frame) run_frame();
  EXPECT_STREQ(text, "ab");
}

TEST_F(InputQueueTest, AnUnknownKeyDoesNoHarm) {
  for (const int key : {-1, 0, 511, 512, 100000}) {
    queue_.key(key, true);
    queue_.key(key, false);
  }
  queue_.mouse_button(7, true);
  EXPECT_EQ(count_presses(Key::kSpace), 0);
  EXPECT_FALSE(queue_.busy());
}

TEST_F(InputQueueTest, ANamedItemIsFoundInTheFrameThatDrewItAndIsGoneInTheNext) {
  begin_frame();
  ImGui::Begin("window");
  ImGui::Button("one");
  named_items().mark_last("button.one");
  ImGui::BeginDisabled();
  ImGui::Button("two");
  named_items().mark_last("button.two");
  ImGui::EndDisabled();
  named_items().mark("area", {1, 2}, {3, 6});
  ImGui::End();
  ImGui::EndFrame();
  ASSERT_NE(named_items().find("button.one"), nullptr);
  EXPECT_TRUE(named_items().find("button.one")->enabled);
  ASSERT_NE(named_items().find("button.two"), nullptr);
  EXPECT_FALSE(named_items().find("button.two")->enabled);
  EXPECT_NE(named_items().json().find(R"("area":{"enabled":true,"rect":[1.0,2.0,3.0,6.0],"x":2.0,"y":4.0})"),
            std::string::npos)
      << named_items().json();

  begin_frame();
  ImGui::EndFrame();
  EXPECT_EQ(named_items().find("area"), nullptr);
  EXPECT_EQ(named_items().json(), "{}");
}

}  // namespace
}  // namespace sediment::viz
