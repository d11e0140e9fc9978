// kill -9 of a real process on a real file system: what was acknowledged stays written.
//
// This proves that acknowledged writes had reached the operating system, and that a kill does no harm at any moment. It
// says nothing about power cuts: those are explored on the simulated disk.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <thread>

#include "engine/store.h"
#include "sim/base/random.h"
#include "sim/demo/child_process.h"
#include "sim/demo/word_count.h"
#include "sim/run/runner.h"
#include "tests/support/coverage.h"
#include "tests/support/store_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment::test {
namespace {

using sim::ChildProcess;
using sim::Contents;
using sim::Random;

constexpr std::size_t kKills = 20;
const std::string kSediment = SEDIMENT_BIN_DIR "/sediment";

int run(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), kSediment);
  auto child = ChildProcess::start(arguments);
  EXPECT_TRUE(child.ok()) << child.status().to_string();
  return child.ok() ? child->finish() : -1;
}

Contents read_directory(const std::filesystem::path& directory) {
  Options options;
  options.read_only = true;
  auto store = Store::open(directory, options);
  if (store.status().is(StatusCode::kNotFound)) return {};  // killed before there was a store
  EXPECT_TRUE(store.ok()) << store.status().to_string();
  auto contents = sim::read_everything(**store);
  EXPECT_TRUE(contents.ok()) << contents.status().to_string();
  return contents.ok() ? *contents : Contents();
}

// Waits for a moment within the given time, in microseconds. Precision does not matter: any moment is good for a kill.
void wait_for_a_moment(std::uint64_t within, Random& random) {
  const std::uint64_t delay = random.below(within);
  std::this_thread::sleep_for(std::chrono::microseconds(delay));
}

TEST(KillNine, AWordCountGoesOnExactlyWhereItWasKilled) {
  const TemporaryDirectory temporary;
  const std::filesystem::path text_file = temporary.path() / "text";
  const std::filesystem::path directory = temporary.path() / "store";
  Random random(1);
  std::vector<std::string> words;
  std::string text;
  for (int i = 0; i < 200'000; ++i) {
    const std::uint64_t skewed = random.below(random.below(5'000) + 1);
    words.push_back("word" + std::to_string(skewed));
    text += words.back() + (i % 12 == 11 ? "\n" : " ");
  }
  std::ofstream(text_file) << text;

  Coverage coverage("kill_nine_words");
  std::uint64_t position = 0;
  for (std::size_t i = 0; i < kKills; ++i) {
    SCOPED_TRACE("kill " + std::to_string(i + 1));
    {
      auto child = ChildProcess::start({kSediment, "load", directory, "-", "--format", "words", "--resume",
                                        "--segment-size", "64k", "--sync-every", "20000", "--quiet"});
      ASSERT_TRUE(child.ok()) << child.status().to_string();
      const std::size_t part = text.size() / (kKills + 1) * (i + 1);
      child->feed(std::string_view(text).substr(0, text.find(' ', part) + 1));
      child->wait_until_fed();  // from now on it has words to count and nothing to wait for
      wait_for_a_moment(10'000, random);
      child->kill();
    }
    const Contents contents = read_directory(directory);
    const std::uint64_t counted = sim::sum_of_counts(contents);
    ASSERT_GE(counted, position) << "words that had survived an earlier kill are gone";
    ASSERT_LE(counted, words.size());
    ASSERT_EQ(contents, sim::plain_count(words, counted))
        << "these are not the counts of the first " << counted << " words";
    ASSERT_EQ(run({"verify", directory}), std::filesystem::exists(directory / "MANIFEST") ? 0 : 1);
    coverage.count("kills");
    if (counted > position && counted < words.size()) coverage.count("struck-while-counting");
    position = counted;
  }
  ASSERT_EQ(run({"load", directory, text_file, "--format", "words", "--resume", "--segment-size", "64k", "--quiet"}),
            0);
  EXPECT_EQ(read_directory(directory), sim::plain_count(words, words.size()));
  coverage.require_at_least("kills", kKills);
  coverage.require_at_least("struck-while-counting", 5);
}

TEST(KillNine, ALoadedTableHasTheLastValueOfEveryKeyWhenItIsLoadedAgain) {
  const TemporaryDirectory temporary;
  const std::filesystem::path table = temporary.path() / "table.tsv";
  const std::filesystem::path directory = temporary.path() / "store";
  constexpr std::uint64_t kLines = 200'000;
  Random random(2);
  Contents last_values;
  {
    std::ofstream file(table);
    for (std::uint64_t line = 0; line < kLines; ++line) {
      const std::string key = "key" + std::to_string(random.below(30'000));
      const std::string value = "value " + std::to_string(line);
      file << key << '\t' << value << '\n';
      last_values[key] = value;
    }
  }
  const std::vector<std::string> load = {"load", directory,        table,  "--format",
                                         "tsv",  "--segment-size", "256k", "--quiet"};
  std::vector<std::string> load_command = load;
  load_command.insert(load_command.begin(), kSediment);

  // The time that a load takes depends on the machine, so the moments of the kills do, too.
  std::vector<std::string> undisturbed = load;
  undisturbed[1] = temporary.path() / "undisturbed";
  const auto start = std::chrono::steady_clock::now();
  ASSERT_EQ(run(undisturbed), 0);
  const auto whole_load =
      std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - start);

  Coverage coverage("kill_nine_table");
  for (std::size_t i = 0; i < kKills; ++i) {
    SCOPED_TRACE("kill " + std::to_string(i + 1));
    {
      auto child = ChildProcess::start(load_command);
      ASSERT_TRUE(child.ok()) << child.status().to_string();
      wait_for_a_moment(static_cast<std::uint64_t>(whole_load.count()), random);
      child->kill();
    }
    coverage.count("kills");
    if (!std::filesystem::exists(directory / "MANIFEST")) continue;
    ASSERT_EQ(run({"verify", directory}), 0);
    coverage.count("verified");
    const Contents contents = read_directory(directory);
    if (contents != last_values) coverage.count("struck-while-loading");
    for (const auto& [key, value] : contents) ASSERT_TRUE(last_values.contains(key)) << key;
  }
  ASSERT_EQ(run(load), 0);
  ASSERT_EQ(run({"merge", directory}), 0);
  EXPECT_EQ(read_directory(directory), last_values);
  coverage.require_at_least("verified", 10);
  coverage.require_at_least("struck-while-loading", 10);
}

}  // namespace
}  // namespace sediment::test
