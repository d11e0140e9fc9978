#include "viz/shows/figure.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <utility>
#include <vector>

#include "engine/tools/printable.h"
#include "sim/base/json_reader.h"
#include "sim/base/parse_number.h"
#include "viz/model/narration.h"
#include "viz/shows/shows.h"

namespace sediment::viz {

namespace {

using Texts = std::map<std::string, std::string, std::less<>>;

constexpr std::size_t kMostSteps = 1000;
constexpr std::uint64_t kLeastSegment = 64;  // bytes
constexpr std::uint64_t kMostSegment = 1U << 20;
constexpr std::uint64_t kUsualSegment = 1024;

constexpr std::string_view kOfShows[] = {"show", "from", "to"};
constexpr std::string_view kOfSteps[] = {"steps", "start",     "store", "segment", "sync",
                                         "merge", "snapshots", "seed",  "reserve", "without"};
constexpr std::string_view kOfBoth[] = {"hero", "answer",  "id",   "caption", "title", "controls",
                                        "ask",  "choices", "then", "height",  "at"};

Status wrong(std::string message) { return Status::invalid_argument(std::move(message)); }

template <std::size_t kCount>
bool is_one_of(const std::string_view (&names)[kCount], std::string_view name) {
  return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "\"" : ", \"") + name + "\"";
  return text;
}

Result<Texts> texts_of(std::string_view description) {
  const Result<nlohmann::json> object = sim::parse_json(description);
  if (!object.ok()) return object.status();
  if (!object->is_object()) return wrong("a figure is a JSON object of texts");
  Texts texts;
  for (const auto& [name, value] : object->items()) {
    if (!value.is_string()) return wrong(fmt::format("\"{}\" of a figure is not a text", tools::preview(name, 40)));
    if (!is_one_of(kOfShows, name) && !is_one_of(kOfSteps, name) && !is_one_of(kOfBoth, name)) {
      return wrong(
          fmt::format("a figure has no \"{}\"; it has show, from and to, or steps, start, store, segment, sync, "
                      "merge, snapshots, seed, reserve and without; and hero and at",
                      tools::preview(name, 40)));
    }
    texts[name] = value.get<std::string>();
  }
  return texts;
}

std::string text_of(const Texts& texts, std::string_view name, const std::string& otherwise = {}) {
  const auto found = texts.find(name);
  return found == texts.end() ? otherwise : found->second;
}

// The value of a member that is one of two words.
Result<bool> is_word(const Texts& texts, std::string_view name, std::string_view yes, std::string_view no) {
  const std::string word = text_of(texts, name, std::string(no));
  if (word == yes) return true;
  if (word == no) return false;
  return wrong(
      fmt::format("\"{}\" of a figure is \"{}\" or \"{}\", not \"{}\"", name, yes, no, tools::preview(word, 40)));
}

Result<std::uint64_t> number_of(const Texts& texts, std::string_view name, std::uint64_t otherwise, std::uint64_t least,
                                std::uint64_t most) {
  const auto found = texts.find(name);
  if (found == texts.end()) return otherwise;
  const std::optional<std::uint64_t> number = sim::parse_number(found->second);
  if (!number || *number < least || *number > most) {
    return wrong(fmt::format("\"{}\" of a figure is a number from {} to {}, not \"{}\"", name, least, most,
                             tools::preview(found->second, 40)));
  }
  return *number;
}

// ---- a part of a show

Result<const Chapter*> chapter_named(const Session& session, const std::string& title) {
  std::vector<std::string> titles;
  for (const Chapter& chapter : session.chapters()) {
    if (chapter.title == title) return &chapter;
    titles.push_back(chapter.title);
  }
  return Status::not_found(fmt::format("the show \"{}\" has no chapter \"{}\"; it has {}", session.title(),
                                       tools::preview(title, 80), listed(titles)));
}

Result<Figure> part_of_show(const Texts& texts) {
  for (const auto& [name, value] : texts) {
    if (is_one_of(kOfSteps, name)) return wrong("\"" + name + "\" of a figure does not go with \"show\"");
  }
  Result<std::unique_ptr<Session>> made = make_show(text_of(texts, "show"));
  if (!made.ok()) return made.status();
  Figure figure;
  figure.session = std::move(*made);
  const Session& session = *figure.session;
  figure.to = session.pace().duration();
  if (texts.contains("from")) {
    const Result<const Chapter*> first = chapter_named(session, text_of(texts, "from"));
    if (!first.ok()) return first.status();
    const Result<const Chapter*> last = chapter_named(session, text_of(texts, "to", text_of(texts, "from")));
    if (!last.ok()) return last.status();
    if (*last < *first)
      return wrong("a figure ends before it begins: the chapter of \"to\" comes before that of \"from\"");
    figure.from = session.begin_of(**first);
    if (*last != &session.chapters().back()) figure.to = session.begin_of(*(*last + 1));
  } else if (texts.contains("to")) {
    return wrong("\"to\" of a figure needs \"from\"");
  }
  figure.at = figure.from;
  return figure;
}

// ---- operations

Result<sim::Scenario> scenario_of(const Texts& texts) {
  sim::Scenario scenario;
  scenario.title = text_of(texts, "title", "A figure");
  const Result<bool> is_text_log = is_word(texts, "store", "text-log", sim::kEngineName);
  const Result<std::uint64_t> segment = number_of(texts, "segment", kUsualSegment, kLeastSegment, kMostSegment);
  const Result<bool> syncs = is_word(texts, "sync", "every-write", "never");
  const Result<bool> merges = is_word(texts, "merge", "auto", "asked");
  const Result<bool> snapshots = is_word(texts, "snapshots", "on", "off");
  const Result<std::uint64_t> seed = number_of(texts, "seed", scenario.seed, 0, std::uint64_t{1} << 53);
  const Result<bool> spares = is_word(texts, "reserve", "off", "on");
  for (const Status& status : {is_text_log.status(), segment.status(), syncs.status(), merges.status(),
                               snapshots.status(), seed.status(), spares.status()}) {
    if (!status.ok()) return status;
  }
  const std::string names = text_of(texts, "without");
  for (std::size_t begin = 0, end = 0; begin < names.size(); begin = end + 1) {
    end = std::min(names.find(',', begin), names.size());
    const std::string name = names.substr(begin, end - begin);
    const std::optional<sim::Guarantee> guarantee = sim::parse_guarantee(name);
    if (!guarantee) return wrong("\"without\" of a figure names no guarantee \"" + tools::preview(name, 40) + "\"");
    scenario.without.insert(*guarantee);
  }
  if (*is_text_log) scenario.store = "text-log";
  scenario.segment_size = *segment;
  scenario.seed = *seed;
  scenario.reserve_space = !*spares;
  scenario.sync = *syncs ? SyncPolicy::kEveryWrite : SyncPolicy::kNever;
  scenario.auto_merge = *merges;
  scenario.snapshots = *snapshots ? sim::Snapshots::kOn : sim::Snapshots::kOff;
  return scenario;
}

Result<Figure> run_of_steps(const Texts& texts) {
  for (const auto& [name, value] : texts) {
    if (is_one_of(kOfShows, name)) return wrong("\"" + name + "\" of a figure needs \"show\"");
  }
  const Result<sim::Scenario> scenario = scenario_of(texts);
  if (!scenario.ok()) return scenario.status();
  const Result<std::vector<sim::Step>> steps = typed_steps(text_of(texts, "steps"));
  if (!steps.ok()) return steps.status();
  const Result<std::uint64_t> start = number_of(texts, "start", steps->size(), 0, steps->size());
  if (!start.ok()) return start.status();
  Figure figure;
  figure.session = Session::of_scenario(*scenario);
  Session& session = *figure.session;
  std::vector<double> ends{session.pace().duration()};  // of the open, and of each step
  for (const sim::Step& step : *steps) {
    if (Status s = session.perform(step); !s.ok())
      return wrong(fmt::format("step {}, \"{}\": {}", ends.size(), sim::to_string(step), s.message()));
    session.timeline().seek(session.timeline().size());
    ends.push_back(session.pace().duration());
  }
  figure.from = ends.front();
  figure.to = ends.back();
  figure.at = ends[static_cast<std::size_t>(*start)];
  return figure;
}

Result<Figure> figure_of(const Texts& texts) {
  Result<Figure> figure = texts.contains("show") ? part_of_show(texts) : run_of_steps(texts);
  if (!figure.ok()) return figure;
  if (texts.contains("at")) {
    const std::uint64_t most = figure->session->timeline().size();
    const Result<std::uint64_t> at = number_of(texts, "at", 0, 0, most);
    if (!at.ok()) return at.status();
    figure->at = figure->session->pace().end_of(static_cast<std::size_t>(*at));
  }
  figure->hero = text_of(texts, "hero");
  if (figure->hero == "stage") figure->hero.clear();
  return figure;
}

// ---- what the engine answers

Result<std::string> answer_in(Session& session, const sim::Step& question) {
  const auto& scene = session.timeline().scene();
  const std::string& what = question.front();
  const bool has_word = question.size() == 2;
  const auto performed = [&](const sim::Step& step) {
    Status status = session.perform(step);
    session.timeline().seek(session.timeline().size());
    return status;
  };
  if (what == "open" && question.size() == 1) {
    if (scene.store() == Scene::Store::kCrashed) {
      if (Status s = performed({"recover"}); !s.ok()) return s;
    }
    return std::string(scene.store() == Scene::Store::kOpen ? "opens" : "refuses");
  }
  if (what == "get" && has_word) {
    if (scene.store() == Scene::Store::kRefused) return std::string("an error");
    if (Status s = performed({"get", question[1]}); !s.ok()) return s;
    const std::string& outcome = scene.outcome();  // a value is in quotes
    if (!scene.outcome_ok() || error_in(outcome).value_or(StatusCode::kNotFound) != StatusCode::kNotFound)
      return std::string("an error");
    const bool is_value = outcome.size() >= 2 && outcome.front() == '"' && outcome.back() == '"';
    return is_value ? outcome.substr(1, outcome.size() - 2) : outcome;
  }
  if (what == "asked" && has_word) {
    if (Status s = performed({"get", question[1]}); !s.ok()) return s;
    return std::to_string(scene.lookup() ? scene.lookup()->stops.size() : 0);
  }
  if (what == "files" && question.size() == 1) return std::to_string(scene.disk().names().size());
  std::size_t segments = 0;
  std::size_t records = 0;
  for (const SegmentView* segment : scene.segments()) {
    const bool is_file = has_word && what == "size" && segment_file_name(segment->number) == question[1];
    if (is_file) return std::to_string(segment->written_end());
    const Role role = scene.role(*segment);
    if (role != Role::kActive && role != Role::kSealed) continue;
    ++segments;
    records += segment->valid_records();
  }
  if (what == "size" && has_word) return Status::not_found("there is no segment " + question[1] + " on the disk");
  if (what == "segments" && question.size() == 1) return std::to_string(segments);
  if (what == "records" && question.size() == 1) return std::to_string(records);
  return wrong(
      fmt::format("\"{}\" is no question to the engine; there are get KEY, asked KEY, size FILE, open, files, "
                  "segments and records",
                  tools::preview(sim::to_string(question), 40)));
}

}  // namespace

Result<std::vector<sim::Step>> typed_steps(std::string_view text) {
  std::vector<sim::Step> steps;
  std::size_t begin = 0;
  bool in_quotes = false;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && in_quotes && text[i] == '\\') {
      i = std::min(i + 1, text.size() - 1);
      continue;
    }
    if (i < text.size() && text[i] == '"') in_quotes = !in_quotes;
    if (i < text.size() && (text[i] != ';' || in_quotes)) continue;
    std::string_view line = text.substr(begin, i - begin);
    begin = i + 1;
    const std::size_t first = line.find_first_not_of(" \n\t");
    if (first == std::string_view::npos) continue;
    line = line.substr(first, line.find_last_not_of(" \n\t") + 1 - first);
    Result<sim::Step> step = parse_typed(line);
    if (!step.ok())
      return wrong(
          fmt::format("step {}, \"{}\": {}", steps.size() + 1, tools::preview(line, 60), step.status().message()));
    steps.push_back(std::move(*step));
    if (steps.size() > kMostSteps) return wrong(fmt::format("a figure has at most {} steps", kMostSteps));
  }
  return steps;
}

std::string describe_figure(const sim::Scenario& scenario, std::size_t at) {
  std::string steps;
  for (const sim::Step& step : scenario.steps) steps += (steps.empty() ? "" : "; ") + as_typed(step);
  std::string without;
  for (const sim::Guarantee guarantee : scenario.without)
    without += (without.empty() ? "" : ",") + std::string(name_of(guarantee));
  nlohmann::json texts{
      {"steps", steps}, {"segment", std::to_string(scenario.segment_size)}, {"at", std::to_string(at)}};
  if (scenario.store != sim::kEngineName) texts["store"] = scenario.store;
  if (scenario.sync == SyncPolicy::kEveryWrite) texts["sync"] = "every-write";
  if (scenario.auto_merge) texts["merge"] = "auto";
  if (scenario.snapshots == sim::Snapshots::kOn) texts["snapshots"] = "on";
  if (scenario.seed != sim::Scenario{}.seed) texts["seed"] = std::to_string(scenario.seed);
  if (!scenario.reserve_space) texts["reserve"] = "off";
  if (!without.empty()) texts["without"] = without;
  return texts.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

Result<Figure> make_figure(std::string_view description) {
  const Result<Texts> texts = texts_of(description);
  if (!texts.ok()) return texts.status();
  return figure_of(*texts);
}

Result<std::string> answer_of_figure(std::string_view description) {
  const Result<Texts> texts = texts_of(description);
  if (!texts.ok()) return texts.status();
  const Result<sim::Step> question = words_of(text_of(*texts, "answer"));
  if (!question.ok()) return question.status();
  if (question->empty()) return wrong("there is no question: \"answer\" is empty");
  Result<Figure> figure = figure_of(*texts);
  if (!figure.ok()) return figure.status();
  Session& session = *figure->session;
  session.timeline().seek(session.pace().at(figure->to).entries);
  return answer_in(session, *question);
}

}  // namespace sediment::viz
