// Crash during a merge's publish: the power fails between the rename of the MANIFEST and the fsync of the directory.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_crash_in_publish() {
  using Kind = sim::DiskOperation::Kind;
  const auto is = [](Kind kind) { return [kind](const sim::TraceEntry& entry) { return is_operation(entry, kind); }; };
  Story story("Crash during a merge's publish", show_options(512));
  story.open();
  story.chapter("Two segments to merge", "“bee” was overwritten, and “ant” was removed.");
  story.play(12, {"put ant 1", "put bee 1", "put cat 1", "roll", "put bee 2", "remove ant", "put dog 1", "roll",
                  "put elk 1", "sync"});
  story.look(5);
  story.chapter("The merge copies", "Its output is a new file. The MANIFEST does not name it yet: dashed.", "Merge");
  story.play(1, {"merge begin 1..2"});
  story.merge_until(14, is(Kind::kSync));
  story.look(6);
  story.predict(
      "If the power failed now, what would the next start do with the output?",
      {{"use it: it is complete", "It has no way to know that. Only the MANIFEST says what counts."},
       {"delete it", "The old list is whole, and names the two old segments.", Target::file(SegmentNumber{1})},
       {"finish the merge", "Nothing on the disk says how far the merge was."}},
      1);

  story.chapter("Its name is made durable",
                "An fsync of the directory comes first. Only then may a list name the file.", "Merge");
  story.merge_until(6, is(Kind::kSyncDirectory));
  story.look(6);
  story.chapter("A new MANIFEST takes the old one's place",
                "The rename is a change of the directory. It is still in the cache.");
  story.play(8, {"merge step"});
  // The step has done more. The crash strikes after the rename, and what followed never reached the disk.
  const std::size_t renamed = story.after_last(Kind::kRename);
  const std::uint64_t rename = story.last_operation(Kind::kRename);
  story.show().pace(renamed, story.show().end(), kUnseen);
  story.show().at(renamed);
  story.look(5);
  story.predict(
      "The power fails now, and the rename is lost. What will the store hold?",
      {{"all its keys", "The old list is back, and the files that it names were not deleted yet.", Target::manifest()},
       {"only “elk”", "“elk” is in the newest segment. The old list names the other two as well.",
        Target::file(SegmentNumber{3})},
       {"nothing: no MANIFEST is left", "A rename replaces a name in one step: either list is whole."}},
      0);
  story.chapter("The power fails", "The old list is back. The two old segments are still there.");
  story.show().at_end();
  story.play(5, {{"crash", "lose-unsynced", "after", std::to_string(rename)}});
  story.look(7);
  story.mark("Mark every file that the next start will use.",
             {{"the first segment", "The old list names it, and it is whole.", Target::file(SegmentNumber{1})},
              {"the second segment", "The old list names it, and it is whole.", Target::file(SegmentNumber{2})},
              {"the output of the merge", "It is complete and durable, but the list does not name it.",
               Target::file(SegmentNumber{4})}},
             {0, 1});

  story.chapter("As if the merge had never been", "The start opens what the list names and deletes the other file.",
                "Recovery");
  story.play(20, {"recover"});
  story.look(6);
  story.chapter("The merge is done again", "This time nothing interrupts it.", "Merge");
  story.play(16, {"merge 1..2"});
  story.look(5);
  story.predict(
      "Which keys does the store hold now?",
      {{"“ant”, “bee”, “cat”, “dog”, “elk”", "“ant” was removed before the merge, and stays removed."},
       {"“bee”, “cat”, “dog”, “elk”", "A merge changes where records stand, and never what a key's value is."},
       {"“cat” and “dog” only", "“bee” was overwritten, but its newest value was copied."}},
      1);
  story.chapter("Nothing is lost", "“bee” has its newest value, and “ant” is missing.", "Lookup");
  story.play(12, {"get bee", "get ant"});
  story.look(5);
  story.learnt("Before the MANIFEST changes the old files count, after it the new one, and nothing in between.");
  return story.finish();
}

}  // namespace sediment::viz
