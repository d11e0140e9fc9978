// Torn tail: a power cut in the middle of a write, and how the next start finds the end of the log.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_torn_tail() {
  Story story("Torn tail", show_options(768));
  story.open();
  story.chapter("Two writes are synced, a third is not", "“storm” is a longer record, and still in the cache.");
  story.play(16, {"put rain 12mm", "put wind 40kmh", "sync", "put storm from-the-north-west"});
  story.look(7);
  const Target storm = story.record("storm");
  story.mark("The power will fail while the disk writes. Mark every record that is sure to be whole.",
             {{"“rain”", "It is before the sync: the disk has all of it.", story.record("rain")},
              {"“wind”", "It is before the sync: the disk has all of it.", story.record("wind")},
              {"“storm”", "The disk may have written all of it, a part of it, or nothing.", storm}},
             {0, 1});

  story.chapter("The power fails during the write", "The beginning of “storm” is on the disk. Its end is missing.");
  if (!story.ok()) return story.finish();
  const std::string active = segment_file_name(story.active());
  const sim::FileState::Change torn = story.show().runner().disk()->state().find(active)->unsynced.back();
  const std::uint64_t middle = torn.offset + torn.bytes.size() * 3 / 4;
  story.play(6, {{"crash", "torn-byte", active, std::to_string(middle)}});
  story.look(8);
  story.predict("How can the next start know that “storm” is not whole?",
                {{"by the size of the file", "The space of the log was reserved before. The file ends much later."},
                 {"by the record's checksum", "It covers the whole record, so the missing bytes show."},
                 {"it cannot know", "Then a reader could get half a value. That must never happen."}},
                1);
  story.chapter("Recovery believes only what verifies", "It reads from the start. “storm” does not match its checksum.",
                "Recovery");
  const std::size_t first = story.show().end();
  story.play(24, {"recover"});
  const std::size_t cut = story.after_last(EventKind::kRecoveryCut);
  story.show().pace(first, cut, 12);
  story.show().pace(cut, story.show().end(), 12);
  story.show().at(cut);
  story.look(4);
  story.predict(
      "What will recovery do with the torn bytes?",
      {{"leave them there", "The next record would stand after bytes that no reader can get past."},
       {"write the next record over them", "A second crash could mix two records. No log is changed in place."},
       {"copy the whole records into a new log", "The old log is deleted only when the new one is durable."}},
      2);
  story.chapter("A new log takes its place",
                "It gets the two whole records, and the MANIFEST names it. The old log is deleted.", "Recovery");
  story.show().at_end();
  story.look(5);
  story.predict("“storm” was answered with ok. What does “get storm” return now?",
                {{"the part that was on the disk", "A record counts as a whole or not at all."},
                 {"not found", "It was lost, and it was never promised: no sync came after it."},
                 {"an error", "A torn tail is a normal end after a power cut, and not damage."}},
                1);

  story.chapter("Lost, but never promised", "“wind” was synced and is there. “storm” was not, and is gone.");
  story.play(16, {"get wind", "get storm"});
  story.look(6);
  story.chapter("The store goes on", "“storm” is written again, and synced this time.");
  story.play(10, {"put storm from-the-west", "sync"});
  story.look(5);
  story.chapter("The power fails once more", "Nothing was under way. No record is torn, and none is lost.");
  story.play(16, {"crash lose-unsynced", "recover", "get storm"});
  story.look(5);
  story.learnt("A record counts only if its checksums match, so a torn tail is found and cut off.");
  return story.finish();
}

}  // namespace sediment::viz
