// Whatever the route to a place in a trace, the scene there is the same: the fold of the entries before it.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "sim/disk/crash.h"
#include "tests/support/coverage.h"
#include "tests/support/rapidcheck_settings.h"
#include "tests/support/store_helpers.h"
#include "viz/model/session.h"

namespace sediment::test {
namespace {

using sim::Step;
using viz::Scene;
using viz::Session;
using viz::Timeline;

constexpr std::size_t kFarAway = 1100;  // entries: more than the distance between two checkpoints

// For each entry, whether a later crash goes back to a moment before it.
std::vector<bool> undone_in(const std::vector<sim::TraceEntry>& entries) {
  std::vector<bool> undone(entries.size(), false);
  std::vector<std::size_t> operations;
  std::size_t input = 0;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    if (std::holds_alternative<sim::InputEntry>(entries[i])) input = i;
    if (std::holds_alternative<sim::DiskOperation>(entries[i])) operations.push_back(i);
    const auto* crash = std::get_if<sim::CrashEntry>(&entries[i]);
    if (crash == nullptr || crash->after_operation == 0 || crash->after_operation >= operations.size()) continue;
    for (std::size_t n = operations[crash->after_operation - 1] + 1; n < input; ++n) undone[n] = true;
  }
  return undone;
}

// The fold, written exactly as it is defined.
Scene fold(const sim::Trace& trace, std::size_t position) {
  const std::vector<bool> undone = undone_in(trace.entries());
  Scene scene;
  for (std::size_t i = 0; i < position; ++i) {
    if (undone[i]) {
      scene.pass_undone(trace.entries()[i]);
      continue;
    }
    const auto* crash = std::get_if<sim::CrashEntry>(&trace.entries()[i]);
    if (crash == nullptr) {
      scene.apply(trace.entries()[i]);
    } else {
      const sim::DiskState base = must(trace.state_after(crash->after_operation));
      scene.apply(trace.entries()[i], &base);
    }
  }
  return scene;
}

struct Action {
  enum Kind { kPerform, kSeek, kForward, kBack, kNextStep, kPreviousStep, kFork, kReturn, kKinds };
  Kind kind;
  std::uint32_t choice;
};

std::ostream& operator<<(std::ostream& out, const Action& action) {
  static constexpr const char* kNames[] = {"perform",   "seek",          "forward", "back",
                                           "next step", "previous step", "fork",    "return"};
  return out << kNames[action.kind] << " " << action.choice;
}

// Any step that may be typed, including a crash of any kind. After a crash, mostly steps that are possible then.
Step step_of_choice(std::uint32_t choice, const sim::DiskState& disk, bool crashed) {
  if (crashed && choice % 8 != 0) return {"recover"};
  static constexpr const char* kKeys[] = {"a", "b", "c", "d", "e"};
  const std::string key = kKeys[choice / 16 % std::size(kKeys)];
  switch (choice % 16) {
    case 0: return {"get", key};
    case 1: return {"remove", key};
    case 2: return {"sync"};
    case 3: return {"roll"};
    case 4: return {"merge"};
    case 5:
    case 6:
    case 7: return {"merge", "step"};
    case 8:
    case 12: {
      const std::vector<sim::CrashChoice> crashes = sim::possible_crashes(disk, nullptr);
      return sim::step_of("crash " + sim::to_string(crashes[choice / 16 % crashes.size()]));
    }
    case 9: return {"recover"};
    case 11: return {"reopen"};
    default: return {"put", key, std::to_string(choice % 1000)};
  }
}

class Walk {
 public:
  Walk(std::unique_ptr<Session> session, Coverage& coverage) : session_(std::move(session)), coverage_(coverage) {}

  void take(const Action& action) {
    Timeline& timeline = session_->timeline();
    const std::size_t place = timeline.position();
    const std::size_t branches = session_->branches_left();
    switch (action.kind) {
      case Action::kPerform: perform(step_of_choice(action.choice, timeline.scene().disk(), crashed())); break;
      case Action::kSeek: {
        const std::size_t goal = action.choice % (timeline.size() + 1);
        timeline.seek(goal);
        if (goal + kFarAway < place || place + kFarAway < goal) coverage_.count("seeks-across-checkpoints");
        if (goal < place) coverage_.count("seeks-back");
        break;
      }
      case Action::kForward: timeline.seek(place + 1); break;
      case Action::kBack: timeline.seek(place == 0 ? 0 : place - 1); break;
      case Action::kNextStep: timeline.seek(timeline.next_step(place)); break;
      case Action::kPreviousStep: timeline.seek(timeline.previous_step(place)); break;
      case Action::kFork: {
        const bool forked = session_->fork().ok();
        RC_ASSERT(forked || session_->branches() == viz::kMostBranches);
        break;
      }
      default:
        session_->return_to_branch();
        if (branches > 0) coverage_.count("returns");
    }
    if (session_->branches_left() > branches) coverage_.count("forks");
    compare();
  }

 private:
  void perform(const Step& step) {
    const Scene& scene = session_->timeline().scene();
    const bool in_merge = scene.merge() && scene.merge()->phase == viz::MergeView::Phase::kCopying;
    const bool in_step = session_->timeline().end_of_step(scene.position()) != scene.position();
    const std::size_t entries = session_->timeline().size();
    if (!session_->perform(step).ok()) {
      coverage_.count("refused");
      RC_ASSERT(session_->timeline().size() == entries);
      return;
    }
    coverage_.count("performed");
    const Timeline& timeline = session_->timeline();
    const auto* input = std::get_if<sim::InputEntry>(&timeline.trace().entries()[timeline.position()]);
    RC_ASSERT(input != nullptr);
    RC_ASSERT(input->step[0] == step[0]);
    if (step[0] == "crash") {
      coverage_.count("crashes");
      if (in_merge) coverage_.count("crashes-in-a-merge");
      if (in_step) coverage_.count("crashes-inside-a-step");
    }
    if (step[0] == "recover") coverage_.count("recoveries");
    session_->timeline().seek(timeline.size());
  }

  bool crashed() const { return session_->timeline().scene().store() == Scene::Store::kCrashed; }

  void compare() const {
    const Timeline& timeline = session_->timeline();
    const std::size_t position = timeline.position();
    RC_ASSERT(timeline.scene() == fold(timeline.trace(), position));
    RC_ASSERT(timeline.before() == fold(timeline.trace(), position == 0 ? 0 : position - 1));
  }

  std::unique_ptr<Session> session_;
  Coverage& coverage_;
};

TEST(TimelineProperty, AnyRouteToAPlaceShowsTheSameScene) {
  try_more_cases(500);
  Coverage coverage("timeline_routes");
  const auto action = rc::gen::apply(
      [](int kind, std::uint32_t choice) {
        return Action{static_cast<Action::Kind>(kind), choice};
      },
      rc::gen::weightedElement<int>({{6, Action::kPerform},
                                     {3, Action::kSeek},
                                     {1, Action::kForward},
                                     {1, Action::kBack},
                                     {1, Action::kNextStep},
                                     {1, Action::kPreviousStep},
                                     {1, Action::kFork},
                                     {2, Action::kReturn}}),
      rc::gen::arbitrary<std::uint32_t>());
  const bool holds = rc::check("any route to a place shows the same scene", [&] {
    sim::Scenario scenario;
    scenario.segment_size = *rc::gen::element<std::uint64_t>(128, 256, 512);
    scenario.reserve_space = *rc::gen::arbitrary<bool>();
    const auto puts = *rc::gen::element<std::uint32_t>(0, 3, 20, 400);
    for (std::uint32_t i = 0; i < puts; ++i) scenario.steps.push_back({"put", "k" + std::to_string(i % 9), "v"});
    Walk walk(Session::of_scenario(scenario), coverage);
    for (const Action& each : *rc::gen::container<std::vector<Action>>(action)) walk.take(each);
    coverage.count("walks");
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("walks", 100);
  for (const char* counter : {"performed", "refused", "seeks-back", "seeks-across-checkpoints", "forks", "returns",
                              "crashes", "crashes-in-a-merge", "crashes-inside-a-step", "recoveries"}) {
    coverage.require_at_least(counter, 10);
  }
}

// The scene is decoded from the disk's bytes: it must match what the engine says that it stored.
TEST(TimelineProperty, TheSceneHoldsWhatTheStoreHolds) {
  Coverage coverage("scene_equals_store");
  const bool holds = rc::check("the scene holds what the store holds", [&] {
    sim::Scenario scenario;
    scenario.segment_size = *rc::gen::element<std::uint64_t>(128, 256);
    scenario.auto_merge = *rc::gen::arbitrary<bool>();
    sim::Runner runner(scenario);
    RC_ASSERT(runner.start().passed);
    for (const std::uint32_t choice : *rc::gen::arbitrary<std::vector<std::uint32_t>>()) {
      const Step step = step_of_choice(choice, runner.disk()->state(), runner.crashed());
      const bool possible = (step[0] == "recover") == runner.crashed();
      if (possible) RC_ASSERT(runner.perform(step).passed);
    }
    if (runner.crashed()) RC_ASSERT(runner.perform({"recover"}).passed);

    Timeline timeline(runner.trace());
    timeline.seek(timeline.size());
    const Scene scene = timeline.scene();
    const Stats stats = runner.store()->stats();
    for (const SegmentStats& segment : stats.segments) {
      const viz::SegmentView* seen = scene.segment(segment.number);
      RC_ASSERT(seen != nullptr);
      RC_ASSERT(seen->records.size() == segment.records);
      RC_ASSERT((scene.role(*seen) == viz::Role::kSealed) == segment.sealed);
      const HashIndex* index = scene.index(segment.number);
      RC_ASSERT((index == nullptr ? 0 : index->size()) == segment.keys);
      if (index != nullptr && segment.sealed) RC_ASSERT(index->memory_bytes() == segment.index_bytes);
    }
    const auto live = scene.answers().found;
    RC_ASSERT(live.size() == scene.live_records());
    RC_ASSERT(live == must(sim::read_everything(*runner.store())));
    coverage.count("stores");
    coverage.count("segments", stats.segments.size());
    coverage.count("pairs", live.size());
    coverage.count("merges", stats.merges);
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("stores", 100);
  coverage.require_at_least("pairs", 100);
  coverage.require_at_least("segments", 200);
  coverage.require_at_least("merges", 3);
}

}  // namespace
}  // namespace sediment::test
