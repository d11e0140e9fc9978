// A tombstone too early: a recorded run of an engine with a planted bug, which drops every tombstone.
#include "viz/shows/all_shows.h"
#include "viz/shows/recorded.h"

namespace sediment::viz {

Made make_tombstone_too_early() {
  const auto segment = [](std::uint64_t number) { return Target::file(SegmentNumber{number}); };
  const Target cat = Target::record(SegmentNumber{1}, kSegmentHeaderSize);
  return make_recorded(
      "tombstone_too_early",
      {
          {"", 1, 1, 6, "An engine with a bug", "This run is of an engine with a planted bug. Can you find it?"},
          {"put", 1, 12, 5, "A value in segment 1",
           "Segments are the files of the log. “cat” is put into the first one, which is then sealed: it takes no more "
           "writes."},
          {"remove",
           1,
           7,
           3,
           "A tombstone in segment 2",
           "The tombstone is a record that says that “cat” is gone. It hides the value, which stays in segment 1.",
           {asked("“remove cat” comes next. What does the store do?",
                  {{"it erases the record of “cat”", "A sealed segment never changes.", cat},
                   {"it appends a record that says so: a tombstone", "A removal is one more record.",
                    Target::end_of_log()},
                   {"it forgets “cat” in memory only",
                    "After a restart the index is built from the log. “cat” would be back."}},
                  1)}},
          {"roll", 2, 7, 5, "A third segment begins",
           "Now segment 2 is sealed. A search asks the newest segment first, and ends at the first answer."},
          {"get",
           1,
           11,
           4,
           "The tombstone is found first",
           "A tombstone is an answer: “not found”. No older segment is asked.",
           {{0,
             0,
             "Mark every segment that “get cat” asks.",
             {{"segment 1", "The search has already ended in segment 2.", segment(1)},
              {"segment 2", "It holds the tombstone, and a tombstone is an answer.", segment(2)},
              {"segment 3", "The newest segment is always asked, even if it is empty.", segment(3)}},
             {1, 2},
             true}}},
          {"merge", 1, 0, 7, "Segment 2 will be merged alone",
           "A merge copies what is still needed into a new segment, and drops the rest. Segment 1 has no part in it."},
          {"merge",
           1,
           22,
           3,
           "The merge with the bug",
           "Watch what it does with the tombstone, and which reason it gives.",
           {asked("Segment 2 is merged alone. What should the merge do with the tombstone?",
                  {{"drop it: “cat” is gone", "“cat” is still in segment 1, and segment 1 is not in this merge."},
                   {"copy it", "Only the tombstone hides the value in segment 1."},
                   {"write it into segment 1", "Segment 1 is sealed, and not in this merge."}},
                  1)}},
          {"get", 2, 0, 7, "The tombstone is dropped",
           "This is the bug: the engine drops every tombstone, without a look at older segments."},
          {"get",
           2,
           13,
           3,
           "The search goes further",
           "Segment 4 has taken the place of segment 2, and knows nothing of “cat”. So segment 1 is asked, too.",
           {asked("The tombstone is gone. What does “get cat” return?",
                  {{"not found", "Only the tombstone said so."},
                   {"“tabby”", "The search now goes on to segment 1, and finds the old value."},
                   {"an error", "Every checksum matches. Nothing on the disk looks wrong."}},
                  1)}},
          {kAtEnd, 1, 0, 7, "The deleted value is back",
           "Nothing hides the old value any more, and no file is damaged."},
          {kAtEnd, 1, 0, 9, "In one sentence",
           "A merge may drop a tombstone only if no older segment can hold a value of its key."},
      });
}

}  // namespace sediment::viz
