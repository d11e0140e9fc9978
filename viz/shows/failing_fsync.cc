// An fsync that fails: why the store stops, and does not try again.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_failing_fsync() {
  Story story("An fsync that fails", show_options(512));
  story.open();
  story.chapter(
      "One record on the disk, one in the cache",
      "“rent” is put and synced: an fsync moves it to the disk. Then “wage” is put, and waits for its fsync.");
  story.play(12, {"put rent 800", "sync", "put wage 2100"});
  story.look(6);
  story.chapter(
      "The next fsync will fail",
      "The simulator does as Linux does: it reports an error and gives up the bytes that were to be written.");
  story.play(3, {"fail fsync-fails dropped 1"});
  story.look(7);
  story.predict(
      "The fsync will report an I/O error. What should the store do then?",
      {{"call fsync again", "The system has given up these bytes. The second call would return ok, and write nothing."},
       {"go on: the next sync covers it", "No later fsync writes them. They would be lost without a word."},
       {"stop writing", "It cannot know what is on the disk. Only a new start can find out."}},
      2);

  story.chapter("The store stops writing",
                "The sync fails, and the caller is told. From then on the store is read-only.");
  story.play(8, {"sync"});
  story.look(7);
  story.predict("What does “get wage” return now?",
                {{"“2100”", "The record can still be read from the cache."},
                 {"not found", "Reading does not depend on the disk yet. The cache still has the record."},
                 {"an error", "Only writing has stopped. What was written can be read."}},
                0);

  story.chapter("Reads still work", "“wage” is still in the cache. On the disk, its place is empty.", "Lookup");
  story.play(9, {"get wage"});
  story.look(6);
  story.predict(
      "What happens to “put food 90”?",
      {{"it is appended, as always", "A record after a hole would be lost at the next start.", Target::end_of_log()},
       {"it is refused", "The store says that it is read-only, and why."},
       {"it goes into a new file of the log",
        "To begin one, the store has to fsync the old file, and that has just failed.", Target::new_log()}},
      1);

  story.chapter("Writes are refused", "A put and a second sync are tried. An “ok” to either would be a lie.");
  story.play(8, {"put food 90", "sync"});
  story.look(7);
  story.mark("The power will fail. Mark every record that is sure to survive; it may be none.",
             {{"“rent”", "Its fsync returned ok, before the failure.", story.record("rent")},
              {"“wage”", "Its fsync failed, and the caller knows it.", story.record("wage")}},
             {0});

  story.chapter("The power fails", "Now the power fails: watch “wage”.");
  story.play(5, {"crash lose-unsynced"});
  story.look(2);
  story.chapter("Only “rent” is left", "“wage” never reached the disk, and its caller has been told so.");
  story.look(6);
  story.chapter(
      "A new start finds out",
      "It reads what is really on the disk, copies what is sound into a new segment, a file of the log, and opens.",
      "Recovery");
  story.play(10, {"recover"});
  story.look(2);
  story.chapter("What was promised is there", "The fsync of “rent” returned ok, that of “wage” did not.");
  story.play(7, {"get rent", "get wage"});
  story.look(4);
  story.chapter("The store writes again", "“wage” is put once more and synced. This fsync returns ok.");
  story.play(8, {"put wage 2100", "sync"});
  story.look(5);
  story.learnt(
      "After a failed fsync the store cannot know what is on the disk, so it stops writing until a new start.");
  return story.finish();
}

}  // namespace sediment::viz
