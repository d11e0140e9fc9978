// What fsync costs: one for each write, one for many, or none.
#include <fmt/format.h>

#include "viz/shows/all_shows.h"

namespace sediment::viz {

Made make_what_fsync_costs() {
  const std::string panel = "Counters";
  Story story("What an fsync costs", show_options(1024));
  story.open();
  story.chapter(
      "Orders must not get lost",
      "Each order is a write. Before its ok it should be durable: on the disk, where a power cut cannot take it.");
  story.play(6, {"put #1 tea"});
  story.look(6);
  story.chapter(
      "What an fsync does",
      "A write goes into the cache. An fsync of the file makes everything durable that was written to it before.");
  story.look(7);
  story.predict(
      "Five orders come, and each must be durable before the next one is taken. How many fsyncs?",
      {{"one, after the last order", "Then the next order was taken before this one was durable."},
       {"five: one for each order", "Each order waits for an fsync of its own."},
       {"ten: for the file and for the directory", "The name of the file is durable already. Only its bytes change."}},
      1);

  story.chapter("One fsync for each write",
                "The policy “every write” calls fsync before each ok. Here the steps “sync” do the same.", panel);
  story.play(22, {"sync", "put #2 rice", "sync", "put #3 salt", "sync", "put #4 figs", "sync", "put #5 oil", "sync"});
  story.look(6);
  story.chapter("Safe, but slow", "A real disk needs about a millisecond for an fsync. No clock runs in this picture.",
                panel);
  story.look(9);
  story.predict("Five customers order at the same moment. How few fsyncs make all five orders durable?",
                {{"one", "An fsync covers everything that was written to the file before."},
                 {"five", "Five would be right if each order had to wait for the one before."},
                 {"none", "Then nothing has been moved to the disk when they get their ok."}},
                0);

  story.chapter("One fsync for five writes",
                "Still “every write”: five writers wait together and share an fsync. This is called group commit.",
                panel);
  story.play(18, {"put #6 nuts", "put #7 wine", "put #8 milk", "put #9 eggs", "put #10 tea", "sync"});
  story.look(8);
  const Target shared = story.record("#10");
  story.chapter("No fsync at all",
                "Now the policy “never”: each ok comes at once, without an fsync. Two more orders come.", panel);
  story.play(9, {"put #11 rice", "put #12 salt"});
  story.look(5);
  story.mark("The power will fail. Mark every order that is sure to survive; it may be none.",
             {{"the nuts, #6", "The shared fsync came after it.", story.record("#6")},
              {"the tea, #10", "The shared fsync came after it.", shared},
              {"the rice, #11", "No fsync came after it. It is in the cache only.", story.record("#11")},
              {"the salt, #12", "No fsync came after it. It is in the cache only.", story.record("#12")}},
             {0, 1});

  story.chapter("The power fails", "Now the power fails: watch the first two floors.");
  story.play(6, {"crash lose-unsynced"});
  story.look(2);
  story.chapter("Ten orders are left", "They are on the disk. Two are lost, although they were answered with ok.");
  story.look(6);
  story.chapter(
      "The shop opens again",
      "The next start copies the ten records into a new segment, a file of the log, and deletes the old one.");
  story.play(10, {"recover"});
  story.look(2);
  story.chapter("“#10” and “#11”", "The tea was synced, the rice was not.");
  story.play(7, {"get #10", "get #11"});
  story.look(4);
  story.chapter("A new order", "“#13” is written under “never”: watch the cache.");
  story.play(6, {"put #13 figs"});
  story.look(3);
  story.chapter("The segment is sealed next", "A sealed segment takes no more writes, and a new one begins.");
  story.look(6);
  story.predict("The segment is sealed, and sync is not called. What happens to “#13”?",
                {{"it stays in the cache", "A sealed segment counts as complete. It must not lose its end later."},
                 {"it becomes durable", "Sealing includes an fsync, so only the newest segment can lose its end."},
                 {"it moves into the new segment", "A record stays in its segment until a merge copies it."}},
                1);

  story.chapter("A sealed segment is durable",
                "Sealing includes an fsync. So even under “never”, only the newest segment can lose its end.", panel);
  story.play(14, {"roll"});
  story.look(5);
  story.learnt("Durability costs an fsync, and all writes that wait for the same one share its price.");
  return story.finish();
}

}  // namespace sediment::viz
