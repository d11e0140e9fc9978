#include "viz/model/large_store.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "engine/log_reader.h"
#include "engine/manifest.h"
#include "engine/tools/log_walk.h"
#ifndef __EMSCRIPTEN__
#include "engine/posix/posix_disk.h"
#endif

namespace sediment::viz {

namespace {

constexpr std::uint64_t kSmallestRecord = 32;       // bytes: a header and a key
constexpr std::uint64_t kBetweenReports = 8 << 20;  // bytes
constexpr std::uint32_t kNone = std::numeric_limits<std::uint32_t>::max();

// Which record of each key is the newest. Keys whose 64-bit hashes are equal count as one: among twenty million keys
// that happens once in a hundred thousand stores, and then one record is drawn in the wrong colour.
class NewestRecords {
 public:
  explicit NewestRecords(std::size_t most_keys) : slots_(most_keys + most_keys / 2 + 16) {}

  /// Returns the slot of the key.
  std::uint32_t set(std::string_view key, std::uint32_t record) {
    const std::uint64_t hash = checksum64(key, 0) | 1;  // 0 is an empty slot
    // The upper half of a product spreads the hash over any number of slots.
    __extension__ using Wide = unsigned __int128;
    auto slot = static_cast<std::size_t>((static_cast<Wide>(hash) * slots_.size()) >> 64);
    while (slots_[slot].hash != 0 && slots_[slot].hash != hash) slot = slot + 1 == slots_.size() ? 0 : slot + 1;
    slots_[slot] = {hash, record};
    return static_cast<std::uint32_t>(slot);
  }
  std::uint32_t newest_in(std::uint32_t slot) const { return slots_[slot].record; }

 private:
  struct Slot {
    std::uint64_t hash = 0;
    std::uint32_t record = 0;
  };
  std::vector<Slot> slots_;
};

// What is known of each record until all have been read.
struct Seen {
  std::uint32_t slot = kNone;  // of its key; kNone for a tombstone, which no lookup finds
  std::uint32_t size = 0;      // bytes
};

// Not mapped: if a process that writes cuts a file, a read is an error and no signal.
Result<std::shared_ptr<Disk>> disk_at(const std::string& path) {
#ifdef __EMSCRIPTEN__
  return Status::not_found(path + ": a browser has no such files");
#else
  return open_posix_disk(path, false, PosixAccess::kSystemCalls);
#endif
}

LogExtent extent_of(const LargeStore::Segment& segment, const std::string& name) {
  return {name, segment.nonce, segment.size_bytes};
}

// Adds the records of a segment to what is known of it and of their keys. Calls `tell` now and then with its place.
Status read_segment(const File& file, const std::function<void(std::uint64_t)>& tell, LargeStore::Segment& segment,
                    NewestRecords& newest, std::vector<Seen>& seen) {
  const std::string name = segment_file_name(segment.number);
  segment.parts.resize(LargeStore::kParts);
  const auto part_at = [&](std::uint64_t offset) {
    const std::uint64_t part = offset * LargeStore::kParts / segment.size_bytes;
    return std::min(LargeStore::kParts - 1, static_cast<std::size_t>(part));
  };
  tools::LogWalk walk(file, extent_of(segment, name));
  std::uint64_t written = kSegmentHeaderSize;
  std::uint64_t told = 0;
  while (true) {
    Result<std::optional<tools::Stretch>> stretch = walk.next();
    if (!stretch.ok()) return stretch.status();
    if (!*stretch) break;
    const tools::Stretch& found = **stretch;
    if (found.blank()) continue;
    written = found.offset + found.size_bytes;
    if (!found.valid()) {
      for (std::size_t at = part_at(found.offset); at <= part_at(written - 1); ++at)
        segment.parts[at].is_damaged = true;
      continue;
    }
    if (seen.size() >= LargeStore::kMostRecords) {
      return Status::invalid_argument(
          fmt::format("the store holds more than the {} records that can be shown", LargeStore::kMostRecords));
    }
    const auto number = static_cast<std::uint32_t>(seen.size());
    LargeStore::Part& part = segment.parts[part_at(found.offset)];
    if (part.records++ == 0) {
      part.begin = found.offset;
      part.first_record = number;
    }
    part.bytes += found.size_bytes;
    ++segment.records;
    const std::uint32_t slot = newest.set(found.key, number);
    const bool is_put = found.header->type == RecordType::kPut;
    seen.push_back({is_put ? slot : kNone, static_cast<std::uint32_t>(found.size_bytes)});
    if (found.offset < told + kBetweenReports) continue;
    told = found.offset;
    tell(told);
  }
  segment.size_bytes = written;
  return {};
}

// Counts in each part what a lookup finds. Returns the same record by record.
std::vector<bool> mark_live(const NewestRecords& newest, const std::vector<Seen>& seen,
                            std::vector<LargeStore::Segment>& segments) {
  std::vector<bool> is_live(seen.size());
  for (LargeStore::Segment& segment : segments) {
    for (LargeStore::Part& part : segment.parts) {
      for (std::uint64_t record = part.first_record; record < part.first_record + part.records; ++record) {
        const Seen& each = seen[record];
        if (each.slot == kNone || newest.newest_in(each.slot) != record) continue;
        is_live[record] = true;
        part.live_bytes += each.size;
        ++segment.live;
      }
    }
  }
  return is_live;
}

}  // namespace

Result<std::shared_ptr<const LargeStore>> LargeStore::open(const std::string& path, const Progress& progress) {
  Result<std::shared_ptr<Disk>> disk = disk_at(path);
  if (!disk.ok()) return disk.status();
  const Result<Manifest> manifest = read_manifest(**disk);
  if (!manifest.ok()) return manifest.status();

  std::shared_ptr<LargeStore> store(new LargeStore(path, *disk));
  std::uint64_t all_bytes = 0;
  std::uint64_t most_records = 0;
  const auto add = [&](SegmentNumber number, std::uint64_t nonce, bool is_active, std::uint64_t records) -> Status {
    Result<std::unique_ptr<File>> file = (*disk)->open(segment_file_name(number));
    if (!file.ok()) return file.status();
    Segment& segment = store->segments_.emplace_back();
    segment.number = number;
    segment.nonce = nonce;
    segment.is_active = is_active;
    segment.size_bytes = (*file)->size();
    all_bytes += segment.size_bytes;
    most_records += is_active ? segment.size_bytes / kSmallestRecord : records;
    store->files_.push_back(std::move(*file));
    return {};
  };
  for (const Manifest::Sealed& sealed : manifest->sealed) {
    if (Status s = add(sealed.number, sealed.nonce, false, sealed.record_count); !s.ok()) return s;
  }
  if (manifest->active) {
    if (Status s = add(manifest->active->number, manifest->active->nonce, true, 0); !s.ok()) return s;
  }
  if (most_records > kMostRecords) {
    return Status::invalid_argument(fmt::format("{} may hold {} records; up to {} can be shown. Try: sediment stats {}",
                                                path, most_records, kMostRecords, path));
  }

  NewestRecords newest(most_records);
  std::vector<Seen> seen;
  seen.reserve(most_records);
  std::uint64_t bytes_before = 0;
  for (std::size_t i = 0; i < store->segments_.size(); ++i) {  // the oldest first
    const std::uint64_t size = store->segments_[i].size_bytes;
    const auto tell = [&](std::uint64_t offset) {
      if (progress) progress(bytes_before + offset, all_bytes);
    };
    if (Status s = read_segment(*store->files_[i], tell, store->segments_[i], newest, seen); !s.ok()) return s;
    bytes_before += size;
  }
  store->is_live_ = mark_live(newest, seen, store->segments_);
  std::reverse(store->segments_.begin(), store->segments_.end());
  std::reverse(store->files_.begin(), store->files_.end());
  return std::shared_ptr<const LargeStore>(std::move(store));
}

std::uint64_t LargeStore::live() const {
  std::uint64_t live = 0;
  for (const Segment& segment : segments_) live += segment.live;
  return live;
}

Result<std::vector<RecordView>> LargeStore::decode(std::size_t segment, std::size_t part, std::size_t first,
                                                   std::size_t most) const {
  const Segment& of = segments_.at(segment);
  const Part& wanted = of.parts.at(part);
  const std::string name = segment_file_name(of.number);
  std::vector<RecordView> views;
  std::string scratch;
  std::uint64_t offset = wanted.begin;
  for (std::uint64_t i = 0; i < wanted.records && views.size() < most; ++i) {
    Record record;
    const Status status = read_record(*files_[segment], extent_of(of, name), offset, &scratch, &record);
    if (status.is(StatusCode::kCorruption)) break;  // the rest of the part is after damage
    if (!status.ok()) return status;
    offset = record.end();
    if (i < first) continue;
    RecordView& view = views.emplace_back();
    view.offset = record.offset;
    view.size_bytes = record.size_bytes;
    view.type = record.type;
    view.key = record.key;
    view.value = record.value;
    view.superseded = !is_live_[wanted.first_record + i] && record.type == RecordType::kPut;
  }
  return views;
}

}  // namespace sediment::viz
