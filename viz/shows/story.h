// A show, told from its beginning to its end.
//
// A ShowBuilder stops at each step that does not pass. A Story goes on without doing anything more, and finish() says
// what went wrong. So a show reads as a list of what happens in it.
#pragma once

#include <functional>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"
#include "viz/model/session.h"
#include "viz/shows/show_builder.h"

namespace sediment::viz {

using Made = Result<std::unique_ptr<Session>>;

/// How the stores of most shows are opened: small segments, no snapshots, no merges of their own.
sim::Scenario show_options(std::uint64_t segment_size);

/// In seconds: too short to be seen.
constexpr double kUnseen = 0.01;

class Story {
 public:
  Story(std::string title, const sim::Scenario& options, const sim::StoreKind& kind = sim::engine_kind())
      : show_(std::move(title), options, kind) {}

  /// Opens the store, quickly: only a show about opening looks at how that works.
  void open();
  /// A title of a few words, and one or two short sentences. `panel`: the title of the panel that shows it best.
  void chapter(std::string title, std::string text, std::string panel = {});
  /// The last chapter: what the show has shown, in one sentence.
  void learnt(std::string text);
  /// The steps, written as in a scenario, take this long in all.
  void play(double seconds, std::initializer_list<std::string_view> steps);
  void play(double seconds, const std::vector<sim::Step>& steps);
  /// The same of a store or a disk that is meant to go wrong: none of these steps need pass.
  void play_faulty(double seconds, std::initializer_list<std::string_view> steps);
  /// Steps of the merge under way take this long in all, up to the first whose last entry is as wanted, or up to the end of
  /// the merge.
  void merge_until(double seconds, const std::function<bool(const sim::TraceEntry&)>& wanted);
  void merge_to_its_end(double seconds);
  /// Time to look at what stands there now.
  void look(double seconds);
  void predict(std::string question, std::vector<Answer> answers, std::size_t right);
  void mark(std::string question, std::vector<Answer> answers, std::vector<std::size_t> right);

  /// Whether every step has passed. If not, nothing more may be asked of the store.
  bool ok() const { return status_.ok(); }
  /// The newest record of this key, as the place of an answer.
  Target record(std::string_view key) const { return show_.record_of(key); }
  /// The segment that takes the writes.
  SegmentNumber active();
  /// The number of the last disk operation of this kind, counted from 1.
  std::uint64_t last_operation(sim::DiskOperation::Kind kind) const;
  /// How many entries there are up to and with the last of this kind.
  std::size_t after_last(EventKind kind) const;
  std::size_t after_last(sim::DiskOperation::Kind kind) const;
  /// How many of these have happened so far.
  std::size_t count(EventKind kind) const;
  ShowBuilder& show() { return show_; }

  Made finish();

 private:
  ShowBuilder show_;
  Status status_;
};

bool is_event(const sim::TraceEntry& entry, EventKind kind);
bool is_operation(const sim::TraceEntry& entry, sim::DiskOperation::Kind kind);

}  // namespace sediment::viz
