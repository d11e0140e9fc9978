#include "labs/grader/calls.h"

#include "labs/grader/answer.h"

namespace sediment::labs {

namespace {

constexpr std::size_t kMostCalls = 20'000;

}  // namespace

Calls::Calls(const std::vector<std::string>& functions) : functions_(",") {
  for (const std::string& function : functions) functions_ += function + ",";
}

void Calls::begin_story() {
  step_ = 0;
  calls_.clear();
}

void Calls::add(std::string_view message) {
  const sim::EventEntry event = read_event(message);
  if (event.kind != EventKind::kCalled) return;
  if (!calls_.empty() && calls_.back().step == step_ && is_same_call(calls_.back().event, event)) {
    ++calls_.back().event.size;
  } else {
    calls_.push_back({step_, event});
    if (calls_.size() > kMostCalls) calls_.pop_front();
  }
}

std::vector<sim::EventEntry> Calls::in_step(std::size_t number) const {
  std::vector<sim::EventEntry> events;
  for (const Call& call : calls_) {
    if (call.step == number) events.push_back(call.event);
  }
  return events;
}

bool is_same_call(const sim::EventEntry& one, const sim::EventEntry& other) {
  return one.kind == EventKind::kCalled && other.kind == EventKind::kCalled && one.why == other.why &&
         one.source_file == other.source_file && one.source_line == other.source_line;
}

}  // namespace sediment::labs
