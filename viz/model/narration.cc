#include "viz/model/narration.h"

#include <fmt/format.h>

#include <algorithm>

#include "engine/format.h"
#include "sim/base/plural.h"
#include "sim/disk/crash.h"
#include "viz/model/scene.h"

namespace sediment::viz {

namespace {

using sim::DiskOperation;

constexpr std::size_t kLongestShown = 24;  // bytes
constexpr std::size_t kLongestWord = 48;
constexpr std::size_t kLongestStep = 600;  // more would take long to lay out

// Maximum number of bytes; does not split a UTF-8 sequence.
std::string beginning_of(const std::string& text, std::size_t most) {
  std::size_t end = std::min(most, text.size());
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
  return text.substr(0, end);
}

std::string file_of(std::uint64_t segment) { return segment_file_name(SegmentNumber{segment}); }

Sentence sentence_of(const sim::InputEntry& input, StoreFormat format) {
  const sim::Step& step = input.step;
  const std::string& verb = step[0];
  if (verb == "put" && step.size() == 3)
    return {fmt::format("put {} = {}", shown(step[1]), shown(step[2])), Tone::kStep};
  if (verb == "remove" && step.size() == 2) {
    const char* const how = format == StoreFormat::kForeign ? "" : ", with a tombstone";
    return {fmt::format("remove {}{}", shown(step[1]), how), Tone::kStep};
  }
  if (verb == "get" && step.size() == 2) return {"get " + shown(step[1]), Tone::kStep};
  if (verb == "crash" && step.size() > 1) {  // what it does in detail is told after it
    if (step[1] == name_of(sim::Fault::kCleanKill)) return {"kill −9", Tone::kStep};
    const std::optional<sim::Fault> fault = sim::parse_fault(step[1]);
    if (fault && !sim::is_damage(*fault)) return {"a power cut", Tone::kStep};
  }
  return {told_step(step), Tone::kStep};
}

std::optional<Sentence> sentence_of(const sim::OutcomeEntry& outcome) {
  if (outcome.text == "ok" || outcome.text.empty()) return std::nullopt;
  const bool detected = outcome.ok && reports_corruption(outcome.text);
  return Sentence{"→ " + with_short_words(outcome.text), !outcome.ok ? Tone::kBad
                                                         : detected  ? Tone::kDetected
                                                                     : Tone::kPlain};
}

// Of a file whose contents mean something to its store alone; none if there is nothing special to say of it.
std::optional<Sentence> sentence_of_bytes(const DiskOperation& operation) {
  switch (operation.kind) {
    case DiskOperation::Kind::kAppend:
      return Sentence{
          fmt::format("{} written to {} at {}: in the cache, not yet durable",
                      operation.bytes.size() == 1 ? "1 byte is" : fmt::format("{} bytes are", operation.bytes.size()),
                      operation.shown_name(), operation.offset)};
    case DiskOperation::Kind::kTruncate:
      return Sentence{fmt::format("the size of {} becomes {}; a power cut may still undo that", operation.shown_name(),
                                  sim::plural(operation.size, "byte"))};
    case DiskOperation::Kind::kRename:
      return Sentence{fmt::format("{} becomes {}; a power cut may still undo that", operation.shown_name(),
                                  operation.shown_new_name())};
    case DiskOperation::Kind::kRemove:
      return Sentence{fmt::format("{} is removed; a power cut may still undo that", operation.shown_name())};
    default: return std::nullopt;
  }
}

std::optional<Sentence> sentence_of(const DiskOperation& operation, StoreFormat format) {
  if (format == StoreFormat::kForeign) {
    if (std::optional<Sentence> sentence = sentence_of_bytes(operation)) return sentence;
  }
  const bool segment = parse_segment_file_name(operation.name).has_value();
  const bool manifest = operation.name.starts_with(kManifestName);  // or its successor under its temporary name
  switch (operation.kind) {
    case DiskOperation::Kind::kCreate:
      return Sentence{fmt::format("{} is created; a power cut may still undo that", operation.shown_name())};
    case DiskOperation::Kind::kAppend:
      if (segment && operation.offset == 0) return std::nullopt;  // its header
      return Sentence{segment ? fmt::format("{} bytes are appended to {} at {}: in the cache, not yet durable",
                                            operation.bytes.size(), operation.shown_name(), operation.offset)
                      : manifest
                          ? fmt::format("the new list of segments is written to {}", operation.shown_name())
                          : fmt::format("{} bytes are written to {}", operation.bytes.size(), operation.shown_name())};
    case DiskOperation::Kind::kReserve:
      return Sentence{
          fmt::format("more space is reserved for {}: up to byte {}", operation.shown_name(), operation.size)};
    case DiskOperation::Kind::kTruncate:
      return Sentence{segment ? fmt::format("the space that {} did not use is given back", operation.shown_name())
                              : fmt::format("{} is cut to {} bytes", operation.shown_name(), operation.size)};
    case DiskOperation::Kind::kSync:
      return Sentence{fmt::format("fsync {}: its bytes are durable", operation.shown_name()), Tone::kGood};
    case DiskOperation::Kind::kRename:
      return Sentence{fmt::format("{} becomes {}{}", operation.shown_name(), operation.shown_new_name(),
                                  manifest ? ": the new list of segments counts from here on" : "")};
    case DiskOperation::Kind::kRemove: return Sentence{fmt::format("{} is removed", operation.shown_name())};
    case DiskOperation::Kind::kSyncDirectory:
      return Sentence{
          operation.shown_name().empty()
              ? std::string("fsync of the directory: all names are durable")
              : fmt::format("fsync of the directory {}: all names in it are durable", operation.shown_name()),
          Tone::kGood};
    case DiskOperation::Kind::kLink:
      return Sentence{fmt::format("{} is a second name of {}; a power cut may still undo that",
                                  operation.shown_new_name(), operation.shown_name())};
    case DiskOperation::Kind::kMakeDirectory:
      return Sentence{fmt::format("the directory {} is made; a power cut may still undo that", operation.shown_name())};
    case DiskOperation::Kind::kRemoveDirectory:
      return Sentence{
          fmt::format("the directory {} is removed; a power cut may still undo that", operation.shown_name())};
    case DiskOperation::Kind::kDropUnsynced:
      return Sentence{
          fmt::format("fsync {} fails: what was not durable can be read, and will never be", operation.shown_name()),
          Tone::kBad};
    case DiskOperation::Kind::kRevertUnsynced:
      return Sentence{fmt::format("fsync {} fails: the old bytes are back", operation.shown_name()), Tone::kBad};
    case DiskOperation::Kind::kDropChanges:
      return Sentence{"fsync of the directory fails: what was not durable can be seen, and will never be", Tone::kBad};
  }
  return std::nullopt;
}

std::optional<Sentence> sentence_of(const sim::EventEntry& event) {
  const std::string file = file_of(event.segment);
  const std::string key = shown(event.key);
  switch (event.kind) {
    case EventKind::kIndexed:
      return Sentence{fmt::format("the index of {} says: {} is at {}", file, key, event.offset)};
    case EventKind::kIndexGrew: return Sentence{fmt::format("the index of {} grows to {} slots", file, event.size)};
    case EventKind::kProbed:
      return Sentence{fmt::format("ask {}: {} looked at", file, sim::plural(event.size, "slot"))};
    case EventKind::kNotHere: return Sentence{fmt::format("not in {}", file)};
    case EventKind::kFound: return Sentence{fmt::format("found in {}", file), Tone::kGood};
    case EventKind::kTombstoneStops:
      return Sentence{fmt::format("a tombstone in {} stops the search: {} was deleted", file, key), Tone::kWarning};
    case EventKind::kSealed: return Sentence{fmt::format("{} is sealed: it never changes again", file)};
    case EventKind::kRolled: return Sentence{fmt::format("{} takes the writes from here on", file)};
    case EventKind::kSnapshotWritten:
      return Sentence{fmt::format("the index of {} is saved: the next open need not read its records", file)};
    case EventKind::kSnapshotFailed: return Sentence{"the snapshot is not written: " + event.why, Tone::kWarning};
    case EventKind::kSnapshotUsed:
      return Sentence{fmt::format("the snapshot gives the index of {}: no record is read", file), Tone::kGood};
    case EventKind::kSnapshotIgnored:
      return Sentence{fmt::format("the snapshot of {} is ignored: {}", file, event.why), Tone::kWarning};
    case EventKind::kStalled: return Sentence{"the write waits: " + event.why, Tone::kWarning};
    case EventKind::kMergeStarted:
      return Sentence{fmt::format("a merge of {} begins, the oldest is {}", sim::plural(event.size, "segment"), file)};
    case EventKind::kMergeKept: return Sentence{fmt::format("{} is kept: {}", key, event.why), Tone::kGood};
    case EventKind::kMergeDropped: return Sentence{fmt::format("{} is dropped: {}", key, event.why), Tone::kWarning};
    case EventKind::kMergeSwitched:
      return Sentence{event.segment == 0 ? std::string("nothing was left: the merged segments just go")
                                         : fmt::format("the switch: lookups use {} now", file),
                      Tone::kGood};
    case EventKind::kMergeAbandoned: return Sentence{"the merge is given up: " + event.why, Tone::kWarning};
    case EventKind::kDamageFound:
      return Sentence{fmt::format("{} is damaged at {}: {}; merges leave it alone", file, event.offset, event.why),
                      Tone::kDetected};
    case EventKind::kRecoveryOpened: return Sentence{fmt::format("recovery reads {}, {} bytes", file, event.size)};
    case EventKind::kRecoveryScanned:
      return Sentence{fmt::format("{} at {}: both checksums match", key, event.offset), Tone::kGood};
    case EventKind::kRecoveryCut:
      return Sentence{
          fmt::format("{} ends at {}: {}; {} bytes are left behind", file, event.offset, event.why, event.size),
          Tone::kBad};
    case EventKind::kRecoveryRewrote:
      return Sentence{fmt::format("what verified is copied into {}, and synced", file), Tone::kGood};
    case EventKind::kOrphanRemoved: return Sentence{fmt::format("… because the MANIFEST does not name {}", key)};
    case EventKind::kOpened: return Sentence{"the store is open", Tone::kGood};
    case EventKind::kClosed: return Sentence{"the store is closed"};
    case EventKind::kCalled:
      return Sentence{fmt::format("your code: {}, line {}{}", beginning_of(event.why, kLongestWord), event.source_line,
                                  event.size > 1 ? fmt::format(", called {} times", event.size) : "")};
    case EventKind::kStopped:
      return Sentence{
          fmt::format("your code stopped in {}, line {}", beginning_of(event.why, kLongestWord), event.source_line),
          Tone::kBad};
    case EventKind::kFailed: return Sentence{"writing stops: " + event.why, Tone::kBad};
    case EventKind::kAppended:      // the operation shows it
    case EventKind::kAcknowledged:  // the outcome shows it
    case EventKind::kSynced:
    case EventKind::kPublished:
    case EventKind::kInputRemoved: return std::nullopt;
  }
  return std::nullopt;
}

}  // namespace

std::optional<Sentence> narrate(const sim::TraceEntry& entry, StoreFormat format) {
  if (const auto* crash = std::get_if<sim::CrashEntry>(&entry)) {
    if (sim::is_damage(crash->choice.fault)) {
      return Sentence{"DAMAGE: " + sim::explain(crash->choice), Tone::kDetected};
    }
    const bool cache_survives = crash->choice.fault == sim::Fault::kCleanKill;
    return Sentence{cache_survives ? "CRASH: the process is killed; its memory is lost, and the cache is not"
                                   : "CRASH: the power fails; memory and cache are lost",
                    Tone::kBad};
  }
  if (const auto* input = std::get_if<sim::InputEntry>(&entry)) return sentence_of(*input, format);
  if (const auto* outcome = std::get_if<sim::OutcomeEntry>(&entry)) return sentence_of(*outcome);
  if (const auto* operation = std::get_if<DiskOperation>(&entry)) {
    std::optional<Sentence> sentence = sentence_of(*operation, format);
    if (sentence && !operation->process.empty()) sentence->text = operation->process + ": " + sentence->text;
    return sentence;
  }
  return sentence_of(std::get<sim::EventEntry>(entry));
}

std::string with_short_words(const std::string& text) {
  std::string result;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t space = std::min(text.find(' ', begin), text.size());
    const std::string word = text.substr(begin, space - begin);
    result += word.size() > kLongestWord ? beginning_of(word, kLongestShown) + "…" : word;
    if (space < text.size()) result += ' ';
    begin = space + 1;
  }
  return result;
}

std::string told_step(const sim::Step& step) {
  const bool only_told = step.size() > 1 && (step[0] == "ask" || step[0] == "call" || step[0] == kNewRun);
  return beginning_of(sim::to_string(only_told ? sim::Step(step.begin() + 1, step.end()) : step), kLongestStep);
}

std::optional<StatusCode> error_in(const std::string& outcome) {
  constexpr StatusCode kCodes[] = {StatusCode::kNotFound, StatusCode::kCorruption,      StatusCode::kIoError,
                                   StatusCode::kNoSpace,  StatusCode::kInvalidArgument, StatusCode::kBusy,
                                   StatusCode::kReadOnly, StatusCode::kNoMemory};
  for (const StatusCode code : kCodes) {
    if (outcome.starts_with(describe(code))) return code;
  }
  return std::nullopt;
}

bool reports_corruption(const std::string& outcome) {
  const std::string_view name = describe(StatusCode::kCorruption);
  constexpr std::string_view kSentences[] = {"the store does not open: ",
                                             "the store opens and reports some keys as corrupt: "};
  const auto says = [&](std::string_view before) {
    return outcome.starts_with(before) && std::string_view(outcome).substr(before.size()).starts_with(name);
  };
  return says("") || std::any_of(std::begin(kSentences), std::end(kSentences), says);
}

std::string shown(const std::string& bytes) {
  std::string text = sim::to_string(sim::Step{bytes});
  return text.size() <= kLongestShown ? text : beginning_of(text, kLongestShown - 1) + "…";
}

}  // namespace sediment::viz
