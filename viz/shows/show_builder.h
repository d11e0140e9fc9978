// Makes a show: a run of the engine with chapters, a pace, and questions to predict its outcome.
//
// Nothing is staged except the pace and the accompanying words.
#pragma once

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"
#include "viz/model/session.h"

namespace sediment::viz {

class ShowBuilder {
 public:
  ShowBuilder(std::string title, const sim::Scenario& options, const sim::StoreKind& kind = sim::engine_kind());

  /// Opens the store. Call this first.
  Status start();
  /// Performs a step. kIoError if it does not pass.
  Status step(const sim::Step& step);
  /// Performs a step of a store or on a disk that is meant to go wrong.
  void step_of_faulty(const sim::Step& step) { runner_->perform(step); }
  /// Performs several steps, written as in a scenario; stops at the first one that does not pass.
  Status run(std::initializer_list<std::string_view> steps);

  /// Begins a chapter. `panel`: the title of the panel that shows it best; empty: any.
  void chapter(std::string title, std::string text, std::string panel = {});
  /// The best place for a still picture of the chapter.
  void picture() { chapters_.back().picture = here(); }
  /// Nothing moves for this long.
  void hold(double seconds) { holds_.push_back({here(), seconds}); }
  /// Chapters, holds and questions from here on stand after this many entries, which have already happened, and no
  /// longer at the end of what has happened: inside a step.
  void at(std::size_t position) { here_ = position; }
  void at_end() { here_.reset(); }
  /// What has happened since `first` takes this long.
  void pace_since(std::size_t first, double seconds) { stretches_.push_back({first, end(), seconds}); }
  void pace(std::size_t first, std::size_t last, double seconds) { stretches_.push_back({first, last, seconds}); }
  /// Asks what will happen next. `right` is the index of the right answer, from 0. Each answer has a reason of its own:
  /// why it is right, or what is wrong with it.
  void predict(std::string question, std::vector<Answer> answers, std::size_t right);
  /// The same, with several right answers: the viewer marks all of them. There may also be none.
  void mark(std::string question, std::vector<Answer> answers, std::vector<std::size_t> right);

  /// The number of entries in the trace so far.
  std::size_t end() const { return runner_->trace().entries().size(); }
  const sim::TraceEntry& entry(std::size_t number) const { return runner_->trace().entries()[number]; }
  sim::Runner& runner() { return *runner_; }
  /// The disk operation or event that was the last thing in the step before; null if it was something else.
  template <typename T>
  const T* last_in_step() const {
    return std::get_if<T>(&entry(end() - 2));  // the last entry is the step's outcome
  }
  /// The record that the key's last put or remove has written, for an answer.
  Target record_of(std::string_view key) const;
  /// The most recent chapter.
  Chapter& last_chapter() { return chapters_.back(); }

  /// Returns the show; the builder is empty afterwards.
  std::unique_ptr<Session> finish();

 private:
  struct Stretch {
    std::size_t first, last;
    double seconds;
  };
  struct Hold {
    std::size_t position;
    double seconds;
  };

  std::size_t here() const { return here_.value_or(end()); }
  double held_here() const;
  void ask(std::string question, std::vector<Answer> answers, std::vector<std::size_t> right, bool is_mark);

  std::string title_;
  std::unique_ptr<sim::Runner> runner_;
  std::vector<Chapter> chapters_;
  std::vector<Question> questions_;
  std::vector<Stretch> stretches_;
  std::vector<Hold> holds_;
  std::optional<std::size_t> here_;  // none: at the end
};

}  // namespace sediment::viz
