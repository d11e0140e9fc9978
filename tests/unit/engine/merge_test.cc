// Merging: which records stay and why, and every way in which a merge may end.
#include "engine/merge.h"

#include <gtest/gtest.h>

#include "engine/store.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using Kind = sim::DiskOperation::Kind;
using test::dump;
using test::EventRecorder;
using test::has_code;
using test::is_ok;
using test::lookup;
using test::must;
using test::Pairs;
using test::Records;
using test::segment_of;
using Sizes = std::vector<std::uint64_t>;

// ---- which records stay

TEST(Verdict, IsTheWholeRule) {
  struct Row {
    Standing standing;
    RecordType type;
    bool begins_with_oldest;
    bool keep;
  };
  const auto put = RecordType::kPut;
  const auto tombstone = RecordType::kTombstone;
  for (const bool oldest : {false, true}) {
    for (const Row& row : std::vector<Row>{{Standing::kNewest, put, oldest, true},
                                           {Standing::kNewest, tombstone, oldest, !oldest},
                                           {Standing::kSupersededHere, put, oldest, false},
                                           {Standing::kSupersededHere, tombstone, oldest, false},
                                           {Standing::kSupersededLater, put, oldest, false},
                                           {Standing::kSupersededLater, tombstone, oldest, false}}) {
      const Verdict outcome = verdict(row.standing, row.type, row.begins_with_oldest);
      EXPECT_EQ(outcome.keep, row.keep) << outcome.why;
      EXPECT_NE(outcome.why, "");
    }
  }
}

// A store that keeps manifests in memory: what a Merge needs of one.
class FakeHost final : public MergeHost {
 public:
  Result<SegmentNumber> take_number() override { return SegmentNumber{next_number++}; }
  Status commit_merge(const SegmentList& inputs, const SegmentList& merged) override {
    ++commits;
    if (!commit_answer.ok()) return commit_answer;
    input_count = inputs.size();
    outputs = merged;
    return {};
  }
  void stop_writing(const Status& reason) override { stopped = reason; }

  std::uint64_t next_number = 100;
  int commits = 0;
  std::size_t input_count = 0;
  Status commit_answer;
  Status stopped;
  SegmentList outputs;
};

// What a merge of these inputs leaves, oldest record first, and the reasons for what it dropped.
struct Merged {
  Records output;
  std::vector<std::uint64_t> output_sizes;
  std::vector<std::string> dropped;  // "key: reason"
  std::vector<std::string> kept;
};

Merged merge(const std::vector<Records>& inputs, const std::vector<Records>& newer, bool begins_with_oldest,
             OutputLimit limit = {}) {
  sim::SimDisk disk;
  FakeHost host;
  EventRecorder events;
  MergePlan plan;
  std::uint64_t number = 1;
  for (const Records& records : inputs) plan.inputs.push_back(segment_of(disk, number++, records));
  for (const Records& records : newer) plan.newer.push_back(segment_of(disk, number++, records));
  plan.begins_with_oldest = begins_with_oldest;
  plan.limit = limit;
  Merge merge(disk, host, plan, &events);
  while (!must(merge.step())) {
  }
  EXPECT_EQ(host.commits, 1);
  EXPECT_EQ(host.input_count, inputs.size());

  Merged merged;
  for (const auto& event : events.of(EventKind::kMergeDropped)) merged.dropped.push_back(event.key + ": " + event.why);
  for (const auto& event : events.of(EventKind::kMergeKept)) merged.kept.push_back(event.key + ": " + event.why);
  EXPECT_EQ(merge.progress().records_read, merged.dropped.size() + merged.kept.size());
  EXPECT_EQ(merge.progress().records_kept, merged.kept.size());
  for (const auto& output : host.outputs) {
    merged.output_sizes.push_back(output->size_bytes());
    LogReader reader(output->file(), output->extent());
    while (true) {
      const LogReader::Step step = must(reader.next());
      if (step.verdict == RecordVerdict::kEnd) break;
      EXPECT_EQ(step.verdict, RecordVerdict::kValid);
      if (step.verdict != RecordVerdict::kValid) break;
      const bool put = step.record.type == RecordType::kPut;
      merged.output.emplace_back(step.record.key, put ? std::optional(std::string(step.record.value)) : std::nullopt);
      EXPECT_EQ(step.record.durable_upto, 0U);
      std::string scratch;
      const test::Answer found = must(test::look_up(*output, step.record.key, &scratch));
      EXPECT_EQ(found.record.offset, step.record.offset) << "the index has it";
    }
  }
  std::size_t removed = 0;
  for (const auto& input : plan.inputs) removed += disk.state().find(input->name()) == nullptr ? 1 : 0;
  EXPECT_EQ(removed, inputs.size());
  for (const auto& other : plan.newer) EXPECT_NE(disk.state().find(other->name()), nullptr) << "none of the inputs";
  return merged;
}

const std::string kInItsOwn = ": superseded by a later record in its own segment";
const std::string kInANewer = ": superseded by a record in a newer segment";
const std::string kNothingToHide = ": a tombstone with nothing older left to hide";
const std::string kStillHides = ": an older segment outside of this merge may hold the key";
using Words = std::vector<std::string>;

TEST(Merge, KeepsWhatIsLiveInTheOrderOfTheLogs) {
  const Merged merged = merge({{{"a", "1"}, {"b", "2"}}, {{"c", "3"}}}, {}, true);
  EXPECT_EQ(merged.output, (Records{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(merged.kept, (Words{"a: live", "b: live", "c: live"}));
  EXPECT_EQ(merged.dropped, Words{});
}

TEST(Merge, DropsWhatALaterRecordOfItsSegmentSupersedes) {
  const Merged merged = merge({{{"a", "1"}, {"b", "2"}, {"a", "3"}}}, {}, true);
  EXPECT_EQ(merged.output, (Records{{"b", "2"}, {"a", "3"}}));
  EXPECT_EQ(merged.dropped, Words{"a" + kInItsOwn});
}

TEST(Merge, DropsWhatANewerInputSupersedes) {
  const Merged merged = merge({{{"a", "1"}, {"b", "2"}}, {{"a", "3"}}}, {}, true);
  EXPECT_EQ(merged.output, (Records{{"b", "2"}, {"a", "3"}}));
  EXPECT_EQ(merged.dropped, Words{"a" + kInANewer});
}

TEST(Merge, DropsWhatASegmentAfterTheRunSupersedes) {
  const Merged merged = merge({{{"a", "1"}, {"b", "2"}}}, {{{"a", "3"}}, {{"b", std::nullopt}}}, true);
  EXPECT_EQ(merged.output, Records{});
  EXPECT_EQ(merged.dropped, (Words{"a" + kInANewer, "b" + kInANewer}));
}

TEST(Merge, DropsATombstoneThatHasNothingLeftToHide) {
  const Merged merged = merge({{{"a", "1"}, {"b", "2"}}, {{"a", std::nullopt}}}, {}, true);
  EXPECT_EQ(merged.output, (Records{{"b", "2"}}));
  EXPECT_EQ(merged.dropped, (Words{"a" + kInANewer, "a" + kNothingToHide}));
}

TEST(Merge, KeepsATombstoneWhenOlderSegmentsStayOutside) {
  const Merged merged = merge({{{"a", "1"}}, {{"a", std::nullopt}, {"b", std::nullopt}}}, {}, false);
  EXPECT_EQ(merged.output, (Records{{"a", std::nullopt}, {"b", std::nullopt}}));
  EXPECT_EQ(merged.kept, (Words{"a" + kStillHides, "b" + kStillHides}));
  EXPECT_EQ(merged.dropped, Words{"a" + kInANewer});
}

TEST(Merge, DropsASupersededTombstoneEverywhere) {
  const Merged merged = merge({{{"a", std::nullopt}, {"a", "1"}}, {{"b", std::nullopt}}, {{"b", "2"}}}, {}, false);
  EXPECT_EQ(merged.output, (Records{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(merged.dropped, (Words{"a" + kInItsOwn, "b" + kInANewer}));
}

TEST(Merge, ARunWithNothingLeftYieldsNoFile) {
  sim::SimDisk disk;
  FakeHost host;
  Merge merge(disk, host, {{segment_of(disk, 1, {{"a", std::nullopt}})}, {}, true}, nullptr);
  ASSERT_EQ(disk.state().names().size(), 1U);
  while (!must(merge.step())) {
  }
  EXPECT_EQ(host.commits, 1);
  EXPECT_TRUE(host.outputs.empty());
  EXPECT_TRUE(disk.state().names().empty());
}

TEST(Merge, SplitsWhatDoesNotFitIntoOneSegment) {
  // Each record takes 32 bytes, and so does a segment's header.
  const std::vector<Records> inputs{{{"a", "1"}, {"b", "2"}, {"c", "3"}}, {{"d", "4"}, {"b", "5"}, {"e", "6"}}};
  const Records kept{{"a", "1"}, {"c", "3"}, {"d", "4"}, {"b", "5"}, {"e", "6"}};
  for (const auto& [limit, sizes] : std::vector<std::pair<std::uint64_t, Sizes>>{{192, {192}},
                                                                                 {191, {160, 64}},
                                                                                 {160, {160, 64}},
                                                                                 {127, {96, 96, 64}},
                                                                                 {96, {96, 96, 64}},
                                                                                 {64, {64, 64, 64, 64, 64}},
                                                                                 {10, {64, 64, 64, 64, 64}}}) {
    const Merged merged = merge(inputs, {}, true, {limit, 32});
    EXPECT_EQ(merged.output, kept) << limit;
    EXPECT_EQ(merged.output_sizes, sizes) << limit << ": a larger record gets its own segment";
  }
}

TEST(Merge, GivenUpOrWithoutSpaceItLeavesNoPartOfItsOutput) {
  const Records records{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}};
  int given_up = 0;
  for (int steps = 0;; ++steps) {
    sim::SimDisk disk;
    FakeHost host;
    const MergePlan plan{{segment_of(disk, 1, records)}, {}, true, {96, 32}};
    const auto before = disk.state().contents();
    Merge merge(disk, host, plan, nullptr);
    bool done = false;
    for (int i = 0; i < steps && !done && host.commits == 0; ++i) done = must(merge.step());
    if (host.commits > 0) break;
    merge.abandon("the test says so");
    EXPECT_EQ(disk.state().contents(), before) << steps;
    ++given_up;
  }
  EXPECT_EQ(given_up, 4 + 3) << "before each of four records, and of the three steps up to the commit";

  int refused = 0;
  for (const Kind kind : {Kind::kCreate, Kind::kAppend}) {
    for (std::uint64_t n = 1;; ++n) {
      sim::SimDisk disk;
      FakeHost host;
      const MergePlan plan{{segment_of(disk, 1, records)}, {}, true, {96, 32}};
      const auto before = disk.state().contents();
      disk.fail(kind, n, Status::no_space("disk", "full"));
      Merge merge(disk, host, plan, nullptr);
      Result<bool> done = false;
      while (done.ok() && !*done) done = merge.step();
      if (done.ok()) break;
      EXPECT_TRUE(has_code(done, StatusCode::kNoSpace)) << n;
      EXPECT_EQ(host.commits, 0);
      EXPECT_EQ(disk.state().contents(), before) << sim::name_of(kind) << " " << n;
      ++refused;
    }
  }
  EXPECT_EQ(refused, 2 + 6) << "two files, each with a header and two records";
}

TEST(Merge, ReservesSpaceForWhatItKeepsAndNotForWhatItReads) {
  // 300 KB of garbage, 100 KB that stay.
  Records garbage;
  for (int i = 0; i < 30; ++i) garbage.emplace_back("k" + std::to_string(i), std::string(10'000, 'g'));
  Records live;
  for (int i = 0; i < 10; ++i) live.emplace_back("l" + std::to_string(i), std::string(10'000, 'l'));
  Records newer;
  for (int i = 0; i < 30; ++i) newer.emplace_back("k" + std::to_string(i), "n");
  sim::Trace trace;
  sim::SimDisk disk({}, {}, &trace);
  FakeHost host;
  const MergePlan plan{{segment_of(disk, 1, garbage), segment_of(disk, 2, live)}, {segment_of(disk, 3, newer)}, true};
  const std::uint64_t before = trace.operation_count();
  Merge merge(disk, host, plan, nullptr);
  while (!must(merge.step())) {
  }
  std::uint64_t reserved = 0;
  std::uint64_t end = 0;
  int steps = 0;
  std::uint64_t seen = 0;
  for (const sim::TraceEntry& entry : trace.entries()) {
    if (!std::holds_alternative<sim::DiskOperation>(entry) || seen++ < before) continue;
    const auto& operation = std::get<sim::DiskOperation>(entry);
    if (operation.name != segment_file_name(SegmentNumber{100})) continue;
    if (operation.kind == Kind::kCreate || operation.kind == Kind::kReserve) {
      EXPECT_LE(operation.size, std::max<std::uint64_t>(65'536, 2 * end + 20'000)) << "in proportion to what is kept";
      reserved = operation.size;
      ++steps;
    }
    if (operation.kind == Kind::kAppend) {
      end = operation.offset + operation.bytes.size();
      EXPECT_LE(end, reserved) << "nothing is written to space that is not reserved";
    }
  }
  EXPECT_EQ(steps, 2) << "64 KiB, then the same again";
  ASSERT_EQ(host.outputs.size(), 1U);
  EXPECT_EQ(disk.state().find(host.outputs[0]->name())->cached.size(), host.outputs[0]->size_bytes());
}

TEST(Merge, KeepsEveryShapeOfKeyAndValue) {
  const std::string zeros(9, '\0');
  const Records records{{"", "empty key"}, {"empty value", ""}, {zeros, zeros}, {"large", std::string(100'000, 'v')}};
  EXPECT_EQ(merge({records}, {}, true).output, records);
}

// ---- the steps of a merge, and its end

TEST(Merge, OneStepIsOneRecordOrOnePublishingStep) {
  sim::SimDisk disk;
  FakeHost host;
  Merge merge(disk, host,
              {{segment_of(disk, 1, {{"a", "1"}, {"b", "2"}}), segment_of(disk, 2, {{"a", "3"}})}, {}, true}, nullptr);
  for (std::uint64_t read = 1; read <= 3; ++read) {
    EXPECT_FALSE(must(merge.step()));
    EXPECT_EQ(merge.progress().records_read, read);
  }
  EXPECT_EQ(host.commits, 0);
  int steps = 3;
  while (!must(merge.step())) ++steps;
  EXPECT_EQ(steps + 1, 3 + 5) << "sync, sync the directory, commit, and two inputs to remove";
  EXPECT_TRUE(has_code(merge.step(), StatusCode::kInvalidArgument)) << "the merge is over";
  EXPECT_EQ(host.commits, 1);
}

TEST(Merge, IsDurableBeforeItIsCommitted) {
  sim::SimDisk disk;
  FakeHost host;
  const auto input = segment_of(disk, 1, {{"a", "1"}, {"b", "2"}});
  Merge merge(disk, host, {{input}, {}, true}, nullptr);
  int commits_seen = 0;
  while (true) {
    const bool durable = disk.state().all_durable();
    const bool done = must(merge.step());
    if (host.commits > commits_seen) {
      EXPECT_TRUE(durable) << "what is committed must be on the disk, contents and name";
      ++commits_seen;
    }
    if (done) break;
  }
  EXPECT_EQ(commits_seen, 1);
}

TEST(Merge, AnAbandonedOneLeavesOnlyItsInputs) {
  for (int steps = 0; steps <= 4; ++steps) {
    sim::SimDisk disk;
    FakeHost host;
    EventRecorder events;
    Merge merge(disk, host, {{segment_of(disk, 1, {{"a", "1"}, {"b", "2"}})}, {}, true}, &events);
    for (int i = 0; i < steps; ++i) ASSERT_FALSE(must(merge.step()));
    merge.abandon("a test");
    EXPECT_EQ(host.commits, 0);
    EXPECT_EQ(disk.state().contents().size(), 1U) << "after step " << steps;
    EXPECT_NE(disk.state().find("000001.log"), nullptr);
    ASSERT_EQ(events.of(EventKind::kMergeAbandoned).size(), 1U);
    EXPECT_EQ(events.of(EventKind::kMergeAbandoned)[0].why, "a test");
    EXPECT_TRUE(has_code(merge.step(), StatusCode::kInvalidArgument));
  }
}

TEST(Merge, AfterTheCommitItCannotBeAbandoned) {
  sim::SimDisk disk;
  FakeHost host;
  Merge merge(disk, host, {{segment_of(disk, 1, {{"a", "1"}})}, {}, true}, nullptr);
  while (host.commits == 0) ASSERT_FALSE(must(merge.step()));
  merge.abandon("a test");
  EXPECT_NE(disk.state().find("000100.log"), nullptr) << "the output is the store now";
}

TEST(Merge, ACommitThatMayHaveHappenedKeepsBothInputsAndOutput) {
  sim::SimDisk disk;
  FakeHost host;
  host.commit_answer = Status::io_error("MANIFEST", "sync");
  Merge merge(disk, host, {{segment_of(disk, 1, {{"a", "1"}})}, {}, true}, nullptr);
  Result<bool> done = merge.step();
  while (done.ok()) done = merge.step();
  EXPECT_TRUE(has_code(done, StatusCode::kIoError));
  EXPECT_NE(disk.state().find("000001.log"), nullptr);
  EXPECT_NE(disk.state().find("000100.log"), nullptr);
  merge.abandon("late");
  EXPECT_NE(disk.state().find("000100.log"), nullptr);
}

TEST(Merge, ACommitWithoutSpaceChangesNothing) {
  sim::SimDisk disk;
  FakeHost host;
  host.commit_answer = Status::no_space("MANIFEST.tmp", "full");
  Merge merge(disk, host, {{segment_of(disk, 1, {{"a", "1"}})}, {}, true}, nullptr);
  Result<bool> done = merge.step();
  while (done.ok()) done = merge.step();
  EXPECT_TRUE(has_code(done, StatusCode::kNoSpace));
  EXPECT_NE(disk.state().find("000001.log"), nullptr);
  EXPECT_EQ(disk.state().find("000100.log"), nullptr);
  EXPECT_TRUE(host.stopped.ok());
}

TEST(Merge, DamageInAnInputEndsItBeforeAnythingChanged) {
  sim::SimDisk whole;
  const auto input = segment_of(whole, 1, {{"a", "1"}, {"b", "2"}});
  for (const std::uint64_t at : {std::uint64_t{33}, std::uint64_t{64 + 25}}) {
    std::string bytes = whole.state().contents().at("000001.log");
    bytes[at] = static_cast<char>(bytes[at] ^ 4);
    const auto disk = test::disk_with({{"000001.log", bytes}});
    auto damaged =
        std::make_shared<Segment>(must(disk->open("000001.log")), SegmentHeader{input->nonce(), SegmentNumber{1}});
    must(damaged->add({RecordType::kPut, 32, 32, 0, "a", "1"}, hash_key("a"), nullptr));
    must(damaged->add({RecordType::kPut, 64, 32, 0, "b", "2"}, hash_key("b"), nullptr));
    FakeHost host;
    Merge merge(*disk, host, {{damaged}, {}, true}, nullptr);
    Result<bool> done = merge.step();
    while (done.ok()) done = merge.step();
    EXPECT_TRUE(has_code(done, StatusCode::kCorruption));
    EXPECT_EQ(host.commits, 0);
    EXPECT_TRUE(host.stopped.ok());
    EXPECT_EQ(disk->state().contents().size(), 1U) << "no output is left";
  }
}

// ---- in a store

// Three sealed segments: a and b, then b again and c, then a tombstone for a.
std::unique_ptr<Store> three_segments(const std::shared_ptr<Disk>& disk, Options options = test::manual_merges()) {
  auto store = test::open_store(disk, options);
  must(store->put("a", "1"));
  must(store->put("b", "1"));
  must(store->roll());
  must(store->put("b", "2"));
  must(store->put("c", "2"));
  must(store->roll());
  must(store->remove("a"));
  must(store->roll());
  return store;
}

const Pairs kThree{{"b", "2"}, {"c", "2"}};

TEST(StoreMerge, EveryRunShowsTheSameStore) {
  int runs = 0;
  for (std::size_t first = 1; first <= 3; ++first) {
    for (std::size_t last = first; last <= 3; ++last) {
      const auto disk = test::disk_with({});
      auto store = three_segments(disk);
      ASSERT_EQ(dump(*store), kThree);
      must(store->merge(MergeRun{first, last}));
      EXPECT_EQ(dump(*store), kThree) << first << ".." << last;
      EXPECT_EQ(lookup(*store, "a"), std::nullopt);
      must(store->close());
      store = test::open_store(disk, test::manual_merges());
      EXPECT_EQ(dump(*store), kThree) << first << ".." << last << " after a reopen";
      ++runs;
    }
  }
  EXPECT_EQ(runs, 6);
}

TEST(StoreMerge, APartialMergeKeepsTheTombstoneThatStillHidesAValue) {
  const auto disk = test::disk_with({});
  const auto store = three_segments(disk);
  must(store->merge(MergeRun{2, 3}));
  EXPECT_EQ(lookup(*store, "a"), std::nullopt) << "a is still in the oldest segment";
  must(store->merge(MergeRun{1, 2}));
  EXPECT_EQ(lookup(*store, "a"), std::nullopt);
  EXPECT_EQ(store->stats().segments[0].records, 2U) << "now the tombstone is gone, and so is what it hid";
}

TEST(StoreMerge, TheOutputTakesThePlaceOfItsRunWhateverItsNumber) {
  const auto disk = test::disk_with({});
  const auto store = three_segments(disk);
  must(store->merge(MergeRun{1, 2}));
  const Stats stats = store->stats();
  ASSERT_EQ(stats.segments.size(), 3U);
  EXPECT_EQ(stats.segments[0].number, SegmentNumber{5});
  EXPECT_EQ(stats.segments[1].number, SegmentNumber{3});
  EXPECT_EQ(stats.segments[2].number, SegmentNumber{4}) << "the active one";
  EXPECT_EQ(stats.merges, 1U);
  EXPECT_EQ(stats.records_merged, 4U);
  EXPECT_EQ(stats.records_kept, 2U) << "the older b is superseded in the run, and a by the tombstone after it";
}

TEST(StoreMerge, TheUnsyncedActiveLogDoesNotSupersedeADurableRecord) {
  const auto disk = test::disk_with({});
  auto store = test::open_store(disk, test::manual_merges());
  must(store->put("a", "durable"));
  must(store->roll());
  must(store->put("a", "only cached"));
  must(store->merge(MergeRun{1, 1}));
  EXPECT_EQ(lookup(*store, "a"), "only cached");
  // The power fails: everything that is not synced is lost.
  const auto after = must(sim::crash_image(disk->state(), {.fault = sim::Fault::kLoseUnsynced}));
  store = test::open_store(std::make_shared<sim::SimDisk>(after), test::manual_merges());
  EXPECT_EQ(lookup(*store, "a"), "durable");
}

TEST(StoreMerge, WritesRollsAndReadsContinueBetweenItsSteps) {
  const auto disk = test::disk_with({});
  auto store = three_segments(disk);
  must(store->begin_merge(MergeRun{1, 3}));
  Pairs model = kThree;
  int steps = 0;
  bool done = false;
  while (!done) {
    done = must(store->merge_step());
    EXPECT_EQ(store->merge_under_way(), !done);
    const std::string key = "during " + std::to_string(steps++);
    must(store->put(key, "x"));
    must(store->put("c", key));
    model[key] = "x";
    model["c"] = key;
    for (const auto& [k, v] : model) ASSERT_EQ(lookup(*store, k), v);
    ASSERT_EQ(lookup(*store, "a"), std::nullopt);
    if (steps % 2 == 0) must(store->roll());
  }
  EXPECT_GE(steps, 8);
  EXPECT_EQ(dump(*store), model);
  must(store->close());
  EXPECT_EQ(dump(*test::open_store(disk, test::manual_merges())), model);
}

TEST(StoreMerge, ThereIsOneAtATime) {
  const auto store = three_segments(test::disk_with({}));
  must(store->begin_merge(MergeRun{1, 2}));
  EXPECT_TRUE(has_code(store->begin_merge(MergeRun{2, 3}), StatusCode::kBusy));
  EXPECT_TRUE(has_code(store->merge(), StatusCode::kBusy));
  EXPECT_TRUE(has_code(store->merge(MergeRun{1, 1}), StatusCode::kBusy));
  while (!must(store->merge_step())) {
  }
  EXPECT_TRUE(is_ok(store->merge()));
}

TEST(StoreMerge, RefusesRunsThatDoNotExist) {
  const auto store = three_segments(test::disk_with({}));
  for (const auto& [first, last] :
       std::vector<std::pair<std::size_t, std::size_t>>{{0, 1}, {2, 1}, {1, 4}, {4, 4}, {0, 0}}) {
    EXPECT_TRUE(has_code(store->merge(MergeRun{first, last}), StatusCode::kInvalidArgument)) << first << ".." << last;
    EXPECT_FALSE(store->merge_under_way());
  }
  EXPECT_EQ(dump(*store), kThree);
}

TEST(StoreMerge, OfAnEmptyStoreDoesNothing) {
  const auto store = test::open_store(test::disk_with({}), test::manual_merges());
  EXPECT_TRUE(is_ok(store->merge()));
  EXPECT_TRUE(is_ok(store->begin_merge()));
  EXPECT_FALSE(store->merge_under_way());
  EXPECT_TRUE(must(store->merge_step())) << "a merge of nothing is complete after its first step";
  EXPECT_TRUE(has_code(store->merge_step(), StatusCode::kInvalidArgument)) << "and then it is over";
  EXPECT_EQ(store->stats().merges, 0U);
}

TEST(StoreMerge, AStepWithoutAMergeIsRefusedAndNotComplete) {
  const auto store = three_segments(test::disk_with({}));
  EXPECT_TRUE(has_code(store->merge_step(), StatusCode::kInvalidArgument)) << "none was begun";
  must(store->begin_merge(MergeRun{1, 2}));
  while (!must(store->merge_step())) {
  }
  EXPECT_TRUE(has_code(store->merge_step(), StatusCode::kInvalidArgument)) << "it is complete";
  must(store->begin_merge());
  must(store->close());
  EXPECT_TRUE(has_code(store->merge_step(), StatusCode::kReadOnly)) << "it was given up";
}

TEST(StoreMerge, NothingIsMergedInAStoreThatIsClosed) {
  const auto disk = test::disk_with({});
  const auto store = three_segments(disk);
  must(store->close());
  const sim::DiskState closed = disk->state();
  EXPECT_TRUE(has_code(store->merge(), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store->merge(MergeRun{1, 2}), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store->begin_merge(), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store->begin_merge(MergeRun{1, 2}), StatusCode::kReadOnly));
  EXPECT_TRUE(has_code(store->merge_step(), StatusCode::kReadOnly));
  EXPECT_TRUE(disk->state() == closed);
}

TEST(StoreMerge, AFullMergeLeavesOnlyWhatIsLive) {
  const auto disk = test::disk_with({});
  const auto store = three_segments(disk);
  must(store->merge());
  const Stats stats = store->stats();
  ASSERT_EQ(stats.segments.size(), 2U);
  EXPECT_EQ(stats.segments[0].records, 2U);
  EXPECT_EQ(dump(*store), kThree);
  EXPECT_EQ(disk->state().names().size(), 4U) << "the merged segment, its snapshot, the active one and the manifest";
}

TEST(StoreMerge, TheSnapshotsOfTheInputsGoWithThem) {
  const auto disk = test::disk_with({});
  const auto store = three_segments(disk);
  const auto snapshots = [&] {
    std::vector<std::string> found;
    for (const auto& [name, id] : disk->state().names()) {
      if (parse_snapshot_file_name(name)) found.push_back(name);
    }
    return found;
  };
  ASSERT_EQ(snapshots(), (Words{"000001.idx", "000002.idx", "000003.idx"}));
  must(store->merge(MergeRun{1, 2}));
  EXPECT_EQ(snapshots(), (Words{"000003.idx", "000005.idx"})) << "and the output has one";
  must(store->remove("b"));
  must(store->remove("c"));
  must(store->merge());
  EXPECT_EQ(snapshots(), Words{}) << "a run with nothing left has none";
}

TEST(StoreMerge, AnInputWithoutASnapshotIsRemovedToo) {
  const auto disk = test::disk_with({});
  const auto store = three_segments(disk);
  must(disk->remove("000001.idx"));
  EXPECT_TRUE(is_ok(store->merge(MergeRun{1, 2})));
  EXPECT_EQ(disk->state().find("000001.log"), nullptr);
  EXPECT_EQ(disk->state().find("000002.idx"), nullptr);
  EXPECT_EQ(dump(*store), kThree);
}

TEST(StoreMerge, WithoutSpaceChangesNothingAndCanBeTriedAgain) {
  int failures = 0;
  for (const Kind kind : {Kind::kCreate, Kind::kAppend}) {
    for (std::uint64_t n = 1; n <= 5; ++n) {
      const auto disk = test::disk_with({});
      const auto store = three_segments(disk);
      const auto before = disk->state().contents();
      disk->fail(kind, n, Status::no_space("disk", "full"));
      const Status status = store->merge(MergeRun{1, 3});
      if (status.ok()) continue;  // the merge makes fewer calls, or it was the snapshot's, which is no error
      ++failures;
      EXPECT_TRUE(has_code(status, StatusCode::kNoSpace)) << sim::name_of(kind) << " " << n;
      EXPECT_EQ(disk->state().contents(), before);
      EXPECT_FALSE(store->merge_under_way());
      EXPECT_TRUE(is_ok(store->put("d", "4"))) << "the store goes on";
      EXPECT_TRUE(is_ok(store->merge(MergeRun{1, 3})));
      EXPECT_EQ(dump(*store), (Pairs{{"b", "2"}, {"c", "2"}, {"d", "4"}}));
    }
  }
  EXPECT_EQ(failures, 6) << "two creates, and appends of a header, two records and the manifest";
}

TEST(StoreMerge, AFailedWriteOrSyncMakesTheStoreReadOnly) {
  int failures = 0;
  for (const Kind kind :
       {Kind::kCreate, Kind::kAppend, Kind::kTruncate, Kind::kSync, Kind::kRename, Kind::kSyncDirectory}) {
    for (std::uint64_t n = 1; n <= 5; ++n) {
      const auto disk = test::disk_with({});
      auto store = three_segments(disk);
      disk->fail(kind, n, Status::io_error("disk", "no"));
      const Status status = store->merge(MergeRun{1, 3});
      if (status.ok()) continue;  // the merge makes fewer calls, or it was the snapshot's, which is no error
      ++failures;
      EXPECT_TRUE(has_code(status, StatusCode::kIoError)) << sim::name_of(kind) << " " << n;
      EXPECT_TRUE(has_code(store->put("d", "4"), StatusCode::kReadOnly));
      EXPECT_TRUE(has_code(store->merge(), StatusCode::kReadOnly));
      EXPECT_EQ(lookup(*store, "b"), "2") << "it can still be read";
      EXPECT_EQ(dump(*store), kThree);
      EXPECT_TRUE(has_code(store->close(), StatusCode::kIoError));
      store = test::open_store(std::make_shared<sim::SimDisk>(disk->state()), test::manual_merges());
      EXPECT_EQ(dump(*store), kThree);
    }
  }
  EXPECT_EQ(failures, 2 + 4 + 1 + 2 + 1 + 2) << "every call of a merge that writes or syncs";
}

TEST(StoreMerge, AnInputThatCannotBeRemovedIsRemovedByTheNextOpen) {
  const auto disk = test::disk_with({});
  auto store = three_segments(disk);
  disk->fail(Kind::kRemove, 1, Status::io_error("000001.log", "no"));
  EXPECT_TRUE(has_code(store->merge(MergeRun{1, 3}), StatusCode::kIoError));
  EXPECT_EQ(dump(*store), kThree);
  EXPECT_NE(disk->state().find("000001.log"), nullptr);
  must(store->close());
  store = test::open_store(disk, test::manual_merges());
  EXPECT_EQ(dump(*store), kThree);
  EXPECT_EQ(disk->state().find("000001.log"), nullptr);
}

TEST(StoreMerge, AMergeUnderWayStopsWhenTheStoreBecomesReadOnly) {
  const auto disk = test::disk_with({});
  auto store = three_segments(disk);
  must(store->begin_merge(MergeRun{1, 3}));
  ASSERT_FALSE(must(store->merge_step()));
  must(store->put("d", "4"));
  disk->fail(Kind::kSync, 1, Status::io_error("000004.log", "lost"));
  ASSERT_FALSE(store->sync().ok());
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(has_code(store->merge_step(), StatusCode::kReadOnly)) << "never complete";
  EXPECT_FALSE(store->merge_under_way());
  EXPECT_FALSE(store->close().ok());
  EXPECT_EQ(lookup(*test::open_store(std::make_shared<sim::SimDisk>(disk->state()), test::manual_merges()), "b"), "2");
}

TEST(StoreMerge, ThePolicyMergesByItselfAfterARoll) {
  Options options = test::small_segments(128);
  options.merge_policy.automatic = true;
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, options);
  std::size_t most = 0;
  for (int i = 0; i < 300; ++i) {
    must(store->put("key" + std::to_string(i % 7), std::to_string(i)));
    most = std::max(most, store->stats().segments.size());
  }
  EXPECT_GT(store->stats().merges, 10U);
  EXPECT_LE(most, 8U);
  EXPECT_EQ(store->stats().last_merge_error, "");
  for (int i = 293; i < 300; ++i) EXPECT_EQ(lookup(*store, "key" + std::to_string(i % 7)), std::to_string(i));
}

TEST(StoreMerge, AMergeOfThePolicyThatFailsIsNotTheWritersError) {
  Options options = test::manual_merges();
  options.merge_policy.automatic = true;
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, options);
  must(store->put("a", "1"));
  must(store->roll());
  must(store->put("a", std::string(1000, 'v')));
  // After the roll's segment and manifest, and the snapshot: the merge's output.
  disk->fail(Kind::kCreate, 4, Status::no_space("disk", "full"));
  EXPECT_TRUE(is_ok(store->roll()));
  EXPECT_EQ(store->stats().last_merge_error, "no space in 000004.log: the simulated disk is full, as requested");
  EXPECT_EQ(store->stats().merges, 0U);
  EXPECT_TRUE(is_ok(store->put("b", "2")));
}

}  // namespace
}  // namespace sediment
