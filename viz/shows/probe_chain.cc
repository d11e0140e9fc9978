// Probe chain: how the index finds a key, and how it knows that a key is not there.
#include <fmt/format.h>

#include <algorithm>

#include "engine/hash_index.h"
#include "viz/shows/all_shows.h"

namespace sediment::viz {

namespace {

constexpr std::size_t kSlots = 8;  // in an index's first table
// All have the same home in the first table, and the third has another one in a table of twice the size. The fourth is
// never put.
const std::vector<std::string> kKeys = {"rice", "kiwi", "fir", "oak"};

std::size_t home_of(const std::string& key, std::size_t slots) {
  return (std::uint64_t{hash_key(key).tag} * slots) >> 32;
}

}  // namespace

Made make_probe_chain() {
  const std::string panel = "Index";
  Story story("Probe chain", show_options(1024));
  const std::size_t home = home_of(kKeys[0], kSlots);
  const bool fit =
      std::all_of(kKeys.begin(), kKeys.end(), [&](const auto& key) { return home_of(key, kSlots) == home; });
  if (!fit) return Status::invalid_argument("the keys of the show have different homes");
  story.open();
  story.chapter("A table of eight slots",
                "The index is a hash table in memory. A key's hash, scaled to the eight slots, gives its home slot.",
                panel);
  story.play(8, {{"put", kKeys[0], "1"}});
  story.look(7);
  const auto slot = [&](std::size_t steps) { return Target::slot(story.active(), (home + steps) % kSlots); };
  story.predict(
      fmt::format("“{}” has the same home slot as “{}”. Where will it go?", kKeys[1], kKeys[0]),
      {{"into the home slot", fmt::format("Then “{}” could no longer be found.", kKeys[0]), slot(0)},
       {"into the next free slot", "This is linear probing: one slot after another, until one is free.", slot(1)},
       {"into the last slot of the table",
        "No rule would lead a search there. The next slot is also in the same cache line.", slot(kSlots - 1)}},
      1);

  story.chapter("Two keys, one home", fmt::format("“{}” takes the first free slot from its home on.", kKeys[1]), panel);
  story.play(7, {{"put", kKeys[1], "2"}});
  story.look(4);
  story.chapter(
      "A third key of this home",
      fmt::format("“{}” has it, too. The used slots from a home to the next empty slot are a chain.", kKeys[2]), panel);
  story.play(7, {{"put", kKeys[2], "3"}});
  story.look(4);
  story.predict(fmt::format("“get {}” comes next. How many slots does the search look at?", kKeys[2]),
                {{"one", fmt::format("Its home slot is taken by “{}”. The search has to go on.", kKeys[0])},
                 {"eight", "The search begins at the home slot and stops as soon as the key is found."},
                 {"three", "The home slot, the next one, and the one where the key stands."}},
                2);

  story.chapter("A search walks the chain", "It begins at the home slot and tries slot after slot.", panel);
  story.play(9, {{"get", kKeys[2]}});
  story.look(6);
  story.predict(
      fmt::format("“{}” has this home too, and was never put. Where does its search end?", kKeys[3]),
      {{"at its home slot", "The home slot holds another key. The key could still be further on.", slot(0)},
       {fmt::format("at the slot of “{}”", kKeys[2]), "That slot is taken, so the chain may go on after it.", slot(2)},
       {"at the first empty slot", "The key would have been put here. After an empty slot there is nothing to find.",
        slot(3)}},
      2);

  story.chapter("An empty slot ends the search",
                fmt::format("The search for “{}” follows the chain to its end.", kKeys[3]), panel);
  story.play(9, {{"get", kKeys[3]}});
  story.look(3);
  story.chapter("Not found",
                fmt::format("“{}” is not in the store. The index alone said so: no record was read.", kKeys[3]), panel);
  story.look(6);
  story.chapter("Six of eight", "With three more keys, six of the eight slots are taken: three quarters.", panel);
  story.play(9, {"put gold 1", "put iron 2", "put lead 3"});
  story.look(5);
  story.predict("“put zinc 4” would take a seventh slot. What will the table do?",
                {{"take it: one slot is left", "Long chains make every search slow before the table is full."},
                 {"grow to 16 slots first", "At most three quarters of the slots are used, so that chains stay short."},
                 {"refuse the key", "The table is in memory and can be replaced by a larger one."}},
                1);

  story.chapter("The table grows before it is full",
                fmt::format("In the larger table each key gets a new home. Watch “{}”.", kKeys[2]), panel);
  story.play(11, {"put zinc 4"});
  story.look(7);
  story.chapter("Shorter chains",
                fmt::format("Chains have broken up. “{}” is in its home slot now, so one look is enough.", kKeys[2]),
                panel);
  story.play(8, {{"get", kKeys[2]}});
  story.look(5);
  story.learnt("A search begins at the key's home slot and ends at the key or at the first empty slot.");
  return story.finish();
}

}  // namespace sediment::viz
