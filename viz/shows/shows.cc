#include "viz/shows/shows.h"

#include <fmt/format.h>

#include "engine/hash_index.h"
#include "viz/shows/recorded.h"
#include "viz/shows/show_builder.h"

namespace sediment::viz {

namespace {

using Made = Result<std::unique_ptr<Session>>;

sim::Scenario options(std::uint64_t segment_size) {
  sim::Scenario scenario;
  scenario.segment_size = segment_size;
  scenario.snapshots = sim::Snapshots::kOff;
  return scenario;
}

// Performs the steps, which take this long in all.
Status play(ShowBuilder& show, double seconds, std::initializer_list<std::string_view> steps) {
  const std::size_t first = show.end();
  if (Status s = show.run(steps); !s.ok()) return s;
  show.pace_since(first, seconds);
  return {};
}

// Ends a chapter with time to look at it.
void look(ShowBuilder& show, double seconds) {
  show.picture();
  show.hold(seconds);
}

Made first_append() {
  ShowBuilder show("First append", options(512));
  show.chapter("An empty store", "A directory, a MANIFEST that names one empty log, and an empty index in memory.");
  if (Status s = show.start(); !s.ok()) return s;
  show.pace_since(0, 4);
  look(show, 4);

  show.chapter(
      "A write is one append",
      "“put sky blue” becomes a record: two checksums, the sizes, the key, the value. It goes to the end of the "
      "log, and nowhere else.");
  if (Status s = play(show, 9, {"put sky blue"}); !s.ok()) return s;
  look(show, 5);

  show.chapter("The index remembers where", "In memory, a slot of the hash index points to the record's first byte.");
  show.predict("“put sea deep” comes next. What happens on the disk?",
               {{"the record goes before “sky”: the file is sorted",
                 "The file is not sorted: everything after the new record would have to be written again.",
                 show.record_of("sky")},
                {"the record goes after the last one", "A log only grows at its end: one append, whatever the key.",
                 Target::end_of_log()},
                {"a file for the key “sea” is made", "One log takes all keys: a file for each would be slow to create.",
                 Target::new_log()}},
               1);
  if (Status s = play(show, 8, {"put sea deep", "put sun yellow"}); !s.ok()) return s;
  look(show, 4);

  show.chapter("A read is one look into memory, one at the disk",
               "The key's hash gives the slot, the slot the offset, the offset the record. Its checksums are verified, "
               "and its key is compared: two keys may have the same hash.");
  if (Status s = play(show, 8, {"get sea"}); !s.ok()) return s;
  look(show, 5);

  show.chapter("In the cache, not yet durable",
               "The pale, dashed blocks are in the operating system's cache. A sync makes them durable: solid.");
  if (Status s = play(show, 6, {"sync"}); !s.ok()) return s;
  look(show, 6);
  return show.finish();
}

Made overwrite() {
  ShowBuilder show("Overwrite and garbage", options(768));
  show.chapter("One key, one record", "A page's visits are counted: the key is the page, the value its count.");
  if (Status s = show.start(); !s.ok()) return s;
  if (Status s = show.run({"put home 1", "put help 1"}); !s.ok()) return s;
  show.pace_since(0, 8);
  look(show, 3);

  show.predict("“put home 2” comes next. How many records of “home” will there be on the disk?",
               {{"one: the old one is changed", "A crash in the middle of the change would spoil the only record.",
                 show.record_of("home")},
                {"two: the new one is appended",
                 "A log is never changed: a reader never sees half of a change, and a crash can spoil only its end.",
                 Target::end_of_log()}},
               1);
  show.chapter(
      "Nothing is written over",
      "The second visit of “home” is a new record at the end. The index now points to it; the old record stays, "
      "as garbage.");
  if (Status s = play(show, 8, {"put home 2"}); !s.ok()) return s;
  look(show, 4);

  show.chapter("Garbage grows", "Twelve visits later most of the log is garbage, and there are still two keys.");
  if (Status s = play(show, 14,
                      {"put home 3", "put home 4", "put help 2", "put home 5", "put home 6", "put home 7", "put help 3",
                       "put home 8", "put home 9", "put home 10", "put home 11", "put home 12"});
      !s.ok()) {
    return s;
  }
  look(show, 5);

  show.chapter("A read does not notice", "The index knows only the newest record: one look, as before.");
  if (Status s = play(show, 6, {"get home"}); !s.ok()) return s;
  look(show, 4);

  show.chapter("A merge takes the garbage away", "Two records are left. When that is worth its cost is another show.");
  if (Status s = play(show, 12, {"merge"}); !s.ok()) return s;
  look(show, 6);
  return show.finish();
}

// This many keys with the same home in a table of this many slots. Few enough for these names.
std::vector<std::string> keys_of_one_home(std::size_t slots, std::size_t count) {
  static constexpr const char* kNames[] = {"ash",  "bay",  "box",  "elm",  "fern", "fig",  "fir", "hop",  "ivy",
                                           "kale", "leek", "lime", "moss", "nut",  "oak",  "pea", "pine", "plum",
                                           "reed", "rice", "rose", "rue",  "rye",  "sage", "tea", "vine", "yew"};
  std::vector<std::vector<std::string>> at_home(slots);
  for (const char* name : kNames) {
    std::vector<std::string>& keys = at_home[(std::uint64_t{hash_key(name).tag} * slots) >> 32];
    keys.emplace_back(name);
    if (keys.size() == count) return keys;
  }
  return at_home.front();
}

Made probe_chain() {
  constexpr std::size_t kSlots = 8;  // in an index's first table
  const std::string panel = "Index";
  ShowBuilder show("Probe chain", options(1024));
  const std::vector<std::string> keys = keys_of_one_home(kSlots, 4);
  if (keys.size() < 4) return Status::invalid_argument("no four keys of the show have one home");
  show.chapter(
      "A table of slots",
      "The index of a log begins with eight slots. A key's hash, times eight, divided by 2^32, is its home slot.",
      panel);
  if (Status s = show.start(); !s.ok()) return s;
  if (Status s = show.step({"put", keys[0], "1"}); !s.ok()) return s;
  show.pace_since(0, 8);
  look(show, 4);

  show.chapter("Two keys, one home",
               fmt::format("“{}” has the same home slot as “{}”. It takes the next free one: that is linear probing.",
                           keys[1], keys[0]),
               panel);
  std::size_t first = show.end();
  if (Status s = show.step({"put", keys[1], "2"}); !s.ok()) return s;
  if (Status s = show.step({"put", keys[2], "3"}); !s.ok()) return s;
  show.pace_since(first, 10);
  look(show, 4);

  show.chapter("A search walks the chain",
               fmt::format("“{}”: from its home on, slot after slot, until the key is found.", keys[2]), panel);
  first = show.end();
  if (Status s = show.step({"get", keys[2]}); !s.ok()) return s;
  show.pace_since(first, 7);
  look(show, 4);

  show.predict(fmt::format("“{}” has the same home slot, and is not there. How is that found out?", keys[3]),
               {{"by a look at its home slot", "Another key is there. The searched one could be in a later slot."},
                {"by a walk to the first empty slot",
                 "An entry is in the first free slot from its home on. So it cannot be after an empty one."},
                {"by a look at all eight slots", "It would be in the first empty slot, so the search can stop there."}},
               1);
  show.chapter("An empty slot ends it", fmt::format("“{}” was never written.", keys[3]), panel);
  first = show.end();
  if (Status s = show.step({"get", keys[3]}); !s.ok()) return s;
  show.pace_since(first, 7);
  look(show, 4);

  show.chapter("The table grows before it is full",
               "At most three quarters of the slots are used, or chains would get long. A new table of twice the size "
               "takes over, and keys that shared a home part.",
               panel);
  if (Status s = play(show, 14, {"put gold 1", "put iron 2", "put lead 3", "put zinc 4"}); !s.ok()) return s;
  look(show, 6);
  return show.finish();
}

Made rotation() {
  ShowBuilder show("Rotation", options(256));
  show.chapter("A log has an end", "Here it is at 256 bytes, so that it can be seen; 64 MiB is usual.");
  if (Status s = show.start(); !s.ok()) return s;
  if (Status s = show.run({"put mon rain", "put tue rain", "put wed sun", "put thu sun", "put fri snow", "put sat snow",
                           "put sun sun"});
      !s.ok()) {
    return s;
  }
  show.pace_since(0, 14);
  look(show, 3);

  show.predict("The log is full, and “put mon hail” comes next. What becomes of the log?",
               {{"it grows beyond its limit", "Its size is limited: it could never be merged and removed as a whole.",
                 Target::end_of_log()},
                {"its oldest record is deleted", "It may be the only record of its key.", show.record_of("mon")},
                {"it is closed, and a new one begins",
                 "A segment that never changes can be read without locks, and removed as a whole.", Target::new_log()}},
               2);
  show.chapter("The next record does not fit",
               "The log is synced and sealed: it never changes again. A new one takes the writes.");
  if (Status s = play(show, 18, {"put mon hail"}); !s.ok()) return s;
  look(show, 5);

  show.chapter(
      "MANIFEST says which files count",
      "It was written beside the old one, synced, and renamed over it: either list is whole, whenever the power "
      "fails.");
  if (Status s = play(show, 6, {"put tue fog", "put wed fog"}); !s.ok()) return s;
  look(show, 5);

  show.chapter("And so on", "Sealed segments pile up, the newest on top. Old values of “mon” stay in old segments.");
  if (Status s =
          play(show, 16, {"put thu fog", "put fri sun", "put sat sun", "put sun rain", "put mon sun", "put tue sun"});
      !s.ok()) {
    return s;
  }
  look(show, 6);
  return show.finish();
}

Status four_segments(ShowBuilder& show) {
  return show.run({"put ant 1", "put bee 1", "put cat 1", "put dog 1", "roll", "put bee 2", "put elk 1", "put fox 1",
                   "roll", "put cat 2", "put gnu 1", "remove dog", "roll", "put bee 3", "put hen 1"});
}

Made lookup() {
  ShowBuilder show("Lookup through four segments", options(512));
  show.chapter("Four segments", "Three are sealed, the newest takes writes. Each has an index of its own in memory.");
  if (Status s = show.start(); !s.ok()) return s;
  if (Status s = four_segments(show); !s.ok()) return s;
  show.pace_since(0, 16);
  look(show, 4);

  show.chapter("The newest first",
               "“bee” stands in three segments. The first one that knows it has its newest record.");
  if (Status s = play(show, 8, {"get bee"}); !s.ok()) return s;
  look(show, 4);

  show.predict("How many segments are asked for “ant”?",
               {{"one", "No index covers all segments, so the lookup does not know which segment has the key."},
                {"two", "The lookup goes from newest to oldest, and only the oldest one has it."},
                {"four",
                 "Every newer segment could hold a newer record. Three say “not here” from memory; only the last one "
                 "reads its log."}},
               2);
  show.chapter("An old key is asked for everywhere", "“ant” was written once, long ago.");
  if (Status s = play(show, 10, {"get ant"}); !s.ok()) return s;
  look(show, 4);

  show.chapter("A tombstone ends the search", "“dog” was deleted. The older segment with its value is not even asked.");
  if (Status s = play(show, 8, {"get dog"}); !s.ok()) return s;
  look(show, 4);

  show.chapter("What is nowhere costs the most", "All four indexes are asked, and no log is read.");
  if (Status s = play(show, 10, {"get yak"}); !s.ok()) return s;
  look(show, 6);
  return show.finish();
}

Made merge() {
  ShowBuilder show("Merge", options(512));
  show.chapter("Three segments with garbage", "Hatched records were overwritten by newer ones. They only take space.");
  if (Status s = show.start(); !s.ok()) return s;
  if (Status s = show.run({"put ant 1", "put bee 1", "put cat 1", "put bee 2", "roll", "put bee 3", "put cat 2",
                           "remove ant", "roll", "put dog 1", "put bee 4", "put dog 2", "roll", "put elk 1"});
      !s.ok()) {
    return s;
  }
  show.pace_since(0, 14);
  look(show, 4);

  show.chapter("Record by record, oldest first",
               "What a newer segment knows better falls. What still counts is copied into a new file.");
  show.predict("The merge reads all three. Does it copy the tombstone of “ant”?",
               {{"yes: a deletion must be remembered", "Only while an older segment has a value. Here none does."},
                {"no: nothing older is left that it could hide",
                 "The merge begins with the oldest segment, and drops the only older value of “ant” itself."}},
               1);
  std::size_t first = show.end();
  if (Status s = show.run({"merge begin 1..3"}); !s.ok()) return s;
  const auto is_synced = [&] {
    const auto* operation = show.last_in_step<sim::DiskOperation>();
    return operation != nullptr && operation->kind == sim::DiskOperation::Kind::kSync;
  };
  while (!is_synced()) {
    if (Status s = show.run({"merge step"}); !s.ok()) return s;
  }
  show.pace_since(first, 22);
  look(show, 4);

  show.chapter(
      "The switch",
      "The new file is durable. Now its name, then the MANIFEST that names it in place of the three: that is the "
      "moment. Last, the inputs are deleted.");
  first = show.end();
  while (show.runner().store()->merge_under_way()) {
    if (Status s = show.run({"merge step"}); !s.ok()) return s;
  }
  show.pace_since(first, 14);
  look(show, 5);

  show.chapter("Nobody noticed", "The same keys have the same values; a lookup asks two segments instead of four.");
  if (Status s = play(show, 8, {"get bee", "get ant"}); !s.ok()) return s;
  look(show, 6);
  return show.finish();
}

Made not_durable() {
  ShowBuilder show("Written is not durable", options(768));
  show.chapter("Two writes, answered with ok", "They are in the cache of the operating system: pale, dashed.");
  if (Status s = show.start(); !s.ok()) return s;
  if (Status s = show.run({"put alice 100", "put bob 200"}); !s.ok()) return s;
  show.pace_since(0, 10);
  look(show, 3);

  show.predict("Nothing was synced since the store was opened. What is left of “alice” and “bob”?",
               {{"both: the store had said ok", "With “sync never”, ok only means that the system's cache has it."},
                {"maybe both, maybe one, maybe none",
                 "Until a sync returns, the system may have written any part of the cache, or nothing. Here it is "
                 "nothing."}},
               1);
  show.chapter("The power fails", "Memory is gone, the cache with it. What had been synced is left.");
  if (Status s = play(show, 5, {"crash lose-unsynced"}); !s.ok()) return s;
  look(show, 4);
  if (Status s = play(show, 8, {"recover"}); !s.ok()) return s;
  show.chapter("They are gone, and that was allowed",
               "With the policy “sync never” the store promises only what it was told to sync. Nothing else was lost.");
  if (Status s = play(show, 5, {"get alice"}); !s.ok()) return s;
  look(show, 4);

  show.chapter("The same with a sync", "Now “carol” is synced, “dave” is not.");
  if (Status s = play(show, 12, {"put carol 300", "sync", "put dave 400"}); !s.ok()) return s;
  look(show, 3);
  show.chapter("Power cut, again", "The sync is a line that a crash cannot cross.");
  if (Status s = play(show, 5, {"crash lose-unsynced"}); !s.ok()) return s;
  show.hold(2);
  if (Status s = play(show, 8, {"recover", "get carol", "get dave"}); !s.ok()) return s;
  look(show, 6);
  return show.finish();
}

Made torn_tail() {
  ShowBuilder show("Torn tail", options(768));
  show.chapter("Three writes; two are synced", "The third is only in the cache.");
  if (Status s = show.start(); !s.ok()) return s;
  if (Status s = show.run({"put rain 12mm", "put wind 40kmh", "sync", "put storm from-the-north-west"}); !s.ok())
    return s;
  show.pace_since(0, 14);
  look(show, 3);

  show.chapter("The power fails in the middle of a write",
               "The disk had begun to write the record from the cache: its beginning is there, its end is not.");
  show.predict("How can the next start know that this record is not whole?",
               {{"the file's size is wrong", "The size may have been written before the data."},
                {"its checksum does not match", "The checksum covers the whole record, and its end is missing."},
                {"it cannot know", "The record's checksum was written with it, and does not fit half of it."}},
               1);
  const std::string active = segment_file_name(show.runner().store()->stats().segments.back().number);
  const sim::FileState::Change torn = show.runner().disk()->state().find(active)->unsynced.back();
  const std::uint64_t middle = torn.offset + torn.bytes.size() * 3 / 4;
  std::size_t first = show.end();
  if (Status s = show.step({"crash", "torn-byte", active, std::to_string(middle)}); !s.ok()) return s;
  show.pace_since(first, 5);
  look(show, 4);

  show.chapter(
      "Recovery believes only what verifies",
      "It reads the log from its start. Two records match their checksums. The third does not: the log ends in "
      "front of it, and the rest is cut off.");
  first = show.end();
  if (Status s = show.step({"recover"}); !s.ok()) return s;
  show.pace_since(first, 16);
  for (std::size_t i = first; i < show.end(); ++i) {
    const auto* event = std::get_if<sim::EventEntry>(&show.entry(i));
    if (event != nullptr && event->kind == EventKind::kRecoveryCut) show.last_chapter().picture = i + 1;
  }
  show.hold(3);

  show.chapter("Lost, and nothing promised was", "“rain” and “wind” were synced and are there. The log goes on.");
  if (Status s = play(show, 12, {"get wind", "get storm", "put storm from-the-west", "sync"}); !s.ok()) return s;
  look(show, 6);
  return show.finish();
}

Made crash_in_publish() {
  ShowBuilder show("Crash during a merge's publish", options(512));
  show.chapter("A merge has copied everything", "Its output is a file that the MANIFEST does not name yet: dashed.");
  if (Status s = show.start(); !s.ok()) return s;
  if (Status s = show.run({"put ant 1", "put bee 1", "put cat 1", "roll", "put bee 2", "remove ant", "put dog 1",
                           "roll", "put elk 1", "sync", "merge begin 1..2"});
      !s.ok()) {
    return s;
  }
  const auto last_operation = [&] { return show.last_in_step<sim::DiskOperation>(); };
  const auto until = [&](sim::DiskOperation::Kind kind) -> Status {
    do {
      if (Status s = show.run({"merge step"}); !s.ok()) return s;
    } while (last_operation() == nullptr || last_operation()->kind != kind);
    return {};
  };
  if (Status s = until(sim::DiskOperation::Kind::kSync); !s.ok()) return s;
  show.pace_since(0, 24);
  look(show, 4);

  show.chapter("Its name is made durable, too",
               "fsync of the file, fsync of the directory: only now may a list name it.");
  std::size_t first = show.end();
  if (Status s = until(sim::DiskOperation::Kind::kSyncDirectory); !s.ok()) return s;
  show.pace_since(first, 5);
  look(show, 3);

  show.chapter(
      "The new MANIFEST is renamed over the old one",
      "The rename is a change of the directory, and durable only when the directory is synced, a moment later. "
      "What if the power fails between the two?");
  first = show.end();
  const std::uint64_t operations = show.runner().trace().operation_count();
  if (Status s = show.run({"merge step"}); !s.ok()) return s;
  show.pace_since(first, 8);
  look(show, 3);
  show.predict(
      "The power fails between the rename and that fsync, and the rename is lost. What does the store hold afterwards?",
      {{"all its keys: the old list names the old segments",
        "The inputs are removed only after the new list is durable. Until then the old list and its files are "
        "whole."},
       {"only what the merge had not read", "A merge only reads its inputs: they are still there."},
       {"nothing: the MANIFEST is damaged",
        "The new list was written to a file of its own: the old one was never changed."}},
      0);

  show.chapter("The power fails in between",
               "Back to the moment behind the rename. It is lost: the old list is there, and so are the old segments.");
  first = show.end();
  // After the rename: the list has its name, but the directory is not synced.
  std::uint64_t rename = operations;
  std::uint64_t count = 0;
  for (std::size_t i = 0; i < show.end(); ++i) {
    const auto* operation = std::get_if<sim::DiskOperation>(&show.entry(i));
    if (operation == nullptr) continue;
    ++count;
    if (operation->kind == sim::DiskOperation::Kind::kRename) rename = count;
  }
  if (Status s = show.step({"crash", "lose-unsynced", "after", std::to_string(rename)}); !s.ok()) return s;
  show.pace_since(first, 5);
  look(show, 4);

  show.chapter("As if the merge had never been",
               "Recovery opens what the old list names, and removes the file that nobody names.");
  first = show.end();
  if (Status s = show.run({"recover"}); !s.ok()) return s;
  show.pace_since(first, 12);
  look(show, 4);

  show.chapter("And the merge can be done again", "Between any two steps it is before or after: never in between.");
  if (Status s = play(show, 14, {"merge 1..2", "get bee", "get ant"}); !s.ok()) return s;
  look(show, 6);
  return show.finish();
}

struct Show {
  ShowInfo info;
  Made (*make)();
};

constexpr Show kShows[] = {
    {{"first-append", "First append"}, first_append},
    {{"overwrite", "Overwrite and garbage"}, overwrite},
    {{"probe-chain", "Probe chain"}, probe_chain},
    {{"rotation", "Rotation"}, rotation},
    {{"lookup", "Lookup through four segments"}, lookup},
    {{"merge", "Merge"}, merge},
    {{"tombstone-too-early", "A tombstone too early"}, tombstone_too_early},
    {{"not-durable", "Written is not durable"}, not_durable},
    {{"torn-tail", "Torn tail"}, torn_tail},
    {{"crash-in-publish", "Crash during a merge's publish"}, crash_in_publish},
    {{"body-not-checked", "A value that is not checked"}, body_not_checked},
    {{"inputs-removed-first", "Inputs removed first"}, inputs_removed_first},
};

}  // namespace

const std::vector<ShowInfo>& shows() {
  static const std::vector<ShowInfo> all = [] {
    std::vector<ShowInfo> infos;
    for (const Show& show : kShows) infos.push_back(show.info);
    return infos;
  }();
  return all;
}

Made make_show(std::string_view name) {
  std::string names;
  for (const Show& show : kShows) {
    if (show.info.name == name) return show.make();
    names += (names.empty() ? "" : ", ") + std::string(show.info.name);
  }
  return Status::not_found("there is no show \"" + std::string(name) + "\"; there are: " + names);
}

}  // namespace sediment::viz
