#include "labs/grader/disk_story.h"

#include <fmt/format.h>

#include <cstdint>

namespace sediment::labs {

namespace {

// The same operation again and again is told once.
struct Repeated {
  std::string what;
  std::uint64_t first = 0;
  std::uint64_t last = 0;

  std::string told() const {
    return first == last ? fmt::format("{} {}", first, what) : fmt::format("{}-{} {}", first, last, what);
  }
};

std::string told(const sim::DiskOperation& operation) {
  std::string text(sim::name_of(operation.kind));
  if (!operation.name.empty()) text += " " + operation.name;
  if (!operation.new_name.empty()) text += " to " + operation.new_name;
  return text;
}

std::string told(const std::vector<Repeated>& operations) {
  std::string text;
  for (const Repeated& operation : operations) text += (text.empty() ? "" : ", ") + operation.told();
  return text;
}

}  // namespace

std::vector<std::string> operations_by_step(const sim::Trace& trace) {
  std::vector<std::vector<Repeated>> steps;
  std::uint64_t number = 0;
  for (const sim::TraceEntry& entry : trace.entries()) {
    if (std::holds_alternative<sim::InputEntry>(entry)) steps.emplace_back();
    const auto* operation = std::get_if<sim::DiskOperation>(&entry);
    if (operation == nullptr) continue;
    ++number;
    if (steps.empty()) continue;  // counted all the same
    std::vector<Repeated>& operations = steps.back();
    const std::string what = told(*operation);
    if (operations.empty() || operations.back().what != what) operations.push_back({what, number});
    operations.back().last = number;
  }
  std::vector<std::string> texts;
  texts.reserve(steps.size());
  for (const std::vector<Repeated>& operations : steps) texts.push_back(told(operations));
  return texts;
}

}  // namespace sediment::labs
