// Snapshot and fast open: a sealed segment's index is saved, so that the next start need not read its records.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_snapshot_and_fast_open() {
  const std::string panel = "Recovery";
  sim::Scenario scenario = show_options(256);
  scenario.snapshots = sim::Snapshots::kOn;
  Story story("Snapshot and fast open", scenario);
  story.open();
  story.chapter("The index is only in memory",
                "It is a table of slots, each with a record's place. Every start builds it again from the records.");
  story.play(12, {"put ant 1", "put bee 1", "put cat 1", "put dog 1"});
  story.look(5);
  story.chapter(
      "The segment is sealed next",
      "A segment is a file of the log. A sealed one takes no more writes, so its index can be saved in a file.");
  story.look(7);
  story.predict("What will be in the file that saves the index?",
                {{"the slots", "Hashes and offsets: just what the table in memory holds."},
                 {"all keys and values", "That would be a second copy of the segment."},
                 {"the keys, sorted", "The index knows no order. It knows hashes and offsets."}},
                0);

  story.chapter("A snapshot of the index",
                "It is a file beside the segment. A sealed segment never changes, so its snapshot stays true.");
  story.play(16, {"roll"});
  story.look(6);
  story.chapter(
      "A second segment, and a third",
      "The second will be filled and sealed, too. The third takes the writes: not sealed, it has no snapshot.");
  story.play(14, {"put elk 1", "put fox 1", "roll", "put gnu 1", "put hen 1", "sync"});
  story.look(6);
  story.chapter("The process is killed", "Now the process is killed: watch the first floor.");
  story.play(5, {"crash clean-kill"});
  story.look(2);
  story.chapter("The indexes are lost", "They were in the memory of the process. The files are still there.");
  story.look(5);
  story.mark(
      "Mark every segment whose records the next start has to read.",
      {{"the first segment", "Its snapshot gives the index. No record is read.", Target::file(SegmentNumber{1})},
       {"the second segment", "Its snapshot gives the index. No record is read.", Target::file(SegmentNumber{2})},
       {"the third segment", "It has no snapshot: it was still growing.", Target::file(SegmentNumber{3})}},
      {2});

  story.chapter("The next start",
                "Two segments take one small file each, however many records they have. The third has to be read.",
                panel);
  story.play(18, {"recover"});
  story.look(3);
  story.chapter("Why there are new files",
                "The start has copied the third segment's records into a new one, which is sealed and has a snapshot.");
  story.look(7);
  story.predict("“get ant” comes next, from a segment that was not read. Could it return a damaged record?",
                {{"yes, and it is not noticed", "Each read verifies the record that it returns."},
                 {"no: the read verifies it", "The checksums are in the record, and are compared at every read."},
                 {"no: a snapshot holds checksums of all", "A snapshot has one checksum, over itself."}},
                1);
  story.chapter("A read verifies its record",
                "The slot came from the snapshot. The record comes from the segment, and is verified.", "Lookup");
  story.play(9, {"get ant"});
  story.look(5);
  story.chapter("A bit flips in the first snapshot",
                "Now the process ends, and a bit of this file goes wrong. The segment itself stays whole.");
  story.play(6, {"crash bit-rot 000001.idx 60 0"});
  story.look(6);
  story.predict("What will the next start do?",
                {{"refuse to open", "Nothing is lost: the snapshot can be made again from the segment."},
                 {"look in wrong places", "The snapshot has a checksum. A wrong one is never used."},
                 {"read the segment in its place", "The segment has everything. The snapshot only saves time."}},
                2);

  story.chapter("The segment is read instead",
                "The snapshot does not match its checksum, so the records are read. That takes longer.", panel);
  story.play(18, {"recover"});
  story.look(4);
  story.chapter("The same answer", "Nothing is lost, and the start has saved the index again. “dog” is read.",
                "Lookup");
  story.play(8, {"get dog"});
  story.look(5);
  story.learnt(
      "A snapshot saves the index of a sealed segment to make the next start fast, and it can always be made again.");
  return story.finish();
}

}  // namespace sediment::viz
