// The whole store with pairs designed to confuse it: records of equal size, values that shrink to nothing, values that
// are records of this very file, the empty key and the largest one, in segments of 400 bytes that are merged and
// reopened all the time. It answers like a std::map; and a store with the same writes in one segment, without merges
// and reopens, ends with the same pairs.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <map>
#include <ostream>
#include <vector>

#include "engine/manifest.h"
#include "tests/support/coverage.h"
#include "tests/support/generators.h"
#include "tests/support/rapidcheck_settings.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/violation.h"

namespace sediment::test {
namespace {

// ---- what to do

constexpr std::size_t kKeys = 50;

struct Operation {
  enum class Kind : std::uint8_t { kPut, kRemove, kGet, kMerge, kMergeRun, kMergeStep, kRoll, kReopen };
  enum class Shape : std::uint8_t { kEqual, kShrinking, kEmpty, kForeignRecord, kRecordForThisPlace };

  Kind kind = Kind::kPut;
  std::size_t key = 0;
  Shape shape = Shape::kEqual;
  unsigned n = 0;
  std::string text;  // kForeignRecord: the value
};

std::ostream& operator<<(std::ostream& out, const Operation& operation) {
  static const std::vector<std::string> kinds{"put",       "remove",     "get",  "merge",
                                              "merge run", "merge step", "roll", "reopen"};
  static const std::vector<std::string> shapes{"equal", "shrinking", "empty", "foreign record",
                                               "record for this place"};
  return out << kinds[static_cast<std::size_t>(operation.kind)] << " key " << operation.key << " "
             << shapes[static_cast<std::size_t>(operation.shape)] << " " << operation.n;
}

rc::Gen<std::vector<Operation>> any_operations() {
  using Kind = Operation::Kind;
  using Shape = Operation::Shape;
  const auto kind = rc::gen::weightedOneOf<Kind>({{20, rc::gen::just(Kind::kPut)},
                                                  {20, rc::gen::just(Kind::kRemove)},
                                                  {10, rc::gen::just(Kind::kGet)},
                                                  {4, rc::gen::just(Kind::kMerge)},
                                                  {8, rc::gen::just(Kind::kMergeRun)},
                                                  {20, rc::gen::just(Kind::kMergeStep)},
                                                  {4, rc::gen::just(Kind::kRoll)},
                                                  {10, rc::gen::just(Kind::kReopen)}});
  // Usually one of a few, so that keys recur; rarely the largest one, because it is large.
  const auto key = rc::gen::weightedOneOf<std::size_t>(
      {{30, between<std::size_t>(1, 6)}, {10, between<std::size_t>(7, kKeys - 1)}, {1, rc::gen::just(std::size_t{0})}});
  const auto shape = rc::gen::element(Shape::kEqual, Shape::kEqual, Shape::kShrinking, Shape::kEmpty,
                                      Shape::kForeignRecord, Shape::kRecordForThisPlace);
  const auto operation = rc::gen::apply(
      [](Kind k, std::size_t which, Shape s, unsigned n, std::string text) {
        return Operation{k, which, s, n, std::move(text)};
      },
      kind, key, shape, between(0U, 15U), value_like_a_log());
  return rc::gen::scale(0.8, rc::gen::container<std::vector<Operation>>(operation));
}

// The largest key, the empty one, zeros, one like a record, two with the same tag, and then keys of equal size.
const std::string& nth_key(std::size_t n) {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all{maximal_key(),
                                 "",
                                 std::string(8, '\0'),
                                 record_bytes({1, kSegmentHeaderSize}, RecordType::kTombstone, "", ""),
                                 kTwin,
                                 kOtherTwin};
    while (all.size() < kKeys) all.push_back("key-" + std::to_string(100'000 + all.size()));
    return all;
  }();
  return keys.at(n);
}

// ---- doing it

// A store and its model, a map. Every step goes into the scenario, so that a failure can be replayed.
class Rehearsal {
 public:
  explicit Rehearsal(Coverage& coverage) : coverage_(coverage) {
    scenario_.title = "hostile pairs";
    scenario_.segment_size = 400;
    scenario_.auto_merge = *rc::gen::arbitrary<bool>();
    scenario_.reserve_space = *rc::gen::arbitrary<bool>();
    disk_ = std::make_shared<sim::SimDisk>(DiskState(), sim::SimDiskOptions{scenario_.seed, scenario_.reserve_space});
    store_ = open_store(disk_, scenario_.store_options());
  }

  void perform(const Operation& operation);
  void reopen();
  void must_hold_the_map(Store& store, const std::string& when) const;
  // Only the writes, nothing else.
  void must_equal_a_plain_store() const;
  const Pairs& map() const { return map_; }

 private:
  using DiskState = sim::DiskState;

  std::string value_of(const Operation& operation) const;
  void must_be(bool good, const std::string& sentence) const {
    if (!good) RC_FAIL(explain_violation(sentence, scenario_));
  }
  void must_be_ok(const Status& status) const {
    must_be(status.ok(), "\"" + sim::to_string(scenario_.steps.back()) + "\" must be ok: " + status.to_string());
  }
  // A merge may be refused because another one is under way, or because there is no such range.
  void may_be_refused(const Status& status) const {
    if (status.is(StatusCode::kBusy)) return coverage_.count("refused-while-merging");
    if (!status.is(StatusCode::kInvalidArgument)) must_be_ok(status);
  }
  void must_find(Store& store, const std::string& key, const std::string& when) const;

  Coverage& coverage_;
  sim::Scenario scenario_;
  std::shared_ptr<sim::SimDisk> disk_;
  std::unique_ptr<Store> store_;
  Pairs map_;
};

// The bytes of a record for the exact place that it will have inside this value, or for one near it: the nonce is the
// active segment's, and the offset is right unless the write rolls.
std::string record_for_this_place(const sim::SimDisk& disk, Store& store, const std::string& key, unsigned n) {
  const Manifest manifest = must(parse_manifest(disk.state().find(kManifestName)->cached));
  const std::uint64_t value_at = store.stats().segments.back().size_bytes + kRecordHeaderSize + key.size();
  const std::string before(round_up(value_at) - value_at, 'x');
  const std::uint64_t offset = value_at + before.size() + (n % 3) * kAlignment - kAlignment;
  const RecordType type = n % 2 == 0 ? RecordType::kTombstone : RecordType::kPut;
  return before + record_bytes({manifest.active->nonce, offset}, type, key, type == RecordType::kPut ? "forged" : "",
                               std::uint64_t{1} << 20);
}

std::string Rehearsal::value_of(const Operation& operation) const {
  switch (operation.shape) {
    case Operation::Shape::kEqual: return std::string(40, static_cast<char>('a' + operation.n));
    case Operation::Shape::kShrinking: return std::string(std::size_t{128} >> (operation.n % 9), 's');
    case Operation::Shape::kEmpty: return "";
    case Operation::Shape::kForeignRecord: return operation.text;
    case Operation::Shape::kRecordForThisPlace: break;
  }
  coverage_.count("records-for-their-own-place");
  return record_for_this_place(*disk_, *store_, nth_key(operation.key), operation.n);
}

void Rehearsal::perform(const Operation& operation) {
  using Kind = Operation::Kind;
  const std::string& key = nth_key(operation.key);
  switch (operation.kind) {
    case Kind::kPut: {
      const std::string value = value_of(operation);
      const auto older = map_.find(key);
      if (older != map_.end() && older->second.size() > value.size()) coverage_.count("values-shrunk");
      scenario_.steps.push_back({"put", key, value});
      must_be_ok(store_->put(key, value));
      map_[key] = value;
      if (key.size() == kMaxKeySize) coverage_.count("largest-keys");
      if (key.empty()) coverage_.count("empty-keys");
      return;
    }
    case Kind::kRemove:
      scenario_.steps.push_back({"remove", key});
      must_be_ok(store_->remove(key));
      if (map_.erase(key) > 0) coverage_.count("pairs-removed");
      return;
    case Kind::kGet:
      scenario_.steps.push_back({"get", key});
      must_find(*store_, key, "when it is asked");
      if (map_.contains(key)) coverage_.count("found");
      return;
    case Kind::kMerge: scenario_.steps.push_back({"merge"}); return may_be_refused(store_->merge());
    case Kind::kMergeRun: {
      const std::size_t first = 1 + operation.n % 4;
      const std::size_t last = first + operation.n / 4;
      scenario_.steps.push_back({"merge", std::to_string(first) + ".." + std::to_string(last)});
      return may_be_refused(store_->merge(MergeRun{first, last}));
    }
    case Kind::kMergeStep: {
      scenario_.steps.push_back({"merge", "step"});
      if (!store_->merge_under_way()) must_be_ok(store_->begin_merge());
      const Result<bool> complete = store_->merge_step();
      must_be_ok(complete.status());
      return coverage_.count("merge-steps");
    }
    case Kind::kRoll: scenario_.steps.push_back({"roll"}); return must_be_ok(store_->roll());
    case Kind::kReopen: return reopen();
  }
}

void Rehearsal::reopen() {
  scenario_.steps.push_back({"reopen"});
  if (store_->merge_under_way()) coverage_.count("closed-in-a-merge");
  coverage_.count("records-merged", store_->stats().records_merged);
  coverage_.count("records-dropped", store_->stats().records_merged - store_->stats().records_kept);
  must_be_ok(store_->close());
  store_.reset();
  auto opened = Store::open(disk_, scenario_.store_options());
  must_be(opened.ok(), "it must open: " + opened.status().to_string());
  store_ = std::move(*opened);
  coverage_.count("reopened");
  must_hold_the_map(*store_, "after it was reopened");
}

void Rehearsal::must_find(Store& store, const std::string& key, const std::string& when) const {
  std::string value;
  const Status status = store.get(key, &value);
  const auto expected = map_.find(key);
  if (expected == map_.end()) {
    must_be(status.is(StatusCode::kNotFound), "a key that is not there is found " + when + ": " + status.to_string());
  } else {
    must_be(status.ok() && value == expected->second, "a key has not its value " + when + ": " + status.to_string());
  }
}

void Rehearsal::must_hold_the_map(Store& store, const std::string& when) const {
  for (std::size_t n = 0; n < kKeys; ++n) must_find(store, nth_key(n), when);
  Pairs pairs;
  must_be_ok(store.for_each([&](std::string_view key, std::string_view value) {
    must_be(pairs.emplace(key, value).second, "a key is visited twice " + when);
    return true;
  }));
  must_be(pairs == map_, "for_each shows other pairs " + when);
}

void Rehearsal::must_equal_a_plain_store() const {
  Options options = manual_merges();
  options.segment_size_bytes = 1 << 20;
  const auto plain = open_store(std::make_shared<sim::SimDisk>(DiskState(), sim::SimDiskOptions{2, false}), options);
  for (const sim::Step& step : scenario_.steps) {
    if (step[0] == "put") must_be_ok(plain->put(step[1], step[2]));
    if (step[0] == "remove") must_be_ok(plain->remove(step[1]));
  }
  must_be(plain->stats().segments.size() == 1, "one segment holds all writes of the store without merges");
  must_hold_the_map(*plain, "in the store that neither merges nor reopens");
}

TEST(HostilePairsProperty, AStoreOfHostilePairsAnswersLikeAMap) {
  try_more_cases();
  ASSERT_EQ(hash_key(kTwin).tag, hash_key(kOtherTwin).tag);
  Coverage coverage("hostile_pairs");
  const bool holds = rc::check("a store of hostile pairs is a map, with or without merges and reopens", [&] {
    const std::vector<Operation> operations = *any_operations();
    Rehearsal rehearsal(coverage);
    for (const Operation& operation : operations) rehearsal.perform(operation);
    rehearsal.reopen();
    rehearsal.must_equal_a_plain_store();
    coverage.count("operations", operations.size());
    if (rehearsal.map().size() > 3) coverage.count("ended-with-more-than-three-pairs");
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"values-shrunk", "pairs-removed", "found", "merge-steps", "closed-in-a-merge",
                              "records-merged", "records-dropped", "reopened", "records-for-their-own-place",
                              "refused-while-merging", "empty-keys", "ended-with-more-than-three-pairs"})
    coverage.require_at_least(counter, 100);
  coverage.require_at_least("largest-keys", 10);
}

}  // namespace
}  // namespace sediment::test
