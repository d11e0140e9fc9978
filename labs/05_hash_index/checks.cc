// The checks of lab 5, which judge a hash index from outside: by what it returns and by what is in its slots.
#include <algorithm>
#include <array>
#include <set>

#include "engine/slot_table.h"
#include "labs/05_hash_index/operations.h"
#include "labs/grader/checks.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

namespace {

using Offsets = std::vector<std::uint64_t>;

struct Slots {
  std::vector<Slot> slots;
  bool in_order = false;
  std::size_t used() const {
    return static_cast<std::size_t>(std::count_if(slots.begin(), slots.end(), [](Slot slot) { return !slot.empty(); }));
  }
  bool hold(std::uint32_t tag, std::uint64_t offset) const {
    return std::find(slots.begin(), slots.end(), Slot::of(tag, offset)) != slots.end();
  }
};

struct Found {
  Offsets offsets;  // in order
  std::uint64_t visited = 0;
};

struct Inserted {
  bool grew = false;
  std::uint64_t size = 0;
  std::uint64_t capacity = 0;
};

std::string shown(std::uint32_t tag) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text = "0x00000000";
  for (std::size_t i = 0; i < 8; ++i) text[9 - i] = kDigits[tag >> (4 * i) & 15];
  return text;
}

std::string shown(const Offsets& offsets) {
  if (offsets.empty()) return "nothing";
  std::string text;
  for (const std::uint64_t offset : offsets) {
    text += (text.empty() ? "" : ", ") + std::to_string(offset);
    if (text.size() > 100) return text + ", ...";
  }
  return text;
}

/// Indexes in the student's process. Each call is a step of the check's story.
class Indexes {
 public:
  explicit Indexes(CheckRun& run) : run_(run), process_(run.build.with_addresses) {}

  void reserve(std::uint64_t index, std::uint64_t entries) {
    run_.step(of(index) + "reserve(" + std::to_string(entries) + ")");
    ask({static_cast<std::uint64_t>(IndexOperation::kReserve), index, entries}, [](MessageReader&) {});
  }
  Inserted insert(std::uint64_t index, std::uint32_t tag, std::uint64_t offset) {
    run_.step(of(index) + "insert(tag " + shown(tag) + ", byte " + std::to_string(offset) + ")");
    Inserted inserted;
    ask({static_cast<std::uint64_t>(IndexOperation::kInsert), index, tag, offset}, [&](MessageReader& answer) {
      inserted.grew = answer.flag();
      inserted.size = answer.number();
      inserted.capacity = answer.number();
    });
    return inserted;
  }
  Found find(std::uint64_t index, std::uint32_t tag) {
    run_.step(of(index) + "probe(tag " + shown(tag) + ") to its end");
    Found found;
    ask({static_cast<std::uint64_t>(IndexOperation::kFind), index, tag}, [&](MessageReader& answer) {
      found.visited = answer.number();
      std::uint64_t count = answer.number_up_to(kMostCandidates + 1);
      if (count > kMostCandidates) CheckRun::fail("the probe should end; it had returned 100,000 candidates");
      for (; count > 0; --count) found.offsets.push_back(answer.number());
    });
    std::sort(found.offsets.begin(), found.offsets.end());
    return found;
  }
  void must_find(std::uint64_t index, std::uint32_t tag, Offsets expected) {
    std::sort(expected.begin(), expected.end());
    const Found found = find(index, tag);
    if (found.offsets == expected) return;
    CheckRun::fail("the probe should return " + shown(expected) + "; yours returned " + shown(found.offsets));
  }
  void replace(std::uint64_t index, std::uint32_t tag, std::uint64_t from, std::uint64_t to) {
    run_.step(of(index) + "replace(the candidate at byte " + std::to_string(from) + " of tag " + shown(tag) +
              ", byte " + std::to_string(to) + ")");
    bool there = false;
    ask({static_cast<std::uint64_t>(IndexOperation::kReplace), index, tag, from, to},
        [&](MessageReader& answer) { there = answer.flag(); });
    if (!there)
      CheckRun::fail("a probe should return the candidate at byte " + std::to_string(from) + "; yours did not");
  }
  void prefetch(std::uint64_t index, std::uint32_t tag) {
    run_.step(of(index) + "prefetch(tag " + shown(tag) + ")");
    ask({static_cast<std::uint64_t>(IndexOperation::kPrefetch), index, tag}, [](MessageReader&) {});
  }
  Slots slots(std::uint64_t index) {
    Slots slots;
    ask({static_cast<std::uint64_t>(IndexOperation::kSlots), index}, [&](MessageReader& answer) {
      slots.in_order = answer.flag();
      for (std::uint64_t count = answer.number_up_to(kMostCandidates); count > 0; --count) {
        const bool used = answer.flag();
        const auto tag = static_cast<std::uint32_t>(answer.number_up_to(UINT32_MAX));
        const std::uint64_t offset = answer.number_up_to(kMaxSegmentSize);
        slots.slots.push_back(used ? Slot{tag, static_cast<std::uint32_t>(offset / kAlignment)} : Slot{});
      }
    });
    return slots;
  }
  void hold(std::uint64_t probe, std::uint64_t index, std::uint32_t tag) {
    run_.step(of(index) + "probe(tag " + shown(tag) + "), kept for later");
    ask({static_cast<std::uint64_t>(IndexOperation::kHold), probe, index, tag}, [](MessageReader&) {});
  }
  Offsets next_of(std::uint64_t probe) {
    run_.step("next() of the probe that was kept");
    Offsets offsets;
    ask({static_cast<std::uint64_t>(IndexOperation::kNext), probe}, [&](MessageReader& answer) {
      const bool there = answer.flag();
      const std::uint64_t offset = answer.number();
      if (there) offsets.push_back(offset);
    });
    return offsets;
  }
  void fit(std::uint64_t index, std::uint64_t other) {
    run_.step("index " + std::to_string(other) + " becomes index " + std::to_string(index) + ", fitted");
    ask({static_cast<std::uint64_t>(IndexOperation::kFit), index, other}, [](MessageReader&) {});
    run_.reached("fitted indexes");
  }

 private:
  static std::string of(std::uint64_t index) { return index == 0 ? "" : "index " + std::to_string(index) + ": "; }

  template <typename Read>
  void ask(std::initializer_list<std::uint64_t> numbers, Read read) {
    MessageWriter message;
    message.number(static_cast<std::uint64_t>(Request::kComponent));
    for (const std::uint64_t number : numbers) message.number(number);
    read_answer(process_, process_.ask(message.bytes()), read);
  }

  CheckRun& run_;
  StudentProcess process_;
};

std::uint32_t any_tag(CheckRun& run) { return static_cast<std::uint32_t>(run.random.next()); }
// Its home is far from the last slot, if the home is computed from the upper bits.
std::uint32_t any_low_tag(CheckRun& run) { return any_tag(run) / 2; }
std::uint64_t offset_of(std::uint64_t entry) { return kSegmentHeaderSize + entry * 40; }

// The smallest tag whose home is this slot, in a table of `capacity` slots.
std::uint32_t tag_with_home(std::uint64_t slot, std::uint64_t capacity) {
  return static_cast<std::uint32_t>(((slot << 32) + capacity - 1) / capacity);
}

void finds_nothing_when_empty(CheckRun& run) {
  Indexes indexes(run);
  for (const std::uint32_t tag : {0U, 7U, UINT32_MAX, any_tag(run)}) {
    indexes.prefetch(0, tag);
    indexes.must_find(0, tag, {});
    run.reached("probes without slots");
  }
}

void finds_what_was_inserted(CheckRun& run) {
  Indexes indexes(run);
  const std::uint32_t tag = any_low_tag(run);
  indexes.reserve(0, 8);
  indexes.insert(0, tag, 64);
  indexes.must_find(0, tag, {64});
  indexes.must_find(0, tag ^ 1, {});
  indexes.must_find(0, ~tag, {});
}

void keeps_entries_with_one_tag(CheckRun& run) {
  Indexes indexes(run);
  const std::uint32_t tag = any_low_tag(run);
  indexes.reserve(0, 8);
  indexes.insert(0, tag, 64);
  indexes.insert(0, tag, 104);
  const Slots slots = indexes.slots(0);
  for (const std::uint64_t offset : {64U, 104U}) {
    if (!slots.hold(tag, offset)) {
      CheckRun::fail("both entries should have a slot; there is none with byte " + std::to_string(offset));
    }
  }
  run.reached("equal tags");
}

void returns_each_entry_of_a_tag(CheckRun& run) {
  for (int round = 0; round < 8; ++round) {
    run.begin_story();
    Indexes indexes(run);
    const std::uint32_t tag = any_low_tag(run);
    indexes.reserve(0, 16);
    Offsets all;
    for (std::uint64_t entry = 0; entry < 3; ++entry) {
      indexes.insert(0, tag, offset_of(entry));
      all.push_back(offset_of(entry));
    }
    indexes.must_find(0, tag, all);
    run.reached("equal tags", 3);
  }
}

// Slots that lie next to each other, away from the end of the table.
void finds_entries_away_from_home(CheckRun& run) {
  for (int round = 0; round < 8; ++round) {
    run.begin_story();
    Indexes indexes(run);
    indexes.reserve(0, 24);
    const std::uint64_t capacity = indexes.slots(0).slots.size();
    if (capacity < 24) CheckRun::fail("reserve(24) should make room for 24 entries");
    const std::uint32_t first = tag_with_home(run.random.below(capacity / 2), capacity);
    std::vector<std::uint32_t> tags;
    // Different tags with one home, whichever way the home is computed from the tag: by its upper bits or its lower.
    for (std::uint32_t i = 0; i < 5; ++i) tags.push_back(first + i * static_cast<std::uint32_t>(capacity));
    for (std::size_t i = 0; i < tags.size(); ++i) indexes.insert(0, tags[i], offset_of(i));
    for (std::size_t i = tags.size(); i-- > 0;) indexes.must_find(0, tags[i], {offset_of(i)});
    run.reached("entries away from home", tags.size() - 1);
  }
}

void continues_at_the_first_slot(CheckRun& run) {
  Indexes indexes(run);
  indexes.reserve(0, 12);
  const std::uint64_t capacity = indexes.slots(0).slots.size();
  // The last slot is home to the largest tags or, with tag % capacity, to those one below a multiple of the capacity.
  const auto most = static_cast<std::uint32_t>((std::uint64_t{1} << 32) / capacity * capacity - 1);
  std::vector<std::uint32_t> tags;
  for (std::uint32_t i = 0; i < 4; ++i) tags.push_back(most - i * static_cast<std::uint32_t>(capacity));
  tags.push_back(UINT32_MAX);
  for (std::size_t i = 0; i < tags.size(); ++i) {
    if (std::find(tags.begin(), tags.begin() + static_cast<std::ptrdiff_t>(i), tags[i]) !=
        tags.begin() + static_cast<std::ptrdiff_t>(i)) {
      continue;
    }
    indexes.insert(0, tags[i], offset_of(i));
  }
  run.reached("entries at home in the last slot", 4);
  for (std::size_t i = 0; i + 1 < tags.size(); ++i) {
    const Found found = indexes.find(0, tags[i]);
    if (std::find(found.offsets.begin(), found.offsets.end(), offset_of(i)) == found.offsets.end()) {
      CheckRun::fail("the probe should return byte " + std::to_string(offset_of(i)) + "; yours returned " +
                     shown(found.offsets));
    }
  }
}

void keeps_the_entry_that_grows_the_table(CheckRun& run) {
  Indexes indexes(run);
  const std::uint32_t odd = any_tag(run) | 1;  // multiples of an odd number are all different
  for (std::uint32_t i = 0; i < 200; ++i) {
    const Inserted inserted = indexes.insert(0, i * odd, offset_of(i));
    indexes.must_find(0, i * odd, {offset_of(i)});
    if (inserted.size != i + 1) {
      CheckRun::fail("size() should be " + std::to_string(i + 1) + "; yours is " + std::to_string(inserted.size));
    }
    if (inserted.grew) run.reached("growths");
  }
}

void finds_all_after_growth(CheckRun& run) {
  Indexes indexes(run);
  const std::uint32_t odd = any_tag(run) | 1;
  for (std::uint32_t i = 0; i < 400; ++i) {
    if (!indexes.insert(0, i * odd, offset_of(i)).grew) continue;
    run.reached("growths");
    for (std::uint32_t j = 0; j <= i; ++j) indexes.must_find(0, j * odd, {offset_of(j)});
  }
}

void must_have_a_quarter_empty(const Slots& slots) {
  if (slots.used() * 4 <= slots.slots.size() * 3) return;
  CheckRun::fail("at most 3/4 of the slots should be used; yours uses " + std::to_string(slots.used()) + " of " +
                 std::to_string(slots.slots.size()));
}

void leaves_a_quarter_empty(CheckRun& run) {
  Indexes indexes(run);
  const std::uint32_t odd = any_tag(run) | 1;
  std::uint64_t capacity_before = 0;
  for (std::uint32_t i = 0; i < 300; ++i) {
    const Inserted inserted = indexes.insert(0, i * odd, offset_of(i));
    const Slots slots = indexes.slots(0);
    must_have_a_quarter_empty(slots);
    if (slots.used() != i + 1) {
      CheckRun::fail("there should be " + std::to_string(i + 1) + " entries; " + std::to_string(slots.used()) + " of " +
                     std::to_string(slots.slots.size()) + " slots are used");
    }
    if (inserted.grew != (inserted.capacity != capacity_before)) {
      CheckRun::fail(std::string("insert() should return whether the table grew; yours returned ") +
                     (inserted.grew ? "true" : "false"));
    }
    if (inserted.grew) run.reached("growths");
    capacity_before = inserted.capacity;
    indexes.must_find(0, 300 * odd + i * odd, {});
    run.reached("misses");
  }
  for (std::uint64_t entries = 1; entries < 12; ++entries) {  // tables of sizes that four does not divide
    run.begin_story();
    indexes.reserve(entries, entries);
    for (std::uint32_t i = 0; i < entries + 3; ++i) {
      indexes.insert(entries, i * odd, offset_of(i));
      must_have_a_quarter_empty(indexes.slots(entries));
    }
    run.reached("reserved tables");
  }
}

void keeps_large_offsets(CheckRun& run) {
  Indexes indexes(run);
  Offsets offsets{kAlignment, kMaxSegmentSize - kAlignment, std::uint64_t{20} << 30, std::uint64_t{1} << 32,
                  (std::uint64_t{1} << 32) - kAlignment};
  for (int i = 0; i < 20; ++i) offsets.push_back((run.random.below(kMaxSegmentSize / kAlignment - 1) + 1) * kAlignment);
  const std::uint32_t odd = any_tag(run) | 1;
  for (std::uint32_t i = 0; i < offsets.size(); ++i) indexes.insert(0, i * odd, offsets[i]);
  for (std::uint32_t i = 0; i < offsets.size(); ++i) {
    indexes.must_find(0, i * odd, {offsets[i]});
    if (offsets[i] > UINT32_MAX) run.reached("offsets of 4 GiB or more");
  }
}

void keeps_a_probe_valid_while_it_grows(CheckRun& run) {
  for (int round = 0; round < 4; ++round) {
    run.begin_story();
    Indexes indexes(run);
    const std::uint32_t odd = any_tag(run) | 1;
    Offsets expected;
    for (std::uint32_t i = 0; i < 3; ++i) {
      indexes.insert(0, 5 * odd, offset_of(i));
      expected.push_back(offset_of(i));
    }
    indexes.hold(0, 0, 5 * odd);
    for (std::uint32_t i = 0; i < 100; ++i) {
      if (indexes.insert(0, (100 + i) * odd, offset_of(100 + i)).grew) run.reached("growths under a probe");
    }
    Offsets seen;
    for (int i = 0; i < 4; ++i) {
      const Offsets one = indexes.next_of(0);
      seen.insert(seen.end(), one.begin(), one.end());
    }
    std::sort(seen.begin(), seen.end());
    if (seen != expected) {
      CheckRun::fail("the probe that was kept should return " + shown(expected) + "; yours returned " + shown(seen));
    }
  }
}

void replaces_one_entry(CheckRun& run) {
  Indexes indexes(run);
  const std::uint32_t tag = any_tag(run);
  for (std::uint64_t i = 0; i < 4; ++i) indexes.insert(0, tag, offset_of(i));
  indexes.insert(0, ~tag, offset_of(9));
  indexes.replace(0, tag, offset_of(2), offset_of(20));
  indexes.must_find(0, tag, {offset_of(0), offset_of(1), offset_of(3), offset_of(20)});
  indexes.must_find(0, ~tag, {offset_of(9)});
  indexes.replace(0, tag, offset_of(20), offset_of(21));
  indexes.must_find(0, tag, {offset_of(0), offset_of(1), offset_of(3), offset_of(21)});
  run.reached("replacements", 2);
}

void works_on_fitted_tables(CheckRun& run) {
  Indexes indexes(run);
  const std::uint32_t odd = any_tag(run) | 1;
  for (std::uint32_t i = 0; i < 60; ++i) indexes.insert(0, i / 2 * odd, offset_of(i));  // two entries a tag
  indexes.fit(0, 1);
  for (std::uint32_t i = 0; i < 30; ++i) indexes.must_find(1, i * odd, {offset_of(2ULL * i), offset_of(2ULL * i + 1)});
  for (std::uint32_t i = 30; i < 60; ++i) indexes.must_find(1, i * odd, {});
  indexes.insert(1, 30 * odd, offset_of(100));
  for (std::uint32_t i = 0; i < 30; ++i) indexes.must_find(1, i * odd, {offset_of(2ULL * i), offset_of(2ULL * i + 1)});
  indexes.must_find(1, 30 * odd, {offset_of(100)});
  for (std::uint64_t entries = 0; entries < 9; ++entries) {
    run.begin_story();
    const std::uint64_t before = 10 + 2 * entries;
    const std::uint64_t after = before + 1;
    for (std::uint32_t i = 0; i < entries; ++i) indexes.insert(before, i * odd, offset_of(i));
    indexes.fit(before, after);
    indexes.must_find(after, 20 * odd, {});
    indexes.insert(after, 20 * odd, offset_of(20));
    if (indexes.slots(after).in_order) {
      CheckRun::fail("after an insert, the table should be an ordinary one; yours says that it is in order");
    }
    for (std::uint32_t i = 0; i < entries; ++i) indexes.must_find(after, i * odd, {offset_of(i)});
    indexes.must_find(after, 20 * odd, {offset_of(20)});
  }
}

void keeps_two_indexes_apart(CheckRun& run) {
  Indexes indexes(run);
  std::array<std::multimap<std::uint32_t, std::uint64_t>, 2> model;
  const auto expected = [&](std::size_t index, std::uint32_t tag) {
    Offsets offsets;
    for (auto [at, end] = model[index].equal_range(tag); at != end; ++at) offsets.push_back(at->second);
    return offsets;
  };
  const std::uint32_t odd = any_tag(run) | 1;
  for (std::uint64_t i = 0; i < 1200; ++i) {
    const std::size_t index = i % 2;
    const std::uint32_t tag = static_cast<std::uint32_t>(run.random.below(150)) * odd;
    switch (run.random.below(4)) {
      case 0:
      case 1:
        indexes.insert(index, tag, offset_of(i));
        model[index].emplace(tag, offset_of(i));
        break;
      case 2: indexes.must_find(index, tag, expected(index, tag)); break;
      case 3: {
        const auto entry = model[index].find(tag);
        if (entry == model[index].end()) break;
        indexes.replace(index, tag, entry->second, offset_of(i));
        entry->second = offset_of(i);
        run.reached("replacements");
        break;
      }
    }
  }
  for (std::size_t index = 0; index < 2; ++index) {
    for (std::uint32_t i = 0; i < 150; ++i) indexes.must_find(index, i * odd, expected(index, i * odd));
  }
  run.reached("entries", model[0].size() + model[1].size());
}

// Why a check has seen no growth.
constexpr const char* kNeverGrew = "insert() should return true when the table grows; yours never did";

}  // namespace

std::vector<Check> hash_index_checks() {
  return {
      {"L5.1", {}, {}, 0, finds_nothing_when_empty, {"probes without slots"}},
      {"L5.2", {}, {}, 0, finds_what_was_inserted},
      {"L5.3", {}, {}, 0, keeps_entries_with_one_tag, {"equal tags"}},
      {"L5.4", {}, {}, 0, returns_each_entry_of_a_tag, {"equal tags"}},
      {"L5.5", {}, {}, 0, finds_entries_away_from_home, {"entries away from home"}},
      {"L5.6", {}, {}, 0, continues_at_the_first_slot, {"entries at home in the last slot"}},
      {"L5.7", {}, {}, 0, keeps_the_entry_that_grows_the_table, {"growths"}, false, kNeverGrew},
      {"L5.8", {}, {}, 0, finds_all_after_growth, {"growths"}, false, kNeverGrew},
      {"L5.9", {}, {}, 0, leaves_a_quarter_empty, {"growths", "misses", "reserved tables"}},
      {"L5.10", {}, {}, 0, keeps_large_offsets, {"offsets of 4 GiB or more"}},
      {"L5.11", {}, {}, 0, keeps_a_probe_valid_while_it_grows, {"growths under a probe"}, false, kNeverGrew},
      {"L5.12", {}, {}, 0, replaces_one_entry, {"replacements"}},
      {"L5.13", {}, {}, 0, works_on_fitted_tables, {"fitted indexes"}},
      {"L5.14", {}, {}, 0, keeps_two_indexes_apart, {"replacements", "entries"}},
      {"L5.15", {}, {}, 0, runs_in_a_store, {"reopens", "merges", "gets"}, true},
      {"L5.16", {}, {}, 0, survives_crashes, {"crash points", "audited disks"}, true},
      {"L5.17", {}, {}, 0, [](CheckRun& run) { breaks(run, "equal_tag_overwrites"); }, {"wrong solutions that fail"}},
      {"L5.18",
       {},
       {},
       0,
       [](CheckRun& run) { breaks(run, "growth_copies_slot_numbers"); },
       {"wrong solutions that fail"}},
  };
}

}  // namespace sediment::labs
