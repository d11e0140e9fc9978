#include "sim/demo/word_count.h"

#include <map>
#include <optional>

#include "engine/tools/words.h"
#include "sim/base/parse_number.h"

namespace sediment::sim {

std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  tools::WordReader reader(text);
  while (auto word = reader.next()) words.push_back(std::move(*word));
  return words;
}

Status count_word(Store& store, const std::string& word) {
  std::string text = "0";
  if (Status s = store.get(word, &text); !s.ok() && !s.is(StatusCode::kNotFound)) return s;
  const auto count = parse_number(text);
  if (!count) return Status::corruption({}, Status::kNoOffset, "the value of \"" + word + "\" is not a count: " + text);
  return store.put(word, std::to_string(*count + 1));
}

Contents plain_count(const std::vector<std::string>& words, std::uint64_t n) {
  std::map<std::string_view, std::uint64_t> counts;
  for (std::uint64_t i = 0; i < n; ++i) ++counts[words[i]];
  Contents contents;
  for (const auto& [word, count] : counts) contents.emplace(word, std::to_string(count));
  return contents;
}

std::uint64_t sum_of_counts(const Contents& counts) {
  std::uint64_t sum = 0;
  for (const auto& [word, count] : counts) sum += parse_number(count).value_or(0);
  return sum;
}

}  // namespace sediment::sim
