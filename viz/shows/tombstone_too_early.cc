// A tombstone too early: a recorded run of an engine with a planted bug, which drops every tombstone.
#include "viz/shows/all_shows.h"
#include "viz/shows/recorded.h"

namespace sediment::viz {

Made make_tombstone_too_early() {
  const auto segment = [](std::uint64_t number) { return Target::file(SegmentNumber{number}); };
  const Target cat = Target::record(SegmentNumber{1}, kSegmentHeaderSize);
  const Target tombstone = Target::record(SegmentNumber{2}, kSegmentHeaderSize);
  return make_recorded(
      "tombstone_too_early",
      {
          {"", 1, 1, 2, "An engine with a bug", "This is a recording. What is wrong with it shows at the end."},
          {"put", 1, 12, 6, "A value in segment 1", "“cat” is put. Then the segment is sealed."},
          {"remove",
           1,
           13,
           6,
           "A tombstone in segment 2",
           "“cat” is removed. Its value stays in the older segment, and the tombstone hides it.",
           {asked("“remove cat” comes next. What does the store do?",
                  {{"it erases the record of “cat”", "A sealed segment never changes.", cat},
                   {"it appends a tombstone", "A removal is one more record. It says that the key is gone.",
                    Target::end_of_log()},
                   {"it forgets “cat” in memory only",
                    "After a restart the index is built from the logs. “cat” would be back."}},
                  1)}},
          {"get",
           1,
           11,
           6,
           "The tombstone is found first",
           "The search ends in segment 2. The answer is: not found.",
           {{0,
             0,
             "Mark every segment that “get cat” asks.",
             {{"segment 3", "The newest segment is always asked.", segment(3)},
              {"segment 2", "It holds the tombstone, and a tombstone is an answer.", segment(2)},
              {"segment 1", "The search has already ended in segment 2.", segment(1)}},
             {0, 1},
             true}}},
          {"merge",
           1,
           22,
           8,
           "The tombstone is dropped",
           "This engine drops every tombstone. It claims that nothing older is left.",
           {asked("Segment 2 is merged alone. What should the merge do with the tombstone?",
                  {{"drop it: “cat” is gone", "“cat” is still in segment 1, and segment 1 is not in this merge.", cat},
                   {"keep it", "Only the tombstone hides the value in segment 1.", tombstone},
                   {"write it into segment 1", "Segment 1 is sealed, and not in this merge.", segment(1)}},
                  1)}},
          {"get",
           2,
           13,
           8,
           "The deleted value is back",
           "Nothing hides the old value any more. A search comes as far as segment 1.",
           {asked("The tombstone is gone. What does “get cat” return?",
                  {{"not found", "Only the tombstone said so."},
                   {"“tabby”", "The search comes as far as segment 1 now, and finds the old value.", cat},
                   {"an error", "Every checksum matches. Nothing on the disk looks wrong."}},
                  1)}},
          {kAtEnd, 1, 0, 9, "In one sentence",
           "A merge may drop a tombstone only if no older segment can hold a value of its key."},
      });
}

}  // namespace sediment::viz
