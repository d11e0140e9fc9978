// Limits: every key needs memory, a range needs a full read, and a record needs a segment.
#include <fmt/format.h>

#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_limits() {
  const std::string panel = "Index";
  Story story("The limits", show_options(1024));
  story.open();
  story.chapter("Every key takes a slot", "The slot is in memory, and stays there as long as the store is open.",
                panel);
  story.play(12, {"put ant 1", "put bee 1", "put cat 1", "put dog 1", "put elk 1", "put fox 1"});
  story.look(6);
  story.predict("“ant” is written ten more times. How many more slots does that take?",
                {{"ten", "An overwritten record loses its slot: the slot points to the newest one."},
                 {"none", "“ant” has one slot. Memory grows with the keys, and not with the writes."},
                 {"one", "A key has one slot in a segment's index, whatever its number of records."}},
                1);

  story.chapter("Memory counts keys, not writes", "The log has grown by ten records, the index by none.", panel);
  story.play(14, {"put ant 2", "put ant 3", "put ant 4", "put ant 5", "put ant 6", "put ant 7", "put ant 8",
                  "put ant 9", "put ant 10", "put ant 11"});
  story.look(6);
  story.predict("Two new keys follow. What happens to the memory?",
                {{"nothing: two slots are free", "At most three quarters of the slots are used."},
                 {"the table doubles", "The seventh key does not fit into three quarters of eight slots."},
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
                 {"ask the MANIFEST", "It lists files, and knows nothing of keys.", Target::manifest()}},
                1);

  story.chapter("One key at a time", "A get needs the whole key. Three gets take three lookups.", "Lookup");
  story.play(16, {"get cat", "get dog", "get elk"});
  story.look(6);
  story.predict(
      "A value of 1,200 bytes comes, and a log ends at 1,024. What will the store do?",
      {{"refuse it", "The limit says when a new log begins, and not how large a record may be."},
       {"split it over two logs", "A record is always in one piece, under one checksum.", Target::end_of_log()},
       {"give it a log of its own size", "It stands alone in a larger log.", Target::new_log()}},
      2);

  story.chapter("One large record", "The log before it is sealed. The new one is as large as it must be.");
  story.play(16, {{"put", "big", std::string(1200, 'x')}});
  story.look(7);
  story.chapter("It is read like any other", "One lookup, one read. Its checksum covers all 1,200 bytes.", "Lookup");
  story.play(8, {"get big"});
  story.look(5);
  story.learnt("The keys must fit in memory, and finding a range of them means reading everything.");
  return story.finish();
}

}  // namespace sediment::viz
