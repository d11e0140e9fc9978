// Sediment with its default options.
#include "engine/store.h"
#include "tests/bench/contestant.h"
#include "tests/bench/sediment_store.h"

namespace sediment::bench {
namespace {

class SedimentReader : public ReadHandle {
 public:
  explicit SedimentReader(Reader reader) : reader_(std::move(reader)) {}

  bool get(std::string_view key, std::string* value) override {
    const Status status = reader_.get(key, value);
    if (status.ok()) return true;
    if (!status.is(StatusCode::kNotFound)) throw Failure(status.to_string());
    return false;
  }

  void multi_get(std::span<const std::string_view> keys, const FoundVisitor& found) override {
    results_.resize(keys.size());
    reader_.multi_get(keys, results_);
    for (std::size_t i = 0; i < results_.size(); ++i) {
      if (results_[i].status.ok()) found(i, results_[i].value);
    }
  }

 private:
  Reader reader_;
  std::vector<GetResult> results_;
};

class SedimentContestant : public Contestant {
 public:
  Description describe() const override {
    Description description;
    description.version = SEDIMENT_VERSION;
    description.options = "defaults: segments of 64 MiB, automatic merging in the background";
    description.has_ranges = true;
    return description;
  }

  void open(const OpenSettings& settings) override {
    Options options;
    if (settings.durability == Durability::kEveryWrite) options.sync_policy = SyncPolicy::kEveryWrite;
    store_ = open_sediment(settings.directory, options);
  }

  void put(std::string_view key, std::string_view value) override { check_ok(store_->put(key, value)); }

  std::unique_ptr<ReadHandle> reader() override { return std::make_unique<SedimentReader>(store_->reader()); }

  void full_pass(const PairVisitor& visit) override {
    check_ok(store_->for_each([&visit](std::string_view key, std::string_view value) {
      visit(key, value);
      return true;
    }));
  }

  void range(std::string_view first, std::string_view last, const PairVisitor& visit) override {
    const auto pairs = store_->scan(first, last);
    check_ok(pairs.status());
    for (const auto& [key, value] : *pairs) visit(key, value);
  }

  void settle() override { settle_sediment(*store_); }  // unlike the others, it can be asked

  void compact() override { check_ok(store_->merge()); }

  Details counters() override {
    const Stats stats = store_->stats();
    check_background(stats);
    return {{"segments", static_cast<double>(stats.segments.size())},
            {"index_bytes", static_cast<double>(stats.index_bytes())},
            {"rolls", static_cast<double>(stats.rolls)},
            {"longest_roll_ns", static_cast<double>(stats.longest_roll_nanoseconds)},
            {"snapshots", static_cast<double>(stats.snapshots_written)},
            {"merges", static_cast<double>(stats.merges)},
            {"bytes_merged", static_cast<double>(stats.bytes_merged)},
            {"stalls", static_cast<double>(stats.stalls)},
            {"stalled_ns", static_cast<double>(stats.stalled_nanoseconds)},
            {"longest_stall_ns", static_cast<double>(stats.longest_stall_nanoseconds)}};
  }

  void close() override {
    check_ok(store_->close());
    store_.reset();
  }

 private:
  std::unique_ptr<Store> store_;
};

[[maybe_unused]] const bool kEntered =
    enter_contestant("sediment", [] { return std::make_unique<SedimentContestant>(); });

}  // namespace
}  // namespace sediment::bench
