// A tombstone too early: a recorded run of an engine with a planted bug, which drops every tombstone.
#include <sstream>

#include "viz/model/sources.h"
#include "viz/shows/all_shows.h"

namespace sediment::viz {

namespace {

// A chapter of a recording, and the questions before it.
struct Act {
  std::size_t begin;  // entries that have happened
  double seconds;
  double hold;  // after it
  const char* title;
  const char* text;
  std::vector<Question> questions = {};
};

void play(Session& session, const std::vector<Act>& acts) {
  for (std::size_t i = 0; i < acts.size(); ++i) {
    const Act& act = acts[i];
    const std::size_t end = i + 1 < acts.size() ? acts[i + 1].begin : session.timeline().size();
    double held = i == 0 ? 0 : acts[i - 1].hold;
    for (Question question : act.questions) {
      question.position = act.begin;
      question.hold = held;
      session.questions().push_back(std::move(question));
      session.pace().hold(act.begin, kThinkSeconds + kRevealSeconds);
      held += kThinkSeconds + kRevealSeconds;
    }
    session.pace().stretch(act.begin, end, act.seconds);
    session.chapters().push_back({act.begin, held, end, act.title, act.text});
    session.pace().hold(end, act.hold);
  }
}

Question predict(std::string text, std::vector<Answer> answers, std::size_t right) {
  return {0, 0, std::move(text), std::move(answers), {right}, false};
}

}  // namespace

Made make_tombstone_too_early() {
  std::istringstream recorded{std::string(recorded_run("tombstone_too_early"))};
  Result<sim::Trace> trace = sim::load_trace(recorded);
  if (!trace.ok()) return trace.status();
  std::unique_ptr<Session> session = Session::of_trace(std::move(*trace));
  const auto& entries = session->timeline().trace().entries();
  // How many entries have happened before the n-th input of this verb (the first is 1).
  const auto before = [&](std::string_view verb, int n) {
    for (std::size_t i = 0; i < entries.size(); ++i) {
      const auto* input = std::get_if<sim::InputEntry>(&entries[i]);
      if (input != nullptr && !input->step.empty() && input->step[0] == verb && --n == 0) return i;
    }
    return entries.size();
  };
  const auto segment = [](std::uint64_t number) { return Target::file(SegmentNumber{number}); };
  const Target cat = Target::record(SegmentNumber{1}, kSegmentHeaderSize);
  const Target tombstone = Target::record(SegmentNumber{2}, kSegmentHeaderSize);
  const std::vector<Act> acts = {
      {0, 1, 2, "An engine with a bug", "This is a recording. What is wrong with it shows at the end."},
      {before("put", 1), 12, 6, "A value in segment 1", "“cat” is put. Then the segment is sealed."},
      {before("remove", 1),
       13,
       6,
       "A tombstone in segment 2",
       "“cat” is removed. Its value stays in the older segment, and the tombstone hides it.",
       {predict("“remove cat” comes next. What does the store do?",
                {{"it erases the record of “cat”", "A sealed segment never changes.", cat},
                 {"it appends a tombstone", "A removal is one more record. It says that the key is gone.",
                  Target::end_of_log()},
                 {"it forgets “cat” in memory only",
                  "After a restart the index is built from the logs. “cat” would be back."}},
                1)}},
      {before("get", 1),
       11,
       6,
       "The tombstone is found first",
       "The search ends in segment 2. The answer is: not found.",
       {{0,
         0,
         "Mark every segment that “get cat” asks.",
         {{"segment 3", "The newest segment is always asked.", segment(3)},
          {"segment 2", "It holds the tombstone, and a tombstone is an answer.", segment(2)},
          {"segment 1", "The search has already ended in segment 2.", segment(1)}},
         {0, 1},
         true}}},
      {before("merge", 1),
       22,
       8,
       "The tombstone is dropped",
       "This engine drops every tombstone. It claims that nothing older is left.",
       {predict("Segment 2 is merged alone. What should the merge do with the tombstone?",
                {{"drop it: “cat” is gone", "“cat” is still in segment 1, and segment 1 is not in this merge.", cat},
                 {"keep it", "Only the tombstone hides the value in segment 1.", tombstone},
                 {"write it into segment 1", "Segment 1 is sealed, and not in this merge.", segment(1)}},
                1)}},
      {before("get", 2),
       13,
       8,
       "The deleted value is back",
       "Nothing hides the old value any more. A search comes as far as segment 1.",
       {predict("The tombstone is gone. What does “get cat” return?",
                {{"not found", "Only the tombstone said so."},
                 {"“tabby”", "The search comes as far as segment 1 now, and finds the old value.", cat},
                 {"an error", "Every checksum matches. Nothing on the disk looks wrong."}},
                1)}},
      {entries.size(), 0, 9, "In one sentence",
       "A merge may drop a tombstone only if no older segment can hold a value of its key."},
  };
  play(*session, acts);
  return session;
}

}  // namespace sediment::viz
