// Merge: what is copied, what is dropped, and the moment from which the result counts.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_merge() {
  using Kind = sim::DiskOperation::Kind;
  const std::string panel = "Merge";
  Story story("Merge", show_options(512));
  story.open();
  story.chapter("The set-up, quickly",
                "The log is kept in files, the segments. Three are filled, one after another, and a fourth begins.");
  story.play(5, {"put ant 1", "put bee 1", "put cat 1"});
  const Target cat_1 = story.record("cat");
  story.play(3, {"put bee 2", "roll", "put bee 3"});
  const Target bee_3 = story.record("bee");
  story.play(5, {"put cat 2", "remove ant", "roll"});
  const Target cat_2 = story.record("cat");
  story.play(6, {"put dog 1", "put bee 4", "put dog 2", "roll", "put elk 1"});
  const Target bee_4 = story.record("bee");
  story.look(2);
  story.chapter("Three segments with garbage",
                "They are sealed: they take no more writes. Hatched records have a newer one and only take space.");
  story.look(8);
  story.chapter("A tombstone", "The red cross says that “ant” was removed: it hides the older value of “ant”.");
  story.look(6);
  story.chapter("A merge makes one segment of three",
                "It copies the records that are still needed into a new segment, and drops the others.");
  story.look(6);
  story.mark("Of these four records, mark each one that the merge will copy.",
             {{"“cat” 1", "A newer record of “cat” is in the next segment.", cat_1},
              {"“cat” 2", "No newer record of “cat” exists.", cat_2},
              {"“bee” 3", "The newest of its segment, but not the newest of all.", bee_3},
              {"“bee” 4", "No newer record of “bee” exists.", bee_4}},
             {1, 3});

  story.chapter("Record by record, oldest first",
                "A value with a newer record of its key is dropped. Each key's newest value is copied.", panel);
  story.play(2, {"merge begin 1..3"});
  story.merge_until(18, [](const sim::TraceEntry& entry) { return is_event(entry, EventKind::kMergeKept); });
  story.look(4);
  story.predict(
      "Next is the tombstone of “ant”. Does the merge copy it?",
      {{"yes: a removal must be remembered",
        "Only while it has an older value to hide. The only one was in this merge, and was dropped."},
       {"no: there is no older value of “ant”", "The merge began with the oldest segment, and dropped that value."},
       {"only if “ant” is written again", "A new value would be in a newer segment. The tombstone would not matter."}},
      1);

  story.chapter("A tombstone with nothing to hide", "It is dropped. Then “dog” and “bee” follow.", panel);
  story.merge_until(16, [](const sim::TraceEntry& entry) { return is_operation(entry, Kind::kSync); });
  story.look(3);
  story.chapter("The new file is complete",
                "All its records are synced. It is drawn with dashes: for the store, it does not exist yet.");
  story.look(7);
  story.predict("What makes the new file count?",
                {{"its last record", "A crash now would leave a file that no list names. It would be deleted."},
                 {"a new list of segments that names it",
                  "This list is the MANIFEST. The new one replaces the old one in a single step."},
                 {"the deletion of the three old files",
                  "A crash between two deletions would leave half of the old and the new."}},
                1);

  story.chapter("The switch",
                "Watch the MANIFEST: it will name one segment in place of three. Then the three are deleted.", panel);
  story.merge_to_its_end(18);
  story.look(5);
  story.chapter("Segment 5 is older than segment 4",
                "It takes the place of its inputs, and is asked after segment 4 although its number is higher.");
  story.look(8);
  story.predict("A search asks the newest segment first. How many segments does “get bee” ask now?",
                {{"one: the merged segment", "The newest segment is still asked first. It holds only “elk”."},
                 {"two", "Segment 4 says no, then segment 5 answers."},
                 {"four, as before", "The three old files are gone, and with them their indexes."}},
                1);

  story.chapter("The same answers, in less space", "“bee”, written four times, and “ant”, removed, are read again.",
                "Lookup");
  story.play(14, {"get bee", "get ant"});
  story.look(5);
  story.learnt(
      "A merge copies each key's newest value, and its result counts from the moment when the MANIFEST names it.");
  return story.finish();
}

}  // namespace sediment::viz
