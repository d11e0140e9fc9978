// How fast the visualizer is: seeking to any place in a long trace, and making a frame of the tour.
//
//   ./dev bench viz
//
// The targets are in docs/decisions: a seek under 16 ms (one frame of a screen), and a frame's own time under 4 ms,
// without drawing. Benchmarks report; they never fail for being slow.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <vector>

#include "sim/base/random.h"
#include "viz/model/timeline.h"
#include "viz/platform/headless.h"
#include "viz/shows/tour.h"

namespace sediment::bench {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kEntries = 100'000;

double milliseconds_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

void report(benchmark::State& state, std::vector<double> milliseconds) {
  std::sort(milliseconds.begin(), milliseconds.end());
  state.counters["median_ms"] = milliseconds[milliseconds.size() / 2];
  state.counters["p99_ms"] = milliseconds[milliseconds.size() * 99 / 100];
  state.counters["max_ms"] = milliseconds.back();
}

// A store with a thousand keys: overwrites, lookups, rolls, merges and an occasional crash.
const sim::Trace& long_trace() {
  static sim::Runner* const runner = [] {
    sim::Scenario scenario;
    scenario.segment_size = 4096;
    scenario.auto_merge = true;
    auto* made = new sim::Runner(scenario);
    made->start();
    sim::Random random(1);
    while (made->trace().entries().size() < kEntries) {
      const std::string key = "key" + std::to_string(random.below(1000));
      const std::uint64_t choice = random.below(1000);
      if (choice == 0) {
        made->perform({"crash", "lose-unsynced"});
        made->perform({"recover"});
      } else if (choice < 20) {
        made->perform({"get", key});
      } else if (choice < 30) {
        made->perform({"remove", key});
      } else {
        made->perform({"put", key, std::to_string(choice)});
      }
    }
    return made;
  }();
  return runner->trace();
}

void seek_in_a_trace_of_100000_entries(benchmark::State& state) {
  viz::Timeline timeline(long_trace());
  sim::Random random(2);
  std::vector<double> milliseconds;
  for (auto _ : state) {
    const std::size_t goal = random.below(timeline.size());
    const Clock::time_point start = Clock::now();
    timeline.seek(goal);
    milliseconds.push_back(milliseconds_since(start));
    benchmark::DoNotOptimize(timeline.scene().operations());
  }
  state.counters["entries"] = static_cast<double>(timeline.size());
  report(state, milliseconds);
}

void fold_a_trace_of_100000_entries(benchmark::State& state) {
  for (auto _ : state) {
    viz::Timeline timeline(long_trace());
    benchmark::DoNotOptimize(timeline.size());
  }
}

// What a frame costs the application: advancing, layout, ImGui. Without drawing, which is the renderer's job.
void frame_of_the_tour(benchmark::State& state, viz::LayoutId layout) {
  viz::HeadlessScreen screen(1280, 720);
  const viz::Input input{.texts = {std::string(SEDIMENT_SOURCE_DIR) + "/README.md"}};
  auto app = viz::App::open(input, screen.fonts());
  if (!app.ok()) {
    state.SkipWithError(app.status().to_string().c_str());
    return;
  }
  (*app)->set_layout(layout);
  (*app)->play();
  std::vector<double> milliseconds;
  double time = 0;
  for (auto _ : state) {
    time += 1.0 / 30;
    if (time > (*app)->duration()) {
      time = 0;
      (*app)->seek_time(0);
      (*app)->play();
    }
    const Clock::time_point start = Clock::now();
    screen.run(**app);
    milliseconds.push_back(milliseconds_since(start));
  }
  report(state, milliseconds);
}

BENCHMARK(seek_in_a_trace_of_100000_entries)->Iterations(1000)->Unit(benchmark::kMillisecond);
BENCHMARK(fold_a_trace_of_100000_entries)->Iterations(3)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(frame_of_the_tour, learn, viz::LayoutId::kLearn)->Iterations(3900)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(frame_of_the_tour, crash, viz::LayoutId::kCrash)->Iterations(3900)->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(frame_of_the_tour, all, viz::LayoutId::kAll)->Iterations(3900)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace sediment::bench

BENCHMARK_MAIN();
