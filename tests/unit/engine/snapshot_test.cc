// Snapshots: the index of a sealed segment as a file. What it holds, when it is refused, and that nothing but time
// depends on it.
#include "engine/snapshot.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "sim/disk/crash.h"
#include "tests/support/damage.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/temporary_directory.h"

namespace sediment {
namespace {

using Kind = sim::DiskOperation::Kind;
using test::dump;
using test::EventRecorder;
using test::Files;
using test::has_code;
using test::is_ok;
using test::lookup;
using test::manual_merges;
using test::must;
using test::Pairs;
using test::segment_of;

Options without_snapshots() {
  Options options = manual_merges();
  options.snapshots = false;
  return options;
}

// ---- one snapshot

Manifest::Sealed entry_of(const Segment& segment) {
  return {segment.number(), segment.nonce(), segment.size_bytes(), segment.record_count()};
}

// A segment, and its snapshot's bytes.
struct Snapshot {
  explicit Snapshot(const test::Records& records = {{"a", "1"}, {"b", "2"}, {"a", "3"}, {"c", std::nullopt}},
                    std::uint64_t number = 7) {
    sim::SimDisk disk;
    const auto written = segment_of(disk, number, records)->settled_copy();
    must(write_snapshot(disk, *written));
    segment = written;
    entry = entry_of(*written);
    name = snapshot_file_name(entry.number);
    bytes = disk.state().contents().at(name);
  }
  // What a reader says about these bytes under the snapshot's name.
  Result<HashIndex> read(const std::string& contents) const {
    return read_snapshot(*test::disk_with({{name, contents}}), entry);
  }
  Result<HashIndex> read() const { return read(bytes); }

  std::shared_ptr<const Segment> segment;
  Manifest::Sealed entry;
  std::string name;
  std::string bytes;
};

// The same with both checksums corrected: for changes that no accident makes.
std::string with_good_checksums(std::string bytes, std::uint64_t nonce) {
  store_u64(&bytes[56], checksum64(std::string_view(bytes).substr(64), nonce));
  store_u32(&bytes[8],
            static_cast<std::uint32_t>(checksum64(std::string_view(bytes).substr(12, 52), 0x5844494d49444553)));
  return bytes;
}

TEST(Snapshot, GivesBackTheIndexThatWasWritten) {
  for (const test::Records& records :
       {test::Records{{"a", "1"}}, test::Records{{"a", "1"}, {"b", "2"}, {"a", "3"}, {"c", std::nullopt}},
        test::Records{{"", ""}}}) {
    const Snapshot snapshot(records);
    const HashIndex index = must(snapshot.read());
    EXPECT_TRUE(index == snapshot.segment->index());
    EXPECT_GT(index.size(), 0U);
  }
}

TEST(Snapshot, KeepsThousandsOfEntries) {
  test::Records records;
  for (int i = 0; i < 5000; ++i) records.emplace_back("key" + std::to_string(i), "v");
  const Snapshot snapshot(records);
  const HashIndex index = must(snapshot.read());
  EXPECT_EQ(index.size(), 5000U);
  EXPECT_TRUE(index == snapshot.segment->index());
}

TEST(Snapshot, HasTheLayoutOfTheBoxDiagram) {
  const Snapshot snapshot({{"a", "1"}, {"b", "2"}, {"a", "3"}}, 0x0123);
  const std::string& bytes = snapshot.bytes;
  ASSERT_EQ(snapshot.name, "000291.idx");
  ASSERT_EQ(bytes.size(), 64U + 3 * 8) << "two keys in three slots";
  const auto integer = [&](std::size_t at, std::size_t size) {
    std::uint64_t value = 0;
    for (std::size_t i = size; i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
    return value;
  };
  const std::string_view view = bytes;
  EXPECT_EQ(view.substr(0, 8), "SEDIMIDX");
  EXPECT_EQ(integer(8, 4), checksum64(view.substr(12, 52), integer(0, 8)) & 0xffffffffU);
  EXPECT_EQ(integer(12, 4), 1U) << "version";
  EXPECT_EQ(integer(16, 8), snapshot.segment->nonce());
  EXPECT_EQ(integer(24, 8), 0x0123U) << "number";
  EXPECT_EQ(integer(32, 8), 32U + 3 * 32) << "bytes of the log";
  EXPECT_EQ(integer(40, 8), 3U) << "records";
  EXPECT_EQ(integer(48, 8), 3U) << "slots";
  EXPECT_EQ(integer(56, 8), checksum64(view.substr(64), snapshot.segment->nonce()));

  std::map<std::uint64_t, std::uint64_t> entries;  // tag, offset
  for (std::size_t slot = 0; slot < 3; ++slot) {
    const std::uint64_t offset = 8 * integer(64 + 8 * slot + 4, 4);
    if (offset != 0) entries[integer(64 + 8 * slot, 4)] = offset;
  }
  EXPECT_EQ(entries, (std::map<std::uint64_t, std::uint64_t>{{hash_key("a").tag, 96}, {hash_key("b").tag, 64}}));
}

TEST(Snapshot, AMissingOneIsNotFound) {
  const Snapshot snapshot;
  EXPECT_TRUE(has_code(read_snapshot(*test::disk_with({}), snapshot.entry), StatusCode::kNotFound));
}

TEST(Snapshot, EveryFlippedBitIsRefusedWithAReason) {
  const Snapshot snapshot;
  ASSERT_TRUE(is_ok(snapshot.read()));
  const std::uint64_t bits = test::for_each_bit_flip(snapshot.bytes, [&](const std::string& bytes, std::uint64_t bit) {
    const Result<HashIndex> index = snapshot.read(bytes);
    ASSERT_TRUE(has_code(index, StatusCode::kCorruption)) << "bit " << bit;
    EXPECT_EQ(index.status().file(), snapshot.name);
    EXPECT_FALSE(index.status().message().empty());
  });
  EXPECT_EQ(bits, 8 * (64U + 4 * 8));
}

TEST(Snapshot, EveryOtherLengthIsRefusedWithAReason) {
  const Snapshot snapshot;
  const std::uint64_t cuts = test::for_each_cut(snapshot.bytes, [&](const std::string& bytes, std::uint64_t size) {
    EXPECT_TRUE(has_code(snapshot.read(bytes), StatusCode::kCorruption)) << size;
  });
  EXPECT_EQ(cuts, snapshot.bytes.size());
  for (std::size_t more = 1; more <= 64; ++more) {
    EXPECT_TRUE(has_code(snapshot.read(snapshot.bytes + std::string(more, '\0')), StatusCode::kCorruption)) << more;
  }
  EXPECT_EQ(snapshot.read("").status().message(), "the file is too short for a snapshot's header");
  EXPECT_EQ(snapshot.read(snapshot.bytes + "x").status().message(),
            "the file's length does not match its number of slots");
}

TEST(Snapshot, SaysWhatIsWrong) {
  const Snapshot snapshot;
  const auto message_after = [&](std::size_t at) {
    std::string bytes = snapshot.bytes;
    bytes[at] ^= 1;
    return std::string(snapshot.read(bytes).status().message());
  };
  EXPECT_EQ(message_after(0), "this is not a snapshot: it does not begin with SEDIMIDX");
  EXPECT_EQ(message_after(8), "the header's checksum does not match");
  EXPECT_EQ(message_after(12), "the header's checksum does not match");
  EXPECT_EQ(message_after(64), "the checksum of the slots does not match");
}

TEST(Snapshot, OneOfAnotherLogIsRefused) {
  const Snapshot snapshot;
  Manifest::Sealed other = snapshot.entry;
  ++other.nonce;
  const auto disk = test::disk_with({{snapshot.name, snapshot.bytes}, {"000008.idx", snapshot.bytes}});
  const Status other_nonce = read_snapshot(*disk, other).status();
  ASSERT_TRUE(has_code(other_nonce, StatusCode::kCorruption));
  EXPECT_EQ(other_nonce.message(), "it belongs to a different log");

  other = snapshot.entry;
  other.number = SegmentNumber{8};
  const Status other_number = read_snapshot(*disk, other).status();
  ASSERT_TRUE(has_code(other_number, StatusCode::kCorruption));
  EXPECT_EQ(other_number.message(), "it belongs to a different log") << "the nonce is right, the number is not";
}

TEST(Snapshot, OneOfAnotherLengthOfTheLogIsRefused) {
  const Snapshot snapshot;
  const auto disk = test::disk_with({{snapshot.name, snapshot.bytes}});
  ASSERT_TRUE(is_ok(read_snapshot(*disk, snapshot.entry)));
  for (const auto& [bytes, records] : std::vector<std::pair<std::uint64_t, std::uint64_t>>{{32, 0}, {0, 1}, {32, 1}}) {
    Manifest::Sealed longer = snapshot.entry;
    longer.size_bytes += bytes;
    longer.record_count += records;
    const Result<HashIndex> index = read_snapshot(*disk, longer);
    ASSERT_TRUE(has_code(index, StatusCode::kCorruption));
    EXPECT_EQ(index.status().message(), "it was made when the log had a different length");
  }
}

TEST(Snapshot, AnotherVersionIsRefused) {
  const Snapshot snapshot;
  ASSERT_EQ(with_good_checksums(snapshot.bytes, snapshot.entry.nonce), snapshot.bytes);
  for (const std::uint32_t version : {0U, 2U, UINT32_MAX}) {
    std::string bytes = snapshot.bytes;
    store_u32(&bytes[12], version);
    const Result<HashIndex> index = snapshot.read(with_good_checksums(bytes, snapshot.entry.nonce));
    ASSERT_TRUE(has_code(index, StatusCode::kInvalidArgument)) << version;
    EXPECT_EQ(index.status().message(), snapshot.name + " has a different format version");
  }
}

TEST(Snapshot, EntriesThatPointOutsideTheLogAreRefused) {
  const Snapshot snapshot;
  std::size_t used = 64;
  while (load_u32(&snapshot.bytes[used + 4]) == 0) used += 8;
  const std::uint64_t end = snapshot.entry.size_bytes;
  for (const auto& [offset, good] : std::vector<std::pair<std::uint64_t, bool>>{{8, false},
                                                                                {24, false},
                                                                                {32, true},
                                                                                {end - 8, true},
                                                                                {end, false},
                                                                                {end + 8, false},
                                                                                {kMaxSegmentSize - 8, false}}) {
    std::string bytes = snapshot.bytes;
    store_u32(&bytes[used + 4], static_cast<std::uint32_t>(offset / 8));
    const Result<HashIndex> index = snapshot.read(with_good_checksums(bytes, snapshot.entry.nonce));
    EXPECT_EQ(index.ok(), good) << offset;
    EXPECT_EQ(index.status().message(), good ? "" : "its entries cannot be those of this log");
  }
}

TEST(Snapshot, ATableWithoutAnEmptySlotIsRefused) {
  // Two keys in two slots: every probe for a third key would go round for ever.
  const Snapshot snapshot(test::Records{{"a", "1"}, {"b", "2"}});
  std::string bytes = snapshot.bytes.substr(0, 64);
  for (std::size_t slot = 0; slot < 3; ++slot) {
    const std::string entry = snapshot.bytes.substr(64 + 8 * slot, 8);
    if (load_u32(&entry[4]) != 0) bytes += entry;
  }
  ASSERT_EQ(bytes.size(), 64U + 2 * 8);
  store_u64(&bytes[48], 2);
  const Result<HashIndex> index = snapshot.read(with_good_checksums(bytes, snapshot.entry.nonce));
  ASSERT_TRUE(has_code(index, StatusCode::kCorruption));
  EXPECT_EQ(index.status().message(), "its entries cannot be those of this log");
}

TEST(Snapshot, MoreEntriesThanTheLogHasRecordsAreRefused) {
  // All slots except the last are what two keys produce, so it is the log that has one record too few.
  for (const std::uint64_t records : {2U, 1U}) {
    Snapshot snapshot(test::Records{{"a", "1"}, {"b", "2"}});
    ASSERT_EQ(snapshot.bytes.size(), 64U + 3 * 8) << "two entries in three slots";
    snapshot.entry.record_count = records;
    store_u64(&snapshot.bytes[40], records);
    const Result<HashIndex> index = snapshot.read(with_good_checksums(snapshot.bytes, snapshot.entry.nonce));
    EXPECT_EQ(index.ok(), records == 2) << records;
    EXPECT_EQ(index.status().message(), records == 2 ? "" : "its entries cannot be those of this log");
  }
}

TEST(Snapshot, AFalseNumberOfSlotsIsRefused) {
  const Snapshot snapshot;
  for (const std::uint64_t slots : {std::uint64_t{0}, std::uint64_t{3}, std::uint64_t{1} << 61, UINT64_MAX}) {
    std::string bytes = snapshot.bytes;
    store_u64(&bytes[48], slots);
    EXPECT_TRUE(has_code(snapshot.read(with_good_checksums(bytes, snapshot.entry.nonce)), StatusCode::kCorruption));
  }
}

TEST(Snapshot, ABadSectorIsAnIoError) {
  const Snapshot snapshot;
  const auto disk = test::disk_with({{snapshot.name, snapshot.bytes}});
  disk->fail({.call = sim::CallFault::Call::kRead});
  EXPECT_TRUE(has_code(read_snapshot(*disk, snapshot.entry), StatusCode::kIoError));
}

TEST(Snapshot, IsReadThroughShortReads) {
  const Snapshot snapshot;
  const auto disk = test::disk_with({{snapshot.name, snapshot.bytes}});
  disk->limit_reads(5);
  EXPECT_TRUE(must(read_snapshot(*disk, snapshot.entry)) == snapshot.segment->index());
}

TEST(Snapshot, AnIndexCopiedOutOfItsFileKeepsNoFileOpen) {
  const Snapshot snapshot;
  const auto disk = test::disk_with({{snapshot.name, snapshot.bytes}});
  const std::uint64_t open_before = disk->open_files();
  const HashIndex index = must(read_snapshot(*disk, snapshot.entry));
  EXPECT_EQ(disk->open_files(), open_before);
  EXPECT_TRUE(index == snapshot.segment->index());
}

TEST(Snapshot, AnIndexThatReadsAMappedFileOutlivesItsNameAndItsDisk) {
  test::Records records;
  for (int i = 0; i < 2000; ++i) records.emplace_back("key" + std::to_string(i), "v");
  const Snapshot snapshot(records);
  for (const PosixAccess access : {PosixAccess::kMapped, PosixAccess::kSystemCalls}) {
    const test::TemporaryDirectory directory;
    auto disk = must(open_posix_disk(directory.path(), false, access));
    must(must(disk->create(snapshot.name, 0))->append({snapshot.bytes}));
    std::optional<HashIndex> index = must(read_snapshot(*disk, snapshot.entry));
    must(disk->remove(snapshot.name));
    disk.reset();
    const HashIndex moved = std::move(*index);
    index.reset();
    EXPECT_TRUE(moved == snapshot.segment->index());
    EXPECT_EQ(moved.size(), 2000U);
    EXPECT_TRUE(moved.probe(hash_key("key1234")).next().has_value());
  }
}

TEST(Snapshot, EveryCallThatFailsLeavesNoHalfSnapshotUnderItsName) {
  int failures = 0;
  for (const Kind kind : {Kind::kCreate, Kind::kAppend, Kind::kSync, Kind::kRename}) {
    for (const bool no_space : {false, true}) {
      sim::SimDisk disk;
      const auto segment = segment_of(disk, 1, {{"a", "1"}})->settled_copy();
      disk.fail(kind, 1, no_space ? Status::no_space("disk", "full") : Status::io_error("disk", "no"));
      const Status status = write_snapshot(disk, *segment);
      if (kind == Kind::kSync || kind == Kind::kRename || !no_space) {
        EXPECT_FALSE(status.ok()) << sim::name_of(kind);
      } else {
        EXPECT_TRUE(has_code(status, StatusCode::kNoSpace)) << sim::name_of(kind);
      }
      EXPECT_EQ(disk.state().contents().size(), 1U) << sim::name_of(kind) << ": the log, and nothing else";
      disk.heal();
      EXPECT_TRUE(is_ok(write_snapshot(disk, *segment)));
      EXPECT_TRUE(is_ok(read_snapshot(disk, entry_of(*segment))));
      ++failures;
    }
  }
  EXPECT_EQ(failures, 8);
}

TEST(Snapshot, APowerCutAtAnyMomentLeavesAWholeSnapshotOrNone) {
  sim::Trace trace;
  sim::SimDisk disk({}, {}, &trace);
  const auto segment = segment_of(disk, 1, {{"a", "1"}, {"b", "2"}})->settled_copy();
  const std::uint64_t before = trace.operation_count();
  must(write_snapshot(disk, *segment));
  std::uint64_t whole = 0;
  std::uint64_t none = 0;
  for (std::uint64_t k = before; k <= trace.operation_count(); ++k) {
    const sim::DiskState state = must(trace.state_after(k));
    for (const auto scope : {sim::CrashChoice::Scope::kEverything, sim::CrashChoice::Scope::kContents,
                             sim::CrashChoice::Scope::kDirectory}) {
      const auto after = must(sim::crash_image(state, {.fault = sim::Fault::kLoseUnsynced, .scope = scope}));
      sim::SimDisk left(after);
      const Result<HashIndex> index = read_snapshot(left, entry_of(*segment));
      if (index.ok()) {
        EXPECT_TRUE(*index == segment->index());
        ++whole;
      } else {
        EXPECT_TRUE(has_code(index, StatusCode::kNotFound)) << "operation " << k;
        ++none;
      }
    }
  }
  EXPECT_EQ(trace.operation_count() - before, 4U) << "create, append, sync, rename";
  EXPECT_EQ(whole, 1U) << "the rename survived, although the directory was not synced";
  EXPECT_EQ(none, 14U);
}

TEST(Snapshot, ReplacesAnOlderOneAndALeftover) {
  const Snapshot snapshot({{"a", "1"}}, 1);
  const auto disk = test::disk_with({{"000001.idx", "damaged"}, {"000001.idx.tmp", "half"}});
  must(write_snapshot(*disk, *snapshot.segment));
  EXPECT_EQ(disk->state().contents(), (Files{{"000001.idx", snapshot.bytes}}));
}

// ---- in a store

// A store with a segment for each pair, closed.
Files closed_with(const std::vector<std::pair<std::string, std::string>>& pairs,
                  const Options& options = manual_merges()) {
  const auto disk = test::disk_with({});
  const auto store = test::open_store(disk, options);
  for (const auto& [key, value] : pairs) {
    must(store->roll());
    must(store->put(key, value));
  }
  must(store->close());
  return disk->state().contents();
}

std::vector<std::string> names_in(const Files& files) {
  std::vector<std::string> names;
  for (const auto& [name, bytes] : files) names.push_back(name);
  return names;
}

TEST(StoreSnapshots, ExistForEachSealedSegment) {
  const Files files = closed_with({{"a", "1"}, {"b", "2"}});
  EXPECT_EQ(names_in(files),
            (std::vector<std::string>{"000001.idx", "000001.log", "000002.idx", "000002.log", "MANIFEST"}));
  const Manifest manifest = must(parse_manifest(files.at("MANIFEST")));
  const auto disk = test::disk_with(files);
  for (const Manifest::Sealed& entry : manifest.sealed) EXPECT_EQ(must(read_snapshot(*disk, entry)).size(), 1U);
}

TEST(StoreSnapshots, AreUsedByTheNextOpenInsteadOfTheRecords) {
  const Files files = closed_with({{"a", "1"}, {"b", "2"}, {"a", "3"}});
  for (const bool read_only : {false, true}) {
    EventRecorder events;
    Options options = manual_merges();
    options.read_only = read_only;
    options.observer = &events;
    const auto store = test::open_store(test::disk_with(files), options);
    EXPECT_EQ(store->recovery_report().snapshots_used, 3U);
    EXPECT_EQ(store->recovery_report().snapshots_ignored, 0U);
    EXPECT_EQ(store->recovery_report().records_scanned, 0U);
    EXPECT_EQ(events.of(EventKind::kSnapshotUsed).size(), 3U);
    EXPECT_EQ(events.of(EventKind::kRecoveryScanned).size(), 0U);
    EXPECT_EQ(events.of(EventKind::kSnapshotWritten).size(), 0U) << "they are there";
    EXPECT_EQ(store->stats().snapshots_written, 0U);
    EXPECT_EQ(dump(*store), (Pairs{{"a", "3"}, {"b", "2"}}));
  }
}

TEST(StoreSnapshots, AnUnusableOneIsIgnoredCountedAndRewritten) {
  Files files = closed_with({{"a", "1"}, {"b", "2"}, {"a", "3"}});
  const Files whole = files;
  files.at("000002.idx")[70] ^= 1;
  EventRecorder events;
  Options options = manual_merges();
  options.observer = &events;
  const auto disk = test::disk_with(files);
  auto store = test::open_store(disk, options);
  EXPECT_EQ(store->recovery_report().snapshots_used, 2U);
  EXPECT_EQ(store->recovery_report().snapshots_ignored, 1U);
  EXPECT_EQ(store->recovery_report().records_scanned, 1U);
  ASSERT_EQ(events.of(EventKind::kSnapshotIgnored).size(), 1U);
  EXPECT_EQ(events.of(EventKind::kSnapshotIgnored)[0].segment, 2U);
  EXPECT_EQ(events.of(EventKind::kSnapshotIgnored)[0].why, "the checksum of the slots does not match");
  EXPECT_EQ(dump(*store), (Pairs{{"a", "3"}, {"b", "2"}}));
  EXPECT_EQ(store->stats().snapshots_written, 1U);
  EXPECT_EQ(disk->state().contents().at("000002.idx"), whole.at("000002.idx"));
}

TEST(StoreSnapshots, AnUnreadableOneIsIgnoredToo) {
  const auto disk = test::disk_with(closed_with({{"a", "1"}}));
  disk->fail({.call = sim::CallFault::Call::kRead, .n = 3});  // the manifest, the log's header, the snapshot
  const auto store = test::open_store(disk, manual_merges());
  EXPECT_EQ(disk->failed_calls(), 1U);
  EXPECT_EQ(store->recovery_report().snapshots_ignored, 1U);
  EXPECT_EQ(dump(*store), (Pairs{{"a", "1"}}));
}

TEST(StoreSnapshots, AMissingOneIsNotCountedAsIgnored) {
  Files files = closed_with({{"a", "1"}, {"b", "2"}});
  ASSERT_EQ(files.erase("000001.idx"), 1U);
  EventRecorder events;
  Options options = manual_merges();
  options.observer = &events;
  const auto disk = test::disk_with(files);
  const auto store = test::open_store(disk, options);
  EXPECT_EQ(store->recovery_report().snapshots_used, 1U);
  EXPECT_EQ(store->recovery_report().snapshots_ignored, 0U);
  EXPECT_EQ(events.of(EventKind::kSnapshotIgnored).size(), 0U);
  EXPECT_NE(disk->state().find("000001.idx"), nullptr) << "and it is written now";
}

TEST(StoreSnapshots, AReadOnlyOpenWritesNone) {
  for (const Options& written_with : {manual_merges(), without_snapshots()}) {
    Files files = closed_with({{"a", "1"}, {"b", "2"}}, written_with);
    if (files.contains("000001.idx")) files.at("000001.idx").clear();
    const auto disk = test::disk_with(files);
    const auto store = test::open_store(disk, test::read_only(manual_merges()));
    EXPECT_EQ(dump(*store), (Pairs{{"a", "1"}, {"b", "2"}}));
    must(store->close());
    EXPECT_EQ(disk->state().contents(), files);
  }
}

TEST(StoreSnapshots, SwitchedOffTheyAreNeitherWrittenNorRead) {
  EXPECT_EQ(names_in(closed_with({{"a", "1"}, {"b", "2"}}, without_snapshots())),
            (std::vector<std::string>{"000001.log", "000002.log", "MANIFEST"}));

  const Files files = closed_with({{"a", "1"}, {"b", "2"}});
  ASSERT_TRUE(files.contains("000001.idx"));
  const auto disk = test::disk_with(files);
  const auto store = test::open_store(disk, without_snapshots());
  EXPECT_EQ(store->recovery_report().snapshots_used, 0U);
  EXPECT_EQ(store->recovery_report().snapshots_ignored, 0U);
  EXPECT_EQ(store->recovery_report().records_scanned, 2U);
  EXPECT_EQ(disk->state().contents().at("000001.idx"), files.at("000001.idx")) << "it may be of use another time";
  must(store->merge());
  EXPECT_EQ(disk->state().find("000001.idx"), nullptr) << "it still goes with its segment";
}

TEST(StoreSnapshots, ALeftOverHalfOneIsRemovedByTheNextOpen) {
  Files files = closed_with({{"a", "1"}});
  files["000001.idx.tmp"] = "half";
  files["000009.idx"] = "of a segment that a merge removed";
  const auto disk = test::disk_with(files);
  const auto store = test::open_store(disk, manual_merges());
  EXPECT_EQ(disk->state().find("000001.idx.tmp"), nullptr);
  EXPECT_EQ(disk->state().find("000009.idx"), nullptr);
  EXPECT_EQ(store->recovery_report().files_removed, (std::vector<std::string>{"000001.idx.tmp", "000009.idx"}));
}

TEST(StoreSnapshots, AloneAreNotAStore) {
  const auto disk = test::disk_with({{"000001.idx", "left over"}, {"000001.idx.tmp", "half"}});
  const auto store = test::open_store(disk, manual_merges());
  EXPECT_TRUE(store->recovery_report().created);
  EXPECT_EQ(disk->state().find("000001.idx"), nullptr);
  must(store->put("a", "1"));
  EXPECT_EQ(dump(*store), (Pairs{{"a", "1"}}));
}

TEST(StoreSnapshots, AMergedStoreOpensFromTheOutputsSnapshot) {
  const auto disk = test::disk_with(closed_with({{"a", "1"}, {"b", "2"}, {"a", "3"}}));
  auto store = test::open_store(disk, manual_merges());
  must(store->remove("b"));
  must(store->merge());
  must(store->close());
  store = test::open_store(disk, manual_merges());
  EXPECT_EQ(store->recovery_report().segments, 1U);
  EXPECT_EQ(store->recovery_report().snapshots_used, 1U);
  EXPECT_EQ(dump(*store), (Pairs{{"a", "3"}}));
}

TEST(StoreSnapshots, ExistForAKilledStoresRewrittenLogAfterItsOpen) {
  const auto disk = test::disk_with({});
  {
    const auto store = test::open_store(disk, manual_merges());
    must(store->put("a", "1"));
    const auto killed = std::make_shared<sim::SimDisk>(disk->state());
    const auto again = test::open_store(killed, manual_merges());
    EXPECT_EQ(again->recovery_report().records_scanned, 1U);
    EXPECT_EQ(again->stats().snapshots_written, 1U);
    const auto third = test::open_store(std::make_shared<sim::SimDisk>(killed->state()), manual_merges());
    EXPECT_EQ(third->recovery_report().snapshots_used, 1U);
    EXPECT_EQ(third->recovery_report().records_scanned, 0U);
    EXPECT_EQ(lookup(*third, "a"), "1");
  }
}

}  // namespace
}  // namespace sediment
