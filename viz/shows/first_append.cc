// First append: a write goes to the end of the log, a read is one look-up in memory and one read.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_first_append() {
  Story story("First append", show_options(512));
  story.open();
  story.chapter("An empty store", "It has one log, and an index in memory. The MANIFEST names the log.");
  story.look(6);
  story.predict(
      "“put sky blue” comes first. Where will the record land?",
      {{"in the log", "A write is one append to the log. Nothing else on the disk changes.", Target::end_of_log()},
       {"in the MANIFEST", "The MANIFEST lists files and not keys. Most writes leave it alone.", Target::manifest()},
       {"in a file of its own", "A file per key would need an entry in the directory, and an fsync of it, each time.",
        Target::new_log()}},
      0);

  story.chapter("A write is one append", "The record holds two checksums, two sizes, the key and the value.");
  story.play(8, {"put sky blue"});
  story.look(6);
  story.chapter("The index remembers where", "In memory, one slot now points to the record's first byte.");
  story.look(8);
  const Target sky = story.record("sky");
  story.predict("“put sea deep” comes next. Where will its record land?",
                {{"before “sky”, in the order of the keys",
                  "Then “sky” would have to move, and a crash during the move could damage it.", sky},
                 {"after “sky”, in the order of the writes", "The log grows only at its end, whatever the key is.",
                  Target::end_of_log()},
                 {"in a new log", "A new log begins only when this one is full.", Target::new_log()}},
                1);

  story.chapter("In the order of the writes", "The log does not sort its records. The index finds them.");
  story.play(11, {"put sea deep", "put sun yellow"});
  story.look(6);
  const Target sea = story.record("sea");
  const Target sun = story.record("sun");
  story.mark("Mark every record that “get sea” reads.",
             {{"“sky”", "The index says where “sea” begins, so nothing before it is read.", sky},
              {"“sea”", "Its slot in the index leads to exactly this place.", sea},
              {"“sun”", "A key's newest record is the one in the index. There is no need to look further.", sun}},
             {1});

  story.chapter(
      "A read is one look-up and one read",
      "The key's hash gives the slot, and the slot gives the place. Then the checksums and the key are compared.");
  story.play(10, {"get sea"});
  story.look(6);
  story.chapter("Still in the cache", "All three writes were answered with ok. They stand in the system's cache.");
  story.look(6);
  story.predict("Which of these makes the three records durable?",
                {{"nothing more is needed", "“ok” means that the system has them. A power cut would still take them."},
                 {"another write", "A write adds one more record to the cache. It moves nothing to the disk."},
                 {"an fsync of the log", "When fsync returns, everything written to the file before is on the disk."}},
                2);

  story.chapter("An fsync moves them to the disk", "One call is enough for all three.");
  story.play(7, {"sync"});
  story.look(6);
  story.chapter("The power fails", "Memory and cache are empty. All three records are still on the disk.");
  story.play(6, {"crash lose-unsynced"});
  story.look(5);
  story.chapter("The next start reads the log", "Recovery verifies each record and builds the index again.");
  story.play(12, {"recover", "get sky"});
  story.look(4);
  story.learnt("A write is one append to a log; a read is one look-up in memory and one read of the disk.");
  return story.finish();
}

}  // namespace sediment::viz
