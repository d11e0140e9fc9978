// The limits of the format and of the options: each just below, at, and just above the limit.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/fitted_index.h"
#include "engine/manifest.h"
#include "engine/publish.h"
#include "engine/record.h"
#include "engine/segment_header.h"
#include "engine/snapshot.h"
#include "engine/store.h"
#include "tests/support/segment_helpers.h"
#include "tests/support/sim_helpers.h"

namespace sediment {
namespace {

using test::has_code;
using test::lookup;
using test::manual_merges;
using test::must;

// A file that stores runs of one and the same byte compactly, so that a gigabyte of 'v' costs nothing. What was never
// written reads as zeros.
class SparseDisk final : public Disk {
 public:
  struct Contents {
    struct Run {
      std::uint64_t size = 0;
      std::string bytes;  // these, or, if empty, `fill` repeated
      char fill = 0;
    };
    std::map<std::uint64_t, Run> runs;  // by offset
    std::uint64_t size = 0;
  };

  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t) override {
    const auto contents = std::make_shared<Contents>();
    if (!files_.emplace(std::string(name), contents).second) return Status::io_error(name, "the name is taken");
    return std::unique_ptr<File>(std::make_unique<SparseFile>(contents));
  }
  Result<std::unique_ptr<File>> open(std::string_view name) override {
    const auto found = files_.find(name);
    if (found == files_.end()) return Status::not_found(std::string(name));
    return std::unique_ptr<File>(std::make_unique<SparseFile>(found->second));
  }
  Result<std::vector<std::string>> list() override {
    std::vector<std::string> names;
    for (const auto& [name, contents] : files_) names.push_back(name);
    return names;
  }
  Status rename(std::string_view from, std::string_view to) override {
    files_[std::string(to)] = files_.find(from)->second;
    files_.erase(files_.find(from));
    return {};
  }
  Status remove(std::string_view name) override {
    const auto found = files_.find(name);
    if (found == files_.end()) return Status::not_found(std::string(name));
    files_.erase(found);
    return {};
  }
  Status sync_directory() override { return {}; }
  Result<std::unique_ptr<DiskLock>> lock(LockMode) override { return std::make_unique<DiskLock>(); }
  std::uint64_t random() override { return nonce_ += 0x9e3779b97f4a7c15; }
  std::uint64_t now_nanoseconds() override { return ++clock_; }

  // Also past the file's end, and into a file that does not exist yet.
  void write_at(std::string_view name, std::uint64_t offset, std::string_view bytes) {
    auto& contents = files_[std::string(name)];
    if (contents == nullptr) contents = std::make_shared<Contents>();
    contents->runs[offset] = {bytes.size(), std::string(bytes), 0};
    contents->size = std::max(contents->size, offset + bytes.size());
  }
  std::uint64_t size_of(std::string_view name) const { return files_.find(name)->second->size; }

 private:
  class SparseFile final : public File {
   public:
    explicit SparseFile(std::shared_ptr<Contents> contents) : contents_(std::move(contents)) {}

    Status append(std::initializer_list<std::string_view> parts) override {
      for (const std::string_view part : parts) {
        if (part.empty()) continue;
        const bool same = part.size() > 4096 && part.find_first_not_of(part[0]) == std::string_view::npos;
        contents_->runs[contents_->size] = {part.size(), same ? std::string() : std::string(part), part[0]};
        contents_->size += part.size();
      }
      return {};
    }
    Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
      if (offset >= contents_->size) return std::string_view();
      size = static_cast<std::size_t>(std::min<std::uint64_t>(size, contents_->size - offset));
      scratch->assign(size, '\0');
      auto run = contents_->runs.upper_bound(offset);
      if (run != contents_->runs.begin()) --run;
      for (; run != contents_->runs.end() && run->first < offset + size; ++run) {
        const std::uint64_t begin = std::max(run->first, offset);
        const std::uint64_t end = std::min(run->first + run->second.size, offset + size);
        if (begin >= end) continue;
        const auto at = static_cast<std::size_t>(begin - offset);
        const auto count = static_cast<std::size_t>(end - begin);
        if (run->second.bytes.empty()) {
          std::fill_n(scratch->begin() + static_cast<std::ptrdiff_t>(at), count, run->second.fill);
        } else {
          scratch->replace(at, count, run->second.bytes, static_cast<std::size_t>(begin - run->first), count);
        }
      }
      return std::string_view(*scratch);
    }
    Status sync() override { return {}; }
    Status truncate(std::uint64_t size) override {
      EXPECT_GE(size, contents_->size) << "nothing was reserved, so nothing is cut";
      contents_->size = size;
      return {};
    }
    std::uint64_t size() const override { return contents_->size; }

   private:
    std::shared_ptr<Contents> contents_;
  };

  std::map<std::string, std::shared_ptr<Contents>, std::less<>> files_;
  std::uint64_t nonce_ = 0;
  std::uint64_t clock_ = 0;
};

TEST(Limits, TheLargestKeyIsWrittenReadMergedAndRecovered) {
  const auto disk = test::disk_with({});
  Options options = manual_merges();
  options.segment_size_bytes = 1 << 20;
  std::map<std::size_t, std::string> keys;
  for (const std::size_t size : {kMaxKeySize - 1, kMaxKeySize}) keys[size] = std::string(size, 'k');
  {
    const auto store = test::open_store(disk, options);
    for (const auto& [size, key] : keys) must(store->put(key, "old " + std::to_string(size)));
    for (const auto& [size, key] : keys) must(store->put(key, std::to_string(size)));
    EXPECT_TRUE(has_code(store->put(std::string(kMaxKeySize + 1, 'k'), ""), StatusCode::kInvalidArgument));
    must(store->remove(keys.at(kMaxKeySize - 1)));
    must(store->put(keys.at(kMaxKeySize - 1), std::to_string(kMaxKeySize - 1)));
    // The store is not closed: the next open reads the log.
  }
  const auto store = test::open_store(std::make_shared<sim::SimDisk>(disk->state()), options);
  must(store->merge());
  for (const auto& [size, key] : keys) EXPECT_EQ(lookup(*store, key), std::to_string(size));
  EXPECT_EQ(test::dump(*store).size(), 2U);
}

TEST(Limits, TheLargestValueIsWrittenAndReadBackAndOneByteMoreIsRefused) {
  const auto disk = std::make_shared<SparseDisk>();
  const auto store = test::open_store(disk, manual_merges());
  std::string value(kMaxValueSize, 'v');
  must(store->put("a", "small"));
  must(store->put("b", value));
  value.back() = 'w';
  value.pop_back();
  must(store->put("c", value));
  must(store->put("d", "small"));
  std::string found;
  must(store->get("b", &found));
  EXPECT_EQ(found.size(), kMaxValueSize);
  EXPECT_EQ(found.find_first_not_of('v'), std::string::npos);
  must(store->get("c", &found));
  EXPECT_EQ(found.size(), kMaxValueSize - 1);
  found = std::string();
  EXPECT_EQ(lookup(*store, "d"), "small");
  value.append(2, 'v');
  ASSERT_EQ(value.size(), kMaxValueSize + 1);
  const Stats before = store->stats();
  EXPECT_TRUE(has_code(store->put("e", value), StatusCode::kInvalidArgument));
  EXPECT_EQ(store->stats().size_bytes(), before.size_bytes());
}

TEST(Limits, SegmentsOfTheSmallestAndTheLargestSize) {
  const std::uint64_t largest = (std::uint64_t{1} << 32) - 1;
  for (const auto& [size, good] : std::vector<std::pair<std::uint64_t, bool>>{
           {63, false}, {64, true}, {65, true}, {largest - 1, true}, {largest, true}, {largest + 1, false}}) {
    const auto disk = std::make_shared<SparseDisk>();
    Options options = manual_merges();
    options.segment_size_bytes = size;
    const Result<std::unique_ptr<Store>> store = Store::open(disk, options);
    ASSERT_EQ(store.ok(), good) << size;
    if (!good) {
      EXPECT_TRUE(has_code(store, StatusCode::kInvalidArgument));
      continue;
    }
    for (int i = 0; i < 10; ++i) must((*store)->put("key" + std::to_string(i % 3), std::to_string(i)));
    EXPECT_EQ((*store)->stats().segments.size(), size < 100 ? 10U : 1U) << "one record each, or all in one";
    EXPECT_EQ(lookup(**store, "key0"), "9");
    must((*store)->merge());
    EXPECT_EQ(test::dump(**store), (test::Pairs{{"key0", "9"}, {"key1", "7"}, {"key2", "8"}}));
  }
}

TEST(Limits, ARecordThatEndsWhereASegmentEndsStillFits) {
  for (const std::int64_t more : {-8, 0, 8}) {
    Options options = manual_merges();
    options.segment_size_bytes = 4096;
    const auto store = test::open_store(std::make_shared<SparseDisk>(), options);
    must(store->put("a", ""));  // 32 bytes
    const auto rest = static_cast<std::size_t>(4096 - 32 - 32 + more);
    must(store->put("b", std::string(rest - kRecordHeaderSize - 1, 'v')));
    EXPECT_EQ(store->stats().segments.size(), more <= 0 ? 1U : 2U) << more;
    EXPECT_EQ(lookup(*store, "b")->size(), rest - kRecordHeaderSize - 1);
  }
}

// A sealed log may be as long as 32-bit offsets in units of 8 reach. Between its first and its last record it is
// sparse: the snapshot knows where they are.
TEST(Limits, ALogOf32GiBIsServedUpToItsLastByteAndALongerOneIsRefused) {
  for (const std::uint64_t size : {kMaxSegmentSize - 8, kMaxSegmentSize, kMaxSegmentSize + 8}) {
    const auto disk = std::make_shared<SparseDisk>();
    const SegmentHeader header{7, SegmentNumber{1}};
    const auto header_bytes = encode_segment_header(header);
    disk->write_at("000001.log", 0, std::string_view(header_bytes.data(), header_bytes.size()));
    HashIndex index;
    const auto write = [&](std::uint64_t offset, std::string_view key, std::string_view value) {
      const EncodedRecord record = encode_record({header.nonce, offset}, RecordType::kPut, key, value, 0);
      std::string bytes(record.header.data(), record.header.size());
      bytes.append(key).append(value).append(record.padding_size, '\0');
      disk->write_at("000001.log", offset, bytes);
      index.insert(hash_key(key), offset);
    };
    write(kSegmentHeaderSize, "first", "one");
    write(size - record_size(4, 1), "last", "2");
    ASSERT_EQ(disk->size_of("000001.log"), size);

    Manifest manifest;
    manifest.next_number = SegmentNumber{2};
    manifest.sealed.push_back({header.number, header.nonce, size, 2});
    must(publish_manifest(*disk, manifest));
    const std::shared_ptr<File> file = must(disk->open("000001.log"));
    must(write_snapshot(*disk, Segment(file, header, fitted(index), size, 2)));

    const Result<std::unique_ptr<Store>> store = Store::open(disk, manual_merges());
    ASSERT_EQ(store.ok(), size <= kMaxSegmentSize) << size;
    if (!store.ok()) {
      EXPECT_TRUE(has_code(store, StatusCode::kCorruption));
      continue;
    }
    EXPECT_EQ((*store)->recovery_report().snapshots_used, 1U);
    EXPECT_EQ(lookup(**store, "first"), "one") << size;
    EXPECT_EQ(lookup(**store, "last"), "2") << size;
    EXPECT_EQ(lookup(**store, "none"), std::nullopt);
  }
}

TEST(LimitsDeathTest, AnOffsetThatTheIndexCannotHoldIsAProgrammersError) {
  HashIndex index;
  index.insert({1}, kMaxSegmentSize - 8);
  EXPECT_EQ(index.probe({1}).next()->offset, kMaxSegmentSize - 8);
  EXPECT_DEATH(index.insert({2}, kMaxSegmentSize), "does not fit the index");
}

TEST(Limits, ATableOfMoreThan65535SlotsIsRight) {
  constexpr std::size_t kKeys = 70'000;
  HashIndex index;
  std::vector<KeyHash> hashes;
  for (std::size_t i = 0; i < kKeys; ++i) {
    hashes.push_back(hash_key("key" + std::to_string(i)));
    index.insert(hashes[i], 8 * (i + 1));
  }
  EXPECT_GT(index.capacity(), 65'535U);
  const HashIndex sorted = fitted(index);
  EXPECT_GT(sorted.capacity(), 65'535U);
  const std::string slots = encode_slots(sorted);
  const HashIndex kept = fitted_from(slots, nullptr);
  EXPECT_TRUE(is_fitted_within(kept, 8, 8 * (kKeys + 1)));
  std::size_t visited = 0;
  for (const HashIndex* one : {static_cast<const HashIndex*>(&index), &sorted, &kept}) {
    for (std::size_t i = 0; i < kKeys; ++i) {
      HashIndex::Probe probe = one->probe(hashes[i]);
      bool found = false;
      while (const auto candidate = probe.next()) found = found || candidate->offset == 8 * (i + 1);
      ASSERT_TRUE(found) << i;
      visited += probe.slots_visited();
    }
  }
  EXPECT_LT(visited, 3 * kKeys * 12) << "not only right: the entries are spread over all slots";
}

}  // namespace
}  // namespace sediment
