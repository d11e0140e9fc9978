// What an open reads. Whatever the size of the store, it reads no bytes of logs except headers and the active segment,
// and each snapshot once.
//
// SEDIMENT_OPEN_KEYS=5000000 does the same with that many keys on the real file system, and prints how long it took.
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <iostream>

#include "engine/posix/posix_disk.h"
#include "engine/store.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/temporary_directory.h"
#include "tests/support/watched_disk.h"

namespace sediment {
namespace {

using test::lookup;
using test::must;

constexpr std::uint64_t kKeySize = 13;
constexpr std::uint64_t kValueSize = 16;
constexpr std::uint64_t kRecordSize = record_size(kKeySize, kValueSize);
constexpr std::uint64_t kActiveRecords = 100;

std::string key_of(std::uint64_t i) { return "key" + std::to_string(1'000'000'000 + i); }
std::string value_of(std::uint64_t i) { return std::to_string(1'000'000'000'000'000 + i); }

// Fills a store with this many keys, the last hundred of them in its active segment, and leaves the disk as a killed
// process would: from some moment on, no call does anything.
void fill_and_kill(const std::shared_ptr<Disk>& disk, const Options& options, std::uint64_t keys) {
  std::atomic<bool> killed = false;
  const auto mortal = std::make_shared<test::WatchedDisk>(disk, [&](test::WatchedDisk::Call, std::string_view name) {
    return killed ? Status::io_error(name, "the process is dead") : Status();
  });
  const auto store = test::open_store(mortal, options);
  for (std::uint64_t i = 0; i < keys; ++i) {
    if (i + kActiveRecords == keys) must(store->roll());
    must(store->put(key_of(i), value_of(i)));
  }
  killed = true;
}

struct Cost {
  std::uint64_t segments = 0;
  std::uint64_t sealed_log_bytes = 0;  // read
  std::uint64_t active_log_bytes = 0;
  std::uint64_t snapshot_bytes = 0;
  std::uint64_t other_bytes = 0;  // from the manifest
  std::uint64_t records_scanned = 0;
  std::chrono::milliseconds time{};
};

// Opens the store, and gets some keys of all ages.
Cost cost_of_opening(const std::shared_ptr<Disk>& disk, const Options& options, std::uint64_t keys) {
  const auto watched = std::make_shared<test::WatchedDisk>(disk);
  const auto started = std::chrono::steady_clock::now();
  const auto store = test::open_store(watched, options);
  Cost cost;
  cost.time = std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started);
  const RecoveryReport& report = store->recovery_report();
  cost.segments = report.segments;
  cost.records_scanned = report.records_scanned;
  for (const auto& [name, bytes] : watched->bytes_read()) {
    if (name == report.active_file) {
      cost.active_log_bytes += bytes;
    } else if (parse_segment_file_name(name)) {
      cost.sealed_log_bytes += bytes;
    } else if (parse_snapshot_file_name(name)) {
      cost.snapshot_bytes += bytes;
    } else {
      cost.other_bytes += bytes;
    }
  }

  std::uint64_t entries = 0;
  for (const SegmentStats& segment : store->stats().segments) entries += segment.keys;
  EXPECT_EQ(entries, keys);
  for (std::uint64_t i = 0; i < keys; i += keys / 10 - 1) EXPECT_EQ(lookup(*store, key_of(i)), value_of(i)) << i;
  EXPECT_EQ(lookup(*store, key_of(keys)), std::nullopt);
  return cost;
}

std::uint64_t bytes_of_snapshots(Disk& disk) {
  std::uint64_t bytes = 0;
  for (const std::string& name : must(disk.list())) {
    if (parse_snapshot_file_name(name)) bytes += must(disk.open(name))->size();
  }
  return bytes;
}

std::ostream& operator<<(std::ostream& out, const Cost& cost) {
  return out << cost.segments << " sealed segments; read " << cost.sealed_log_bytes << " bytes of their logs, "
             << cost.snapshot_bytes << " of snapshots, " << cost.active_log_bytes << " of the active log, "
             << cost.other_bytes << " of the manifest; scanned " << cost.records_scanned << " records; "
             << cost.time.count() << " ms";
}

void expect_cheap_open(const std::shared_ptr<Disk>& disk, const Options& options, std::uint64_t keys) {
  fill_and_kill(disk, options, keys);
  const std::uint64_t snapshot_bytes = bytes_of_snapshots(*disk);
  ASSERT_GT(snapshot_bytes, 8 * (keys - kActiveRecords)) << "8 bytes a slot";

  Options scanning = test::read_only(options);
  scanning.snapshots = false;
  const Cost scan = cost_of_opening(disk, scanning, keys);
  EXPECT_GE(scan.sealed_log_bytes, (keys - kActiveRecords) * kRecordSize) << "without snapshots it reads everything";
  EXPECT_EQ(scan.records_scanned, keys);
  EXPECT_EQ(scan.snapshot_bytes, 0U);

  for (const bool read_only : {true, false}) {
    Options with_snapshots = options;
    with_snapshots.read_only = read_only;
    const Cost cost = cost_of_opening(disk, with_snapshots, keys);
    // A writer's open also turns the former active log into a sealed segment, and does not read it again.
    const std::uint64_t opened = cost.segments - (read_only ? 0 : 1);
    EXPECT_GT(opened, 10U);
    EXPECT_EQ(cost.sealed_log_bytes, opened * kSegmentHeaderSize) << "headers, and nothing else";
    EXPECT_EQ(cost.snapshot_bytes, snapshot_bytes) << "each snapshot once";
    EXPECT_EQ(cost.records_scanned, kActiveRecords);
    EXPECT_GE(cost.active_log_bytes, kActiveRecords * kRecordSize);
    EXPECT_LE(cost.active_log_bytes, 4 * options.segment_size_bytes) << "a few passes over one segment";
    if (!read_only) std::cout << keys << " keys, without snapshots: " << scan << "\n";
    std::cout << keys << " keys, " << (read_only ? "read-only" : "for writing") << ": " << cost << std::endl;
  }
}

TEST(OpenCost, OpeningTenThousandKeysReadsNoLogBytesButHeadersAndTheActiveSegment) {
  expect_cheap_open(test::disk_with({}), test::small_segments(16'384), 10'000);
}

TEST(OpenCost, OpeningTheEnvironmentsNumberOfKeysCostsTheSameBytesOnARealFileSystem) {
  const char* keys = std::getenv("SEDIMENT_OPEN_KEYS");
  const test::TemporaryDirectory directory;
  Options options = test::small_segments(std::uint64_t{64} * 1024);
  if (keys != nullptr) options.segment_size_bytes = std::uint64_t{4} << 20;
  expect_cheap_open(must(open_posix_disk(directory.path(), true)), options,
                    keys != nullptr ? std::stoull(keys) : 20'000);
}

}  // namespace
}  // namespace sediment
