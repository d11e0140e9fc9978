// An fsync that fails: why the store stops, and does not try again.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_failing_fsync() {
  Story story("An fsync that fails", show_options(512));
  story.open();
  story.chapter("One record on the disk, one in the cache", "“rent” was synced. “wage” waits for its fsync.");
  story.play(12, {"put rent 800", "sync", "put wage 2100"});
  story.look(6);
  story.chapter("The disk has a bad moment",
                "The simulator will let the next fsync fail, as Linux does: it drops the data.");
  story.play(3, {"fail fsync-fails dropped 1"});
  story.look(7);
  story.predict(
      "The fsync will report an I/O error. What should the store do then?",
      {{"call fsync again", "The system has given up these bytes. The second call would return ok, and write nothing."},
       {"go on: the next sync covers it", "No later fsync writes them. They would be lost without a word."},
       {"stop writing", "It cannot know what is on the disk. Only a new start can find out."}},
      2);

  story.chapter("The store stops writing", "It tells the caller of the error, and is read-only from here on.");
  story.play(8, {"sync"});
  story.look(7);
  story.predict("What does “get wage” return now?",
                {{"“2100”", "The record can still be read from the cache.", story.record("wage")},
                 {"not found", "Reading does not depend on the disk yet. The cache still has the record."},
                 {"an error", "Only writing has stopped. What was written can be read."}},
                0);

  story.chapter("Reads still work", "The answer comes from the cache. On the disk, this place is empty.", "Lookup");
  story.play(9, {"get wage"});
  story.look(6);
  story.predict(
      "What happens to “put food 90”?",
      {{"it is appended to the log", "A record after a hole would be lost at the next start.", Target::end_of_log()},
       {"it is refused", "The store says that it is read-only, and why."},
       {"a new log takes it", "Sealing the old log needs an fsync of it, which has just failed.", Target::new_log()}},
      1);

  story.chapter("Writes are refused", "The second sync is refused as well. It must not say ok.");
  story.play(8, {"put food 90", "sync"});
  story.look(7);
  story.mark("The power will fail. Mark every record that is sure to survive.",
             {{"“rent”", "Its fsync returned ok, before the failure.", story.record("rent")},
              {"“wage”", "Its fsync failed, and the caller knows it.", story.record("wage")}},
             {0});

  story.chapter("The power fails", "“wage” was never written. The disk has “rent”.");
  story.play(5, {"crash lose-unsynced"});
  story.look(7);
  story.chapter("A new start finds out", "Recovery reads what is really on the disk.", "Recovery");
  story.play(16, {"recover", "get rent", "get wage"});
  story.look(6);
  story.chapter("The store writes again", "“wage” is put once more. This fsync returns ok.");
  story.play(8, {"put wage 2100", "sync"});
  story.look(5);
  story.learnt(
      "After a failed fsync the store cannot know what is on the disk, so it stops writing until a new start.");
  return story.finish();
}

}  // namespace sediment::viz
