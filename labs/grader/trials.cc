#include "labs/grader/trials.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <exception>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "labs/grader/answer.h"
#include "labs/grader/checks.h"
#include "labs/grader/remote_store.h"
#include "labs/grader/search.h"
#include "labs/wire/store_messages.h"
#include "sim/base/plural.h"
#include "sim/explore/report.h"

namespace sediment::labs {

namespace {

using sim::Step;

MessageWriter request(Request what) {
  MessageWriter message;
  message.number(static_cast<std::uint64_t>(what));
  return message;
}

// Whether this ends without anything that the student's code did wrong.
bool passes_quietly(const std::function<bool()>& what) {
  try {
    return what();
  } catch (const ProcessEnded&) {
    return false;
  }
}

// ---- the demo

class Demo final : public Trial {
 public:
  explicit Demo(const TrialOptions& options) : options_(options) {}

  std::string_view name() const override { return "demo"; }
  std::string_view sentence() const override {
    return "counts the words of the pages, loses power in a merge, and has lost no synced word";
  }
  std::string reached() const override { return "a crash in a merge"; }

  std::optional<Failure> go_on(const Build& build, const Fraction&) override {
    Failure failure;
    failure.story = {"the demo (./dev demo), as far as the simulated disk"};
    failure.passes = [this](const Build& other) { return passes_quietly([&] { return wrong(other).empty(); }); };
    try {
      failure.reason = wrong(build);
    } catch (const ProcessEnded& ended) {
      failure.reason = ended.what();
      failure.output = ended.output();
    }
    return failure.reason.empty() ? std::nullopt : std::optional(std::move(failure));
  }

 private:
  std::string wrong(const Build& build) const {
    StudentProcess process(build.with_addresses, {.cpu_seconds = 60, .wall = std::chrono::minutes(5)});
    const MessageWriter message = request(Request::kDemo).text(options_.text).number(options_.seed);
    std::string wrong;
    const std::string bytes = process.ask(message.bytes());
    read_answer(process, bytes, [&](MessageReader& answer) { wrong = answer.text(); });
    return wrong;
  }

  const TrialOptions& options_;
};

// ---- random scripts

// Keys that recur, two with the same tag in the index, the empty key, and bytes that are no text.
const std::vector<std::string>& keys() {
  static const std::vector<std::string> keys = [] {
    std::vector<std::string> all{"key-035517", "key-082695", "", std::string(8, '\0'), "\xff,\n%", "a", "a,b"};
    while (all.size() < 24) all.push_back("k" + std::to_string(all.size()));
    return all;
  }();
  return keys;
}

std::string value(sim::Random& random, std::size_t position) {
  switch (random.below(8)) {
    case 0: return {};
    case 1: return std::string(random.below(70), '\0');
    case 2: return std::string(150 + random.below(100), 'v');
    case 3: return "%2C,\n" + std::to_string(position);
    default: return std::string(random.below(40), 'v') + std::to_string(position);
  }
}

// A script without a crash. Some have many keys, so that an index grows, and some few, so that records are superseded.
sim::Scenario random_script(std::uint64_t seed, const sim::StoreKind& kind) {
  sim::Random random(seed);
  sim::Scenario script;
  script.title = fmt::format("random script {}", seed);
  script.store = kind.name;
  script.segment_size = random.below(3) == 0 ? 1024 : 400;
  script.sync = random.below(4) == 0 ? SyncPolicy::kEveryWrite : SyncPolicy::kNever;
  script.reserve_space = random.below(2) == 0;
  script.auto_merge = random.below(2) == 0;
  script.snapshots = random.below(3) == 0 ? sim::Snapshots::kOff : sim::Snapshots::kOn;
  script.seed = random.below(1'000'000) + 1;
  const std::size_t steps = 20 + random.below(60);
  const std::size_t few = random.below(2) == 0 ? 6 : keys().size();
  const auto can = [&](const char* verb) {
    return std::find(kind.verbs.begin(), kind.verbs.end(), verb) != kind.verbs.end();
  };
  while (script.steps.size() < steps) {
    const std::string& key = keys()[random.below(few)];
    switch (random.below(14)) {
      case 0:
      case 1: script.steps.push_back({"remove", key}); break;
      case 2: script.steps.push_back({"get", key}); break;
      case 3: script.steps.push_back({"sync"}); break;
      case 4:
        if (random.below(2) == 0) script.steps.push_back({"reopen"});
        break;
      case 5:
        if (can("roll")) script.steps.push_back({"roll"});
        break;
      case 6:
        if (can("merge")) script.steps.push_back({"merge"});
        break;
      case 7:
      case 8:
        if (can("merge step")) script.steps.push_back({"merge", "step"});
        break;
      default: script.steps.push_back({"put", key, value(random, script.steps.size())});
    }
  }
  script.steps.push_back({"check"});
  return script;
}

class RandomScripts final : public Trial {
 public:
  RandomScripts(const sim::StoreKind& kind, const TrialOptions& options) : kind_(kind), options_(options) {}

  std::string_view name() const override { return "scripts"; }
  std::string_view sentence() const override { return "answers random scripts like a map, also after each reopen"; }
  std::string reached() const override { return sim::plural(kScripts, "script"); }

  std::optional<Failure> go_on(const Build& build, const Fraction& told) override {
    for (; next_ < kScripts; ++next_) {
      std::optional<Failure> failure = play(build, random_script(options_.seed * kScripts + next_, kind_));
      if (failure) return failure;
      told(static_cast<double>(next_ + 1) / kScripts);
    }
    return std::nullopt;
  }

 private:
  static constexpr std::uint64_t kScripts = 30;

  std::optional<Failure> play(const Build& build, const sim::Scenario& script) const {
    CheckRun run(build, options_.seed);
    Failure failure;
    try {
      const sim::StoreKind kind = remote_kind(kind_, build.with_addresses);
      Play played(run, kind, script);
      for (const Step& step : script.steps) played.perform(step);
      return std::nullopt;
    } catch (const CheckFailed& failed) {
      failure.reason = failed.what();
    } catch (const ProcessEnded& ended) {
      failure.reason = ended.what();
      failure.output = ended.output();
    }
    failure.story = run.story;
    failure.scenario = run.scenario;
    failure.scenario.title = script.title;
    failure.passes = [this, script](const Build& other) { return !play(other, script); };
    return failure;
  }

  const sim::StoreKind& kind_;
  const TrialOptions& options_;
  std::uint64_t next_ = 0;
};

// ---- every crash

class EveryCrash final : public Trial {
 public:
  EveryCrash(const sim::StoreKind& kind, const TrialOptions& options) : kind_(kind), options_(options) {}

  std::string_view name() const override { return "crashes"; }
  std::string_view sentence() const override { return "loses nothing in any crash of any small script"; }
  std::string reached() const override {
    sim::ExploreReport sum;
    for (const auto& [share, report] : passed_) sum.add(report, 1);
    return fmt::format("{}, {} crashes", sim::plural(sum.scripts, "script"), sum.crashes);
  }

  // Shares are given out in order, to as many processes as there are jobs. The failure in the first share that has one is
  // the one that is told, so the result does not depend on how fast they are.
  std::optional<Failure> go_on(const Build& build, const Fraction& told) override {
    const Program program = build.plain();
    std::map<std::uint64_t, Failure> failures;
    std::map<std::uint64_t, double> under_way;
    std::exception_ptr thrown;
    std::mutex mutex;  // guards all of these, and passed_
    std::atomic<std::uint64_t> next{0};
    std::atomic<bool> stop{false};
    const auto tell = [&] {
      auto done = static_cast<double>(passed_.size());
      for (const auto& [share, part] : under_way) done += part;
      told(done / kShares);
    };
    const auto work = [&] {
      for (std::uint64_t share = next++; share < kShares && !stop; share = next++) {
        try {
          {
            const std::lock_guard<std::mutex> lock(mutex);
            if (passed_.contains(share)) continue;
          }
          sim::ExploreReport report;
          std::optional<Failure> failure = explore(program, share, &report, [&](double part) {
            const std::lock_guard<std::mutex> lock(mutex);
            under_way[share] = part;
            tell();
          });
          const std::lock_guard<std::mutex> lock(mutex);
          under_way.erase(share);
          if (failure) {
            stop = true;
            failures.emplace(share, std::move(*failure));
          } else {
            passed_.emplace(share, std::move(report));
            tell();
          }
        } catch (...) {
          const std::lock_guard<std::mutex> lock(mutex);
          stop = true;
          if (!thrown) thrown = std::current_exception();
        }
      }
    };
    std::vector<std::thread> workers;
    for (unsigned job = 1; job < options_.jobs; ++job) workers.emplace_back(work);
    work();
    for (std::thread& worker : workers) worker.join();
    if (thrown) std::rethrow_exception(thrown);
    if (failures.empty()) return std::nullopt;
    return shown(build, std::move(failures.begin()->second));
  }

 private:
  static constexpr std::uint64_t kShares = 64;

  // One share in a process of its own. Its story and scenario come from the grader's own run of what it has found.
  std::optional<Failure> explore(const Program& program, std::uint64_t share, sim::ExploreReport* report,
                                 const Fraction& told) const {
    Limits limits;
    limits.cpu_seconds = program.has_address_sanitizer ? 600 : 120;
    limits.wall = std::chrono::minutes(15);
    Failure failure;
    failure.passes = [this, share](const Build& other) {
      sim::ExploreReport unused;
      return !explore(other.plain(), share, &unused, [](double) {});
    };
    std::uint64_t done = 0;
    try {
      StudentProcess process(program, limits);
      const Search search{
          .seed = options_.seed, .scripts = options_.scripts, .share = share, .shares = kShares, .crashes = crashes()};
      *report = search_crashes(process, search, [&](std::uint64_t finished, std::uint64_t of) {
        done = finished;
        told(static_cast<double>(done) / static_cast<double>(std::max<std::uint64_t>(of, 1)));
      });
      if (report->clean()) return std::nullopt;
      failure.reason = "the search found a failure that it could not repeat";
      if (report->violations.empty()) return failure;
      failure.reason = report->violations.front().sentence;
      failure.scenario = report->violations.front().replay;
    } catch (const ProcessEnded& ended) {
      failure.reason = ended.what();
      failure.output = ended.output();
      failure.story = {
          fmt::format("small script {} of share {} of {}, and every crash in it", done + 1, share + 1, kShares)};
    }
    return failure;
  }

  // The failure as a story, and with what it takes to run its script alone.
  std::optional<Failure> shown(const Build& build, Failure failure) const {
    if (failure.scenario.steps.empty()) return failure;
    CheckRun run(build, options_.seed);
    try {
      const sim::StoreKind kind = remote_kind(kind_, build.plain());
      Play played(run, kind, failure.scenario);
      for (const Step& step : failure.scenario.steps) {
        if (!played.attempt(step).passed) break;
      }
      if (!played.last().passed) failure.reason = played.last().outcome;
    } catch (const CheckFailed& failed) {
      failure.reason = failed.what();
    } catch (const ProcessEnded& ended) {
      failure.reason = ended.what();
      failure.output = ended.output();
    }
    failure.story = run.story;
    sim::Scenario script = failure.scenario;  // without the crash: another engine may be at another place then
    const auto crash = std::find_if(script.steps.begin(), script.steps.end(),
                                    [](const Step& step) { return !step.empty() && step[0] == "crash"; });
    script.steps.erase(crash, script.steps.end());
    if (script.steps.empty()) return failure;
    failure.passes = [this, script](const Build& other) {
      return passes_quietly([&] { return explored_clean(other.plain(), script); });
    };
    return failure;
  }

  bool explored_clean(const Program& program, const sim::Scenario& script) const {
    StudentProcess process(program, {.cpu_seconds = 60, .wall = std::chrono::minutes(5)});
    MessageWriter message = request(Request::kExploreScript);
    message.text(sim::to_json(script).dump());
    write_crashes(crashes(), &message);
    bool clean = false;
    const std::string bytes = process.ask(message.bytes());
    read_answer(process, bytes,
                [&](MessageReader& answer) { clean = read_status(&answer).ok() && answer.number() == 0; });
    return clean;
  }

  Crashes crashes() const { return kind_.name == sim::kEngineName ? Crashes{} : text_log_crashes(); }

  const sim::StoreKind& kind_;
  const TrialOptions& options_;
  std::map<std::uint64_t, sim::ExploreReport> passed_;  // by share
};

}  // namespace

std::vector<std::unique_ptr<Trial>> trials_of(const sim::StoreKind& kind, const TrialOptions& options) {
  std::vector<std::unique_ptr<Trial>> trials;
  if (kind.name == sim::kEngineName) trials.push_back(std::make_unique<Demo>(options));
  trials.push_back(std::make_unique<RandomScripts>(kind, options));
  trials.push_back(std::make_unique<EveryCrash>(kind, options));
  return trials;
}

}  // namespace sediment::labs
