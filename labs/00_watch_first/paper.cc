#include "labs/00_watch_first/paper.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <set>
#include <sstream>

#include "engine/format.h"
#include "labs/00_watch_first/script.h"
#include "sim/base/plural.h"

namespace sediment::labs {

namespace {

std::string file_of(std::uint64_t segment) { return segment_file_name(SegmentNumber{segment}); }

std::string yes_or_no(bool yes) { return yes ? "yes" : "no"; }

std::string keys_of(const sim::Contents& contents) {
  std::string keys;
  for (const auto& [key, value] : contents) keys += (keys.empty() ? "" : ", ") + key;
  return keys.empty() ? "none" : keys;
}

// The questions, about one run.
class Questions {
 public:
  explicit Questions(const Script& script) : script_(script), run_(*script.run) {}

  std::vector<Question> ask() && {
    ask_about_gets();
    ask_about_segments();
    ask_about_merge();
    ask_about_power_cut();
    ask_about_tear();
    return std::move(questions_);
  }

 private:
  void add(AnswerForm form, std::string text, const std::string& answer, std::string explanation) {
    questions_.push_back({fmt::format("L0.{}", questions_.size() + 1), form, std::move(text),
                          uniform_answer(form, answer), std::move(explanation)});
  }
  void add(std::string text, std::uint64_t answer, std::string explanation) {
    add(AnswerForm::kNumber, std::move(text), std::to_string(answer), std::move(explanation));
  }

  std::string told(std::size_t step) const { return sim::to_string(run_.at(step).step); }

  // "step 9 (put cat oak) wrote it to 000002.log at byte 64"
  std::string origin(std::uint64_t segment, std::uint64_t offset) const {
    const std::size_t step = run_.step_that_wrote(segment, offset);
    return fmt::format("step {} ({}) wrote it to {} at byte {}", step, told(step), file_of(segment), offset);
  }

  // Before a merge moves records.
  std::string found_where(std::size_t step) const {
    const Seen& get = run_.at(step);
    if (const sim::EventEntry* found = get.find(EventKind::kFound)) {
      return "The newest record of the key decides: " + origin(found->segment, found->offset) + ".";
    }
    if (const sim::EventEntry* stop = get.find(EventKind::kTombstoneStops)) {
      return "The newest record of the key is a tombstone: " + origin(stop->segment, stop->offset) +
             ". It ends the search, whatever is older.";
    }
    return "No segment has a record of the key.";
  }

  std::string value_found(std::size_t step) const {
    const std::string& key = run_.at(step).step[1];
    const auto found = run_.at(step).contents.find(key);
    return found == run_.at(step).contents.end() ? "missing" : found->second;
  }

  void ask_about_gets() {
    for (const std::size_t step : {script_.overwritten, script_.removed}) {
      add(AnswerForm::kValue, fmt::format("What does step {} ({}) find?", step, told(step)), value_found(step),
          fmt::format("Step {}. {}", step, found_where(step)));
    }
    const std::size_t older = script_.older;
    const sim::EventEntry& found = *run_.at(older).find(EventKind::kFound);
    add(fmt::format("Which segment answers step {} ({})? Give its number: 3 for 000003.log.", older, told(older)),
        found.segment, fmt::format("Step {}. {}", older, found_where(older)));
    add(fmt::format("At which byte of that segment's file does the record begin that answers step {} ({})?", older,
                    told(older)),
        found.offset, fmt::format("Step {}. The header takes 32 bytes; then come {}", older, records_before(found)));

    const std::size_t searched = script_.searched;
    const Seen& search = run_.at(searched);
    add(fmt::format("How many segments does step {} ({}) look into before it knows the answer?", searched,
                    told(searched)),
        search.count(EventKind::kProbed),
        fmt::format("Step {} begins with the newest segment and ends at {}. {}", searched,
                    file_of(search.find(EventKind::kProbed)->segment), found_where(searched)));
  }

  // "32 + 40 bytes of records"
  std::string records_before(const sim::EventEntry& record) const {
    std::string sizes;
    for (const LoggedRecord& each : run_.at(script_.older).logs.at(record.segment).records) {
      if (each.offset >= record.offset) break;
      sizes += (sizes.empty() ? "" : " + ") + std::to_string(each.size);
    }
    return sizes + " bytes of records.";
  }

  void ask_about_segments() {
    const std::size_t step = script_.last_write;
    const Seen& seen = run_.at(step);
    std::string rolls;
    for (std::size_t i = 2; i <= step; ++i) {
      if (run_.at(i).find(EventKind::kRolled) != nullptr) rolls += (rolls.empty() ? "" : ", ") + std::to_string(i);
    }
    add(fmt::format("How many segments does the store have after step {}, the active one included?", step),
        seen.segments, fmt::format("Step {}. There was one after the open; a new one was begun in {}.", step, rolls));

    const Log& log = seen.logs.at(script_.sealed_log);
    std::string sizes;
    for (const LoggedRecord& record : log.records) sizes += " + " + std::to_string(record.size);
    add(fmt::format("How many bytes has the file {} after step {}?", file_of(script_.sealed_log), step), log.end,
        fmt::format("Step {}. The header and the records: 32{} bytes.", step, sizes));
  }

  void ask_about_merge() {
    const std::size_t step = script_.merge;
    const Seen& merge = run_.at(step);
    std::string reasons;
    for (const sim::EventEntry& event : merge.events) {
      if (event.kind != EventKind::kMergeDropped) continue;
      reasons += fmt::format("{}{} at byte {} of {} ({})", reasons.empty() ? "" : "; ", event.key, event.offset,
                             file_of(event.segment), event.why);
    }
    add(fmt::format("How many records does step {} ({}) drop?", step, told(step)),
        merge.count(EventKind::kMergeDropped), fmt::format("Step {} drops {}.", step, reasons));

    std::string where;
    for (const auto& [number, log] : merge.logs) {
      for (const LoggedRecord& record : log.records) {
        if (record.key == script_.tombstone && record.type == RecordType::kTombstone) where = file_of(number);
      }
    }
    add(AnswerForm::kYesOrNo,
        fmt::format("After step {}: is a tombstone of {} still in one of the logs?", step, script_.tombstone),
        yes_or_no(!where.empty()),
        fmt::format("Step {}. {}", step,
                    where.empty() ? "Each was superseded, or had nothing older left to hide."
                                  : "There is one in " + where +
                                        ": the merge did not take that segment, or an older one may hold the key."));

    const std::uint64_t output = merge.find(EventKind::kMergeSwitched)->segment;
    std::string sizes;
    for (const LoggedRecord& record : merge.logs.at(output).records) sizes += " + " + std::to_string(record.size);
    add(fmt::format("How many bytes has the log that step {} ({}) writes?", step, told(step)),
        merge.logs.at(output).end,
        fmt::format("Step {} writes {}: the header and the records that it kept, 32{} bytes.", step, file_of(output),
                    sizes));
  }

  // The last step before this one that made all writes durable.
  std::size_t last_sync_before(std::size_t step) const {
    while (run_.at(step).find(EventKind::kSynced) == nullptr && run_.at(step).find(EventKind::kSealed) == nullptr)
      --step;
    return step;
  }

  void ask_about_power_cut() {
    const std::size_t crash = script_.power_cut;
    const std::size_t recover = crash + 1;
    const std::size_t sync = last_sync_before(crash);
    const std::string durable = fmt::format(
        "Step {} ({}) made everything before it durable. What came later was only in "
        "the operating system's cache",
        sync, told(sync));
    add(AnswerForm::kKeys, fmt::format("Which keys have a value after step {} (recover)?", recover),
        keys_of(run_.at(recover).contents), fmt::format("Step {}. {}.", recover, durable));
    const std::size_t get = script_.after_power_cut;
    add(AnswerForm::kValue, fmt::format("What does step {} ({}) find?", get, told(get)), value_found(get),
        fmt::format("Step {}. {}, so the key is as it was after step {}.", get, durable, sync));
  }

  void ask_about_tear() {
    const std::size_t crash = script_.tear;
    const std::size_t recover = crash + 1;
    const sim::EventEntry& cut = *run_.at(recover).find(EventKind::kRecoveryCut);
    add(fmt::format("How many bytes does step {} (recover) cut off as a torn tail?", recover), cut.size,
        fmt::format("Step {}. The last whole record ends at byte {}, and the file at byte {}.", recover, cut.offset,
                    cut.offset + cut.size));
    const std::size_t before = run_.at(crash - 1).writes;
    const std::size_t kept = run_.at(recover).writes;
    add(fmt::format("How many acknowledged writes does the crash in step {} lose?", crash), before - kept,
        fmt::format("Step {}. The write of the torn record and all later ones: {} of {}.", recover, before - kept,
                    sim::plural(before, "write")));
  }

  const Script& script_;
  const ScriptedRun& run_;
  std::vector<Question> questions_;
};

std::string_view form_of(AnswerForm form) {
  switch (form) {
    case AnswerForm::kNumber: return "a number";
    case AnswerForm::kValue: return "the value, or missing";
    case AnswerForm::kYesOrNo: return "yes or no";
    case AnswerForm::kKeys: return "keys, such as ant, bee; or none";
  }
  return "";
}

}  // namespace

std::string uniform_answer(AnswerForm form, const std::string& answer) {
  std::string text;
  for (const char c : answer) {
    const bool separates = std::isspace(static_cast<unsigned char>(c)) != 0 || c == ',' || c == '"' || c == '\'';
    text += separates ? ' ' : static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  }
  std::istringstream stream(text);
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  if (form == AnswerForm::kKeys) {
    std::sort(words.begin(), words.end());
    words.erase(std::unique(words.begin(), words.end()), words.end());
  }
  std::string uniform;
  for (const std::string& word : words) uniform += (uniform.empty() ? "" : ", ") + word;
  return uniform;
}

Paper make_paper(std::uint64_t seed) {
  sim::Random random(seed);
  const Script script = draw_script(&random);
  Paper paper{seed, script.segment_size};
  for (std::size_t step = 1; step <= script.run->steps(); ++step) paper.steps.push_back(script.run->at(step).step);
  paper.questions = Questions(script).ask();
  paper.trace = script.run->trace();
  sim::TraceAbout about;
  about.title = fmt::format("Watch first: the run of paper {}", seed);
  paper.trace.set_about(std::move(about));
  return paper;
}

std::string tell_run(const sim::Trace& trace) {
  std::string text = trace.about().title + "\n";
  std::size_t step = 0;
  for (const sim::TraceEntry& entry : trace.entries()) {
    if (const auto* input = std::get_if<sim::InputEntry>(&entry)) {
      text += fmt::format("{:>3}  {}\n", ++step, sim::to_string(input->step));
    }
    if (const auto* event = std::get_if<sim::EventEntry>(&entry)) {
      text += fmt::format("       {}{}{}{}{}{}\n", name_of(event->kind), event->key.empty() ? "" : " " + event->key,
                          event->segment == 0 ? "" : " " + file_of(event->segment),
                          event->offset == 0 ? "" : fmt::format(" at byte {}", event->offset),
                          event->size == 0 ? "" : fmt::format(", size {}", event->size),
                          event->why.empty() ? "" : ": " + event->why);
    }
    if (const auto* outcome = std::get_if<sim::OutcomeEntry>(&entry)) text += "       = " + outcome->text + "\n";
  }
  return text;
}

std::string tell_paper(const Paper& paper) {
  std::string text = fmt::format(
      "# Watch first: paper {}\n\n"
      "Write your answers into `answers.json` beside this page, then lock them. README.md says how, and has the rules "
      "that\n"
      "you need.\n\n"
      "A segment of this store has {} bytes. Nothing is synced, rolled or merged except as the rules and the steps "
      "say, and\n"
      "no space is reserved in advance.\n\n"
      "## What happens\n\n```\n",
      paper.seed, paper.segment_size);
  for (std::size_t i = 0; i < paper.steps.size(); ++i) {
    text += fmt::format("{:>3}  {}\n", i + 1, sim::to_string(paper.steps[i]));
  }
  text += "```\n\n## Questions\n\n";
  for (const Question& question : paper.questions) {
    text += fmt::format("**{}** {} *({})*\n\n", question.id, question.text, form_of(question.form));
  }
  text.pop_back();
  return text;
}

}  // namespace sediment::labs
