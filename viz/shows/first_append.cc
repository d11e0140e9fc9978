// First append: a write goes to the end of the log, a read is one lookup in memory and one read.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_first_append() {
  Story story("First append", show_options(512));
  story.open();
  story.chapter("An empty store",
                "Writes go to the log. Its files are called segments: there is one, and the MANIFEST lists it.");
  story.look(7);
  story.predict(
      "“put sky blue” comes first. Where will the record land?",
      {{"at the end of the log", "A write is one append to the log. Nothing else on the disk changes.",
        Target::end_of_log()},
       {"in the MANIFEST", "The MANIFEST lists segments, and no keys. Most writes leave it alone.", Target::manifest()},
       {"in a file of its own", "A file per key would need an entry in the directory, and an fsync of it, each time.",
        Target::new_log()}},
      0);

  story.chapter("A write is one append",
                "A record holds the key, the value, their sizes, and two checksums that reveal damage.");
  story.play(8, {"put sky blue"});
  story.look(6);
  story.chapter("The index remembers where",
                "The index is a table in memory. One of its slots now points to the record's first byte.");
  story.look(8);
  const Target sky = story.record("sky");
  story.predict("“put sea deep” comes next. Where will its record land?",
                {{"before “sky”, in the order of the keys",
                  "Then “sky” would have to move, and a crash during the move could damage it.", sky},
                 {"after “sky”, in the order of the writes", "The log grows only at its end, whatever the key is.",
                  Target::end_of_log()},
                 {"in a new segment", "A new segment begins only when this one is full.", Target::new_log()}},
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
      "A read is one lookup and one read",
      "The key's hash gives the slot, and the slot gives the place. Then the checksums and the key are compared.");
  story.play(10, {"get sea"});
  story.look(6);
  story.chapter("Still in the cache",
                "The store said ok to all three writes. Their records are only in the operating system's cache.");
  story.look(7);
  story.predict("What makes the three records durable, so that a power cut cannot take them?",
                {{"nothing more is needed", "“ok” means that the system has them. A power cut would still take them."},
                 {"another write", "A write adds one more record to the cache. It moves nothing to the disk."},
                 {"an fsync, which makes the system write them out",
                  "When fsync returns, everything written to the file before is on the disk."}},
                2);

  story.chapter("An fsync moves them to the disk",
                "“sync” calls fsync for the segment. One call is enough for all three.");
  story.play(7, {"sync"});
  story.look(6);
  story.chapter("The power fails", "Now the power fails: watch the first two floors.");
  story.play(6, {"crash lose-unsynced"});
  story.look(3);
  story.chapter("The disk keeps what was synced", "Memory and cache are empty. All three records are on the disk.");
  story.look(6);
  story.chapter("The next start reads the log",
                "It verifies each record, copies what is sound into a new segment, and builds the index again.");
  story.play(14, {"recover"});
  story.look(3);
  story.chapter(
      "Nothing is lost",
      "The records are in the new segment, and the old one is deleted. Another new one will take the writes.");
  story.look(5);
  story.play(5, {"get sky"});
  story.look(4);
  story.learnt("A write is one append to a log; a read is one lookup in memory and one read of the log.");
  return story.finish();
}

}  // namespace sediment::viz
