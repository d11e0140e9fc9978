// LMDB: a B+ tree in a mapped file, copied on write.
#include <fmt/format.h>
#include <lmdb.h>

#include "tests/bench/contestant.h"

namespace sediment::bench {
namespace {

constexpr std::size_t kMapBytes = std::size_t{32} << 30;  // address space, not disk

void check(int code) {
  if (code != MDB_SUCCESS) throw Failure(mdb_strerror(code));
}

// The library takes no const pointers, but does not change what they point to.
MDB_val bytes_of(std::string_view bytes) { return {bytes.size(), const_cast<char*>(bytes.data())}; }
std::string_view view(const MDB_val& value) { return {static_cast<const char*>(value.mv_data), value.mv_size}; }

// A read transaction; it must be renewed to see later writes.
class Snapshot {
 public:
  explicit Snapshot(MDB_env* environment) { check(mdb_txn_begin(environment, nullptr, MDB_RDONLY, &transaction_)); }
  ~Snapshot() { mdb_txn_abort(transaction_); }
  Snapshot(const Snapshot&) = delete;
  Snapshot& operator=(const Snapshot&) = delete;

  MDB_txn* get() const { return transaction_; }
  void renew() const {
    mdb_txn_reset(transaction_);
    check(mdb_txn_renew(transaction_));
  }

 private:
  MDB_txn* transaction_ = nullptr;
};

class LmdbReader : public ReadHandle {
 public:
  LmdbReader(MDB_env* environment, MDB_dbi table) : snapshot_(environment), table_(table) {}

  bool get(std::string_view key, std::string* value) override {
    snapshot_.renew();
    return get_from_snapshot(key, value);
  }
  void multi_get(std::span<const std::string_view> keys, const FoundVisitor& found) override {
    snapshot_.renew();
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (get_from_snapshot(keys[i], &value_)) found(i, value_);
    }
  }

 private:
  bool get_from_snapshot(std::string_view key, std::string* value) {
    MDB_val wanted = bytes_of(key);
    MDB_val found{};
    const int code = mdb_get(snapshot_.get(), table_, &wanted, &found);
    if (code == MDB_NOTFOUND) return false;
    check(code);
    value->assign(view(found));
    return true;
  }

  Snapshot snapshot_;
  MDB_dbi table_;
  std::string value_;
};

class Lmdb : public Contestant {
 public:
  ~Lmdb() override { mdb_env_close(environment_); }

  Description describe() const override {
    Description description;
    int major = 0;
    int minor = 0;
    int patch = 0;
    mdb_version(&major, &minor, &patch);
    description.version = fmt::format("{}.{}.{}", major, minor, patch);
    description.options =
        "WRITEMAP | NOSYNC, a transaction per put, the reader's renewed per get; durable: neither flag";
    description.has_ranges = true;
    return description;
  }

  void open(const OpenSettings& settings) override {
    const bool is_durable = settings.durability == Durability::kEveryWrite;
    check(mdb_env_create(&environment_));
    check(mdb_env_set_mapsize(environment_, kMapBytes));
    const unsigned flags = MDB_NOTLS | (is_durable ? 0U : unsigned{MDB_WRITEMAP | MDB_NOSYNC});
    check(mdb_env_open(environment_, settings.directory.c_str(), flags, 0644));
    MDB_txn* transaction = nullptr;
    check(mdb_txn_begin(environment_, nullptr, 0, &transaction));
    check(mdb_dbi_open(transaction, nullptr, MDB_CREATE, &table_));
    check(mdb_txn_commit(transaction));
  }

  void put(std::string_view key, std::string_view value) override {
    if (bulk_ != nullptr) {
      put_into(bulk_, key, value);
      return;
    }
    MDB_txn* transaction = nullptr;
    check(mdb_txn_begin(environment_, nullptr, 0, &transaction));
    put_into(transaction, key, value);
    check(mdb_txn_commit(transaction));
  }
  void begin_bulk() override { check(mdb_txn_begin(environment_, nullptr, 0, &bulk_)); }
  void end_bulk() override {
    check(mdb_txn_commit(bulk_));
    bulk_ = nullptr;
  }

  std::unique_ptr<ReadHandle> reader() override { return std::make_unique<LmdbReader>(environment_, table_); }
  void full_pass(const PairVisitor& visit) override { walk({}, {}, visit); }
  void range(std::string_view first, std::string_view last, const PairVisitor& visit) override {
    walk(first, last, visit);
  }
  void settle() override {}  // has no background work

  void close() override {
    mdb_env_close(environment_);
    environment_ = nullptr;
  }

 private:
  void put_into(MDB_txn* transaction, std::string_view key, std::string_view value) const {
    MDB_val key_bytes = bytes_of(key);
    MDB_val value_bytes = bytes_of(value);
    check(mdb_put(transaction, table_, &key_bytes, &value_bytes, 0));
  }

  // An empty `last` means up to the end.
  void walk(std::string_view first, std::string_view last, const PairVisitor& visit) const {
    const Snapshot snapshot(environment_);
    MDB_cursor* cursor = nullptr;
    check(mdb_cursor_open(snapshot.get(), table_, &cursor));
    MDB_val key = bytes_of(first);
    MDB_val value{};
    int code = mdb_cursor_get(cursor, &key, &value, first.empty() ? MDB_FIRST : MDB_SET_RANGE);
    while (code == MDB_SUCCESS && (last.empty() || view(key) < last)) {
      visit(view(key), view(value));
      code = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
    }
    mdb_cursor_close(cursor);
    if (code != MDB_NOTFOUND) check(code);
  }

  MDB_env* environment_ = nullptr;
  MDB_dbi table_ = 0;
  MDB_txn* bulk_ = nullptr;
};

[[maybe_unused]] const bool kEntered = enter_contestant("lmdb", [] { return std::make_unique<Lmdb>(); });

}  // namespace
}  // namespace sediment::bench
