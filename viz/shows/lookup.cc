// Lookup through four segments: the newest is asked first, and the first answer counts.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_lookup() {
  const std::string panel = "Lookup";
  Story story("Lookup through four segments", show_options(512));
  story.open();
  story.chapter(
      "The set-up, quickly",
      "The log is kept in files, the segments. Each is sealed, and takes no more writes, when the next begins.");
  story.play(5, {"put ant 1", "put bee 1", "put cat 1", "put dog 1", "roll"});
  const Target bee_1 = story.record("bee");
  story.play(5, {"put bee 2", "put elk 1", "put fox 1", "roll"});
  const Target bee_2 = story.record("bee");
  story.play(5, {"put cat 2", "put gnu 1", "remove dog", "roll"});
  story.play(4, {"put bee 3", "put hen 1"});
  story.look(2);
  story.chapter(
      "Four segments",
      "Three are sealed; the newest, on top, is active and takes the writes. Each has its own index in memory.");
  story.look(8);
  story.predict(
      "“bee” has three records. Which one does “get bee” read?",
      {{"“bee” 1, in the oldest segment", "The oldest segment is asked last, and only if no other one answers.", bee_1},
       {"“bee” 2", "A newer segment knows “bee”, too. The search does not come this far.", bee_2},
       {"“bee” 3, in the newest segment", "The newest segment is asked first, and it knows “bee”.",
        story.record("bee")}},
      2);

  story.chapter("The newest segment first", "Its index knows “bee”. No other segment is asked.", panel);
  story.play(9, {"get bee"});
  story.look(7);
  story.predict("“ant” was written once, at the very beginning. How many indexes are asked?",
                {{"one: that of its segment", "There is no index over all segments that would say which one it is."},
                 {"two: the newest and the oldest", "Each segment in between may hold a newer record of “ant”."},
                 {"four: all of them", "Each newer segment has to say no before an older one is asked."}},
                2);

  story.chapter("An old key takes the longest way",
                "The search goes from the newest segment to the oldest. To ask an index costs no read of the disk.",
                panel);
  story.play(12, {"get ant"});
  story.look(6);
  story.chapter("A removed key",
                "“remove dog” has written a tombstone into segment 3: a record that says that “dog” is gone.");
  story.look(7);
  story.mark(
      "“dog” was put into segment 1 and removed in segment 3. Mark the segments that “get dog” asks.",
      {{"segment 1, the oldest", "The old value is still here, but the search does not come this far.",
        Target::file(SegmentNumber{1})},
       {"segment 2", "The search has already ended at the tombstone.", Target::file(SegmentNumber{2})},
       {"segment 3", "It holds the tombstone of “dog”, and a tombstone is an answer.", Target::file(SegmentNumber{3})},
       {"segment 4, the newest", "Every search begins here.", Target::file(SegmentNumber{4})}},
      {2, 3});

  story.chapter("A tombstone ends the search", "A tombstone is an answer: “not found”. Older segments are not asked.",
                panel);
  story.play(10, {"get dog"});
  story.look(6);
  story.predict("“yak” was never written. How many records does “get yak” read from the disk?",
                {{"one", "A record is read only if an index leads to it."},
                 {"four: one in each segment", "Four indexes are asked, but none of them leads to a record."},
                 {"none", "All four indexes say no, and they are in memory."}},
                2);

  story.chapter("A missing key costs no read",
                "Every index is asked, and none leads to a record: a key that is not there costs no read of the disk.",
                panel);
  story.play(12, {"get yak"});
  story.look(5);
  story.chapter("A merge makes one segment of three",
                "It copies what the sealed segments still need into a new one. Watch “dog” and “bee”.", "Merge");
  story.play(14, {"merge 1..3"});
  story.look(2);
  story.chapter("The tombstone of “dog” was dropped",
                "The merge began with the oldest segment, so no older value of “dog” is left that could come back.",
                "Merge");
  story.look(8);
  story.chapter("Why “bee” 2 was copied",
                "“bee” 3 is in the active segment. A power cut could still take it, so no merge counts on it.",
                "Merge");
  story.look(8);
  story.chapter("Segment 5 is older than segment 4",
                "It takes the place of its inputs, and is asked after segment 4 although its number is higher.");
  story.look(8);
  story.chapter("Fewer segments, shorter searches", "“ant” is looked up again. Now there are two indexes to ask.",
                panel);
  story.play(7, {"get ant"});
  story.look(5);
  story.learnt("A lookup asks the newest segment first and stops at the first answer, a value or a tombstone.");
  return story.finish();
}

}  // namespace sediment::viz
