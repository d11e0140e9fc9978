#include "labs/00_watch_first/script.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <set>
#include <stdexcept>
#include <string_view>
#include <vector>

namespace sediment::labs {

namespace {

using sim::Step;

constexpr std::array<std::string_view, 12> kKeys{"ant", "bee", "cat", "cow", "dog", "elk",
                                                 "fox", "hen", "owl", "pig", "ram", "yak"};
// Of many sizes, so that records are. Each is used once, so that an answer says which write it comes from.
constexpr std::array<std::string_view, 30> kValues{
    "up",           "tea",          "oak",          "rain",          "blue",           "seven",
    "north",        "yellow",       "garden",       "harvest",       "morning",        "mountain",
    "daylight",     "telescope",    "blackbird",    "lighthouse",    "waterwheel",     "thunderclap",
    "candlestick",  "thoroughfare", "quarterdeck",  "counterweight", "schoolteacher",  "constellation",
    "refrigerator", "hummingbird",  "interruption", "understanding", "transformation", "lexicographically"};

template <typename T>
void shuffle(std::vector<T>* items, sim::Random* random) {
  for (std::size_t i = items->size(); i > 1; --i) std::swap((*items)[i - 1], (*items)[random->below(i)]);
}

// Thrown when a draft turns out to be dull.
struct Dull {};

// What a draft must lead to. Otherwise some answers would be the same on most papers.
struct Wanted {
  std::size_t segments = 0;  // after the last write of the first part
  bool removed_is_missing = false;
  bool tombstone_stays = false;
};

class Draft {
 public:
  Draft(sim::Random* random, const Wanted& wanted) : random_(*random), wanted_(wanted) {
    keys_.assign(kKeys.begin(), kKeys.end());
    shuffle(&keys_, random);
    never_written_ = keys_[5];
    keys_.resize(5);
    values_.assign(kValues.begin(), kValues.end());
    shuffle(&values_, random);
    sim::Scenario options;
    options.segment_size = 136 + 8 * random->below(12);
    options.reserve_space = false;
    options.seed = 1 + random->below(1'000'000);
    script_.segment_size = options.segment_size;
    script_.run = std::make_unique<ScriptedRun>(options);
  }

  Script draw() && {
    write_and_get();
    merge();
    power_cut();
    tear();
    return std::move(script_);
  }

 private:
  static void need(bool interesting) {
    if (!interesting) throw Dull();
  }

  const Seen& perform(const Step& step) { return script_.run->perform(step); }
  std::size_t now() const { return script_.run->steps(); }
  const Seen& last() const { return script_.run->last(); }

  std::string value() {
    need(!values_.empty());
    std::string value(values_.back());
    values_.pop_back();
    return value;
  }
  const std::string& any_key() { return keys_[random_.below(keys_.size())]; }

  bool has(const std::string& key) const { return last().contents.contains(key); }
  void put(const std::string& key) { perform({"put", key, value()}); }
  void put_or_remove(const std::string& key, std::uint64_t one_remove_in) {
    if (has(key) && random_.below(one_remove_in) == 0) {
      perform({"remove", key});
    } else {
      put(key);
    }
  }
  void get(const std::string& key) { perform({"get", key}); }

  std::size_t records_of(const std::string& key, std::optional<RecordType> type = std::nullopt) const {
    std::size_t count = 0;
    for (const auto& [number, log] : last().logs) {
      for (const LoggedRecord& record : log.records) {
        if (record.key == key && (!type || record.type == *type)) ++count;
      }
    }
    return count;
  }
  std::uint64_t active() const { return last().logs.rbegin()->first; }  // before any merge

  // A key of which this holds. None: dull.
  template <typename Holds>
  std::string key_that(Holds holds) {
    std::vector<std::string> fit;
    for (const std::string& key : keys_) {
      if (!asked_.contains(key) && holds(key)) fit.push_back(key);
    }
    need(!fit.empty());
    std::string key = fit[random_.below(fit.size())];
    asked_.insert(key);
    return key;
  }

  void write_and_get() {
    const std::uint64_t writes = 9 + random_.below(3);
    const std::uint64_t middle = 5 + random_.below(2);
    for (std::uint64_t i = 0; i < writes; ++i) {
      put_or_remove(any_key(), 3);
      if (i == middle) {
        get(key_that([&](const std::string& key) { return has(key) && records_of(key, RecordType::kPut) > 1; }));
        script_.overwritten = now();
        need(last().find(EventKind::kFound) != nullptr);
      }
      if (i == middle + 1 && random_.below(2) == 0) perform({"roll"});
    }
    script_.last_write = now();
    need(last().segments == wanted_.segments);
    script_.sealed_log = 1 + random_.below(last().segments - 1);

    get(key_that([&](const std::string& key) { return records_of(key, RecordType::kTombstone) > 0; }));
    script_.removed = now();
    need((last().find(EventKind::kFound) == nullptr) == wanted_.removed_is_missing);
    const std::uint64_t newest = active();
    get(key_that([&](const std::string& key) { return has(key) && records_of(key) > 0; }));
    script_.older = now();
    const sim::EventEntry* found = last().find(EventKind::kFound);
    need(found != nullptr && found->segment != newest && found->offset > kSegmentHeaderSize);
    get(random_.below(3) == 0 ? never_written_ : key_that([&](const std::string& key) { return records_of(key) > 0; }));
    script_.searched = now();
    need(last().count(EventKind::kProbed) > 1);
  }

  void merge() {
    perform({"roll"});
    const std::size_t sealed = last().segments - 1;
    need(sealed >= 3);  // so that a merge may leave some out
    const std::size_t length = 2 + random_.below(sealed - 1);
    const std::size_t first = 1 + random_.below(sealed - length + 1);
    const std::size_t end = first + length;  // positions are numbers here: nothing was merged before
    std::vector<std::string> tombstones;
    for (std::size_t number = first; number < end; ++number) {
      for (const LoggedRecord& record : last().logs.at(number).records) {
        if (record.type == RecordType::kTombstone) tombstones.push_back(record.key);
      }
    }
    need(!tombstones.empty());
    script_.tombstone = tombstones[random_.below(tombstones.size())];
    perform({"merge", std::to_string(first) + ".." + std::to_string(end - 1)});
    script_.merge = now();
    need(last().count(EventKind::kMergeDropped) > 0 && last().count(EventKind::kMergeKept) > 0);
    need((records_of(script_.tombstone, RecordType::kTombstone) > 0) == wanted_.tombstone_stays);
  }

  void power_cut() {
    for (std::uint64_t i = 2 + random_.below(2); i > 0; --i) put_or_remove(any_key(), 4);
    perform({random_.below(4) == 0 ? "roll" : "sync"});
    std::vector<std::string> changed;
    for (std::uint64_t i = 2 + random_.below(2); i > 0; --i) {
      changed.push_back(any_key());
      put_or_remove(changed.back(), 3);
    }
    need(std::set<std::string>(changed.begin(), changed.end()).size() == changed.size());
    const std::size_t written = last().writes;
    perform({"crash", "lose-unsynced"});
    script_.power_cut = now();
    perform({"recover"});
    need(last().writes < written && last().contents.size() >= 2);
    get(changed[random_.below(changed.size())]);
    script_.after_power_cut = now();
  }

  // The tear is inside of a record, so that the recovery has something to cut. The engine counts what it cuts only up to the
  // last byte that is not zero; here that is the last one of the file, so that the rules of the page need not say so.
  void tear() {
    std::vector<sim::EventEntry> written;
    for (std::uint64_t i = 3 + random_.below(2); i > 0; --i) {
      put(any_key());
      written.push_back(*last().find(EventKind::kAppended));
      need(written.back().segment == written.front().segment);
    }
    const sim::EventEntry& torn = written[random_.below(written.size())];
    const std::uint64_t end = torn.offset + 1 + random_.below(torn.size - 1);
    perform({"crash", "torn-byte", segment_file_name(SegmentNumber{torn.segment}), std::to_string(end)});
    script_.tear = now();
    perform({"recover"});
    const sim::EventEntry* cut = last().find(EventKind::kRecoveryCut);
    need(cut != nullptr && cut->offset + cut->size == end);
  }

  sim::Random& random_;
  const Wanted wanted_;
  Script script_;
  std::vector<std::string> keys_;
  std::string never_written_;
  std::vector<std::string_view> values_;
  std::set<std::string> asked_;
};

}  // namespace

Script draw_script(sim::Random* random) {
  constexpr int kMostDrafts = 100'000;
  const std::size_t segments = 3 + random->below(3);
  const bool removed_is_missing = random->below(2) == 0;
  const bool tombstone_stays = random->below(2) == 0;
  const Wanted wanted{segments, removed_is_missing, tombstone_stays};
  for (int i = 0; i < kMostDrafts; ++i) {
    try {
      return Draft(random, wanted).draw();
    } catch (const Dull&) {  // the next one may be better
    }
  }
  throw std::logic_error("no script asks for enough thought");
}

}  // namespace sediment::labs
