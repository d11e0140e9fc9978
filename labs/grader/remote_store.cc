#include "labs/grader/remote_store.h"

#include <nlohmann/json.hpp>

#include "labs/grader/answer.h"
#include "labs/grader/disk_server.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

namespace {

MessageWriter request(Request what) {
  MessageWriter message;
  message.number(static_cast<std::uint64_t>(what));
  return message;
}

class RemoteStore final : public sim::StoreAdapter {
 public:
  RemoteStore(const Program& program, const Limits& limits, bool is_engine, std::shared_ptr<Disk> disk,
              Observer* observer)
      : process_(program, limits), is_engine_(is_engine), disk_(std::move(disk)), observer_(observer) {}

  Status open(const sim::Scenario& scenario) {
    sim::Scenario options = scenario;
    options.steps = {{"sync"}};  // the grader does the steps, but a scenario without any is refused
    MessageWriter message = request(Request::kOpen);
    message.text(sim::to_json(options).dump()).number(observer_ != nullptr ? 1 : 0);
    return status(message);
  }

  Status put(std::string_view key, std::string_view value) override {
    return status(request(Request::kPut).text(key).text(value));
  }
  Status remove(std::string_view key) override { return status(request(Request::kRemove).text(key)); }
  Status get(std::string_view key, std::string* value) override {
    return answered(request(Request::kGet).text(key), [&](MessageReader* answer) { *value = answer->text(); });
  }
  Status sync() override { return status(request(Request::kSync)); }
  Status close() override { return status(request(Request::kClose)); }
  Status merge() override { return status(request(Request::kMerge)); }
  Status merge(MergeRun run) override { return status(request(Request::kMergeRun).number(run.first).number(run.last)); }
  Status begin_merge(std::optional<MergeRun> run) override {
    const MergeRun sent = run.value_or(MergeRun{});
    return status(request(Request::kBeginMerge).number(sent.first).number(sent.last));
  }
  Result<bool> merge_step() override {
    bool complete = false;
    const Status s = answered(request(Request::kMergeStep), [&](MessageReader* answer) { complete = answer->flag(); });
    return s.ok() ? Result<bool>(complete) : s;
  }
  bool merge_under_way() override {
    bool under_way = false;
    ask(request(Request::kMergeUnderWay), [&](MessageReader* answer) { under_way = answer->flag(); });
    return under_way;
  }
  Status roll() override { return status(request(Request::kRoll)); }

  // The process itself compares its list with get (sim::read_all).
  Result<sim::Contents> everything(const std::set<std::string>& keys) override {
    note_lack(sim::Check::kListing);
    MessageWriter message = request(Request::kEverything);
    message.number(keys.size());
    for (const std::string& key : keys) message.text(key);
    sim::Contents contents;
    const Status s = answered(message, [&](MessageReader* answer) {
      for (std::uint64_t count = answer->number_up_to(kMostPairs); count > 0; --count) {
        std::string key = answer->text();
        contents[std::move(key)] = answer->text();
      }
    });
    return s.ok() ? Result<sim::Contents>(std::move(contents)) : s;
  }

  std::string recovery() const override { return ask_recovery().first; }
  std::map<std::string, std::uint64_t> recovery_counters() const override { return ask_recovery().second; }

  // The grader holds the disk, and judges it without asking the process. The counters in the process are not believed,
  // so they are not compared.
  std::optional<std::string> check_open(const sim::DiskState& found, const sim::DiskState& now) override {
    return is_engine_ ? sim::edited_log(found, now) : std::nullopt;
  }
  std::optional<std::string> check_structure(const sim::SimDisk& disk) override {
    return is_engine_ ? sim::wrong_files(disk.state()) : std::nullopt;
  }
  std::optional<std::string> check_space(const sim::SimDisk& disk, const sim::Contents& live) override {
    return is_engine_ ? sim::wasted_space(disk.state(), live) : std::nullopt;
  }

 private:
  static constexpr std::uint64_t kMostPairs = 100'000;

  // Asks, and lets `read` take the answer apart. What the answer lacks, or has too much of, is the student's doing.
  template <typename Read>
  void ask(const MessageWriter& message, Read read) const {
    const std::string bytes = process_.ask(
        message.bytes(), [this](std::string_view call) { return disk_.serve(call); },
        [this](FrameKind kind, std::string_view note) {
          if (kind == FrameKind::kEvent) pass_on(note);
        });
    read_answer(process_, bytes, [&](MessageReader& answer) { read(&answer); });
  }
  template <typename Read>
  Status answered(const MessageWriter& message, Read read) const {
    Status status;
    ask(message, [&](MessageReader* answer) {
      status = read_status(answer);
      if (status.ok()) read(answer);
    });
    return status;
  }
  Status status(const MessageWriter& message) const {
    return answered(message, [](MessageReader*) {});
  }

  std::pair<std::string, std::map<std::string, std::uint64_t>> ask_recovery() const {
    std::pair<std::string, std::map<std::string, std::uint64_t>> recovery;
    ask(request(Request::kRecovery), [&](MessageReader* answer) {
      recovery.first = answer->text();
      for (std::uint64_t count = answer->number_up_to(1000); count > 0; --count) {
        const std::string name = answer->text();
        recovery.second[name] = answer->number();
      }
    });
    return recovery;
  }

  void pass_on(std::string_view note) const {
    if (observer_ == nullptr) return;
    const sim::EventEntry told = read_event(note);
    Event event{told.kind, SegmentNumber{told.segment}, told.offset, told.size, told.key, told.why};
    event.source_file = told.source_file.c_str();
    event.source_line = told.source_line;
    observer_->on_event(event);
  }

  mutable StudentProcess process_;
  bool is_engine_;
  mutable DiskServer disk_;
  Observer* observer_;
};

}  // namespace

sim::StoreKind remote_kind(const sim::StoreKind& like, Program program, Limits limits) {
  sim::StoreKind kind = like;
  kind.passes_exceptions_on = true;  // ProcessEnded
  const bool is_engine = like.name == sim::kEngineName;
  kind.open = [program = std::move(program), limits, is_engine](
                  std::shared_ptr<Disk> disk, const sim::Scenario& scenario,
                  Observer* observer) -> Result<std::unique_ptr<sim::StoreAdapter>> {
    auto store = std::make_unique<RemoteStore>(program, limits, is_engine, std::move(disk), observer);
    if (Status s = store->open(scenario); !s.ok()) return s;
    return std::unique_ptr<sim::StoreAdapter>(std::move(store));
  };
  return kind;
}

}  // namespace sediment::labs
