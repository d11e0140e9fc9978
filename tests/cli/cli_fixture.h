// What the tests of the command share: a temporary directory, the binary, and ways to damage a file.
#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "tests/cli/run_process.h"

namespace sediment::test {

using Json = nlohmann::json;

class Cli : public testing::Test {
 protected:
  Cli() {
    (void)std::signal(SIGPIPE, SIG_IGN);  // if a process does not read its input, the test fails but keeps running
    std::string name = (std::filesystem::temp_directory_path() / "sediment-cli-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary directory");
    directory_ = name;
  }
  ~Cli() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  std::string path(const std::string& name) const { return directory_ + "/" + name; }
  /// The store that most tests use.
  std::string store() const { return path("store"); }

  static std::vector<std::string> command(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SEDIMENT_BIN_DIR "/sediment");
    return arguments;
  }
  ProcessResult run(const std::vector<std::string>& arguments, std::string_view input = {}) {
    return run_process(command(arguments), path("run"), input);
  }
  /// Runs with --json, expects the exit code, and returns the one object on stdout.
  Json run_json(std::vector<std::string> arguments, int exit_code, std::string_view input = {}) {
    arguments.insert(arguments.begin() + 1, "--json");
    const ProcessResult result = run(arguments, input);
    EXPECT_EQ(result.exit_code, exit_code) << result.errors;
    const Json object = Json::parse(result.output, nullptr, false);
    EXPECT_TRUE(object.is_object()) << "not one JSON object: " << result.output;
    return object;
  }
  /// Runs and expects success.
  std::string run_ok(const std::vector<std::string>& arguments, std::string_view input = {}) {
    const ProcessResult result = run(arguments, input);
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return result.output;
  }

  /// Creates a store whose only sealed segment holds these records, in this order. Returns the segment's path.
  std::string make_store_of(const std::string& tsv) {
    run_ok({"load", store(), "-", "--format", "tsv"}, tsv);
    return only_segment();
  }
  /// The path of the oldest segment according to `stats`.
  std::string only_segment() {
    const Json stats = run_json({"stats", store()}, 0);
    EXPECT_FALSE(stats["segments"].empty());
    return store() + "/" + stats["segments"][0]["file"].get<std::string>();
  }
  /// What `dump` shows for a file.
  Json entries_of(const std::string& file) { return run_json({"dump", file}, 0)["files"][0]["entries"]; }

  /// Starts a load of `lines` (tsv) that continues until the test ends it. On return, the process holds the lock, and
  /// all lines except those in the last 2 * kPipeSize bytes are in the store.
  std::unique_ptr<RunningProcess> start_load(const std::string& lines, const std::vector<std::string>& options = {}) {
    std::vector<std::string> arguments{"load", store(), "-", "--format", "tsv", "--quiet"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    auto process = std::make_unique<RunningProcess>(command(arguments), path("load"));
    process->write(lines);
    return process;
  }
  /// Leaves a store with one active log, its process killed between two records, with blank space after them. Returns
  /// the log's path. A kill may strike within a record and leave it torn: then it tries again.
  std::string leave_active_log_of(const std::string& lines, const std::vector<std::string>& options = {}) {
    const auto is_damaged = [](const Json& entry) { return entry.contains("damage"); };
    for (int attempt = 0; attempt < 20; ++attempt) {
      std::filesystem::remove_all(store());
      start_load(lines, options)->kill();
      std::string log = only_segment();
      const Json entries = entries_of(log);
      if (std::none_of(entries.begin(), entries.end(), is_damaged) && entries.back()["kind"] == "blank") return log;
    }
    ADD_FAILURE() << "no kill struck between two records";
    return only_segment();
  }

 private:
  std::string directory_;
};

/// key0000<TAB>value..., each line 100 bytes.
inline std::string numbered_lines(int count) {
  std::string lines;
  for (int i = 0; i < count; ++i) {
    const std::string number = std::to_string(10'000 + i).substr(1);
    lines += "key" + number + "\t" + number + std::string(87, 'v') + "\n";
  }
  return lines;
}

inline void flip_bit(const std::string& file, std::uint64_t offset, unsigned bit = 0) {
  std::string bytes = read_text(file);
  ASSERT_LT(offset, bytes.size());
  bytes[offset] = static_cast<char>(static_cast<unsigned char>(bytes[offset]) ^ (1U << bit));
  write_text(file, bytes);
}

inline void overwrite(const std::string& file, std::uint64_t offset, std::string_view with) {
  std::string bytes = read_text(file);
  ASSERT_LE(offset + with.size(), bytes.size());
  bytes.replace(offset, with.size(), with);
  write_text(file, bytes);
}

}  // namespace sediment::test
