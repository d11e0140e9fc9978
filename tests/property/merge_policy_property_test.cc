// When to merge: choose_merge is a pure function, so everything that it promises can be checked without a disk.
//
// What merge_policy.h promises, worked out. Call a list of sizes content if nothing is chosen: then for each segment
// except the newest, the newer ones together hold at most g (the growth factor) times its bytes. So each older segment
// adds at least 1/g of everything newer, and n segments hold at least (1 + 1/g)^(n-1) times the newest one's bytes:
//
//   n  <=  1 + log(total / newest) / log(1 + 1/g)            with g = 1:  1 + log2(total / newest)
//
// Suppose that a segment as large as all the others together joins a content list, and a merge is chosen. The oldest
// input is outweighed, so the output is more than 1 + g times its size; any other input is at most g times as large as
// the oldest, so the output is at least 1 + 1/g times its size. With f, the smaller of these two factors, a record of n
// equal segments from which nothing is dropped is copied at most this many times:
//
//   copies  <=  log(n) / log(f),  f = 1 + min(g, 1/g)        with g = 1:  log2(n)
#include "engine/merge_policy.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <ostream>
#include <vector>

#include "tests/support/coverage.h"
#include "tests/support/generators.h"
#include "tests/support/rapidcheck_settings.h"

namespace sediment::test {
namespace {

using Sizes = std::vector<std::uint64_t>;  // oldest first

// A growth factor as a fraction, so that the test can compare exactly.
struct Growth {
  std::uint64_t numerator = 1;
  std::uint64_t denominator = 1;

  MergePolicy policy() const { return {.automatic = true, .growth_factor = factor()}; }
  double factor() const { return static_cast<double>(numerator) / static_cast<double>(denominator); }
};

std::ostream& operator<<(std::ostream& out, const Growth& growth) {
  return out << growth.numerator << "/" << growth.denominator;
}

Growth any_growth() {
  return *rc::gen::elementOf(std::vector<Growth>{{1, 1}, {1, 1}, {1, 2}, {1, 4}, {2, 1}, {3, 1}, {8, 1}});
}

// Sizes that grow towards the old end about as the policy wants, so that segments nearly outweigh each other;
// equal sizes; any sizes. None is larger than 256 MiB, so that no sum of them fills a segment: that case is for
// ComesToRestAlsoWhenOutputsAreSplit.
rc::Gen<Sizes> any_sizes() {
  const auto step = rc::gen::pair(rc::gen::element(0U, 1U, 1U, 2U, 2U), between<std::uint64_t>(0, 2));
  const auto growing =
      rc::gen::map(rc::gen::container<std::vector<std::pair<unsigned, std::uint64_t>>>(step),
                   [](const std::vector<std::pair<unsigned, std::uint64_t>>& steps) {
                     Sizes sizes;
                     unsigned power = 0;
                     for (const auto& [more, beside] : steps)
                       sizes.push_back((std::uint64_t{64} << (power = std::min(power + more, 22U))) + 8 * beside - 8);
                     std::reverse(sizes.begin(), sizes.end());
                     return sizes;
                   });
  return rc::gen::scale(0.3,
                        rc::gen::oneOf(growing, growing, rc::gen::container<Sizes>(rc::gen::just(std::uint64_t{4096})),
                                       rc::gen::container<Sizes>(between<std::uint64_t>(32, 1 << 20))));
}

std::uint64_t sum_from(const Sizes& sizes, std::size_t first) {
  return std::accumulate(sizes.begin() + static_cast<std::ptrdiff_t>(first), sizes.end(), std::uint64_t{0});
}

// Straight from the definition: the newer segments together hold more than `growth` times its bytes.
bool is_outweighed(const Sizes& sizes, std::size_t which, Growth growth) {
  return sum_from(sizes, which + 1) * growth.denominator > sizes[which] * growth.numerator;
}

// The sizes after this merge, if the output has this many bytes (0: nothing is left).
Sizes merged(Sizes sizes, MergeRun run, std::uint64_t output) {
  sizes.resize(run.first - 1);
  if (output > 0) sizes.push_back(output);
  return sizes;
}

void must_be_few(const Sizes& sizes, Growth growth) {
  if (sizes.empty()) return;
  const double ratio = static_cast<double>(sum_from(sizes, 0)) / static_cast<double>(sizes.back());
  RC_ASSERT(static_cast<double>(sizes.size()) <= 1 + std::log(ratio) / std::log(1 + 1 / growth.factor()) + 1e-9);
}

TEST(MergePolicyProperty, ChoosesTheLongestRunWhoseOldestIsOutweighed) {
  try_more_cases();
  Coverage coverage("merge_policy_choice");
  const bool holds = rc::check("the chosen run is the one that merge.h describes", [&] {
    const Sizes sizes = *any_sizes();
    const Growth growth = any_growth();
    const auto run = choose_merge(sizes, growth.policy());
    RC_ASSERT(choose_merge(sizes, growth.policy()) == run);
    RC_ASSERT(!choose_merge(sizes, {.automatic = false, .growth_factor = growth.policy().growth_factor}).has_value());

    std::optional<std::size_t> oldest;  // the oldest segment that is outweighed
    for (std::size_t i = 0; i + 1 < sizes.size() && !oldest; ++i) {
      if (is_outweighed(sizes, i, growth)) oldest = i;
    }
    RC_ASSERT(run.has_value() == oldest.has_value());
    if (!run) {
      must_be_few(sizes, growth);
      coverage.count(sizes.size() > 1 ? "content" : "too-few-to-merge");
      return;
    }
    RC_ASSERT(run->first == *oldest + 1);
    RC_ASSERT(run->last == sizes.size());
    RC_ASSERT(run->first < run->last);
    coverage.count(run->first == 1 ? "whole-runs" : "runs-after-older-segments");
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"content", "too-few-to-merge", "whole-runs", "runs-after-older-segments"})
    coverage.require_at_least(counter, 20);
}

TEST(MergePolicyProperty, IsContentAfterOneMergeWhateverTheMergeDropped) {
  try_more_cases();
  Coverage coverage("merge_policy_ends");
  const bool holds = rc::check("after the chosen merge nothing more is chosen", [&] {
    const Sizes sizes = *any_sizes();
    const Growth growth = any_growth();
    const auto run = choose_merge(sizes, growth.policy());
    if (!run) return;
    const std::uint64_t bytes = sum_from(sizes, run->first - 1);
    const auto output =
        *rc::gen::oneOf(rc::gen::just(bytes), rc::gen::just(std::uint64_t{0}), between<std::uint64_t>(0, bytes));
    const Sizes after = merged(sizes, *run, output);
    RC_ASSERT(!choose_merge(after, growth.policy()).has_value());
    must_be_few(after, growth);
    coverage.count(output == bytes ? "nothing-dropped" : output == 0 ? "everything-dropped" : "some-dropped");
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"nothing-dropped", "some-dropped", "everything-dropped"})
    coverage.require_at_least(counter, 50);
}

// A segment of a simulated load: its bytes, and the largest number of times that a record in it was copied.
struct Loaded {
  std::uint64_t bytes = 0;
  std::uint64_t copies = 0;
};

TEST(MergePolicyProperty, CopiesARecordOfEqualSegmentsAboutLogNTimes) {
  try_more_cases();
  Coverage coverage("merge_policy_write_amplification");
  const bool holds = rc::check("n equal segments: few exist at any time, each record is copied about log n times", [&] {
    const Growth growth = any_growth();
    const auto n = *between<std::uint64_t>(1, 300);
    const auto bytes = *between<std::uint64_t>(64, 1 << 20);
    const double most_copies =
        std::log(static_cast<double>(n)) / std::log(1 + std::min(growth.factor(), 1 / growth.factor())) + 1e-9;

    std::vector<Loaded> segments;
    std::uint64_t bytes_copied = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      segments.push_back({bytes, 0});
      while (true) {
        Sizes sizes;
        for (const Loaded& segment : segments) sizes.push_back(segment.bytes);
        const auto run = choose_merge(sizes, growth.policy());
        if (!run) {
          must_be_few(sizes, growth);
          break;
        }
        Loaded output;
        for (std::size_t at = run->first - 1; at < run->last; ++at) {
          output.bytes += segments[at].bytes;
          output.copies = std::max(output.copies, segments[at].copies + 1);
        }
        segments.resize(run->first - 1);
        segments.push_back(output);
        bytes_copied += output.bytes;
        coverage.count("merges");
        RC_ASSERT(static_cast<double>(output.copies) <= most_copies);
      }
    }
    RC_ASSERT(static_cast<double>(bytes_copied) <= static_cast<double>(n * bytes) * most_copies);
    if (segments.size() >= 4) coverage.count("ended-with-four-segments-or-more");
    if (bytes_copied > 3 * n * bytes) coverage.count("copied-three-times-on-average");
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("merges", 10'000);
  coverage.require_at_least("ended-with-four-segments-or-more", 100);
  coverage.require_at_least("copied-three-times-on-average", 100);
}

// What a merge leaves of this many bytes if the size of a segment is limited: each piece except the last is so full
// that one more record might not have fitted.
Sizes split(std::uint64_t bytes, const OutputLimit& limit) {
  Sizes pieces;
  while (bytes > limit.segment_bytes) {
    pieces.push_back(limit.segment_bytes - *between<std::uint64_t>(0, limit.record_bytes - 1));
    bytes -= pieces.back();
  }
  if (bytes > 0) pieces.push_back(bytes);
  return pieces;
}

TEST(MergePolicyProperty, ComesToRestAlsoWhenOutputsAreSplit) {
  try_more_cases();
  Coverage coverage("merge_policy_with_splitting");
  const bool holds = rc::check("a load of any sizes, each output split: one merge per segment, few copies", [&] {
    const Growth growth = any_growth();
    const OutputLimit limit{1000, *between<std::uint64_t>(1, 300)};
    const auto kept_percent = *rc::gen::element<std::uint64_t>(100, 100, 100, 70, 0);
    const auto n = *between<std::uint64_t>(1, 200);
    Sizes sizes;
    std::uint64_t loaded = 0;
    std::uint64_t copied = 0;
    for (std::uint64_t i = 0; i < n; ++i) {
      sizes.push_back(*between<std::uint64_t>(32, 600));
      loaded += sizes.back();
      int merges = 0;
      while (const auto run = choose_merge(sizes, growth.policy(), limit)) {
        RC_ASSERT(run->last == sizes.size());
        const std::uint64_t bytes = sum_from(sizes, run->first - 1);
        const Sizes pieces = split(bytes * kept_percent / 100, limit);
        copied += bytes;
        sizes.resize(run->first - 1);
        sizes.insert(sizes.end(), pieces.begin(), pieces.end());
        RC_ASSERT(++merges == 1);
        coverage.count(pieces.size() > 1 ? "split" : "whole");
      }
      RC_ASSERT(!must_wait(sizes, 600, growth.policy(), limit) || growth.policy().stall_factor < growth.factor());
    }
    // Each segment of n is copied about log n times, whatever its size.
    const double most_copies =
        2 + std::log(static_cast<double>(n) * 600 / 32) / std::log(1 + std::min(growth.factor(), 1 / growth.factor()));
    RC_ASSERT(static_cast<double>(copied) <= static_cast<double>(loaded) * most_copies);
    if (sizes.size() > 10) coverage.count("ended-with-ten-segments-or-more");
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("split", 5000);
  coverage.require_at_least("whole", 1000);
  coverage.require_at_least("ended-with-ten-segments-or-more", 100);
}

TEST(MergePolicyProperty, CopiesLittleWhenMostOfALoadIsGarbage) {
  try_more_cases();
  Coverage coverage("merge_policy_with_garbage");
  const bool holds = rc::check("a load of any sizes whose merges drop anything: every list is content and short", [&] {
    const Growth growth = any_growth();
    const Sizes load = *any_sizes();
    const auto kept_percent = *between<std::uint64_t>(0, 100);
    Sizes sizes;
    for (const std::uint64_t size : load) {
      sizes.push_back(size);
      int merges = 0;
      while (const auto run = choose_merge(sizes, growth.policy())) {
        RC_ASSERT(is_outweighed(sizes, run->first - 1, growth));
        sizes = merged(sizes, *run, sum_from(sizes, run->first - 1) * kept_percent / 100);
        RC_ASSERT(++merges == 1);
        coverage.count("merges");
      }
      must_be_few(sizes, growth);
    }
    if (sizes.size() >= 3) coverage.count("ended-with-three-segments-or-more");
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("merges", 1000);
  coverage.require_at_least("ended-with-three-segments-or-more", 100);
}

}  // namespace
}  // namespace sediment::test
