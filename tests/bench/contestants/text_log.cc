// The engine's starting point: every read scans the file.
#include "engine/text_log.h"
#include "engine/posix/posix_disk.h"
#include "tests/bench/contestant.h"

namespace sediment::bench {
namespace {

class TextLogReader : public ReadHandle {
 public:
  explicit TextLogReader(const TextLog* log) : log_(log) {}

  bool get(std::string_view key, std::string* value) override {
    const Status status = log_->get(key, value);
    if (!status.ok() && !status.is(StatusCode::kNotFound)) throw Failure(status.to_string());
    return status.ok();
  }

 private:
  const TextLog* log_;
};

class TextLogContestant : public Contestant {
 public:
  Description describe() const override {
    Description description;
    description.version = SEDIMENT_VERSION;
    description.options = "none";
    description.has_durable_puts = false;
    return description;
  }

  void open(const OpenSettings& settings) override {
    auto disk = open_posix_disk(settings.directory, true);
    if (!disk.ok()) throw Failure(disk.status().to_string());
    disk_ = std::move(*disk);
    auto log = TextLog::open(*disk_, "log.txt");
    if (!log.ok()) throw Failure(log.status().to_string());
    log_ = std::move(*log);
  }
  void put(std::string_view key, std::string_view value) override {
    const Status status = log_->put(key, value);
    if (!status.ok()) throw Failure(status.to_string());
  }
  std::unique_ptr<ReadHandle> reader() override { return std::make_unique<TextLogReader>(log_.get()); }
  void full_pass(const PairVisitor& /*visit*/) override { throw Failure("has no full pass"); }
  void settle() override {}
  void close() override {
    const Status status = log_->sync();
    if (!status.ok()) throw Failure(status.to_string());
  }

 private:
  std::shared_ptr<Disk> disk_;
  std::unique_ptr<TextLog> log_;
};

[[maybe_unused]] const bool kEntered =
    enter_contestant("text-log", [] { return std::make_unique<TextLogContestant>(); });

}  // namespace
}  // namespace sediment::bench
