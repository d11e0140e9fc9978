#include "sim/run/oracle.h"

#include <algorithm>

#include "engine/format.h"
#include "sim/base/plural.h"

namespace sediment::sim {

namespace {

bool is_write(const Step& step) {
  return (step[0] == "put" && step.size() == 3) || (step[0] == "remove" && step.size() == 2);
}

void set(const std::string& key, const std::optional<std::string>& value, Contents* contents) {
  if (value) {
    (*contents)[key] = *value;
  } else {
    contents->erase(key);
  }
}

std::optional<std::string> value_in(const Contents& contents, const std::string& key) {
  const auto found = contents.find(key);
  return found == contents.end() ? std::nullopt : std::optional(found->second);
}

bool has(const Contents& contents, const std::string& key, const std::optional<std::string>& value) {
  const auto found = contents.find(key);
  return found == contents.end() ? !value : value && found->second == *value;
}

// For how many keys they have different values.
std::size_t count_differences(const Contents& left, const Contents& right, const std::set<std::string>& ignored) {
  std::size_t different = 0;
  auto a = left.begin();
  auto b = right.begin();
  while (a != left.end() || b != right.end()) {
    const int order = a == left.end() ? 1 : b == right.end() ? -1 : a->first.compare(b->first);
    const bool counts = ignored.empty() || !ignored.contains(order <= 0 ? a->first : b->first);
    different += counts && (order != 0 || a->second != b->second) ? 1 : 0;
    if (order <= 0) ++a;
    if (order >= 0) ++b;
  }
  return different;
}

std::string says(const Contents& contents, const std::string& key) {
  const auto value = value_in(contents, key);
  return value ? in_quotes(*value) : "nothing";
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
  if (writes_.size() > bounds.acknowledged) {  // a refused write has left one more, a recovery any number
    while (writes_.size() > bounds.acknowledged) {
      set(writes_.back().key, writes_.back().before, &newest_);
      writes_.pop_back();
    }
    history_begins_ = restarted_at_;
  }
  const std::optional<std::string> value = step[0] == "put" ? std::optional(step[2]) : std::nullopt;
  writes_.push_back({step[1], value, value_in(newest_, step[1])});
  set(step[1], value, &newest_);
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

Contents Ledger::after(std::size_t n) const {
  Contents contents = newest_;
  for (std::size_t i = writes_.size(); i > n; --i) set(writes_[i - 1].key, writes_[i - 1].before, &contents);
  return contents;
}

std::optional<std::string> Ledger::value_after(std::size_t n, const std::string& key) const {
  for (std::size_t i = n; i < writes_.size(); ++i) {
    if (writes_[i].key == key) return writes_[i].before;
  }
  return value_in(newest_, key);
}

std::size_t Ledger::keys_after(std::size_t n) const {
  std::size_t keys = newest_.size();
  for (std::size_t i = writes_.size(); i > n; --i) {
    const Write& write = writes_[i - 1];
    keys += write.before ? 1 : 0;
    keys -= write.value ? 1 : 0;
  }
  return keys;
}

void Ledger::restart(std::size_t n, std::uint64_t disk_operations) {
  // The writes after the first n are dropped only when another one replaces them: until then a second crash may strike
  // in the middle of what ends here, where the older bounds still hold.
  restarted_at_ = disk_operations;
  const std::size_t floor = syncs_are_trusted_ ? n : std::min(n, marks_.back().bounds.floor);
  set_bounds({floor, n, false}, disk_operations);
}

void Ledger::set_bounds(Bounds bounds, std::uint64_t disk_operations) { marks_.push_back({disk_operations, bounds}); }

std::optional<std::size_t> matching_prefix(const Ledger& ledger, Bounds bounds, const Contents& found,
                                           const std::set<std::string>& unknown) {
  // Backwards, one write after the other: each changes whether one key differs.
  std::size_t different = count_differences(ledger.newest(), found, unknown);
  for (std::size_t n = ledger.writes().size();; --n) {
    if (n <= bounds.most() && different == 0) return n;
    if (n <= bounds.floor) return std::nullopt;
    const Ledger::Write& write = ledger.writes()[n - 1];
    if (unknown.contains(write.key)) continue;
    different -= has(found, write.key, write.value) ? 0 : 1;
    different += has(found, write.key, write.before) ? 0 : 1;
  }
}

Mismatch mismatch_of(const Ledger& ledger, Bounds bounds, const Contents& found, const std::set<std::string>& unknown) {
  const Contents floor = ledger.after(bounds.floor);
  struct Seen {
    bool before_floor = false;
    bool explained = false;  // an allowed prefix has this value
  };
  std::map<std::string, Seen> keys;
  for (const auto& [key, value] : found) keys[key] = {};
  for (const auto& [key, value] : floor) keys[key] = {};
  for (std::size_t n = bounds.floor; n < bounds.most(); ++n) {
    const Ledger::Write& write = ledger.writes()[n];
    if (write.value) keys[write.key] = {};
  }
  for (const std::string& key : unknown) keys.erase(key);
  for (auto& [key, seen] : keys) seen.explained = has(found, key, value_in(floor, key));
  for (std::size_t n = 1; n <= bounds.most(); ++n) {
    const Ledger::Write& write = ledger.writes()[n - 1];
    const auto seen = keys.find(write.key);
    if (seen == keys.end() || !has(found, write.key, write.value)) continue;
    // A prefix ends with this write.
    (n < bounds.floor ? seen->second.before_floor : seen->second.explained) = true;
  }

  // Counts the keys whose value no allowed prefix explains, by what is wrong with them.
  std::size_t lost = 0, old = 0, invented = 0;
  std::string example;
  for (const auto& [key, seen] : keys) {
    const std::string value = says(found, key);
    if (seen.explained) continue;
    ++(value == "nothing" ? lost : seen.before_floor ? old : invented);
    if (!example.empty()) continue;
    example = "get(" + preview(Step{key}) + ") finds " + value + "; after the " + plural(bounds.floor, "write") +
              " that had to survive, it must find " + says(floor, key);
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

std::string first_difference(const Contents& found, const Contents& expected) {
  std::set<std::string> keys;
  for (const Contents* each : {&found, &expected}) {
    for (const auto& [key, value] : *each) keys.insert(key);
  }
  for (const std::string& key : keys) {
    const auto is = value_in(found, key);
    const auto must_be = value_in(expected, key);
    if (is == must_be) continue;
    if (!is) return preview(Step{key}) + " is missing";
    return preview(Step{key}) + " is " + in_quotes(*is) +
           (must_be ? " instead of " + in_quotes(*must_be) : ", which must not be there");
  }
  return {};
}

std::uint64_t fingerprint(const Contents& contents) {
  std::uint64_t hash = contents.size();
  for (const auto& [key, value] : contents) hash = checksum64(value, checksum64(key, hash));
  return hash;
}

std::uint64_t Ledger::fingerprint(Bounds bounds) const {
  std::uint64_t hash = 0;
  Contents contents = after(bounds.floor);
  for (std::size_t n = bounds.floor;; ++n) {
    hash = hash * 31 + sim::fingerprint(contents);
    if (n >= bounds.most()) break;
    set(writes_[n].key, writes_[n].value, &contents);
  }
  return hash;
}

}  // namespace sediment::sim
