// One merge of any run of any segments: no key changes its value at any moment, the output holds exactly the records
// that still count, and the inputs stay unchanged until they are removed.
#include "engine/merge.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

#include "tests/support/coverage.h"
#include "tests/support/generators.h"
#include "tests/support/rapidcheck_settings.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment::test {
namespace {

using Model = std::map<std::string, std::optional<std::string>>;  // the last record of each key

// ---- what a merge works on

// A store's list of segments, and the effect of a merge on it.
class ListOfSegments final : public MergeHost {
 public:
  Result<SegmentNumber> take_number() override { return SegmentNumber{next_number++}; }
  Status commit_merge(const SegmentList& inputs, const SegmentList& merged) override {
    if (!commit_answer.ok()) return commit_answer;
    ++commits;
    const auto first = std::find(oldest_first.begin(), oldest_first.end(), inputs.front());
    RC_ASSERT(oldest_first.end() - first >= static_cast<std::ptrdiff_t>(inputs.size()));
    const auto at = oldest_first.erase(first, first + static_cast<std::ptrdiff_t>(inputs.size()));
    oldest_first.insert(at, merged.begin(), merged.end());
    outputs = merged;
    return {};
  }
  void stop_writing(const Status& /*reason*/) override { RC_FAIL("nothing has failed that stops a store"); }

  void add(Disk& disk, const Records& records) {
    oldest_first.push_back(segment_of(disk, value_of(must(take_number())), records));
  }

  SegmentList oldest_first;
  std::uint64_t next_number = 1;
  int commits = 0;
  SegmentList outputs;
  Status commit_answer;
};

rc::Gen<Records> any_records() {
  const auto value = rc::gen::apply(
      [](bool tombstone, std::string text) {
        return tombstone ? std::optional<std::string>() : std::optional(std::move(text));
      },
      rc::gen::element(false, false, true), hostile_value());
  const auto key = rc::gen::element<std::string>("", "a", "b", std::string(8, '\0'), kTwin, kOtherTwin);
  return rc::gen::nonEmpty(rc::gen::scale(0.12, rc::gen::container<Records>(rc::gen::pair(key, value))));
}

rc::Gen<std::vector<Records>> any_segments() {
  return rc::gen::nonEmpty(rc::gen::scale(0.12, rc::gen::container<std::vector<Records>>(any_records())));
}

void write_into(const Records& records, Model* model) {
  for (const auto& [key, value] : records) (*model)[key] = value;
}

// Makes a segment for each; returns what they hold.
Model write_all(const std::vector<Records>& segments, Disk& disk, ListOfSegments* host) {
  Model model;
  for (const Records& records : segments) {
    host->add(disk, records);
    write_into(records, &model);
  }
  return model;
}

Records records_of(const Segment& segment) {
  Records records;
  LogReader reader(segment.file(), segment.extent());
  while (true) {
    const LogReader::Step step = must(reader.next());
    if (step.verdict == RecordVerdict::kEnd) return records;
    RC_ASSERT(step.verdict == RecordVerdict::kValid);
    const bool put = step.record.type == RecordType::kPut;
    records.emplace_back(step.record.key, put ? std::optional(std::string(step.record.value)) : std::nullopt);
  }
}

// What a merge of segments first..last must leave, according to merge.h alone: each key's last record if no newer
// segment has one; tombstones only if something older stays outside the merge.
Records what_still_counts(const std::vector<Records>& segments, MergeRun run) {
  Records left;
  for (std::size_t i = run.first - 1; i < run.last; ++i) {
    for (std::size_t at = 0; at < segments[i].size(); ++at) {
      const auto& [key, value] = segments[i][at];
      bool superseded = false;
      for (std::size_t later = at + 1; later < segments[i].size(); ++later)
        superseded = superseded || segments[i][later].first == key;
      for (std::size_t newer = i + 1; newer < segments.size(); ++newer) {
        for (const auto& record : segments[newer]) superseded = superseded || record.first == key;
      }
      const bool hides_nothing = !value && run.first == 1;
      if (!superseded && !hides_nothing) left.emplace_back(key, value);
    }
  }
  return left;
}

void must_answer_like(const Model& model, const SegmentList& oldest_first) {
  std::string scratch;
  for (const auto& [key, value] : model) {
    const test::Answer found = must(look_up(oldest_first, key, &scratch));
    if (value) {
      RC_ASSERT(found.kind == Found::kValue);
      RC_ASSERT(found.record.value == *value);
    } else {
      RC_ASSERT(found.kind != Found::kValue);
    }
  }
  RC_ASSERT(must(look_up(oldest_first, "a key that was never written", &scratch)).kind == Found::kNothing);
}

MergePlan plan_of(const SegmentList& list, MergeRun run, OutputLimit limit = {}) {
  MergePlan plan = plan_for(run, list);
  plan.limit = limit;
  return plan;
}

// Mostly large enough for all of the output.
OutputLimit any_limit() {
  return {*rc::gen::elementOf(std::vector<std::uint64_t>{kMaxSegmentSize, kMaxSegmentSize, 80, 80, 160, 400}), 0};
}

// Checks that each one is as full as the limit allows: the first record of the next one would not have fitted.
void must_be_split_at(const OutputLimit& limit, const SegmentList& outputs) {
  for (std::size_t i = 0; i < outputs.size(); ++i) {
    RC_ASSERT(outputs[i]->record_count() == 1 || outputs[i]->size_bytes() <= limit.segment_bytes);
    if (i + 1 == outputs.size()) break;
    const auto [key, value] = records_of(*outputs[i + 1]).front();
    const std::uint64_t next = record_size(key.size(), value ? value->size() : 0);
    RC_ASSERT(outputs[i]->size_bytes() + next > limit.segment_bytes);
  }
}

MergeRun any_run(std::size_t segments) {
  const auto first = *between<std::size_t>(1, segments);
  return {first, *between<std::size_t>(first, segments)};
}

// ---- properties

TEST(MergeProperty, ChangesNoAnswerAndLeavesExactlyWhatStillCounts) {
  try_more_cases();
  Coverage coverage("merge_of_any_run");
  const bool holds = rc::check("before, during and after a merge every key answers as in a map", [&] {
    const std::vector<Records> segments = *any_segments();
    const MergeRun run = any_run(segments.size());
    // Segments sealed while the merge is under way: the merge does not know them.
    const Records newer = *any_records();
    const auto newer_after = *between(0, 12);  // steps

    sim::SimDisk disk;
    ListOfSegments host;
    Model model = write_all(segments, disk, &host);
    const OutputLimit limit = any_limit();
    const MergePlan plan = plan_of(host.oldest_first, run, limit);
    const std::map<std::string, std::string> before = disk.state().contents();

    Merge merge(disk, host, plan, nullptr);
    bool done = false;
    for (int steps = 0; !done; ++steps) {
      if (steps == newer_after) {
        host.add(disk, newer);
        write_into(newer, &model);
        coverage.count(host.commits == 0 ? "segments-sealed-meanwhile" : "segments-sealed-after-the-commit");
      }
      const std::size_t files_before = disk.state().names().size();
      done = must(merge.step());
      must_answer_like(model, host.oldest_first);
      for (const auto& [name, contents] : before) {
        const sim::FileState* file = disk.state().find(name);
        if (file != nullptr) RC_ASSERT(file->cached == contents);
        if (file == nullptr) RC_ASSERT(host.commits == 1);
      }
      RC_ASSERT(disk.state().names().size() + 1 >= files_before);  // one step removes one file
    }

    const Records expected = what_still_counts(segments, run);
    RC_ASSERT(host.outputs.empty() == expected.empty());
    Records left;
    std::uint64_t bytes_out = 0;
    for (const auto& output : host.outputs) {
      for (auto& record : records_of(*output)) left.push_back(std::move(record));
      bytes_out += output->size_bytes() - kSegmentHeaderSize;
      const sim::FileState* file = disk.state().find(output->name());
      RC_ASSERT(file != nullptr && file->cached.size() == output->size_bytes() && file->unsynced.empty());
    }
    RC_ASSERT(left == expected);
    must_be_split_at(limit, host.outputs);
    std::set<std::string> keys;
    for (const auto& [key, value] : expected) RC_ASSERT(keys.insert(key).second);

    const MergeProgress& progress = merge.progress();
    std::uint64_t bytes_in = 0;
    std::uint64_t records_in = 0;
    for (const auto& input : plan.inputs) {
      RC_ASSERT(disk.state().find(input->name()) == nullptr);
      RC_ASSERT(records_of(*input).size() == input->record_count());  // still readable through a pointer to it
      bytes_in += input->size_bytes() - kSegmentHeaderSize;
      records_in += input->record_count();
    }
    RC_ASSERT(progress.bytes_read == bytes_in && progress.records_read == records_in);
    RC_ASSERT(progress.bytes_written == bytes_out && progress.records_kept == expected.size());
    RC_ASSERT(bytes_out <= bytes_in);
    for (const auto& other : plan.newer) RC_ASSERT(disk.state().find(other->name()) != nullptr);

    coverage.count("merges");
    if (run.first > 1) coverage.count("runs-after-older-segments");
    if (run.last < segments.size()) coverage.count("runs-before-newer-segments");
    if (host.outputs.empty()) coverage.count("merged-to-nothing");
    if (host.outputs.size() > 1) coverage.count("split-outputs");
    if (bytes_out == bytes_in) coverage.count("nothing-dropped");
    for (const auto& [key, value] : expected) coverage.count(value ? "values-kept" : "tombstones-kept");
    coverage.count("records-dropped", records_in - expected.size());
  });
  ASSERT_TRUE(holds);
  coverage.require_at_least("merges", 1000);
  for (const char* counter : {"runs-after-older-segments", "runs-before-newer-segments", "merged-to-nothing",
                              "nothing-dropped", "values-kept", "tombstones-kept", "records-dropped",
                              "segments-sealed-meanwhile", "segments-sealed-after-the-commit", "split-outputs"})
    coverage.require_at_least(counter, 50);
}

TEST(MergeProperty, AnyMergesOneAfterTheOtherEndInTheLivePairsAlone) {
  try_more_cases();
  Coverage coverage("merges_in_a_row");
  const bool holds = rc::check("after any merges and then one of everything, exactly the map is left", [&] {
    const std::vector<Records> segments = *any_segments();
    sim::SimDisk disk;
    ListOfSegments host;
    Model model = write_all(segments, disk, &host);
    const auto merges = *between(0, 3);
    for (int i = 0; i < merges && !host.oldest_first.empty(); ++i) {
      Merge merge(disk, host, plan_of(host.oldest_first, any_run(host.oldest_first.size())), nullptr);
      while (!must(merge.step())) {
      }
      must_answer_like(model, host.oldest_first);
      coverage.count("merges");
    }
    if (!host.oldest_first.empty()) {
      Merge merge(disk, host, plan_of(host.oldest_first, {1, host.oldest_first.size()}), nullptr);
      while (!must(merge.step())) {
      }
    }
    std::erase_if(model, [](const auto& entry) { return !entry.second.has_value(); });
    Model left;
    for (const auto& segment : host.oldest_first) write_into(records_of(*segment), &left);
    RC_ASSERT(left == model);
    RC_ASSERT(host.oldest_first.size() == (model.empty() ? 0U : 1U));
    RC_ASSERT(disk.state().names().size() == host.oldest_first.size());
    if (!model.empty()) RC_ASSERT(host.oldest_first.front()->record_count() == model.size());
    coverage.count(model.empty() ? "ended-in-nothing" : "ended-in-pairs");
  });
  ASSERT_TRUE(holds);
  for (const char* counter : {"merges", "ended-in-nothing", "ended-in-pairs"}) coverage.require_at_least(counter, 50);
}

TEST(MergeProperty, AMergeThatIsGivenUpLeavesNoTrace) {
  try_more_cases();
  Coverage coverage("merge_given_up");
  const bool holds =
      rc::check("a merge that is abandoned, or refused by a full disk, changes nothing on the disk", [&] {
        const std::vector<Records> segments = *any_segments();
        const MergeRun run = any_run(segments.size());
        const auto steps = *between(0, 12);
        const auto full = *rc::gen::arbitrary<bool>();

        sim::SimDisk disk;
        ListOfSegments host;
        Model model = write_all(segments, disk, &host);
        if (full) host.commit_answer = Status::no_space("MANIFEST.tmp", "the disk is full");
        const auto before = disk.state().contents();
        const SegmentList list = host.oldest_first;

        Merge merge(disk, host, plan_of(list, run, any_limit()), nullptr);
        Result<bool> done = false;
        for (int i = 0; done.ok() && !*done && (full || i < steps); ++i) done = merge.step();
        if (full) RC_ASSERT(done.status().is(StatusCode::kNoSpace));
        merge.abandon("the test says so");

        must_answer_like(model, host.oldest_first);
        if (host.commits > 0) {
          coverage.count("abandoned-after-the-commit");
          return;
        }
        RC_ASSERT(disk.state().contents() == before);
        RC_ASSERT(host.oldest_first == list);
        coverage.count(full ? "refused" : "abandoned");
      });
  ASSERT_TRUE(holds);
  for (const char* counter : {"refused", "abandoned", "abandoned-after-the-commit"})
    coverage.require_at_least(counter, 50);
}

}  // namespace
}  // namespace sediment::test
