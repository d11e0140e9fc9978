// A session: a trace that can be watched at any point, continued at its end, and forked anywhere else.
//
// A fork runs the inputs before its point again, in a new store on a new simulated disk, and continues from there. (The
// same inputs give the same trace, byte for byte.) The old branch stays: no branch is ever lost, and each can be shown
// again. Undo and redo go back and forth between the places before and after each operation.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sim/run/runner.h"
#include "viz/model/code_view.h"
#include "viz/model/counters.h"
#include "viz/model/large_store.h"
#include "viz/model/pace.h"
#include "viz/model/question.h"
#include "viz/model/store_format.h"
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

/// How many branches a session keeps. One more is refused.
constexpr std::size_t kMostBranches = 100;

class Session {
 public:
  /// Runs the scenario's steps until one does not pass. This program must have the kind of store that it is for
  /// (store_kind_of).
  static std::unique_ptr<Session> of_scenario(const sim::Scenario& scenario);
  /// A run that was made step by step.
  static std::unique_ptr<Session> of_run(std::string title, std::unique_ptr<sim::Runner> runner);
  /// A recorded trace: it can be watched, but nothing can be added.
  static std::unique_ptr<Session> of_trace(sim::Trace trace);
  /// The same of an engine's store, even if nothing of it can be read (viz/model/directory.h).
  static std::unique_ptr<Session> of_directory(sim::Trace trace);
  /// The same; it may name a student's component, which is read from beside the file. kNotFound, kInvalidArgument.
  static Result<std::unique_ptr<Session>> of_trace_file(const std::string& path);
  /// A store that is too large for a trace: its run is empty.
  static std::unique_ptr<Session> of_large_store(std::shared_ptr<const LargeStore> store);

  const std::string& title() const { return title_; }
  /// Null if it is none.
  const LargeStore* large_store() const { return large_store_.get(); }
  /// The student's component in the run; without a name if there is none.
  const Component& component() const { return component_; }
  /// What may help to understand a failure; empty if nothing is known.
  const std::string& hint() const { return hint_; }
  Timeline& timeline() { return branch().timeline; }
  const Timeline& timeline() const { return branch().timeline; }
  Pace& pace() { return branch().pace; }
  const Pace& pace() const { return branch().pace; }
  std::vector<Chapter>& chapters() { return branch().chapters; }
  const std::vector<Chapter>& chapters() const { return branch().chapters; }
  std::vector<Question>& questions() { return branch().questions; }
  const std::vector<Question>& questions() const { return branch().questions; }
  /// Whether the entry of this number, from 0, is told in words. What a crash undoes is not, and a show does not tell how
  /// a store is opened for the first time.
  bool is_told(std::size_t entry) const;
  double begin_of(const Question& question) const { return pace().end_of(question.position) + question.hold; }
  /// The store format of the run that this entry (counted from 1) belongs to; and the same for the entry that is shown.
  StoreFormat format_at(std::size_t position) const;
  StoreFormat format() const { return format_at(timeline().position()); }
  const CounterHistory& counters() const { return branch().counters; }
  /// How the store was opened. For a recorded trace, which does not say, this is a scenario without options.
  const sim::Scenario& scenario() const;
  /// When a chapter begins, in seconds from the start of the show.
  double begin_of(const Chapter& chapter) const { return pace().end_of(chapter.position) + chapter.hold; }
  /// The branch that is shown, as a scenario that gives the same run. kInvalidArgument for a recorded trace.
  Result<sim::Scenario> as_scenario() const;
  /// What the scenario's step that makes no sense is, and why; empty if there is none. The run ended there.
  const std::string& nonsense() const { return nonsense_; }
  /// The chapter at this moment. Null before the first, and where the run is no longer the show's but the user's.
  const Chapter* chapter_at(double time) const;

  /// The state in which a step performed here would find the store.
  Scene::Store store_here() const { return timeline().store_after_step(timeline().position()); }
  /// Whether it can only be watched.
  bool is_recorded() const { return branch().runner == nullptr; }

  /// Performs a step after the one at the timeline's place. If other steps follow there, this is a fork: the new branch
  /// leaves them out. Afterwards the timeline is where the new step begins. The result of the step is in the trace.
  /// kInvalidArgument says why it cannot be performed here, or that there are kMostBranches; then nothing has changed.
  Status perform(const sim::Step& step);
  /// Leaves out everything after the step at the timeline's place, and moves to the end of that step. Errors as above.
  Status fork();
  /// Runs the inputs of this branch again, on a disk without these guarantees, until a step does not pass: in a branch of
  /// its own, or in the one that did so before. Goes to the same place in it, as far as there is one. Without what the
  /// branch was first run without, it goes back to that branch. Errors as above.
  Status run_without(const sim::Guarantees& taken);
  /// Goes to the place before the last operation or fork; the operation stays in its branch. kInvalidArgument if there
  /// is none.
  Status undo();
  /// Goes to the place after the operation that was last undone. kInvalidArgument if there is none.
  Status redo();

  /// From how many forks one can return, one after another.
  std::size_t branches_left() const;
  /// How many branches there are, and which of them is shown, from 0.
  std::size_t branches() const { return branches_.size(); }
  std::size_t branch_number() const { return current_; }
  /// For people: where it was forked, and what is different there. Once for each state of a branch it takes as long as the
  /// branch is; after that it costs nothing.
  const std::string& name_of_branch(std::size_t number) const;
  /// At the place where it was left.
  void show_branch(std::size_t number);
  /// Where this branch and its origin first differ: how many entries they share, and a sentence about what comes next
  /// in each. kInvalidArgument if nothing was forked.
  struct Difference {
    std::size_t position = 0;
    std::string what;
  };
  Result<Difference> first_difference() const;

  /// Shows the branch that this one was forked from, at the place where it was left.
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
    std::optional<std::size_t> origin;                               // the branch that it was forked from
    std::optional<std::size_t> rerun_of;                             // the branch whose inputs it has, see run_without
    std::size_t rerun_inputs = 0;                                    // how many that branch had then
    std::size_t rerun_end = 0;                                       // its own entries, before anything was added
    std::size_t own_from = std::numeric_limits<std::size_t>::max();  // entries; from here on the user goes on alone
    // Its name, and how long it and its origin were then.
    mutable std::string name;
    mutable std::pair<std::size_t, std::size_t> name_of{0, 0};

    explicit Branch(std::unique_ptr<sim::Runner> running);
    explicit Branch(sim::Trace trace);
    void catch_up();
  };

  explicit Session(std::string title) : title_(std::move(title)) {}
  Branch& branch() { return *branches_[current_]; }
  const Branch& branch() const { return *branches_[current_]; }
  struct Place {
    std::size_t branch = 0;
    std::size_t position = 0;
  };
  struct Change {
    Place before;
    Place after;
  };
  Place place() const { return {current_, timeline().position()}; }
  void go_to(const Place& place);
  std::size_t branch_without(std::size_t source, const sim::Guarantees& taken);
  void remember(const Change& change);
  Status leave_out_what_follows();
  std::string make_name_of(const Branch& named) const;
  Status can_perform(const sim::Step& step) const;
  Status can_fork() const;

  std::string title_;
  std::string hint_;
  Component component_;
  std::shared_ptr<const LargeStore> large_store_;
  bool is_directory_ = false;
  std::string nonsense_;
  std::vector<std::unique_ptr<Branch>> branches_;
  std::size_t current_ = 0;
  std::vector<Change> changes_;
  std::size_t changes_done_ = 0;  // the others were undone
};

/// The words of a typed line. In quotation marks a word may hold spaces or be empty; there \" and \\ stand for the
/// character itself. kInvalidArgument if a quotation mark is missing.
Result<sim::Step> words_of(std::string_view text);
/// The line for which words_of gives this step.
std::string as_typed(const sim::Step& step);
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
