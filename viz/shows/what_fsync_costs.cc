// What fsync costs: one for each write, one for many, or none.
#include <fmt/format.h>

#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_what_fsync_costs() {
  const std::string panel = "Counters";
  Story story("What an fsync costs", show_options(1024));
  story.open();
  story.chapter("Orders must not get lost",
                "Each order is a write. When it is answered with ok, it should be on the disk.");
  story.play(6, {"put no-1 tea"});
  story.look(6);
  story.predict("This order and four more must be durable before their ok. How many fsyncs?",
                {{"one, after the last order", "Then four orders were answered before they were durable."},
                 {"five: one for each order", "Each answer waits for an fsync of its own."},
                 {"ten: log and directory", "The name of the log is durable already. Only its bytes change."}},
                1);

  story.chapter("One fsync for each write", "The policy “every write” does just this. No order can get lost.", panel);
  story.play(
      22, {"sync", "put no-2 rice", "sync", "put no-3 salt", "sync", "put no-4 figs", "sync", "put no-5 oil", "sync"});
  story.look(6);
  story.chapter("Safe, but slow", "A real disk needs about a millisecond for an fsync. No clock runs in this picture.",
                panel);
  story.look(9);
  story.predict("Five customers order at the same moment. How few fsyncs are enough for all of them?",
                {{"none", "Then nothing has been moved to the disk when they get their ok."},
                 {"one", "An fsync covers everything that was written to the file before."},
                 {"five", "Five would be right if each order had to wait for the one before."}},
                1);

  story.chapter("One fsync for five writes",
                "This is group commit: writers that wait together share an fsync. Here one thread plays all five.",
                panel);
  story.play(18, {"put no-6 nuts", "put no-7 wine", "put no-8 milk", "put no-9 eggs", "put no-10 tea", "sync"});
  story.look(8);
  const Target shared = story.record("no-10");
  story.chapter("No fsync at all", "Under the policy “never”, ok comes at once. Here are two more orders.", panel);
  story.play(9, {"put no-11 rice", "put no-12 salt"});
  story.look(5);
  story.mark("The power will fail. Mark every order that is sure to survive.",
             {{"order 6", "The shared fsync came after it.", story.record("no-6")},
              {"order 10", "The shared fsync came after it.", shared},
              {"order 11", "No fsync came after it. It is in the cache only.", story.record("no-11")},
              {"order 12", "No fsync came after it. It is in the cache only.", story.record("no-12")}},
             {0, 1});

  story.chapter("The power fails", "Ten orders are on the disk. Two are lost, although they were answered with ok.");
  story.play(6, {"crash lose-unsynced"});
  story.look(7);
  story.chapter("The shop opens again", "“no-10” is there, “no-11” is not.");
  story.play(14, {"recover", "get no-10", "get no-11"});
  story.look(5);
  story.chapter("A new order in the cache", "It is not synced. Then the log is closed and a new one begins.");
  story.play(6, {"put no-13 figs"});
  story.look(5);
  const Target last = story.record("no-13");
  story.predict(
      "No one calls sync, but the log is sealed now. What becomes of order 13?",
      {{"it stays in the cache", "A sealed log counts as complete. It must not lose its end later.", last},
       {"it becomes durable", "Sealing a log includes an fsync, so a crash can only shorten the newest log.",
        Target::file(last.segment)},
       {"it moves into the new log", "A record stays in its log until a merge copies it.", Target::new_log()}},
      1);

  story.chapter("A sealed log is durable", "Even under the policy “never”, only the newest log can lose its end.",
                panel);
  story.play(14, {"roll"});
  story.look(6);
  story.learnt("Durability costs an fsync, and all writes that wait for the same one share its price.");
  return story.finish();
}

}  // namespace sediment::viz
