// Limits: every key needs memory, a range needs a full read, and a record needs a segment.
#include <fmt/format.h>

#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_limits() {
  const std::string panel = "Index";
  Story story("The limits", show_options(1024));
  story.open();
  story.chapter("Every key takes a slot",
                "The index is a table in memory. A key's slot stays there as long as the store is open.", panel);
  story.play(12, {"put ant 1", "put bee 1", "put cat 1", "put dog 1", "put elk 1", "put fox 1"});
  story.look(6);
  story.predict("“ant” is written ten more times. How many more slots does that take?",
                {{"one", "A key has one slot in this index, whatever its number of records."},
                 {"none", "“ant” has one slot. Memory grows with the keys, and not with the writes."},
                 {"ten", "An overwritten record loses its slot: the slot points to the newest one."}},
                1);

  story.chapter("Memory counts keys, not writes",
                "Each write adds a record to the log. In the index, the slot of “ant” only points to another place.",
                panel);
  story.play(14, {"put ant 2", "put ant 3", "put ant 4", "put ant 5", "put ant 6", "put ant 7", "put ant 8",
                  "put ant 9", "put ant 10", "put ant 11"});
  story.look(4);
  story.chapter("Six of eight slots are taken", "A table is at most three quarters full, so that searches stay short.",
                panel);
  story.look(6);
  story.predict("Two new keys follow. What happens to the table?",
                {{"nothing: two slots are free", "At most three quarters of the slots are used."},
                 {"it doubles", "The seventh key does not fit into three quarters of eight slots."},
                 {"an old key is moved to the disk", "All keys must be in memory. This store has no second level."}},
                1);

  story.chapter("Memory limits the number of keys", "A store of a billion keys needs an index of a billion entries.",
                panel);
  story.play(8, {"put gnu 1", "put hen 1"});
  story.look(7);
  story.chapter("A range of keys", "Which keys are between “c” and “f”? The slots are in the order of hashes.", panel);
  story.look(8);
  story.predict("How could this store find all keys from “c” to “f”?",
                {{"begin at “cat” and go on from there",
                  "The next slot holds any key. Neighbours in the alphabet are far apart."},
                 {"read every record", "Neither the log nor the index is sorted by key."},
                 {"ask the MANIFEST, the list of files", "It knows nothing of keys."}},
                1);

  story.chapter("One key at a time", "A get needs the whole key. Three gets take three lookups.", "Lookup");
  story.play(16, {"get cat", "get dog", "get elk"});
  story.look(4);
  story.chapter(
      "The log is kept in files, the segments",
      "Here a segment ends at 1,024 bytes. It is sealed then: it takes no more writes, and a new one begins.");
  story.look(7);
  story.predict(
      "A value of 1,200 bytes comes. What will the store do?",
      {{"refuse it", "The limit says when a new segment begins, and not how large a record may be."},
       {"split it over two segments", "A record is always in one piece, under one checksum.", Target::end_of_log()},
       {"give it a segment of its own size", "It is alone in a larger segment.", Target::new_log()}},
      2);

  story.chapter("One large record", "The segment before it is sealed. The new one becomes as large as it must be.");
  story.play(16, {{"put", "big", std::string(1200, 'x')}});
  story.look(7);
  story.chapter("It is read like any other", "One lookup, one read. Its checksum covers all 1,200 bytes.", "Lookup");
  story.play(8, {"get big"});
  story.look(5);
  story.learnt("The keys must fit in memory, and finding a range of them means reading everything.");
  return story.finish();
}

}  // namespace sediment::viz
