#include "viz/model/session.h"

#include <algorithm>
#include <fstream>
#include <map>

#include "sim/disk/crash.h"
#include "viz/model/narration.h"

namespace sediment::viz {

namespace {

constexpr std::size_t kMostBranches = 12;
constexpr double kInstant = 1e-6;  // seconds; sums of seconds are not exact
constexpr const char* kWhatCanBeTyped =
    "try: put KEY VALUE, get KEY, remove KEY, sync, roll, merge, merge step, merge 1..2, crash, recover, close, open";

// For the verbs that can be typed: how many words a step may have.
const std::map<std::string, std::pair<std::size_t, std::size_t>>& words_of_verb() {
  static const std::map<std::string, std::pair<std::size_t, std::size_t>> words = {
      {"put", {3, 3}},   {"remove", {2, 2}}, {"get", {2, 2}},  {"sync", {1, 1}},  {"roll", {1, 1}},   {"merge", {1, 3}},
      {"close", {1, 1}}, {"reopen", {1, 1}}, {"open", {1, 1}}, {"crash", {2, 6}}, {"recover", {1, 1}}};
  return words;
}

Status say(std::string what) { return Status::invalid_argument(std::move(what)); }

std::unique_ptr<sim::Runner> rerun(const sim::Scenario& scenario, const sim::Trace& trace, std::size_t inputs) {
  sim::Scenario options = scenario;
  options.steps.clear();
  auto runner = std::make_unique<sim::Runner>(std::move(options));
  std::size_t done = 0;
  for (const sim::TraceEntry& entry : trace.entries()) {
    const auto* input = std::get_if<sim::InputEntry>(&entry);
    if (input == nullptr) continue;
    if (done == inputs) break;
    done++ == 0 ? runner->start() : runner->perform(input->step);
  }
  return runner;
}

}  // namespace

Session::Branch::Branch(std::unique_ptr<sim::Runner> running) : runner(std::move(running)), timeline(runner->trace()) {
  catch_up();
}

Session::Branch::Branch(sim::Trace trace) : recorded(std::move(trace)), timeline(recorded) { catch_up(); }

void Session::Branch::catch_up() {
  timeline.catch_up();
  const auto& entries = timeline.trace().entries();
  while (pace.size() < timeline.size()) pace.add(entries[pace.size()]);
  while (counters.size() < timeline.size()) counters.add(entries[counters.size()]);
}

std::unique_ptr<Session> Session::of_scenario(const sim::Scenario& scenario) {
  auto runner = std::make_unique<sim::Runner>(scenario);
  runner->run();
  return of_run(scenario.title, std::move(runner));
}

std::unique_ptr<Session> Session::of_run(std::string title, std::unique_ptr<sim::Runner> runner) {
  std::unique_ptr<Session> session(new Session(std::move(title)));
  session->branches_.push_back(std::make_unique<Branch>(std::move(runner)));
  return session;
}

std::unique_ptr<Session> Session::of_trace(sim::Trace trace) {
  const sim::TraceAbout& about = trace.about();
  std::unique_ptr<Session> session(new Session(about.title.empty() ? "a recorded trace" : about.title));
  session->hint_ = about.hint;
  session->branches_.push_back(std::make_unique<Branch>(std::move(trace)));
  return session;
}

Result<std::unique_ptr<Session>> Session::of_trace_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Status::not_found(path + " cannot be read");
  Result<sim::Trace> trace = sim::load_trace(file);
  if (!trace.ok()) return Status::invalid_argument(path + ": " + std::string(trace.status().message()));
  Component component = read_component(trace->about(), path);
  std::unique_ptr<Session> session = of_trace(std::move(*trace));
  session->component_ = std::move(component);
  return session;
}

const Chapter* Session::chapter_at(double time) const {
  const Chapter* current = nullptr;
  for (const Chapter& chapter : chapters()) {
    if (begin_of(chapter) <= time + kInstant) current = &chapter;
  }
  return current;
}

const sim::Scenario& Session::scenario() const {
  static const sim::Scenario none;
  const sim::Runner* runner = branches_.back()->runner.get();
  return runner == nullptr ? none : runner->scenario();
}

Status Session::perform(const sim::Step& step) {
  if (Status s = can_perform(step); !s.ok()) return s;
  const std::uint64_t operations = timeline().scene().operations();
  if (Status s = fork(); !s.ok()) return s;
  Branch& now = branch();
  sim::Step complete = step;
  if (step[0] == "crash" && operations < now.runner->trace().operation_count()) {
    complete.insert(complete.end(), {"after", std::to_string(operations)});  // the rest of the step never happened
  }
  // For people both mean the same.
  if (step[0] == "open" || step[0] == "recover") complete = {now.runner->crashed() ? "recover" : "open"};
  now.runner->perform(complete);
  now.catch_up();
  return {};
}

Status Session::fork() {
  if (Status s = can_fork(); !s.ok()) return s;
  Branch& now = branch();
  const std::size_t place = now.timeline.position();
  const std::size_t end = now.timeline.end_of_step(std::max<std::size_t>(1, place));  // the first step is "open"
  if (end == now.timeline.size()) {
    now.timeline.seek(end);
    return {};
  }
  const double time = now.pace.end_of(place);
  const std::size_t inputs = now.timeline.inputs_before(end);
  auto forked = std::make_unique<Branch>(rerun(now.runner->scenario(), now.timeline.trace(), inputs));
  forked->pace = now.pace;
  forked->pace.cut(forked->timeline.size());
  for (const Chapter& chapter : now.chapters) {
    if (begin_of(chapter) <= time) forked->chapters.push_back(chapter);
  }
  forked->timeline.seek(forked->timeline.size());
  branches_.push_back(std::move(forked));
  // The first branch is the show that was opened; of those forked from it, only the newest are worth their memory.
  if (branches_.size() > kMostBranches) branches_.erase(branches_.begin() + 1);
  return {};
}

void Session::return_to_branch() {
  if (branches_.size() > 1) branches_.pop_back();
}

Result<Session::Difference> Session::first_difference() const {
  if (branches_left() == 0) return say("there is only one branch: an operation in the past, or F, starts another");
  const auto& here = branches_.back()->timeline.trace().entries();
  const auto& there = branches_[branches_.size() - 2]->timeline.trace().entries();
  const auto [mine, other] = std::mismatch(here.begin(), here.end(), there.begin(), there.end());
  const auto told = [](auto entry, auto end) {
    for (; entry != end; ++entry) {
      if (const auto sentence = narrate(*entry)) return "“" + sentence->text + "”";
    }
    return std::string("nothing more");
  };
  return Difference{static_cast<std::size_t>(mine - here.begin()),
                    "up to here both branches are the same; then comes " + told(mine, here.end()) +
                        " in this one, and " + told(other, there.end()) + " in the other"};
}

Status Session::can_fork() const {
  if (branches_.back()->runner == nullptr) {
    return say("this is a recorded trace: it can be watched, but nothing can be added to it");
  }
  return {};
}

Status Session::can_perform(const sim::Step& step) const {
  if (Status s = can_fork(); !s.ok()) return s;
  const auto verb = step.empty() ? words_of_verb().end() : words_of_verb().find(step[0]);
  if (verb == words_of_verb().end()) return say(kWhatCanBeTyped);
  if (step.size() < verb->second.first || step.size() > verb->second.second) {
    return say("\"" + sim::to_string(step) + "\" has too few or too many words; " + kWhatCanBeTyped);
  }

  if (step[0] == "crash") {
    if (timeline().scene().store() == Scene::Store::kCrashed) {
      return say("the store has crashed already: the next step is \"recover\"");
    }
    Result<sim::CrashChoice> choice = sim::parse_crash_choice({step.begin() + 1, step.end()});
    if (!choice.ok()) return say(std::string(choice.status().message()));
    Result<sim::DiskState> image = sim::crash_image(timeline().scene().disk(), *choice);
    return image.ok() ? Status() : say(std::string(image.status().message()));
  }
  const bool opens = step[0] == "open" || step[0] == "recover";
  switch (store_here()) {
    case Scene::Store::kCrashed: return opens ? Status() : say("the store has crashed: the next step is \"recover\"");
    case Scene::Store::kRefused:
      return opens ? Status()
                   : say("the store did not open, so there is nothing to " + step[0] +
                         ": open it again, crash or damage the disk, or go back in time");
    case Scene::Store::kOpen:
      if (step[0] == "recover") return say("there was no crash to recover from");
      if (step[0] == "open") return say("the store is open already");
      return {};
    default: return step[0] == "open" ? Status() : say("the store is closed: the next step is \"open\"");
  }
}

Result<sim::Step> parse_typed(std::string_view text) {
  sim::Step words;
  for (std::string& word : sim::step_of(text)) {
    if (!word.empty()) words.push_back(std::move(word));
  }
  if (words.empty()) return say(kWhatCanBeTyped);
  std::string verb = words[0];
  if (verb == "set") verb = "put";
  if (verb == "del" || verb == "delete") verb = "remove";
  words[0] = verb;
  if (verb == "crash" && words.size() == 1) words.emplace_back("lose-unsynced");
  if (verb == "put") {
    while (words.size() > 3) {
      words[2] += " " + words[3];
      words.erase(words.begin() + 3);
    }
  }
  if (!words_of_verb().contains(verb)) return say("there is no operation \"" + verb + "\"; " + kWhatCanBeTyped);
  return words;
}

std::vector<OfferedCrash> offered_crashes(const sim::DiskState& disk) {
  std::vector<OfferedCrash> crashes;
  crashes.push_back({{"crash", "lose-unsynced"}, "power cut: everything unsynced is lost"});
  // The newest unsynced append, cut in the middle.
  const std::string* torn_file = nullptr;
  std::uint64_t torn_at = 0;
  for (const auto& [name, id] : disk.names()) {
    for (const sim::FileState::Change& change : disk.file(id).unsynced) {
      if (change.bytes.size() < 2 || !parse_segment_file_name(name)) continue;
      torn_file = &name;
      torn_at = change.offset + change.bytes.size() / 2;
    }
  }
  if (torn_file != nullptr) {
    crashes.push_back({{"crash", "torn-byte", *torn_file, std::to_string(torn_at)},
                       "power cut: the last write to " + *torn_file + " is torn"});
  }
  crashes.push_back({{"crash", "clean-kill"}, "kill -9: the process is gone, the cache is not"});
  return crashes;
}

}  // namespace sediment::viz
