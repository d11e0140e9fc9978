// Torn tail: a power cut in the middle of a write, and how the next start finds the end of the log.
#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_torn_tail() {
  Story story("Torn tail", show_options(768));
  story.open();
  story.chapter("What a record holds",
                "A record holds its key, its value, their sizes, and two checksums computed from all that.");
  story.play(5, {"put rain 12mm"});
  story.look(3);
  story.chapter("Two writes are synced, a third is not",
                "An fsync moves “rain” and “wind” to the disk. “storm”, a longer record, is written after that.");
  story.play(12, {"put wind 40kmh", "sync", "put storm from-the-north-west"});
  story.look(6);
  const Target storm = story.record("storm");
  story.mark("The power will fail while the disk writes. Mark every record that is sure to be whole.",
             {{"“rain”", "It is before the sync: the disk has all of it.", story.record("rain")},
              {"“wind”", "It is before the sync: the disk has all of it.", story.record("wind")},
              {"“storm”", "The disk may have written all of it, a part of it, or nothing.", storm}},
             {0, 1});

  story.chapter("The power fails during the write", "Now the power fails. The disk is writing “storm”: watch it.");
  if (!story.ok()) return story.finish();
  const std::string active = segment_file_name(story.active());
  const sim::FileState::Change torn = story.show().runner().disk()->state().find(active)->unsynced.back();
  const std::uint64_t middle = torn.offset + torn.bytes.size() * 3 / 4;
  story.play(6, {{"crash", "torn-byte", active, std::to_string(middle)}});
  story.look(2);
  story.chapter("A torn tail",
                "The tail is the end of the log. The beginning of “storm” is on the disk, its end is not.");
  story.look(7);
  story.predict("How can the next start know that “storm” is not whole?",
                {{"by the size of the file", "The space of the log was reserved before. The file ends much later."},
                 {"by the record's checksums", "They cover the whole record, so the missing bytes show."},
                 {"it cannot know", "Then a reader could get half a value. That must never happen."}},
                1);
  story.chapter("The next start believes only checksums",
                "It reads the log from its first record on, and compares each record with its checksums.", "Recovery");
  const std::size_t first = story.show().end();
  story.play(24, {"recover"});
  const std::size_t cut = story.after_last(EventKind::kRecoveryCut);
  story.show().pace(first, cut, 12);
  story.show().pace(cut, story.show().end(), 12);
  story.show().at(cut);
  story.look(2);
  story.chapter("“storm” is not whole", "Its bytes do not match its checksums. So the log ends before it.", "Recovery");
  story.look(5);
  story.predict(
      "Where will the next record go?",
      {{"after the torn bytes", "No reader could get past the torn bytes to find it."},
       {"over the torn bytes", "A second crash could mix two records. No file of the log is changed in place."},
       {"into another file",
        "The sound records are copied into a new file. The torn bytes stay in the old one, which is deleted."}},
      2);
  story.chapter("The sound records are copied",
                "They go into a new segment, a file of the log. The MANIFEST, the list of segments, will name it.",
                "Recovery");
  story.show().at_end();
  story.look(2);
  story.chapter("The old file is deleted",
                "The torn bytes went with it. The sound records are in 000002.log, and 000003.log takes new writes.");
  story.look(7);
  story.predict("“storm” was answered with ok. What does “get storm” return now?",
                {{"the part that was on the disk", "A record counts as a whole or not at all."},
                 {"not found", "It was lost, and no sync had come after it."},
                 {"an error", "A torn tail is a normal end after a power cut, and not damage."}},
                1);

  story.chapter("Lost, but never promised",
                "“ok” without a sync promises only that a killed process keeps the record. A power cut may take it.");
  story.play(12, {"get wind", "get storm"});
  story.look(5);
  story.chapter("The store goes on", "“storm” is written again, and synced this time.");
  story.play(8, {"put storm from-the-west", "sync"});
  story.look(3);
  story.chapter("The power fails once more", "This time every record is synced, and the disk is not writing.");
  story.play(4, {"crash lose-unsynced"});
  story.look(2);
  story.chapter(
      "An old file is back",
      "The deletion of 000001.log was in the cache only, so it is undone. The next start deletes the file again.");
  story.look(7);
  story.play(10, {"recover"});
  story.look(2);
  story.chapter("No record is lost", "“storm” was synced, so the start has found it whole.");
  story.play(5, {"get storm"});
  story.look(4);
  story.learnt(
      "A record counts only if its checksums match, so the next start copies the sound ones and no torn tail.");
  return story.finish();
}

}  // namespace sediment::viz
