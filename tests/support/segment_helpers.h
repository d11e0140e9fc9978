// Segments and events for tests of the layers between the log and the store.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/event.h"
#include "engine/log_writer.h"
#include "engine/lookup.h"
#include "engine/segment.h"
#include "tests/support/store_helpers.h"

namespace sediment::test {

/// Keys with their values, in the order of the log; a missing value is a tombstone.
using Records = std::vector<std::pair<std::string, std::optional<std::string>>>;

/// A durable segment with these records. Its number says nothing about its age.
inline std::shared_ptr<const Segment> segment_of(Disk& disk, std::uint64_t number, const Records& records) {
  const auto log = must(LogWriter::create_durable(disk, SegmentNumber{number}, 0));
  auto segment = std::make_shared<Segment>(log->file(), SegmentHeader{log->nonce(), log->number()});
  for (const auto& [key, value] : records) {
    const RecordType type = value ? RecordType::kPut : RecordType::kTombstone;
    const std::string text = value.value_or("");
    const std::uint64_t offset = must(log->append(type, key, text));
    must(segment->add({type, offset, record_size(key.size(), text.size()), 0, key, text}, hash_key(key), nullptr));
  }
  must(log->sync());
  return segment;
}

/// read_record, with its answer as a Result.
inline Result<Record> record_at(const File& file, const LogExtent& log, std::uint64_t offset, std::string* scratch) {
  Record record;
  if (Status s = read_record(file, log, offset, scratch, &record); !s.ok()) return s;
  return record;
}

/// The result of find_in(), unless it failed.
struct Answer {
  Found kind = Found::kNothing;
  Record record;
};

template <typename SegmentOrList>
Result<Answer> look_up(const SegmentOrList& where, std::string_view key, std::string* scratch,
                       Observer* observer = nullptr) {
  Lookup lookup{.key = key, .hash = hash_key(key), .scratch = scratch, .observer = observer};
  const Found found = find_in(where, &lookup);
  if (found == Found::kFailure) return lookup.failure;
  return Answer{found, lookup.record};
}

/// An Event that owns its bytes.
struct SeenEvent {
  EventKind kind = EventKind::kOpened;
  std::uint64_t segment = 0;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
  std::string key;
  std::string why;
};

class EventRecorder final : public Observer {
 public:
  void on_event(const Event& event) override {
    events.push_back({event.kind, value_of(event.segment), event.offset, event.size, std::string(event.key),
                      std::string(event.why)});
  }

  std::vector<SeenEvent> of(EventKind kind) const {
    std::vector<SeenEvent> chosen;
    for (const SeenEvent& event : events) {
      if (event.kind == kind) chosen.push_back(event);
    }
    return chosen;
  }
  /// "probed 3", "indexed 1 a": kind, segment and key.
  std::vector<std::string> lines() const {
    std::vector<std::string> lines;
    for (const SeenEvent& event : events) {
      lines.push_back(std::string(name_of(event.kind)) +
                      (event.segment == 0 ? "" : " " + std::to_string(event.segment)) +
                      (event.key.empty() ? "" : " " + event.key));
    }
    return lines;
  }

  std::vector<SeenEvent> events;
};

}  // namespace sediment::test
