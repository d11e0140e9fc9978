#include "engine/cli/load_source.h"

#include <fmt/format.h>

#include <charconv>

#include "engine/cli/text.h"
#include "engine/tools/json_nesting.h"
#include "engine/tools/words.h"
#include "engine/writer.h"

namespace sediment::cli {

namespace {

std::optional<std::uint64_t> parse_count(std::string_view text) {
  std::uint64_t count = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, count);
  if (text.empty() || error != std::errc() || stopped != end) return std::nullopt;
  return count;
}

Status not_a_count(std::string_view key, std::string_view value) {
  return Status::invalid_argument(
      fmt::format("the store does not hold only word counts: {} has the value {}; load words into a separate store",
                  preview(key, 40), preview(value, 40)));
}

}  // namespace

// ---- all sources

const std::string& LoadSource::file() const { return inputs_[current_]->name(); }

std::uint64_t LoadSource::bytes_read() const {
  std::uint64_t sum = 0;
  for (const auto& input : inputs_) sum += input->bytes_read();
  return sum;
}

std::optional<std::uint64_t> LoadSource::size_bytes() const {
  std::uint64_t sum = 0;
  for (const auto& input : inputs_) {
    if (!input->size_bytes()) return std::nullopt;
    sum += *input->size_bytes();
  }
  return sum;
}

bool LoadSource::next_input() {
  if (current_ + 1 == inputs_.size()) return false;
  ++current_;
  return true;
}

// ---- words

Result<bool> WordSource::look_ahead() {
  std::string word;
  Result<bool> found = next_word(&word);
  if (found.ok() && *found) ahead_ = std::move(word);
  return found;
}

Result<bool> WordSource::next(Store& store, Pair* pair) {
  Result<bool> found = next_word(&pair->first);
  if (!found.ok() || !*found) return found;
  if (Status s = check_sizes(pair->first, {}); !s.ok()) return s;
  std::uint64_t count = 0;
  std::string held;
  const Status status = store.get(pair->first, &held);
  if (status.ok()) {
    const std::optional<std::uint64_t> old = parse_count(held);
    if (!old) return not_a_count(pair->first, held);
    count = *old;
  } else if (!status.is(StatusCode::kNotFound)) {
    return status;
  }
  pair->second = std::to_string(count + 1);
  return true;
}

Status WordSource::skip(std::uint64_t words) {
  std::string word;
  for (std::uint64_t skipped = 0; skipped < words; ++skipped) {
    Result<bool> found = next_word(&word);
    if (!found.ok()) return found.status();
    if (!*found) {
      return Status::invalid_argument(
          fmt::format("the store has counted {}, but the text has only {}: this is not the text "
                      "that it was loaded from",
                      counted(words, "word"), grouped(skipped)));
    }
  }
  return {};
}

Result<bool> WordSource::next_word(std::string* word) {
  if (ahead_) {
    *word = std::move(*ahead_);
    ahead_.reset();
    return true;
  }
  while (true) {
    tools::WordReader reader(std::string_view(text_).substr(position_));
    std::optional<std::string> next = reader.next();
    position_ += reader.position();
    if (next) {
      *word = std::move(*next);
      return true;
    }
    if (input_ended_) {
      if (!next_input()) return false;
      input_ended_ = false;
    }
    if (Status s = fill(); !s.ok()) return s;
  }
}

// Reads until there is a place to cut the text that is not inside a word.
Status WordSource::fill() {
  text_ = std::move(rest_);
  rest_.clear();
  position_ = 0;
  while (true) {
    const std::size_t old_size = text_.size();
    Result<bool> more = read_more(&text_);
    if (!more.ok()) return more.status();
    if (!*more) {
      input_ended_ = true;
      return {};
    }
    for (std::size_t end = text_.size(); end > old_size; --end) {
      if (!tools::WordReader::separates(text_[end - 1])) continue;
      rest_ = text_.substr(end);
      text_.resize(end);
      return {};
    }
  }
}

Result<std::uint64_t> words_counted(Store& store) {
  std::uint64_t sum = 0;
  Status failure;
  Status status = store.for_each([&](std::string_view key, std::string_view value) {
    const std::optional<std::uint64_t> count = parse_count(value);
    if (!count) failure = not_a_count(key, value);
    sum += count.value_or(0);
    return failure.ok();
  });
  if (!status.ok()) return status;
  if (!failure.ok()) return failure;
  return sum;
}

// ---- lines

Result<bool> LineSource::look_ahead() {
  Pair pair;
  Result<bool> found = read_pair(&pair);
  if (found.ok() && *found) ahead_ = std::move(pair);
  return found;
}

Result<bool> LineSource::next(Store&, Pair* pair) {
  if (!ahead_) return read_pair(pair);
  *pair = std::move(*ahead_);
  ahead_.reset();
  return true;
}

Result<bool> LineSource::read_pair(Pair* pair) {
  while (true) {
    std::string_view line;
    Result<bool> found = next_line(&line);
    if (!found.ok() || !*found) return found;
    ++line_;
    Status status = parse_line_(line, pair);
    if (status.ok()) status = check_sizes(pair->first, pair->second);
    if (status.ok()) return true;
    if (!skip_bad_lines_) return status;
    if (lines_skipped_++ == 0) first_skipped_ = fmt::format("{}, line {}: {}", file(), line_, status.message());
  }
}

Result<bool> LineSource::next_line(std::string_view* line) {
  std::size_t searched = position_;
  while (true) {
    const std::size_t end = text_.find('\n', searched);
    if (end != std::string::npos) {
      *line = std::string_view(text_).substr(position_, end - position_);
      position_ = end + 1;
      return true;
    }
    text_.erase(0, position_);
    position_ = 0;
    searched = text_.size();
    Result<bool> more = read_more(&text_);
    if (!more.ok()) return more;
    if (*more) continue;
    if (!text_.empty()) {  // a last line without its newline
      *line = text_;
      position_ = text_.size();
      return true;
    }
    if (!next_input()) return false;
    line_ = 0;
  }
}

Status parse_tsv_line(std::string_view line, Pair* pair) {
  const std::size_t tab = line.find('\t');
  if (tab == std::string_view::npos) {
    return Status::invalid_argument("expected key<TAB>value, found no tab in \"" + preview(line, 60) + "\"");
  }
  pair->first = line.substr(0, tab);
  pair->second = line.substr(tab + 1);
  return {};
}

namespace {

constexpr std::size_t kPairNesting = 2;  // the pair, and {"hex": ...} in it

std::optional<std::string> bytes_of(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  const bool hex = value.is_object() && value.size() == 1 && value.contains("hex") && value["hex"].is_string();
  return hex ? bytes_of_hex(value["hex"].get<std::string>()) : std::nullopt;
}

}  // namespace

Status parse_json_line(std::string_view line, Pair* pair) {
  const auto malformed = [&](std::string_view found) {
    return Status::invalid_argument(
        fmt::format("expected {{\"key\": ..., \"value\": ...}} with strings or {{\"hex\": \"00ff\"}}, {} "
                    "in \"{}\"",
                    found, preview(line, 60)));
  };
  if (tools::too_deep_at(line, kPairNesting)) return malformed("found deeper nesting");
  const Json object = Json::parse(line, nullptr, false);
  if (object.is_discarded()) return malformed("found no valid JSON");
  if (!object.is_object() || object.size() != 2 || !object.contains("key") || !object.contains("value")) {
    return malformed("found different members");
  }
  const std::optional<std::string> key = bytes_of(object["key"]);
  const std::optional<std::string> value = bytes_of(object["value"]);
  if (!key || !value) return malformed(key ? "found a different kind of value" : "found a different kind of key");
  *pair = {*key, *value};
  return {};
}

}  // namespace sediment::cli
