// A command as a person would type it, run by sh in a process group of its own.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

namespace sediment::sim {

struct ShellCommand {
  std::string command;                   // for sh -c
  std::vector<std::string> arguments;    // added to its words, whatever bytes they have
  std::filesystem::path directory;       // where it runs; empty: here
  std::filesystem::path output;          // a file that is there: its standard output is appended to it
  bool joins_errors = false;             // standard error goes to the same file
  std::vector<std::string> environment;  // "NAME=value", beside this process's own
  std::chrono::milliseconds timeout{60'000};
};

struct ShellResult {
  enum class End { kExit, kSignal, kTimeout, kNotStarted };
  End end = End::kExit;
  int code = 0;  // the exit code, the signal, or errno

  bool succeeded() const { return end == End::kExit && code == 0; }
  /// "ended with exit code 2", "was killed by signal 11", "did not end within 60 s".
  std::string sentence(std::chrono::milliseconds timeout) const;
};

/// Any thread. What the command leaves running in its process group is killed.
ShellResult run(const ShellCommand& command);

}  // namespace sediment::sim
