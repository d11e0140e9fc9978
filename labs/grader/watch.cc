#include "labs/grader/watch.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>
#include <stdexcept>

#include "labs/grader/answer.h"
#include "labs/grader/attempt.h"
#include "labs/grader/disk_story.h"
#include "labs/grader/files.h"
#include "labs/grader/remote_store.h"
#include "labs/grader/result.h"
#include "labs/grader/starter.h"
#include "labs/wire/marked.h"
#include "sim/base/plural.h"
#include "sim/run/runner.h"

namespace sediment::labs {

namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::size_t kMostSteps = 200;  // that are told

// "labs/05_hash_index/hash_index.cc" in the project; another path as it is.
std::string shown_path(const Inputs& inputs, const std::string& path) {
  const std::string relative = fs::absolute(path).lexically_relative(inputs.root).string();
  return relative.empty() || relative.starts_with("..") ? path : relative;
}

// The first line of the student's file in a sanitizer's report: "#4 0x55d0 in HashIndex::insert(…) /tmp/hash_index.cc:88".
std::optional<sim::EventEntry> stop_in(const std::string& report, const std::string& file) {
  static const std::regex frame("#[0-9]+ 0x[0-9a-f]+ in ([^\n]*?) /[^\n]*/([^/\n]+):([0-9]{1,6})(:[0-9]+)?(\n|$)");
  for (std::sregex_iterator found(report.begin(), report.end(), frame), end; found != end; ++found) {
    if ((*found)[2] != file) continue;
    sim::EventEntry stop;
    stop.kind = EventKind::kStopped;
    stop.why = short_function_name((*found)[1].str());
    stop.source_file = file;
    stop.source_line = std::stoi((*found)[3]);
    return stop;
  }
  return std::nullopt;
}

// A compiler says where the body of a function begins. If its parameters take several lines, the name is above.
int first_line(const sim::EventEntry& call, const std::vector<std::string>& lines) {
  constexpr int kMostLines = 12;
  for (int line = call.source_line; line >= 1 && line > call.source_line - kMostLines; --line) {
    const auto index = static_cast<std::size_t>(line) - 1;
    if (index < lines.size() && lines[index].find(call.why + "(") != std::string::npos) return line;
  }
  return call.source_line;
}

// Calls with the lines where the functions begin. The same function again and again is one call with a count.
sim::Trace for_people(const sim::Trace& trace, const Graded& graded, sim::TraceAbout about) {
  const std::vector<std::string> lines = lines_of(read_file(graded.file));
  std::vector<sim::TraceEntry> entries;
  for (sim::TraceEntry entry : trace.entries()) {
    auto* last = entries.empty() ? nullptr : std::get_if<sim::EventEntry>(&entries.back());
    auto* event = std::get_if<sim::EventEntry>(&entry);
    if (event != nullptr && event->kind == EventKind::kCalled) event->source_line = first_line(*event, lines);
    if (last != nullptr && event != nullptr && is_same_call(*last, *event)) {
      last->size += event->size;
    } else {
      entries.push_back(entry);
    }
  }
  sim::Trace told;
  told.set_about(std::move(about));
  for (sim::TraceEntry& entry : entries) told.add(std::move(entry));
  return told;
}

void add_end(const ProcessEnded& ended, const Lab& lab, sim::Trace* trace) {
  if (const auto stop = stop_in(ended.output(), lab.file())) trace->add(sim::TraceEntry(*stop));
  trace->add(sim::OutcomeEntry{ended.what(), false});
}

sim::Trace run_of(const Lab& lab, const Build& build, const sim::Scenario& scenario) {
  const sim::StoreKind kind = remote_kind(*lab.kind, build.with_addresses);
  sim::Runner runner(scenario, kind);
  try {
    runner.run();
  } catch (const ProcessEnded& ended) {
    sim::Trace trace = runner.trace();
    add_end(ended, lab, &trace);
    return trace;
  }
  return runner.trace();
}

// A check of the component alone has no store and no disk: its steps, and the calls in each.
sim::Trace story_of(const Attempt& failed, const Lab& lab, const Calls& calls) {
  sim::Trace trace;
  const std::vector<std::string>& story = failed.run.story;
  for (std::size_t step = 1; step <= story.size(); ++step) {
    trace.add(sim::InputEntry{{"call", story[step - 1]}});
    for (const sim::EventEntry& call : calls.in_step(step)) trace.add(sim::TraceEntry(call));
    if (step < story.size()) trace.add(sim::OutcomeEntry{"ok", true});
  }
  if (const auto stop = stop_in(failed.output, lab.file())) trace.add(sim::TraceEntry(*stop));
  trace.add(sim::OutcomeEntry{failed.reason, false});
  return trace;
}

sim::TraceAbout about(const Lab& lab, const Inputs& inputs, const Graded& graded, const std::string& title,
                      const std::string& hint) {
  return {title, hint, lab.file(), shown_path(inputs, graded.path), {}};
}

// A build that tells of its calls, until it goes out of scope.
class ToldBuild {
 public:
  ToldBuild(const Lab& lab, const Inputs& inputs, const std::string& file)
      : folder_(inputs, lab.folder), calls_(std::make_shared<Calls>(functions_of(lab, inputs))) {
    std::string warnings;
    build_ = build_component(lab, inputs, file, folder_.path() + "/own", &warnings, calls_);
  }
  const std::string& folder() const { return folder_.path(); }
  const Build& build() const { return build_; }
  const Calls& calls() const { return *calls_; }

 private:
  BuildFolder folder_;
  std::shared_ptr<Calls> calls_;
  Build build_;
};

std::string told_calls(const std::vector<sim::EventEntry>& calls) {
  std::string text;
  for (const sim::EventEntry& call : calls) {
    text += fmt::format("{}{} (line {}{})", text.empty() ? "" : ", ", call.why, call.source_line,
                        call.size > 1 ? fmt::format(", {} times", call.size) : "");
  }
  return text.empty() ? text : fmt::format("       calls {}\n", text);
}

std::string told_operations(const std::string& operations) {
  return operations.empty() ? operations : fmt::format("       disk: {}\n", operations);
}

void add_call(const sim::EventEntry& call, std::vector<sim::EventEntry>* calls) {
  const auto same =
      std::find_if(calls->begin(), calls->end(), [&](const auto& known) { return is_same_call(known, call); });
  if (same == calls->end()) {
    calls->push_back(call);
  } else {
    same->size += call.size;
  }
}

}  // namespace

std::string save_graded(const std::string& folder, const std::string& check, const Graded& graded) {
  std::string copy = folder + "/" + check + ".cc";
  replace_file(copy, read_file(graded.file));
  replace_file(folder + "/" + check + ".graded.json", json{{"path", graded.path}, {"seed", graded.seed}}.dump() + "\n");
  return copy;
}

void forget_graded(const std::string& folder, const std::string& check) {
  std::error_code error;
  for (const char* ending : {".cc", ".graded.json", ".json"}) {
    fs::remove(fmt::format("{}/{}{}", folder, check, ending), error);
  }
}

std::string first_graded(const Lab& lab, const std::string& folder) {
  std::error_code error;
  for (const Check& check : lab.checks) {
    if (fs::exists(folder + "/" + check.id + ".graded.json", error)) return check.id;
  }
  throw std::invalid_argument(
      fmt::format("no check of lab {} has failed: grade it first, with ./dev lab {}", lab.number, lab.number));
}

Graded read_graded(const std::string& folder, const std::string& check) {
  const std::string path = folder + "/" + check + ".graded.json";
  std::error_code error;
  if (!fs::exists(path, error)) {
    throw std::invalid_argument(check + " has not failed: grade it first, or name a check that fails");
  }
  const json graded = json::parse(read_file(path), nullptr, false);
  if (!graded.is_object()) throw std::runtime_error(path + " is damaged: grade the check again");
  return {folder + "/" + check + ".cc", graded.value("path", ""), graded.value("seed", std::uint64_t{1})};
}

sim::Trace trace_of_check(const Lab& lab, const Inputs& inputs, const std::string& id, const Graded& graded) {
  const Check& check = check_of(lab, id);
  const ToldBuild told(lab, inputs, graded.file);
  Setting setting = setting_of(lab, inputs, graded.path, told.folder(), true);
  setting.build = told.build();
  const Attempt failed = attempt(check, setting, graded.seed);
  if (failed.outcome == Outcome::kPassed) throw std::invalid_argument(id + " passes: there is nothing to watch");
  if (failed.outcome == Outcome::kNotImplemented) throw std::invalid_argument(id + ": " + failed.reason);
  const bool in_store = lab.kind != nullptr && !failed.run.scenario.steps.empty();
  const sim::Trace trace =
      in_store ? run_of(lab, setting.build, failed.run.scenario) : story_of(failed, lab, told.calls());
  return for_people(trace, graded, about(lab, inputs, graded, id + ": " + check.sentence, check.hint));
}

sim::Trace trace_of_scenario(const Lab& lab, const Inputs& inputs, const std::string& file, const Graded& graded) {
  if (lab.kind == nullptr) throw std::invalid_argument(fmt::format("lab {} has no store to watch", lab.number));
  const Result<sim::Scenario> scenario = sim::read_scenario(file);
  if (!scenario.ok()) throw std::invalid_argument(scenario.status().to_string());
  const ToldBuild told(lab, inputs, graded.file);
  return for_people(run_of(lab, told.build(), *scenario), graded, about(lab, inputs, graded, scenario->title, {}));
}

void save_watched(sim::Trace trace, const Graded& graded, const std::string& trace_file) {
  const std::string copy = fs::path(trace_file).replace_extension(".cc").string();
  if (!fs::exists(copy) || !fs::equivalent(copy, graded.file)) write_file(copy, read_file(graded.file));
  sim::TraceAbout about = trace.about();
  about.component_copy = fs::path(copy).filename().string();
  trace.set_about(std::move(about));
  save_trace_file(trace, trace_file);
}

void save_trace_file(const sim::Trace& trace, const std::string& trace_file) {
  std::ostringstream text;
  sim::save_trace(trace, text);
  write_file(trace_file, text.str());
}

std::string tell_story(const sim::Trace& trace) {
  const sim::TraceAbout& about = trace.about();
  const std::vector<std::string> operations = operations_by_step(trace);
  std::vector<std::string> steps;
  std::vector<sim::EventEntry> calls;
  std::string end;
  std::string stop;
  const auto end_step = [&] {
    if (!steps.empty()) steps.back() += told_calls(calls);
    calls.clear();
  };
  for (const sim::TraceEntry& entry : trace.entries()) {
    if (const auto* input = std::get_if<sim::InputEntry>(&entry)) {
      end_step();
      const sim::Step& step = input->step;
      const sim::Step told = step[0] == "call" ? sim::Step(step.begin() + 1, step.end()) : step;
      steps.push_back(fmt::format("  {:>3}  {}\n", steps.size() + 1, printable(sim::to_string(told))));
    }
    if (const auto* event = std::get_if<sim::EventEntry>(&entry)) {
      if (event->kind == EventKind::kCalled) add_call(*event, &calls);
      if (event->kind == EventKind::kStopped) {
        stop = fmt::format("  It stopped in {}: {}:{}\n", event->why, about.component_path, event->source_line);
      }
    }
    if (const auto* outcome = std::get_if<sim::OutcomeEntry>(&entry); outcome != nullptr && !outcome->ok) {
      end_step();
      end = fmt::format("  ***** step {}: {} *****\n", steps.size(), printable(outcome->text));
    }
  }
  end_step();
  std::string text = fmt::format("{}\nYour file: {}\n", printable(about.title), printable(about.component_path));
  const std::size_t first = steps.size() > kMostSteps ? steps.size() - kMostSteps : 0;
  if (first > 0) text += fmt::format("  ... {}\n", sim::plural(first, "earlier step"));
  for (std::size_t i = first; i < steps.size(); ++i) text += steps[i] + told_operations(operations[i]);
  text += end.empty() ? "  Every step passes.\n" : end + stop;
  if (!end.empty() && !about.hint.empty()) text += fmt::format("  Hint: {}\n", about.hint);
  return text;
}

}  // namespace sediment::labs
