// Tkrzw's HashDBM, the successor of Kyoto Cabinet: a hash table in a mapped file.
#include <tkrzw_dbm_hash.h>

#include "tests/bench/contestant.h"

namespace sediment::bench {
namespace {

void check(const tkrzw::Status& status) {
  if (!status.IsOK()) throw Failure(tkrzw::ToString(status));
}

class TkrzwReader : public ReadHandle {
 public:
  explicit TkrzwReader(tkrzw::HashDBM* database) : database_(database) {}

  bool get(std::string_view key, std::string* value) override {
    const tkrzw::Status status = database_->Get(key, value);
    if (status == tkrzw::Status::NOT_FOUND_ERROR) return false;
    check(status);
    return true;
  }

 private:
  tkrzw::HashDBM* database_;
};

class VisitAll : public tkrzw::DBM::RecordProcessor {
 public:
  explicit VisitAll(const PairVisitor& visit) : visit_(visit) {}

  std::string_view ProcessFull(std::string_view key, std::string_view value) override {
    visit_(key, value);
    return NOOP;
  }
  // The library also calls this before and after the pass.
  std::string_view ProcessEmpty(std::string_view /*key*/) override { return NOOP; }

 private:
  const PairVisitor& visit_;
};

class Tkrzw : public Contestant {
 public:
  Description describe() const override {
    Description description;
    description.version = tkrzw::PACKAGE_VERSION;
    description.options = "2n buckets, offset_width 5; durable: Synchronize(hard) after each put";
    return description;
  }

  void open(const OpenSettings& settings) override {
    tkrzw::HashDBM::TuningParameters tuning;
    tuning.num_buckets = static_cast<std::int64_t>(2 * settings.expected_keys);
    tuning.offset_width = 5;
    syncs_every_write_ = settings.durability == Durability::kEveryWrite;
    check(database_.OpenAdvanced((settings.directory / "store.tkh").string(), true, tkrzw::File::OPEN_DEFAULT, tuning));
  }
  void put(std::string_view key, std::string_view value) override {
    check(database_.Set(key, value));
    if (syncs_every_write_) check(database_.Synchronize(true));
  }
  std::unique_ptr<ReadHandle> reader() override { return std::make_unique<TkrzwReader>(&database_); }
  void full_pass(const PairVisitor& visit) override {
    VisitAll visitor(visit);
    check(database_.ProcessEach(&visitor, false));
  }
  void settle() override {}  // has no background work
  void close() override { check(database_.Close()); }

 private:
  tkrzw::HashDBM database_;
  bool syncs_every_write_ = false;
};

[[maybe_unused]] const bool kEntered = enter_contestant("tkrzw", [] { return std::make_unique<Tkrzw>(); });

}  // namespace
}  // namespace sediment::bench
