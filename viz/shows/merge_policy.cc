// Merge policy: the same writes without merges, with a merge after each round, and with the store's own rule.
#include <fmt/format.h>

#include "engine/merge_policy.h"
#include "viz/shows/all_shows.h"

namespace sediment::viz {

namespace {

constexpr std::size_t kRounds = 4;

sim::Step put(const std::string& key, std::size_t value) { return {"put", key, std::to_string(value)}; }

// A round: two pages are visited, and the log is sealed.
std::vector<sim::Step> round_of(std::size_t number) {
  static const std::vector<std::string> kKeys = {"bee", "cat", "dog", "elk"};
  return {put(kKeys[number % 4], number + 2), put(kKeys[(number + 1) % 4], number + 2), {"roll"}};
}

std::vector<std::uint64_t> sealed_sizes(Story& story) {
  std::vector<std::uint64_t> sizes;
  if (!story.ok()) return sizes;
  for (const SegmentStats& segment : story.show().runner().store()->stats().segments) {
    if (segment.sealed) sizes.push_back(segment.size_bytes);
  }
  return sizes;
}

sim::Step merge(std::size_t first, std::size_t last) {
  return {"merge", std::to_string(first) + ".." + std::to_string(last)};
}

}  // namespace

Made make_merge_policy() {
  const std::string panel = "Counters";
  Story story("When is a merge worth its cost?", show_options(512));
  story.open();
  story.chapter(
      "Eight pages",
      "Each gets a record in the first segment, a file of the log. Then it is sealed: it takes no more writes.");
  story.play(12, {"put ant 1", "put bee 1", "put cat 1", "put dog 1", "put elk 1", "put fox 1", "put gnu 1",
                  "put hen 1", "roll"});
  story.look(3);
  story.chapter(
      "An index for each segment",
      "A search asks one index after another, the newest segment's first, up to the first that knows the key.");
  story.look(7);
  story.predict("Four rounds follow, each with two writes and a new segment. How many indexes will “get ant” ask?",
                {{"one", "“ant” is in the oldest segment, and the newer ones are asked first."},
                 {"six", "The active segment, four newer ones, and the one that has it."},
                 {"eight", "Only segments have indexes, and there are fewer segments than pages."}},
                1);

  story.chapter("First: never merge", "Every round leaves one more segment. Nothing is copied, nothing is deleted.",
                panel);
  for (std::size_t i = 0; i < kRounds; ++i) story.play(3.5, round_of(i));
  story.play(8, {"get ant"});
  story.look(7);
  story.chapter("One large merge", "It copies each page's newest record into one new segment, and drops the others.",
                "Merge");
  story.play(14, {merge(1, sealed_sizes(story).size())});
  story.look(2);
  story.chapter("Back to one segment",
                "Eight records were copied, and eight were dropped. The second test begins here.");
  story.look(6);
  const std::size_t kept_before = story.count(EventKind::kMergeKept);
  story.predict(
      "The same four rounds, now with a merge after each. How many records do the merges copy?",
      {{"eight: those of the rounds", "A merge also copies what has not changed since the merge before."},
       {"none: it only deletes", "Records cannot be taken out of a file. The others are copied into a new one."},
       {"thirty-two: all eight, four times", "For eight writes the store copies thirty-two records."}},
      2);

  story.chapter("Second: merge after each round", "Each merge takes all sealed segments. Count the copies.", panel);
  for (std::size_t i = 0; i < kRounds; ++i) {
    story.play(2, round_of(i));
    story.play(5, {merge(1, sealed_sizes(story).size())});
  }
  const std::size_t eager = story.count(EventKind::kMergeKept) - kept_before;
  story.look(6);
  story.chapter(
      "Much work for few writes",
      fmt::format("For 8 writes the merges made {} copies. In return, a read asks two indexes at most.", eager), panel);
  story.look(7);
  story.chapter("The store's own rule",
                "A segment is merged with all newer sealed ones as soon as these together are larger than it.");
  story.look(8);
  story.predict("The same four rounds under this rule. How many copies will the merges make?",
                {{"as many: thirty-two", "The large segment is copied only when much has been written since."},
                 {"fewer", "Small segments are merged with each other. The large one waits."},
                 {"more", "No record is copied more often than before."}},
                1);

  story.chapter("Third: wait until it is worth it", "Small segments are merged with each other, the large one seldom.",
                panel);
  const std::size_t kept = story.count(EventKind::kMergeKept);
  for (std::size_t i = 0; i < kRounds; ++i) {
    story.play(3, round_of(i));
    if (const auto run = choose_merge(sealed_sizes(story), MergePolicy())) {
      story.play(6, {merge(run->first, run->last)});
    }
  }
  const std::size_t lazy = story.count(EventKind::kMergeKept) - kept;
  story.look(6);
  story.chapter("The same writes, less work", fmt::format("{} copies in place of {}.", lazy, eager), panel);
  story.look(7);
  story.predict("What does the rule cost?",
                {{"nothing", "Until the next merge, garbage takes space, and there are more segments to ask."},
                 {"some space and some longer reads", "Both stay bounded: the newer segments are never much larger."},
                 {"lost records", "Each merge keeps every page's newest record, early or late."}},
                1);
  story.chapter("Reads ask a few more segments", "“ant” is still in the oldest one.", "Lookup");
  story.play(9, {"get ant"});
  story.look(6);
  story.chapter("Now it is your turn", "Move the slider from “merge often” to “never merge”: what does each rule cost?",
                "Policy");
  story.look(20);
  story.learnt("Merging often saves space and reads, merging seldom saves writes, and the rule bounds all three.");
  return story.finish();
}

}  // namespace sediment::viz
