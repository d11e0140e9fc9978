#include "viz/model/twin.h"

#include <tuple>

#include "sim/disk/fault.h"

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

}  // namespace

void Twin::on(const sim::InputEntry& input) {
  step_ = input.step;
  if (step_.empty()) return;
  survived_.reset();
  if (step_[0] == "put" && step_.size() == 3) under_way_ = Write{step_[1], step_[2]};
  if (step_[0] == "remove" && step_.size() == 2) under_way_ = Write{step_[1], std::nullopt};
}

void Twin::on(const sim::OutcomeEntry& outcome, std::uint64_t operations, const sim::Contents& found) {
  if (step_.empty()) return;
  if (crashed_) {
    if (!outcome.ok || (step_[0] != "recover" && step_[0] != "open")) return;
    crashed_ = false;
    const std::optional<std::size_t> prefix = matching(found);
    contradicted_ = !prefix && !damaged_;
    if (prefix) survived_ = *prefix - durable_;
    settle(found);
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
  step_wrote_ = under_way_ && outcome.ok;
  if (step_wrote_) {
    changeable().writes.push_back(std::move(*under_way_));
  } else if (outcome.ok && sim::makes_durable(step_)) {
    durable_ = log_->writes.size();
  }
  under_way_.reset();
}

void Twin::on_crash(const sim::CrashEntry& crash) {
  crashed_ = true;
  survived_.reset();
  damaged_ = sim::is_damage(crash.choice.fault);
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

sim::Contents Twin::now() const {
  sim::Contents contents = log_->settled;
  for (const Write& write : log_->writes) add_to_map(write, &contents);
  return contents;
}

std::vector<Twin::Write> Twin::not_durable() const {
  return {log_->writes.begin() + static_cast<std::ptrdiff_t>(durable_), log_->writes.end()};
}

std::optional<std::size_t> Twin::matching(const sim::Contents& found) const {
  sim::Contents contents = log_->settled;
  std::optional<std::size_t> longest;
  for (std::size_t n = 0; n <= writes(); ++n) {
    if (n > 0) add_to_map(write(n - 1), &contents);
    if (n >= durable_ && contents == found) longest = n;
  }
  return longest;
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
                    twin.under_way_, twin.crashed_, twin.damaged_, twin.contradicted_, twin.survived_);
  };
  return all_but_log(*this) == all_but_log(other) && (log_ == other.log_ || *log_ == *other.log_);
}

TwinTable compare(const Twin& twin, const sim::Contents& found, std::size_t most_rows) {
  const sim::Contents expected = twin.now();
  sim::Contents all = expected;
  all.insert(found.begin(), found.end());
  const auto value_in = [](const sim::Contents& contents, const std::string& key) {
    const auto place = contents.find(key);
    return place == contents.end() ? std::nullopt : std::optional(place->second);
  };
  TwinTable table;
  table.keys = all.size();
  std::vector<TwinRow> equal;
  for (const auto& [key, ignored] : all) {
    TwinRow row{key, value_in(expected, key), value_in(found, key), TwinRow::State::kEqual};
    if (row.expected == row.found) {
      if (equal.size() < most_rows) equal.push_back(std::move(row));
      continue;
    }
    row.state = twin.may_hold(key, row.found) ? TwinRow::State::kUndecided : TwinRow::State::kDifferent;
    if (row.state == TwinRow::State::kDifferent) {
      ++table.different;
      table.rows.insert(table.rows.begin(), std::move(row));
    } else {
      table.rows.push_back(std::move(row));
    }
  }
  table.rows.insert(table.rows.end(), equal.begin(), equal.end());
  if (table.rows.size() > most_rows) table.rows.resize(most_rows);
  return table;
}

}  // namespace sediment::viz
