#include "viz/shows/show_builder.h"

#include <algorithm>

namespace sediment::viz {

ShowBuilder::ShowBuilder(std::string title, const sim::Scenario& options, const sim::StoreKind& kind)
    : title_(std::move(title)), runner_(std::make_unique<sim::Runner>(options, kind)) {}

Status ShowBuilder::start() {
  const sim::StepReport opened = runner_->start();
  return opened.passed ? Status() : Status::io_error({}, opened.outcome);
}

Status ShowBuilder::step(const sim::Step& step) {
  const sim::StepReport report = runner_->perform(step);
  if (report.passed) return {};
  return Status::io_error({}, "\"" + sim::to_string(step) + "\": " + report.outcome);
}

Status ShowBuilder::run(std::initializer_list<std::string_view> steps) {
  for (const std::string_view text : steps) {
    if (Status s = step(sim::step_of(text)); !s.ok()) return s;
  }
  return {};
}

void ShowBuilder::chapter(std::string title, std::string text, std::string panel) {
  chapters_.push_back({here(), held_here(), here(), std::move(title), std::move(text), std::move(panel)});
}

void ShowBuilder::predict(std::string question, std::vector<Answer> answers, std::size_t right) {
  ask(std::move(question), std::move(answers), {right}, false);
}

void ShowBuilder::mark(std::string question, std::vector<Answer> answers, std::vector<std::size_t> right) {
  std::sort(right.begin(), right.end());
  ask(std::move(question), std::move(answers), std::move(right), true);
}

void ShowBuilder::ask(std::string question, std::vector<Answer> answers, std::vector<std::size_t> right, bool is_mark) {
  questions_.push_back({here(), held_here(), std::move(question), std::move(answers), std::move(right), is_mark});
  hold(kThinkSeconds + kRevealSeconds);
}

Target ShowBuilder::record_of(std::string_view key) const {
  const std::vector<sim::TraceEntry>& entries = runner_->trace().entries();
  for (auto entry = entries.rbegin(); entry != entries.rend(); ++entry) {
    const auto* event = std::get_if<sim::EventEntry>(&*entry);
    if (event != nullptr && event->kind == EventKind::kIndexed && event->key == key)
      return Target::record(SegmentNumber{event->segment}, event->offset);
  }
  return {};
}

// The hold by earlier chapters at this place.
double ShowBuilder::held_here() const {
  double held = 0;
  for (const Hold& hold : holds_) held += hold.position == here() ? hold.seconds : 0;
  return held;
}

std::unique_ptr<Session> ShowBuilder::finish() {
  std::unique_ptr<Session> session = Session::of_run(title_, std::move(runner_));
  for (const Stretch& stretch : stretches_) session->pace().stretch(stretch.first, stretch.last, stretch.seconds);
  for (const Hold& hold : holds_) session->pace().hold(hold.position, hold.seconds);
  session->chapters() = std::move(chapters_);
  session->questions() = std::move(questions_);
  return session;
}

}  // namespace sediment::viz
