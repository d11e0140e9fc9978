// RocksDB: LevelDB's LSM tree, grown up.
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/version.h>
#include <rocksdb/write_batch.h>

#include "tests/bench/contestant.h"

namespace sediment::bench {
namespace {

void check(const rocksdb::Status& status) {
  if (!status.ok()) throw Failure(status.ToString());
}

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

class RocksDbReader : public ReadHandle {
 public:
  explicit RocksDbReader(rocksdb::DB* database) : database_(database) {}

  bool get(std::string_view key, std::string* value) override {
    const rocksdb::Status status = database_->Get(options_, slice(key), value);
    if (status.IsNotFound()) return false;
    check(status);
    return true;
  }

  void multi_get(std::span<const std::string_view> keys, const FoundVisitor& found) override {
    slices_.clear();
    for (const std::string_view key : keys) slices_.push_back(slice(key));
    values_.resize(keys.size());
    statuses_.resize(keys.size());
    database_->MultiGet(options_, database_->DefaultColumnFamily(), keys.size(), slices_.data(), values_.data(),
                        statuses_.data());
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (!statuses_[i].IsNotFound()) {
        check(statuses_[i]);
        value_.assign(values_[i].data(), values_[i].size());
        found(i, value_);
      }
      values_[i].Reset();
    }
  }

 private:
  rocksdb::DB* database_;
  const rocksdb::ReadOptions options_;
  std::vector<rocksdb::Slice> slices_;
  std::vector<rocksdb::PinnableSlice> values_;
  std::vector<rocksdb::Status> statuses_;
  std::string value_;
};

class RocksDb : public Contestant {
 public:
  Description describe() const override {
    Description description;
    description.version = rocksdb::GetRocksVersionAsString();
    description.options =
        "Bloom filter of 10 bits, write buffer 64 MiB, cache 1 GiB, hash index in each block, no compression; "
        "durable: WriteOptions.sync";
    description.has_ranges = true;
    return description;
  }

  void open(const OpenSettings& settings) override {
    rocksdb::BlockBasedTableOptions table;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.block_cache = rocksdb::NewLRUCache(std::size_t{1} << 30);
    table.data_block_index_type = rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
    rocksdb::Options options;
    options.create_if_missing = true;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.write_buffer_size = std::size_t{64} << 20;
    options.compression = rocksdb::kNoCompression;
    write_options_.sync = settings.durability == Durability::kEveryWrite;
    rocksdb::DB* database = nullptr;
    check(rocksdb::DB::Open(options, (settings.directory / "store").string(), &database));
    database_.reset(database);
  }

  void put(std::string_view key, std::string_view value) override {
    if (!is_bulk_) {
      check(database_->Put(write_options_, slice(key), slice(value)));
      return;
    }
    check(batch_.Put(slice(key), slice(value)));
    if (batch_.GetDataSize() > kBatchBytes) write_batch();
  }
  void begin_bulk() override { is_bulk_ = true; }
  void end_bulk() override {
    write_batch();
    is_bulk_ = false;
  }

  std::unique_ptr<ReadHandle> reader() override { return std::make_unique<RocksDbReader>(database_.get()); }

  void full_pass(const PairVisitor& visit) override {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(options));
    for (at->SeekToFirst(); at->Valid(); at->Next()) visit(at->key().ToStringView(), at->value().ToStringView());
    check(at->status());
  }

  void range(std::string_view first, std::string_view last, const PairVisitor& visit) override {
    rocksdb::ReadOptions options;
    const rocksdb::Slice end = slice(last);
    options.iterate_upper_bound = &end;
    const std::unique_ptr<rocksdb::Iterator> at(database_->NewIterator(options));
    for (at->Seek(slice(first)); at->Valid(); at->Next()) visit(at->key().ToStringView(), at->value().ToStringView());
    check(at->status());
  }

  void compact() override { check(database_->CompactRange(rocksdb::CompactRangeOptions(), nullptr, nullptr)); }
  void close() override {
    check(database_->Close());
    database_.reset();
  }

 private:
  static constexpr std::size_t kBatchBytes = 128 << 10;

  void write_batch() {
    check(database_->Write(write_options_, &batch_));
    batch_.Clear();
  }

  std::unique_ptr<rocksdb::DB> database_;
  rocksdb::WriteOptions write_options_;
  rocksdb::WriteBatch batch_;
  bool is_bulk_ = false;
};

[[maybe_unused]] const bool kEntered = enter_contestant("rocksdb", [] { return std::make_unique<RocksDb>(); });

}  // namespace
}  // namespace sediment::bench
