// A figure of the book: a part of a show, or a run of typed operations, for a reader to step through, continue and crash.
//
// Its description is a JSON object of texts, as a page has them. Either a part of a show:
//
//   show       its name           from, to   titles of chapters: from the beginning of one to the end of the other
//                                            (without `to`: to the end of the first; without both: the whole show)
// or operations in a new store, as they are typed in the visualizer, separated by semicolons:
//
//   steps      "put rain 12mm; sync; crash; recover"
//   start      how many of them have happened when the figure appears (otherwise all)
//   store      "text-log" (otherwise the engine)          segment    bytes per segment (otherwise 1024)
//   sync       "every-write" (otherwise "never")          merge      "auto" (otherwise only when asked)
//   snapshots  "on" (otherwise "off")                     reserve  "off": no space in advance (otherwise "on")
//   seed       of the disk (otherwise 1)                  without  guarantees, with commas between them
//
// `hero` is the title of a panel, or "stage", and `answer` a question to the engine after the last step:
//
//   "get KEY"    the value, "not found" or "an error"     "asked KEY"  how many segments a get of KEY asks
//   "open"       "opens" or "refuses"                     "files"      how many names the directory has
//   "segments"   how many the store has                   "records"    how many they hold
//   "size FILE"  bytes of a segment's file, up to the end of its records
//
// `at`, how many entries of the trace have happened, is for links to a moment. Members that only the page uses are passed:
// id, title, caption, controls, ask, choices, then, height.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/status.h"
#include "viz/model/session.h"

namespace sediment::viz {

struct Figure {
  std::unique_ptr<Session> session;
  // Seconds of the session's pace: where the figure begins and ends, and where it stands when it appears.
  double from = 0;
  double to = 0;
  double at = 0;
  std::string hero;  // the title of a panel; empty: the stage alone
};

/// kNotFound, kInvalidArgument: the message names what is wrong, and what there is instead.
Result<Figure> make_figure(std::string_view description);

/// The description of a run, for a link: make_figure gives the same trace, at the same place. Words that are no text are
/// as they are typed.
std::string describe_figure(const sim::Scenario& scenario, std::size_t at);

/// The engine's answer to the description's question. The errors of make_figure.
Result<std::string> answer_of_figure(std::string_view description);

/// The steps of a text with semicolons between them; a word in quotation marks may hold one. kInvalidArgument names the
/// step.
Result<std::vector<sim::Step>> typed_steps(std::string_view text);

}  // namespace sediment::viz
