// Lab 0: the answers by the rules of its page, worked out as a student does, without the engine. They must be those of the
// key, which is what the engine does.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <regex>
#include <set>
#include <stdexcept>

#include "labs/00_watch_first/paper.h"

namespace sediment::labs {
namespace {

constexpr std::uint64_t kHeader = 32;
constexpr std::uint64_t kOfARecord = 24;

struct Written {
  std::string key;
  std::optional<std::string> value;  // none: a tombstone

  std::uint64_t size() const { return (kOfARecord + key.size() + (value ? value->size() : 0) + 7) / 8 * 8; }
};

struct Sheet {  // a column on the student's sheet: one segment
  std::uint64_t number = 0;
  std::vector<Written> records = {};

  std::uint64_t end() const { return offset_of(records.size()); }
  std::uint64_t offset_of(std::size_t record) const {
    std::uint64_t offset = kHeader;
    for (std::size_t i = 0; i < record; ++i) offset += records[i].size();
    return offset;
  }
  std::string file() const { return fmt::format("{:06}.log", number); }
};

struct Hit {
  const Sheet* segment = nullptr;  // null: no segment has a record of the key
  std::uint64_t offset = 0;
  std::optional<std::string> value = {};
  std::size_t asked = 0;
};

// The store of the rules, after some steps.
class ByTheRules {
 public:
  explicit ByTheRules(std::uint64_t segment_size) : segment_size_(segment_size) {}

  void perform(const sim::Step& step) {
    const std::string& verb = step[0];
    if (verb == "put") return append({step[1], step[2]});
    if (verb == "remove") return append({step[1], std::nullopt});
    if (verb == "roll") return roll();
    if (verb == "sync") durable_ = active().records.size();
    if (verb == "merge") return merge(step[1]);
    if (verb == "crash") return crash(step);
    if (verb == "recover") return recover();
    if (verb != "open" && verb != "get" && verb != "sync") throw std::logic_error("the page has no rule for " + verb);
  }

  Hit get(const std::string& key) const {
    Hit hit;
    for (auto segment = segments_.rbegin(); segment != segments_.rend(); ++segment) {
      ++hit.asked;
      for (std::size_t i = segment->records.size(); i-- > 0;) {
        if (segment->records[i].key != key) continue;
        hit.segment = &*segment;
        hit.offset = segment->offset_of(i);
        hit.value = segment->records[i].value;
        return hit;
      }
    }
    return hit;
  }

  std::string keys() const {
    std::set<std::string> keys;
    for (const Sheet& segment : segments_) {
      for (const Written& record : segment.records) {
        if (get(record.key).value) keys.insert(record.key);
      }
    }
    std::string list;
    for (const std::string& key : keys) list += (list.empty() ? "" : ", ") + key;
    return list.empty() ? "none" : list;
  }

  bool has_tombstone_of(const std::string& key) const {
    return std::any_of(segments_.begin(), segments_.end(), [&](const Sheet& segment) {
      return std::any_of(segment.records.begin(), segment.records.end(),
                         [&](const Written& record) { return record.key == key && !record.value; });
    });
  }

  std::uint64_t size_of(const std::string& file) const {
    for (const Sheet& segment : segments_) {
      if (segment.file() == file) return segment.end();
    }
    throw std::logic_error("there is no " + file);
  }

  std::size_t segments() const { return segments_.size(); }
  std::size_t dropped() const { return dropped_; }
  std::uint64_t merged_size() const { return merged_size_; }
  std::uint64_t torn_tail() const { return torn_tail_; }
  std::size_t lost() const { return lost_; }
  bool crashed_with_no_record_left() const { return no_record_left_; }

 private:
  Sheet& active() { return segments_.back(); }

  void begin_segment() {
    segments_.push_back({next_number_++});
    durable_ = 0;
  }

  void roll() {
    if (!active().records.empty()) begin_segment();
  }

  void append(Written record) {
    if (active().end() + record.size() > segment_size_) roll();
    active().records.push_back(std::move(record));
  }

  void merge(const std::string& run) {
    const std::size_t dots = run.find("..");
    const std::size_t first = std::stoul(run.substr(0, dots)) - 1;
    const std::size_t last = std::stoul(run.substr(dots + 2)) - 1;
    const std::size_t sealed = segments_.size() - 1;
    if (last >= sealed) throw std::logic_error("a merge is of sealed segments");
    Sheet output{next_number_++};
    dropped_ = 0;
    for (std::size_t s = first; s <= last; ++s) {
      for (std::size_t i = 0; i < segments_[s].records.size(); ++i) {
        const Written& record = segments_[s].records[i];
        bool newer = false;
        for (std::size_t other = s; other < sealed; ++other) {
          for (std::size_t j = other == s ? i + 1 : 0; j < segments_[other].records.size(); ++j) {
            newer = newer || segments_[other].records[j].key == record.key;
          }
        }
        if (newer || (!record.value && first == 0)) {
          ++dropped_;
        } else {
          output.records.push_back(record);
        }
      }
    }
    merged_size_ = output.end();
    const auto at = [&](std::size_t position) { return segments_.begin() + static_cast<std::ptrdiff_t>(position); };
    segments_.erase(at(first), at(last + 1));
    segments_.insert(at(first), std::move(output));
  }

  void crash(const sim::Step& step) {
    std::vector<Written>& records = active().records;
    const std::size_t before = records.size();
    if (step[1] == "lose-unsynced") {
      records.resize(durable_);
    } else if (step[1] == "torn-byte") {
      if (step[2] != active().file()) throw std::logic_error(step[2] + " is not " + active().file());
      const std::uint64_t end = std::stoull(step[3]);
      while (active().end() > end) records.pop_back();
      torn_tail_ = end - active().end();
    } else {
      throw std::logic_error("the page has no rule for this crash");
    }
    lost_ = before - records.size();
  }

  void recover() {
    no_record_left_ = no_record_left_ || active().records.empty();
    if (active().records.empty()) {
      segments_.pop_back();
    } else {
      active().number = next_number_++;
    }
    begin_segment();
  }

  std::uint64_t segment_size_;
  std::uint64_t next_number_ = 2;
  std::vector<Sheet> segments_{{1}};  // oldest first; the last is active
  std::size_t durable_ = 0;           // records of the active segment
  std::size_t dropped_ = 0;           // by the last merge
  std::uint64_t merged_size_ = 0;
  std::uint64_t torn_tail_ = 0;
  std::size_t lost_ = 0;  // in the last crash
  bool no_record_left_ = false;
};

ByTheRules after(const Paper& paper, std::size_t step) {
  ByTheRules store(paper.segment_size);
  for (std::size_t i = 0; i < step; ++i) store.perform(paper.steps[i]);
  return store;
}

std::string yes_or_no(bool yes) { return yes ? "yes" : "no"; }

// What a student who follows the page writes down.
std::string answer_by_the_rules(const Paper& paper, const Question& question) {
  const auto has = [&](const char* words) { return question.text.find(words) != std::string::npos; };
  const auto word_after = [&](const std::string& words) {
    const std::size_t at = question.text.find(words) + words.size();
    return question.text.substr(at, question.text.find_first_of(" ?", at) - at);
  };
  std::smatch found;
  if (!std::regex_search(question.text, found, std::regex("[Ss]tep ([0-9]+)"))) throw std::logic_error(question.text);
  const std::size_t number = std::stoul(found[1]);
  const sim::Step& step = paper.steps.at(number - 1);
  const ByTheRules store = after(paper, number);
  const Hit hit = store.get(step.size() > 1 ? step[1] : "");
  if (has("What does step")) return hit.value.value_or("missing");
  if (has("Which segment answers")) return std::to_string(hit.segment->number);
  if (has("At which byte")) return std::to_string(hit.offset);
  if (has("look into")) return std::to_string(hit.asked);
  if (has("How many segments does the store have")) return std::to_string(store.segments());
  if (has("How many bytes has the file")) return std::to_string(store.size_of(word_after("the file ")));
  if (has("How many records")) return std::to_string(store.dropped());
  if (has("is a tombstone of")) return yes_or_no(store.has_tombstone_of(word_after("a tombstone of ")));
  if (has("How many bytes has the log")) return std::to_string(store.merged_size());
  if (has("Which keys")) return store.keys();
  if (has("as a torn tail")) return std::to_string(store.torn_tail());
  if (has("acknowledged writes does the crash")) return std::to_string(store.lost());
  throw std::logic_error("the page has no rule for this: " + question.text);
}

TEST(PaperByTheRules, HasTheAnswersOfTheKey) {
  constexpr std::uint64_t kPapers = 120;
  std::vector<std::uint64_t> seeds{20260906};
  while (seeds.size() < kPapers) seeds.push_back(seeds.size());
  std::size_t without_a_record = 0;
  std::set<std::string> tails;
  for (const std::uint64_t seed : seeds) {
    const Paper paper = make_paper(seed);
    ASSERT_EQ(paper.questions.size(), kQuestions);
    for (const Question& question : paper.questions) {
      EXPECT_EQ(answer_by_the_rules(paper, question), question.answer)
          << "paper " << seed << ", " << question.id << " " << question.text;
    }
    if (after(paper, paper.steps.size()).crashed_with_no_record_left()) ++without_a_record;
    tails.insert(paper.questions[12].answer);
  }
  EXPECT_GT(without_a_record, 5U) << "a log of which no record is left is a case of the rules, so it should be met";
  EXPECT_GT(tails.size(), 10U) << "torn tails of many sizes";
}

}  // namespace
}  // namespace sediment::labs
