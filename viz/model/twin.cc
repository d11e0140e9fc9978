#include "viz/model/twin.h"

#include <tuple>

#include "sim/disk/fault.h"
#include "viz/model/narration.h"

namespace sediment::viz {

namespace {

constexpr std::size_t kMostDurable = 512;  // writes kept individually; older ones are merged into the map

void add_to_map(const Twin::Write& write, sim::Contents* contents) {
  if (write.value) {
    (*contents)[write.key] = *write.value;
  } else {
    contents->erase(write.key);
  }
}

std::optional<std::string> value_in(const sim::Contents& contents, const std::string& key) {
  const auto place = contents.find(key);
  return place == contents.end() ? std::nullopt : std::optional(place->second);
}

}  // namespace

void Twin::on(const sim::InputEntry& input, bool has_store) {
  step_ = input.step;
  if (step_.empty()) return;
  if (step_[0] == "open") came_late_ = came_late_ || (!saw_open_ && has_store);
  saw_open_ = saw_open_ || step_[0] == "open";
  survived_.reset();
  if (step_[0] == "put" && step_.size() == 3) under_way_ = Write{step_[1], step_[2]};
  if (step_[0] == "remove" && step_.size() == 2) under_way_ = Write{step_[1], std::nullopt};
}

void Twin::on(const sim::OutcomeEntry& outcome, std::uint64_t operations, const std::optional<Answers>& opened) {
  if (step_.empty()) return;
  if (crashed_) {
    if (!opened) return;
    crashed_ = false;
    const Fit fit = best_fit(*opened);
    contradicted_ = fit.different > 0 && !damaged_;
    if (fit.different == 0) survived_ = fit.writes - durable_;
    settle(after(fit.writes));
    return;
  }
  if (durable_ > kMostDurable) {
    Log& log = changeable();
    for (std::size_t i = 0; i < durable_; ++i) add_to_map(log.writes[i], &log.settled);
    log.writes.erase(log.writes.begin(), log.writes.begin() + static_cast<std::ptrdiff_t>(durable_));
    durable_ = 0;
  }
  durable_before_ = durable_;
  operations_ = operations;
  // A write that met an error may have happened or not; one that was refused has not.
  const std::optional<StatusCode> error = error_in(outcome.text);
  const bool refused = error == StatusCode::kReadOnly || error == StatusCode::kInvalidArgument;
  step_wrote_ = under_way_ && outcome.ok && !refused;
  if (step_wrote_) {
    changeable().writes.push_back(std::move(*under_way_));
  } else if (outcome.ok && !error && sim::makes_durable(step_)) {
    durable_ = log_->writes.size();
  }
  under_way_.reset();
}

void Twin::on_crash(const sim::CrashEntry& crash) {
  crashed_ = true;
  survived_.reset();
  damaged_ = damaged_ || sim::is_damage(crash.choice.fault);
  if (crash.after_operation >= operations_) return;
  durable_ = durable_before_;  // it struck within the last step, which therefore has not happened
  if (!step_wrote_) return;
  under_way_ = std::move(changeable().writes.back());
  changeable().writes.pop_back();
}

Twin::Log& Twin::changeable() {
  if (log_.use_count() > 1) log_ = std::make_shared<Log>(*log_);
  return *log_;
}

void Twin::settle(sim::Contents contents) {
  log_ = std::make_shared<Log>(Log{std::move(contents), {}});
  durable_ = 0;
  durable_before_ = 0;
  step_wrote_ = false;
  under_way_.reset();
}

sim::Contents Twin::now() const { return after(log_->writes.size()); }

sim::Contents Twin::after(std::size_t writes) const {
  sim::Contents contents = log_->settled;
  for (std::size_t n = 0; n < writes; ++n) add_to_map(write(n), &contents);
  return contents;
}

std::set<std::string> Twin::keys() const {
  std::set<std::string> keys;
  for (const auto& [key, value] : log_->settled) keys.insert(key);
  for (std::size_t n = 0; n < writes(); ++n) keys.insert(write(n).key);
  return keys;
}

std::vector<Twin::Write> Twin::not_durable() const {
  return {log_->writes.begin() + static_cast<std::ptrdiff_t>(durable_), log_->writes.end()};
}

std::optional<std::size_t> Twin::matching(const Answers& answers) const {
  const Fit fit = best_fit(answers);
  return fit.different == 0 ? std::optional(fit.writes) : std::nullopt;
}

// The longest of those prefixes that differ least.
Twin::Fit Twin::best_fit(const Answers& answers) const {
  sim::Contents contents = log_->settled;
  const auto differs = [&](const std::string& key) {
    return !answers.corrupt.contains(key) && value_in(contents, key) != value_in(answers.found, key);
  };
  std::size_t different = 0;
  for (const auto& [key, value] : contents) different += differs(key) ? 1 : 0;
  for (const auto& [key, value] : answers.found) different += !contents.contains(key) && differs(key) ? 1 : 0;
  std::optional<Fit> best;
  for (std::size_t n = 0; n <= writes(); ++n) {
    if (n > 0) {
      const std::string& key = write(n - 1).key;
      different -= differs(key) ? 1 : 0;
      add_to_map(write(n - 1), &contents);
      different += differs(key) ? 1 : 0;
    }
    if (n >= durable_ && (!best || different <= best->different)) best = Fit{n, different};
  }
  return best.value_or(Fit{});
}

bool Twin::may_hold(const std::string& key, const std::optional<std::string>& value) const {
  const auto settled = log_->settled.find(key);
  std::optional<std::string> now = settled == log_->settled.end() ? std::nullopt : std::optional(settled->second);
  bool held = durable_ == 0 && now == value;
  for (std::size_t n = 1; n <= writes(); ++n) {
    if (write(n - 1).key == key) now = write(n - 1).value;
    held = held || (n >= durable_ && now == value);
  }
  return held;
}

bool Twin::operator==(const Twin& other) const {
  const auto all_but_log = [](const Twin& twin) {
    return std::tie(twin.durable_, twin.durable_before_, twin.operations_, twin.step_wrote_, twin.step_,
                    twin.under_way_, twin.crashed_, twin.damaged_, twin.saw_open_, twin.came_late_, twin.contradicted_,
                    twin.survived_);
  };
  return all_but_log(*this) == all_but_log(other) && (log_ == other.log_ || *log_ == *other.log_);
}

TwinTable compare(const Twin& twin, const Answers& answers, std::size_t most_rows) {
  TwinTable table;
  if (twin.came_late()) return table;
  const sim::Contents expected = twin.now();
  std::set<std::string> keys = answers.corrupt;
  for (const auto& [key, value] : expected) keys.insert(key);
  for (const auto& [key, value] : answers.found) keys.insert(key);
  table.keys = keys.size();
  std::vector<TwinRow> detected;
  std::vector<TwinRow> undecided;
  std::vector<TwinRow> equal;
  for (const std::string& key : keys) {
    TwinRow row{key, value_in(expected, key), value_in(answers.found, key), TwinRow::State::kEqual};
    std::vector<TwinRow>* rows = &equal;
    if (answers.corrupt.contains(key)) {
      row.state = TwinRow::State::kDetected;
      rows = &detected;
      ++table.detected;
    } else if (row.expected != row.found && twin.may_hold(key, row.found)) {
      row.state = TwinRow::State::kUndecided;
      rows = &undecided;
    } else if (row.expected != row.found) {
      row.state = TwinRow::State::kDifferent;
      rows = &table.rows;
      ++table.different;
    }
    if (rows->size() < most_rows) rows->push_back(std::move(row));
  }
  for (std::vector<TwinRow>* rows : {&detected, &undecided, &equal}) {
    table.rows.insert(table.rows.end(), rows->begin(), rows->end());
  }
  if (table.rows.size() > most_rows) table.rows.resize(most_rows);
  return table;
}

}  // namespace sediment::viz
