// Why a log? A text file is a store, and breaks in five ways. Each part of the engine repairs one of them.
//
// These are six runs: a text file, the engine, a recorded engine that drops tombstones, and the engine on a disk that
// does not rename files.
#include "viz/shows/all_shows.h"
#include "viz/shows/joined_runs.h"
#include "viz/shows/recorded.h"

namespace sediment::viz {

namespace {

using Part = Result<std::unique_ptr<Session>>;
using Kind = sim::DiskOperation::Kind;

constexpr const char* kTitle = "Why a log?";

Part text_file() {
  Story story(kTitle, show_options(512), sim::text_log_kind());
  story.open();
  story.chapter("A text file is a store", "Each put appends a line. For a get, the last line of the key counts.");
  story.play(10, {"put alice 100", "put bob 250", "put alice 120", "put carol 70", "put alice 90", "put carol 75"});
  story.look(4);
  story.predict("“get bob” comes next. How many lines does it read?",
                {{"one", "Nothing says where in the file “bob” is."},
                 {"two: up to the line of “bob”", "A later line could change “bob”, so the search cannot stop there."},
                 {"six: the whole file", "Only the end of the file shows that no later line is about “bob”."}},
                2);
  story.chapter("Break 1: reads get slower", "Each put makes every later get longer. Only writes are drawn here.");
  story.play(4, {"get bob"});
  story.look(5);
  story.chapter("A long line", "The first lines are synced. This one is still on its way to the disk.");
  story.play(6, {"sync", "put bob transferred-to-the-savings-account"});
  story.look(4);
  story.predict("The power fails, and the disk has written only some parts of the line. What will “get bob” return?",
                {{"“250”, or the new value", "The newline was written, so the line looks complete."},
                 {"something that was never put", "Nothing in the file says what the line should be."},
                 {"an error", "A text file cannot tell right letters from wrong ones."}},
                1);
  story.chapter("Break 2: a torn line is believed",
                "The middle of the line is missing. The store returns it as it is.");
  story.play(4, {"crash torn-words log.txt 1,5"});
  story.play_faulty(6, {"recover", "get bob"});
  story.look(5);
  story.predict("Four of the seven lines are out of date. How can the store get their space back?",
                {{"it cuts them out", "All later lines would have to move, and a crash would leave half of that."},
                 {"it fills them with blanks", "The file would stay as long as it is."},
                 {"not at all", "In one file nothing can be taken out safely."}},
                2);
  story.chapter("Break 3: the disk is full", "From here on the simulator refuses to write. No line can be given up.");
  story.play_faulty(6, {"fail no-space write 1 sticky", "put alice 95"});
  story.look(5);
  return story.finish();
}

Part engine() {
  Story story(kTitle, show_options(512));
  story.open();
  story.chapter("Repair 1: an index", "In memory, a slot says where “bob” is. One record is read.", "Lookup");
  story.play(8, {"put alice 100", "put bob 250", "put alice 120", "put carol 70", "put alice 90", "put carol 75"});
  story.play(5, {"get bob"});
  story.look(4);
  story.chapter("The same long value", "It is a record now, with checksums over all of it.");
  story.play(6, {"sync", "put bob transferred-to-the-savings-account"});
  story.look(3);
  story.chapter("Repair 2: checksums", "The same crash. The torn record is found and cut off.", "Recovery");
  if (!story.ok()) return story.finish();
  story.play(4, {{"crash", "torn-words", segment_file_name(story.active()), "1,2,3,4,8"}});
  story.play(8, {"recover", "get bob"});
  story.look(4);
  story.chapter("Repair 3: segments and merges", "What counts is copied into a new file. The old one is deleted whole.",
                "Merge");
  story.play(9, {"merge"});
  story.look(4);
  return story.finish();
}

// The recording of an engine that drops every tombstone.
Part without_tombstones() {
  Made recorded = recorded_session("tombstone_too_early");
  if (!recorded.ok()) return recorded.status();
  std::unique_ptr<Session> session = std::move(*recorded);
  const std::size_t put = before_input(*session, "put", 1);
  const std::size_t merge = before_input(*session, "merge", 1);
  const std::size_t get = before_input(*session, "get", 2);  // the one after the merge
  const std::size_t end = session->timeline().size();
  session->pace().stretch(0, put, 1);
  session->pace().stretch(put, merge, 11);
  session->pace().stretch(merge, get, 8);
  session->pace().stretch(get, end, 5);
  session->chapters() = {
      {0, 0, merge, "“cat” is put and removed", "Its value is in segment 1. The tombstone in segment 2 hides it."},
      {merge, 3, get, "Segment 2 is merged alone", "This is a recorded engine. Its merge has no rule for tombstones."},
      {get, 3 + kThinkSeconds + kRevealSeconds, end, "Break 4: a deleted key is back",
       "The merge has dropped the tombstone. Nothing hides the old value."}};
  session->questions() = {{get,
                           3,
                           "The merge has dropped the tombstone of “cat”. What does “get cat” return?",
                           {{"not found", "Only the tombstone said so, and it is gone."},
                            {"“tabby”", "The value is still in segment 1, and nothing hides it.",
                             Target::record(SegmentNumber{1}, kSegmentHeaderSize)},
                            {"an error", "All checksums match. Nothing looks wrong."}},
                           {1},
                           false}};
  session->pace().hold(merge, 3);
  session->pace().hold(get, 3 + kThinkSeconds + kRevealSeconds);
  session->pace().hold(end, 5);
  return session;
}

Part with_tombstones() {
  Story story(kTitle, show_options(512));
  story.open();
  story.chapter("Repair 4: tombstones are kept", "The same merge in Sediment: an older segment may have a value.",
                "Merge");
  story.play(5, {"put cat tabby", "put dog terrier", "roll", "remove cat", "put elk bull", "roll"});
  story.play(9, {"merge 2..2", "get cat"});
  story.look(4);
  return story.finish();
}

// Up to the middle of a merge's publish, and the process killed there.
void kill_in_publish(Story& story, Kind last) {
  story.play(7, {"put ant 1", "put bee 1", "roll", "put bee 2", "roll", "merge begin 1..2"});
  const std::size_t publish = story.show().end();
  story.merge_until(8, [](const sim::TraceEntry& entry) { return is_event(entry, EventKind::kMergeSwitched); });
  const std::size_t struck = story.after_last(last);
  story.show().pace(publish, struck, 7);
  story.show().pace(struck, story.show().end(), kUnseen);
  story.play(4, {{"crash", "clean-kill", "after", std::to_string(story.last_operation(last))}});
}

Part without_rename() {
  sim::Scenario scenario = show_options(512);
  scenario.without = {sim::Guarantee::kManifestRename};
  Story story(kTitle, scenario);
  story.open();
  story.chapter("The list of segments is rewritten in place", "At the end of this merge, the process is killed.",
                "Merge");
  kill_in_publish(story, Kind::kTruncate);
  story.look(4);
  story.predict("The MANIFEST was emptied, and not yet written again. What will the next start find?",
                {{"the old list", "It was in the same file, and that has been emptied."},
                 {"the new list", "It was never written."},
                 {"no list at all", "Between the two there is neither the old nor the new one."}},
                2);
  story.chapter("Break 5: a merge that is half done", "All records are on the disk. No list says which files count.");
  story.play_faulty(5, {"recover"});
  story.look(5);
  return story.finish();
}

Part with_rename() {
  Story story(kTitle, show_options(512));
  story.open();
  story.chapter("Repair 5: write beside, then rename",
                "The new list has a file of its own. The kill comes just before the rename.", "Merge");
  kill_in_publish(story, Kind::kSync);
  story.look(3);
  story.chapter("One list is always whole", "The old list counts. The half-done merge is removed.", "Recovery");
  story.play(8, {"recover", "get bee"});
  story.look(4);
  story.learnt(
      "An index, checksums, merges, tombstones and a MANIFEST each repair one way in which a text file breaks.");
  return story.finish();
}

}  // namespace

Made make_why_a_log() {
  JoinedRuns joined(kTitle);
  for (const auto make : {text_file, engine, without_tombstones, with_tombstones, without_rename, with_rename}) {
    Part part = make();
    if (!part.ok()) return part.status();
    joined.add(std::move(*part));
  }
  return joined.finish();
}

}  // namespace sediment::viz
