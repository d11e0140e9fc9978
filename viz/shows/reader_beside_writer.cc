// A reader beside a writer: gets and puts while a merge is half done. One thread takes turns here.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_reader_beside_writer() {
  using Kind = sim::DiskOperation::Kind;
  Story story("A reader beside a writer", show_options(512));
  story.open();
  story.chapter("The set-up, quickly",
                "Two segments, files of the log, are filled and sealed: they take no more writes. A third one begins.");
  story.play(14, {"put ant 1", "put bee 1", "put cat 1", "roll", "put bee 2", "put dog 1", "roll", "put elk 1"});
  story.look(2);
  story.chapter("Three at work",
                "A merge, a writer and a reader take turns here. In the engine they run at the same time.");
  story.look(6);
  story.chapter("The merge begins",
                "It copies what the sealed segments still need into a new file. Here it stops after one record.",
                "Merge");
  story.play(2, {"merge begin 1..2"});
  story.merge_until(6, [](const sim::TraceEntry& entry) { return is_event(entry, EventKind::kMergeKept); });
  story.look(6);
  story.predict("A reader calls “get ant” now. Which file does the answer come from?",
                {{"the old segment", "The merge is not done. Until then, the list of segments names the old ones only.",
                  Target::file(SegmentNumber{1})},
                 {"the new file of the merge", "It is not complete, and a crash may still remove it.",
                  Target::file(SegmentNumber{4})},
                 {"neither: the reader waits", "A reader never waits: sealed segments do not change."}},
                0);

  story.chapter("The reader does not wait",
                "It asks the newest segment first, by the list of segments that it found when it began.", "Lookup");
  story.play(9, {"get ant"});
  story.look(6);
  story.predict(
      "Now a writer calls “put bee 3”, in the middle of the merge. Where does the record land?",
      {{"in the new file of the merge", "Only what the merge copies goes there.", Target::file(SegmentNumber{4})},
       {"at the end of the newest segment", "A merge reads only sealed segments. Writers do not notice it.",
        Target::end_of_log()},
       {"nowhere before the merge ends", "The writer would then have to wait for a long time."}},
      1);

  story.chapter("The writer does not wait", "The merge and the writer use different files.");
  story.play(7, {"put bee 3"});
  story.look(6);
  story.predict(
      "The merge will copy “bee” 2. Does that hide “bee” 3?",
      {{"yes: “bee” 2 is in a newer file", "The new file takes the place of the old ones in the list of segments."},
       {"no: “bee” 3 is in a newer segment", "Lookups ask the segment that takes the writes first."},
       {"the merge stops at “bee”", "It need not know what is written meanwhile."}},
      1);

  story.chapter("The merge goes on",
                "It copies “bee” 2 all the same: a power cut could still take “bee” 3. Then it syncs its file.",
                "Merge");
  story.merge_until(14, [](const sim::TraceEntry& entry) { return is_operation(entry, Kind::kSyncDirectory); });
  story.look(5);
  story.chapter("The switch",
                "The MANIFEST, the list of segments, will name the new file. Then the old ones are deleted.", "Merge");
  story.merge_to_its_end(14);
  story.look(3);
  story.chapter("Segment 4 is older than segment 3",
                "It has taken the place of its inputs, the oldest segments, although its number is the highest.");
  story.look(7);
  story.mark(
      "Mark every segment that “get bee” asks now.",
      {{"the segment that takes the writes", "It is the newest, is asked first, and has “bee” 3.",
        Target::file(SegmentNumber{3})},
       {"the new file of the merge", "The search has already ended at “bee” 3.", Target::file(SegmentNumber{4})}},
      {0});

  story.chapter("The newest values",
                "“bee”, written during the merge, and “ant”, which the merge has copied, are read.", "Lookup");
  story.play(14, {"get bee", "get ant"});
  story.look(6);
  story.learnt("Sealed segments never change, so readers, a writer and a merge need not wait for each other.");
  return story.finish();
}

}  // namespace sediment::viz
