// Merge: what is copied, what is dropped, and the moment from which the result counts.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_merge() {
  using Kind = sim::DiskOperation::Kind;
  const std::string panel = "Merge";
  Story story("Merge", show_options(512));
  story.open();
  story.chapter("Three segments with garbage", "Hatched records were overwritten or removed. They only take space.");
  story.play(5, {"put ant 1", "put bee 1", "put cat 1"});
  const Target cat_1 = story.record("cat");
  story.play(3, {"put bee 2", "roll", "put bee 3"});
  const Target bee_3 = story.record("bee");
  story.play(5, {"put cat 2", "remove ant", "roll"});
  const Target cat_2 = story.record("cat");
  story.play(6, {"put dog 1", "put bee 4", "put dog 2", "roll", "put elk 1"});
  story.look(7);
  const Target bee_4 = story.record("bee");
  story.mark("The three sealed segments are merged. Mark every record that is copied.",
             {{"“cat”, 1", "A newer record of “cat” is in the next segment.", cat_1},
              {"“bee”, 3", "The newest of its segment, but not the newest of all.", bee_3},
              {"“cat”, 2", "No newer record of “cat” exists.", cat_2},
              {"“bee”, 4", "No newer record of “bee” exists.", bee_4}},
             {2, 3});

  story.chapter("Record by record, oldest first",
                "A record with a newer one of its key is dropped. The others are copied.", panel);
  story.play(2, {"merge begin 1..3"});
  story.merge_until(18, [](const sim::TraceEntry& entry) { return is_event(entry, EventKind::kMergeKept); });
  story.look(4);
  const Target tombstone = story.record("ant");
  story.predict(
      "Next is the tombstone of “ant”. Does the merge copy it?",
      {{"yes: a removal must be remembered",
        "It has to hide an older value. The only one was in this merge, and was dropped.", tombstone},
       {"no: nothing is left that it could hide",
        "The merge began with the oldest segment. No older value of “ant” exists.", Target::file(SegmentNumber{1})},
       {"only if “ant” is written again",
        "A new value would stand in a newer segment. The tombstone would not matter."}},
      1);

  story.chapter("The tombstone is dropped",
                "No older value of “ant” is left to hide. “bee” and “dog” are copied after it.", panel);
  story.merge_until(16, [](const sim::TraceEntry& entry) { return is_operation(entry, Kind::kSync); });
  story.look(6);
  story.predict(
      "The new file is complete and synced. What makes it count?",
      {{"its last record", "A crash now would leave a file that no list names. It would be deleted."},
       {"a MANIFEST that names it", "The new list replaces the old one in a single step.", Target::manifest()},
       {"the deletion of the three inputs", "A crash between deletions would leave half of the old and the new.",
        Target::file(SegmentNumber{1})}},
      1);

  story.chapter("The switch", "A new MANIFEST names one file in place of three. Then the three are deleted.", panel);
  story.merge_to_its_end(18);
  story.look(7);
  story.predict("How many segments does “get bee” ask now?",
                {{"one: the merged segment", "The newest segment is still asked first. It holds only “elk”."},
                 {"two", "The newest segment says no, then the merged one answers."},
                 {"four, as before", "The three old files are gone, and with them their indexes."}},
                1);

  story.chapter("The same answers, in less space", "“bee” has its newest value, and “ant” is still missing.", "Lookup");
  story.play(14, {"get bee", "get ant"});
  story.look(6);
  story.learnt(
      "A merge copies each key's newest record and counts from the moment when the MANIFEST names its result.");
  return story.finish();
}

}  // namespace sediment::viz
