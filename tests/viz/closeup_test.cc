// The record, close up: from the stage to the last bit and back, by keyboard alone and by mouse alone; every kind of
// record; and what it says is what the engine says.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <nlohmann/json.hpp>

#include "engine/record.h"
#include "tests/viz/app_fixture.h"
#include "viz/draw/named_items.h"
#include "viz/draw/theme.h"
#include "viz/model/record_fields.h"
#include "viz/model/session.h"
#include "viz/panels/closeup.h"
#include "viz/panels/colours.h"

namespace sediment::test {
namespace {

using nlohmann::json;
using viz::ByteCell;
using viz::Key;
using viz::NamedItem;
using viz::RecordFields;
using viz::RecordView;
using viz::Scene;
using viz::SegmentView;
using viz::Session;

const NamedItem* item(const std::string& name) { return viz::named_items().find(name); }

class CloseUpTest : public AppFixture {
 protected:
  void open_end_of(const std::vector<std::string>& steps) {
    open_steps(steps, sim::Snapshots::kOff);
    press(Key::kEnd);
  }
  std::string level() { return state()["close_up"]["level"]; }
  std::string says() { return state()["close_up"].value("says", ""); }
  std::string field() { return state()["close_up"].value("field", ""); }
  std::uint64_t offset() { return state()["selected"]["offset"]; }
  /// Until the motion is over.
  void arrive() {
    screen_.run(*app_, 2);
    for (int i = 0; i < 200 && app_->animating(); ++i) screen_.run(*app_);
    screen_.run(*app_, 2);
  }
  void press_and_arrive(Key key, bool shift = false) {
    press(key, shift);
    arrive();
  }
  bool click_and_arrive(const std::string& name) {
    const bool clicked = click(name);
    arrive();
    return clicked;
  }
  void turn_wheel_with_control(float steps) {
    screen_.input().key(static_cast<int>(Key::kLeftControl), true);
    screen_.run(*app_);
    screen_.input().wheel({0, steps});
    screen_.run(*app_, 2);
    screen_.input().key(static_cast<int>(Key::kLeftControl), false);
    arrive();
  }
};

// ---- on the way

TEST_F(CloseUpTest, ByKeyboardAlone) {
  open_end_of({"put sky blue", "put sun low"});
  const json before = state();
  EXPECT_EQ(level(), "stage");
  press_and_arrive(Key::kZ);
  EXPECT_EQ(level(), "fields");
  ASSERT_EQ(offset(), 64) << "the newest record";
  EXPECT_EQ(field(), "header checksum");
  press(Key::kRight);
  EXPECT_EQ(field(), "body checksum");
  EXPECT_EQ(offset(), 64 + record_field::kBodyChecksum);
  press(Key::kLeft);
  press(Key::kLeft);
  EXPECT_EQ(field(), "header checksum") << "there is none before it";
  press(Key::kUp);
  EXPECT_EQ(offset(), 32) << "the record before";
  press_and_arrive(Key::kZ);
  EXPECT_EQ(level(), "bytes");
  press(Key::kRight);
  EXPECT_EQ(offset(), 33);
  press(Key::kDown);
  EXPECT_EQ(field(), "body checksum");
  press_and_arrive(Key::kEnter);
  EXPECT_EQ(level(), "bits") << "Enter goes closer, too";
  EXPECT_EQ(state()["close_up"]["bit"], 7);
  press(Key::kRight);
  EXPECT_EQ(state()["close_up"]["bit"], 6);
  press(Key::kEnter);
  EXPECT_EQ(state()["rot"]["offset"], 36);
  EXPECT_EQ(state()["rot"]["bit"], 6);
  press(Key::kEnter);
  EXPECT_FALSE(state().contains("rot")) << "flipped back";
  for (int i = 0; i < 7; ++i) press(Key::kRight);
  EXPECT_EQ(offset(), 37) << "after the last bit comes the next byte";
  EXPECT_EQ(state()["close_up"]["bit"], 7);
  press(Key::kUp);
  EXPECT_EQ(offset(), 36);
  press_and_arrive(Key::kZ);
  EXPECT_EQ(level(), "bits") << "there is nothing closer";
  for (const char* const out : {"bytes", "fields", "stage"}) {
    press_and_arrive(Key::kZ, true);
    EXPECT_EQ(level(), out);
  }
  EXPECT_FALSE(state().contains("selected")) << "the close-up had selected it, not the user";
  EXPECT_EQ(state()["position"], before["position"]) << "the arrows did not move through the run";
  press(Key::kLeft);
  EXPECT_LT(state()["position"], before["position"]) << "now they do again";
}

TEST_F(CloseUpTest, EscLeadsBackToTheStageAndKeepsWhatTheUserSelected) {
  open_end_of({"put sky blue", "put sun low"});
  press(Key::kPeriod);
  ASSERT_EQ(offset(), 32);
  for (int i = 0; i < 3; ++i) press_and_arrive(Key::kZ);
  ASSERT_EQ(level(), "bits");
  EXPECT_EQ(offset(), 32) << "the selected record, not the newest";
  press_and_arrive(Key::kEscape);
  EXPECT_EQ(level(), "stage");
  EXPECT_EQ(offset(), 32);
  press(Key::kEscape);
  EXPECT_FALSE(state().contains("selected"));
}

TEST_F(CloseUpTest, ByMouseAlone) {
  open_end_of({"put sky blue", "roll", "put sun low"});
  ASSERT_TRUE(click_and_arrive("stage.larger"));
  ASSERT_EQ(level(), "fields");
  ASSERT_TRUE(click_and_arrive("closeup.field.8"));
  EXPECT_EQ(level(), "bytes");
  EXPECT_EQ(field(), "value");
  const std::uint64_t value = 32 + kRecordHeaderSize + 3;
  ASSERT_TRUE(click_and_arrive("closeup.byte." + std::to_string(value + 1)));
  EXPECT_EQ(level(), "bits");
  EXPECT_EQ(offset(), value + 1);
  ASSERT_TRUE(click("closeup.bit.3"));
  EXPECT_EQ(state()["rot"]["bit"], 3);
  EXPECT_EQ(state()["rot"]["offset"], value + 1);
  ASSERT_TRUE(click_and_arrive("closeup.byte." + std::to_string(value)));
  EXPECT_EQ(level(), "bits") << "another byte";
  EXPECT_EQ(offset(), value);
  ASSERT_TRUE(click_and_arrive("closeup.to.fields"));
  EXPECT_EQ(level(), "fields");
  ASSERT_TRUE(click_and_arrive("closeup.to.stage"));
  EXPECT_EQ(level(), "stage");

  const NamedItem lane = *item("lane.000002.log");
  screen_.input().mouse_position(lane.centre());
  screen_.run(*app_, 2);
  for (const char* const in : {"fields", "bytes", "bits"}) {
    turn_wheel_with_control(1);
    EXPECT_EQ(level(), in);
  }
  for (const char* const out : {"bytes", "fields", "stage"}) {
    turn_wheel_with_control(-1);
    EXPECT_EQ(level(), out);
  }
}

TEST_F(CloseUpTest, ZoomGoesOnFromTheLargestSize) {
  std::vector<std::string> steps;
  for (int i = 0; i < 60; ++i) steps.push_back("put key" + std::to_string(i) + " value");
  open_end_of(steps);
  press(Key::kZ);
  EXPECT_EQ(level(), "stage");
  EXPECT_EQ(state()["zoom"]["enlarged"], 1);
  int presses = 1;
  for (; presses < 30 && level() == "stage"; ++presses) press_and_arrive(Key::kZ);
  EXPECT_EQ(level(), "fields");
  const int enlarged = state()["zoom"]["enlarged"];
  EXPECT_EQ(enlarged, presses - 1);
  press_and_arrive(Key::kZ, true);
  EXPECT_EQ(level(), "stage");
  EXPECT_EQ(state()["zoom"]["enlarged"], enlarged);
}

// The stage has more segments than room for them, and shows the newest ones.
TEST_F(CloseUpTest, TheRecordIsInSightAfterwards) {
  std::vector<std::string> steps;
  for (int i = 0; i < 200; ++i) steps.push_back("put key" + std::to_string(i) + " value");
  for (const bool reduced : {false, true}) {
    open_end_of(steps);
    app_->reduce_motion(reduced);
    for (int i = 0; i < 30 && level() == "stage"; ++i) press_and_arrive(Key::kZ);
    ASSERT_EQ(level(), "fields");
    const float before = state()["zoom"]["scroll"];
    for (int i = 0; i < 200 && state()["selected"]["file"] != "000001.log"; ++i) press(Key::kComma);
    ASSERT_EQ(state()["selected"]["file"], "000001.log");
    ASSERT_EQ(state()["zoom"]["scroll"], before) << "the stage below has not moved";
    press_and_arrive(Key::kEscape);
    EXPECT_EQ(level(), "stage");
    EXPECT_GT(item("lane.000001.log")->min.y, item("stage.larger")->max.y);
    EXPECT_LT(item("lane.000001.log")->max.y, 720);
    EXPECT_FALSE(state().contains("selected"));
    const float scroll = state()["zoom"]["scroll"];
    screen_.run(*app_, 10);
    EXPECT_EQ(state()["zoom"]["scroll"], scroll) << "it stays there";
  }
}

TEST_F(CloseUpTest, TheBlockGrowsUnlessMotionIsReduced) {
  open_end_of({"put sky blue", "put sun low", "sync"});
  const float lane = item("lane.000001.log")->min.y;
  screen_.press(*app_, Key::kZ);
  std::vector<float> widths;
  std::vector<float> tops;
  for (int i = 0; i < 60 && app_->animating(); ++i) {
    widths.push_back(item("closeup.field.0")->max.x - item("closeup.field.0")->min.x);
    tops.push_back(item("closeup.field.0")->min.y);
    screen_.run(*app_);
  }
  ASSERT_GT(widths.size(), 6U);
  EXPECT_TRUE(std::is_sorted(widths.begin(), widths.end()));
  EXPECT_LT(widths.front() * 2, widths.back()) << "at first it is part of the small block";
  EXPECT_NEAR(tops.front(), lane, 40) << "and where the block is";
  const NamedItem grown = *item("closeup.field.0");

  for (int i = 0; i < 3; ++i) press_and_arrive(Key::kZ, true);
  app_->reduce_motion(true);
  press(Key::kZ);
  EXPECT_EQ(item("closeup.field.0")->max.x, grown.max.x) << "at once";
  EXPECT_FALSE(app_->animating());
}

TEST_F(CloseUpTest, WhereTheRecordDoesNotExistTheStageIsBack) {
  open_end_of({"put sky blue"});
  press_and_arrive(Key::kZ);
  ASSERT_EQ(level(), "fields");
  press(Key::kHome);
  EXPECT_EQ(level(), "stage");
  press_and_arrive(Key::kZ);
  EXPECT_EQ(level(), "stage") << "there is no record yet";
}

TEST_F(CloseUpTest, AFlippedBitIsForgottenWhereTheDiskIsAnother) {
  open_end_of({"put sky blue", "sync", "put sun low"});
  for (int i = 0; i < 3; ++i) press_and_arrive(Key::kZ);
  press(Key::kEnter);
  ASSERT_TRUE(state().contains("rot"));
  press(Key::kHome);
  EXPECT_FALSE(state().contains("rot"));
}

// ---- what it shows

TEST_F(CloseUpTest, EveryKindOfRecordSaysWhatItIs) {
  const auto newest_says = [&](const std::vector<std::string>& steps) {
    open_end_of(steps);
    press_and_arrive(Key::kZ);
    EXPECT_EQ(level(), "fields");
    EXPECT_NE(item("closeup.field.0"), nullptr);
    for (int i = 0; i < 2; ++i) press_and_arrive(Key::kZ);
    screen_.draw();
    return says();
  };
  EXPECT_EQ(newest_says({"put sky blue"}), "A put: sky = blue. It is in the cache only. Both checksums match.");
  EXPECT_EQ(newest_says({"put sky blue", "sync"}), "A put: sky = blue. It is durable. Both checksums match.");
  EXPECT_EQ(newest_says({"put sky blue", "remove sky", "sync"}),
            "A tombstone: sky was deleted, so it has no value. It is durable. Both checksums match.");
  EXPECT_EQ(newest_says({"put sky blue", "sync", "put sun low", "crash torn-byte 000001.log 90"}),
            "Torn: the body's checksum does not match. A crash interrupted the write, which was never promised.");

  // Corrupt: in the middle of a sealed segment.
  open_end_of({"put sky blue", "put sun low", "roll", "put sea deep", "crash bit-rot 000001.log 60 3"});
  press(Key::kPeriod);
  press_and_arrive(Key::kZ);
  EXPECT_EQ(says(),
            "Corrupt: the body's checksum does not match. It had been synced, and is not what was written. It was sky "
            "= blue.");
  EXPECT_NE(item("closeup.field.8"), nullptr) << "its header verifies: where key and value are is known";
  press(Key::kDown);
  EXPECT_EQ(says().substr(0, 16), "A put: sun = low");
}

TEST_F(CloseUpTest, ASlotPointsToTheFirstByteOfTheRecord) {
  open_end_of({"put sky blue", "put sky grey"});
  press_and_arrive(Key::kZ);
  ASSERT_NE(item("closeup.arrow"), nullptr);
  EXPECT_GE(item("closeup.arrow")->min.x, item("closeup.field.0")->min.x);
  EXPECT_LT(item("closeup.arrow")->min.x, item("closeup.field.0")->min.x + 12);
  EXPECT_FLOAT_EQ(item("closeup.arrow")->min.y, item("closeup.field.0")->min.y);
  for (int i = 0; i < 2; ++i) {
    press_and_arrive(Key::kZ);
    EXPECT_NE(item("closeup.arrow"), nullptr) << "at every level";
  }
  for (int i = 0; i < 2; ++i) press_and_arrive(Key::kZ, true);
  press(Key::kUp);
  screen_.run(*app_, 2);
  EXPECT_EQ(offset(), 32);
  EXPECT_EQ(item("closeup.arrow"), nullptr) << "no slot points to the older record";
}

TEST_F(CloseUpTest, ALongValueIsItsFirstAndLastBytesWithACountBetween) {
  const std::string value(5000, 'v');
  open_end_of({"put sky " + value});
  press_and_arrive(Key::kZ);
  press_and_arrive(Key::kZ);
  const std::uint64_t begin = 32 + kRecordHeaderSize + 3;
  const auto has_byte = [&](std::uint64_t at) { return item("closeup.byte." + std::to_string(at)) != nullptr; };
  EXPECT_TRUE(has_byte(begin));
  EXPECT_TRUE(has_byte(begin + 4999));
  EXPECT_FALSE(has_byte(begin + 2500));
  for (int i = 0; i < 8; ++i) press(Key::kDown);
  ASSERT_EQ(offset(), begin);
  for (int i = 0; i < 30; ++i) press(Key::kRight);
  EXPECT_TRUE(has_byte(begin + 30)) << "the chosen byte is always shown";
}

TEST(CloseUp, EveryByteIsShownOrCounted) {
  for (const std::uint64_t size : {0U, 1U, 2U, 7U, 40U, 5000U, 1U << 20}) {
    RecordFields fields;
    fields.fields = {{"header checksum", 32, 36, ""}, {"key", 36, 39, ""}, {"value", 39, 39 + size, ""}};
    if (size == 0) fields.fields.pop_back();
    const std::uint64_t end = fields.fields.back().end;
    for (const std::uint64_t chosen : {std::uint64_t{32}, 32 + (end - 32) / 2, end - 1}) {
      for (const float width : {300.0F, 900.0F, 2000.0F}) {
        const std::vector<ByteCell> cells = viz::cells_for(fields, chosen, width);
        std::uint64_t next = 32;
        bool is_shown = false;
        for (const ByteCell& cell : cells) {
          EXPECT_EQ(cell.offset, next);
          EXPECT_EQ(cell.field, fields.field_at(cell.offset));
          next += cell.count;
          is_shown = is_shown || (cell.count == 1 && cell.offset == chosen);
        }
        EXPECT_EQ(next, end) << size << " bytes in " << width;
        EXPECT_TRUE(is_shown) << size << " bytes in " << width;
        EXPECT_LT(static_cast<float>(cells.size()) * 13, width + 60);
      }
    }
  }
}

TEST_F(CloseUpTest, TheBracketsAreWhereTheChecksumsReach) {
  const std::unique_ptr<Session> session = [] {
    sim::Scenario scenario;
    scenario.steps = {{"put", "sky", "blue"}};
    return Session::of_scenario(scenario);
  }();
  session->timeline().seek(session->timeline().size());
  const Scene& scene = session->timeline().scene();
  const SegmentView& segment = *scene.segments().front();
  const RecordView& record = segment.records.front();
  const std::string& bytes = scene.disk().file(segment.file).cached;
  const RecordFields all = viz::fields_of(bytes, segment, record);
  EXPECT_EQ(all.covered_by_header_checksum.begin, record.offset + record_field::kBodyChecksum);
  EXPECT_EQ(all.covered_by_header_checksum.end, record.offset + kRecordHeaderSize);
  EXPECT_EQ(all.covered_by_body_checksum.begin, record.offset + kRecordHeaderSize);
  EXPECT_EQ(all.covered_by_body_checksum.end, record.offset + kRecordHeaderSize + 7);
  EXPECT_EQ(all.fields.back().end, record.end());
  // And so says the engine, byte for byte.
  for (std::uint64_t at = record.offset; at < record.end(); ++at) {
    const bool in_header = at < all.covered_by_header_checksum.end;
    EXPECT_EQ(viz::verdict_with_flipped(bytes, segment, record, at, 5),
              in_header ? RecordVerdict::kHeaderInvalid : RecordVerdict::kBodyInvalid)
        << at;
    EXPECT_EQ(in_header, all.covered_by_header_checksum.contains(at) || all.field_at(at) == 0);
  }

  // They are drawn so, at each level.
  open_end_of({"put sky blue"});
  for (int i = 0; i < 3; ++i) {
    press_and_arrive(Key::kZ);
    const NamedItem header = *item("closeup.covers.header");
    const NamedItem body = *item("closeup.covers.body");
    EXPECT_NEAR(header.min.x, item("closeup.field.1")->min.x, 1);
    EXPECT_NEAR(header.max.x, item("closeup.field.6")->max.x, 1);
    EXPECT_NEAR(body.min.x, item("closeup.field.7")->min.x, 1);
    EXPECT_NEAR(body.max.x, item("closeup.field.8")->max.x, 1);
  }
}

TEST(CloseUp, WhatNoticesIsWhatTheEngineFinds) {
  const std::vector<sim::Step> steps = {
      {"put", "sky", "blue"}, {"put", "sun", "low"}, {"roll"}, {"put", "sea", "deep"}};
  const auto end_of = [](const std::vector<sim::Step>& performed) {
    sim::Scenario scenario;
    scenario.steps = performed;
    std::unique_ptr<Session> session = Session::of_scenario(scenario);
    session->timeline().seek(session->timeline().size());
    return session;
  };
  const std::unique_ptr<Session> whole = end_of(steps);
  const Scene& scene = whole->timeline().scene();
  const SegmentView& segment = *scene.segment(SegmentNumber{1});
  const RecordView& record = segment.records.front();
  const std::string& bytes = scene.disk().file(segment.file).cached;
  for (std::uint64_t at = record.offset; at < record.end(); at += 3) {
    const viz::BitRot rot = viz::flip_bit(scene.disk(), "000001.log", at, 2, scene.twin(), whole->scenario());
    std::vector<sim::Step> rotten = steps;
    rotten.push_back({"crash", "bit-rot", "000001.log", std::to_string(at), "2"});
    std::unique_ptr<Session> session = end_of(rotten);
    const Scene& damaged = session->timeline().scene();
    const RecordView* there = damaged.segment(SegmentNumber{1})->record_at(record.offset);
    ASSERT_NE(there, nullptr);
    EXPECT_EQ(viz::verdict_with_flipped(bytes, segment, record, at, 2), there->verdict) << at;
    rotten.push_back({"recover"});
    rotten.push_back({"get", "sky"});
    const std::unique_ptr<Session> asked = end_of(rotten);
    EXPECT_EQ(rot.noticed, viz::reports_corruption(asked->timeline().scene().outcome()))
        << at << ": " << rot.what << " / " << asked->timeline().scene().outcome();
  }
}

TEST(CloseUp, LettersOnAFieldAreLegibleInBothThemes) {
  viz::HeadlessScreen screen(1280, 720);
  for (const viz::Theme theme : {viz::Theme::kDark, viz::Theme::kLight}) {
    viz::apply_theme(theme, 1);
    for (std::size_t i = 0; i < 10; ++i) {
      EXPECT_GE(viz::contrast(viz::colours().text, viz::field_fill(i)), 4.5F) << i;
    }
  }
  viz::apply_theme(viz::Theme::kDark, 1);
}

// ---- sizes

// Every box is inside the stage, and no two fields or bytes overlap.
void expect_boxes_inside(const std::string& where) {
  const NamedItem stage = *item("closeup");
  const json all = json::parse(viz::named_items().json());
  std::map<std::string, std::vector<std::pair<double, double>>> spans;
  for (const auto& [name, drawn] : all.items()) {
    if (!name.starts_with("closeup.")) continue;
    const json& rect = drawn["rect"];
    EXPECT_GE(rect[0], stage.min.x - 1) << name << where;
    EXPECT_GE(rect[1], stage.min.y - 1) << name << where;
    EXPECT_LE(rect[2], stage.max.x + 1) << name << where;
    EXPECT_LE(rect[3], stage.max.y + 1) << name << where;
    for (const char* const kind : {"closeup.field.", "closeup.byte.", "closeup.bit."}) {
      if (name.starts_with(kind)) spans[kind].emplace_back(rect[0], rect[2]);
    }
  }
  for (auto& [kind, boxes] : spans) {
    std::sort(boxes.begin(), boxes.end());
    for (std::size_t i = 1; i < boxes.size(); ++i) {
      EXPECT_GE(boxes[i].first, boxes[i - 1].second - 1) << kind << where;
      EXPECT_GT(boxes[i].second, boxes[i].first) << kind << where;
    }
  }
}

TEST(CloseUp, EveryBoxIsInsideTheStageAtEverySizeOfScreenAndLetters) {
  TemporaryDirectory directory;
  sim::Scenario scenario;
  scenario.steps = {{"put", "sky", "blue"}, {"put", "a longer key", std::string(300, 'v')}};
  const std::string path = directory.path() / "scenario.json";
  ASSERT_TRUE(is_ok(sim::write_scenario(scenario, path)));
  for (const auto& [width, height] : {std::pair{1024, 768}, {1280, 720}, {1920, 1080}, {3840, 2160}}) {
    viz::HeadlessScreen screen(width, height);
    for (const int text : {75, 100, 125, 150}) {
      const std::unique_ptr<viz::App> app = must(viz::App::open({.scenario = path}, screen.fonts()));
      app->reduce_motion(true);
      app->set_text_size(text);
      screen.run(*app, 3);
      screen.press(*app, Key::kEnd);
      for (const viz::LayoutId layout : viz::kLayouts) {
        app->set_layout(layout);
        screen.run(*app, 3);
        for (const char* const level : {"fields", "bytes", "bits"}) {
          const auto shown = [&] { return json::parse(app->state_json())["close_up"]["level"]; };
          for (int i = 0; i < 20 && shown() != level; ++i) screen.press(*app, Key::kZ);
          ASSERT_EQ(shown(), level);
          screen.run(*app, 3);
          expect_boxes_inside(" at " + std::to_string(width) + ", " + std::to_string(text) + " %, " +
                              std::string(name_of(layout)) + ", " + level);
        }
        screen.press(*app, Key::kEscape);
        screen.run(*app, 3);
      }
    }
  }
}

// ---- the stage below it

TEST_F(CloseUpTest, WhatACrashTakesFadesInTheCache) {
  open_end_of({"put sky blue", "sync", "put sun low", "crash lose-unsynced"});
  const double end = state()["time"];
  const float disk = item("lane.000001.log")->min.y;
  bool seen = false;
  for (double time = end; time > end - 4 && !seen; time -= 0.02) {
    app_->seek_time(time);
    screen_.run(*app_, 2);
    seen = item("taken.64") != nullptr;
  }
  ASSERT_TRUE(seen);
  EXPECT_LT(item("taken.64")->max.y, disk) << "above the disk: it was in the cache";
  EXPECT_EQ(item("taken.32"), nullptr) << "that one was durable";
}

}  // namespace
}  // namespace sediment::test
