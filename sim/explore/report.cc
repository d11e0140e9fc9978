#include "sim/explore/report.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>
#include <utility>

#include "engine/tools/printable.h"
#include "sim/base/parse_number.h"
#include "sim/base/plural.h"
#include "sim/disk/json_bytes.h"
#include "sim/run/judge.h"
#include "sim/run/witness.h"

namespace sediment::sim {

namespace {

using nlohmann::json;

struct Count {
  const char* name;
  std::uint64_t ExploreReport::*field;
};
constexpr Count kCounts[] = {
    {"scripts", &ExploreReport::scripts},
    {"scripts_skipped", &ExploreReport::scripts_skipped},
    {"crash_points", &ExploreReport::crash_points},
    {"crashes", &ExploreReport::crashes},
    {"disks_judged", &ExploreReport::disks_judged},
    {"disks_skipped", &ExploreReport::disks_skipped},
    {"recovery_crashes", &ExploreReport::recovery_crashes},
    {"recoveries_struck", &ExploreReport::recoveries_struck},
    {"recoveries_alike", &ExploreReport::recoveries_alike},
    {"failed_calls", &ExploreReport::failed_calls},
    {"damages", &ExploreReport::damages},
    {"violation_count", &ExploreReport::violation_count},
    {"not_replayed", &ExploreReport::not_replayed},
};

std::optional<Oracle> parse_oracle(std::string_view name) {
  for (std::uint8_t i = 0; i < kOracleCount; ++i) {
    if (name_of(static_cast<Oracle>(i)) == name) return static_cast<Oracle>(i);
  }
  return std::nullopt;
}

struct Replayed {
  StepReport last;
  std::size_t steps = 0;  // until it failed
  std::string takes;
  std::string taken;
};

// "log-N" for log-1, log-12 and so on.
std::string kind_of_file(std::string_view name) {
  std::string kind;
  for (const char c : name) {
    const bool digit = c >= '0' && c <= '9';
    if (!digit) kind += c;
    if (digit && (kind.empty() || kind.back() != 'N')) kind += 'N';
  }
  return kind;
}

std::string what_the_last_crash_took(const Trace& trace) {
  const CrashEntry* crash = nullptr;
  for (const TraceEntry& entry : trace.entries()) {
    if (const auto* found = std::get_if<CrashEntry>(&entry)) crash = found;
  }
  if (crash == nullptr) return {};
  const Result<DiskState> before = trace.state_after(crash->after_operation);
  const Result<DiskState> image = before.ok() ? crash_image(*before, crash->choice) : before;
  if (!image.ok()) return {};
  const std::map<std::string, std::string> seen = before->contents();
  const std::map<std::string, std::string> left = image->contents();
  std::set<std::string> taken;
  for (const auto& [name, bytes] : seen) {
    const auto found = left.find(name);
    if (found == left.end()) taken.insert("name of " + kind_of_file(name));
    if (found != left.end() && found->second != bytes) taken.insert("bytes of " + kind_of_file(name));
  }
  for (const auto& [name, bytes] : left) {
    if (!seen.contains(name)) taken.insert("removal of " + kind_of_file(name));
  }
  std::string text;
  for (const std::string& each : taken) text += (text.empty() ? "" : ", ") + each;
  return text;
}

Replayed run(const Scenario& scenario, const StoreKind& kind) {
  if (witness() != nullptr) announce(scenario, {});
  Runner runner(scenario, kind);
  Replayed replayed;
  std::size_t performed = 0;
  replayed.last = runner.run([&](const StepReport&) { ++performed; });
  replayed.steps = steps_until_failure(scenario, performed);
  std::vector<Step> steps = scenario.steps;
  steps.resize(replayed.steps);
  replayed.takes = told_steps(steps, runner.trace());
  replayed.taken = what_the_last_crash_took(runner.trace());
  return replayed;
}

bool is_simpler(const Violation& one, const Violation& other) {
  const auto key = [](const Violation& each) { return std::pair(each.replay.steps.size(), each.oracle); };
  return key(one) < key(other);
}

void sort(std::vector<Violation>& violations) { std::stable_sort(violations.begin(), violations.end(), is_simpler); }

// The last crash; none if there is none, or more than a recovery follows it.
Step* deciding_crash(Scenario& scenario) {
  const std::size_t count = scenario.steps.size();
  if (count < 2 || scenario.steps[count - 1] != Step{"recover"} || scenario.steps[count - 2][0] != "crash") {
    return nullptr;
  }
  return &scenario.steps[count - 2];
}

// Many crashes show one bug. If everything unsynced is lost at the same moment and the same goes wrong, that says it
// with fewer words than a torn write does.
void simplify(Violation* violation, Replayed* replayed, FailureKind* failure, const StoreKind& kind) {
  if (violation->fault == Fault::kLoseUnsynced || violation->fault == Fault::kCleanKill ||
      violation->fault > Fault::kLostRemove) {
    return;
  }
  Scenario simpler = violation->replay;
  Step* crash = deciding_crash(simpler);
  if (crash == nullptr) return;
  Step words{"crash", std::string(name_of(Fault::kLoseUnsynced))};
  if (crash->size() > 3 && (*crash)[crash->size() - 2] == "after") {
    words.insert(words.end(), crash->end() - 2, crash->end());
  }
  *crash = words;
  Replayed again = run(simpler, kind);
  if (again.last.failure != replayed->last.failure || again.steps != replayed->steps) return;
  violation->fault = Fault::kLoseUnsynced;
  violation->sentence = narrate(simpler, again.last.outcome);
  simpler.title = violation->replay.title;
  violation->replay = std::move(simpler);
  *failure = failure_kind(violation->replay.steps, again.last.failure);
  *replayed = std::move(again);
}

}  // namespace

std::string cause_of(const Violation& violation, const FailureKind& failure) {
  std::string cause = std::string(name_of(violation.oracle)) + " · " + std::string(name_of(failure.failure.why));
  cause += " " + std::to_string(static_cast<unsigned>(failure.failure.code)) + " " +
           std::to_string(failure.failure.mismatch) + " at " + failure.verb + " · ";
  for (const std::string& call : failure.calls) cause += call + " · ";
  if (!failure.crashes.empty()) {
    const CrashKind& crash = failure.crashes.back();
    cause += std::string(name_of(crash.fault)) + " " + std::to_string(static_cast<unsigned>(crash.scope)) + " · ";
  }
  return cause + violation.cause;
}

std::string kind_of(const DiskOperation& operation) {
  std::string text(name_of(operation.kind));
  if (!operation.name.empty()) text += ' ';
  const std::string& file = operation.new_name.empty() ? operation.name : operation.new_name;
  return text + kind_of_file(file);
}

std::string told_steps(const std::vector<Step>& steps, const Trace& trace) {
  std::vector<const DiskOperation*> operations;
  for (const TraceEntry& entry : trace.entries()) {
    if (const auto* operation = std::get_if<DiskOperation>(&entry)) operations.push_back(operation);
  }
  std::string text;
  for (const Step& step : steps) {
    text += (text.empty() ? "" : " · ") + preview(step);
    if (step[0] != "crash" || step.size() < 4 || step[step.size() - 2] != "after") continue;
    const auto after = parse_number(step.back());
    if (!after || *after == 0 || *after > operations.size()) continue;
    const DiskOperation& operation = *operations[*after - 1];
    text += " (" + std::string(name_of(operation.kind));
    if (!operation.name.empty()) text += " " + tools::printable(operation.name);
    if (!operation.new_name.empty()) text += " to " + tools::printable(operation.new_name);
    text += ")";
  }
  return text;
}

std::string narrate(const Scenario& replay, const std::string& outcome) {
  // "the store was killed by signal 6 (abort) in step 3, `sync`" says itself where.
  const bool names_the_step = outcome.starts_with("the store ");
  const std::string plain =
      "In `" + steps_of(replay.steps) + (names_the_step ? "` " : "` the last step fails: ") + outcome;
  const auto& steps = replay.steps;
  std::size_t first = 0;
  while (first < steps.size() && steps[first][0] != "crash") {
    if (steps[first][0] == "fail") return plain;
    ++first;
  }
  if (first == steps.size()) return plain;
  std::string text =
      first == 0 ? "While the store is being opened"
                 : "After `" + steps_of({steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(first)}) + "`";
  const bool closed = first > 0 && steps[first - 1] == Step{"close"};
  for (std::size_t i = first; i < steps.size(); i += 2) {
    std::vector<std::string> words(steps[i].begin() + 1, steps[i].end());
    if (words.size() > 2 && words[words.size() - 2] == "after") words.resize(words.size() - 2);
    const Result<CrashChoice> choice = parse_crash_choice(words);
    if (steps[i][0] != "crash" || !choice.ok() || i + 1 >= steps.size() || steps[i + 1] != Step{"recover"})
      return plain;
    text += (i == first ? " " : "; during the recovery ") +
            (closed && is_damage(choice->fault) ? explain_at_rest(*choice) : explain(*choice));
  }
  return text + ". Then " + outcome;
}

void ExploreReport::add(const ExploreReport& other, std::size_t most) {
  const std::uint64_t count_before = violation_count;
  for (const Count& count : kCounts) this->*count.field += other.*count.field;
  judged.add(other.judged);
  if (not_replayed_example.empty()) not_replayed_example = other.not_replayed_example;
  if (stopped.empty()) stopped = other.stopped;
  for (const auto& [name, value] : other.coverage) coverage[name] += value;
  tried.insert(other.tried.begin(), other.tried.end());
  left_out.insert(other.left_out.begin(), other.left_out.end());
  broken_contract.insert(other.broken_contract.begin(), other.broken_contract.end());
  for (const auto& [name, tally] : other.steps) {
    StepTally& sum = steps[name];
    sum.asked += tally.asked;
    sum.accepted += tally.accepted;
    if (sum.answer.empty()) sum.answer = tally.answer;
    sum.promised = sum.promised || tally.promised;
  }
  for (const Violation& violation : other.violations) add_seen(violation);
  violation_count = count_before + other.violation_count;
  sort(violations);
  if (violations.size() > most) violations.resize(most);
}

void ExploreReport::add_seen(Violation violation) {
  violation_count += 1 + violation.alike;
  const auto known = std::find_if(violations.begin(), violations.end(), [&](const Violation& each) {
    return !each.cause.empty() && each.cause == violation.cause;
  });
  if (known == violations.end()) {
    violations.push_back(std::move(violation));
    return;
  }
  const std::uint64_t alike = known->alike + 1 + violation.alike;
  if (is_simpler(violation, *known)) *known = std::move(violation);
  known->alike = alike;
}

void ExploreReport::add(Violation violation, const StoreKind& kind, const std::optional<FailureKind>& only) {
  Scenario& replay = violation.replay;
  Replayed replayed = run(replay, kind);
  if (replayed.last.passed || replayed.last.failure.why == Failure::kNonsense) {
    ++not_replayed;
    if (not_replayed_example.empty()) not_replayed_example = violation.sentence + "\n  " + steps_of(replay.steps);
    return;
  }
  const std::size_t whole = replay.steps.size();
  replay.steps.resize(replayed.steps);
  if (replay.steps.size() < whole) violation.sentence = narrate(replay, replayed.last.outcome);
  FailureKind failure = failure_kind(replay.steps, replayed.last.failure);
  if (only && !is_same_kind(*only, failure)) return;
  if (!only) simplify(&violation, &replayed, &failure, kind);
  violation.takes = replayed.takes;
  violation.taken = replayed.taken;
  violation.cause = cause_of(violation, failure);
  add_seen(std::move(violation));
}

void ExploreReport::count(const StepReport& step, const StoreKind& kind) {
  if (step.step == Step{"open"} || !step.passed) return;
  std::string name = step.step[0];
  if (name == "merge" && step.step.size() > 1) {
    const bool is_run = step.step.back().find("..") != std::string::npos;
    name += step.step[1] == "begin" || step.step[1] == "step" ? " " + step.step[1] : "";
    name += is_run ? " FIRST..LAST" : "";
  }
  if (name == "ask" || name == "expect" || name == "check") return;
  StepTally& tally = steps[name];
  ++tally.asked;
  if (!step.refused) ++tally.accepted;
  if (step.refused && tally.answer.empty()) tally.answer = step.outcome;
  const auto is_it = [&](const std::string& verb) {
    return verb == name || (name != "merge" && verb.starts_with(name + " "));
  };
  tally.promised = std::any_of(kind.verbs.begin(), kind.verbs.end(), is_it);
}

std::vector<std::string> ExploreReport::never_struck() const {
  std::vector<std::string> names;
  for (std::uint8_t i = 0; i < kFaultCount; ++i) {
    const auto fault = static_cast<Fault>(i);
    std::uint64_t struck = 0;
    for (std::uint8_t oracle = 0; oracle < kOracleCount; ++oracle) {
      struck += judged.at(fault, static_cast<Oracle>(oracle));
    }
    const std::string name(name_of(fault));
    if (struck == 0 && tried.contains(name)) names.push_back(name);
  }
  return names;
}

std::vector<ExploreReport::Refusal> ExploreReport::refusals() const {
  std::vector<Refusal> refused;
  for (const bool promised : {true, false}) {
    for (const auto& [name, tally] : steps) {
      if (tally.accepted > 0 || tally.promised != promised) continue;
      const std::string asked = std::to_string(tally.asked);
      std::string sentence = name == "put" ? "nothing was judged: " : "";
      sentence += "the store refused every " + name + " (" + asked + " of " + asked + "): " + tally.answer;
      refused.push_back({std::move(sentence), promised});
    }
  }
  return refused;
}

bool ExploreReport::judged_too_little() const {
  const std::vector<Refusal> refused = refusals();
  return std::any_of(refused.begin(), refused.end(), [](const Refusal& each) { return each.promised; });
}

std::string tell_not_replayed(const ExploreReport& report) {
  if (report.not_replayed == 0) return {};
  return std::to_string(report.not_replayed) +
         " findings did not replay, so they are not shown as violations. This is an error in the search itself; please "
         "report it. The first one:\n" +
         report.not_replayed_example + "\n";
}

json to_json(const ExploreReport& report) {
  json result{{"title", report.title},
              {"coverage", report.coverage},
              {"tried", report.tried},
              {"left_out", report.left_out},
              {"broken_contract", report.broken_contract},
              {"never_struck", report.never_struck()}};
  json& steps = result["steps"] = json::object();
  for (const auto& [name, tally] : report.steps) {
    steps[name] = {{"asked", tally.asked}, {"accepted", tally.accepted}, {"promised", tally.promised}};
    if (!tally.answer.empty()) steps[name]["answer"] = tools::printable(tally.answer);
  }
  if (!report.stopped.empty()) result["stopped"] = report.stopped;
  if (!report.not_replayed_example.empty()) result["not_replayed_example"] = report.not_replayed_example;
  for (const Count& count : kCounts) result[count.name] = report.*count.field;
  json& judged = result["judged"] = json::object();
  for (std::uint8_t fault = 0; fault < kFaultCount; ++fault) {
    for (std::uint8_t oracle = 0; oracle < kOracleCount; ++oracle) {
      const std::uint64_t count = report.judged.at(static_cast<Fault>(fault), static_cast<Oracle>(oracle));
      if (count == 0) continue;
      judged[std::string(name_of(static_cast<Fault>(fault)))][std::string(name_of(static_cast<Oracle>(oracle)))] =
          count;
    }
  }
  json& violations = result["violations"] = json::array();
  for (const Violation& violation : report.violations) {
    violations.push_back({{"fault", name_of(violation.fault)},
                          {"oracle", name_of(violation.oracle)},
                          {"sentence", violation.sentence},
                          {"cause", violation.cause},
                          {"alike", violation.alike},
                          {"takes", violation.takes},
                          {"taken", violation.taken},
                          {"replay", to_json(violation.replay)}});
  }
  return result;
}

Result<ExploreReport> report_from_json(const json& json_report) {
  try {
    ExploreReport report;
    report.title = json_report.at("title").get<std::string>();
    report.stopped = json_report.value("stopped", "");
    report.not_replayed_example = json_report.value("not_replayed_example", "");
    for (const auto& [name, count] : json_report.at("coverage").get_ref<const json::object_t&>()) {
      report.coverage[name] = number_from_json(count);
    }
    for (const json& name : json_report.at("tried")) report.tried.insert(name.get<std::string>());
    for (const json& name : json_report.at("left_out")) report.left_out.insert(name.get<std::string>());
    report.broken_contract = json_report.value("broken_contract", std::set<std::string>());
    for (const auto& [name, entry] : json_report.at("steps").get_ref<const json::object_t&>()) {
      report.steps[name] = {number_from_json(entry.at("asked")), number_from_json(entry.at("accepted")),
                            entry.value("answer", ""), entry.at("promised").get<bool>()};
    }
    for (const Count& count : kCounts) report.*count.field = number_from_json(json_report.at(count.name));
    for (const auto& [fault_name, oracles] : json_report.at("judged").items()) {
      for (const auto& [oracle_name, count] : oracles.items()) {
        const auto fault = parse_fault(fault_name);
        const auto oracle = parse_oracle(oracle_name);
        if (!fault || !oracle)
          return Status::invalid_argument(std::string("unknown: ").append(fault_name).append(", ").append(oracle_name));
        report.judged.count(*fault, *oracle, number_from_json(count));
      }
    }
    for (const json& entry : json_report.at("violations")) {
      const auto fault = parse_fault(entry.at("fault").get<std::string>());
      const auto oracle = parse_oracle(entry.at("oracle").get<std::string>());
      Result<Scenario> replay = parse_scenario(entry.at("replay").dump());
      if (!fault || !oracle) return Status::invalid_argument("a violation has an unknown fault or oracle");
      if (!replay.ok()) return replay.status();
      report.violations.push_back({*fault, *oracle, entry.at("sentence").get<std::string>(), std::move(*replay),
                                   entry.at("cause").get<std::string>(), number_from_json(entry.at("alike")),
                                   entry.at("takes").get<std::string>(), entry.at("taken").get<std::string>()});
    }
    return report;
  } catch (const json::exception& error) {
    return Status::invalid_argument(std::string("this is not a report: ") + error.what());
  }
}

namespace {

// What the store should have done instead. One that throws, or does not come back, has not broken an oracle.
std::string demand_of(const Violation& violation) {
  for (const Failure failure : {Failure::kThrew, Failure::kDied, Failure::kHung}) {
    if (violation.cause.find(" · " + std::string(name_of(failure)) + " ") != std::string::npos)
      return "exceptions: each step returns, throws nothing, and does not end the process";
  }
  return std::string(name_of(violation.oracle)) + ": " + std::string(what_it_demands(violation.oracle));
}

}  // namespace

std::string tell(const Violation& violation, const std::string& file, const std::string& program) {
  const Scenario& replay = violation.replay;
  std::string text = violation.sentence + ".\n";
  text += "  it takes   " + (violation.takes.empty() ? steps_of(replay.steps) : violation.takes) + "\n";
  text += "  violated   " + demand_of(violation) + "\n";
  text += "  with       sync " + std::string(replay.sync == SyncPolicy::kNever ? "never" : "every-write") +
          ", segments of " + std::to_string(replay.segment_size) + " bytes, seed " + std::to_string(replay.seed) + "\n";
  text += "  replay     " + program + " replay " + file + "\n";
  if (violation.alike > 0) text += "  and        " + grouped(violation.alike) + " more of this cause\n";
  if (replay.store == kEngineName) text += "  watch      " + watch_command(program, file) + "\n";
  return text;
}

std::string watch_command(const std::string& program, const std::string& file) {
  const std::string folder = program.substr(0, program.rfind('/') + 1);  // empty if there is none
  return folder + "sediment-viz --scenario " + file + " --at failure";
}

}  // namespace sediment::sim
