// Shows of recorded runs: what an engine with a planted bug did. They are only played.
#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/status.h"
#include "viz/model/session.h"

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
Result<std::unique_ptr<Session>> make_recorded(std::string_view run, std::vector<RecordedChapter> chapters);

Result<std::unique_ptr<Session>> tombstone_too_early();
Result<std::unique_ptr<Session>> body_not_checked();
Result<std::unique_ptr<Session>> inputs_removed_first();

/// What an engine does for its user, and the show of an engine that does not.
struct EngineGuarantee {
  std::string_view what;
  std::string_view without;  // the name of the show
};
constexpr std::array<EngineGuarantee, 3> kEngineGuarantees{{
    {"a tombstone stays while it is needed", "tombstone-too-early"},
    {"checksums are compared", "body-not-checked"},
    {"a merge removes its inputs last", "inputs-removed-first"},
}};

}  // namespace sediment::viz
