// Lab 8 in the student's process: verdicts, and one merge of segments that the grader describes.
#include <memory>

#include "engine/lookup.h"
#include "engine/merge.h"
#include "labs/08_merge/operations.h"
#include "labs/harness/component.h"
#include "labs/harness/remote_disk.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

namespace {

// The store around the merge, as far as a merge can tell.
class Host final : public MergeHost {
 public:
  Result<SegmentNumber> take_number() override { return SegmentNumber{next_number++}; }
  Status commit_merge(const SegmentList& inputs, const SegmentList& merged) override {
    ++commits;
    committed_inputs = inputs.size();
    outputs = merged;
    return {};
  }
  void stop_writing(const Status&) override {}

  std::uint64_t next_number = 0;
  std::uint64_t commits = 0;
  std::uint64_t committed_inputs = 0;
  SegmentList outputs;
};

struct World {
  std::shared_ptr<Disk> disk = remote_disk();
  Host host;
  MergePlan plan;
  std::unique_ptr<Merge> merge;
};

// A segment that the grader describes is there, whatever the student's code does.
template <typename T>
T must(Result<T> result) {
  require(result.ok(), "the segments of a check can be written");
  return std::move(*result);
}

void judge(MessageReader* request, MessageWriter* answer) {
  const auto standing = static_cast<Standing>(request->number());
  const auto type = static_cast<RecordType>(request->number());
  answer->number(verdict(standing, type, request->flag()).keep ? 1 : 0);
}

void write_segment(World& world, MessageReader* request) {
  SegmentList& list = request->flag() ? world.plan.newer : world.plan.inputs;
  const SegmentNumber number{request->number()};
  const auto log = must(LogWriter::create_durable(*world.disk, number, 0));
  auto segment = std::make_shared<Segment>(*log);
  for (std::uint64_t count = request->number(); count > 0; --count) {
    const auto type = static_cast<RecordType>(request->number());
    const std::string key = request->text();
    const std::string value = request->text();
    const std::uint64_t offset = must(log->append(type, key, value));
    const Record record{type, offset, record_size(key.size(), value.size()), 0, key, value};
    require(segment->add(record, hash_key(key), nullptr).ok(), "the segments of a check can be indexed");
  }
  require(log->seal().ok(), "the segments of a check can be sealed");
  list.push_back(std::move(segment));
}

void begin(World& world, MessageReader* request) {
  world.plan.begins_with_oldest = request->flag();
  world.plan.limit.segment_bytes = request->number();
  world.host.next_number = request->number();
  world.merge = std::make_unique<Merge>(*world.disk, world.host, world.plan, nullptr);
}

void step(World& world, MessageWriter* answer) {
  const Result<bool> complete = world.merge->step();
  write_status(complete.status(), answer);
  answer->number(complete.ok() && *complete ? 1 : 0).number(world.merge->progress().records_read);
  answer->number(world.host.commits).number(world.host.committed_inputs).number(world.host.outputs.size());
  for (const auto& output : world.host.outputs) {
    answer->number(static_cast<std::uint64_t>(output->number())).number(output->size_bytes());
  }
}

void find(const World& world, MessageReader* request, MessageWriter* answer) {
  const std::string key = request->text();
  std::string scratch;
  Lookup lookup{.key = key, .hash = hash_key(key), .scratch = &scratch};
  const Found found = find_in(world.host.outputs, &lookup);
  const bool there = found == Found::kValue || found == Found::kTombstone;
  answer->number(static_cast<std::uint64_t>(found)).text(there ? lookup.record.value : std::string_view());
}

}  // namespace

void answer_component_request(MessageReader* request, MessageWriter* answer) {
  static World world;
  switch (static_cast<MergeOperation>(request->number())) {
    case MergeOperation::kVerdict: return judge(request, answer);
    case MergeOperation::kSegment: return write_segment(world, request);
    case MergeOperation::kBegin: return begin(world, request);
    case MergeOperation::kStep: return step(world, answer);
    case MergeOperation::kFind: return find(world, request, answer);
  }
}

const sim::StoreKind& store_with_component() { return sim::engine_kind(); }

}  // namespace sediment::labs
