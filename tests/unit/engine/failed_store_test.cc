// A store in which a write or a sync has failed: whatever failed, nothing is written any more, and close reports it.
#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "engine/manifest.h"
#include "engine/store.h"
#include "tests/support/coverage.h"
#include "tests/support/sim_helpers.h"
#include "tests/support/watched_disk.h"

namespace sediment {
namespace {

using Call = test::WatchedDisk::Call;
using test::has_code;
using test::is_ok;
using test::must;
using Words = std::vector<std::string>;

// One run of a script on a disk whose n-th changing call fails.
class FailingRun {
 public:
  FailingRun(std::uint64_t n, SyncPolicy policy, bool automatic) : n_(n) {
    Options options = test::with_sync_policy(test::small_segments(256), policy);
    options.merge_policy.automatic = automatic;
    store_ = test::open_store(watched_, options);
    counting_ = true;
  }

  struct Step {
    std::string name;
    std::function<Status(Store&)> act;
  };
  static const std::vector<Step>& script() {
    static const auto put = [](const char* key) {
      return [key](Store& store) { return store.put(key, std::string(60, 'v')); };
    };
    static const std::vector<Step> steps = {
        {"put", put("a")},
        {"sync", [](Store& store) { return store.sync(); }},
        {"put", put("b")},
        {"put that rolls", put("a")},
        {"roll", [](Store& store) { return store.roll(); }},
        {"put", put("c")},
        {"freeze", [](Store& store) { return store.freeze().status(); }},
        {"remove", [](Store& store) { return store.remove("b"); }},
        {"merge", [](Store& store) { return store.merge(); }},
        {"put", put("d")},
        {"begin_merge", [](Store& store) { return store.begin_merge(); }},
        {"merge_step", [](Store& store) { return store.merge_step().status(); }},
        {"merge_step", [](Store& store) { return store.merge_step().status(); }},
        {"put", put("e")},
        {"close", [](Store& store) { return store.close(); }},
    };
    return steps;
  }

  /// Runs until the store has failed. Returns the step in which it failed, or "".
  std::string run() {
    for (const Step& step : script()) {
      const Status status = step.act(*store_);
      if (!struck_) continue;
      closed_ = step.name == "close";
      const bool failed = closed_ ? !status.ok() : has_failed();
      if (failed) return step.name + (status.ok() ? " (by the policy's merge)" : "");
      counting_ = false;
      return {};  // nothing that matters failed: a snapshot, or the removal of a file
    }
    return {};
  }

  /// Everything that could write.
  void try_everything() {
    for (const Step& step : script()) {
      if (step.name == "close") continue;
      EXPECT_FALSE(step.act(*store_).ok()) << step.name;
    }
    EXPECT_TRUE(has_code(store_->merge(MergeRun{1, 1}), StatusCode::kReadOnly));
    EXPECT_TRUE(has_code(store_->begin_merge(MergeRun{1, 1}), StatusCode::kReadOnly));
    must(store_->for_each([](auto, auto) { return true; }));
    must(store_->exact_stats());
    if (closed_) {
      EXPECT_TRUE(is_ok(store_->close())) << "a second one does nothing";
    } else {
      EXPECT_TRUE(has_code(store_->close(), StatusCode::kIoError)) << "close reports the failure";
    }
    store_.reset();
  }

  /// The calls after the failed one that are not known to be harmless.
  const Words& harmful() const { return harmful_; }
  std::uint64_t harmless() const { return harmless_; }
  const std::string& failed_call() const { return failed_call_; }
  bool struck() const { return struck_; }

 private:
  bool has_failed() const { return store_->sync().is(StatusCode::kReadOnly); }

  // An abandoned merge removes its output, and a roll the segment that it created: files that no manifest names,
  // neither the one that a process sees nor the one that a power cut would leave. The next open would remove them.
  bool is_harmless(Call call, std::string_view name) const {
    const auto number = parse_segment_file_name(name);
    if (call != Call::kRemove || !number) return false;
    const sim::FileState* manifest = disk_->state().find(kManifestName);
    for (const std::string& text : {manifest->cached, manifest->durable}) {
      if (text.find(" " + std::to_string(value_of(*number)) + " nonce=") != std::string::npos) return false;
    }
    return disk_->state().durable_names().at(kManifestName) == disk_->state().names().at(kManifestName);
  }

  Status on_call(Call call, std::string_view name) {
    if (!counting_ || !test::changes_the_disk(call)) return {};
    const std::string text = std::string(sim::to_string(sim::CallFault{.call = call})) + " " + std::string(name);
    if (struck_) {
      if (is_harmless(call, name)) {
        ++harmless_;
      } else {
        harmful_.push_back(text);
      }
      return {};
    }
    if (--n_ > 0) return {};
    struck_ = true;
    failed_call_ = text;
    return Status::io_error(name, "the test's disk fails");
  }

  std::uint64_t n_;
  bool counting_ = false;
  bool struck_ = false;
  bool closed_ = false;
  std::string failed_call_;
  Words harmful_;
  std::uint64_t harmless_ = 0;
  std::shared_ptr<sim::SimDisk> disk_ = test::disk_with({});
  std::shared_ptr<test::WatchedDisk> watched_ = std::make_shared<test::WatchedDisk>(
      disk_, [this](Call call, std::string_view name) { return on_call(call, name); });
  std::unique_ptr<Store> store_;
};

TEST(FailedStore, WhateverFailsNothingIsWrittenAfterwardsAndCloseReportsIt) {
  std::map<std::string, int> steps;  // in which the store failed
  int failures = 0;
  int harmless = 0;
  for (const SyncPolicy policy : {SyncPolicy::kNever, SyncPolicy::kEveryWrite}) {
    for (const bool automatic : {false, true}) {
      for (std::uint64_t n = 1;; ++n) {
        FailingRun run(n, policy, automatic);
        const std::string step = run.run();
        if (!run.struck()) break;
        if (step.empty()) {
          ++harmless;
          continue;
        }
        ++failures;
        ++steps[step];
        run.try_everything();
        EXPECT_EQ(run.harmful(), Words{}) << "after call " << n << ", " << run.failed_call() << ", in " << step;
      }
    }
  }
  std::string met;
  for (const auto& [step, count] : steps) met += step + " " + std::to_string(count) + ", ";
  for (const char* step : {"put", "sync", "put that rolls", "roll", "freeze", "remove", "merge", "begin_merge",
                           "merge_step", "close", "freeze (by the policy's merge)"}) {
    EXPECT_GT(steps[step], 0) << step << " of " << met;
  }
  EXPECT_GE(failures, 200) << met;
  EXPECT_GE(harmless, 20) << "snapshots, and inputs that could not be removed";
}

}  // namespace
}  // namespace sediment
