// A reader beside a writer: gets and puts while a merge is half done. One thread takes turns here.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_reader_beside_writer() {
  using Kind = sim::DiskOperation::Kind;
  Story story("A reader beside a writer", show_options(512));
  story.open();
  story.chapter("Two sealed segments and a new one",
                "A merge, a writer and a reader will take turns. Real ones run at once.");
  story.play(14, {"put ant 1", "put bee 1", "put cat 1", "roll", "put bee 2", "put dog 1", "roll", "put elk 1"});
  story.look(6);
  story.chapter("The merge begins", "It has copied one record. The rest is still to come.", "Merge");
  story.play(2, {"merge begin 1..2"});
  story.merge_until(6, [](const sim::TraceEntry& entry) { return is_event(entry, EventKind::kMergeKept); });
  story.look(6);
  story.predict("A reader calls “get ant” now. Which file does the answer come from?",
                {{"the old segment", "The MANIFEST and the reader know the old segments only, until the merge is done.",
                  Target::file(SegmentNumber{1})},
                 {"the output of the merge", "It is not complete, and a crash may still remove it.",
                  Target::file(SegmentNumber{4})},
                 {"neither: the reader waits", "A reader never waits: sealed segments do not change."}},
                0);

  story.chapter("The reader does not wait", "It uses the list of segments that it found when it began.", "Lookup");
  story.play(9, {"get ant"});
  story.look(6);
  story.predict(
      "Now a writer calls “put bee 3”, in the middle of the merge. Where does the record land?",
      {{"in the output of the merge", "Only what the merge copies goes there.", Target::file(SegmentNumber{4})},
       {"at the end of the newest log", "A merge reads only sealed segments. Writers do not notice it.",
        Target::end_of_log()},
       {"nowhere before the merge ends", "The writer would then have to wait for a long time."}},
      1);

  story.chapter("The writer does not wait", "The merge and the writer use different files.");
  story.play(7, {"put bee 3"});
  story.look(6);
  const Target new_bee = story.record("bee");
  story.predict(
      "The merge will copy “bee” 2. Does that hide “bee” 3?",
      {{"yes: the output is the newest file", "The output takes the place of its inputs in the order, and not the top.",
        Target::file(SegmentNumber{4})},
       {"no: “bee” 3 is in a newer segment", "Lookups ask the newest log first. The output stands below it.", new_bee},
       {"the merge stops at “bee”", "It need not know what is written meanwhile."}},
      1);

  story.chapter("The merge goes on", "It copies “bee” 2. Its file is complete and synced.", "Merge");
  story.merge_until(14, [](const sim::TraceEntry& entry) { return is_operation(entry, Kind::kSyncDirectory); });
  story.look(5);
  story.chapter("The switch", "From here on readers use the new file. Then the old ones are deleted.", "Merge");
  story.merge_to_its_end(14);
  story.look(6);
  story.mark("Mark every segment that “get bee” asks now.",
             {{"the newest log", "It is asked first, and has “bee” 3.", Target::file(SegmentNumber{3})},
              {"the output of the merge", "The search has already ended at “bee” 3.", Target::file(SegmentNumber{4})}},
             {0});

  story.chapter("The newest value is found", "“bee” is 3. “ant” comes from the new file.", "Lookup");
  story.play(14, {"get bee", "get ant"});
  story.look(6);
  story.learnt("Sealed segments never change, so readers, a writer and a merge need not wait for each other.");
  return story.finish();
}

}  // namespace sediment::viz
