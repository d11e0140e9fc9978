// What each show shows, chapter by chapter, against what is kept in tests/viz/golden. If a change is meant, write them
// anew and read the difference: SEDIMENT_WRITE_GOLDEN=1 build/release/tests/viz_tests --gtest_filter='Golden*'
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "tests/support/store_helpers.h"
#include "viz/app/app.h"
#include "viz/platform/headless.h"
#include "viz/shows/shows.h"

namespace sediment::test {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

const fs::path kGolden = fs::path(SEDIMENT_SOURCE_DIR) / "tests/viz/golden";

// Of the state, what a show is about: not how the window looks.
json told(const json& state) {
  json picture;
  for (const char* key : {"chapter", "step", "outcome", "store", "live", "position", "segments", "merge", "lookup"}) {
    if (state.contains(key)) picture[key] = state[key];
  }
  if (state.contains("crashes")) {
    for (const char* key : {"disks", "all", "allowed", "detected", "forbidden"}) {
      if (state["crashes"].contains(key)) picture["crashes"][key] = state["crashes"][key];
    }
  }
  return picture;
}

json played(std::string_view show) {
  viz::HeadlessScreen screen(1280, 720);
  const auto app = must(viz::App::open({.show = std::string(show)}, screen.fonts()));
  app->set_layout(viz::LayoutId::kCrash);
  json pictures = json::array();
  for (const double time : app->picture_times()) {
    app->seek_time(time);
    screen.run(*app, 3);
    json state = json::parse(app->state_json());
    while (state.contains("crashes") && state["crashes"]["recovered"] < state["crashes"]["disks"]) {
      screen.run(*app);
      state = json::parse(app->state_json());
    }
    pictures.push_back(told(state));
  }
  return pictures;
}

TEST(Golden, EachShowShowsWhatIsKept) {
  const bool writes = std::getenv("SEDIMENT_WRITE_GOLDEN") != nullptr;  // NOLINT(concurrency-mt-unsafe): one thread
  if (writes) fs::create_directories(kGolden);
  std::set<fs::path> known;
  for (const viz::ShowInfo& show : viz::shows()) {
    const fs::path path = kGolden / (std::string(show.name) + ".json");
    known.insert(path);
    const json now = played(show.name);
    ASSERT_GE(now.size(), 4U) << show.name;
    if (writes) std::ofstream(path) << now.dump(1) << "\n";
    std::ifstream file(path);
    ASSERT_TRUE(file) << path << " is missing";
    const json kept = json::parse(file);
    const json difference = json::diff(kept, now);
    EXPECT_TRUE(difference.empty()) << show.name << ": " << difference.dump(1).substr(0, 2000);
  }
  for (const auto& entry : fs::directory_iterator(kGolden)) {
    EXPECT_TRUE(known.contains(entry.path())) << entry.path() << " belongs to no show";
  }
}

}  // namespace
}  // namespace sediment::test
