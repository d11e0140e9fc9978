// Where `sediment load` gets its pairs from: one class for each format.
//
//   words   each word of the text is a key, its running count the value (words.h)
//   tsv     key<TAB>value lines; the first tab separates, all other bytes but a byte order mark are taken as they are
//   jsonl   {"key": ..., "value": ...} lines; strings, or {"hex": "00ff"} for arbitrary bytes
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/cli/text_input.h"
#include "engine/status.h"
#include "engine/store.h"

namespace sediment::cli {

using TextInputs = std::vector<std::unique_ptr<TextInput>>;

/// One thread at a time.
class LoadSource {
 public:
  explicit LoadSource(TextInputs inputs) : inputs_(std::move(inputs)) {}
  virtual ~LoadSource() = default;
  LoadSource(const LoadSource&) = delete;
  LoadSource& operator=(const LoadSource&) = delete;

  /// Reads as far as the first pair, so that an input that holds none need not touch a store. False if there is none.
  /// Errors as next.
  virtual Result<bool> look_ahead() = 0;
  /// The next pair; false at the end. kInvalidArgument for a malformed line, and for a pair that no record can hold;
  /// kIoError. `store` is the one that is loaded.
  virtual Result<bool> next(Store& store, Pair* pair) = 0;
  /// The line that the last pair or error came from, counted from 1; 0 for formats without lines.
  virtual std::uint64_t line() const { return 0; }

  /// The file being read.
  const std::string& file() const;
  std::uint64_t bytes_read() const;
  /// None if any input is a pipe.
  std::optional<std::uint64_t> size_bytes() const;

 protected:
  /// Appends bytes of the current input to `*text`; false at its end.
  Result<bool> read_more(std::string* text) { return inputs_[current_]->read_more(text); }
  /// Moves on to the next input; false if there is none.
  bool next_input();

 private:
  TextInputs inputs_;  // at least one
  std::size_t current_ = 0;
};

/// Continues counting from what the store holds. So a load can be resumed, and a second text adds to the first. A word
/// ends where its file ends.
class WordSource final : public LoadSource {
 public:
  explicit WordSource(TextInputs inputs) : LoadSource(std::move(inputs)) {}

  Result<bool> look_ahead() override;
  Result<bool> next(Store& store, Pair* pair) override;
  /// Skips words without counting them. kInvalidArgument if the text has fewer.
  Status skip(std::uint64_t words);

 private:
  Result<bool> next_word(std::string* word);
  Status fill();

  std::optional<std::string> ahead_;  // a word that was read, but not given out
  std::string text_;                  // whole words of the current input; those before position_ were returned
  std::string rest_;                  // what follows them: possibly half a word
  std::size_t position_ = 0;          // in text_
  bool input_ended_ = false;
};

/// How many words a store of counts has counted: the sum of all counts, because each word added 1 to exactly one of
/// them. kInvalidArgument if the store holds anything but counts.
Result<std::uint64_t> words_counted(Store& store);

/// tsv and jsonl: one pair per line.
class LineSource final : public LoadSource {
 public:
  /// Splits a line. An error's message says what was expected.
  using ParseLine = Status (*)(std::string_view line, Pair* pair);

  LineSource(TextInputs inputs, ParseLine parse_line, bool skip_bad_lines)
      : LoadSource(std::move(inputs)), parse_line_(parse_line), skip_bad_lines_(skip_bad_lines) {}

  Result<bool> look_ahead() override;
  Result<bool> next(Store& store, Pair* pair) override;
  std::uint64_t line() const override { return line_; }

  /// How many lines were left out because they are no pairs, and what was wrong with the first of them.
  std::uint64_t lines_skipped() const { return lines_skipped_; }
  const std::string& first_skipped() const { return first_skipped_; }

 private:
  Result<bool> read_pair(Pair* pair);
  Result<bool> next_line(std::string_view* line);

  ParseLine parse_line_;
  bool skip_bad_lines_;
  std::optional<Pair> ahead_;  // a pair that was read, but not given out
  std::string text_;
  std::size_t position_ = 0;  // in text_
  std::uint64_t line_ = 0;
  std::uint64_t lines_skipped_ = 0;
  std::string first_skipped_;
};

Status parse_tsv_line(std::string_view line, Pair* pair);
Status parse_json_line(std::string_view line, Pair* pair);

}  // namespace sediment::cli
