// Written is not durable: what a write that was answered with ok survives, and what it does not.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_not_durable() {
  using Kind = sim::DiskOperation::Kind;
  Story story("Written is not durable", show_options(768));
  story.open();
  story.chapter("Two writes, two times ok",
                "Each record goes into the operating system's cache. The disk only keeps a place for it.");
  story.play(10, {"put alice 100", "put bob 200"});
  story.look(6);
  story.mark(
      "The power will fail. Mark every record that is sure to survive; it may be none.",
      {{"“alice”", "It is in the cache only. The system may write it at any time, or never.", story.record("alice")},
       {"“bob”", "It is in the cache only, and may even survive without “alice”.", story.record("bob")}},
      {});

  story.chapter("The power fails", "Now the power fails: watch the first two floors.");
  story.play(5, {"crash lose-unsynced"});
  story.look(2);
  story.chapter("Both records are lost",
                "Memory and cache are empty. This time the system had written nothing of the two to the disk.");
  story.look(6);
  story.chapter("The next start finds no record",
                "It looks through the old segment, a file of the log, begins an empty one, and deletes the old one.");
  story.play(9, {"recover"});
  story.look(2);
  story.chapter("The answer is: not found", "Without a sync, “ok” promises nothing about a power cut.");
  story.play(5, {"get alice"});
  story.look(4);
  story.chapter("The same with a sync",
                "“carol” is put, and a sync calls fsync, which moves it to the disk. “dave” comes after that.");
  story.play(4, {"put carol 300"});
  const Target append = Target::entry(story.after_last(Kind::kAppend) - 1);
  story.play(5, {"sync"});
  const Target sync = Target::entry(story.after_last(Kind::kSync) - 1);
  story.play(5, {"put dave 400"});
  const Target later = Target::entry(story.after_last(Kind::kAppend) - 1);
  story.look(6);
  story.mark("The power will fail again. Mark every record that is sure to survive; it may be none.",
             {{"“carol”", "The sync has moved it to the disk.", story.record("carol")},
              {"“dave”", "A sync covers what was written before it, and nothing after it.", story.record("dave")}},
             {0});

  story.chapter("The power fails again", "Watch “carol” and “dave”.");
  story.play(5, {"crash lose-unsynced"});
  story.look(2);
  story.chapter("“carol” is on the disk", "“dave” was in the cache only, and is lost.");
  story.look(5);
  story.chapter(
      "An old file is back",
      "The deletion of 000001.log was in the cache only, so it is undone. The next start deletes the file again.");
  story.look(7);
  story.chapter("The next start copies “carol”",
                "It copies what is sound into a new segment, builds the index again, and deletes the old files.");
  story.play(12, {"recover"});
  story.look(2);
  story.chapter("What was synced is found", "A power cut never takes what a sync has covered.");
  story.play(8, {"get carol", "get dave"});
  story.look(4);
  story.predict("Look back at the timeline: which moment made “carol” safe from a power cut?",
                {{"its append", "The append brought it into the cache, and no further.", append},
                 {"the fsync", "When the fsync returned, “carol” was on the disk.", sync},
                 {"the append of “dave”", "A later write moves nothing to the disk.", later}},
                1);
  story.chapter("Without a sync", "“erin” is written and not synced: watch the cache.");
  story.play(8, {"put erin 500"});
  story.look(4);
  story.predict("Now only the process is killed. The machine stays on. What happens to “erin”?",
                {{"it is lost with the process", "The process has given it away: the cache belongs to the system."},
                 {"it survives", "The system still has its cache, and writes it to the disk later."},
                 {"it survives only in part", "The write was complete before “ok” was answered."}},
                1);

  story.chapter("The process is killed", "Now the process is killed: watch the first floor.");
  story.play(5, {"crash clean-kill"});
  story.look(2);
  story.chapter("The cache is still there", "The process has lost its memory. The cache belongs to the system.");
  story.look(5);
  story.chapter("The next start reads the cache", "It copies “erin” into a new segment and calls fsync for that.");
  story.play(12, {"recover"});
  story.look(2);
  story.chapter("“erin” is still there",
                "“ok” without a sync is a promise for a killed process, and not for a power cut.");
  story.play(5, {"get erin"});
  story.look(4);
  story.learnt(
      "A write that was answered with ok survives a killed process, but only a sync saves it from a power cut.");
  return story.finish();
}

}  // namespace sediment::viz
