// Events: their names, and what an observer is told.
#include "engine/event.h"

#include <gtest/gtest.h>

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/store.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

class Recorder final : public Observer {
 public:
  void on_event(const Event& event) override { events.push_back(event); }

  std::vector<Event> events;
};

TEST(Event, EveryKindHasItsOwnName) {
  std::set<std::string_view> names;
  const int last = static_cast<int>(EventKind::kFailed);
  for (int kind = 0; kind <= last; ++kind) names.insert(name_of(static_cast<EventKind>(kind)));
  EXPECT_EQ(names.size(), static_cast<std::size_t>(last) + 1);
  EXPECT_EQ(names.count("unknown"), 0U);
  EXPECT_EQ(name_of(EventKind::kMergeDropped), "merge-dropped");
}

TEST(Event, SaysWhatHappenedAndWhereInTheSourceItWasDecided) {
  Recorder recorder;
  const int line_before = __LINE__;
  emit(&recorder,
       {.kind = EventKind::kFound, .segment = SegmentNumber{3}, .offset = 32, .size = 40, .key = "k", .why = "w"});
  const int line_after = __LINE__;
  ASSERT_EQ(recorder.events.size(), 1U);
  const Event& event = recorder.events[0];
  EXPECT_EQ(event.kind, EventKind::kFound);
  EXPECT_EQ(event.segment, SegmentNumber{3});
  EXPECT_EQ(event.offset, 32U);
  EXPECT_EQ(event.size, 40U);
  EXPECT_EQ(event.key, "k");
  EXPECT_EQ(event.why, "w");
  EXPECT_TRUE(std::string_view(event.source_file).ends_with("event_test.cc")) << event.source_file;
  EXPECT_GT(event.source_line, line_before);
  EXPECT_LT(event.source_line, line_after);
}

TEST(Event, WhatAnObserverThrowsEndsThere) {
  class Thrower final : public Observer {
   public:
    void on_event(const Event&) override {
      ++calls;
      throw std::runtime_error("an observer fails");
    }
    int calls = 0;
  };
  Thrower thrower;
  Options options = test::small_segments(256);
  options.merge_policy.automatic = true;
  options.observer = &thrower;
  const auto disk = test::disk_with({});
  {
    const auto store = test::open_store(disk, options);
    for (int i = 0; i < 40; ++i) {
      ASSERT_TRUE(test::is_ok(store->put("key" + std::to_string(i % 8), std::to_string(i))));
    }
    ASSERT_TRUE(test::is_ok(store->remove("key7")));
    ASSERT_TRUE(test::is_ok(store->sync()));
    ASSERT_TRUE(test::is_ok(store->merge()));
    EXPECT_EQ(test::lookup(*store, "key6"), "38");
    EXPECT_EQ(test::lookup(*store, "key7"), std::nullopt);
    ASSERT_TRUE(test::is_ok(store->close()));
  }
  EXPECT_EQ(test::dump(*test::open_store(disk, options)).size(), 7U);
  EXPECT_GT(thrower.calls, 200);
}

TEST(Event, NeedsNoObserver) { emit(nullptr, {.kind = EventKind::kOpened}); }

}  // namespace
}  // namespace sediment
