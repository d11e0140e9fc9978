// A session: a trace that can be watched at any point, continued at its end, and forked anywhere else.
//
// A fork runs the inputs before its point again, in a new store on a new simulated disk, and continues from there. (The
// same inputs give the same trace, byte for byte.) The old branch stays, and one can return to it.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/run/runner.h"
#include "viz/model/code_view.h"
#include "viz/model/counters.h"
#include "viz/model/pace.h"
#include "viz/model/timeline.h"

namespace sediment::viz {

/// A part of a show, with a text to read from this point of the trace on.
struct Chapter {
  std::size_t position = 0;  // entries that have happened when it begins
  double hold = 0;           // seconds after that, so that one chapter may end with a pause and the next begin with one
  std::size_t picture = 0;   // entries that have happened in the still picture that shows it best
  std::string title;
  std::string text;
  std::string panel = {};  // the title of the panel that shows it best; empty: any
};

/// A question to the viewer before something happens. It is shown for kThinkSeconds, then its answer for
/// kRevealSeconds.
struct Question {
  std::size_t position = 0;  // entries that have happened
  double hold = 0;           // seconds after that
  std::string text;
  std::vector<std::string> answers;
  std::size_t right = 0;  // the index of the right answer, from 0
  std::string reason;
};
constexpr double kThinkSeconds = 7;
constexpr double kRevealSeconds = 5;

class Session {
 public:
  /// Runs the scenario's steps until one does not pass.
  static std::unique_ptr<Session> of_scenario(const sim::Scenario& scenario);
  /// A run that was made step by step.
  static std::unique_ptr<Session> of_run(std::string title, std::unique_ptr<sim::Runner> runner);
  /// A recorded trace: it can be watched, but nothing can be added.
  static std::unique_ptr<Session> of_trace(sim::Trace trace);
  /// The same; it may name a student's component, which is read from beside the file. kNotFound, kInvalidArgument.
  static Result<std::unique_ptr<Session>> of_trace_file(const std::string& path);

  const std::string& title() const { return title_; }
  /// The student's component in the run; without a name if there is none.
  const Component& component() const { return component_; }
  /// What may help to understand a failure; empty if nothing is known.
  const std::string& hint() const { return hint_; }
  Timeline& timeline() { return branch().timeline; }
  const Timeline& timeline() const { return branches_.back()->timeline; }
  Pace& pace() { return branch().pace; }
  const Pace& pace() const { return branches_.back()->pace; }
  std::vector<Chapter>& chapters() { return branch().chapters; }
  const std::vector<Chapter>& chapters() const { return branches_.back()->chapters; }
  std::vector<Question>& questions() { return branch().questions; }
  const std::vector<Question>& questions() const { return branches_.back()->questions; }
  double begin_of(const Question& question) const { return pace().end_of(question.position) + question.hold; }
  const CounterHistory& counters() const { return branches_.back()->counters; }
  /// How the store was opened. For a recorded trace, which does not say, this is a scenario without options.
  const sim::Scenario& scenario() const;
  /// When a chapter begins, in seconds from the start of the show.
  double begin_of(const Chapter& chapter) const { return pace().end_of(chapter.position) + chapter.hold; }
  /// The chapter at this moment; null before the first.
  const Chapter* chapter_at(double time) const;

  /// The state in which a step performed here would find the store.
  Scene::Store store_here() const { return timeline().store_after_step(timeline().position()); }
  /// Whether it can only be watched.
  bool is_recorded() const { return branches_.back()->runner == nullptr; }

  /// Performs a step after the one at the timeline's place. If other steps follow there, this is a fork: the new branch
  /// leaves them out. Afterwards the timeline is where the new step begins. The result of the step is in the trace.
  /// kInvalidArgument says why it cannot be performed here; then nothing has changed.
  Status perform(const sim::Step& step);
  /// Leaves out everything after the step at the timeline's place, and moves to the end of that step.
  Status fork();

  /// How many earlier branches one can return to. If there are many, the session keeps the first one and the newest.
  std::size_t branches_left() const { return branches_.size() - 1; }
  /// Where this branch and its origin first differ: how many entries they share, and a sentence about what comes next
  /// in each. kInvalidArgument if nothing was forked.
  struct Difference {
    std::size_t position = 0;
    std::string what;
  };
  Result<Difference> first_difference() const;

  /// Returns to the branch that the last fork left, at the place where it was left.
  void return_to_branch();

 private:
  struct Branch {
    std::unique_ptr<sim::Runner> runner;  // null for a recorded trace
    sim::Trace recorded;                  // used when there is no runner
    Timeline timeline;
    Pace pace;
    CounterHistory counters;
    std::vector<Chapter> chapters;
    std::vector<Question> questions;

    explicit Branch(std::unique_ptr<sim::Runner> running);
    explicit Branch(sim::Trace trace);
    void catch_up();
  };

  explicit Session(std::string title) : title_(std::move(title)) {}
  Branch& branch() { return *branches_.back(); }
  Status can_perform(const sim::Step& step) const;
  Status can_fork() const;

  std::string title_;
  std::string hint_;
  Component component_;
  std::vector<std::unique_ptr<Branch>> branches_;  // the last one is shown; each was forked from the one before
};

/// The step that people mean by this text. "put sky light blue" has a value of two words. "del", "delete" and "set" are
/// understood. "crash" alone loses what is not synced. kInvalidArgument says what can be typed.
Result<sim::Step> parse_typed(std::string_view text);

/// A crash worth offering at this moment: the step, and what it means in plain words.
struct OfferedCrash {
  sim::Step step;
  std::string name;
};
std::vector<OfferedCrash> offered_crashes(const sim::DiskState& disk);

}  // namespace sediment::viz
