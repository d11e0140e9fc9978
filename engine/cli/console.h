// Where a command's output goes: results to stdout, everything else to stderr, and one exit code.
//
//   0 ok   1 no such key   2 usage or malformed input   3 corruption   4 I/O, no store, no space, read-only   5 busy
//
// With --json, stdout carries exactly one JSON object: the result or {"error": ...}. The messages on stderr stay the
// same. No control character of a key, a file name or an argument reaches the terminal: lines and messages are made
// printable here. A reader that goes away (`sediment scan DIR | head`) ends the output quietly; any other failure to
// write it is an error. One thread at a time.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "engine/cli/text.h"
#include "engine/status.h"

namespace sediment::cli {

enum class ExitCode : std::uint8_t { kOk = 0, kNotFound = 1, kUsage = 2, kCorruption = 3, kIo = 4, kBusy = 5 };

ExitCode exit_code_of(StatusCode code);

/// "no_store", "io_error" and so on: the names in JSON. Never fails.
std::string_view json_name_of(StatusCode code);

class Console {
 public:
  explicit Console(bool json) : json_(json) {}

  bool json() const { return json_; }
  /// The store that the command works on, for the advice that fail() gives.
  void set_directory(std::string directory) { directory_ = std::move(directory); }

  /// To stdout, unchanged: values, JSON, and what has been made printable.
  void write(std::string_view bytes);
  /// One line of text, with control characters as \xNN, and bytes that are not UTF-8 too.
  void write_line(std::string_view line);
  /// Whether a person sees stdout.
  static bool is_terminal();
  /// Passes on to the reader what was written so far.
  void flush();
  /// True when the output has no reader any more; a command that still has a lot to print can stop.
  bool output_ended() const { return write_error_ != 0; }

  /// A sentence on stderr, made printable. `advice` follows on lines of its own.
  void note(std::string_view sentence, std::string_view advice = {}) const;
  /// Reports on stderr what happened, where, and what to do. With --json also on stdout, where `details` are added to
  /// the error's members.
  ExitCode fail(const Status& status, const Json& details = Json::object());
  /// The same when the JSON object has been begun: completes it with the error.
  ExitCode fail_in_object(const Status& status);
  /// The same for a key that the store does not hold.
  ExitCode fail_no_key(std::string_view key);
  /// The same for a command line that cannot be understood.
  ExitCode fail_usage(const std::string& message);
  /// The same for an exception; `code` is its name in JSON. If output has already begun, the JSON stays incomplete.
  ExitCode fail_unexpected(std::string_view code, std::string_view message);

  /// Call this last. Returns `code`, unless the output could not be written.
  ExitCode finish(ExitCode code);

 private:
  void tell(const Status& status) const;
  Json json_of_error(const Status& status) const;
  std::string advice_for(StatusCode code) const;

  bool json_;
  bool has_output_ = false;  // something was written to stdout
  std::string directory_;
  int write_error_ = 0;  // the errno of the first write that failed
};

/// The object as one line of text. Bytes in names and messages that are not UTF-8 are replaced; they never cause an
/// exception.
std::string to_text(const Json& object);

}  // namespace sediment::cli
