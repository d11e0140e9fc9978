// Kyoto Cabinet's HashDB: a hash table in a mapped file, buckets sized in advance.
#include <kchashdb.h>

#include "tests/bench/contestant.h"

namespace sediment::bench {
namespace {

namespace kc = kyotocabinet;

// Copies a value into the caller's buffer, once.
class CopyValue : public kc::DB::Visitor {
 public:
  explicit CopyValue(std::string* value) : value_(value) {}
  bool found() const { return found_; }

 private:
  const char* visit_full(const char* /*key*/, size_t /*key_size*/, const char* value, size_t size,
                         size_t* /*new_size*/) override {
    value_->assign(value, size);
    found_ = true;
    return NOP;
  }

  std::string* value_;
  bool found_ = false;
};

class VisitAll : public kc::DB::Visitor {
 public:
  explicit VisitAll(const PairVisitor& visit) : visit_(visit) {}

 private:
  const char* visit_full(const char* key, size_t key_size, const char* value, size_t size,
                         size_t* /*new_size*/) override {
    visit_({key, key_size}, {value, size});
    return NOP;
  }

  const PairVisitor& visit_;
};

class KyotoReader : public ReadHandle {
 public:
  explicit KyotoReader(kc::HashDB* database) : database_(database) {}

  bool get(std::string_view key, std::string* value) override {
    CopyValue copy(value);
    if (!database_->accept(key.data(), key.size(), &copy, false)) throw Failure(database_->error().message());
    return copy.found();
  }

 private:
  kc::HashDB* database_;
};

class Kyoto : public Contestant {
 public:
  Description describe() const override {
    Description description;
    description.version = kc::VERSION;
    description.options = "tune_buckets(2n), tune_map(2 GiB), tune_alignment(3); durable: OAUTOSYNC";
    return description;
  }

  void open(const OpenSettings& settings) override {
    database_.tune_buckets(static_cast<std::int64_t>(2 * settings.expected_keys));
    database_.tune_map(std::int64_t{2} << 30);
    database_.tune_alignment(3);
    std::uint32_t mode = kc::HashDB::OWRITER | kc::HashDB::OCREATE;
    if (settings.durability == Durability::kEveryWrite) mode |= kc::HashDB::OAUTOSYNC;
    check(database_.open((settings.directory / "store.kch").string(), mode));
  }
  void put(std::string_view key, std::string_view value) override {
    check(database_.set(key.data(), key.size(), value.data(), value.size()));
  }
  std::unique_ptr<ReadHandle> reader() override { return std::make_unique<KyotoReader>(&database_); }
  void full_pass(const PairVisitor& visit) override {
    VisitAll visitor(visit);
    check(database_.iterate(&visitor, false));
  }
  void settle() override {}  // has no background work
  void close() override { check(database_.close()); }

 private:
  void check(bool ok) const {
    if (!ok) throw Failure(database_.error().message());
  }

  kc::HashDB database_;
};

[[maybe_unused]] const bool kEntered = enter_contestant("kyoto", [] { return std::make_unique<Kyoto>(); });

}  // namespace
}  // namespace sediment::bench
