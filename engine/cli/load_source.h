// Where `sediment load` gets its pairs from: one class for each format.
//
//   words   each word of the texts is a key, its running count the value (words.h)
//   tsv     key<TAB>value lines; the first tab splits, every other byte is taken as it is
//   jsonl   {"key": ..., "value": ...} lines; strings, or {"hex": "00ff"} for any bytes
#pragma once

#include <cstdint>
#include <memory>
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

  /// The next pair; false at the end. kInvalidArgument for a line that is malformed; kIoError.
  virtual Result<bool> next(Pair* pair) = 0;
  /// The line that the last pair or error came from, 1 being the first; 0 where lines do not matter.
  virtual std::uint64_t line() const { return 0; }

  /// The file that is being read.
  const std::string& file() const;
  std::uint64_t bytes_read() const;
  /// None as soon as one input is a pipe.
  std::optional<std::uint64_t> size_bytes() const;

 protected:
  /// Appends bytes of the current input to `*text`; false when it is at its end.
  Result<bool> read_more(std::string* text) { return inputs_[current_]->read_more(text); }
  /// Goes on to the next input; false when there is none.
  bool next_input();

 private:
  TextInputs inputs_;  // at least one
  std::size_t current_ = 0;
};

/// Counts on from what the store holds, so that a load can be continued and a second text adds to the first. A word
/// ends where its file ends.
class WordSource final : public LoadSource {
 public:
  WordSource(TextInputs inputs, Store& store) : LoadSource(std::move(inputs)), store_(store) {}

  Result<bool> next(Pair* pair) override;
  /// Passes over words without counting them. kInvalidArgument when there are fewer than that.
  Status skip(std::uint64_t words);

 private:
  Result<bool> next_word(std::string* word);
  Status fill();

  Store& store_;
  std::string text_;          // whole words of the current input, as far as position_ not yet given out
  std::string rest_;          // what follows them: perhaps half a word
  std::size_t position_ = 0;  // in text_
  bool input_ended_ = false;
};

/// How many words a store of counts has counted: the sum of all counts, because each word added 1 to exactly one of
/// them. kInvalidArgument if the store holds anything but counts.
Result<std::uint64_t> words_counted(Store& store);

/// tsv and jsonl: a pair a line.
class LineSource final : public LoadSource {
 public:
  /// Splits a line; an error's message says what was expected.
  using ParseLine = Status (*)(std::string_view line, Pair* pair);

  LineSource(TextInputs inputs, ParseLine parse_line) : LoadSource(std::move(inputs)), parse_line_(parse_line) {}

  Result<bool> next(Pair* pair) override;
  std::uint64_t line() const override { return line_; }

 private:
  Result<bool> next_line(std::string_view* line);

  ParseLine parse_line_;
  std::string text_;
  std::size_t position_ = 0;  // in text_
  std::uint64_t line_ = 0;
};

Status parse_tsv_line(std::string_view line, Pair* pair);
Status parse_json_line(std::string_view line, Pair* pair);

}  // namespace sediment::cli
