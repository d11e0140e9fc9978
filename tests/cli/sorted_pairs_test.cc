// Sorting in little memory: the same pairs in the same order, whatever the memory and the limit are.
#include "engine/cli/sorted_pairs.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <map>
#include <random>

namespace sediment::test {
namespace {

using Pairs = std::map<std::string, std::string>;

Pairs random_pairs(std::size_t count, std::mt19937& random) {
  Pairs pairs;
  while (pairs.size() < count) {
    std::string key;
    for (auto size = random() % 12; size > 0; --size)
      key += static_cast<char>(random() % 4 == 0 ? random() : 'a' + random() % 3);
    pairs[key] = std::string(random() % 40, static_cast<char>(random()));
  }
  return pairs;
}

TEST(SortedPairs, AreTheFirstOfAllInOrderWhateverTheMemoryIs) {
  std::mt19937 random(7);
  std::size_t without_file = 0;
  std::size_t most_runs = 0;
  std::size_t cut = 0;
  for (int round = 0; round < 400; ++round) {
    const Pairs pairs = random_pairs(random() % 300, random);
    const std::size_t memory = std::size_t{1} << (6 + random() % 10);
    const std::uint64_t limit = random() % 3 == 0 ? UINT64_MAX : random() % 400;
    std::vector<std::pair<std::string, std::string>> shuffled(pairs.begin(), pairs.end());
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    cli::SortedPairs sorted(limit, memory);
    for (const auto& [key, value] : shuffled) ASSERT_TRUE(sorted.add(key, value).ok());
    auto expected = pairs.begin();
    std::uint64_t visited = 0;
    ASSERT_TRUE(sorted
                    .for_each([&](std::string_view key, std::string_view value) {
                      EXPECT_EQ(key, expected->first);
                      EXPECT_EQ(value, expected->second);
                      ++expected;
                      ++visited;
                      return true;
                    })
                    .ok());
    ASSERT_EQ(visited, std::min<std::uint64_t>(limit, pairs.size())) << "memory " << memory << ", limit " << limit;
    if (sorted.runs() == 0) ++without_file;
    if (limit < pairs.size() && sorted.runs() > 1) ++cut;
    most_runs = std::max(most_runs, sorted.runs());
  }
  EXPECT_GT(without_file, 50U);
  EXPECT_GT(most_runs, 50U);
  EXPECT_GT(cut, 20U) << "a limit and several runs";
}

// A small limit needs no file, however many pairs there are.
TEST(SortedPairs, OfASmallLimitStayInMemory) {
  cli::SortedPairs sorted(5, 4096);
  for (int i = 0; i < 100'000; ++i)
    ASSERT_TRUE(sorted.add(std::to_string(i * 7'919 % 100'000 + 100'000), "value").ok());
  EXPECT_EQ(sorted.runs(), 0U);
  std::string keys;
  ASSERT_TRUE(sorted
                  .for_each([&](std::string_view key, std::string_view) {
                    keys += key;
                    keys += ' ';
                    return true;
                  })
                  .ok());
  EXPECT_EQ(keys, "100000 100001 100002 100003 100004 ");
}

TEST(SortedPairs, OneThatIsLargerThanTheMemoryIsSortedToo) {
  cli::SortedPairs sorted(UINT64_MAX, 1000);
  for (const char* key : {"c", "a", "b"}) ASSERT_TRUE(sorted.add(key, std::string(50'000, *key)).ok());
  std::string keys;
  ASSERT_TRUE(sorted
                  .for_each([&](std::string_view key, std::string_view value) {
                    EXPECT_EQ(value, std::string(50'000, key[0]));
                    keys += key;
                    return true;
                  })
                  .ok());
  EXPECT_EQ(keys, "abc");
  EXPECT_EQ(sorted.runs(), 3U);
}

// The file is made where TMPDIR says, and has no name there.
TEST(SortedPairs, UseTheDirectoryForTemporaryFiles) {
  const char* const before = std::getenv("TMPDIR");
  const std::string restored = before == nullptr ? "" : before;
  const auto sorts = [](const std::string& directory) {
    ::setenv("TMPDIR", directory.c_str(), 1);
    cli::SortedPairs sorted(UINT64_MAX, 64);
    Status status;
    for (int i = 0; i < 100 && status.ok(); ++i) status = sorted.add(std::to_string(i), "value");
    return status;
  };
  std::string directory = (std::filesystem::temp_directory_path() / "sediment-sorted-XXXXXX").string();
  ASSERT_NE(::mkdtemp(directory.data()), nullptr);
  EXPECT_TRUE(sorts(directory).ok());
  EXPECT_TRUE(std::filesystem::is_empty(directory));
  std::filesystem::remove(directory);
  const Status status = sorts(directory);
  EXPECT_TRUE(status.is(StatusCode::kIoError)) << status.to_string();
  EXPECT_NE(status.to_string().find(directory), std::string::npos) << status.to_string();
  EXPECT_NE(status.to_string().find("TMPDIR"), std::string::npos) << status.to_string();
  if (before == nullptr) ::unsetenv("TMPDIR");
  if (before != nullptr) ::setenv("TMPDIR", restored.c_str(), 1);
}

}  // namespace
}  // namespace sediment::test
