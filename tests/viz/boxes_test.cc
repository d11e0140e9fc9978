// Every text on the screen is measured: none is cut, covered, or drawn over another one, whatever the size of the window,
// the size of the letters, the theme and the layout.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <map>
#include <set>

#include "sim/run/runner.h"
#include "tests/support/foreign_stores.h"
#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"
#include "viz/app/app.h"
#include "viz/draw/drawn_texts.h"
#include "viz/draw/named_items.h"
#include "viz/platform/headless.h"
#include "viz/shows/shows.h"

namespace sediment::test {
namespace {

using viz::DrawnText;
using viz::LayoutId;

struct Setting {
  int width, height;
  int text_size;  // percent
  viz::Theme theme;
  LayoutId layout;
};

constexpr std::pair<int, int> kSizes[] = {{1024, 768}, {1280, 720}, {1920, 1080}, {3840, 2160}};
constexpr int kTextSizes[] = {75, 100, 125, 150};
constexpr viz::Theme kThemes[] = {viz::Theme::kDark, viz::Theme::kLight};

// Every pair of two values occurs.
std::vector<Setting> pairwise() {
  std::vector<Setting> settings;
  for (std::size_t size = 0; size < std::size(kSizes); ++size) {
    for (std::size_t text = 0; text < std::size(kTextSizes); ++text) {
      const std::size_t layout = (size + text) % std::size(viz::kLayouts);
      settings.push_back({kSizes[size].first, kSizes[size].second, kTextSizes[text], kThemes[(size / 2 + text) % 2],
                          viz::kLayouts[layout]});
    }
  }
  return settings;
}

TEST(Boxes, TheSettingsArePairwise) {
  std::set<std::pair<int, int>> size_and_text;
  std::set<std::pair<int, viz::Theme>> size_and_theme;
  std::set<std::pair<int, LayoutId>> size_and_layout;
  std::set<std::pair<int, viz::Theme>> text_and_theme;
  std::set<std::pair<int, LayoutId>> text_and_layout;
  std::set<std::pair<viz::Theme, LayoutId>> theme_and_layout;
  for (const Setting& each : pairwise()) {
    size_and_text.emplace(each.width, each.text_size);
    size_and_theme.emplace(each.width, each.theme);
    size_and_layout.emplace(each.width, each.layout);
    text_and_theme.emplace(each.text_size, each.theme);
    text_and_layout.emplace(each.text_size, each.layout);
    theme_and_layout.emplace(each.theme, each.layout);
  }
  EXPECT_EQ(size_and_text.size(), 16U);
  EXPECT_EQ(size_and_theme.size(), 8U);
  EXPECT_EQ(size_and_layout.size(), 16U);
  EXPECT_EQ(text_and_theme.size(), 8U);
  EXPECT_EQ(text_and_layout.size(), 16U);
  EXPECT_EQ(theme_and_layout.size(), 8U);
}

// Whether this is the beginning of a value in the run: a block shows as much of it as fits.
bool is_value(const sim::Trace& trace, const std::string& shown) {
  const std::string begin = shown.substr(0, shown.rfind("…"));
  if (begin.find("\\x00") != std::string::npos) return true;  // bytes of a text file
  const auto& entries = trace.entries();
  return std::any_of(entries.begin(), entries.end(), [&](const sim::TraceEntry& entry) {
    const auto* input = std::get_if<sim::InputEntry>(&entry);
    return input != nullptr && input->step.size() == 3 && input->step[0] == "put" && input->step[2].starts_with(begin);
  });
}

// What is wrong with the texts of a frame, each in a sentence.
std::vector<std::string> faults_of(const std::vector<DrawnText>& texts, const sim::Trace& trace, int width,
                                   int height) {
  std::vector<std::string> faults;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const DrawnText& text = texts[i];
    if (text.is_cut && !is_value(trace, text.shown)) faults.push_back(fmt::format("\"{}\" is cut", text.shown));
    if (text.covered) faults.push_back(fmt::format("\"{}\" is covered in part", text.shown));
    const bool outside = text.min.x < 0 || text.min.y < 0 || text.max.x > static_cast<float>(width) + 1 ||
                         text.max.y > static_cast<float>(height) + 1;
    if (outside) faults.push_back(fmt::format("\"{}\" is not wholly in the window", text.shown));
    for (std::size_t j = i + 1; j < texts.size(); ++j) {
      const DrawnText& other = texts[j];
      const float across = std::min(text.max.x, other.max.x) - std::max(text.min.x, other.min.x);
      const float down = std::min(text.max.y, other.max.y) - std::max(text.min.y, other.min.y);
      const float line = std::min(text.max.y - text.min.y, other.max.y - other.min.y);
      // The height of a line is more than that of its letters.
      if (across > 2 && down > 0.35F * line) {
        faults.push_back(fmt::format("\"{}\" and \"{}\" overlap", text.shown, other.shown));
      }
    }
  }
  return faults;
}

class Boxes : public ::testing::TestWithParam<Setting> {};

TEST_P(Boxes, NoTextIsCutOrCovered) {
  const Setting& setting = GetParam();
  viz::HeadlessScreen screen(setting.width, setting.height);
  std::map<std::string, std::string> faults;  // with the first moment of each
  std::size_t measured = 0;
  for (const viz::ShowInfo& show : viz::shows()) {
    const auto app = must(viz::App::open({.show = std::string(show.name)}, screen.fonts()));
    const auto run = must(viz::make_show(show.name));
    app->set_layout(setting.layout);
    app->set_theme(setting.theme);
    ASSERT_TRUE(app->set_text_size(setting.text_size));
    for (const double time : app->picture_times()) {
      app->seek_time(time);
      screen.run(*app, 3);
      std::vector<DrawnText> texts;
      viz::drawn_texts() = &texts;
      screen.run(*app);
      viz::drawn_texts() = nullptr;
      measured += texts.size();
      for (std::string& fault : faults_of(texts, run->timeline().trace(), setting.width, setting.height)) {
        faults.try_emplace(std::move(fault), fmt::format("{} at {:.1f} s", show.name, time));
      }
    }
  }
  EXPECT_GT(measured, 1000U);
  for (const auto& [fault, moment] : faults) ADD_FAILURE() << fault << " (" << moment << ")";
}

// At every moment of a run, with each panel once.
TEST_P(Boxes, NoTextOfAForeignStoreIsCutOrCovered) {
  const Setting& setting = GetParam();
  const TemporaryDirectory directory;
  const std::string path = directory.path() / "run.jsonl";
  sim::Scenario scenario;
  scenario.store = checkpoint_kind().name;
  for (const char* step :
       {"put sky blue", "put sea deep", "sync", "put rose red", "merge", "put grass green", "get sky", "remove sea",
        "crash lose-unsynced", "recover", "put moon silver", "sync", "close"}) {
    scenario.steps.push_back(sim::step_of(step));
  }
  sim::Runner runner(scenario, checkpoint_kind());
  runner.run();
  std::ofstream file(path, std::ios::binary);
  sim::save_trace(runner.trace(), file);
  file.close();

  viz::HeadlessScreen screen(setting.width, setting.height);
  const auto app = must(viz::App::open({.trace = path}, screen.fonts()));
  app->set_layout(setting.layout);
  app->set_theme(setting.theme);
  ASSERT_TRUE(app->set_text_size(setting.text_size));
  std::map<std::string, std::size_t> faults;  // with the first moment of each
  std::size_t measured = 0;
  for (std::size_t at = 0; at <= runner.trace().entries().size(); ++at) {
    app->seek(at);
    screen.run(*app, 3);
    if (at % 5 == 0) screen.press(*app, viz::Key::kRightBracket);
    std::vector<DrawnText> texts;
    viz::drawn_texts() = &texts;
    screen.run(*app);
    viz::drawn_texts() = nullptr;
    measured += texts.size();
    for (std::string& fault : faults_of(texts, runner.trace(), setting.width, setting.height)) {
      faults.try_emplace(std::move(fault), at);
    }
  }
  EXPECT_GT(measured, 1000U);
  for (const auto& [fault, moment] : faults) ADD_FAILURE() << fault << " (entry " << moment << ")";
}

// Its texts are those from the title on: it lies on top of everything else.
TEST_P(Boxes, TheHelpPageIsWholeAndInTheWindow) {
  const Setting& setting = GetParam();
  viz::HeadlessScreen screen(setting.width, setting.height);
  const auto app = must(viz::App::open({.show = "merge"}, screen.fonts()));
  app->set_layout(setting.layout);
  app->set_theme(setting.theme);
  ASSERT_TRUE(app->set_text_size(setting.text_size));
  screen.run(*app, 3);
  screen.press(*app, viz::Key::kSlash, true);
  std::vector<DrawnText> texts;
  viz::drawn_texts() = &texts;
  screen.run(*app);
  viz::drawn_texts() = nullptr;
  const viz::NamedItem* page = viz::named_items().find("help");
  ASSERT_NE(page, nullptr);
  EXPECT_GE(page->min.x, 0);
  EXPECT_GE(page->min.y, 0);
  EXPECT_LE(page->max.x, static_cast<float>(setting.width));
  EXPECT_LE(page->max.y, static_cast<float>(setting.height));
  const auto title =
      std::find_if(texts.begin(), texts.end(), [](const DrawnText& text) { return text.shown == "Keys"; });
  texts.erase(texts.begin(), title);
  EXPECT_GT(texts.size(), 50U);
  for (const DrawnText& text : texts) {
    EXPECT_TRUE(text.min.x >= page->min.x && text.max.x <= page->max.x && text.max.y <= page->max.y) << text.shown;
  }
  for (const std::string& fault : faults_of(texts, sim::Trace(), setting.width, setting.height)) ADD_FAILURE() << fault;
}

INSTANTIATE_TEST_SUITE_P(Pairwise, Boxes, testing::ValuesIn(pairwise()), [](const auto& setting) {
  const Setting& each = setting.param;
  return fmt::format("{}x{}_{}_{}_{}", each.width, each.height, each.text_size,
                     each.theme == viz::Theme::kDark ? "dark" : "light", name_of(each.layout));
});

}  // namespace
}  // namespace sediment::test
