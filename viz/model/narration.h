// The narration: a plain sentence for each thing that happens, for the panel, the transcript and whoever cannot see the
// picture.
#pragma once

#include <optional>
#include <string>

#include "sim/disk/trace.h"

namespace sediment::viz {

enum class Tone : std::uint8_t {
  kStep,     // what the user asked for
  kPlain,    // what the engine or the disk does
  kGood,     // promises kept: durable, found, recovered
  kWarning,  // thrown away, not durable
  kBad,      // a crash, damage, an error
};

struct Sentence {
  std::string text;
  Tone tone = Tone::kPlain;
};

/// None for entries that say nothing new after the one before.
std::optional<Sentence> narrate(const sim::TraceEntry& entry);

/// The key or value for people: as it is if it prints, else in hexadecimal, and cut where it is long.
std::string shown(const std::string& bytes);

}  // namespace sediment::viz
