#include "sim/oracle.h"

#include <algorithm>

namespace sediment::sim {

namespace {

bool is_write(const Step& step) {
  return (step[0] == "put" && step.size() == 3) || (step[0] == "remove" && step.size() == 2);
}

// Whether the step, once it returned ok, promises that everything acknowledged before it is durable.
bool makes_durable(const Step& step) {
  if (step[0] == "sync" || step[0] == "roll" || step[0] == "close" || step[0] == "reopen") return true;
  return step[0] == "merge" && (step.size() == 1 || step == Step{"merge", "begin"});  // they roll first
}

std::string quoted(const std::string& bytes) { return "\"" + to_string(Step{bytes}) + "\""; }

std::string says(const Contents& contents, const std::string& key) {
  const auto found = contents.find(key);
  return found == contents.end() ? "nothing" : quoted(found->second);
}

std::string writes(std::size_t count) { return std::to_string(count) + (count == 1 ? " write" : " writes"); }

}  // namespace

void Ledger::begin(const Step& step, std::uint64_t disk_operations) {
  Bounds bounds = marks_.back().bounds;
  if (!is_write(step) || bounds.write_under_way) return;  // after a failed write nothing more is written
  Contents next = states_.at(bounds.acknowledged);
  if (step[0] == "put") {
    next[step[1]] = step[2];
  } else {
    next.erase(step[1]);
  }
  states_.resize(bounds.acknowledged + 1);  // a refused write has left one more
  states_.push_back(std::move(next));
  bounds.write_under_way = true;
  set_bounds(bounds, disk_operations);
}

void Ledger::end(const Step& step, Outcome outcome, std::uint64_t disk_operations) {
  if (outcome == Outcome::kFailed) return;
  Bounds bounds = marks_.back().bounds;
  if (outcome == Outcome::kRefused) {
    if (is_write(step)) bounds.write_under_way = false;
  } else if (is_write(step)) {
    bounds.write_under_way = false;
    ++bounds.acknowledged;
    if (policy_ == SyncPolicy::kEveryWrite) bounds.floor = bounds.acknowledged;
  } else if (makes_durable(step)) {
    bounds.floor = bounds.acknowledged;
  }
  set_bounds(bounds, disk_operations);
}

Bounds Ledger::bounds_after(std::uint64_t disk_operation) const {
  // The last mark at or before the operation. Of several at the same count the last one counts: nothing lay between.
  const auto later =
      std::upper_bound(marks_.begin(), marks_.end(), disk_operation,
                       [](std::uint64_t count, const Mark& mark) { return count < mark.disk_operations; });
  return std::prev(later)->bounds;
}

void Ledger::restart(std::size_t n, std::uint64_t disk_operations) {
  states_.resize(n + 1);
  set_bounds({n, n, false}, disk_operations);
}

void Ledger::set_bounds(Bounds bounds, std::uint64_t disk_operations) { marks_.push_back({disk_operations, bounds}); }

std::optional<std::size_t> matching_prefix(const Ledger& ledger, Bounds bounds, const Contents& found) {
  for (std::size_t n = bounds.most() + 1; n-- > bounds.floor;) {
    if (ledger.after(n) == found) return n;
  }
  return std::nullopt;
}

std::string explain_mismatch(const Ledger& ledger, Bounds bounds, const Contents& found) {
  const Contents& floor = ledger.after(bounds.floor);
  Contents keys = found;
  for (std::size_t n = bounds.floor; n <= bounds.most(); ++n)
    keys.insert(ledger.after(n).begin(), ledger.after(n).end());

  // A key whose value no allowed prefix explains says it best.
  for (const auto& [key, ignored] : keys) {
    bool explained = false;
    bool seen_before = false;
    const std::string value = says(found, key);
    for (std::size_t n = 0; n <= bounds.most(); ++n) {
      if (says(ledger.after(n), key) != value) continue;
      (n < bounds.floor ? seen_before : explained) = true;
    }
    if (explained) continue;
    std::string text = "get(" + to_string(Step{key}) + ") finds " + value + "; after the " + writes(bounds.floor) +
                       " that had to survive it must find " + says(floor, key);
    if (bounds.most() > bounds.floor)
      text += ", or what one of the " + writes(bounds.most() - bounds.floor) + " after that put";
    if (value == "nothing") return text + ". A durable write is lost";
    return text +
           (seen_before ? ". This is an old state: a later, durable write is lost" : ". This was never written there");
  }
  // Each key alone is possible, together they are not: a hole.
  return "every key has a value that it once had, but no prefix of the writes explains them together: a later write "
         "survived and an earlier one is lost";
}

}  // namespace sediment::sim
