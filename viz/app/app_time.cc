// Time: playing, stepping, jumping to marks and bookmarks; the questions, which stop time; and the operations, which
// add to its end.
#include <fmt/format.h>

#include <algorithm>

#include "sim/base/output.h"
#include "viz/app/app_impl.h"
#include "viz/shows/shows.h"

namespace sediment::viz {

void App::Impl::go_to(double seconds) {
  time = std::clamp(seconds, 0.0, session->pace().duration());
  playing = false;
  follows_end = false;
  message.clear();
  session->timeline().seek(playhead().entries);
}

void App::Impl::advance(double seconds) {
  if (!playing) return;
  const double before = time;
  time += seconds * speed;
  answers.resize(session->questions().size());
  for (std::size_t i = 0; asks && i < answers.size(); ++i) {
    const double begin = session->begin_of(session->questions()[i]);
    if (answers[i] || before >= begin || time < begin) continue;
    time = begin;
    playing = false;
    break;
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
    const auto sentence = narrate(entries[i]);
    if (sentence) sim::print_output("{}{}\n", sentence->tone == Tone::kStep ? "> " : "  ", sentence->text);
  }
  sim::flush_output();
  told = position;
}

// ---- questions

PredictView App::Impl::predict() const {
  PredictView view;
  const std::vector<Question>& questions = session->questions();
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const std::optional<std::size_t> given = i < answers.size() ? answers[i] : std::nullopt;
    if (given) ++view.asked;
    if (given == questions[i].right) ++view.right;
    const double since = time - session->begin_of(questions[i]);
    if (since < 0 || since >= kThinkSeconds + kRevealSeconds) continue;
    view.question = &questions[i];
    view.answer = given;
    view.revealed = since >= kThinkSeconds;
  }
  return view;
}

// Counts only once: a viewer who goes back and answers again has already seen the right answer.
void App::Impl::answer(std::size_t number) {
  const std::vector<Question>& questions = session->questions();
  answers.resize(questions.size());
  for (std::size_t i = 0; i < questions.size(); ++i) {
    const double since = time - session->begin_of(questions[i]);
    if (since < 0 || since >= kThinkSeconds || number >= questions[i].answers.size()) continue;
    if (!answers[i]) answers[i] = number;
    go_to(session->begin_of(questions[i]) + kThinkSeconds);
    play_until(session->pace().duration());
  }
}

void App::Impl::open_show(const std::string& name) {
  Result<std::unique_ptr<Session>> show = make_show(name);
  if (!show.ok()) {
    message = show.status().message();
    return;
  }
  session = std::move(*show);
  ++changes;
  answers.clear();
  selection = {};
  rot.reset();
  bookmarks.clear();
  go_to(0);
  play_until(session->pace().duration());
}

// Shows the next entry happening, then stops after it. If an entry is half done, it is finished; if one is being shown,
// this moves on to the next one.
void App::Impl::step_entry(bool forward) {
  const Playhead now = playhead();
  if (!forward) return go_to_entries(now.entries == 0 ? 0 : now.entries - 1);
  const bool finish = !playing && now.progress < 1;
  const std::size_t goal = std::min(finish ? now.entries : now.entries + 1, session->timeline().size());
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

void App::Impl::perform(const sim::Step& step) {
  // Operations that are typed faster than they are shown follow each other, without forks.
  if (follows_end) go_to(session->pace().duration());
  const Status status = session->perform(step);
  if (!status.ok()) {
    message = status.message();
    playing = false;
    return;
  }
  ++changes;
  selection.segment.reset();  // follow what happens now
  rot.reset();
  show_step_from(session->timeline().position());
  follows_end = true;
}

}  // namespace sediment::viz
