// Overwrite and garbage: a log only grows, until a merge copies what is still needed.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_overwrite() {
  Story story("Overwrite and garbage", show_options(768));
  story.open();
  story.chapter("Visits are counted", "The key is a page, the value its number of visits so far.");
  story.play(8, {"put home 1", "put help 1"});
  story.look(5);
  const Target first_home = story.record("home");
  story.predict("“put home 2” comes next. What does the store do?",
                {{"it changes the record of “home”",
                  "A crash during the change could leave neither the old count nor the new one.", first_home},
                 {"it appends a second record", "The old record stays as it is. The index will point to the new one.",
                  Target::end_of_log()},
                 {"it removes the old record first", "Between the two steps, a crash would lose the count entirely."}},
                1);

  story.chapter("Nothing is written over",
                "The index in memory has a slot for each key. Watch that of “home”: it will point to the new record.");
  story.play(8, {"put home 2"});
  story.look(4);
  story.chapter("Garbage", "No slot points to the old record any more. It is garbage: hatched, and only taking space.");
  story.look(6);
  story.predict("Twelve more visits follow. How many records will then be needed?",
                {{"twelve: one for each new visit", "Most of these are overwritten by the next one."},
                 {"two: one for each page", "Of each key only the newest record counts, and there are two keys."},
                 {"fifteen: all of them", "Sediment keeps no history. Only a key's newest record counts."}},
                1);

  story.chapter("Garbage grows",
                "Twelve visits, quickly: each appends 32 bytes. Look at the hatched records when it stops.");
  story.play(5, {"put home 3", "put home 4", "put help 2"});
  const Target second_help = story.record("help");
  story.play(15, {"put home 5", "put home 6", "put home 7", "put help 3", "put home 8", "put home 9", "put home 10",
                  "put home 11", "put home 12"});
  story.look(7);
  const Target last_home = story.record("home");
  const Target last_help = story.record("help");
  story.predict("“get home” comes next. How many records does it read?",
                {{"one", "The index has one slot for “home”, and it points to the newest record."},
                 {"twelve: all of “home”", "The old records are on the disk, but no slot points to them."},
                 {"fifteen: the whole log", "A text file without an index would have to do that."}},
                0);

  story.chapter("Garbage does not slow down reads",
                "A get looks into one slot and reads one record, whatever garbage there is.");
  story.play(9, {"get home"});
  story.look(5);
  story.chapter("A merge gets the space back",
                "It copies the records that are still needed into a new file, and deletes the old one.");
  story.look(6);
  story.mark("A merge comes next. Which of these four records does it copy? Mark them.",
             {{"“home” 1", "It was overwritten. No read can reach it.", first_home},
              {"“help” 2", "“help” 3 replaced it.", second_help},
              {"“help” 3", "It is the newest record of its key, although it is older than most.", last_help},
              {"“home” 12", "It is the newest record of its key.", last_home}},
             {2, 3});

  story.chapter("A merge copies what counts",
                "First the file is sealed: it takes no more writes. Then the merge reads it from start to end.",
                "Merge");
  story.play(24, {"merge"});
  story.look(6);
  story.chapter("The same answers in less space",
                "The new file has the two records, and the old file is deleted. Now both pages are read.");
  story.look(4);
  story.play(9, {"get home", "get help"});
  story.look(5);
  story.learnt("A log never changes a record, so old ones stay as garbage until a merge drops them.");
  return story.finish();
}

}  // namespace sediment::viz
