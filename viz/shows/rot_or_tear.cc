// Rot or tear: a checksum that does not match is a normal end of a log, or damage. What tells them apart.
#include <fmt/format.h>

#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_rot_or_tear() {
  const std::string panel = "Recovery";
  Story story("Rot or tear", show_options(512));
  story.open();
  story.chapter("Two synced records, and a third",
                "“ash” and “pine” are synced: an fsync moves them to the disk. “elm” is written after that.");
  story.play(12, {"put ash grey", "put pine green", "sync", "put elm winter-is-coming"});
  story.look(6);
  const Target elm = story.record("elm");
  if (!story.ok()) return story.finish();
  story.chapter("The power fails during the write", "Now the power fails. The disk is writing “elm”: watch it.");
  story.play(5, {{"crash", "torn-byte", segment_file_name(elm.segment), std::to_string(elm.offset + 30)}});
  story.look(2);
  story.chapter("A torn record",
                "“elm” is on the disk in part. Its checksum, computed from the whole record, cannot match.");
  story.look(6);
  story.predict(
      "What will the next start do?",
      {{"refuse to open", "A torn end is normal after a power cut. “elm” was not synced, so nothing was promised."},
       {"open without “elm”", "It is at the end, and nothing says that it was ever synced."},
       {"fill in the missing bytes", "They are not on the disk, and nowhere else."}},
      1);

  story.chapter("A tear is left out",
                "What was not synced may be lost. The sound records are copied into a new segment, a file of the log.",
                panel);
  story.play(14, {"recover"});
  story.look(5);
  story.chapter("Two more records, each synced",
                "A record also notes how much of its segment was durable, safe on the disk, when it was written.");
  story.play(14, {"put fir tall", "sync", "put oak old", "sync"});
  story.look(7);
  const Target fir = story.record("fir");
  const Target oak = story.record("oak");
  if (!story.ok()) return story.finish();
  const std::string log = segment_file_name(fir.segment);
  const sim::Step rot = {"crash", "bit-rot", log, std::to_string(fir.offset + kRecordHeaderSize), "0"};
  story.chapter("A bit flips in “fir”",
                "Now the process ends, and one bit on the disk goes wrong. The disk reports no error.");
  story.play(5, {rot});
  story.look(3);
  story.chapter("A tear, or damage?", "Both look alike: a record that does not match its checksum.");
  story.look(6);
  story.mark("“fir” no longer matches its checksum. Mark what proves that this is not a tear.",
             {{"“fir”", "Its bytes look just as they would after a tear.", fir},
              {"“oak”", "It notes that everything before it was synced, so “fir” was whole on the disk.", oak}},
             {1});
  story.predict(
      "What will the next start do?",
      {{"open without “fir” and “oak”", "Both were synced, and so promised. To drop them silently would be a lie."},
       {"open without “fir”", "An older value of “fir” could come back unnoticed."},
       {"refuse to open, and say why", "What was synced is damaged. A person should know of it."}},
      2);

  story.chapter("The next start", "It verifies record after record. Watch where it ends.", panel);
  story.play(10, {"recover"});
  story.look(3);
  story.chapter(
      "Rot is reported",
      "Damage to synced bytes is called rot: the store does not open. “sediment salvage” would save the rest.", panel);
  story.look(8);
  story.chapter("The same bit flips back", "For the next test, the byte is set right. So the checksum matches again.");
  story.play(5, {rot});
  story.look(4);
  story.chapter(
      "The store opens",
      "This start verifies all four records. It copies “fir” and “oak”, from the newest segment, into a new one.",
      panel);
  story.play(16, {"recover", "get fir"});
  story.look(4);
  story.chapter("One more, synced and last", "“yew” is put and synced. No record comes after it.");
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
                 {"open without “yew”, as if torn", "On the disk this looks the same as a tear. No store could tell."},
                 {"return the wrong value", "The checksum does not match, so no read returns it."}},
                1);

  story.chapter("The limit of what can be known",
                "No later record proves that “yew” was synced. So it is taken for a tear and left out.", panel);
  story.play(14, {"recover", "get yew"});
  story.look(6);
  story.learnt(
      "A record that does not verify is taken for a tear, unless a later one proves that it was synced: then it is "
      "rot.");
  return story.finish();
}

}  // namespace sediment::viz
