// Rotation: a full log is sealed, and a new one takes the writes.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_rotation() {
  Story story("Rotation", show_options(256));
  story.open();
  story.chapter("A log has an end", "Here it ends at 256 bytes. The default is 64 MiB.");
  story.play(14, {"put mon rain", "put tue rain", "put wed sun", "put thu sun", "put fri snow", "put sat snow",
                  "put sun sun"});
  story.look(6);
  const Target old_mon = story.record("mon");
  const SegmentNumber first = story.active();
  story.predict(
      "The log is full. Where will “put mon hail” land?",
      {{"over the oldest record", "That works for “mon”. The next one would be “tue”, whose only value is there.",
        old_mon},
       {"at the end of this log", "The log has reached its limit. A longer one would never be merged or deleted.",
        Target::end_of_log()},
       {"in a new log", "The full log is finished. The next record goes into a new one.", Target::new_log()}},
      2);

  story.chapter("A new log begins", "The full log is synced and sealed. The new one takes the writes.");
  story.play(18, {"put mon hail"});
  story.look(7);
  story.predict("“mon” now has two records. Which one does “get mon” return?",
                {{"“rain”, in the sealed log", "It was written first, so it is out of date.", old_mon},
                 {"“hail”, in the new log", "The newest log is asked first, and its answer ends the search.",
                  story.record("mon")},
                 {"both", "A key has one value. An older record of it is garbage."}},
                1);

  story.chapter("The newest log is asked first", "It knows “mon”, so the sealed log is not asked.");
  story.play(8, {"get mon"});
  story.look(5);
  story.mark("Seven more writes come, more than fit. Mark every file that they change.",
             {{"the sealed log", "A sealed log never changes again. Readers need no lock for it.", Target::file(first)},
              {"the new log", "It takes the records until it is full.", Target::file(story.active())},
              {"the MANIFEST", "When a third log begins, a new list replaces the old one.", Target::manifest()}},
             {1, 2});

  story.chapter("The second log fills up", "Then a third one begins, and a new MANIFEST names all three.");
  story.play(
      24, {"put tue fog", "put wed fog", "put thu fog", "put fri sun", "put sat sun", "put sun rain", "put mon sun"});
  story.look(7);
  story.predict(
      "The store is closed and opened. How does it know which logs count?",
      {{"all files in the directory count", "An unfinished merge also leaves a file there. It must not count."},
       {"the MANIFEST lists them", "It is replaced in one step, so there is always exactly one list.",
        Target::manifest()},
       {"the highest number counts", "The newest log alone holds only the last writes."}},
      1);

  story.chapter("The MANIFEST says which logs count", "Each log in the list is opened, and each record verified.");
  story.play(22, {"reopen"});
  story.look(5);
  story.chapter("Every key is there", "“sat” stands only in the second log.");
  story.play(8, {"get sat"});
  story.look(5);
  story.learnt("A full log is sealed and never changes again, and the MANIFEST lists the logs that count.");
  return story.finish();
}

}  // namespace sediment::viz
