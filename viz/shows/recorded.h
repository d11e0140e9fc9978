// Recorded runs of engines with a planted bug. They are only played.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "viz/shows/story.h"

namespace sediment::viz {

/// A chapter of a recorded run: from an input up to the next chapter, which may begin with the same input.
struct RecordedChapter {
  std::string_view verb;  // of the input that it begins with; empty: from the beginning of the run; kAtEnd
  int number = 1;         // which input with this verb, from 1
  double seconds = 0;     // the chapter takes this long, and then
  double hold = 0;        // nothing moves for this long
  std::string title;
  std::string text;
  std::vector<Question> questions = {};  // before it, one after the other; where they stand is set here
};
constexpr std::string_view kAtEnd = "the end of the run";

/// A question with one right answer.
Question asked(std::string text, std::vector<Answer> answers, std::size_t right);

/// viz/shows/RUN.jsonl, which is part of the program. kNotFound if there is none of this name.
Made recorded_session(std::string_view run);
/// How many entries of it have happened before the n-th input with this verb (the first is 1); all if there is none.
std::size_t before_input(const Session& session, std::string_view verb, int number);
/// Plays a recorded run as these chapters.
Made make_recorded(std::string_view run, std::vector<RecordedChapter> chapters);

Made make_body_not_checked();
Made make_inputs_removed_first();

/// What an engine does for its user, and the run of one that does not.
struct EngineGuarantee {
  std::string_view what;
  std::string_view without;  // its name, for make_show
};
constexpr std::array<EngineGuarantee, 3> kEngineGuarantees{{
    {"a tombstone stays while it is needed", "tombstone-too-early"},
    {"checksums are compared", "body-not-checked"},
    {"a merge removes its inputs last", "inputs-removed-first"},
}};

}  // namespace sediment::viz
