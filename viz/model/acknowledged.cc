#include "viz/model/acknowledged.h"

#include <algorithm>
#include <map>

#include "sim/run/oracle.h"
#include "viz/model/narration.h"

namespace sediment::viz {

namespace {

// Goes through the steps of a run in order.
class Account {
 public:
  void take(const sim::Step& step, const sim::OutcomeEntry& outcome) {
    if (step.empty()) return;
    const bool done = outcome.ok && !error_in(outcome.text);
    if (const std::string* key = looked_up_by(step)) {
      if (const auto known = places_.find(*key); known != places_.end()) rows_[known->second].answer = outcome.text;
    } else if (step[0] == "put" && step.size() == 3 && done) {
      write(step[1], step[2]);
    } else if (step[0] == "remove" && step.size() == 2 && done) {
      write(step[1], std::nullopt);
    } else if (done && sim::makes_durable(step)) {
      turn(AcknowledgedRow::State::kNotSynced, AcknowledgedRow::State::kSynced);
    }
  }

  void take_crash() {
    ++crashes_;
    turn(AcknowledgedRow::State::kNotSynced, AcknowledgedRow::State::kCrashed);
  }

  Acknowledged result() && {
    std::vector<std::size_t> order(rows_.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return written_[a] > written_[b]; });
    Acknowledged all{.rows = {}, .writes = writes_, .crashes = crashes_};
    for (const std::size_t i : order) all.rows.push_back(std::move(rows_[i]));
    return all;
  }

 private:
  void write(const std::string& key, std::optional<std::string> value) {
    const auto [place, is_new] = places_.try_emplace(key, rows_.size());
    if (is_new) {
      rows_.emplace_back();
      written_.emplace_back();
    }
    rows_[place->second] = {.key = key, .value = std::move(value)};
    written_[place->second] = ++writes_;
  }
  void turn(AcknowledgedRow::State from, AcknowledgedRow::State to) {
    for (AcknowledgedRow& row : rows_) {
      if (row.state == from) row.state = to;
    }
  }

  std::vector<AcknowledgedRow> rows_;
  std::vector<std::size_t> written_;  // the number of the last write of each row
  std::map<std::string, std::size_t> places_;
  std::size_t writes_ = 0;
  std::size_t crashes_ = 0;
};

}  // namespace

Acknowledged acknowledged_at(const Timeline& timeline) {
  Account account;
  const sim::Step* step = nullptr;
  const auto& entries = timeline.trace().entries();
  for (std::size_t i = 0; i < timeline.position(); ++i) {
    if (timeline.is_undone(i)) continue;
    if (const auto* input = std::get_if<sim::InputEntry>(&entries[i])) {
      step = &input->step;
      if (!step->empty() && (*step)[0] == kNewRun) account = {};
    } else if (const auto* outcome = std::get_if<sim::OutcomeEntry>(&entries[i])) {
      if (step != nullptr) account.take(*step, *outcome);
    } else if (std::holds_alternative<sim::CrashEntry>(entries[i])) {
      account.take_crash();
    }
  }
  return std::move(account).result();
}

}  // namespace sediment::viz
