// Written is not durable: what a write that was answered with ok survives, and what it does not.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_not_durable() {
  using Kind = sim::DiskOperation::Kind;
  Story story("Written is not durable", show_options(768));
  story.open();
  story.chapter("Two writes, two times ok", "Both records are in the system's cache. The disk keeps a place for each.");
  story.play(10, {"put alice 100", "put bob 200"});
  story.look(7);
  story.mark(
      "The power will fail. Mark every record that is sure to survive.",
      {{"“alice”", "It is in the cache only. The system may write it at any time, or never.", story.record("alice")},
       {"“bob”", "It is in the cache only, and may even survive without “alice”.", story.record("bob")}},
      {});

  story.chapter("The power fails", "Memory and cache are empty. Nothing of the two records was on the disk.");
  story.play(5, {"crash lose-unsynced"});
  story.look(7);
  story.chapter("The store opens without them", "Without a sync, “ok” promises nothing about a power cut.");
  story.play(12, {"recover", "get alice"});
  story.look(6);
  story.chapter("The same with a sync", "“carol” is synced, and “dave” comes after the sync.");
  story.play(4, {"put carol 300"});
  const Target append = Target::entry(story.after_last(Kind::kAppend) - 1);
  story.play(5, {"sync"});
  const Target sync = Target::entry(story.after_last(Kind::kSync) - 1);
  story.play(5, {"put dave 400"});
  const Target later = Target::entry(story.after_last(Kind::kAppend) - 1);
  story.look(7);
  story.mark("The power will fail again. Mark every record that is sure to survive.",
             {{"“carol”", "The sync has moved it to the disk.", story.record("carol")},
              {"“dave”", "A sync covers what was written before it, and nothing after it.", story.record("dave")}},
             {0});

  story.chapter("The power fails again", "“carol” is on the disk, and “dave” is lost.");
  story.play(5, {"crash lose-unsynced"});
  story.look(7);
  story.chapter("What was synced is found", "A power cut never takes what a sync has covered.");
  story.play(16, {"recover", "get carol", "get dave"});
  story.look(6);
  story.predict("“erin” comes next. First look back: which moment saved “carol”?",
                {{"its append", "The append brought it into the cache, and no further.", append},
                 {"the fsync", "When the fsync returned, “carol” was on the disk.", sync},
                 {"the append of “dave”", "A later write moves nothing to the disk.", later}},
                1);
  story.chapter("No sync, but no power cut", "“erin” is written and not synced.");
  story.play(8, {"put erin 500"});
  story.look(5);
  story.predict(
      "Now only the process is killed. The machine stays on. What happens to “erin”?",
      {{"it is lost with the process", "The process has given it away: the cache belongs to the system."},
       {"it survives", "The system still has its cache, and writes it to the disk later.", story.record("erin")},
       {"it survives only in part", "The write was complete before “ok” was answered."}},
      1);

  story.chapter("The process is killed", "Its memory is lost. The cache is still there.");
  story.play(5, {"crash clean-kill"});
  story.look(7);
  story.chapter("“erin” is still there", "The next start reads it from the cache.");
  story.play(14, {"recover", "get erin"});
  story.look(6);
  story.learnt(
      "A write that was answered with ok survives a killed process, but only a sync saves it from a power cut.");
  return story.finish();
}

}  // namespace sediment::viz
