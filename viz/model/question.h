// A question to the viewer of a show: what will happen next? It is answered by pointing at the place where something
// will happen, or by choosing an answer in words.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "engine/format.h"

namespace sediment::viz {

/// Where an answer is given on the stage or, kEntry, on the timeline.
struct Target {
  enum class Kind : std::uint8_t {
    kNone,      // in words only
    kEndOfLog,  // after the last record of the active log
    kNewLog,    // in a file that does not exist yet
    kRecord,    // the record of `segment` at `offset`
    kSlot,      // slot `number` of the index of `segment`
    kFile,      // the file of `segment`
    kManifest,  // the MANIFEST
    kEntry,     // entry `number` of the trace, from 0
  };

  Kind kind = Kind::kNone;
  SegmentNumber segment{};
  std::uint64_t offset = 0;
  std::size_t number = 0;

  bool operator==(const Target&) const = default;

  static Target end_of_log() { return {Kind::kEndOfLog}; }
  static Target new_log() { return {Kind::kNewLog}; }
  static Target record(SegmentNumber segment, std::uint64_t offset) { return {Kind::kRecord, segment, offset}; }
  static Target slot(SegmentNumber segment, std::size_t number) { return {Kind::kSlot, segment, 0, number}; }
  static Target file(SegmentNumber segment) { return {Kind::kFile, segment}; }
  static Target manifest() { return {Kind::kManifest}; }
  static Target entry(std::size_t number) { return {Kind::kEntry, {}, 0, number}; }
};

struct Answer {
  std::string text;
  std::string reason;  // why it is right, or what is wrong with it
  Target target = {};
};

/// It is shown until it is answered, and then the right answers until the viewer goes on. In a run that waits for no
/// answer, the question is shown for kThinkSeconds and the answers for kRevealSeconds.
struct Question {
  std::size_t position = 0;  // entries that have happened
  double hold = 0;           // seconds after that
  std::string text;
  std::vector<Answer> answers;
  std::vector<std::size_t> right;  // the indexes of the right answers, from 0, in order
  bool is_mark = false;            // the viewer marks all right answers; otherwise one answer is chosen

  bool is_right(std::size_t answer) const { return std::find(right.begin(), right.end(), answer) != right.end(); }
};
constexpr double kThinkSeconds = 7;
constexpr double kRevealSeconds = 5;
/// Each answer has a digit of its own.
constexpr std::size_t kMostAnswers = 5;

}  // namespace sediment::viz
