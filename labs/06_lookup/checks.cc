// The checks of lab 6. Segments are written as a check describes them, keys are looked up in the student's process, and
// the answers are compared with those of a model. Then the same in a store.
#include <array>
#include <memory>
#include <utility>

#include "engine/format.h"
#include "engine/lookup.h"
#include "labs/06_lookup/operations.h"
#include "labs/grader/checks.h"
#include "labs/grader/disk_server.h"
#include "labs/wire/store_messages.h"
#include "sim/disk/sim_disk.h"

namespace sediment::labs {

namespace {

struct Entry {
  std::string key;
  std::string value;
  bool tombstone = false;
};
using Entries = std::vector<Entry>;

Entry put(std::string key, std::string value) { return {std::move(key), std::move(value)}; }
Entry tombstone(std::string key) { return {std::move(key), "", true}; }

// A key or a value as a story shows it: a zero byte as \0.
std::string printed(const std::string& text) {
  std::string shown;
  for (const char byte : text) shown += byte == '\0' ? std::string("\\0") : std::string(1, byte);
  return shown.empty() ? "\"\"" : shown;
}

std::string shown(const Entry& entry) {
  if (entry.tombstone) return "remove " + printed(entry.key);
  return "put " + printed(entry.key) + "=" + printed(entry.value);
}

std::string shown(const Entries& entries) {
  std::string text;
  for (const Entry& entry : entries) text += (text.empty() ? "" : ", ") + shown(entry);
  return text.empty() ? "no record" : text;
}

/// Segments in the student's process, and a model of them. Each call is a step of the check's story.
class Lookups {
 public:
  explicit Lookups(CheckRun& run) : run_(run), process_(run.build.with_addresses) { run.begin_story(); }

  /// From now on this is the newest segment.
  void segment(std::uint64_t number, const Entries& entries) {
    const std::string name = segment_file_name(SegmentNumber{number});
    run_.step(name + (segments_.empty() ? ": " : ", newer: ") + shown(entries));
    MessageWriter message = request(LookupOperation::kSegment);
    message.number(number).number(entries.size());
    for (const Entry& entry : entries) {
      message.number(static_cast<std::uint64_t>(entry.tombstone ? RecordType::kTombstone : RecordType::kPut))
          .text(entry.key)
          .text(entry.value);
    }
    ask(message, [](MessageReader&) {});
    segments_.push_back({name, entries});
  }

  /// Looks the key up in all segments but the newest `skip`, and compares with what the model finds.
  void find(const std::string& key, std::size_t skip = 0) {
    const Answer answer = look_up(key, skip);
    const Entry* expected = model(key, skip);
    const bool same = expected == nullptr ? answer.found == Found::kNothing
                                          : answer.found == (expected->tombstone ? Found::kTombstone : Found::kValue) &&
                                                answer.key == key && answer.value == expected->value;
    if (same) {
      run_.reached(expected == nullptr ? "keys not found" : "keys found");
      return;
    }
    CheckRun::fail("the lookup should find " +
                   (expected == nullptr   ? "nothing"
                    : expected->tombstone ? "the tombstone of " + printed(key)
                                          : "the value " + printed(expected->value)) +
                   "; yours " + shown(answer));
  }

  /// The same, but the lookup should fail in this way.
  void must_fail(const std::string& key, StatusCode code) {
    const Answer answer = look_up(key, 0);
    if (answer.found == Found::kFailure && answer.failure.is(code)) {
      run_.reached("failures");
      return;
    }
    CheckRun::fail("the lookup should fail: " + std::string(describe(code)) + "; yours " + shown(answer));
  }

  /// Asks for a prefetch. `expected`: how many of the newest segments do not have the key.
  void prefetch(const std::string& key, std::size_t expected) {
    run_.step("prefetch_record for " + printed(key));
    std::uint64_t returned = 0;
    ask(request(LookupOperation::kPrefetch).text(key), [&](MessageReader& answer) { returned = answer.number(); });
    if (returned != expected) {
      CheckRun::fail("it should return " + std::to_string(expected) + "; yours returned " + std::to_string(returned));
    }
    run_.reached("prefetches");
  }

  /// Flips a bit of a record: of the n-th in this segment. Segments are counted from 0, the oldest.
  void damage(std::size_t segment, std::size_t record, std::uint64_t byte, std::uint64_t bit) {
    run_.step("flip bit " + std::to_string(bit) + " of byte " + std::to_string(byte) + " of the record " +
              shown(segments_[segment].entries[record]) + " in " + segments_[segment].name);
    flip(segment, record, byte, bit);
  }
  /// The bit is as it was.
  void repair(std::size_t segment, std::size_t record, std::uint64_t byte, std::uint64_t bit) {
    flip(segment, record, byte, bit);
    run_.story.pop_back();  // the lookup
    run_.story.pop_back();  // the damage
  }

  static std::uint64_t size_of(const Entry& entry) { return record_size(entry.key.size(), entry.value.size()); }

  void fail_read(std::uint64_t n) {
    run_.step("read " + std::to_string(n) + " from now on fails");
    disk_->fail(sim::CallFault{.call = sim::CallFault::Call::kRead, .n = n});
  }
  void heal() {
    run_.step("reads work again");
    disk_->heal();
  }

 private:
  struct Answer {
    Found found = Found::kNothing;
    std::string key;
    std::string value;
    Status failure;
  };
  struct SegmentModel {
    std::string name;
    Entries entries;
  };

  static MessageWriter request(LookupOperation what) {
    MessageWriter message;
    message.number(static_cast<std::uint64_t>(Request::kComponent)).number(static_cast<std::uint64_t>(what));
    return message;
  }

  template <typename Read>
  void ask(const MessageWriter& message, Read read) {
    read_answer(process_, process_.ask(message.bytes(), [&](std::string_view call) { return server_.serve(call); }),
                read);
  }

  Answer look_up(const std::string& key, std::size_t skip) {
    run_.step("look " + printed(key) + " up" + (skip == 0 ? "" : ", except in the newest " + std::to_string(skip)));
    Answer answer;
    ask(request(LookupOperation::kFind).number(skip).text(key), [&](MessageReader& reader) {
      answer.found = static_cast<Found>(reader.number_up_to(static_cast<std::uint64_t>(Found::kFailure)));
      if (answer.found == Found::kValue || answer.found == Found::kTombstone) {
        answer.key = reader.text();
        answer.value = reader.text();
      }
      if (answer.found == Found::kFailure) answer.failure = read_status(&reader);
    });
    return answer;
  }

  static std::string shown(const Answer& answer) {
    switch (answer.found) {
      case Found::kNothing: return "found nothing";
      case Found::kFailure:
        if (answer.failure.ok()) return "returned kFailure, but lookup->failure is ok";
        return "failed: " + answer.failure.to_string();
      case Found::kTombstone: return "found the tombstone of " + printed(answer.key);
      case Found::kValue: break;
    }
    return "found the value " + printed(answer.value) + " of " + printed(answer.key);
  }
  static std::string shown(const Entry& entry) { return labs::shown(entry); }
  static std::string shown(const Entries& entries) { return labs::shown(entries); }

  // The record that counts; null if there is none.
  const Entry* model(const std::string& key, std::size_t skip) const {
    for (std::size_t i = segments_.size() - skip; i-- > 0;) {
      const Entries& entries = segments_[i].entries;
      for (std::size_t j = entries.size(); j-- > 0;) {
        if (entries[j].key == key) return &entries[j];
      }
    }
    return nullptr;
  }

  void flip(std::size_t segment, std::size_t record, std::uint64_t byte, std::uint64_t bit) {
    std::uint64_t offset = kSegmentHeaderSize + byte;
    for (std::size_t i = 0; i < record; ++i) offset += size_of(segments_[segment].entries[i]);
    ask(request(LookupOperation::kDamage).number(segment).number(offset).number(bit), [](MessageReader&) {});
  }

  CheckRun& run_;
  StudentProcess process_;
  std::shared_ptr<sim::SimDisk> disk_ = std::make_shared<sim::SimDisk>();
  DiskServer server_{disk_};
  std::vector<SegmentModel> segments_;
};

// Short, because people read it.
std::string any_value(CheckRun& run) { return std::to_string(run.random.below(1000)); }

// Keys with equal tags: README.md names the first two. The others are alike in as much as possible.
const std::string kCarpooled = "carpooled";
const std::string kReformat = "reformat";
struct Pair {
  std::string first;
  std::string second;
};
const std::array<Pair, 6> kAlike{{{"gumogi", "posede"},
                                  {"mumila", "rikati"},
                                  {"forela", "funena"},
                                  {"customers/europe/polugi", "customers/europe/detaha"},
                                  {"biga", "bigapopaduka"},
                                  {std::string("ab\0berubi", 9), std::string("ab\0bohifu", 9)}}};

void finds_a_key(CheckRun& run) {
  {
    Lookups lookups(run);
    lookups.find("a");
  }
  Lookups lookups(run);
  lookups.segment(1, {put("a", any_value(run)), put("b", any_value(run)), put("c", any_value(run))});
  for (const char* key : {"a", "b", "c", "d", "aa"}) lookups.find(key);
  lookups.find("");
}

void finds_a_tombstone(CheckRun& run) {
  Lookups lookups(run);
  lookups.segment(1, {put("a", any_value(run)), tombstone("b"), put("c", any_value(run)), tombstone("c")});
  for (const char* key : {"b", "c", "a"}) lookups.find(key);
}

void finds_what_is_empty(CheckRun& run) {
  {
    Lookups lookups(run);
    lookups.segment(1, {put("", "")});
    lookups.find("");
  }
  Lookups lookups(run);
  lookups.segment(1, {put("a", any_value(run)), put("b", ""), put("", any_value(run))});
  lookups.find("b");
  lookups.find("");
}

void tells_equal_tags_apart(CheckRun& run) {
  for (const auto& [first, second] : {std::pair(kCarpooled, kReformat), std::pair(kReformat, kCarpooled)}) {
    {
      Lookups lookups(run);
      lookups.segment(1, {put(first, any_value(run))});
      lookups.find(second);
      lookups.find(first);
    }
    {
      Lookups lookups(run);
      lookups.segment(1, {put(first, any_value(run)), put(second, any_value(run)), put("a", any_value(run))});
      lookups.find(first);
      lookups.find(second);
    }
    Lookups lookups(run);
    lookups.segment(1, {put(first, any_value(run)), tombstone(second)});
    lookups.find(first);
    lookups.find(second);
    run.reached("equal tags", 2);
  }
}

void compares_whole_keys(CheckRun& run) {
  for (const auto& [first, second] : kAlike) {
    require(hash_key(first).tag == hash_key(second).tag, "the keys of a pair have one tag");
    for (const auto& [there, other] : {std::pair(first, second), std::pair(second, first)}) {
      Lookups lookups(run);
      lookups.segment(1, {put(there, any_value(run))});
      lookups.find(other);
      lookups.find(there);
      run.reached("equal tags");
    }
  }
}

void goes_on_to_older_segments(CheckRun& run) {
  {
    Lookups lookups(run);
    lookups.segment(1, {put("a", any_value(run))});
    lookups.segment(2, {put("b", any_value(run))});
    lookups.segment(3, {put("c", any_value(run))});
    lookups.segment(4, {});
    for (const char* key : {"a", "b", "c", "d"}) lookups.find(key);
  }
  Lookups lookups(run);
  lookups.segment(1, {put(kCarpooled, any_value(run))});
  lookups.segment(2, {put(kReformat, any_value(run))});
  lookups.find(kCarpooled);
  lookups.find(kReformat);
}

void takes_the_newest(CheckRun& run) {
  {
    Lookups lookups(run);
    for (std::uint64_t number = 1; number <= 4; ++number) {
      lookups.find("a");
      lookups.segment(number, {put("a", "v" + std::to_string(number)), put("b", any_value(run))});
      lookups.find("a");
    }
  }
  // A merge makes a segment whose number is larger than those of newer ones.
  Lookups lookups(run);
  lookups.segment(9, {put("a", "old"), put("b", any_value(run))});
  lookups.segment(5, {put("a", "new")});
  lookups.segment(7, {put("c", any_value(run))});
  for (const char* key : {"a", "b", "c"}) lookups.find(key);
}

void stops_at_a_tombstone(CheckRun& run) {
  Lookups lookups(run);
  lookups.segment(1, {put("a", any_value(run)), put("b", any_value(run))});
  lookups.segment(2, {tombstone("a")});
  lookups.find("a");
  lookups.segment(3, {put("c", any_value(run))});
  lookups.find("a");
  lookups.segment(4, {put("a", any_value(run)), tombstone("b")});
  for (const char* key : {"a", "b", "c"}) lookups.find(key);
}

void skips_the_newest(CheckRun& run) {
  Lookups lookups(run);
  constexpr std::size_t kSegments = 4;
  for (std::uint64_t number = 1; number <= kSegments; ++number) {
    const std::string n = std::to_string(number);
    lookups.segment(number, {put("a", "v" + n), put("b" + n, any_value(run))});
  }
  for (std::size_t skip = 0; skip <= kSegments; ++skip) {
    for (const char* key : {"a", "b1", "b4"}) lookups.find(key, skip);
    run.reached("skips");
  }
}

void counts_those_without(CheckRun& run) {
  {
    Lookups lookups(run);
    lookups.prefetch("a", 0);
    lookups.segment(1, {put("a", any_value(run)), put("x", any_value(run))});
    lookups.segment(2, {tombstone("b")});
    lookups.segment(3, {put("c", any_value(run)), put("x", any_value(run))});
    lookups.segment(4, {put("d", any_value(run))});
    lookups.prefetch("d", 0);
    lookups.prefetch("c", 1);
    lookups.prefetch("b", 2);
    lookups.prefetch("a", 3);
    lookups.prefetch("x", 1);
    lookups.prefetch("e", 4);
  }
  {
    Lookups lookups(run);
    lookups.segment(1, {put("a", any_value(run))});
    lookups.prefetch("b", 1);
    lookups.prefetch("a", 0);
  }
  // An index knows tags, not keys.
  Lookups lookups(run);
  lookups.segment(1, {put(kCarpooled, any_value(run))});
  lookups.segment(2, {put(kReformat, any_value(run))});
  lookups.segment(3, {put("a", any_value(run))});
  lookups.prefetch(kCarpooled, 1);
}

// Flips a bit in each byte of a record, one after the other. The lookup must notice each.
void must_notice_damage(CheckRun& run, Lookups& lookups, std::size_t segment, const Entry& record,
                        const std::string& key) {
  for (std::uint64_t byte = 0; byte < Lookups::size_of(record); ++byte) {
    const std::uint64_t bit = run.random.below(8);
    lookups.damage(segment, 0, byte, bit);
    lookups.must_fail(key, StatusCode::kCorruption);
    lookups.repair(segment, 0, byte, bit);
    run.reached("flipped bits");
  }
}

void believes_no_damage(CheckRun& run) {
  {
    Lookups lookups(run);
    const Entry record = put("key", "v" + any_value(run));
    lookups.segment(1, {record, put("b", any_value(run))});
    must_notice_damage(run, lookups, 0, record, "key");
    lookups.find("key");
    lookups.damage(0, 0, 30, 0);
    lookups.find("b");
  }
  {
    Lookups lookups(run);
    const Entry record = put("key", "new");
    lookups.segment(1, {put("key", "old")});
    lookups.segment(2, {record, put("b", any_value(run))});
    must_notice_damage(run, lookups, 1, record, "key");
    lookups.find("key");
  }
  // With an equal tag, it may be the record of this key.
  const Entry record = put(kReformat, any_value(run));
  {
    Lookups lookups(run);
    lookups.segment(1, {put(kCarpooled, "old")});
    lookups.segment(2, {record});
    must_notice_damage(run, lookups, 1, record, kCarpooled);
  }
  // The first candidate ends the lookup, whatever the second is.
  Lookups lookups(run);
  lookups.segment(1, {record, put(kCarpooled, any_value(run))});
  must_notice_damage(run, lookups, 0, record, kCarpooled);
}

void believes_no_failed_read(CheckRun& run) {
  for (const bool newer_has_another_key : {false, true}) {
    Lookups lookups(run);
    lookups.segment(1, {put(kCarpooled, "old")});
    lookups.segment(2, {put(newer_has_another_key ? kReformat : kCarpooled, "new")});
    lookups.fail_read(1);
    lookups.must_fail(kCarpooled, StatusCode::kIoError);
    lookups.heal();
    lookups.find(kCarpooled);
  }
}

void leaves_older_segments_alone(CheckRun& run) {
  Lookups lookups(run);
  lookups.segment(1, {put("a", "old"), put("b", "old")});
  lookups.segment(2, {put("a", "new"), tombstone("b")});
  lookups.damage(0, 0, 25, run.random.below(8));
  lookups.find("a");
  lookups.damage(0, 1, 25, run.random.below(8));
  lookups.find("b");
}

}  // namespace

std::vector<Check> lookup_checks() {
  return {
      {"L6.1", {}, {}, 0, finds_a_key, {"keys found", "keys not found"}},
      {"L6.2", {}, {}, 0, finds_a_tombstone, {"keys found"}},
      {"L6.3", {}, {}, 0, finds_what_is_empty, {"keys found"}},
      {"L6.4", {}, {}, 0, tells_equal_tags_apart, {"equal tags"}},
      {"L6.5", {}, {}, 0, compares_whole_keys, {"equal tags"}},
      {"L6.6", {}, {}, 0, goes_on_to_older_segments, {"keys found", "keys not found"}},
      {"L6.7", {}, {}, 0, takes_the_newest, {"keys found"}},
      {"L6.8", {}, {}, 0, stops_at_a_tombstone, {"keys found"}},
      {"L6.9", {}, {}, 0, skips_the_newest, {"skips", "keys not found"}},
      {"L6.10", {}, {}, 0, counts_those_without, {"prefetches"}},
      {"L6.11", {}, {}, 0, believes_no_damage, {"flipped bits", "failures"}},
      {"L6.12", {}, {}, 0, believes_no_failed_read, {"failures"}},
      {"L6.13", {}, {}, 0, leaves_older_segments_alone, {"keys found"}},
      {"L6.14", {}, {}, 0, runs_in_a_store, {"gets", "reopens"}, true},
      {"L6.15", {}, {}, 0, survives_crashes, {"crash points", "audited disks"}, true},
      {"L6.16",
       {},
       {},
       0,
       [](CheckRun& run) { breaks(run, "tombstone_falls_through"); },
       {"wrong solutions that fail"}},
      {"L6.17", {}, {}, 0, [](CheckRun& run) { breaks(run, "corrupt_is_absent"); }, {"wrong solutions that fail"}},
  };
}

}  // namespace sediment::labs
