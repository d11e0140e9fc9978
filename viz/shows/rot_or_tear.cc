// Rot or tear: a checksum that does not match is a normal end of a log, or damage. What tells them apart.
#include <fmt/format.h>

#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_rot_or_tear() {
  const std::string panel = "Recovery";
  Story story("Rot or tear", show_options(512));
  story.open();
  story.chapter("Two synced records, and a third", "“elm” is still in the cache. It is on its way to the disk.");
  story.play(12, {"put ash grey", "put pine green", "sync", "put elm winter-is-coming"});
  story.look(6);
  const Target elm = story.record("elm");
  if (!story.ok()) return story.finish();
  story.chapter("The power fails during the write", "“elm” is on the disk in part. Its checksum cannot match.");
  story.play(5, {{"crash", "torn-byte", segment_file_name(elm.segment), std::to_string(elm.offset + 30)}});
  story.look(7);
  story.predict("What will the next start do?",
                {{"refuse to open", "A torn end is normal after a power cut. No promise was made for “elm”."},
                 {"cut “elm” off", "It is at the end, and nothing says that it was ever synced.", elm},
                 {"fill in the missing bytes", "They are not on the disk, and nowhere else."}},
                1);

  story.chapter("A tear is cut off", "What no sync has covered may be lost. The store opens.", panel);
  story.play(14, {"recover"});
  story.look(6);
  story.chapter("Four synced records", "Each record also notes how far the log was durable when it was written.");
  story.play(14, {"put fir tall", "sync", "put oak old", "sync"});
  story.look(7);
  const Target fir = story.record("fir");
  const Target oak = story.record("oak");
  if (!story.ok()) return story.finish();
  const std::string log = segment_file_name(fir.segment);
  const sim::Step rot = {"crash", "bit-rot", log, std::to_string(fir.offset + kRecordHeaderSize), "0"};
  story.chapter("A bit flips in “fir”", "The disk returns a wrong byte. It reports no error.");
  story.play(5, {rot});
  story.look(7);
  story.mark("“fir” no longer matches its checksum. Mark what proves that this is not a tear.",
             {{"“fir”", "Its bytes look just as they would after a tear.", fir},
              {"“oak”", "It notes that everything before it was synced, so “fir” was whole on the disk.", oak}},
             {1});
  story.predict(
      "What will the next start do?",
      {{"cut the log before “fir”", "“fir” and “oak” were promised. To drop them silently would be a lie.", fir},
       {"open without “fir”", "An older value of “fir” could come back unnoticed.", oak},
       {"refuse to open, and say why", "What was synced is damaged. A person should know of it."}},
      2);

  story.chapter("Rot is reported", "The start stops at “fir”. “sediment salvage” would save the rest.", panel);
  story.play(10, {"recover"});
  story.look(8);
  story.chapter("The same bit flips again", "Now the byte is right again, and so is the checksum.");
  story.play(5, {rot});
  story.look(4);
  story.chapter("The store opens", "All four records verify.", panel);
  story.play(16, {"recover", "get fir"});
  story.look(5);
  story.chapter("One more, synced and last", "No record comes after “yew”.");
  story.play(8, {"put yew dark", "sync"});
  story.look(5);
  const Target yew = story.record("yew");
  if (!story.ok()) return story.finish();
  story.chapter("A bit flips in the last record", "“yew” was synced. No later record says so.");
  story.play(
      4, {{"crash", "bit-rot", segment_file_name(yew.segment), std::to_string(yew.offset + kRecordHeaderSize), "0"}});
  story.look(7);
  story.predict("What will the next start do this time?",
                {{"refuse to open", "It would have to refuse after every power cut that tears a record."},
                 {"cut “yew” off, as if torn", "On the disk this looks the same as a tear. No store could tell.", yew},
                 {"return the wrong value", "The checksum does not match, so no read returns it."}},
                1);

  story.chapter("The limit of what can be known", "The last synced record has no witness. It is taken for a tear.",
                panel);
  story.play(14, {"recover", "get yew"});
  story.look(6);
  story.learnt("A damaged end is a tear, but if a later record proves that the place was synced, it is rot.");
  return story.finish();
}

}  // namespace sediment::viz
