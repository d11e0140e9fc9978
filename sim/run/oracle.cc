#include "sim/run/oracle.h"

#include <algorithm>

#include "engine/format.h"
#include "sim/base/plural.h"

namespace sediment::sim {

namespace {

bool is_write(const Step& step) {
  return (step[0] == "put" && step.size() == 3) || (step[0] == "remove" && step.size() == 2);
}

std::string quoted(const std::string& bytes) { return bytes.empty() ? "\"\"" : "\"" + to_string(Step{bytes}) + "\""; }

std::string says(const Contents& contents, const std::string& key) {
  const auto found = contents.find(key);
  return found == contents.end() ? "nothing" : quoted(found->second);
}

}  // namespace

bool makes_durable(const Step& step) {
  if (step[0] == "sync" || step[0] == "roll" || step[0] == "close" || step[0] == "reopen") return true;
  return step[0] == "merge" && (step.size() == 1 || step == Step{"merge", "begin"});  // they roll first
}

void Ledger::begin(const Step& step, std::uint64_t disk_operations) {
  Bounds bounds = marks_.back().bounds;
  step_is_write_ = is_write(step) && !bounds.write_under_way;  // after a failed write there are no more writes
  if (!step_is_write_) return;
  keys_.insert(step[1]);
  Contents next = states_.at(bounds.acknowledged);
  if (step[0] == "put") {
    next[step[1]] = step[2];
  } else {
    next.erase(step[1]);
  }
  if (states_.size() >
      bounds.acknowledged + 1) {  // a refused write has left one more state, and a recovery may leave any number
    states_.resize(bounds.acknowledged + 1);
    history_begins_ = restarted_at_;
  }
  states_.push_back(std::move(next));
  bounds.write_under_way = true;
  set_bounds(bounds, disk_operations);
}

void Ledger::end(const Step& step, Outcome outcome, std::uint64_t disk_operations) {
  if (outcome == Outcome::kFailed) return;
  Bounds bounds = marks_.back().bounds;
  if (step_is_write_) {
    bounds.write_under_way = false;
    if (outcome == Outcome::kDone) {
      ++bounds.acknowledged;
      if (policy_ == SyncPolicy::kEveryWrite && syncs_are_trusted_) bounds.floor = bounds.acknowledged;
    }
  } else if (outcome == Outcome::kDone && makes_durable(step) && syncs_are_trusted_) {
    bounds.floor = bounds.acknowledged;
  }
  set_bounds(bounds, disk_operations);
}

Bounds Ledger::bounds_after(std::uint64_t disk_operation) const {
  // The last mark at or before the operation. If several have the same count, the last one holds.
  const auto later =
      std::upper_bound(marks_.begin(), marks_.end(), disk_operation,
                       [](std::uint64_t count, const Mark& mark) { return count < mark.disk_operations; });
  return std::prev(later)->bounds;
}

void Ledger::restart(std::size_t n, std::uint64_t disk_operations) {
  // The writes after the first n are dropped only when another one replaces them: until then a second crash may strike
  // in the middle of what ends here, where the older bounds still hold.
  restarted_at_ = disk_operations;
  set_bounds({n, n, false}, disk_operations);
}

void Ledger::set_bounds(Bounds bounds, std::uint64_t disk_operations) { marks_.push_back({disk_operations, bounds}); }

std::optional<std::size_t> matching_prefix(const Ledger& ledger, Bounds bounds, const Contents& found) {
  for (std::size_t n = bounds.most() + 1; n-- > bounds.floor;) {
    if (ledger.after(n) == found) return n;
  }
  return std::nullopt;
}

namespace {

// For a sentence: a long key or value is cut short.
std::string shortened(const std::string& text) {
  constexpr std::size_t kLongest = 48;
  constexpr std::size_t kBeginning = 32;
  if (text.size() <= kLongest) return text;
  return text.substr(0, kBeginning) + "… (" + std::to_string(text.size()) + " characters)";
}

}  // namespace

Mismatch mismatch_of(const Ledger& ledger, Bounds bounds, const Contents& found, const std::set<std::string>& unknown) {
  const Contents& floor = ledger.after(bounds.floor);
  Contents keys = found;
  for (std::size_t n = bounds.floor; n <= bounds.most(); ++n)
    keys.insert(ledger.after(n).begin(), ledger.after(n).end());
  for (const std::string& key : unknown) keys.erase(key);

  // Counts the keys whose value no allowed prefix explains, by what is wrong with them.
  std::size_t lost = 0, old = 0, invented = 0;
  std::string example;
  for (const auto& [key, ignored] : keys) {
    bool explained = false;
    bool seen_before = false;
    const std::string value = says(found, key);
    for (std::size_t n = 0; n <= bounds.most(); ++n) {
      if (says(ledger.after(n), key) != value) continue;
      (n < bounds.floor ? seen_before : explained) = true;
    }
    if (explained) continue;
    ++(value == "nothing" ? lost : seen_before ? old : invented);
    if (!example.empty()) continue;
    example = "get(" + shortened(to_string(Step{key})) + ") finds " + shortened(value) + "; after the " +
              plural(bounds.floor, "write") + " that had to survive, it must find " + shortened(says(floor, key));
    if (bounds.most() > bounds.floor) {
      example += ", or its value after one of the " + plural(bounds.most() - bounds.floor, "later write");
    }
  }
  if (example.empty()) {  // each key alone is possible, but not all of them together
    return {Mismatch::kHole, "there is a hole: every key has a value that it once had, but no prefix of the " +
                                 plural(bounds.most(), "write") +
                                 " explains all of them: a later write survived while an earlier one is lost"};
  }
  std::string text;
  const auto add = [&](std::size_t count, const std::string& of, const std::string& one, const std::string& several) {
    if (count > 0) text += (text.empty() ? "" : ", ") + std::to_string(count) + of + (count == 1 ? one : several);
  };
  const std::string of_all = " of " + plural(floor.size(), "key") + " that had to survive";
  add(lost, of_all, " is lost", " are lost");
  add(old, old == 1 ? " key" : " keys", " has", " have");
  if (old > 0) text += " an old value although a later write was durable";
  add(invented, invented == 1 ? " key" : " keys", " has", " have");
  if (invented > 0) text += " a value that was never written to it";
  return {
      (lost > 0 ? Mismatch::kLost : 0U) | (old > 0 ? Mismatch::kOld : 0U) | (invented > 0 ? Mismatch::kInvented : 0U),
      text + ": " + example};
}

std::string explain_mismatch(const Ledger& ledger, Bounds bounds, const Contents& found) {
  return mismatch_of(ledger, bounds, found).text;
}

std::uint64_t fingerprint(const Contents& contents) {
  std::uint64_t hash = contents.size();
  for (const auto& [key, value] : contents) hash = checksum64(value, checksum64(key, hash));
  return hash;
}

std::uint64_t Ledger::fingerprint(Bounds bounds) const {
  std::uint64_t hash = 0;
  for (std::size_t n = bounds.floor; n <= bounds.most(); ++n) hash = hash * 31 + sim::fingerprint(states_.at(n));
  return hash;
}

}  // namespace sediment::sim
