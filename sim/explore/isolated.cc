#include "sim/explore/isolated.h"

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <map>
#include <mutex>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <utility>

#include "sim/base/json_reader.h"
#include "sim/base/parse_number.h"
#include "sim/explore/workers.h"
#include "sim/run/contract.h"
#include "sim/run/runner.h"
#include "sim/run/witness.h"

namespace sediment::sim {

namespace {

using Clock = std::chrono::steady_clock;
using nlohmann::json;

// ---- what both processes see

// What one thread of the searching process is at.
struct Slot {
  std::atomic<bool> busy{false};
  std::atomic<std::uint64_t> moves{0};
  std::atomic<std::uint64_t> unit{0};
  std::atomic<std::uint64_t> script{0};
  std::atomic<std::uint64_t> step{0};  // of the Runner
};

struct Shared {
  std::atomic<std::uint64_t> done{0};
  std::atomic<std::uint64_t> of{0};
  static constexpr std::size_t kMostSlots = 1024;
  Slot slots[kMostSlots];
};
static_assert(std::atomic<std::uint64_t>::is_always_lock_free, "a lock would not work between processes");

class SharedMemory {
 public:
  SharedMemory() {
    void* memory = ::mmap(nullptr, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    shared_ = new (memory) Shared;
  }
  ~SharedMemory() { ::munmap(shared_, sizeof(Shared)); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  Shared& operator*() const { return *shared_; }
  Shared* operator->() const { return shared_; }

 private:
  Shared* shared_;
};

class Descriptor {
 public:
  explicit Descriptor(int number = -1) : number_(number) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int operator*() const { return number_; }
  void set(int number) { number_ = number; }
  void close() {
    if (number_ >= 0) ::close(number_);
    number_ = -1;
  }

 private:
  int number_;
};

// Returns false if the other end is gone.
bool write_all(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(to, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

// ---- the searching process

class SlotWitness final : public Witness {
 public:
  SlotWitness(Slot& slot, std::FILE* scenarios, const bool& listens)
      : slot_(slot), scenarios_(scenarios), listens_(listens) {
    slot_.busy = true;
    set_witness(this);
  }
  ~SlotWitness() override {
    slot_.busy = false;
    set_witness(nullptr);
  }
  void moves() override { ++slot_.moves; }
  void begins_step(std::size_t number) override {
    ++slot_.moves;
    slot_.step = number;
  }
  bool wants_scenarios() const override { return scenarios_ != nullptr && listens_; }
  void begins(const Scenario& scenario) override {
    ++slot_.moves;
    if (!wants_scenarios()) return;
    const std::string text = to_json(scenario).dump();
    const int file = ::fileno(scenarios_);
    const bool written = ::ftruncate(file, 0) == 0 && ::lseek(file, 0, SEEK_SET) == 0 && write_all(file, text);
    if (!written) throw std::runtime_error("a temporary file cannot be written");
  }

 private:
  Slot& slot_;
  std::FILE* scenarios_;
  const bool& listens_;
};

// What the work has at hand.
class Inside {
 public:
  Inside(Shared& shared, int output, std::FILE* scenarios) : shared_(shared), output_(output), scenarios_(scenarios) {}

  Slot& slot(std::size_t number) { return shared_.slots[number % Shared::kMostSlots]; }
  SlotWitness witness_of(Slot& slot) { return {slot, scenarios_, listens_}; }
  /// Whether scenarios are written down from now on, if there is a file for them.
  void listen(bool listens) { listens_ = listens; }
  void tell_progress(std::uint64_t done, std::uint64_t of) {
    shared_.of = of;
    shared_.done = done;
  }
  /// Any thread.
  void say(const std::string& line) {
    const std::lock_guard<std::mutex> lock(mutex_);
    if (!write_all(output_, line + "\n")) ::_exit(1);  // nobody watches any more
  }

 private:
  Shared& shared_;
  int output_;
  std::FILE* scenarios_;
  bool listens_ = true;
  std::mutex mutex_;
};

// The first character of a line.
constexpr char kResult = '=';
constexpr char kFinished = '.';
constexpr char kNoMemory = 'm';
constexpr char kError = '!';

struct Ended {
  StepFailure failure;             // kNone if the work was finished
  std::string how;                 // "was killed by signal 6 (abort)"
  std::vector<std::size_t> slots;  // those that were busy; if it hung, those that hung
};

struct Watch {
  Timeout timeout;
  std::function<void(std::string_view line)> line = {};
  Progress progress = {};
  std::FILE* scenarios = nullptr;
};

std::string name_of_signal(int signal) {
  switch (signal) {
    case SIGABRT: return "abort";
    case SIGSEGV: return "segmentation fault";
    case SIGFPE: return "arithmetic error";
    case SIGILL: return "illegal instruction";
    case SIGBUS: return "bus error";
    case SIGKILL: return "kill";
    case SIGTERM: return "termination";
    case SIGTRAP: return "trap";
    case SIGPIPE: return "broken pipe";
    default: return "see signal(7)";
  }
}

std::string seconds_of(Timeout timeout) {
  const auto milliseconds = timeout.count();
  std::string text = std::to_string(milliseconds / 1000);
  if (milliseconds % 1000 != 0) text += "." + std::to_string(milliseconds % 1000 + 1000).substr(1);
  while (text.find('.') != std::string::npos && text.ends_with('0')) text.pop_back();
  return text + " s";
}

[[noreturn]] void work_and_exit(const std::function<void(Inside&)>& work, Inside& inside) {
  std::string last(1, kFinished);
  try {
    work(inside);
  } catch (const std::bad_alloc&) {
    last = kNoMemory;
  } catch (const std::exception& error) {
    last = kError + std::string(error.what());
    std::replace(last.begin(), last.end(), '\n', ' ');
  }
  inside.say(last);
  ::_exit(0);
}

// A process that does some work, seen from outside.
class Child {
 public:
  Child(Shared& shared, const Watch& watch, const std::function<void(Inside&)>& work) : shared_(shared), watch_(watch) {
    int ends[2];
    if (::pipe(ends) != 0) throw std::bad_alloc();
    output_.set(ends[0]);
    Descriptor input(ends[1]);
    std::fflush(nullptr);  // or both processes would write it
    const pid_t parent = ::getpid();
    process_ = ::fork();
    if (process_ < 0) throw std::bad_alloc();
    if (process_ > 0) return;
    output_.close();
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);     // a search without a parent would only take time
    if (::getppid() != parent) ::_exit(1);  // it was killed before that
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
    ::dup2(STDERR_FILENO, STDOUT_FILENO);  // what a store prints is no part of the report
    Inside inside(shared, *input, watch.scenarios);
    work_and_exit(work, inside);
  }
  ~Child() { end(); }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  Ended watch() {
    seen_.assign(Shared::kMostSlots, {0, Clock::now()});
    while (read_some()) {
      if (watch_.progress && shared_.of > 0) watch_.progress(shared_.done, shared_.of);
      std::vector<std::size_t> hung = hanging();
      if (hung.empty()) continue;
      end();
      return {{Failure::kHung}, "did not return within " + seconds_of(watch_.timeout), std::move(hung)};
    }
    const int status = end();
    if (finished_) return {};
    Ended ended;
    for (std::size_t i = 0; i < Shared::kMostSlots; ++i) {
      if (shared_.slots[i].busy) ended.slots.push_back(i);
    }
    ended.failure.why = Failure::kDied;
    if (WIFSIGNALED(status)) {
      ended.failure.mismatch = static_cast<unsigned>(WTERMSIG(status));
      ended.how =
          "was killed by signal " + std::to_string(WTERMSIG(status)) + " (" + name_of_signal(WTERMSIG(status)) + ")";
    } else {
      ended.how = "ended the process with exit code " + std::to_string(WEXITSTATUS(status));
    }
    return ended;
  }

 private:
  // Waits a moment for output. False when there is no more.
  bool read_some() {
    pollfd waiting{*output_, POLLIN, 0};
    if (::poll(&waiting, 1, 20) <= 0) return true;  // nothing yet, or a signal came
    char bytes[1 << 16];
    const ssize_t count = ::read(*output_, bytes, sizeof bytes);
    if (count < 0) return errno == EINTR;
    if (count == 0) return false;
    unread_.append(bytes, static_cast<std::size_t>(count));
    for (std::size_t end = unread_.find('\n', searched_); end != std::string::npos; end = unread_.find('\n')) {
      take(unread_.substr(0, end));
      unread_.erase(0, end + 1);
      searched_ = 0;
    }
    searched_ = unread_.size();
    return true;
  }

  void take(const std::string& line) {
    switch (line[0]) {
      case kFinished: finished_ = true; return;
      case kNoMemory: throw std::bad_alloc();
      case kError: throw std::runtime_error(line.substr(1));
      default: break;
    }
    if (watch_.line) watch_.line(std::string_view(line).substr(1));
  }

  std::vector<std::size_t> hanging() {
    std::vector<std::size_t> hung;
    const Clock::time_point now = Clock::now();
    for (std::size_t i = 0; i < Shared::kMostSlots; ++i) {
      const Slot& slot = shared_.slots[i];
      auto& [moves, since] = seen_[i];
      if (!slot.busy || slot.moves != moves) {
        moves = slot.moves;
        since = now;
      } else if (now - since >= watch_.timeout) {
        hung.push_back(i);
      }
    }
    return hung;
  }

  int end() {
    if (process_ <= 0) return 0;
    if (!finished_) ::kill(process_, SIGKILL);  // it has died, or must
    int status = 0;
    while (::waitpid(process_, &status, 0) < 0 && errno == EINTR) {
    }
    process_ = -1;
    return status;
  }

  Shared& shared_;
  const Watch& watch_;
  pid_t process_ = -1;
  Descriptor output_;
  std::string unread_;
  std::size_t searched_ = 0;
  bool finished_ = false;
  std::vector<std::pair<std::uint64_t, Clock::time_point>> seen_;
};

// ---- one thread in a process of its own

struct Answer {
  Ended ended;
  std::string text;        // what the work returned
  std::size_t step = 0;    // that the Runner had begun
  std::string scenario{};  // what was announced last, as JSON; empty if nothing was
};

// Whether the process was ended by what a person, a scheduler or a kernel without memory sends, and a store hardly ever.
bool may_come_from_outside(const Ended& ended) {
  return ended.failure.why == Failure::kDied &&
         (ended.failure.mismatch == SIGKILL || ended.failure.mismatch == SIGTERM);
}
constexpr int kKillsFromOutside = 3;  // after so many of them, the work is given up, or the store is to blame

Answer in_child_once(const std::function<std::string(Inside&)>& work, Timeout timeout, bool wants_scenarios,
                     const Progress& progress) {
  Answer answer;
  const SharedMemory shared;
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> scenarios(wants_scenarios ? std::tmpfile() : nullptr,
                                                                  std::fclose);
  const Watch watch{timeout, [&](std::string_view line) { answer.text = line; }, progress, scenarios.get()};
  answer.ended = Child(*shared, watch, [&](Inside& inside) {
                   const SlotWitness here = inside.witness_of(inside.slot(0));
                   inside.say(kResult + work(inside));
                 }).watch();
  answer.step = shared->slots[0].step;
  if (scenarios) {
    std::rewind(scenarios.get());
    char bytes[4096];
    for (std::size_t count = 1; count > 0;) {
      count = std::fread(bytes, 1, sizeof bytes, scenarios.get());
      answer.scenario.append(bytes, count);
    }
  }
  return answer;
}

Answer in_child(const std::function<std::string(Inside&)>& work, Timeout timeout, bool wants_scenarios = false,
                const Progress& progress = {}) {
  Answer answer = in_child_once(work, timeout, wants_scenarios, progress);
  for (int i = 1; i < kKillsFromOutside && may_come_from_outside(answer.ended); ++i) {
    answer = in_child_once(work, timeout, wants_scenarios, progress);
  }
  return answer;
}

Death death(const Scenario& scenario, const Answer& answer) {
  Death death;
  death.steps = steps_until_failure(scenario, answer.step + 1);
  death.failure = answer.ended.failure;
  const bool first_open = answer.step == 0;
  if (first_open) death.steps = 0;
  const std::string where =
      first_open ? "its first open"
                 : "step " + std::to_string(death.steps) + ", `" + preview(scenario.steps[death.steps - 1]) + "`";
  const bool hung = death.failure.why == Failure::kHung;
  // "the store did not return from step 3, `sync`, within 10 s"
  death.sentence = hung ? "the store did not return from " + where + (first_open ? "" : ",") +
                              answer.ended.how.substr(std::string_view("did not return").size())
                        : "the store " + answer.ended.how + " in " + where;
  return death;
}

Answer run_alone(const Scenario& scenario, const StoreKind& kind, Timeout timeout) {
  return in_child(
      [&](Inside&) {
        Runner(scenario, kind).run();
        return std::string();
      },
      timeout);
}

// The story of a scenario from which the store did not come back when it was explored.
Violation story_of(Scenario scenario, const StoreKind& kind, const Ended& seen, Timeout timeout) {
  const Answer answer = run_alone(scenario, kind, timeout);
  Violation violation;
  StepFailure failure = seen.failure;
  if (answer.ended.failure.why == Failure::kNone) {
    violation.sentence = "During a search that does what `" + steps_of(scenario.steps) + "` does, the store " +
                         seen.how + ". When these steps were run alone, it did not happen again";
    violation.takes = steps_of(scenario.steps);
  } else {
    const Death end = death(scenario, answer);
    failure = end.failure;
    scenario.steps.resize(end.steps);
    violation.sentence = end.steps == 0 ? end.sentence : narrate(scenario, end.sentence);
    Scenario before = scenario;
    if (!before.steps.empty()) before.steps.pop_back();
    const Answer takes = in_child(
        [&](Inside&) {
          Runner runner(before, kind);
          runner.run();
          return told_steps(scenario.steps, runner.trace());
        },
        timeout);
    violation.takes = takes.text;
  }
  const FailureKind kind_of_failure = failure_kind(scenario.steps, failure);
  violation.fault = Fault::kShuffledListing;
  violation.oracle = Oracle::kSameAsMap;
  if (!kind_of_failure.crashes.empty()) {
    violation.fault = kind_of_failure.crashes.back().fault;
    violation.oracle = is_damage(violation.fault) ? Oracle::kVerdict : Oracle::kPrefix;
  }
  violation.replay = std::move(scenario);
  violation.cause = cause_of(violation, kind_of_failure);
  if (violation.replay.steps.empty()) violation.replay.steps = {{"sync"}};  // a scenario has a step
  return violation;
}

// What was announced last; if nothing was, the script itself.
Scenario announced(const Answer& answer, const Scenario& script) {
  Result<Scenario> scenario = parse_scenario(answer.scenario);
  if (!scenario.ok()) return script;
  scenario->title = script.title;
  return std::move(*scenario);
}

}  // namespace

std::optional<Death> death_of(const Scenario& scenario, const StoreKind& kind, Timeout timeout) {
  const Answer answer = run_alone(scenario, kind, timeout);
  if (answer.ended.failure.why == Failure::kNone) return std::nullopt;
  return death(scenario, answer);
}

std::vector<std::string> broken_clauses_isolated(const StoreKind& kind, Timeout timeout) {
  const auto work = [&](Inside&) {
    return json(broken_clauses(kind)).dump(-1, ' ', true, json::error_handler_t::replace);
  };
  const Answer answer = in_child(work, timeout, true);
  if (answer.ended.failure.why == Failure::kNone) return json::parse(answer.text).get<std::vector<std::string>>();
  const Result<Scenario> told = parse_scenario(answer.scenario);
  return {"exceptions: the store " + answer.ended.how + " in " + last_step_of(told.ok() ? *told : Scenario())};
}

Result<ExploreReport> explore_isolated(const Scenario& scenario, const ExploreOptions& options, Timeout timeout,
                                       const Progress& progress) {
  const auto search = [&](Inside& inside) {
    const Result<ExploreReport> report =
        explore(scenario, options, [&](std::uint64_t done, std::uint64_t of) { inside.tell_progress(done, of); });
    const json answer =
        report.ok() ? json{{"report", to_json(*report)}} : json{{"refused", std::string(report.status().message())}};
    return answer.dump(-1, ' ', true, json::error_handler_t::replace);
  };
  Answer answer = in_child(search, timeout, false, progress);
  if (answer.ended.failure.why == Failure::kNone) {
    const json found = json::parse(answer.text);
    if (found.contains("refused")) return Status::invalid_argument(found["refused"].get<std::string>());
    return report_from_json(found["report"]);
  }
  const Ended first = answer.ended;
  answer = in_child(search, timeout, true);
  ExploreReport report;
  report.title = scenario.title;
  report.scripts = 1;
  const Ended& seen = answer.ended.failure.why == Failure::kNone ? first : answer.ended;
  report.add_seen(story_of(announced(answer, scenario), *options.kind, seen, timeout));
  report.stopped = "the store ended the search of this scenario: the rest of it was not searched";
  return report;
}

namespace {

// ---- units of a tier

std::string to_line(const UnitFindings& findings) {
  std::string disks;
  disks.reserve(findings.disks.size() * 16);
  constexpr char kDigits[] = "0123456789abcdef";
  for (const std::uint64_t disk : findings.disks) {
    for (int shift = 60; shift >= 0; shift -= 4) disks += kDigits[(disk >> shift) & 15];
  }
  const json line{{"report", to_json(findings.report)}, {"disks", disks}, {"situations", findings.situations}};
  return line.dump(-1, ' ', true, json::error_handler_t::replace);
}

UnitFindings findings_from(const json& line) {
  Result<ExploreReport> report = report_from_json(line.at("report"));
  require(report.ok(), "a process of our own sends a report");
  UnitFindings findings{std::move(*report), {}, line.at("situations").get<Situations>()};
  const auto& disks = line.at("disks").get_ref<const std::string&>();
  for (std::size_t at = 0; at + 16 <= disks.size(); at += 16) {
    std::uint64_t disk = 0;
    (void)std::from_chars(disks.data() + at, disks.data() + at + 16, disk, 16);
    findings.disks.push_back(disk);
  }
  return findings;
}

// A search of units that goes on when a store ends it.
class UnitSearch {
 public:
  UnitSearch(const std::vector<TierUnit>& units, std::vector<bool> is_done, const TierOptions& options, Timeout timeout,
             const TakeFindings& take, const Progress& progress)
      : units_(units),
        is_done_(std::move(is_done)),
        options_(options),
        timeout_(timeout),
        take_(take),
        progress_(progress) {
    for (const TierUnit& unit : units_) scripts_ += unit.size();
  }

  std::string run() {
    while (stopped_.empty() && search_once()) {
    }
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (is_done_[i]) continue;
      UnitFindings unfinished;
      for (auto& [where, violation] : guilty_) {
        if (where.first == i) unfinished.report.add_seen(violation);
      }
      take_(i, std::move(unfinished));
    }
    return stopped_;
  }

 private:
  // False when nothing is left to do.
  bool search_once() {
    std::vector<std::size_t> missing;
    std::uint64_t done_before = 0;
    for (std::size_t i = 0; i < units_.size(); ++i) {
      if (!is_done_[i]) missing.push_back(i);
      if (is_done_[i]) done_before += units_[i].size();
    }
    if (missing.empty()) return false;

    const SharedMemory shared;
    const auto take_findings = [&](std::string_view line) {
      const std::size_t space = line.find(' ');
      const auto number = parse_number(line.substr(0, space));
      require(number && *number < units_.size(), "a process of our own sends the number of its unit");
      const auto unit = static_cast<std::size_t>(*number);
      take_(unit, findings_from(json::parse(line.substr(space + 1))));
      ended_in_vain_ = 0;
      is_done_[unit] = true;
    };
    const Watch watch{timeout_, take_findings, progress_};
    const Ended ended =
        Child(*shared, watch, [&](Inside& inside) { search_units(inside, missing, done_before); }).watch();
    if (ended.failure.why != Failure::kNone) find_guilty(ended, *shared);
    return true;
  }

  // In the child.
  void search_units(Inside& inside, const std::vector<std::size_t>& missing, std::uint64_t done_before) {
    std::atomic<std::size_t> next{0};
    std::atomic<std::size_t> next_slot{0};
    std::atomic<std::uint64_t> done{done_before};
    Workers workers([&] {
      Slot& slot = inside.slot(next_slot++);
      const SlotWitness here = inside.witness_of(slot);
      for (std::size_t i = next++; i < missing.size(); i = next++) {
        const std::size_t unit = missing[i];
        slot.unit = unit;
        slot.script = 0;
        const auto begins = [&](std::size_t script, ExploreReport* report) {
          slot.script = script;
          return is_innocent(unit, script, report);
        };
        const auto one_done = [&] { inside.tell_progress(++done, scripts_); };
        const UnitFindings findings = explore_unit(units_[unit], options_, {.begins = begins, .done = one_done});
        inside.say(kResult + std::to_string(unit) + " " + to_line(findings));
      }
    });
    workers.start(static_cast<unsigned>(std::min<std::size_t>(threads_of(options_), Shared::kMostSlots) - 1));
    workers.join();
  }

  // Whether the script can be explored. If not, the report gets its story.
  bool is_innocent(std::size_t unit, std::size_t script, ExploreReport* report) const {
    const auto found = guilty_.find({unit, script});
    if (found != guilty_.end()) report->add_seen(found->second);
    return found == guilty_.end();
  }

  void find_guilty(const Ended& ended, Shared& shared) {
    const std::size_t known = guilty_.size();
    for (const std::size_t number : ended.slots) {
      if (guilty_.size() >= options_.explore.most_violations) break;
      const std::size_t unit = shared.slots[number].unit;
      const std::size_t script = shared.slots[number].script;
      if (is_done_[unit] || units_[unit].is_rot_against_tear) continue;
      const Answer answer = search_alone(unit, script);
      if (answer.ended.failure.why == Failure::kNone) continue;
      ended_in_vain_ = 0;
      guilty_[{unit, script}] =
          story_of(announced(answer, script_at(unit, script)), *options_.explore.kind, answer.ended, timeout_);
    }
    // None of them does it alone. If the process was killed from outside, the store is not to blame.
    if (guilty_.size() == known && may_come_from_outside(ended)) {
      if (++ended_in_vain_ < kKillsFromOutside) return;
      throw std::runtime_error("the process that searches " + ended.how +
                               " again and again, and not by the store: " + "is there too little memory?");
    }
    if (guilty_.size() == known) {
      if (ended.slots.empty()) throw std::runtime_error("the process that searches " + ended.how);
      const Slot& slot = shared.slots[ended.slots.front()];
      if (units_[slot.unit].is_rot_against_tear) throw std::runtime_error("the process that searches " + ended.how);
      guilty_[{slot.unit, slot.script}] =
          story_of(script_at(slot.unit, slot.script), *options_.explore.kind, ended, timeout_);
    }
    if (guilty_.size() >= options_.explore.most_violations) {
      stopped_ =
          "the search ended early: the store did not come back from " + std::to_string(guilty_.size()) + " scripts";
    }
  }

  // Of a series no script is known in advance.
  Scenario script_at(std::size_t unit, std::size_t script) const {
    if (!units_[unit].series) return units_[unit].scripts[script];
    Scenario unknown;
    unknown.title = "a random script";
    unknown.store = options_.explore.kind->name;
    unknown.seed = options_.seed;
    return unknown;
  }

  // Explores one script again, and writes down what is about to be done.
  Answer search_alone(std::size_t unit, std::size_t script) const {
    const auto alone = [&](Inside& inside) {
      if (units_[unit].series) {
        // What is drawn depends on the scripts before it.
        inside.listen(false);
        const auto begins = [&](std::size_t at, ExploreReport* report) {
          inside.listen(at == script);
          return at <= script && is_innocent(unit, at, report);
        };
        (void)explore_unit(units_[unit], options_, {.begins = begins});
        return std::string();
      }
      // One crash tells more than two.
      for (const unsigned depth : {0U, options_.explore.recovery_depth}) {
        TierOptions one = options_;
        one.explore.recovery_depth = depth;
        SeenDisks seen;
        (void)explore_script(units_[unit].scripts[script], one, &seen);
      }
      return std::string();
    };
    return in_child(alone, timeout_, true);
  }

  const std::vector<TierUnit>& units_;
  std::vector<bool> is_done_;
  const TierOptions& options_;
  Timeout timeout_;
  const TakeFindings& take_;
  const Progress& progress_;
  std::uint64_t scripts_ = 0;
  std::map<std::pair<std::size_t, std::size_t>, Violation> guilty_;  // by unit and script
  int ended_in_vain_ = 0;  // how often in a row the process was killed from outside
  std::string stopped_;
};

}  // namespace

std::string explore_units_isolated(const std::vector<TierUnit>& units, std::vector<bool> is_done,
                                   const TierOptions& options, Timeout timeout, const TakeFindings& take,
                                   const Progress& progress) {
  return UnitSearch(units, std::move(is_done), options, timeout, take, progress).run();
}

ExploreReport run_tier_isolated(const TierOptions& options, Timeout timeout, const Progress& progress) {
  if (progress) progress(0, 0);
  const std::vector<TierUnit> units = units_of(options);
  std::vector<ExploreReport> reports(units.size());
  const std::string stopped = explore_units_isolated(
      units, std::vector<bool>(units.size(), false), options, timeout,
      [&](std::size_t unit, UnitFindings findings) { reports[unit] = std::move(findings.report); }, progress);
  ExploreReport sum = sum_of(reports, options);
  if (sum.stopped.empty()) sum.stopped = stopped;
  return sum;
}

namespace {

json to_json(const Tried& tried) {
  return {{"why", static_cast<unsigned>(tried.last.failure.why)},
          {"code", static_cast<unsigned>(tried.last.failure.code)},
          {"mismatch", tried.last.failure.mismatch},
          {"outcome", tried.last.outcome},
          {"step", sim::to_json(tried.last.step)},
          {"passed", tried.last.passed},
          {"operations", tried.last.disk_operations},
          {"reports", tried.reports},
          {"struck", tried.failures_struck}};
}

Tried tried_from(const json& answer) {
  Tried tried;
  tried.last.failure.why = static_cast<Failure>(answer["why"].get<unsigned>());
  tried.last.failure.code = static_cast<StatusCode>(answer["code"].get<unsigned>());
  tried.last.failure.mismatch = answer["mismatch"].get<unsigned>();
  tried.last.outcome = answer["outcome"].get<std::string>();
  tried.last.step = *step_from_json(answer["step"]);
  tried.last.passed = answer["passed"].get<bool>();
  tried.last.disk_operations = answer["operations"].get<std::uint64_t>();
  tried.reports = answer["reports"].get<std::size_t>();
  tried.failures_struck = answer["struck"].get<std::uint64_t>();
  return tried;
}

}  // namespace

Result<Scenario> shrink_isolated(const Scenario& failing, const StoreKind& kind, Timeout timeout) {
  Attempts attempts;
  attempts.run = [&](const Scenario& scenario) {
    const Answer answer = in_child(
        [&](Inside&) { return to_json(run_here(scenario, kind)).dump(-1, ' ', true, json::error_handler_t::replace); },
        timeout);
    if (answer.ended.failure.why == Failure::kNone) return tried_from(json::parse(answer.text));
    const Death end = death(scenario, answer);
    Tried tried;
    tried.last.passed = false;
    tried.last.failure = end.failure;
    tried.last.outcome = end.sentence;
    tried.last.step = end.steps == 0 ? Step{"open"} : scenario.steps[end.steps - 1];
    tried.reports = answer.step + 1;
    tried.failures_struck = 1;  // unknown: it is believed
    return tried;
  };
  attempts.search = [&](const std::function<std::optional<Scenario>()>& search) -> std::optional<Scenario> {
    const Answer answer = in_child(
        [&](Inside&) {
          const std::optional<Scenario> found = search();
          return found ? sim::to_json(*found).dump() : std::string();
        },
        timeout);
    if (answer.ended.failure.why != Failure::kNone || answer.text.empty()) return std::nullopt;
    Result<Scenario> scenario = parse_scenario(answer.text);
    return scenario.ok() ? std::optional(std::move(*scenario)) : std::nullopt;
  };
  return shrink(failing, kind, attempts);
}

Violation shrunk_isolated(const Violation& violation, const StoreKind& kind, Timeout timeout) {
  Result<Scenario> smaller = shrink_isolated(violation.replay, kind, timeout);
  if (!smaller.ok() || smaller->steps.size() >= violation.replay.steps.size()) return violation;
  const Answer answer = in_child(
      [&](Inside&) {
        Runner runner(*smaller, kind);
        const StepReport last = runner.run();
        return json{{"outcome", last.outcome}, {"takes", told_steps(smaller->steps, runner.trace())}}.dump(
            -1, ' ', true, json::error_handler_t::replace);
      },
      timeout);
  Violation shrunk = violation;
  shrunk.replay = std::move(*smaller);
  if (answer.ended.failure.why == Failure::kNone) {
    const json told = json::parse(answer.text);
    shrunk.sentence = narrate(shrunk.replay, told["outcome"].get<std::string>());
    shrunk.takes = told["takes"].get<std::string>();
  } else {
    shrunk.sentence = narrate(shrunk.replay, death(shrunk.replay, answer).sentence);
    shrunk.takes = steps_of(shrunk.replay.steps);
  }
  return shrunk;
}

}  // namespace sediment::sim
