// Recorded runs of engines with a planted bug. They are only played.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "viz/shows/story.h"

namespace sediment::viz {

/// A chapter of a recorded run: from an input up to the next chapter.
struct RecordedChapter {
  struct Asked {
    std::string text;
    std::vector<Answer> answers;
    std::size_t right = 0;
  };

  std::string_view verb;  // of the input that it begins with; empty: from the beginning of the run
  int number = 1;         // which input with this verb, from 1
  double seconds = 0;     // the chapter takes this long, and then
  double hold = 0;        // nothing moves for this long
  std::string title;
  std::string text;
  std::optional<Asked> asked = {};  // before it
};

/// Plays viz/shows/RUN.jsonl, which is part of the program. kNotFound if there is none of this name.
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
