#include "viz/model/session.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "sim/base/json_reader.h"
#include "sim/base/parse_number.h"
#include "sim/disk/crash.h"
#include "viz/model/narration.h"

namespace sediment::viz {

namespace {

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

Status too_many_branches() {
  return say(
      fmt::format("there are {} branches, and no more are kept: go to the end of one (End) and continue there, "
                  "or open a show or a file",
                  kMostBranches));
}

// "1..3"
bool is_run_of_segments(std::string_view word) {
  const std::size_t dots = word.find("..");
  return dots != std::string_view::npos && sim::parse_number(word.substr(0, dots)) &&
         sim::parse_number(word.substr(dots + 2));
}

bool is_merge(const sim::Step& step) {
  switch (step.size()) {
    case 1: return true;
    case 2: return step[1] == "begin" || step[1] == "step" || is_run_of_segments(step[1]);
    default: return step[1] == "begin" && is_run_of_segments(step[2]);
  }
}

bool is_fail(const sim::Step& step) { return step[0] == "fail"; }

// The first inputs of a run, as a scenario. Its first open is no step of it; failures before that strike this open.
sim::Scenario scenario_of(const sim::Scenario& options, const sim::Trace& trace, std::size_t inputs) {
  sim::Scenario scenario = options;
  scenario.steps.clear();
  bool opened = false;
  for (const sim::TraceEntry& entry : trace.entries()) {
    const auto* input = std::get_if<sim::InputEntry>(&entry);
    if (input == nullptr) continue;
    if (inputs-- == 0) break;
    const bool is_first_open = !opened && !is_fail(input->step);
    if (is_first_open) {
      opened = true;
    } else {
      scenario.steps.push_back(input->step);
    }
  }
  return scenario;
}

// To its end, whatever fails on the way.
std::unique_ptr<sim::Runner> rerun(const sim::Scenario& scenario) {
  auto runner = std::make_unique<sim::Runner>(scenario, **store_kind_of(scenario));
  runner->start();
  const auto first = std::find_if_not(scenario.steps.begin(), scenario.steps.end(), is_fail);
  for (auto step = first; step != scenario.steps.end(); ++step) runner->perform(*step);
  return runner;
}

std::size_t inputs_in(const sim::Trace& trace) {
  return static_cast<std::size_t>(
      std::count_if(trace.entries().begin(), trace.entries().end(),
                    [](const sim::TraceEntry& entry) { return std::holds_alternative<sim::InputEntry>(entry); }));
}

// For each input, how many disk operations there were when it began; and how many there are.
std::vector<std::uint64_t> operations_before_inputs(const sim::Trace& trace) {
  std::vector<std::uint64_t> before;
  std::uint64_t operations = 0;
  for (const sim::TraceEntry& entry : trace.entries()) {
    if (std::holds_alternative<sim::InputEntry>(entry)) before.push_back(operations);
    if (std::holds_alternative<sim::DiskOperation>(entry)) ++operations;
  }
  before.push_back(operations);
  return before;
}

// A crash after an operation of one run, in another run of the same inputs, which may do more or less for each: as far
// into the same input, or at its end.
sim::Step moved(sim::Step step, const std::vector<std::uint64_t>& there, const std::vector<std::uint64_t>& here) {
  const bool is_inside = step.size() > 2 && step[0] == "crash" && step[step.size() - 2] == "after";
  const auto after = is_inside ? sim::parse_number(step.back()) : std::nullopt;
  if (!after || *after == 0) return step;
  const auto end = std::lower_bound(there.begin(), there.end(), *after);
  const auto next = static_cast<std::size_t>(end - there.begin());  // the first input that began no earlier
  if (next == 0 || next >= std::min(there.size(), here.size())) return step;
  const bool at_end = *after == there[next];
  step.back() = std::to_string(at_end ? here[next] : std::min(here[next - 1] + (*after - there[next - 1]), here[next]));
  return step;
}

// The inputs of a trace on another disk, until one does not pass.
std::unique_ptr<sim::Runner> rerun_without(const sim::Scenario& options, const sim::Trace& trace,
                                           const sim::Guarantees& taken) {
  sim::Scenario scenario = scenario_of(options, trace, inputs_in(trace));
  scenario.without = taken;
  const std::vector<std::uint64_t> there = operations_before_inputs(trace);
  auto runner = std::make_unique<sim::Runner>(scenario, **store_kind_of(scenario));
  bool passed = runner->start().passed;
  auto step = std::find_if_not(scenario.steps.begin(), scenario.steps.end(), is_fail);
  for (; step != scenario.steps.end() && passed; ++step) {
    passed = runner->perform(moved(*step, there, operations_before_inputs(runner->trace()))).passed;
  }
  return runner;
}

// Whether a word must stand in quotation marks when it is typed.
bool needs_quotes(const std::string& word) { return word.empty() || word.find_first_of(" \t\"") != std::string::npos; }

}  // namespace

Session::Branch::Branch(std::unique_ptr<sim::Runner> running) : runner(std::move(running)), timeline(runner->trace()) {
  catch_up();
}

Session::Branch::Branch(sim::Trace trace) : recorded(std::move(trace)), timeline(recorded) { catch_up(); }

void Session::Branch::catch_up() {
  timeline.catch_up();
  const auto& entries = timeline.trace().entries();
  const std::size_t known = pace.size();
  while (pace.size() < timeline.size()) pace.add(entries[pace.size()]);
  for (const Timeline::Undone& undone : timeline.undone()) {
    if (undone.last >= known) pace.skip(undone.first, undone.last);  // its crash is new
  }
  while (counters.size() < timeline.size()) counters.add(entries[counters.size()]);
}

std::unique_ptr<Session> Session::of_scenario(const sim::Scenario& scenario) {
  auto runner = std::make_unique<sim::Runner>(scenario, **store_kind_of(scenario));
  std::size_t reports = 0;
  const sim::StepReport last = runner->run([&](const sim::StepReport&) { ++reports; });
  std::unique_ptr<Session> session = of_run(scenario.title, std::move(runner));
  if (last.failure.why == sim::Failure::kNonsense) {
    session->nonsense_ = fmt::format("step {}: {}", sim::steps_until_failure(scenario, reports), last.outcome);
  }
  return session;
}

std::unique_ptr<Session> Session::of_run(std::string title, std::unique_ptr<sim::Runner> runner) {
  std::unique_ptr<Session> session(new Session(std::move(title)));
  session->branches_.push_back(std::make_unique<Branch>(std::move(runner)));
  return session;
}

std::unique_ptr<Session> Session::of_large_store(std::shared_ptr<const LargeStore> store) {
  sim::Trace trace;
  trace.add(sim::InputEntry{{"ask", "The segments of " + store->path() + ", as they are"}});
  trace.add(sim::OutcomeEntry{"ok", true});
  std::unique_ptr<Session> session = of_trace(std::move(trace));
  session->title_ = store->path();
  session->large_store_ = std::move(store);
  return session;
}

std::unique_ptr<Session> Session::of_trace(sim::Trace trace) {
  const sim::TraceAbout& about = trace.about();
  std::unique_ptr<Session> session(new Session(about.title.empty() ? "a recorded trace" : about.title));
  session->hint_ = about.hint;
  session->branches_.push_back(std::make_unique<Branch>(std::move(trace)));
  return session;
}

std::unique_ptr<Session> Session::of_directory(sim::Trace trace) {
  std::unique_ptr<Session> session = of_trace(std::move(trace));
  session->is_directory_ = true;
  return session;
}

Result<std::unique_ptr<Session>> Session::of_trace_file(const std::string& path) {
  const Result<std::string> text = sim::read_text_file(path);
  if (!text.ok()) return text.status();
  Result<sim::Trace> trace = sim::parse_trace(*text);
  if (!trace.ok()) return Status::invalid_argument(path + ": " + std::string(trace.status().message()));
  Component component = read_component(trace->about(), path);
  std::unique_ptr<Session> session = of_trace(std::move(*trace));
  session->component_ = std::move(component);
  return session;
}

StoreFormat Session::format_at(std::size_t position) const {
  return is_directory_ ? StoreFormat::kSediment : timeline().formats().at(position);
}

const Chapter* Session::chapter_at(double time) const {
  if (pace().at(time).entries >= branch().own_from) return nullptr;
  const Chapter* current = nullptr;
  for (const Chapter& chapter : chapters()) {
    if (begin_of(chapter) <= time + kInstant) current = &chapter;
  }
  return current;
}

const sim::Scenario& Session::scenario() const {
  static const sim::Scenario none;
  const sim::Runner* runner = branch().runner.get();
  return runner == nullptr ? none : runner->scenario();
}

Result<sim::Scenario> Session::as_scenario() const {
  if (is_recorded()) {
    return say(
        "a recording does not say how its store was opened, so it cannot be saved as a scenario: save it as a trace");
  }
  sim::Scenario scenario = scenario_of(this->scenario(), timeline().trace(), std::numeric_limits<std::size_t>::max());
  scenario.title = title_;
  return scenario;
}

Status Session::perform(const sim::Step& step) {
  if (Status s = can_perform(step); !s.ok()) return s;
  const std::uint64_t operations = timeline().scene().operations();
  const Place before = place();
  if (Status s = leave_out_what_follows(); !s.ok()) return s;
  Branch& now = branch();
  sim::Step complete = step;
  if (step[0] == "crash" && operations < now.runner->trace().operation_count()) {
    complete.insert(complete.end(), {"after", std::to_string(operations)});  // the rest of the step never happened
  }
  // For people both mean the same.
  if (step[0] == "open" || step[0] == "recover") complete = {now.runner->crashed() ? "recover" : "open"};
  now.own_from = std::min(now.own_from, now.timeline.size() + 1);
  now.runner->perform(complete);
  now.catch_up();
  remember({before, {current_, now.timeline.size()}});
  return {};
}

bool Session::is_told(std::size_t entry) const {
  if (timeline().is_undone(entry)) return false;
  const auto& entries = timeline().trace().entries();
  const std::size_t input = timeline().inputs_before(entry + 1);
  if (chapters().empty() || input == 0) return true;
  const sim::Step& step = std::get<sim::InputEntry>(entries[timeline().begin_of_input(input)]).step;
  if (step.empty() || (step[0] != "open" && step[0] != kNewRun)) return true;
  const auto* event = std::get_if<sim::EventEntry>(&entries[entry]);
  return std::holds_alternative<sim::InputEntry>(entries[entry]) ||
         (event != nullptr && event->kind == EventKind::kOpened);
}

Status Session::fork() {
  const Place before = place();
  if (Status s = leave_out_what_follows(); !s.ok()) return s;
  if (current_ != before.branch) remember({before, place()});
  return {};
}

Status Session::leave_out_what_follows() {
  if (Status s = can_fork(); !s.ok()) return s;
  Branch& now = branch();
  const std::size_t place = now.timeline.position();
  const std::size_t end = now.timeline.end_of_step(std::max<std::size_t>(1, place));  // the first step is "open"
  if (end == now.timeline.size()) {
    now.timeline.seek(end);
    return {};
  }
  if (branches_.size() == kMostBranches) return too_many_branches();
  const double time = now.pace.end_of(place);
  const std::size_t inputs = now.timeline.inputs_before(end);
  auto forked = std::make_unique<Branch>(rerun(scenario_of(now.runner->scenario(), now.timeline.trace(), inputs)));
  std::size_t same = forked->timeline.size();
  for (const Timeline::Undone& undone : now.timeline.undone()) {
    if (undone.last >= same) same = std::min(same, undone.first);  // without its crash, this has happened
  }
  forked->pace = now.pace;
  forked->pace.cut(same);
  forked->catch_up();
  for (const Chapter& chapter : now.chapters) {
    if (begin_of(chapter) <= time) forked->chapters.push_back(chapter);
  }
  forked->timeline.seek(forked->timeline.size());
  forked->own_from = std::min(now.own_from, forked->timeline.size());
  forked->origin = current_;
  current_ = branches_.size();
  branches_.push_back(std::move(forked));
  return {};
}

Status Session::run_without(const sim::Guarantees& taken) {
  if (Status s = can_fork(); !s.ok()) return s;
  const bool is_as_made = branch().rerun_of && branch().rerun_end == timeline().size();
  const std::size_t source = is_as_made ? *branch().rerun_of : current_;
  const Place before = place();
  const std::size_t target = branch_without(source, taken);
  if (target == branches_.size()) {
    if (branches_.size() == kMostBranches) return too_many_branches();
    const Branch& from = *branches_[source];
    auto rerun = std::make_unique<Branch>(rerun_without(from.runner->scenario(), from.timeline.trace(), taken));
    rerun->own_from = 0;
    rerun->origin = source;
    rerun->rerun_of = source;
    rerun->rerun_inputs = inputs_in(from.timeline.trace());
    rerun->rerun_end = rerun->timeline.size();
    branches_.push_back(std::move(rerun));
  }
  // As many inputs, and as far into the last of them.
  const Timeline& old = timeline();
  const std::size_t inputs = old.inputs_before(before.position);
  const std::size_t into_step = before.position - old.begin_of_input(inputs);
  const bool at_end = before.position == old.end_of_step(before.position);
  Timeline& now = branches_[target]->timeline;
  const std::size_t end = now.end_of_step(now.begin_of_input(inputs) + 1);
  const std::size_t position = inputs == 0 ? 0 : at_end ? end : std::min(now.begin_of_input(inputs) + into_step, end);
  go_to({target, position});
  remember({before, place()});
  return {};
}

// Where the source's inputs have run without these guarantees; the number of branches if nowhere.
std::size_t Session::branch_without(std::size_t source, const sim::Guarantees& taken) {
  if (branches_[source]->runner->scenario().without == taken) return source;
  const std::size_t inputs = inputs_in(branches_[source]->timeline.trace());
  for (std::size_t i = 0; i < branches_.size(); ++i) {
    const Branch& other = *branches_[i];
    if (other.rerun_of != source || other.runner->scenario().without != taken) continue;
    if (other.rerun_inputs == inputs && other.rerun_end == other.timeline.size()) return i;
  }
  return branches_.size();
}

void Session::return_to_branch() {
  if (branch().origin) current_ = *branch().origin;
}

void Session::show_branch(std::size_t number) {
  if (number < branches_.size()) current_ = number;
}

std::size_t Session::branches_left() const {
  std::size_t left = 0;
  for (const Branch* from = &branch(); from->origin; from = branches_[*from->origin].get()) ++left;
  return left;
}

// ---- undo and redo

void Session::remember(const Change& change) {
  changes_.resize(changes_done_);  // what was undone stays in its branch, but redo would no longer lead there
  changes_.push_back(change);
  ++changes_done_;
}

void Session::go_to(const Place& place) {
  current_ = place.branch;
  timeline().seek(place.position);
}

Status Session::undo() {
  if (changes_done_ == 0) return say("there is nothing to undo");
  go_to(changes_[--changes_done_].before);
  return {};
}

Status Session::redo() {
  if (changes_done_ == changes_.size()) return say("there is nothing to redo");
  go_to(changes_[changes_done_++].after);
  return {};
}

const std::string& Session::name_of_branch(std::size_t number) const {
  const Branch& named = *branches_[number];
  if (!named.origin) return title_;
  const std::pair lengths{named.timeline.size(), branches_[*named.origin]->timeline.size()};
  if (named.name_of != lengths) {
    named.name = make_name_of(named);
    named.name_of = lengths;
  }
  return named.name;
}

std::string Session::make_name_of(const Branch& named) const {
  if (named.rerun_of) {
    std::string name = fmt::format("branch {}", *named.rerun_of + 1);
    const char* before = " without ";
    for (const sim::Guarantee guarantee : named.runner->scenario().without) {
      name += before + std::string(sim::name_of(guarantee));
      before = " and ";
    }
    return name;
  }
  const auto& here = named.timeline.trace().entries();
  const auto& there = branches_[*named.origin]->timeline.trace().entries();
  const auto [mine, other] = std::mismatch(here.begin(), here.end(), there.begin(), there.end());
  const std::string from = fmt::format("from branch {}, event {}", *named.origin + 1, mine - here.begin());
  for (auto entry = mine; entry != here.end(); ++entry) {
    if (const auto sentence = narrate(*entry, format())) return from + ": " + sentence->text;
  }
  return from + ": nothing more";
}

Result<Session::Difference> Session::first_difference() const {
  if (branches_.size() == 1) return say("there is only one branch: an operation in the past, or F, starts another");
  if (!branch().origin) return say("this is the first branch: show one that was forked, to compare it with its origin");
  const auto& here = timeline().trace().entries();
  const auto& there = branches_[*branch().origin]->timeline.trace().entries();
  const auto [mine, other] = std::mismatch(here.begin(), here.end(), there.begin(), there.end());
  const auto told = [&](auto entry, auto end) {
    for (; entry != end; ++entry) {
      if (const auto sentence = narrate(*entry, format())) return "“" + sentence->text + "”";
    }
    return std::string("nothing more");
  };
  return Difference{static_cast<std::size_t>(mine - here.begin()),
                    "up to here both branches are the same; then comes " + told(mine, here.end()) +
                        " in this one, and " + told(other, there.end()) + " in the other"};
}

Status Session::can_fork() const {
  if (is_recorded()) {
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
  if (step[0] == "merge" && !is_merge(step)) {
    return say("\"" + sim::to_string(step) + "\" is no merge; there are: merge, merge 1..2, merge step, merge begin, " +
               "merge begin 1..2");
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

Result<sim::Step> words_of(std::string_view text) {
  sim::Step words;
  std::size_t at = 0;
  const auto skip_spaces = [&] {
    while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\r')) ++at;
  };
  for (skip_spaces(); at < text.size(); skip_spaces()) {
    std::string word;
    if (text[at] != '"') {
      const std::size_t end = std::min(text.find_first_of(" \t\r", at), text.size());
      words.emplace_back(text.substr(at, end - at));
      at = end;
      continue;
    }
    for (++at; at < text.size() && text[at] != '"'; ++at) {
      const bool escaped = text[at] == '\\' && at + 1 < text.size() && (text[at + 1] == '"' || text[at + 1] == '\\');
      if (escaped) ++at;
      word += text[at];
    }
    if (at == text.size()) return say("a quotation mark is missing at the end; inside a word write \\\" for one");
    ++at;
    words.push_back(std::move(word));
  }
  return words;
}

std::string as_typed(const sim::Step& step) {
  std::string text;
  for (const std::string& word : step) {
    if (!text.empty()) text += ' ';
    if (!needs_quotes(word)) {
      text += word;
      continue;
    }
    text += '"';
    for (const char c : word) {
      if (c == '"' || c == '\\') text += '\\';
      text += c;
    }
    text += '"';
  }
  return text;
}

Result<sim::Step> parse_typed(std::string_view text) {
  Result<sim::Step> read = words_of(text);
  if (!read.ok()) return read.status();
  sim::Step words = std::move(*read);
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
