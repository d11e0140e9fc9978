// salvage: every record that still verifies is in the new store, in the same order, and every other record is in the
// list.
//
// The library on simulated disks, where a thousand damaged stores take a second; the command on a real disk.
#include "engine/tools/salvage.h"

#include <algorithm>
#include <iostream>
#include <set>

#include "engine/log_reader.h"
#include "engine/manifest.h"
#include "sim/base/random.h"
#include "tests/cli/cli_fixture.h"
#include "tests/support/sim_helpers.h"

namespace sediment::test {
namespace {

using sim::Random;
using sim::SimDisk;

struct KnownRecord {
  std::string file;
  std::uint64_t offset = 0;
  std::uint64_t size_bytes = 0;
  std::uint64_t nonce = 0;
  RecordType type = RecordType::kPut;
  std::string key;
  std::string value;
};

// What a record is, wherever it is stored.
struct Content {
  RecordType type = RecordType::kPut;
  std::string key;
  std::string value;

  bool operator==(const Content&) const = default;
};

// Segments in the order of age according to the manifest.
std::vector<std::string> segments_of(const Manifest& manifest) {
  std::vector<std::string> names;
  for (const Manifest::Sealed& entry : manifest.sealed) names.push_back(segment_file_name(entry.number));
  if (manifest.active) names.push_back(segment_file_name(manifest.active->number));
  return names;
}

std::vector<KnownRecord> records_of(const Files& files, const std::vector<std::string>& segments) {
  std::vector<KnownRecord> records;
  for (const std::string& name : segments) {
    const std::unique_ptr<File> file = file_with(files.at(name));
    const SegmentHeader header = must(read_segment_header(*file, name));
    LogReader reader(*file, {name, header.nonce, file->size()});
    while (true) {
      const LogReader::Step step = must(reader.next());
      if (step.verdict != RecordVerdict::kValid) break;
      records.push_back({name, step.offset, step.record.size_bytes, header.nonce, step.record.type,
                         std::string(step.record.key), std::string(step.record.value)});
    }
  }
  return records;
}

std::vector<Content> contents_of(SimDisk& disk) {
  std::vector<Content> contents;
  const Manifest manifest = must(read_manifest(disk));
  for (KnownRecord& record : records_of(disk.state().contents(), segments_of(manifest))) {
    contents.push_back({record.type, std::move(record.key), std::move(record.value)});
  }
  return contents;
}

Pairs pairs_of(const Files& files) {
  const auto store = open_store(disk_with(files), read_only());
  return dump(*store);
}

// What is left on the disk when the writing process stops: several sealed segments, among them the output of a merge,
// which has a higher number than a newer segment, and an active log. Every sixth write is synced.
Files store_to_damage() {
  const auto disk = std::make_shared<SimDisk>();
  const auto store = open_store(disk, small_segments(2048));
  Random random(7);
  for (int i = 0; i < 180; ++i) {
    const std::string key = "key" + std::to_string(random.below(40));
    const std::uint64_t size = random.below(60);
    const bool removes = random.below(8) == 0;
    must(removes ? store->remove(key) : store->put(key, std::to_string(i) + std::string(size, 'v')));
    if (i % 6 == 0) must(store->sync());
    if (i == 120) must(store->merge(MergeRun{2, 3}));
  }
  Files files = disk->state().contents();
  files.erase("LOCK");
  return files;
}

class Salvage : public testing::Test {
 protected:
  Salvage()
      : files_(store_to_damage()),
        manifest_(must(parse_manifest(files_.at("MANIFEST")))),
        records_(records_of(files_, segments_of(manifest_))) {}

  /// Salvages what is on the disk into `made_`, and checks that nothing changed on the disk.
  tools::SalvageReport salvage_files(const Files& files) {
    const auto damaged = disk_with(files);
    made_ = disk_with({});
    tools::SalvageReport report = must(tools::salvage(*damaged, *made_, {}));
    EXPECT_EQ(damaged->state().contents(), files) << "the damaged store was changed";
    return report;
  }
  Files::mapped_type& file(std::size_t segment) { return files_.at(segments_of(manifest_)[segment]); }
  std::string active_name() const { return segment_file_name(manifest_.active->number); }
  /// The i-th record of a file.
  const KnownRecord& record_in(const std::string& name, std::size_t i) const {
    for (const KnownRecord& record : records_) {
      if (record.file == name && i-- == 0) return record;
    }
    throw std::runtime_error("no such record");
  }

  Files files_;
  Manifest manifest_;
  std::vector<KnownRecord> records_;
  std::shared_ptr<SimDisk> made_;
};

bool same_pairs(SimDisk& disk, const Files& original) {
  return pairs_of(disk.state().contents()) == pairs_of(original);
}

const tools::SalvagedFile& report_of(const tools::SalvageReport& report, const std::string& name) {
  for (const tools::SalvagedFile& file : report.files) {
    if (file.name == name) return file;
  }
  throw std::runtime_error("no " + name + " in the report");
}

// ---- no damage

TEST_F(Salvage, OfASoundStoreGivesTheSameStore) {
  ASSERT_GE(manifest_.sealed.size(), 4U);
  ASSERT_TRUE(std::is_sorted(manifest_.sealed.begin(), manifest_.sealed.end(),
                             [](const auto& one, const auto& other) { return one.number < other.number; }) == false)
      << "the order can only go wrong with a merge's output in the middle";
  const tools::SalvageReport report = salvage_files(files_);
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.records(), records_.size());
  EXPECT_TRUE(same_pairs(*made_, files_));
  EXPECT_EQ(contents_of(*made_).size(), records_.size()) << "tombstones and old values, too";
}

TEST_F(Salvage, OfASoundStoreWithoutItsManifestSavesEveryRecordAndNamesTheKeysForWhichTheOrderMattered) {
  files_.erase("MANIFEST");
  const tools::SalvageReport report = salvage_files(files_);
  EXPECT_FALSE(report.complete());
  EXPECT_FALSE(report.manifest.ok());
  EXPECT_EQ(report.count(tools::Finding::Kind::kDamage), 0U);
  EXPECT_EQ(report.records(), records_.size());

  // Recounts the last record of each key in each file.
  std::map<std::string, std::set<std::string>> said;
  std::map<std::pair<std::string, std::string>, std::string> last;
  for (const KnownRecord& record : records_) {
    last[{record.key, record.file}] = record.type == RecordType::kTombstone ? "removed" : "put " + record.value;
  }
  for (const auto& [where, what] : last) said[where.first].insert(what);
  std::set<std::string> expected;
  for (const auto& [key, values] : said) {
    if (values.size() > 1) expected.insert(key);
  }
  std::set<std::string> listed;
  for (const tools::OrderConflict& conflict : report.conflicts) {
    listed.insert(conflict.key);
    EXPECT_GE(conflict.files.size(), 2U);
  }
  EXPECT_GT(expected.size(), 5U);
  EXPECT_EQ(listed, expected);
  EXPECT_EQ(report.conflict_count, expected.size());
}

TEST(SalvageOrder, DoesNotMatterForFilesThatAgree) {
  const auto disk = std::make_shared<SimDisk>();
  {
    const auto store = open_store(disk, manual_merges());
    for (const char* key : {"a", "b"}) {
      must(store->put(key, "1"));
      must(store->put("same", "value"));
      must(store->roll());
    }
  }
  Files files = disk->state().contents();
  const Pairs original = pairs_of(files);
  files.erase("MANIFEST");
  const auto made = disk_with({});
  const tools::SalvageReport report = must(tools::salvage(*disk_with(files), *made, {}));
  EXPECT_EQ(report.conflict_count, 0U);
  EXPECT_EQ(pairs_of(made->state().contents()), original);
}

TEST_F(Salvage, ReportsUnnamedSegmentsAndDoesNotCopyThem) {
  files_["000999.log"] = file(0);
  const tools::SalvageReport report = salvage_files(files_);
  EXPECT_TRUE(report.complete());
  ASSERT_EQ(report_of(report, "000999.log").findings.size(), 1U);
  EXPECT_FALSE(report_of(report, "000999.log").findings[0].is_loss());
  EXPECT_TRUE(same_pairs(*made_, files_));
}

// ---- one thing damaged

TEST_F(Salvage, ReportsWhetherAnOlderValueHasComeBackOrALaterRecordExists) {
  const auto disk = std::make_shared<SimDisk>();
  {
    const auto store = open_store(disk, manual_merges());
    for (const char* value : {"1", "2", "3"}) must(store->put("a", value));  // at 32, 64, 96
    must(store->put("gone", "1"));                                           // at 128
    must(store->put("b", "1"));                                              // at 160
    must(store->remove("b"));                                                // at 192
  }
  Files files = disk->state().contents();
  const std::string name = segment_file_name(must(parse_manifest(files.at("MANIFEST"))).sealed[0].number);
  const auto fate_after_damage_at = [&](std::uint64_t offset) {
    Files damaged = files;
    damaged.at(name)[offset + kRecordHeaderSize + 5] ^= 1;  // its padding: key and sizes remain
    const tools::SalvageReport report = salvage_files(damaged);
    const auto& findings = report_of(report, name).findings;
    EXPECT_EQ(findings.size(), 1U);
    EXPECT_EQ(findings.at(0).offset, offset);
    return findings.at(0).key_now;
  };
  EXPECT_EQ(fate_after_damage_at(32), tools::KeyNow::kLaterRecord);
  EXPECT_EQ(fate_after_damage_at(64), tools::KeyNow::kLaterRecord);
  EXPECT_EQ(fate_after_damage_at(96), tools::KeyNow::kOlderValue);
  EXPECT_EQ(fate_after_damage_at(128), tools::KeyNow::kAbsent);
  EXPECT_EQ(fate_after_damage_at(160), tools::KeyNow::kLaterRecord);
  EXPECT_EQ(fate_after_damage_at(192), tools::KeyNow::kOlderValue) << "the removed key is back";
}

TEST_F(Salvage, ADestroyedHeaderCostsNothingIfTheManifestHasTheNonce) {
  file(1).replace(0, kSegmentHeaderSize, std::string(kSegmentHeaderSize, 'X'));
  const tools::SalvageReport report = salvage_files(files_);
  EXPECT_TRUE(report.complete());
  EXPECT_EQ(report.files[1].findings.size(), 1U) << "but it is reported";
  EXPECT_EQ(report.records(), records_.size());
}

TEST_F(Salvage, ADestroyedHeaderCostsTheFileIfNoManifestHasTheNonce) {
  const std::string name = segments_of(manifest_)[1];
  const std::uint64_t records_there = report_of(salvage_files(files_), name).records;
  ASSERT_GT(records_there, 0U);
  file(1).replace(0, kSegmentHeaderSize, std::string(kSegmentHeaderSize, 'X'));
  files_.erase("MANIFEST");
  const tools::SalvageReport report = salvage_files(files_);
  EXPECT_EQ(report.records(), records_.size() - records_there);
  const auto& findings = report_of(report, name).findings;
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_TRUE(findings[0].is_loss());
  EXPECT_EQ(findings[0].size_bytes, file(1).size());
}

TEST_F(Salvage, AHeaderWithAGoodNonceIsEnoughWithoutAManifest) {
  file(1)[0] = 'X';
  files_.erase("MANIFEST");
  EXPECT_EQ(salvage_files(files_).records(), records_.size());
}

TEST_F(Salvage, AMissingFileIsALossWithItsSizeAndTheRestIsSaved) {
  const Manifest::Sealed& lost = manifest_.sealed[1];
  files_.erase(segment_file_name(lost.number));
  const tools::SalvageReport report = salvage_files(files_);
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(report.records(), records_.size() - lost.record_count);
  const auto& findings = report_of(report, segment_file_name(lost.number)).findings;
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_EQ(findings[0].size_bytes, lost.size_bytes);
  EXPECT_NE(findings[0].message.find(std::to_string(lost.record_count)), std::string::npos) << findings[0].message;
}

TEST_F(Salvage, AForeignFileIsALossAndIsNotCopied) {
  const std::string name = segments_of(manifest_)[1];
  files_.at(name) = file(0);
  const tools::SalvageReport report = salvage_files(files_);
  EXPECT_EQ(report_of(report, name).records, 0U);
  EXPECT_EQ(report.count(tools::Finding::Kind::kDamage), 1U);
}

TEST_F(Salvage, ATornTailIsAFactAndNotALoss) {
  const auto last = std::find_if(records_.rbegin(), records_.rend(),
                                 [&](const KnownRecord& record) { return record.file == active_name(); });
  ASSERT_NE(last, records_.rend());
  files_.at(active_name()).replace(last->offset + last->size_bytes, 20, std::string(20, 'x'));
  const tools::SalvageReport report = salvage_files(files_);
  EXPECT_TRUE(report.complete());
  const auto& findings = report_of(report, active_name()).findings;
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_FALSE(findings[0].is_loss());
  EXPECT_EQ(findings[0].offset, last->offset + last->size_bytes);
  EXPECT_TRUE(same_pairs(*made_, files_)) << "an open makes the same cut";
}

TEST_F(Salvage, CopiesWhatFollowsATearAndReportsIt) {
  // The last three records of the active log; no sync came after the first of them.
  std::vector<KnownRecord> active;
  std::copy_if(records_.begin(), records_.end(), std::back_inserter(active),
               [&](const KnownRecord& record) { return record.file == active_name(); });
  ASSERT_GE(active.size(), 4U);
  const KnownRecord& torn = active[active.size() - 2];
  files_.at(active_name())[torn.offset + 17] ^= 1;
  const tools::SalvageReport report = salvage_files(files_);
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(report.records(), records_.size() - 1);
  EXPECT_EQ(contents_of(*made_).back(), (Content{active.back().type, active.back().key, active.back().value}));
}

TEST_F(Salvage, OfANewerVersionIsRefused) {
  std::string text = "sediment-manifest 2\nnext 1\n";
  const std::uint64_t sum = checksum64(text, 0);
  char line[40];
  (void)std::snprintf(line, sizeof line, "checksum %016llx\n", static_cast<unsigned long long>(sum));
  files_["MANIFEST"] = text + line;
  EXPECT_TRUE(has_code(tools::salvage(*disk_with(files_), *disk_with({}), {}), StatusCode::kInvalidArgument));
}

TEST_F(Salvage, IntoADirectoryWithAStoreOrItsRemainsIsRefused) {
  const auto damaged = disk_with(files_);
  EXPECT_TRUE(has_code(tools::salvage(*damaged, *disk_with(files_), {}), StatusCode::kInvalidArgument));
  EXPECT_TRUE(has_code(tools::salvage(*damaged, *disk_with({{"000001.log", ""}}), {}), StatusCode::kInvalidArgument));
  EXPECT_TRUE(has_code(tools::salvage(*disk_with({{"stranger", ""}}), *disk_with({}), {}), StatusCode::kNotFound));
}

TEST_F(Salvage, OfAStoreThatIsOpenForWritingIsRefused) {
  const auto disk = disk_with(files_);
  const auto store = open_store(disk, manual_merges());
  EXPECT_TRUE(has_code(tools::salvage(*disk, *disk_with({}), {}), StatusCode::kBusy));
}

TEST_F(Salvage, KeepsWritersOutOfBothStoresUntilItIsDone) {
  const auto damaged = disk_with(files_);
  EXPECT_TRUE(is_ok(damaged->lock(LockMode::kExclusive))) << "after a writer there is something to lock";
  const auto made = disk_with({});
  std::uint64_t tries = 0;
  must(tools::salvage(*damaged, *made, [&](const tools::JobProgress&) {
    EXPECT_TRUE(has_code(damaged->lock(LockMode::kExclusive), StatusCode::kBusy));
    EXPECT_TRUE(has_code(made->lock(LockMode::kExclusive), StatusCode::kBusy));
    ++tries;
  }));
  EXPECT_EQ(tries, records_.size());
  EXPECT_TRUE(is_ok(damaged->lock(LockMode::kExclusive)));
  EXPECT_TRUE(is_ok(made->lock(LockMode::kExclusive)));
}

TEST_F(Salvage, OfASegmentWithFewerRecordsThanTheManifestSaysReportsTheLoss) {
  ++manifest_.sealed[1].record_count;
  files_["MANIFEST"] = encode_manifest(manifest_);
  const tools::SalvageReport report = salvage_files(files_);
  EXPECT_FALSE(report.complete());
  EXPECT_EQ(report.records(), records_.size());
  const auto& findings = report_of(report, segments_of(manifest_)[1]).findings;
  ASSERT_EQ(findings.size(), 1U);
  EXPECT_NE(findings[0].message.find("records, but the manifest says"), std::string::npos) << findings[0].message;
}

// ---- the disk with the new store

// Accepts every write, but stores something else for the n-th record appended to a segment (1: the first).
class ForgetfulDisk final : public Disk {
 public:
  enum class Fault : std::uint8_t { kFlippedBit, kZeros, kDropped, kFileEnds };  // kFileEnds: nor anything after it

  ForgetfulDisk(std::shared_ptr<SimDisk> disk, std::uint64_t n, Fault fault)
      : disk_(std::move(disk)), n_(n), fault_(fault) {}

  bool has_struck() const { return records_ >= n_; }

  Result<std::unique_ptr<File>> open(std::string_view name) override { return disk_->open(name); }
  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    Result<std::unique_ptr<File>> file = disk_->create(name, fault_ == Fault::kFileEnds ? 0 : capacity);
    if (!file.ok() || !parse_segment_file_name(name)) return file;
    return std::unique_ptr<File>(std::make_unique<ForgetfulFile>(this, std::move(*file)));
  }
  Result<std::vector<std::string>> list() override { return disk_->list(); }
  Status rename(std::string_view from, std::string_view to) override { return disk_->rename(from, to); }
  Status remove(std::string_view name) override { return disk_->remove(name); }
  Status sync_directory() override { return disk_->sync_directory(); }
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override { return disk_->lock(mode); }
  std::uint64_t random() override { return disk_->random(); }
  std::uint64_t now_nanoseconds() override { return disk_->now_nanoseconds(); }

 private:
  class ForgetfulFile final : public File {
   public:
    ForgetfulFile(ForgetfulDisk* disk, std::unique_ptr<File> file) : disk_(disk), file_(std::move(file)) {}

    Status append(std::initializer_list<std::string_view> parts) override {
      std::string bytes;
      for (const std::string_view part : parts) bytes += part;
      if (ends_) return {};
      if (!has_header_ || ++disk_->records_ != disk_->n_) {
        has_header_ = true;
        return file_->append({bytes});
      }
      ends_ = disk_->fault_ == Fault::kFileEnds;
      if (disk_->fault_ == Fault::kDropped || ends_) return {};
      if (disk_->fault_ == Fault::kFlippedBit) bytes[bytes.size() / 2] ^= 1;
      if (disk_->fault_ == Fault::kZeros) bytes.assign(bytes.size(), '\0');
      return file_->append({bytes});
    }
    Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
      return file_->read(offset, size, scratch);
    }
    Status sync() override { return file_->sync(); }
    Status truncate(std::uint64_t size) override { return ends_ ? Status() : file_->truncate(size); }
    std::uint64_t size() const override { return file_->size(); }

   private:
    ForgetfulDisk* disk_;
    std::unique_ptr<File> file_;
    bool has_header_ = false;
    bool ends_ = false;
  };

  std::shared_ptr<SimDisk> disk_;
  std::uint64_t n_;
  Fault fault_;
  std::uint64_t records_ = 0;
};

TEST_F(Salvage, IntoADiskThatDoesNotKeepEachRecordFailsAndLeavesNothing) {
  std::uint64_t struck = 0;
  for (const auto fault : {ForgetfulDisk::Fault::kFlippedBit, ForgetfulDisk::Fault::kZeros,
                           ForgetfulDisk::Fault::kDropped, ForgetfulDisk::Fault::kFileEnds}) {
    for (std::uint64_t n = 1; n <= records_.size(); ++n) {
      const auto made = disk_with({});
      ForgetfulDisk into(made, n, fault);
      const Result<tools::SalvageReport> report = tools::salvage(*disk_with(files_), into, {});
      ASSERT_TRUE(into.has_struck()) << n;
      ASSERT_TRUE(has_code(report, StatusCode::kIoError)) << "record " << n;
      Files left = made->state().contents();
      left.erase("LOCK");
      ASSERT_TRUE(left.empty()) << "record " << n << " left " << left.begin()->first;
      ++struck;
    }
  }
  EXPECT_EQ(struck, 4 * records_.size());
  ForgetfulDisk sound(disk_with({}), records_.size() + 1, ForgetfulDisk::Fault::kZeros);
  EXPECT_TRUE(must(tools::salvage(*disk_with(files_), sound, {})).complete());
}

// ---- unreadable sectors

class BadDisk final : public Disk {
 public:
  BadDisk(std::shared_ptr<Disk> disk, std::string file, std::uint64_t offset, std::uint64_t size)
      : disk_(std::move(disk)), file_(std::move(file)), offset_(offset), size_(size) {}

  Result<std::unique_ptr<File>> open(std::string_view name) override {
    Result<std::unique_ptr<File>> file = disk_->open(name);
    if (!file.ok() || name != file_) return file;
    return std::unique_ptr<File>(std::make_unique<BadFile>(std::move(*file), offset_, size_));
  }
  Result<std::unique_ptr<File>> create(std::string_view name, std::uint64_t capacity) override {
    return disk_->create(name, capacity);
  }
  Result<std::vector<std::string>> list() override { return disk_->list(); }
  Status rename(std::string_view from, std::string_view to) override { return disk_->rename(from, to); }
  Status remove(std::string_view name) override { return disk_->remove(name); }
  Status sync_directory() override { return disk_->sync_directory(); }
  Result<std::unique_ptr<DiskLock>> lock(LockMode mode) override { return disk_->lock(mode); }
  std::uint64_t random() override { return disk_->random(); }
  std::uint64_t now_nanoseconds() override { return disk_->now_nanoseconds(); }

 private:
  class BadFile final : public File {
   public:
    BadFile(std::unique_ptr<File> file, std::uint64_t offset, std::uint64_t size)
        : file_(std::move(file)), offset_(offset), size_(size) {}
    Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
      const bool bad = offset < offset_ + size_ && offset_ < offset + size;
      if (bad) return Status::io_error("bad", "read: Input/output error");
      return file_->read(offset, size, scratch);
    }
    Status append(std::initializer_list<std::string_view> parts) override { return file_->append(parts); }
    Status sync() override { return file_->sync(); }
    Status truncate(std::uint64_t size) override { return file_->truncate(size); }
    std::uint64_t size() const override { return file_->size(); }

   private:
    std::unique_ptr<File> file_;
    std::uint64_t offset_;
    std::uint64_t size_;
  };

  std::shared_ptr<Disk> disk_;
  std::string file_;
  std::uint64_t offset_;
  std::uint64_t size_;
};

TEST(SalvageSectors, ThatCannotBeReadAreLostAndTheRecordsAroundThemAreNot) {
  const auto disk = std::make_shared<SimDisk>();
  std::string name;
  {
    Options options = manual_merges();
    options.segment_size_bytes = std::uint64_t{1} << 20;
    const auto store = open_store(disk, options);
    for (int i = 0; i < 1000; ++i) must(store->put("key" + std::to_string(10'000 + i), std::string(40, 'v')));
    name = segment_file_name(store->stats().segments.back().number);
  }
  const std::vector<KnownRecord> records = records_of(disk->state().contents(), {name});
  ASSERT_EQ(records.size(), 1000U);
  for (const auto& [offset, size] :
       {std::pair<std::uint64_t, std::uint64_t>{0, 1}, {20'000, 1}, {30'000, 9'000}, {71'900, 60}}) {
    BadDisk damaged(disk, name, offset, size);
    const auto made = disk_with({});
    const tools::SalvageReport report = must(tools::salvage(damaged, *made, {}));
    const std::uint64_t from = offset / 4096 * 4096;
    const std::uint64_t to = (offset + size + 4095) / 4096 * 4096;
    const auto readable =
        static_cast<std::uint64_t>(std::count_if(records.begin(), records.end(), [&](const KnownRecord& record) {
          return record.offset >= to || record.offset + record.size_bytes <= from;
        }));
    EXPECT_LT(readable, 1000U);
    EXPECT_EQ(report.records(), readable) << offset;
    EXPECT_EQ(report.count(tools::Finding::Kind::kUnreadable), 1U) << offset;
  }
}

TEST(SalvageSectors, ThatCanBeReadAtTheSecondAttemptAreNotLost) {
  const auto disk = disk_with(store_to_damage());
  std::uint64_t failures = 0;
  for (std::uint64_t n = 4; n < 12; ++n) {
    disk->fail(must(sim::parse_call_fault({"eio-read", std::to_string(n)})));
    const auto report = must(tools::salvage(*disk, *disk_with({}), {}));
    EXPECT_TRUE(report.complete()) << n;
    failures = disk->failed_calls();
  }
  EXPECT_EQ(failures, 8U);
}

// ---- the new store: whole or not at all

TEST_F(Salvage, LeavesNothingInTheNewDirectoryAfterAFailure) {
  using Call = sim::CallFault::Call;
  std::uint64_t failures = 0;
  for (const Call call :
       {Call::kCreate, Call::kAppend, Call::kTruncate, Call::kSync, Call::kRename, Call::kSyncDirectory}) {
    for (sim::CallFault fault : sim::ways_to_fail(call)) {
      if (fault.effect == sim::CallFault::Effect::kLate) continue;  // a lie cannot be noticed
      for (fault.n = 1;; ++fault.n) {
        const auto made = disk_with({});
        made->fail(fault);
        const Result<tools::SalvageReport> report = tools::salvage(*disk_with(files_), *made, {});
        if (made->failed_calls() == 0) break;
        EXPECT_FALSE(report.ok()) << to_string(fault);
        Files left = made->state().contents();
        left.erase("LOCK");
        EXPECT_TRUE(left.empty()) << to_string(fault) << " left " << left.begin()->first;
        ++failures;
      }
    }
  }
  EXPECT_GT(failures, 50U);
}

// ---- a thousand damaged stores

// Anything that can happen to files. Returns the names of those that are gone.
std::set<std::string> damage(Files* files, Random& random) {
  std::set<std::string> gone;
  const std::uint64_t count = 1 + random.below(4);
  for (std::uint64_t i = 0; i < count; ++i) {
    std::vector<std::string> names;
    for (const auto& [name, bytes] : *files) {
      if (parse_segment_file_name(name) && !bytes.empty()) names.push_back(name);
    }
    const std::string name = names[random.below(names.size())];
    std::string& bytes = files->at(name);
    const std::uint64_t at = random.below(bytes.size());
    switch (random.below(10)) {
      case 0:
      case 1:
      case 2:
      case 3: bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random.below(255))); break;
      case 4:
      case 5:
      case 6: {
        const std::uint64_t size = std::min<std::uint64_t>(bytes.size() - at, 1 + random.below(400));
        bytes.replace(at, size, std::string(size, '\0'));
        break;
      }
      case 7: bytes.resize(at); break;
      case 8:
        for (std::size_t k = 0; k < std::min<std::size_t>(bytes.size(), kSegmentHeaderSize); ++k) {
          bytes[k] = static_cast<char>(random.next());
        }
        break;
      default:
        if (names.size() > 2) {
          gone.insert(name);
          files->erase(name);
        }
    }
  }
  return gone;
}

bool verifies(const KnownRecord& record, const std::string& bytes) {
  if (record.offset >= bytes.size()) return false;
  Record decoded;
  const auto rest = std::string_view(bytes).substr(record.offset, record.size_bytes);
  return decode_record({record.nonce, record.offset}, rest, &decoded) == RecordVerdict::kValid;
}

// Whether the nonce can be known without the manifest: it is in the header, and the header or some record vouches for
// it.
bool nonce_is_known(const std::string& bytes, std::uint64_t nonce, const std::vector<KnownRecord>& records,
                    const std::string& name) {
  if (bytes.size() < kSegmentHeaderSize || load_u64(&bytes[16]) != nonce) return false;
  if (decode_segment_header(name, bytes).ok()) return true;
  return std::any_of(records.begin(), records.end(), [&](const KnownRecord& record) {
    RecordHeader header;
    return record.file == name && record.offset < bytes.size() &&
           decode_record_header({nonce, record.offset}, std::string_view(bytes).substr(record.offset), &header) ==
               RecordVerdict::kValid;
  });
}

bool is_listed(const tools::SalvageReport& report, const KnownRecord& record) {
  for (const tools::SalvagedFile& file : report.files) {
    if (file.name != record.file) continue;
    for (const tools::SalvageFinding& finding : file.findings) {
      if (finding.offset == Status::kNoOffset && finding.is_loss()) return true;  // the whole file
      if (finding.offset <= record.offset && record.offset < finding.offset + finding.size_bytes) return true;
    }
  }
  return false;
}

class SalvageOfRandomDamage : public Salvage, public testing::WithParamInterface<bool> {};

TEST_P(SalvageOfRandomDamage, SavesEveryRecordThatVerifiesAndListsEveryOther) {
  const bool with_manifest = GetParam();
  Random random(with_manifest ? 11 : 12);
  if (!with_manifest) {
    // Only the numbers tell anything about the order.
    std::stable_sort(records_.begin(), records_.end(),
                     [](const KnownRecord& one, const KnownRecord& other) { return one.file < other.file; });
  }
  std::uint64_t lost = 0;
  std::uint64_t listed = 0;
  std::uint64_t complete = 0;
  for (int round = 0; round < 500; ++round) {
    SCOPED_TRACE(round);
    Files files = files_;
    const std::set<std::string> gone = damage(&files, random);
    if (!with_manifest && random.below(2) == 0) files.erase("MANIFEST");
    if (!with_manifest && files.contains("MANIFEST")) files.at("MANIFEST")[random.below(60)] ^= 4;
    const tools::SalvageReport report = salvage_files(files);
    ASSERT_EQ(report.manifest.ok(), with_manifest);

    std::vector<Content> expected;
    for (const KnownRecord& record : records_) {
      const bool is_active = record.file == active_name();
      const std::string bytes = gone.contains(record.file) ? std::string() : files.at(record.file);
      const bool nonce_known = with_manifest || nonce_is_known(bytes, record.nonce, records_, record.file);
      if (nonce_known && verifies(record, bytes)) {
        expected.push_back({record.type, record.key, record.value});
        continue;
      }
      ++lost;
      if (is_listed(report, record)) {
        ++listed;
        continue;
      }
      // These losses cannot be known: a file that is gone, or that ends early when no manifest says how long it was;
      // and zeros at the end of the log that was active, which look like space that was never used.
      const bool beyond_end = record.offset >= bytes.size();
      const bool zeros = bytes.find_first_not_of('\0', record.offset) == std::string::npos;
      EXPECT_TRUE(beyond_end || zeros) << record.file << " at " << record.offset << " is neither saved nor listed";
      EXPECT_TRUE(is_active || !with_manifest) << record.file << " at " << record.offset;
    }
    ASSERT_EQ(contents_of(*made_), expected);
    EXPECT_EQ(report.records(), expected.size());
    if (report.complete() && expected.size() == records_.size()) {
      ++complete;
      EXPECT_TRUE(same_pairs(*made_, files_));
    }
  }
  EXPECT_GT(lost, 5000U);
  EXPECT_GT(listed, lost / 3);
  EXPECT_EQ(complete > 0, with_manifest) << "some damage hits only reserved space or a header";
}

INSTANTIATE_TEST_SUITE_P(Salvage, SalvageOfRandomDamage, testing::Bool(),
                         [](const auto& with) { return with.param ? "WithManifest" : "WithoutManifest"; });

// ---- one store with a thousand damaged places

TEST(SalvageOfAThousandDamages, SavesEveryRecordThatVerifiesAndListsEveryOther) {
  const auto disk = std::make_shared<SimDisk>();
  {
    const auto store = open_store(disk, small_segments(std::uint64_t{256} << 10));
    Random random(3);
    for (int i = 0; i < 20'000; ++i) {
      const std::string key = "key" + std::to_string(random.below(8'000));
      must(random.below(8) == 0 ? store->remove(key) : store->put(key, std::string(random.below(80), 'v')));
    }
    must(store->close());
  }
  Files files = disk->state().contents();
  const Manifest manifest = must(parse_manifest(files.at("MANIFEST")));
  const std::vector<std::string> segments = segments_of(manifest);
  const std::vector<KnownRecord> records = records_of(files, segments);
  ASSERT_EQ(records.size(), 20'000U);
  Random random(4);
  for (int i = 0; i < 1'000; ++i) {
    std::string& bytes = files.at(segments[random.below(segments.size())]);
    const std::uint64_t at = random.below(bytes.size());
    bytes[at] = static_cast<char>(bytes[at] ^ static_cast<char>(1 + random.below(255)));
  }

  const auto made = disk_with({});
  const tools::SalvageReport report = must(tools::salvage(*disk_with(files), *made, {}));
  std::vector<Content> expected;
  for (const KnownRecord& record : records) {
    if (verifies(record, files.at(record.file))) {
      expected.push_back({record.type, record.key, record.value});
    } else {
      EXPECT_TRUE(is_listed(report, record)) << record.file << " at " << record.offset;
    }
  }
  EXPECT_EQ(contents_of(*made), expected);
  const std::size_t lost = records.size() - expected.size();
  EXPECT_GT(lost, 800U);
  EXPECT_GT(report.count(tools::Finding::Kind::kDamage), 800U);
  EXPECT_LE(report.count(tools::Finding::Kind::kDamage), lost + segments.size()) << "and nothing else is listed";
  std::cout << "1,000 damages in " << records.size() << " records: " << expected.size() << " saved, " << lost
            << " lost, in " << report.count(tools::Finding::Kind::kDamage) << " places\n";
}

// ---- the command

TEST_F(Cli, SalvageOfASoundStoreEndsWithZeroAndTheSameScan) {
  make_store_of("a\t1\nb\t2\n");
  run_ok({"del", store(), "a"});
  const std::string text = run_ok({"salvage", store(), path("saved")});
  EXPECT_NE(text.find("nothing is lost: 3 records (1 tombstone) copied"), std::string::npos) << text;
  EXPECT_EQ(run_ok({"scan", path("saved")}), run_ok({"scan", store()}));
  run_ok({"verify", path("saved")});
}

TEST_F(Cli, SalvageNamesTheLossAndTheKey) {
  const std::string segment = make_store_of("a\t1\nb\t2\nc\t3\n");
  flip_bit(segment, 64 + 25);
  const std::string before = read_text(segment);
  const Json report = run_json({"salvage", store(), path("saved")}, 3);
  EXPECT_EQ(report["complete"], false);
  EXPECT_EQ(report["records"], 2);
  EXPECT_EQ(report["losses"], 1);
  EXPECT_EQ(report["bytes_lost"], 32);
  EXPECT_EQ(report["order"], "manifest");
  const Json finding = report["files"][0]["findings"][0];
  EXPECT_EQ(finding["offset"], 64);
  EXPECT_EQ(finding["key"], "b");
  EXPECT_EQ(finding["key_now"], "absent");
  EXPECT_EQ(run_ok({"scan", path("saved")}), "a\t1\nc\t3\n");
  EXPECT_EQ(read_text(segment), before);

  const ProcessResult text = run({"salvage", store(), path("saved again")});
  EXPECT_EQ(text.exit_code, 3);
  EXPECT_NE(text.output.find("lost at byte 64, 32 bytes: the body's checksum does not match (key as found: b"),
            std::string::npos)
      << text.output;
  EXPECT_NE(run({"get", store(), "b"}).errors.find("sediment salvage " + store()), std::string::npos)
      << "the error message names the command";
}

TEST_F(Cli, SalvageWithoutAManifestSaysThatTheOrderIsAGuess) {
  run_ok({"load", store(), "-", "--format", "tsv", "--merge", "off"}, "a\t1\nb\t1\n");
  run_ok({"load", store(), "-", "--format", "tsv", "--merge", "off"}, "a\t2\n");
  std::filesystem::remove(store() + "/MANIFEST");
  const Json report = run_json({"salvage", store(), path("saved")}, 3);
  EXPECT_EQ(report["order"], "ascending_number");
  EXPECT_EQ(report["order_conflicts"], 1);
  EXPECT_EQ(report["conflicts"][0]["key"], "a");
  EXPECT_EQ(report["conflicts"][0]["files"].size(), 2U);
  EXPECT_EQ(run_ok({"scan", path("saved")}), "a\t2\nb\t1\n");
  const std::string text = run({"salvage", store(), path("saved again")}).output;
  EXPECT_NE(text.find("THE ORDER MATTERED FOR 1 key"), std::string::npos) << text;
}

TEST_F(Cli, SalvageRefusesPlacesWhereItWouldDoHarm) {
  make_store_of("a\t1\n");
  EXPECT_EQ(run_json({"salvage", store(), store()}, 2)["error"]["code"], "invalid_argument");
  EXPECT_EQ(run_json({"salvage", store(), store() + "/inside"}, 2)["error"]["code"], "invalid_argument");
  EXPECT_FALSE(std::filesystem::exists(store() + "/inside"));
  run_ok({"put", path("other"), "a", "1"});
  EXPECT_EQ(run_json({"salvage", store(), path("other")}, 2)["error"]["code"], "invalid_argument");
  EXPECT_EQ(run_json({"salvage", path("missing"), path("saved")}, 4)["error"]["code"], "no_store");
  EXPECT_FALSE(std::filesystem::exists(path("saved"))) << "a misspelt name creates no directory";
  EXPECT_EQ(run_json({"salvage", store(), path("no/parent")}, 4)["error"]["code"], "io_error");
}

}  // namespace
}  // namespace sediment::test
