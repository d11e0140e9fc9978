// Tests the judges themselves: for each thing that they require there is a store that is right except for that, and
// they must object. A judge that let one pass would also let an engine with that bug pass.
#include <gtest/gtest.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "sim/explore/explore_errors.h"
#include "sim/run/runner.h"
#include "tests/support/foreign_stores.h"

namespace sediment::test {
namespace {

using sim::Contents;
using sim::DiskState;
using sim::ExploreReport;
using sim::Failure;
using sim::Oracle;
using sim::Scenario;
using sim::SimDisk;
using sim::StoreKind;

// What a store does wrong. Each function is given what the right store did, and may answer differently.
struct Faults {
  std::function<Status(std::string_view key, std::string* value, Status right)> get = {};
  std::function<Status(const std::function<Status()>& right)> sync = {};
  std::function<Status()> put = {};  // before the put; anything but ok is the answer
  bool edits_in_place = false;
  bool leaves_garbage = false;
  bool miscounts = false;
};

// A store that is right except for its faults.
class FaultyStore final : public sim::StoreAdapter {
 public:
  FaultyStore(std::unique_ptr<StoreAdapter> right, Faults faults)
      : right_(std::move(right)), faults_(std::move(faults)) {}

  Status put(std::string_view key, std::string_view value) override {
    if (faults_.put) {
      if (Status s = faults_.put(); !s.ok()) return s;
    }
    return right_->put(key, value);
  }
  Status remove(std::string_view key) override { return right_->remove(key); }
  Status get(std::string_view key, std::string* value) override {
    Status status = right_->get(key, value);
    return faults_.get ? faults_.get(key, value, status) : status;
  }
  Status sync() override {
    return faults_.sync ? faults_.sync([this] { return right_->sync(); }) : right_->sync();
  }
  Status close() override { return right_->close(); }
  Status merge() override { return right_->merge(); }
  Status roll() override { return right_->roll(); }
  std::optional<std::string> check_open(const DiskState&, const DiskState&) override {
    return faults_.edits_in_place ? std::optional<std::string>("a log was changed in place") : std::nullopt;
  }
  std::optional<std::string> check_structure(const SimDisk&) override {
    return faults_.miscounts ? std::optional<std::string>("the counters are wrong") : std::nullopt;
  }
  std::optional<std::string> check_space(const SimDisk&, const Contents&) override {
    return faults_.leaves_garbage ? std::optional<std::string>("garbage is left") : std::nullopt;
  }

 private:
  std::unique_ptr<StoreAdapter> right_;
  Faults faults_;
};

// `faults_at` is called at each open: is this the first open of an empty disk?
StoreKind faulty_kind(std::function<Faults(bool is_new)> faults_at, CheckpointBug bug = CheckpointBug::kNone) {
  StoreKind kind = checkpoint_kind(bug);
  const auto open = kind.open;
  kind.open = [open, faults_at = std::move(faults_at)](
                  std::shared_ptr<Disk> disk, const Scenario& scenario,
                  Observer* observer) -> Result<std::unique_ptr<sim::StoreAdapter>> {
    const auto names = disk->list();
    const bool is_new = names.ok() && names->empty();
    Result<std::unique_ptr<sim::StoreAdapter>> right = open(std::move(disk), scenario, observer);
    if (!right.ok()) return right.status();
    return std::unique_ptr<sim::StoreAdapter>(std::make_unique<FaultyStore>(std::move(*right), faults_at(is_new)));
  };
  return kind;
}

StoreKind always(const Faults& faults) {
  return faulty_kind([faults](bool) { return faults; });
}
StoreKind once_recovered(const Faults& faults) {
  return faulty_kind([faults](bool is_new) { return is_new ? Faults() : faults; });
}

Scenario scenario_of(const std::vector<const char*>& steps) {
  Scenario scenario;
  scenario.store = "checkpoint";
  for (const char* step : steps) scenario.steps.push_back(sim::step_of(step));
  return scenario;
}

sim::StepReport run(const StoreKind& kind, const std::vector<const char*>& steps) {
  sim::Runner runner(scenario_of(steps), kind);
  return runner.run();
}

ExploreReport explored(const StoreKind& kind, const std::vector<const char*>& steps, unsigned depth = 0) {
  const auto report = sim::explore(scenario_of(steps), {.kind = &kind, .recovery_depth = depth, .rot_samples = 0});
  EXPECT_TRUE(report.ok());
  return report.ok() ? *report : ExploreReport();
}

// What the search objects to; empty if nothing.
std::string objection(const ExploreReport& report) {
  EXPECT_EQ(report.not_replayed, 0U) << sim::tell_not_replayed(report);
  return report.violations.empty() ? "" : std::string(name_of(report.violations.front().oracle));
}

const std::vector<const char*> kSteps{"put a 1", "sync", "put b 2"};

TEST(Judges, PassAStoreThatDoesNothingWrong) {
  EXPECT_EQ(objection(explored(always({}), kSteps, 1)), "");
  EXPECT_TRUE(run(always({}), {"put a 1", "get a", "sync", "merge", "reopen", "crash clean-kill", "recover"}).passed);
}

TEST(Judges, CompareEachGetWithTheMap) {
  Faults wrong_value;
  wrong_value.get = [](std::string_view, std::string* value, Status right) {
    if (right.ok()) *value = "9";
    return right;
  };
  EXPECT_EQ(run(always(wrong_value), {"put a 1", "get a"}).failure.why, Failure::kWrongContents);

  Faults finds_nothing;
  finds_nothing.get = [](std::string_view, std::string*, const Status&) { return Status::not_found(); };
  EXPECT_EQ(run(always(finds_nothing), {"put a 1", "get a"}).failure.why, Failure::kWrongContents);
  EXPECT_TRUE(run(always(finds_nothing), {"get a"}).passed) << "there is nothing to find";

  Faults finds_the_removed;
  finds_the_removed.get = [](std::string_view, std::string* value, const Status&) {
    *value = "1";
    return Status();
  };
  EXPECT_EQ(run(always(finds_the_removed), {"put a 1", "remove a", "get a"}).failure.why, Failure::kWrongContents);

  Faults corrupt;
  corrupt.get = [](std::string_view, std::string*, const Status&) { return Status::corruption("log-1", 0, "bad"); };
  EXPECT_EQ(run(always(corrupt), {"put a 1", "get a"}).failure.why, Failure::kRefused);
}

TEST(Judges, ObjectToAnOpenThatEditsInPlace) {
  const StoreKind kind = once_recovered({.edits_in_place = true});
  EXPECT_EQ(objection(explored(kind, kSteps)), name_of(Oracle::kFixpoint));
  EXPECT_EQ(run(kind, {"put a 1", "crash clean-kill", "recover"}).failure.why, Failure::kEdited);
}

TEST(Judges, ObjectToWrongCounters) {
  const StoreKind kind = once_recovered({.miscounts = true});
  EXPECT_EQ(objection(explored(kind, kSteps)), name_of(Oracle::kStructure));
  EXPECT_EQ(run(kind, {"put a 1", "crash clean-kill", "recover"}).failure.why, Failure::kStructure);
  EXPECT_EQ(run(kind, {"put a 1", "reopen"}).failure.why, Failure::kStructure);
}

TEST(Judges, ObjectToGarbageAfterAMergeOfEverything) {
  const StoreKind kind = once_recovered({.leaves_garbage = true});
  EXPECT_EQ(objection(explored(kind, kSteps)), name_of(Oracle::kSpace));
  EXPECT_EQ(run(kind, {"put a 1", "reopen", "merge"}).failure.why, Failure::kSpace);
}

TEST(Judges, CutThePowerASecondTime) {
  // A recovered store that no longer syncs loses only what is written after the recovery.
  Faults forgets;
  forgets.sync = [](const std::function<Status()>&) { return Status(); };
  EXPECT_EQ(objection(explored(once_recovered(forgets), kSteps)), name_of(Oracle::kFixpoint));
}

TEST(Judges, StrikeTheRecoveryItself) {
  // It removes its log before its new table is in place: with these steps that happens only in a recovery.
  const StoreKind& kind = checkpoint_kind(CheckpointBug::kOldLogRemovedFirst);
  EXPECT_EQ(objection(explored(kind, kSteps, 0)), "");
  EXPECT_NE(objection(explored(kind, kSteps, 1)), "");
}

TEST(Judges, ObjectToAStoreThatRefusesAlthoughNothingFails) {
  for (const Status& refusal : {Status::io_error("f", "no"), Status::no_space("f", "no"), Status::read_only("no")}) {
    Faults refuses;
    refuses.put = [refusal] { return refusal; };
    const sim::StepReport report = run(always(refuses), {"put a 1"});
    EXPECT_EQ(report.failure.why, Failure::kRefused) << refusal.to_string();
    EXPECT_TRUE(run(always(refuses), {"fail eio-read 99", "put a 1"}).passed) << "a call may fail here";
  }
  Faults picky;
  picky.put = [] { return Status::invalid_argument("no such keys here"); };
  EXPECT_TRUE(run(always(picky), {"put a 1"}).passed) << "a store may refuse what makes no sense";
}

// A store that calls itself corrupt after a failed sync, although its disk is fine.
StoreKind corrupt_after_a_failed_sync() {
  const auto failed = std::make_shared<bool>(false);
  StoreKind kind = faulty_kind([failed](bool is_new) {
    if (is_new) *failed = false;
    Faults faults;
    faults.sync = [failed](const std::function<Status()>& right) {
      Status status = right();
      *failed = *failed || !status.ok();
      return status;
    };
    return faults;
  });
  const auto open = kind.open;
  kind.open = [open, failed](std::shared_ptr<Disk> disk, const Scenario& scenario, Observer* observer) {
    const auto names = disk->list();
    const bool is_new = names.ok() && names->empty();
    if (*failed && !is_new) {
      return Result<std::unique_ptr<sim::StoreAdapter>>(Status::corruption("log-1", 0, "a sync has failed"));
    }
    return open(std::move(disk), scenario, observer);
  };
  return kind;
}

TEST(Judges, ExcuseCorruptionByAFailureOnlyIfTheDiskHasLied) {
  const StoreKind kind = corrupt_after_a_failed_sync();
  const auto report = sim::explore_errors(scenario_of({"put a 1", "sync"}), {.kind = &kind});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(objection(*report), name_of(Oracle::kPrefix)) << "a reported I/O error is not a lie";
  EXPECT_FALSE(run(kind, {"put a 1", "fail eio-sync 1", "sync", "crash clean-kill", "recover"}).passed);
  EXPECT_TRUE(run(kind, {"put a 1", "fail fsync-fails late 1", "sync", "sync", "crash clean-kill", "recover"}).passed);
}

TEST(Judges, AskTheLivingStoreOnceNoCallFailsAnyMore) {
  // It keeps a write that it reported as failed, and shows a different value for that key.
  const auto shown = std::make_shared<bool>(false);
  const StoreKind kind = faulty_kind([shown](bool) {
    *shown = false;
    Faults faults;
    faults.sync = [shown](const std::function<Status()>& right) {
      Status status = right();
      *shown = *shown || !status.ok();
      return status;
    };
    faults.get = [shown](std::string_view, std::string* value, Status right) {
      if (*shown && right.ok()) *value = "9";
      return right;
    };
    return faults;
  });
  EXPECT_EQ(run(kind, {"put a 1", "fail eio-sync 1", "sync", "check"}).failure.why, Failure::kWrongContents);
  EXPECT_TRUE(run(kind, {"put a 1", "sync", "check"}).passed);
  const auto report = sim::explore_errors(scenario_of({"put a 1", "sync"}), {.kind = &kind});
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(objection(*report), name_of(Oracle::kPrefix));
}

// ---- reports

TEST(Reports, OmitFindingsWhoseReplayPasses) {
  ExploreReport report;
  sim::Violation finding{.sentence = "something was lost", .replay = scenario_of({"put a 1", "sync"})};
  report.add(finding, checkpoint_kind());
  EXPECT_TRUE(report.clean());
  EXPECT_TRUE(report.violations.empty());
  EXPECT_EQ(report.not_replayed, 1U);
  EXPECT_NE(sim::tell_not_replayed(report).find("something was lost"), std::string::npos);

  finding.replay = scenario_of({"put a 1", "recover"});
  report.add(finding, checkpoint_kind());
  EXPECT_EQ(report.not_replayed, 2U) << "a replay that makes no sense shows nothing";

  finding.replay = scenario_of({"put a 1", "expect get a 2", "sync"});
  report.add(finding, checkpoint_kind());
  EXPECT_EQ(report.not_replayed, 2U);
  ASSERT_EQ(report.violations.size(), 1U);
  EXPECT_EQ(sim::steps_of(report.violations[0].replay.steps), "put a 1 · expect get a 2") << "it ends where it fails";

  ExploreReport sum;
  sum.add(report, 3);
  EXPECT_EQ(sum.not_replayed, 2U);
  EXPECT_EQ(sim::to_json(*sim::report_from_json(sim::to_json(sum))), sim::to_json(sum));
}

}  // namespace
}  // namespace sediment::test
