#include "engine/cli/console.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <system_error>

namespace sediment::cli {

ExitCode exit_code_of(StatusCode code) {
  switch (code) {
    case StatusCode::kOk: return ExitCode::kOk;
    case StatusCode::kNotFound: return ExitCode::kNotFound;
    case StatusCode::kInvalidArgument: return ExitCode::kUsage;
    case StatusCode::kCorruption: return ExitCode::kCorruption;
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
    case StatusCode::kNotFound: return "not_found";
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

std::string to_text(const Json& object) { return object.dump(-1, ' ', false, Json::error_handler_t::replace); }

void Console::write(std::string_view bytes) {
  if (write_error_ != 0 || bytes.empty()) return;
  has_output_ = true;
  if (std::fwrite(bytes.data(), 1, bytes.size(), stdout) != bytes.size()) write_error_ = errno;
}

void Console::write_line(std::string_view line) {
  write(line);
  write("\n");
}

void Console::flush() {
  if (write_error_ == 0 && std::fflush(stdout) != 0) write_error_ = errno;
}

void Console::note(std::string_view sentence) const {
  const std::string line = fmt::format("sediment: {}\n", sentence);
  (void)std::fwrite(line.data(), 1, line.size(), stderr);
}

ExitCode Console::fail(const Status& status, const Json& details) {
  const std::string advice = advice_for(status.code());
  note(status.to_string() + (advice.empty() ? "" : "\n  " + advice));
  if (json_) {
    Json error{{"code", json_name_of(status.code())}, {"message", status.message()}};
    if (!status.file().empty()) error["file"] = status.file();
    if (status.offset() != Status::kNoOffset) error["offset"] = status.offset();
    error.update(details);
    write_line(to_text({{"error", error}}));
  }
  return exit_code_of(status.code());
}

ExitCode Console::fail_usage(const std::string& message) {
  note(message + "\n  Run `sediment --help` or `sediment COMMAND --help`. Arguments after -- are never options.");
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
  switch (code) {
    case StatusCode::kCorruption:
      return fmt::format(
          "`sediment verify {0}` lists all damage, `sediment dump {0} FILE` shows the bytes,\n"
          "  `sediment salvage {0} NEWDIR` copies what still verifies into a new store.",
          directory_);
    case StatusCode::kBusy: return "Try again when the other process has closed the store.";
    case StatusCode::kNoSpace:
      return "No part of this write was kept. Free some space on this file system and try again.";
    case StatusCode::kIoError: return "Check the path, its permissions and the disk.";
    case StatusCode::kReadOnly: return "The next open recovers what was written.";
    case StatusCode::kNoMemory: return "No part of this write was kept. Try again when more memory is available.";
    case StatusCode::kOk:
    case StatusCode::kNotFound:
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
