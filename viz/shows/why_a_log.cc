// Why a log? A text file is a store, and breaks in five ways. Each part of the engine repairs one of them.
//
// These are six runs: a text file, the engine, a recorded engine that drops tombstones, and the engine on a disk that
// does not rename files. A run's first chapter begins before its store is opened, so that no caption stays on from the
// run before.
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
  story.chapter(
      "A text file is a store",
      "Each put appends a line. A get reads the file from its first line on, and the key's last line counts.");
  story.open();
  story.play(9, {"put alice 100", "put bob 250", "put alice 120", "put carol 70", "put alice 90", "put carol 75"});
  story.look(4);
  story.predict("“get bob” comes next. How many lines does it read?",
                {{"one", "Nothing says where in the file “bob” is."},
                 {"two: up to the line of “bob”", "A later line could change “bob”, so the search cannot stop there."},
                 {"six: the whole file", "Only the end of the file shows that no later line is about “bob”."}},
                2);
  story.chapter("Break 1: reads get slower", "Each put makes every later get longer. Reads are not drawn here.");
  story.play(3, {"get bob"});
  story.look(4);
  story.chapter("A long line",
                "The six lines are synced to the disk. Then “bob” gets a long value, which is not synced.");
  story.play(6, {"sync", "put bob transferred-to-the-savings-account"});
  story.look(2);
  story.predict("The power fails, and the disk has written only some parts of that line. What will “get bob” return?",
                {{"“250”, or the new value", "The newline was written, so the line looks complete."},
                 {"something that was never put", "Nothing in the file says what the line should be."},
                 {"an error", "A text file cannot tell right letters from wrong ones."}},
                1);
  story.chapter("The power fails", "Now the power fails: watch the last line.");
  story.play(4, {"crash torn-words log.txt 1,5"});
  story.look(1);
  story.chapter("Break 2: a torn line is believed",
                "Parts of the line are missing. The file has no means to notice that.");
  story.play_faulty(5, {"recover", "get bob"});
  story.look(4);
  story.predict("Four of the seven lines are out of date. How can the store get their space back in this file?",
                {{"it cuts them out", "All later lines would have to move, and a crash would leave half of that."},
                 {"it fills them with blanks", "The file would stay as long as it is."},
                 {"not at all", "In one file nothing can be taken out safely."}},
                2);
  story.chapter("Break 3: the disk is full", "Suppose that the disk is full now: writes are refused.");
  story.play_faulty(5, {"fail no-space write 1 sticky", "put alice 95"});
  story.look(4);
  return story.finish();
}

Part engine() {
  Story story(kTitle, show_options(512));
  story.chapter("The same writes in Sediment",
                "Each write appends a record to a log. An index in memory notes where it is.");
  story.open();
  story.play(8, {"put alice 100", "put bob 250", "put alice 120", "put carol 70", "put alice 90", "put carol 75"});
  story.look(2);
  story.chapter("Repair 1: an index", "One look into the index says where “bob” is. One record is read.", "Lookup");
  story.play(5, {"get bob"});
  story.look(3);
  story.chapter("The same long value", "A record has checksums: numbers computed from all of its bytes.");
  story.play(6, {"sync", "put bob transferred-to-the-savings-account"});
  story.look(2);
  story.chapter("The same crash", "The power fails while the disk writes the long record.");
  if (!story.ok()) return story.finish();
  story.play(4, {{"crash", "torn-words", segment_file_name(story.active()), "1,2,3,4,8"}});
  story.look(2);
  story.chapter(
      "Repair 2: checksums",
      "The torn record does not match its checksums. The next start copies the sound records into a new file.",
      "Recovery");
  story.play(8, {"recover", "get bob"});
  story.look(5);
  story.chapter(
      "Repair 3: segments and merges",
      "The log is kept in files, the segments. A merge copies what counts into a new one and deletes the old one.",
      "Merge");
  story.play(9, {"merge"});
  story.look(5);
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
      {0, 0, merge, "An engine with a planted bug",
       "This run is of an engine with a bug; Sediment follows. “cat” is put, then removed by a record, a tombstone."},
      {merge, 3, get, "Segment 2 is merged alone",
       "The tombstone in segment 2 hides the value in segment 1. Watch what the merge with the bug does with it."},
      {get, 3 + kThinkSeconds + kRevealSeconds, end, "Break 4: a deleted key comes back",
       "Nothing hides the old value any more."}};
  session->questions() = {{get,
                           3,
                           "The merge has dropped the tombstone of “cat”. What does “get cat” return?",
                           {{"not found", "Only the tombstone said so, and it is gone."},
                            {"“tabby”", "The value is still in segment 1, and nothing hides it."},
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
  story.chapter("The same in Sediment", "This is Sediment again, without the bug. The same writes come first.");
  story.open();
  story.play(6, {"put cat tabby", "put dog terrier", "roll", "remove cat", "put elk bull", "roll"});
  story.look(2);
  story.chapter("Repair 4: tombstones are copied",
                "Segment 1 is not in this merge and may have a value of “cat”. So the tombstone has to stay.", "Merge");
  story.play(9, {"merge 2..2", "get cat"});
  story.look(4);
  return story.finish();
}

void set_up_merge(Story& story) {
  story.open();
  story.play(6, {"put ant 1", "put bee 1", "roll", "put bee 2", "roll", "merge begin 1..2"});
  story.look(2);
}

// From there up to the middle of the merge's publish, and the process killed there.
void kill_in_publish(Story& story, Kind last) {
  const std::size_t publish = story.show().end();
  story.merge_until(8, [](const sim::TraceEntry& entry) { return is_event(entry, EventKind::kMergeSwitched); });
  const std::size_t struck = story.after_last(last);
  story.show().pace(publish, struck, 7);
  story.play(4, {{"crash", "clean-kill", "after", std::to_string(story.last_operation(last))}});
}

Part without_rename() {
  sim::Scenario scenario = show_options(512);
  scenario.without = {sim::Guarantee::kManifestRename};
  Story story(kTitle, scenario);
  story.chapter("A list of segments",
                "The MANIFEST lists the segments that count. In this run it is rewritten in place, after each change.");
  set_up_merge(story);
  story.chapter("A kill in the middle",
                "The merge copies, and then needs a new list. The process is killed while the list is rewritten.",
                "Merge");
  kill_in_publish(story, Kind::kTruncate);
  story.look(2);
  story.predict("To rewrite a file in place is to empty it, then to write it. Which list does the next start find?",
                {{"the old list", "It was in the same file, and that has been emptied."},
                 {"the new list", "It was never written."},
                 {"no list at all", "The kill came between the two steps."}},
                2);
  story.chapter("Break 5: half of a change",
                "All records are on the disk, but a start cannot know which files count: the old ones or the new one.");
  story.play_faulty(5, {"recover"});
  story.look(5);
  return story.finish();
}

Part with_rename() {
  Story story(kTitle, show_options(512));
  story.chapter("The same merge in Sediment", "Here the MANIFEST is not rewritten in place.");
  set_up_merge(story);
  story.chapter("Repair 5: write beside, then rename",
                "The new list gets a file of its own, to be renamed in one step. The kill comes just before that.",
                "Merge");
  kill_in_publish(story, Kind::kSync);
  story.look(2);
  story.chapter("One list is always whole",
                "The old list is whole, so the old segments count. The next start deletes what the merge has written.",
                "Recovery");
  story.play(8, {"recover", "get bee"});
  story.look(3);
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
