#include "viz/shows/story.h"

namespace sediment::viz {

namespace {

constexpr double kOpenSeconds = 1;
constexpr double kLastSeconds = 9;  // to read what was learnt

}  // namespace

bool is_event(const sim::TraceEntry& entry, EventKind kind) {
  const auto* event = std::get_if<sim::EventEntry>(&entry);
  return event != nullptr && event->kind == kind;
}

bool is_operation(const sim::TraceEntry& entry, sim::DiskOperation::Kind kind) {
  const auto* operation = std::get_if<sim::DiskOperation>(&entry);
  return operation != nullptr && operation->kind == kind;
}

sim::Scenario show_options(std::uint64_t segment_size) {
  sim::Scenario scenario;
  scenario.segment_size = segment_size;
  scenario.snapshots = sim::Snapshots::kOff;
  return scenario;
}

void Story::open() {
  status_ = show_.start();
  show_.pace_since(0, kOpenSeconds);
}

void Story::chapter(std::string title, std::string text, std::string panel) {
  show_.chapter(std::move(title), std::move(text), std::move(panel));
}

void Story::learnt(std::string text) {
  chapter("In one sentence", std::move(text));
  look(kLastSeconds);
}

void Story::play(double seconds, std::initializer_list<std::string_view> steps) {
  std::vector<sim::Step> split;
  for (const std::string_view step : steps) split.push_back(sim::step_of(step));
  play(seconds, split);
}

void Story::play(double seconds, const std::vector<sim::Step>& steps) {
  const std::size_t first = show_.end();
  for (const sim::Step& step : steps) {
    if (status_.ok()) status_ = show_.step(step);
  }
  show_.pace_since(first, seconds);
}

void Story::play_faulty(double seconds, std::initializer_list<std::string_view> steps) {
  if (!ok()) return;
  const std::size_t first = show_.end();
  for (const std::string_view step : steps) show_.step_of_faulty(sim::step_of(step));
  show_.pace_since(first, seconds);
}

void Story::merge_until(double seconds, const std::function<bool(const sim::TraceEntry&)>& wanted) {
  const std::size_t first = show_.end();
  while (ok() && show_.runner().store()->merge_under_way()) {
    status_ = show_.step({"merge", "step"});
    if (wanted(show_.entry(show_.end() - 2))) break;  // the last entry is the step's outcome
  }
  show_.pace_since(first, seconds);
}

void Story::merge_to_its_end(double seconds) {
  merge_until(seconds, [](const sim::TraceEntry&) { return false; });
}

void Story::look(double seconds) {
  show_.picture();
  show_.hold(seconds);
}

void Story::predict(std::string question, std::vector<Answer> answers, std::size_t right) {
  show_.predict(std::move(question), std::move(answers), right);
}

void Story::mark(std::string question, std::vector<Answer> answers, std::vector<std::size_t> right) {
  show_.mark(std::move(question), std::move(answers), std::move(right));
}

SegmentNumber Story::active() {
  return ok() ? show_.runner().store()->stats().segments.back().number : SegmentNumber{};
}

std::uint64_t Story::last_operation(sim::DiskOperation::Kind kind) const {
  std::uint64_t last = 0;
  std::uint64_t operations = 0;
  for (std::size_t i = 0; i < show_.end(); ++i) {
    if (std::holds_alternative<sim::DiskOperation>(show_.entry(i))) ++operations;
    if (is_operation(show_.entry(i), kind)) last = operations;
  }
  return last;
}

std::size_t Story::after_last(EventKind kind) const {
  std::size_t position = show_.end();
  while (position > 0 && !is_event(show_.entry(position - 1), kind)) --position;
  return position;
}

std::size_t Story::after_last(sim::DiskOperation::Kind kind) const {
  std::size_t position = show_.end();
  while (position > 0 && !is_operation(show_.entry(position - 1), kind)) --position;
  return position;
}

std::size_t Story::count(EventKind kind) const {
  std::size_t found = 0;
  for (std::size_t i = 0; i < show_.end(); ++i) found += is_event(show_.entry(i), kind) ? 1 : 0;
  return found;
}

Made Story::finish() {
  if (!ok()) return status_;
  return show_.finish();
}

}  // namespace sediment::viz
