// The table of labs.
#include <fmt/format.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "labs/grader/checks.h"
#include "labs/grader/own_lab.h"

namespace sediment::labs {

namespace {

// The sentences, hints and points are texts for students, so they are in a file beside the lab's README.
void read_texts(const std::string& root, Lab* lab) {
  const std::string path = root + "/labs/" + lab->folder + "/hints.json";
  std::ifstream file(path);
  const nlohmann::json texts = nlohmann::json::parse(file, nullptr, false);
  if (!texts.is_object()) throw std::runtime_error(path + " is missing, or is not JSON");
  for (Check& check : lab->checks) {
    const auto text = texts.find(check.id);
    const bool complete = text != texts.end() && text->is_object() && text->contains("sentence") &&
                          text->contains("hint") && text->contains("points");
    if (!complete) throw std::runtime_error(path + " has no sentence, hint and points for " + check.id);
    check.sentence = text->at("sentence").get<std::string>();
    check.hint = text->at("hint").get<std::string>();
    check.points = text->at("points").get<int>();
  }
}

// The checks of a lab without a component, L0.1 to L0.14.
std::vector<Check> only_texts(int lab, int count) {
  std::vector<Check> checks(static_cast<std::size_t>(count));
  for (int i = 0; i < count; ++i) checks[static_cast<std::size_t>(i)].id = fmt::format("L{}.{}", lab, i + 1);
  return checks;
}

}  // namespace

std::string Lab::file() const { return own == nullptr ? component + ".cc" : own->file(); }

std::vector<Lab> all_labs(const std::string& root) {
  std::vector<Lab> labs{
      {0, "Watch first", "00_watch_first", "", nullptr, only_texts(0, 14), &watch_first()},
      {1, "Text log", "01_text_log", "text_log", &sim::text_log_kind(), text_log_checks()},
      {2, "Records", "02_records", "record", &sim::engine_kind(), record_checks()},
      {3, "Appending", "03_appending", "log_writer", &sim::engine_kind(), log_writer_checks()},
      {4, "Where a log ends", "04_log_end", "log_end", &sim::engine_kind(), log_end_checks()},
      {5, "Hash index", "05_hash_index", "hash_index", &sim::engine_kind(), hash_index_checks()},
      {6, "Lookup", "06_lookup", "lookup", &sim::engine_kind(), lookup_checks()},
      {7, "Publish", "07_publish", "publish", &sim::engine_kind(), publish_checks()},
      {8, "Merge", "08_merge", "merge", &sim::engine_kind(), merge_checks()},
      {9, "Recovery", "09_recovery", "recovery", &sim::engine_kind(), recovery_checks()},
      {10, "Snapshots", "10_snapshots", "snapshot", &sim::engine_kind(), snapshot_checks()},
      {11, "Group commit", "11_group_commit", "group_commit", &sim::engine_kind(), group_commit_checks()},
      {12, "Bug hunt", "12_bug_hunt", "", nullptr, only_texts(12, 15), &bug_hunt()},
  };
  // A course may give out only some of them (course/handout.py).
  std::erase_if(labs, [&](const Lab& lab) { return !std::filesystem::is_directory(root + "/labs/" + lab.folder); });
  for (Lab& lab : labs) read_texts(root, &lab);
  return labs;
}

}  // namespace sediment::labs
