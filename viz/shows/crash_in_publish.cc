// Crash during a merge's publish: the power fails between the rename of the MANIFEST and the fsync of the directory.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_crash_in_publish() {
  using Kind = sim::DiskOperation::Kind;
  const auto is = [](Kind kind) { return [kind](const sim::TraceEntry& entry) { return is_operation(entry, kind); }; };
  Story story("Crash during a merge's publish", show_options(512));
  story.open();
  story.chapter("The set-up, quickly",
                "Two segments, files of the log, are filled and sealed: they take no more writes. A third one begins.");
  story.play(12, {"put ant 1", "put bee 1", "put cat 1", "roll", "put bee 2", "remove ant", "put dog 1", "roll",
                  "put elk 1", "sync"});
  story.look(2);
  story.chapter("Two segments to merge",
                "“bee” was overwritten and “ant” removed. The MANIFEST, the list of segments, names all three.");
  story.look(6);
  story.chapter("The merge copies",
                "A merge copies what is still needed into a new file. Dashed: the MANIFEST does not name it.", "Merge");
  story.play(1, {"merge begin 1..2"});
  story.merge_until(14, is(Kind::kSync));
  story.look(5);
  story.predict("The new file is complete. If the process were killed now, what would the next start do with it?",
                {{"use it: it is complete", "It has no way to know that. Only the MANIFEST says what counts."},
                 {"delete it", "The old list is whole, and names the two old segments."},
                 {"finish the merge", "Nothing on the disk says how far the merge was."}},
                1);

  story.chapter("Its name is made durable",
                "Without an fsync of the directory, a power cut could take a new file's name, and so the file.",
                "Merge");
  story.merge_until(6, is(Kind::kSyncDirectory));
  story.look(4);
  story.chapter("A new MANIFEST is published",
                "The new list gets a file of its own, and an fsync. Then a rename puts it in the old one's place.");
  story.play(8, {"merge step"});
  // The step has done more. The crash strikes after the rename, and what followed never reached the disk.
  const std::size_t renamed = story.after_last(Kind::kRename);
  const std::uint64_t rename = story.last_operation(Kind::kRename);
  story.show().at(renamed);
  story.look(2);
  story.chapter("The rename is in the cache",
                "A rename is a change of the directory, too, and the fsync of the directory has not come yet.");
  story.look(7);
  story.predict(
      "The power fails now, and the rename is lost. What will the store hold?",
      {{"the same as before the merge", "The old list is back, and the files that it names were not deleted yet."},
       {"only “elk”", "“elk” is in the newest segment. The old list names the other two as well."},
       {"nothing: no MANIFEST is left", "A rename replaces a name in one step: either list is whole."}},
      0);
  story.chapter("The power fails", "Now the power fails: watch the MANIFEST.");
  story.show().at_end();
  story.play(5, {{"crash", "lose-unsynced", "after", std::to_string(rename)}});
  story.look(2);
  story.chapter("The old list is back",
                "The rename was lost with the cache. The two old segments and the new file are there.");
  story.look(6);
  story.mark("Of these three files, mark each one that the next start will use.",
             {{"the first segment", "The old list names it, and it is whole.", Target::file(SegmentNumber{1})},
              {"the second segment", "The old list names it, and it is whole.", Target::file(SegmentNumber{2})},
              {"the new file of the merge", "It is complete and durable, but the list does not name it.",
               Target::file(SegmentNumber{4})}},
             {0, 1});

  story.chapter("Only what the list names counts",
                "The next start opens what the list names, and deletes the new file. It builds the indexes again.",
                "Recovery");
  story.play(20, {"recover"});
  story.look(2);
  story.chapter("Why there are new files",
                "A start never appends to an old log. It has copied “elk” into segment 5, and 6 takes new writes.");
  story.look(8);
  story.chapter("The merge is done again", "This time nothing interrupts it.", "Merge");
  story.play(16, {"merge 1..2"});
  story.look(4);
  story.predict("Which keys does the store hold now?",
                {{"“ant”, “bee”, “cat”, “dog”, “elk”", "“ant” was removed before the merge, and stays removed."},
                 {"“bee”, “cat”, “dog”, “elk”", "A merge changes where records are, and never what a key's value is."},
                 {"“cat” and “dog” only", "“bee” was overwritten, but its newest value was copied."}},
                1);
  story.chapter("Nothing is lost", "“bee”, which was overwritten, and “ant”, which was removed, are read.", "Lookup");
  story.play(12, {"get bee", "get ant"});
  story.look(5);
  story.learnt("Until the MANIFEST changes, the old files count; from then on, the new one does.");
  return story.finish();
}

}  // namespace sediment::viz
