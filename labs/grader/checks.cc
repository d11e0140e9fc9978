#include "labs/grader/checks.h"

#include <algorithm>

#include "labs/grader/broken.h"
#include "labs/grader/disk_story.h"
#include "labs/grader/remote_store.h"
#include "labs/grader/search.h"
#include "sim/disk/crash.h"
#include "sim/explore/report.h"
#include "sim/run/judge.h"

namespace sediment::labs {

namespace {

using sim::Step;

// A script without a crash, of about this many steps. Values are long enough that segments fill up.
sim::Scenario random_script(sim::Random& random, const sim::StoreKind& kind, std::size_t steps) {
  sim::Scenario scenario;
  scenario.store = kind.name;
  scenario.segment_size = random.below(2) == 0 ? 256 : 1024;
  scenario.seed = random.below(1'000'000) + 1;
  const auto can = [&](const char* verb) {
    return std::find(kind.verbs.begin(), kind.verbs.end(), verb) != kind.verbs.end();
  };
  const auto key = [&] { return "k" + std::to_string(random.below(12)); };
  while (scenario.steps.size() < steps) {
    switch (random.below(12)) {
      case 0: scenario.steps.push_back({"remove", key()}); break;
      case 1: scenario.steps.push_back({"reopen"}); break;
      case 2: scenario.steps.push_back({"sync"}); break;
      case 3:
        if (can("roll")) scenario.steps.push_back({"roll"});
        break;
      case 4:
        if (can("merge") && random.below(2) == 0) scenario.steps.push_back({"merge"});
        break;
      case 5:
      case 6: scenario.steps.push_back({"get", key()}); break;
      default:
        scenario.steps.push_back(
            {"put", key(), std::string(random.below(40), 'v') + std::to_string(scenario.steps.size())});
    }
  }
  scenario.steps.push_back({"check"});
  return scenario;
}

// Runs the steps until one does not pass. Returns the report of the last.
sim::StepReport try_scenario(CheckRun& run, const sim::StoreKind& kind, const sim::Scenario& scenario) {
  Play play(run, kind, scenario);
  for (const Step& step : scenario.steps) {
    if (!play.attempt(step).passed) break;
  }
  return play.last();
}

// Runs a script, then crashes the store at one of the script's disk operations, and goes on from what the crash left. Throws
// CheckFailed. False if the script does nothing on the disk.
bool survives_a_crash(CheckRun& run, const sim::StoreKind& kind, const sim::DeviceProfile& device,
                      sim::Scenario scenario) {
  scenario.steps.pop_back();  // the check
  Play play(run, kind, scenario);
  for (const Step& step : scenario.steps) play.perform(step);
  const sim::Trace& trace = play.runner().trace();
  const std::vector<std::uint64_t> ends = play.ends();
  if (trace.operation_count() == ends.front()) return false;
  const std::uint64_t after = ends.front() + 1 + run.random.below(trace.operation_count() - ends.front());
  const sim::DiskOperation* struck = nullptr;
  std::uint64_t operations = 0;
  for (const sim::TraceEntry& entry : trace.entries()) {
    const auto* operation = std::get_if<sim::DiskOperation>(&entry);
    if (operation != nullptr && ++operations == after) struck = operation;
  }
  const Result<sim::DiskState> state = trace.state_after(after);
  if (!state.ok()) return false;
  const std::vector<sim::CrashChoice> choices = sim::possible_crashes(*state, struck, device);
  if (choices.empty()) return false;
  const std::vector<Step> rest{sim::crash_step(choices[run.random.below(choices.size())], after),
                               {"recover"},
                               {"put", "k0", "after the crash"},
                               {"reopen"},
                               {"check"}};
  if (std::all_of(rest.begin(), rest.end(), [&](const Step& step) { return play.attempt(step).passed; })) return true;

  // The same without the steps that the crash has undone, which the story does not need.
  const std::string outcome = play.last().outcome;
  std::size_t steps = 0;
  while (ends[steps] < after) ++steps;
  scenario.steps.resize(steps);
  scenario.steps.insert(scenario.steps.end(), rest.begin(), rest.end());
  const sim::StepReport again = try_scenario(run, kind, scenario);
  if (again.passed || again.failure.why == sim::Failure::kNonsense) {
    CheckRun::fail("your store should do the same on the disk when the same steps are run again; the first time: " +
                   outcome);
  }
  CheckRun::fail(again.outcome);
}

sim::ExploreReport explore(CheckRun& run, const Crashes& crashes, std::uint64_t operations, std::uint64_t budget) {
  Limits limits;
  limits.cpu_seconds = 30;
  limits.wall = std::chrono::minutes(4);
  StudentProcess process(run.build.plain(), limits);
  run.step("explore every crash in script 1");
  const Search search{.seed = run.seed, .operations = operations, .scripts = budget, .crashes = crashes};
  return search_crashes(process, search, [&](std::uint64_t done, std::uint64_t of) {
    run.begin_story();
    run.step("explore every crash in script " + std::to_string(done + 1) + " of " + std::to_string(of));
  });
}

}  // namespace

sim::Scenario Play::without_steps(sim::Scenario scenario) {
  scenario.steps.clear();
  return scenario;
}

Play::Play(CheckRun& run, const sim::StoreKind& kind, const sim::Scenario& options)
    : run_(run), runner_(without_steps(options), kind) {
  run_.begin_story();
  run_.scenario = without_steps(options);
  run_.step("open");
  note(runner_.start());
  must_have_passed();
}

const sim::StepReport& Play::attempt(const Step& step) {
  run_.step(sim::to_string(step));
  run_.scenario.steps.push_back(step);
  note(runner_.perform(step));
  run_.reached(step[0] + (step[0].ends_with("sh") ? "es" : "s"));
  return last_;
}

void Play::perform(const Step& step) {
  (void)attempt(step);
  must_have_passed();
}

void Play::note(sim::StepReport report) {
  last_ = std::move(report);
  ends_.push_back(last_.disk_operations);
}

void Play::must_have_passed() const {
  if (last_.failure.why == sim::Failure::kNonsense) {
    throw std::runtime_error("the grader's own script makes no sense: " + last_.outcome);
  }
  if (!last_.passed) CheckRun::fail(last_.outcome);
}

void run_scenario(CheckRun& run, const sim::StoreKind& kind, const sim::Scenario& scenario) {
  Play play(run, kind, scenario);
  for (const Step& step : scenario.steps) play.perform(step);
}

// Each step of a scenario, with what the reference has done to the disk in it.
void tell_steps(CheckRun& run, const sim::Trace& trace) {
  const std::vector<std::string> operations = operations_by_step(trace);
  std::size_t number = 0;
  for (const sim::TraceEntry& entry : trace.entries()) {
    const auto* input = std::get_if<sim::InputEntry>(&entry);
    if (input == nullptr) continue;
    const std::string& all = operations[number++];
    run.step(sim::to_string(input->step) + (all.empty() ? "" : "   [disk: " + all + "]"));
  }
}

void breaks(CheckRun& run, const std::string& name) {
  constexpr std::size_t kMostSteps = 100;
  const std::string path = run.break_folder + "/" + name + ".json";
  run.step("break/" + name + ".json, with the reference");
  const Result<sim::Scenario> scenario = sim::read_scenario(path);
  if (scenario.status().is(StatusCode::kNotFound)) {
    throw ProcessEnded(ProcessEnded::Why::kNotImplemented, path + " is still to be written", {});
  }
  if (!scenario.ok()) CheckRun::fail(scenario.status().to_string());
  if (scenario->steps.size() > kMostSteps) CheckRun::fail("the scenario has more than 100 steps");
  if (scenario->store != sim::kEngineName) CheckRun::fail("the scenario should be for the engine");

  sim::Runner right(*scenario);
  const sim::StepReport passed = right.run();
  tell_steps(run, right.trace());
  if (!passed.passed) {
    CheckRun::fail("the reference should pass your scenario; it fails at \"" + sim::to_string(passed.step) +
                   "\": " + passed.outcome);
  }
  const Broken wrong = broken_of(run.lab_folder, name, run.build_other);
  bool failed = false;
  try {
    const sim::StoreKind kind = remote_kind(sim::engine_kind(), wrong.program);
    sim::Runner runner(*scenario, kind);
    const sim::StepReport last = runner.run();
    failed = !last.passed && last.failure.why != sim::Failure::kNonsense;  // that would say nothing about the store
  } catch (const ProcessEnded&) {
    failed = true;  // the wrong solution crashed
  }
  if (!failed) CheckRun::fail("the wrong solution should fail your scenario; it passes");
  run.reached("wrong solutions that fail");
  if (scenario->steps.size() > wrong.fewest_steps) {
    CheckRun::fail("your scenario has " + std::to_string(scenario->steps.size()) + " steps; " +
                   std::to_string(wrong.fewest_steps) + " are enough");
  }
}

void runs_in_a_store(CheckRun& run) {
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.with_addresses);
  for (std::size_t steps : {8U, 15U, 40U, 60U, 60U}) run_scenario(run, kind, random_script(run.random, kind, steps));
}

void survives_crashes(CheckRun& run) { survives_crashes_on(run, {}); }

void survives_crashes_on(CheckRun& run, const Crashes& crashes) {
  const sim::DeviceProfile* device = sim::find_profile(crashes.device);
  if (device == nullptr) throw std::runtime_error("there is no device " + crashes.device);
  // The search runs in the student's process, so it may say anything. What it reports must be seen again here, and
  // some crashes are chosen and judged here, each in new processes.
  const sim::ExploreReport report = explore(run, crashes, 4, 150);
  const sim::StoreKind kind = remote_kind(*run.kind, run.build.plain());
  for (const sim::Violation& violation : report.violations) {
    const sim::StepReport again = try_scenario(run, kind, violation.replay);
    if (!again.passed && again.failure.why != sim::Failure::kNonsense) CheckRun::fail(again.outcome);
    CheckRun::fail("your process reported a failure that does not happen again: " + violation.sentence);
  }
  if (report.violation_count != 0) CheckRun::fail("your process reported failures without a scenario");
  run.reached("crash points", report.crash_points);

  std::uint64_t audited = 0;
  for (int tries = 0; audited < 100 && tries < 400; ++tries) {
    if (!survives_a_crash(run, kind, *device, random_script(run.random, kind, 2 + run.random.below(8)))) continue;
    ++audited;
  }
  if (audited == 0) CheckRun::fail("your store should write to the disk");
  run.reached("audited disks", audited);
}

}  // namespace sediment::labs
