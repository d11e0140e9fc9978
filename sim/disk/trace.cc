#include "sim/disk/trace.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <optional>

#include "sim/base/json_reader.h"
#include "sim/base/overloaded.h"
#include "sim/base/parse_number.h"
#include "sim/disk/json_bytes.h"

namespace sediment::sim {

namespace {

using nlohmann::json;

constexpr int kTraceVersion = 1;

constexpr std::pair<const char*, std::string TraceAbout::*> kAboutFields[] = {
    {"title", &TraceAbout::title},
    {"hint", &TraceAbout::hint},
    {"component", &TraceAbout::component},
    {"component_path", &TraceAbout::component_path},
    {"component_copy", &TraceAbout::component_copy},
};

constexpr std::pair<const char*, std::string DiskOperation::*> kRecordFields[] = {
    {"process", &DiskOperation::process},
    {"path", &DiskOperation::path},
    {"new_path", &DiskOperation::new_path},
};

std::optional<EventKind> parse_event_kind(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(EventKind::kFailed); ++i) {
    if (name_of(static_cast<EventKind>(i)) == name) return static_cast<EventKind>(i);
  }
  return std::nullopt;
}

std::optional<DiskOperation::Kind> parse_operation_kind(std::string_view name) {
  for (int i = 0; i <= static_cast<int>(DiskOperation::Kind::kRemoveDirectory); ++i) {
    if (name_of(static_cast<DiskOperation::Kind>(i)) == name) return static_cast<DiskOperation::Kind>(i);
  }
  return std::nullopt;
}

json line_of(const TraceEntry& entry) {
  return std::visit(Overloaded{
                        [](const InputEntry& input) {
                          return json{{"input", sim::to_json(input.step)}};
                        },
                        [](const OutcomeEntry& outcome) {
                          return json{{"outcome", bytes_to_json(outcome.text)}, {"ok", outcome.ok}};
                        },
                        [](const DiskOperation& operation) {
                          json line{{"operation", name_of(operation.kind)}};
                          for (const auto& [name, field] : kRecordFields) {
                            if (!(operation.*field).empty()) line[name] = bytes_to_json(operation.*field);
                          }
                          const bool is_of_root =
                              operation.kind == DiskOperation::Kind::kSyncDirectory && operation.file == 0;
                          if (is_of_root || operation.kind == DiskOperation::Kind::kDropChanges) return line;
                          line["file"] = operation.file;
                          line["name"] = bytes_to_json(operation.name);
                          if (!operation.new_name.empty()) {
                            line["new_name"] = bytes_to_json(operation.new_name);
                          }
                          if (operation.offset != 0) line["offset"] = operation.offset;
                          if (operation.size != 0) line["size"] = operation.size;
                          if (!operation.bytes.empty()) line["bytes"] = bytes_to_json(operation.bytes);
                          return line;
                        },
                        [](const EventEntry& event) {
                          json line{{"event", name_of(event.kind)},
                                    {"source", event.source_file + ":" + std::to_string(event.source_line)}};
                          if (event.segment != 0) line["segment"] = event.segment;
                          if (event.offset != 0) line["offset"] = event.offset;
                          if (event.size != 0) line["size"] = event.size;
                          if (!event.key.empty()) line["key"] = bytes_to_json(event.key);
                          if (!event.why.empty()) line["why"] = event.why;
                          return line;
                        },
                        [](const CrashEntry& crash) {
                          return json{{"crash", to_string(crash.choice)}, {"after_operation", crash.after_operation}};
                        },
                    },
                    entry);
}

// The fields of a line; an absent optional field is empty. Throws json exceptions, which load_trace turns into
// messages.
std::uint64_t number_at(const json& line, const char* field) {
  return line.contains(field) ? number_from_json(line.at(field)) : 0;
}

std::string bytes_at(const json& line, const char* field) {
  if (!line.contains(field)) return {};
  Result<std::string> bytes = bytes_from_json(line.at(field));
  if (!bytes.ok()) throw json::other_error::create(501, std::string(bytes.status().message()), &line);
  return *bytes;
}

TraceEntry entry_from_json(const json& line) {
  const auto wrong = [&](const std::string& what) { return json::other_error::create(501, what, &line); };
  if (line.contains("input")) {
    Result<Step> step = step_from_json(line.at("input"));
    if (!step.ok()) throw wrong(std::string(step.status().message()));
    return InputEntry{*step};
  }
  if (line.contains("outcome")) return OutcomeEntry{bytes_at(line, "outcome"), line.at("ok").get<bool>()};
  if (line.contains("operation")) {
    const auto kind = parse_operation_kind(line.at("operation").get<std::string>());
    if (!kind) throw wrong("unknown operation");
    DiskOperation operation{*kind,
                            number_at(line, "file"),
                            bytes_at(line, "name"),
                            bytes_at(line, "new_name"),
                            number_at(line, "offset"),
                            number_at(line, "size"),
                            bytes_at(line, "bytes")};
    for (const auto& [name, field] : kRecordFields) operation.*field = bytes_at(line, name);
    return operation;
  }
  if (line.contains("event")) {
    const auto kind = parse_event_kind(line.at("event").get<std::string>());
    if (!kind) throw wrong("unknown event");
    const std::string source = line.at("source").get<std::string>();
    const std::size_t colon = source.rfind(':');
    const auto line_number = colon == std::string::npos ? std::nullopt : parse_number(source.substr(colon + 1));
    if (!line_number) throw wrong("\"source\" is not FILE:LINE");
    return EventEntry{*kind,
                      number_at(line, "segment"),
                      number_at(line, "offset"),
                      number_at(line, "size"),
                      bytes_at(line, "key"),
                      line.value("why", ""),
                      source.substr(0, colon),
                      static_cast<int>(*line_number)};
  }
  if (line.contains("crash")) {
    Result<CrashChoice> choice = parse_crash_choice(step_of(line.at("crash").get<std::string>()));
    if (!choice.ok()) throw wrong(std::string(choice.status().message()));
    return CrashEntry{*choice, number_from_json(line.at("after_operation"))};
  }
  throw wrong("expected an input, outcome, operation, event or crash");
}

}  // namespace

void Trace::add(TraceEntry entry) {
  if (std::holds_alternative<DiskOperation>(entry)) operations_.push_back(entries_.size());
  entries_.push_back(std::move(entry));
}

void Trace::add(const Event& event) {
  add(TraceEntry(EventEntry{event.kind, value_of(event.segment), event.offset, event.size, std::string(event.key),
                            std::string(event.why), event.source_file, event.source_line}));
}

Result<DiskState> Trace::state_after(std::uint64_t k) const {
  if (k > operations_.size()) {
    return Status::invalid_argument("there are only " + std::to_string(operations_.size()) + " disk operations, not " +
                                    std::to_string(k));
  }
  if (k == 0) return DiskState();
  // Go back to the last crash before the operation, if any, and forward again from the disk that it left.
  std::size_t first = operations_[k - 1];
  while (first > 0 && !std::holds_alternative<CrashEntry>(entries_[first - 1])) --first;
  DiskState state;
  if (first > 0) {
    const auto& crash = std::get<CrashEntry>(entries_[first - 1]);
    Result<DiskState> before = state_after(crash.after_operation);
    if (!before.ok()) return before;
    Result<DiskState> after = crash_image(*before, crash.choice);
    if (!after.ok()) return after;
    state = std::move(*after);
  }
  for (std::size_t i = first; i <= operations_[k - 1]; ++i) {
    if (const auto* operation = std::get_if<DiskOperation>(&entries_[i])) state.apply(*operation);
  }
  return state;
}

std::string text_of_trace(const Trace& trace) {
  json head{{"sediment_trace", kTraceVersion}};
  for (const auto& [name, field] : kAboutFields) {
    if (!(trace.about().*field).empty()) head[name] = bytes_to_json(trace.about().*field);
  }
  std::string text = head.dump() + '\n';
  for (const TraceEntry& entry : trace.entries()) (text += line_of(entry).dump()) += '\n';
  return text;
}

namespace {

// The disk that a trace describes, while the trace is being read. This finds impossible operations and crashes.
class Replay {
 public:
  /// What is wrong with the next entry; none if it is possible.
  std::string take(const Trace& trace, const TraceEntry& entry) {
    if (const auto* operation = std::get_if<DiskOperation>(&entry)) {
      if (!disk_.can_apply(*operation)) return "this is not possible here: " + describe(*operation);
      disk_.apply(*operation);
    }
    const auto* crash = std::get_if<CrashEntry>(&entry);
    if (crash == nullptr) return {};
    if (++crashes_ > kMostCrashes) return "there are more than " + std::to_string(kMostCrashes) + " crashes";
    Result<DiskState> before = trace.state_after(crash->after_operation);
    if (!before.ok()) return std::string(before.status().message());
    Result<DiskState> image = crash_image(*before, crash->choice);
    if (!image.ok()) return std::string(image.status().message());
    disk_ = std::move(*image);
    return {};
  }

 private:
  // Each crash is built on the disk that the previous one left; this bounds the depth.
  static constexpr int kMostCrashes = 1000;

  DiskState disk_;
  int crashes_ = 0;
};

}  // namespace

Result<Trace> parse_trace(std::string_view text) {
  Trace trace;
  Replay replay;
  if (text.empty()) return Status::invalid_argument("the trace is empty");
  for (std::size_t line_number = 1; !text.empty(); ++line_number) {
    const std::size_t length = std::min(text.find('\n'), text.size());
    const std::string_view line_text = text.substr(0, length);
    text.remove_prefix(std::min(length + 1, text.size()));
    const auto wrong = [&](const std::string& what) {
      return Status::invalid_argument("line " + std::to_string(line_number) + " of the trace: " + what);
    };
    Result<json> line = parse_json(line_text);
    if (!line.ok()) return wrong(std::string(line.status().message()));
    try {
      if (line_number > 1) {
        TraceEntry entry = entry_from_json(*line);
        if (const std::string impossible = replay.take(trace, entry); !impossible.empty()) return wrong(impossible);
        trace.add(std::move(entry));
      } else if (line->at("sediment_trace") != kTraceVersion) {
        return Status::invalid_argument("this is version " + excerpt(line->at("sediment_trace")) +
                                        " of the trace format; this build reads version " +
                                        std::to_string(kTraceVersion));
      } else {
        TraceAbout about;
        for (const auto& [name, field] : kAboutFields) about.*field = bytes_at(*line, name);
        trace.set_about(std::move(about));
      }
    } catch (const json::exception& error) {
      return wrong(error.what());
    }
  }
  return trace;
}

}  // namespace sediment::sim
