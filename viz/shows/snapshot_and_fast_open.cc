// Snapshot and fast open: a sealed segment's index is saved, so that the next start need not read its records.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_snapshot_and_fast_open() {
  const std::string panel = "Recovery";
  sim::Scenario scenario = show_options(256);
  scenario.snapshots = sim::Snapshots::kOn;
  Story story("Snapshot and fast open", scenario);
  story.open();
  story.chapter("The index is only in memory", "Every start has to build it again, from the records in the log.");
  story.play(12, {"put ant 1", "put bee 1", "put cat 1", "put dog 1"});
  story.look(6);
  story.predict("The log is sealed now, and its index is saved. What is in that file?",
                {{"the slots", "Hashes and offsets: just what the table in memory holds."},
                 {"all keys and values", "That would be a second copy of the log."},
                 {"the keys, sorted", "The index knows no order. It knows hashes and offsets."}},
                0);

  story.chapter("A snapshot of the index",
                "It is a file beside the log. The log never changes again, so it stays true.");
  story.play(16, {"roll"});
  story.look(6);
  story.chapter("A second segment, and a third",
                "The third takes the writes. It is not sealed, so it has no snapshot.");
  story.play(14, {"put elk 1", "put fox 1", "roll", "put gnu 1", "put hen 1", "sync"});
  story.look(6);
  story.chapter("The process is killed", "All three indexes are lost. The files are still there.");
  story.play(5, {"crash clean-kill"});
  story.look(5);
  story.mark("Mark every log whose records the next start has to read.",
             {{"the first log", "Its snapshot gives the index. No record is read.", Target::file(SegmentNumber{1})},
              {"the second log", "Its snapshot gives the index. No record is read.", Target::file(SegmentNumber{2})},
              {"the third log", "It has no snapshot: it was still growing.", Target::file(SegmentNumber{3})}},
             {2});

  story.chapter("Only the newest log is read", "The others take one small file each, however many records they have.",
                panel);
  story.play(18, {"recover"});
  story.look(7);
  story.predict("“get ant” comes next. Its log was not read. Can a damaged record slip through?",
                {{"yes, without being noticed", "Each read verifies the record that it returns."},
                 {"no: the read verifies it", "The checksums are in the record, and are compared at every read."},
                 {"no: a snapshot holds checksums of all", "A snapshot has one checksum, over itself."}},
                1);
  story.chapter("A read verifies its record", "The slot came from the snapshot. The record comes from the log.",
                "Lookup");
  story.play(9, {"get ant"});
  story.look(5);
  story.chapter("A bit flips in the first snapshot", "The log itself is whole. The process is gone, too.");
  story.play(6, {"crash bit-rot 000001.idx 60 0"});
  story.look(6);
  story.predict("What will the next start do?",
                {{"refuse to open", "Nothing is lost: the snapshot can be made again from the log."},
                 {"look in wrong places", "The snapshot has a checksum. A wrong one is never used."},
                 {"read the log in its place", "The log has everything. The snapshot only saves time.",
                  Target::file(SegmentNumber{1})}},
                2);

  story.chapter("The log is read instead", "It takes longer, and nothing is lost.", panel);
  story.play(18, {"recover"});
  story.look(6);
  story.chapter("The same answer", "“dog” is found, as before.", "Lookup");
  story.play(8, {"get dog"});
  story.look(5);
  story.learnt(
      "A snapshot saves the index of a sealed log to make the next start fast, and it can always be made again.");
  return story.finish();
}

}  // namespace sediment::viz
