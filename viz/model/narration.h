// The narration: a plain sentence for each thing that happens. For the panel, for the transcript, and for those who
// cannot see the picture.
#pragma once

#include <optional>
#include <string>

#include "engine/status.h"
#include "sim/disk/trace.h"
#include "viz/model/store_format.h"

namespace sediment::viz {

enum class Tone : std::uint8_t {
  kStep,      // what the user requested
  kPlain,     // what the engine or the disk does
  kGood,      // promises kept: durable, found, recovered
  kWarning,   // thrown away, not durable
  kDetected,  // damage, and that the store reports it
  kBad,       // a crash, an error, a wrong answer
};

struct Sentence {
  std::string text;
  Tone tone = Tone::kPlain;
};

/// None for entries that add nothing to the one before. `format`: the store of the run; for a foreign
/// store the sentence says only what happens to the bytes and names of its files.
std::optional<Sentence> narrate(const sim::TraceEntry& entry, StoreFormat format = StoreFormat::kSediment);

/// The step as people read it: without the "ask" or "call" before a text.
std::string told_step(const sim::Step& step);

/// The error that the outcome of a step begins with; none if it does not begin with one. A run may expect errors, so an
/// outcome that is as it must be may be one.
std::optional<StatusCode> error_in(const std::string& outcome);

/// Only the beginnings of long words, which are keys and values.
std::string with_short_words(const std::string& text);

/// Whether the outcome of a step is that the store has noticed damage.
bool reports_corruption(const std::string& outcome);

/// The key or value for people: as it is if printable, otherwise in hexadecimal; shortened if long.
std::string shown(const std::string& bytes);

}  // namespace sediment::viz
