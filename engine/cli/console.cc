#include "engine/cli/console.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace sediment::cli {

ExitCode exit_code_of(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return ExitCode::kOk;
    case StatusCode::kInvalidArgument: return ExitCode::kUsage;
    case StatusCode::kCorruption: return ExitCode::kCorruption;
    case StatusCode::kNotFound:  // no store; fail_no_key tells of a missing key
    case StatusCode::kIoError:
    case StatusCode::kNoSpace:
    case StatusCode::kNoMemory:
    case StatusCode::kReadOnly: return ExitCode::kIo;
    case StatusCode::kBusy: return ExitCode::kBusy;
  }
  return ExitCode::kIo;
}

std::string_view json_name_of(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return "ok";
    case StatusCode::kNotFound: return "no_store";
    case StatusCode::kCorruption: return "corruption";
    case StatusCode::kIoError: return "io_error";
    case StatusCode::kNoSpace: return "no_space";
    case StatusCode::kInvalidArgument: return "invalid_argument";
    case StatusCode::kBusy: return "busy";
    case StatusCode::kReadOnly: return "read_only";
    case StatusCode::kNoMemory: return "no_memory";
  }
  return "unknown";
}

std::string to_text(const Json& object) {
  return tools::json_for_terminals(object.dump(-1, ' ', false, Json::error_handler_t::replace));
}

void Console::write(std::string_view bytes) {
  if (write_error_ != 0 || bytes.empty()) return;
  has_output_ = true;
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) write_error_ = errno;
}

void Console::write_line(std::string_view line) {
  write(tools::printable(line));
  write("\n");
}

bool Console::is_terminal() { return ::isatty(STDOUT_FILENO) == 1; }

void Console::flush() {
  if (write_error_ == 0 && std::fflush(stdout) != 0) write_error_ = errno;
}

void Console::note(std::string_view sentence, std::string_view advice) const {
  const std::string line = fmt::format("sediment: {}\n{}{}{}", tools::printable(sentence), advice.empty() ? "" : "  ",
                                       advice, advice.empty() ? "" : "\n");
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

ExitCode Console::fail(const Status& status, const Json& details) {
  tell(status);
  if (json_) {
    Json error = json_of_error(status);
    error.update(details);
    write_line(to_text({{"error", error}}));
  }
  return exit_code_of(status.code());
}

ExitCode Console::fail_in_object(const Status& status) {
  tell(status);
  if (json_) write_line(",\"error\":" + to_text(json_of_error(status)) + "}");
  return exit_code_of(status.code());
}

void Console::tell(const Status& status) const {
  std::string sentence = status.to_string();
  // The engine names the file; the directory is known here.
  if (!directory_.empty() && sentence.find(directory_) == std::string::npos) sentence = directory_ + ": " + sentence;
  note(sentence, advice_for(status.code()));
}

Json Console::json_of_error(const Status& status) const {
  Json error{{"code", json_name_of(status.code())}, {"message", status.message()}};
  if (!directory_.empty()) error["directory"] = directory_;
  if (!status.file().empty()) error["file"] = status.file();
  if (status.offset() != Status::kNoOffset) error["offset"] = status.offset();
  return error;
}

ExitCode Console::fail_no_key(std::string_view key) {
  const std::string message = "no key " + preview(key, 80);
  note(message);
  if (json_) write_line(to_text({{"error", {{"code", "not_found"}, {"message", message}}}}));
  return ExitCode::kNotFound;
}

ExitCode Console::fail_usage(const std::string& message) {
  note(message, "Run `sediment --help` or `sediment COMMAND --help`. Arguments after -- are never options.");
  if (json_) write_line(to_text({{"error", {{"code", "usage"}, {"message", message}}}}));
  return ExitCode::kUsage;
}

ExitCode Console::fail_unexpected(std::string_view code, std::string_view message) {
  note(message);
  if (json_ && !has_output_) write_line(to_text({{"error", {{"code", code}, {"message", message}}}}));
  return ExitCode::kIo;
}

std::string Console::advice_for(StatusCode code) const {
  if (directory_.empty()) return {};
  const std::string directory = escape(directory_);
  switch (code) {
    case StatusCode::kCorruption:
      return fmt::format(
          "`sediment verify {0}` lists all damage, `sediment dump {0} FILE` shows the bytes,\n"
          "  `sediment salvage {0} NEWDIR` copies what still verifies into a new store.",
          directory);
    case StatusCode::kBusy:
      return "Try again when the other process has closed the store, or let the command wait: --wait SECONDS.";
    case StatusCode::kNoSpace:
      return "No part of this write was kept. Free some space on this file system and try again.";
    case StatusCode::kIoError: return "Check the path, its permissions and the disk.";
    case StatusCode::kReadOnly: return "The next open recovers what was written.";
    case StatusCode::kNoMemory: return "No part of this write was kept. Try again when more memory is available.";
    case StatusCode::kNotFound: return fmt::format("`sediment put {} KEY VALUE` creates one.", directory);
    case StatusCode::kOk:
    case StatusCode::kInvalidArgument: break;
  }
  return {};
}

ExitCode Console::finish(ExitCode code) {
  if (std::fflush(stdout) != 0 && write_error_ == 0) write_error_ = errno;
  if (write_error_ == 0 || write_error_ == EPIPE) return code;  // the reader that closed the pipe has seen enough
  note("cannot write the output: " + std::generic_category().message(write_error_));
  return code == ExitCode::kOk ? ExitCode::kIo : code;
}

}  // namespace sediment::cli
