// LevelDB: an LSM tree with a sorted string table per file.
#include <fmt/format.h>
#include <leveldb/cache.h>
#include <leveldb/db.h>
#include <leveldb/filter_policy.h>
#include <leveldb/write_batch.h>

#include "tests/bench/contestant.h"

namespace sediment::bench {
namespace {

void check(const leveldb::Status& status) {
  if (!status.ok()) throw Failure(status.ToString());
}

leveldb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const leveldb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

class LevelDbReader : public ReadHandle {
 public:
  explicit LevelDbReader(leveldb::DB* database) : database_(database) {}

  bool get(std::string_view key, std::string* value) override {
    const leveldb::Status status = database_->Get(leveldb::ReadOptions(), slice(key), value);
    if (status.IsNotFound()) return false;
    check(status);
    return true;
  }

 private:
  leveldb::DB* database_;
};

class LevelDb : public Contestant {
 public:
  Description describe() const override {
    Description description;
    description.version = fmt::format("{}.{}", leveldb::kMajorVersion, leveldb::kMinorVersion);
    description.options =
        "Bloom filter of 10 bits, write buffer 64 MiB, cache 512 MiB, no compression; durable: WriteOptions.sync";
    description.has_ranges = true;
    return description;
  }

  void open(const OpenSettings& settings) override {
    leveldb::Options options;
    options.create_if_missing = true;
    options.filter_policy = filter_.get();
    options.block_cache = cache_.get();
    options.write_buffer_size = std::size_t{64} << 20;
    options.compression = leveldb::kNoCompression;
    write_options_.sync = settings.durability == Durability::kEveryWrite;
    leveldb::DB* database = nullptr;
    check(leveldb::DB::Open(options, (settings.directory / "store").string(), &database));
    database_.reset(database);
  }

  void put(std::string_view key, std::string_view value) override {
    if (!is_bulk_) {
      check(database_->Put(write_options_, slice(key), slice(value)));
      return;
    }
    batch_.Put(slice(key), slice(value));
    if (batch_.ApproximateSize() > kBatchBytes) write_batch();
  }
  void begin_bulk() override { is_bulk_ = true; }
  void end_bulk() override {
    write_batch();
    is_bulk_ = false;
  }

  std::unique_ptr<ReadHandle> reader() override { return std::make_unique<LevelDbReader>(database_.get()); }

  void full_pass(const PairVisitor& visit) override {
    leveldb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<leveldb::Iterator> at(database_->NewIterator(options));
    for (at->SeekToFirst(); at->Valid(); at->Next()) visit(view(at->key()), view(at->value()));
    check(at->status());
  }

  void range(std::string_view first, std::string_view last, const PairVisitor& visit) override {
    const std::unique_ptr<leveldb::Iterator> at(database_->NewIterator(leveldb::ReadOptions()));
    for (at->Seek(slice(first)); at->Valid() && view(at->key()) < last; at->Next()) {
      visit(view(at->key()), view(at->value()));
    }
    check(at->status());
  }

  void compact() override { database_->CompactRange(nullptr, nullptr); }
  void close() override { database_.reset(); }

 private:
  static constexpr std::size_t kBatchBytes = 128 << 10;

  void write_batch() {
    check(database_->Write(write_options_, &batch_));
    batch_.Clear();
  }

  const std::unique_ptr<const leveldb::FilterPolicy> filter_{leveldb::NewBloomFilterPolicy(10)};
  const std::unique_ptr<leveldb::Cache> cache_{leveldb::NewLRUCache(std::size_t{512} << 20)};
  std::unique_ptr<leveldb::DB> database_;
  leveldb::WriteOptions write_options_;
  leveldb::WriteBatch batch_;
  bool is_bulk_ = false;
};

[[maybe_unused]] const bool kEntered = enter_contestant("leveldb", [] { return std::make_unique<LevelDb>(); });

}  // namespace
}  // namespace sediment::bench
