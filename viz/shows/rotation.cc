// Rotation: a full segment is sealed, and a new one takes the writes.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_rotation() {
  Story story("Rotation", show_options(256));
  story.open();
  story.chapter("A segment has an end",
                "The log is kept in files, the segments. Here one ends at 256 bytes, and seven records fill it.");
  story.play(14, {"put mon rain", "put tue rain", "put wed sun", "put thu sun", "put fri snow", "put sat snow",
                  "put sun sun"});
  story.look(6);
  const Target old_mon = story.record("mon");
  const SegmentNumber first = story.active();
  story.predict(
      "The segment is full. Where will “put mon hail” land?",
      {{"over the oldest record", "That works for “mon”. The next one would be “tue”, whose only value is there.",
        old_mon},
       {"at the end of this segment", "It has reached its limit. A longer one would never be merged or deleted.",
        Target::end_of_log()},
       {"in a new segment", "The full one is finished. The next record goes into a new one.", Target::new_log()}},
      2);

  story.chapter("A new segment begins",
                "Watch three things: a new file, an fsync of the full one, and a new MANIFEST, the list of segments.");
  story.play(18, {"put mon hail"});
  story.look(4);
  story.chapter(
      "One is sealed, one is active",
      "The full segment is sealed: it is complete, and on the disk. The new one is active: it takes the writes.");
  story.look(7);
  story.predict("“mon” now has two records. Which one does “get mon” return?",
                {{"“rain”, in the sealed segment", "It was written first, so it is out of date.", old_mon},
                 {"“hail”, in the active segment", "The newest segment is asked first, and its answer ends the search.",
                  story.record("mon")},
                 {"both", "A key has one value. An older record of it is garbage."}},
                1);

  story.chapter("The newest segment is asked first",
                "Its index in memory knows “mon”, so the sealed one is not asked.");
  story.play(8, {"get mon"});
  story.look(5);
  story.mark("Seven more writes come, more than fit into the active segment. Mark every file that they change.",
             {{"the sealed segment", "A sealed segment never changes again. Readers need no lock for it.",
               Target::file(first)},
              {"the active segment", "It takes the records until it is full.", Target::file(story.active())},
              {"the MANIFEST", "When a third segment begins, a new list replaces the old one.", Target::manifest()}},
             {1, 2});

  story.chapter("The second segment fills up", "Six more records fit. Watch what the seventh does.");
  story.play(
      24, {"put tue fog", "put wed fog", "put thu fog", "put fri sun", "put sat sun", "put sun rain", "put mon sun"});
  story.look(4);
  story.chapter("Three segments", "Two are sealed, and the third is active. The new MANIFEST names all three.");
  story.look(6);
  story.predict(
      "The store is closed and opened. How does it know which segments count?",
      {{"all files in the directory count", "An unfinished merge also leaves a file there. It must not count."},
       {"the MANIFEST lists them", "It is replaced in one step, so there is always exactly one list."},
       {"the highest number counts", "The newest segment alone holds only the last writes."}},
      1);

  story.chapter("The MANIFEST says which segments count",
                "The next start opens each segment in the list, and verifies each record.");
  story.play(22, {"reopen"});
  story.look(5);
  story.chapter("Every key is there",
                "The start has added an empty segment for new writes. “sat” is still in two of the others.");
  story.look(4);
  story.play(8, {"get sat"});
  story.look(4);
  story.learnt("A full segment is sealed and never changes again, and the MANIFEST lists the segments that count.");
  return story.finish();
}

}  // namespace sediment::viz
