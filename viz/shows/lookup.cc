// Lookup through four segments: the newest is asked first, and the first answer counts.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_lookup() {
  const std::string panel = "Lookup";
  Story story("Lookup through four segments", show_options(512));
  story.open();
  story.chapter("Four segments", "Three are sealed, the newest takes writes. Each has its own index in memory.");
  story.play(5, {"put ant 1", "put bee 1", "put cat 1", "put dog 1", "roll"});
  const Target bee_1 = story.record("bee");
  story.play(5, {"put bee 2", "put elk 1", "put fox 1", "roll"});
  const Target bee_2 = story.record("bee");
  story.play(5, {"put cat 2", "put gnu 1", "remove dog", "roll"});
  story.play(4, {"put bee 3", "put hen 1"});
  story.look(7);
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

  story.chapter("An old key takes the longest way", "Three indexes say no, from memory. Only the last leads to a read.",
                panel);
  story.play(12, {"get ant"});
  story.look(7);
  story.mark("“dog” was put in the oldest segment and removed later. Mark the segments that “get dog” asks.",
             {{"the newest", "Every search begins here.", Target::file(SegmentNumber{4})},
              {"the second newest", "It holds the tombstone of “dog”, and a tombstone is an answer.",
               Target::file(SegmentNumber{3})},
              {"the third", "The search has already ended at the tombstone.", Target::file(SegmentNumber{2})},
              {"the oldest", "The old value is still here, but the search does not come this far.",
               Target::file(SegmentNumber{1})}},
             {0, 1});

  story.chapter("A tombstone ends the search", "It says that “dog” was removed. The old value is out of reach.", panel);
  story.play(10, {"get dog"});
  story.look(7);
  story.predict("“yak” was never written. How many records are read from the disk?",
                {{"none", "All four indexes say no, and they are in memory."},
                 {"one", "A record is read only if an index leads to it."},
                 {"four: one in each segment", "Four indexes are asked, but none of them leads to a record."}},
                0);

  story.chapter("A missing key is never read", "Every index is asked. No log is touched.", panel);
  story.play(12, {"get yak"});
  story.look(7);
  story.chapter("Fewer segments, shorter searches", "A merge turns the sealed segments into one.", panel);
  story.play(14, {"merge 1..3", "get ant"});
  story.look(7);
  story.learnt("A lookup asks the newest segment first and stops at the first answer, a value or a tombstone.");
  return story.finish();
}

}  // namespace sediment::viz
