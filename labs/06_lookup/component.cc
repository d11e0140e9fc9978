// Lab 6 in the student's process: lookups in segments that the grader describes.
#include <memory>

#include "engine/log_writer.h"
#include "engine/lookup.h"
#include "labs/06_lookup/operations.h"
#include "labs/harness/component.h"
#include "labs/harness/remote_disk.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

namespace {

struct World {
  std::shared_ptr<Disk> disk = remote_disk();
  SegmentList oldest_first;
  std::string scratch;
  std::uint64_t copies = 0;
};

// What the grader describes can be written, whatever the student's code does.
template <typename T>
T must(Result<T> result) {
  require(result.ok(), "the segments of a check can be written");
  return std::move(*result);
}

void write_segment(World& world, MessageReader* request) {
  const auto log = must(LogWriter::create_durable(*world.disk, SegmentNumber{request->number()}, 0));
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
  world.oldest_first.push_back(std::move(segment));
}

// Puts a damaged copy of the file in the place of the file. The index is as it was.
void damage(World& world, MessageReader* request) {
  std::shared_ptr<const Segment>& segment = world.oldest_first.at(static_cast<std::size_t>(request->number()));
  const auto offset = static_cast<std::size_t>(request->number());
  const std::uint64_t bit = request->number();
  std::string scratch;
  std::string bytes(must(read_fully(segment->file(), 0, static_cast<std::size_t>(segment->size_bytes()), &scratch)));
  bytes.at(offset) = static_cast<char>(static_cast<unsigned char>(bytes.at(offset)) ^ (1U << bit));
  std::shared_ptr<File> copy = must(world.disk->create("copy-" + std::to_string(++world.copies), 0));
  require(copy->append({bytes}).ok(), "the segments of a check can be copied");
  segment = std::make_shared<Segment>(copy, SegmentHeader{segment->nonce(), segment->number()},
                                      HashIndex(segment->index()), segment->size_bytes(), segment->record_count());
}

void find(World& world, MessageReader* request, MessageWriter* answer) {
  const auto skip = static_cast<std::size_t>(request->number());
  const std::string key = request->text();
  Lookup lookup{.key = key, .hash = hash_key(key), .scratch = &world.scratch};
  const Found found = find_in(world.oldest_first, &lookup, skip);
  answer->number(static_cast<std::uint64_t>(found));
  if (found == Found::kValue || found == Found::kTombstone) answer->text(lookup.record.key).text(lookup.record.value);
  if (found == Found::kFailure) write_status(lookup.failure, answer);
}

void prefetch(const World& world, MessageReader* request, MessageWriter* answer) {
  const KeyHash hash = hash_key(request->text());
  prefetch_slots(world.oldest_first, hash);
  answer->number(prefetch_record(world.oldest_first, hash));
}

}  // namespace

void answer_component_request(MessageReader* request, MessageWriter* answer) {
  static World world;
  switch (static_cast<LookupOperation>(request->number())) {
    case LookupOperation::kSegment: return write_segment(world, request);
    case LookupOperation::kDamage: return damage(world, request);
    case LookupOperation::kFind: return find(world, request, answer);
    case LookupOperation::kPrefetch: return prefetch(world, request, answer);
  }
}

const sim::StoreKind& store_with_component() { return sim::engine_kind(); }

}  // namespace sediment::labs
