// Time: playing, stepping, jumping to marks and bookmarks; the questions, which stop time; and the operations, which
// add to its end.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/tools/printable.h"
#include "sim/base/output.h"
#include "viz/app/app_impl.h"
#include "viz/shows/shows.h"

namespace sediment::viz {

void App::Impl::go_to(double seconds) {
  time = std::clamp(seconds, 0.0, session->pace().duration());
  playing = false;
  follows_end = false;
  message.clear();
  notice.clear();
  session->timeline().seek(playhead().entries);
}

void App::Impl::advance(double seconds) {
  if (!playing) return;
  const double before = time;
  time += seconds * speed;
  given.resize(session->questions().size());
  for (std::size_t i = 0; asks && i < session->questions().size(); ++i) {
    const double begin = session->begin_of(session->questions()[i]);
    if (given[i].was_right || before >= begin + kThinkSeconds || time < begin) continue;
    time = std::max(before, begin);
    playing = false;
    break;
  }
  for (const Question& question : session->questions()) {  // the page asks, not the figure
    const double begin = session->begin_of(question);
    const double end = begin + kThinkSeconds + kRevealSeconds;
    if (is_figure() && time >= begin && time < end) time = end;
  }
  if (time >= stop_at) {
    time = stop_at;
    playing = false;
  }
  session->timeline().seek(playhead().entries);
}

// ---- marks

void App::Impl::run_until(const RunUntil& goal) {
  const std::size_t position = session->timeline().position();
  const auto fits = [&](const Mark& mark) {
    return goal.kind ? mark.kind == *goal.kind : mark.kind != MarkKind::kOperation;
  };
  const std::vector<Mark>& marks = session->timeline().marks();
  std::optional<std::size_t> found;
  for (const Mark& mark : marks) {
    if (!fits(mark)) continue;
    if (goal.forward && mark.position > position) {
      found = mark.position;
      break;
    }
    if (!goal.forward && mark.position < position) found = mark.position;
  }
  if (found) {
    go_to_entries(*found);
  } else {
    message = goal.forward ? "nothing of that kind comes later" : "nothing of that kind came before";
  }
}

void App::Impl::toggle_bookmark() {
  const std::size_t position = session->timeline().position();
  const auto place = std::lower_bound(bookmarks.begin(), bookmarks.end(), position);
  if (place != bookmarks.end() && *place == position) {
    bookmarks.erase(place);
  } else {
    bookmarks.insert(place, position);
  }
}

void App::Impl::go_to_next_bookmark() {
  if (bookmarks.empty()) {
    message = "there is no bookmark yet: B sets one";
    return;
  }
  const auto next = std::upper_bound(bookmarks.begin(), bookmarks.end(), session->timeline().position());
  go_to_entries(next == bookmarks.end() ? bookmarks.front() : *next);
}

// What has happened since the last frame; after a jump, only what happens at its destination.
void App::Impl::narrate_new() {
  const auto& entries = session->timeline().trace().entries();
  const std::size_t position = session->timeline().position();
  if (position == told) return;
  const std::size_t first = playing && position > told ? told : position - std::min<std::size_t>(position, 1);
  for (std::size_t i = first; i < position; ++i) {
    if (!session->is_told(i)) continue;
    const auto sentence = narrate(entries[i], session->format_at(i + 1));
    if (!sentence) continue;
    sim::print_output("{}{}\n", sentence->tone == Tone::kStep ? "> " : "  ", tools::printable(sentence->text));
  }
  sim::flush_output();
  told = position;
}

// ---- questions

// The number of the question that is shown.
std::optional<std::size_t> App::Impl::asked_question() const {
  if (is_figure()) return std::nullopt;
  const std::vector<Question>& questions = session->questions();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const double since = time - session->begin_of(questions[i]);
    if (since >= 0 && since < kThinkSeconds + kRevealSeconds) return i;
  }
  return std::nullopt;
}

// Whether it can still be answered.
bool App::Impl::thinks() const {
  const std::optional<std::size_t> number = asked_question();
  return number && time < session->begin_of(session->questions()[*number]) + kThinkSeconds;
}

PredictView App::Impl::predict() const {
  PredictView view;
  for (const Given& each : given) {
    if (each.was_right) ++view.asked;
    if (each.was_right.value_or(false)) ++view.right;
  }
  const std::optional<std::size_t> number = asked_question();
  if (!number) return view;
  view.question = &session->questions()[*number];
  view.revealed = !thinks();
  const auto& entries = session->timeline().trace().entries();
  if (const std::size_t next = view.question->position; next < entries.size()) {
    const auto* input = std::get_if<sim::InputEntry>(&entries[next]);
    const bool writes =
        input != nullptr && input->step.size() > 1 && (input->step[0] == "put" || input->step[0] == "remove");
    if (writes) view.carried = input->step[1];
  }
  const bool was_said = *number < given.size() && given[*number].is_confirmed == view.revealed;
  if (was_said) view.chosen = given[*number].chosen;
  return view;
}

void App::Impl::choose_answer(std::size_t number) {
  const std::optional<std::size_t> asked = asked_question();
  if (!asked || !thinks() || number >= session->questions()[*asked].answers.size()) return;
  given.resize(session->questions().size());
  Given& mine = given[*asked];
  if (std::exchange(mine.is_confirmed, false)) mine.chosen.clear();  // the viewer went back, and tries again
  if (!session->questions()[*asked].is_mark) {
    mine.chosen = {number};
    return confirm_answer();
  }
  const auto place = std::lower_bound(mine.chosen.begin(), mine.chosen.end(), number);
  if (place != mine.chosen.end() && *place == number) {
    mine.chosen.erase(place);
  } else {
    mine.chosen.insert(place, number);
  }
}

// Counts only once: a viewer who goes back and answers again has already seen the right answer.
void App::Impl::confirm_answer() {
  const std::optional<std::size_t> asked = asked_question();
  if (!asked || !thinks()) return;
  given.resize(session->questions().size());
  Given& mine = given[*asked];
  if (std::exchange(mine.is_confirmed, true)) mine.chosen.clear();
  if (!mine.was_right) mine.was_right = mine.chosen == session->questions()[*asked].right;
  reveal_answer();
}

// Ends the time to think. The answers stay until the viewer goes on.
void App::Impl::reveal_answer() { go_to(session->begin_of(session->questions()[*asked_question()]) + kThinkSeconds); }

void App::Impl::leave_answers() {
  const std::optional<std::size_t> asked = asked_question();
  if (!asked || thinks()) return;
  go_to(session->begin_of(session->questions()[*asked]) + kThinkSeconds + kRevealSeconds);
  play_until(session->pace().duration());
}

// To its beginning, where it can be answered again.
void App::Impl::go_to_question(std::size_t number) {
  if (number >= session->questions().size()) return;
  go_to(session->begin_of(session->questions()[number]));
}

void App::Impl::open_show(const std::string& name) {
  Result<std::unique_ptr<Session>> made = make_show(name);
  if (!made.ok()) {
    message = made.status().message();
    return;
  }
  show_session(std::move(*made));
  show = name;
  play_until(session->pace().duration());
}

// Only for those who are asked: a show that plays by itself ends with its last picture.
std::optional<EndView> App::Impl::end_of_show() const {
  const bool is_over = asks && !playing && !left_end && atlas_size != AtlasSize::kFull &&
                       session->branch_number() == 0 && time >= session->pace().duration() &&
                       session->chapter_at(time) != nullptr;  // none where the user goes on alone
  const auto here =
      std::find_if(shows().begin(), shows().end(), [&](const ShowInfo& each) { return each.name == show; });
  if (!is_over || here == shows().end()) return std::nullopt;
  const PredictView answered = predict();
  EndView end;
  end.name = here->name;
  end.title = here->title;
  for (std::size_t i = 0; i < session->questions().size(); ++i) {
    const Given said = i < given.size() ? given[i] : Given{};
    end.questions.push_back({&session->questions()[i], said.chosen, said.was_right});
  }
  end.asked = answered.asked;
  end.right = answered.right;
  if (here + 1 != shows().end()) {
    end.next = (here + 1)->name;
    end.next_title = (here + 1)->title;
  }
  return end;
}

// Shows the next entry happening, then stops after it. If an entry is half done, it is finished; if one is being shown,
// this moves on to the next one.
void App::Impl::step_entry(bool forward) {
  const Playhead now = playhead();
  const Timeline& timeline = session->timeline();
  if (!forward) {
    std::size_t goal = now.entries == 0 ? 0 : now.entries - 1;
    while (goal > 0 && timeline.is_undone(goal - 1)) --goal;
    return go_to_entries(goal);
  }
  const bool finish = !playing && now.progress < 1;
  std::size_t goal = std::min(finish ? now.entries : now.entries + 1, timeline.size());
  while (goal > 0 && timeline.is_undone(goal - 1)) ++goal;  // an input follows
  if (!finish) go_to(session->pace().end_of_hold(goal == 0 ? 0 : goal - 1));
  play_until(session->pace().end_of(goal));
}

void App::Impl::step_input(bool forward) {
  const std::size_t position = session->timeline().position();
  if (!forward) return go_to_entries(session->timeline().previous_step(position));
  go_to_entries(session->timeline().next_step(position));
}

void App::Impl::show_step_from(std::size_t entries) {
  go_to(session->pace().end_of_hold(entries));
  play_until(session->pace().duration());
}

Status App::Impl::perform(const sim::Step& step) {
  // Operations that are typed faster than they are shown follow each other, without forks.
  if (follows_end) go_to(session->pace().duration());
  Status status = session->perform(step);
  if (!status.ok()) {
    complain(std::string(status.message()));
    playing = false;
    return status;
  }
  ++changes;
  is_own = true;
  selection.segment.reset();  // follow what happens now
  rot.reset();
  show_step_from(session->timeline().position());
  follows_end = true;
  return {};
}

// Pasted at once.
constexpr std::size_t kMostLines = 1000;

void App::Impl::perform_lines(const std::vector<std::string>& lines) {
  if (lines.size() > kMostLines) {
    message = fmt::format("these are {} lines, and no more than {} run at once: save them as a scenario's steps",
                          lines.size(), kMostLines);
    return;
  }
  std::optional<std::size_t> begin;  // where the first of them begins
  std::string refusal;
  for (std::size_t i = 0; i < lines.size() && refusal.empty(); ++i) {
    const Result<sim::Step> step = parse_typed(lines[i]);
    const Status status = step.ok() ? perform(*step) : step.status();
    constexpr std::size_t kShown = 60;  // bytes of a line
    if (!status.ok()) {
      refusal = fmt::format("line {}, {}: {}", i + 1, tools::start_of(lines[i], kShown), status.message());
    }
    if (status.ok() && !begin) begin = session->timeline().position();
  }
  if (begin) {
    show_step_from(*begin);
    follows_end = true;
  }
  complain(refusal);
}

// The caption has room for a few sentences, and what was pasted into the line may be long.
void App::Impl::complain(const std::string& what) {
  constexpr std::size_t kMost = 350;  // bytes
  message = with_short_words(what);
  if (message.size() > kMost) message = std::string(tools::start_of(message, kMost)) + "…";
}

// After undo and redo.
void App::Impl::show_change(const Status& status) {
  if (!status.ok()) {
    message = status.message();
    return;
  }
  ++changes;
  selection.segment.reset();
  rot.reset();
  go_to_entries(session->timeline().position());
}

}  // namespace sediment::viz
