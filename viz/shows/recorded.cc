#include "viz/shows/recorded.h"

#include "viz/model/sources.h"

namespace sediment::viz {

Question asked(std::string text, std::vector<Answer> answers, std::size_t right) {
  return {.text = std::move(text), .answers = std::move(answers), .right = {right}};
}

Made recorded_session(std::string_view run) {
  const std::string_view text = recorded_run(run);
  if (text.empty()) return Status::not_found("there is no recorded run \"" + std::string(run) + "\"");
  Result<sim::Trace> trace = sim::parse_trace(text);
  if (!trace.ok()) return trace.status();
  return Session::of_trace(std::move(*trace));
}

std::size_t before_input(const Session& session, std::string_view verb, int number) {
  const std::vector<sim::TraceEntry>& entries = session.timeline().trace().entries();
  for (std::size_t i = 0; i < entries.size(); ++i) {
    const auto* input = std::get_if<sim::InputEntry>(&entries[i]);
    if (input != nullptr && !input->step.empty() && input->step[0] == verb && --number == 0) return i;
  }
  return entries.size();
}

Made make_recorded(std::string_view run, std::vector<RecordedChapter> chapters) {
  Made session = recorded_session(run);
  if (!session.ok()) return session;
  Pace& pace = (*session)->pace();
  std::vector<std::size_t> begins;
  begins.reserve(chapters.size() + 1);
  for (const RecordedChapter& chapter : chapters) {
    begins.push_back(chapter.verb.empty() ? 0 : before_input(**session, chapter.verb, chapter.number));
  }
  begins.push_back((*session)->timeline().size());
  double held = 0;  // by the chapter before, at the place where this one begins
  for (std::size_t i = 0; i < chapters.size(); ++i) {
    RecordedChapter& chapter = chapters[i];
    for (Question& question : chapter.questions) {
      question.position = begins[i];
      question.hold = held;
      (*session)->questions().push_back(std::move(question));
      pace.hold(begins[i], kThinkSeconds + kRevealSeconds);
      held += kThinkSeconds + kRevealSeconds;
    }
    (*session)->chapters().push_back(
        {begins[i], held, begins[i + 1], std::move(chapter.title), std::move(chapter.text)});
    pace.stretch(begins[i], begins[i + 1], chapter.seconds);
    pace.hold(begins[i + 1], chapter.hold);
    held = begins[i + 1] == begins[i] ? held + chapter.hold : chapter.hold;
  }
  return session;
}

Made make_body_not_checked() {
  return make_recorded(
      "body_not_checked",
      {{"", 1, 12, 4, "A durable pair", "“sky” is “blue”, “sea” is “deep”. Both are synced."},
       {"get", 1, 6, 4, "A lookup finds it", "The slot leads to the record, and the record has the value."},
       {"crash", 1, 6, 6, "One bit changes",
        "The disk gives back byte 59 of 000001.log with one bit flipped: the first letter of “blue”."},
       {"recover",
        1,
        12,
        10,
        "A wrong answer",
        "The store opens, and answers with a value that was never written. With the checksum of the body compared, "
        "it reports corruption.",
        {asked("This engine compares a header's checksum, but not a body's. What is “sky” after "
               "the store has been opened?",
               {{"an error: corruption",
                 "An engine that compares the body's checksum says so. This one does not compare it."},
                {"“blue”", "The disk does not have this value any more: one bit of it is different."},
                {"“clue”", "“b” and “c” differ in one bit, and nothing notices."}},
               2)}}});
}

Made make_inputs_removed_first() {
  return make_recorded(
      "inputs_removed_first",
      {{"", 1, 20, 4, "Two sealed segments", "“bee” is in both, and the newer one counts. Everything is durable."},
       {"merge",
        1,
        24,
        6,
        "This engine removes first",
        "It copies what counts into 000004.log, and removes the two inputs. MANIFEST still names them.",
        {asked("The output of a merge is durable. Which order is safe, whenever a crash comes?",
               {{"remove the inputs, then name the output in MANIFEST",
                 "In between, MANIFEST names files that are gone, and no list names the file that has the data."},
                {"name the output in MANIFEST, then remove the inputs",
                 "At each moment the files that MANIFEST names are there. Inputs that a crash leaves over are removed "
                 "when the store is opened."}},
               1)}},
       {"crash", 1, 6, 6, "The process is killed in between",
        "All data is in 000004.log, but MANIFEST does not name it."},
       {"recover", 1, 8, 10, "The store does not open",
        "MANIFEST names 000001.log, which is gone. So the inputs go last, once the new MANIFEST is durable."}});
}

}  // namespace sediment::viz
