#include "labs/harness/store_server.h"

#include <nlohmann/json.hpp>
#include <set>

#include "labs/harness/calls.h"
#include "labs/harness/component.h"
#include "labs/harness/connection.h"
#include "labs/harness/remote_disk.h"
#include "sim/base/output.h"
#include "sim/demo/demo.h"
#include "sim/demo/word_count.h"
#include "sim/explore/tiers.h"

namespace sediment::labs {

class StoreServer::EventSender final : public Observer {
 public:
  void on_event(const Event& event) override { send(FrameKind::kEvent, bytes_of(event)); }
};

namespace {

std::optional<MergeRun> read_run(MessageReader* request) {
  const auto first = static_cast<std::size_t>(request->number());
  const auto last = static_cast<std::size_t>(request->number());
  return first == 0 ? std::nullopt : std::optional(MergeRun{first, last});
}

sim::ExploreOptions read_crashes(MessageReader* request) {
  sim::ExploreOptions options;
  const sim::DeviceProfile* device = sim::find_profile(request->text());
  require(device != nullptr, "the grader names a device that there is");
  options.profile = *device;  // NOLINT(clang-analyzer-core.NonNullParamChecker): require does not return then
  options.recovery_depth = static_cast<unsigned>(request->number());
  options.kind = &store_with_component();
  options.most_violations = 1;
  return options;
}

}  // namespace

void StoreServer::open(MessageReader* request, MessageWriter* answer) {
  Result<sim::Scenario> scenario = sim::parse_scenario(request->text());
  const bool observed = request->flag();
  if (!scenario.ok()) return write_status(scenario.status(), answer);
  observer_ = observed ? std::make_unique<EventSender>() : nullptr;
  Result<std::unique_ptr<sim::StoreAdapter>> store =
      store_with_component().open(remote_disk(), *scenario, observer_.get());
  write_status(store.status(), answer);
  if (store.ok()) store_ = std::move(*store);
}

void StoreServer::explore(MessageReader* request, MessageWriter* answer) {
  sim::TierOptions options;
  options.seed = request->number();
  options.operations = static_cast<std::size_t>(request->number());
  options.budget = request->number();
  options.jobs = 1;
  options.shard.index = request->number();
  options.shard.count = request->number();
  options.explore = read_crashes(request);
  const SilentCalls silent;
  const sim::ExploreReport report = sim::run_tier(options, [](std::uint64_t done, std::uint64_t of) {
    MessageWriter progress;
    progress.number(done).number(of);
    send(FrameKind::kProgress, progress.bytes());
  });
  answer->text(sim::to_json(report).dump());
}

void StoreServer::explore_script(MessageReader* request, MessageWriter* answer) {
  const Result<sim::Scenario> script = sim::parse_scenario(request->text());
  require(script.ok(), "the grader's script can be read");
  sim::ExploreOptions options = read_crashes(request);
  options.rot_samples = 0;
  const SilentCalls silent;
  const Result<sim::ExploreReport> report = sim::explore(*script, options);
  write_status(report.status(), answer);
  if (report.ok()) answer->number(report->violation_count);
}

// What it prints goes the way of all that the process prints.
void StoreServer::demo(MessageReader* request, MessageWriter* answer) {
  const std::vector<std::string> words = sim::words_of(request->text());
  const SilentCalls silent;
  answer->text(sim::power_cut_demo(words, request->number()).value_or(std::string()));
  sim::flush_output();
}

void StoreServer::serve(Request what, MessageReader* request, MessageWriter* answer) {
  if (what == Request::kOpen) return open(request, answer);
  if (what == Request::kExplore) return explore(request, answer);
  if (what == Request::kExploreScript) return explore_script(request, answer);
  if (what == Request::kDemo) return demo(request, answer);
  require(store_ != nullptr, "the grader asks for nothing but an open while there is no store");
  switch (what) {
    case Request::kPut: {
      const std::string key = request->text();
      return write_status(store_->put(key, request->text()), answer);
    }
    case Request::kRemove: return write_status(store_->remove(request->text()), answer);
    case Request::kGet: {
      std::string value;
      const Status status = store_->get(request->text(), &value);
      write_status(status, answer);
      if (status.ok()) answer->text(value);
      return;
    }
    case Request::kSync: return write_status(store_->sync(), answer);
    case Request::kClose: return write_status(store_->close(), answer);
    case Request::kMerge: return write_status(store_->merge(), answer);
    case Request::kMergeRun: {
      const auto first = static_cast<std::size_t>(request->number());
      return write_status(store_->merge(MergeRun{first, static_cast<std::size_t>(request->number())}), answer);
    }
    case Request::kBeginMerge: return write_status(store_->begin_merge(read_run(request)), answer);
    case Request::kMergeStep: {
      const Result<bool> complete = store_->merge_step();
      write_status(complete.status(), answer);
      if (complete.ok()) answer->number(*complete ? 1 : 0);
      return;
    }
    case Request::kMergeUnderWay: answer->number(store_->merge_under_way() ? 1 : 0); return;
    case Request::kRoll: return write_status(store_->roll(), answer);
    case Request::kEverything: {
      std::set<std::string> keys;
      for (std::uint64_t count = request->number(); count > 0; --count) keys.insert(request->text());
      const Result<sim::Contents> contents = sim::read_all(*store_, keys);
      write_status(contents.status(), answer);
      if (!contents.ok()) return;
      answer->number(contents->size());
      for (const auto& [key, value] : *contents) answer->text(key).text(value);
      return;
    }
    case Request::kRecovery: {
      answer->text(store_->recovery());
      const auto counters = store_->recovery_counters();
      answer->number(counters.size());
      for (const auto& [name, count] : counters) answer->text(name).number(count);
      return;
    }
    case Request::kOpen:
    case Request::kExplore:
    case Request::kExploreScript:
    case Request::kDemo:
    case Request::kComponent: break;
  }
  require(false, "the grader asks only for what there is");
}

}  // namespace sediment::labs
