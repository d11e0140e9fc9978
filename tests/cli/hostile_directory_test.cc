// Commands in a directory where something else takes the place of a file: each ends with an exit code of its own.
#include <sys/stat.h>

#include "tests/cli/cli_fixture.h"

namespace sediment::test {
namespace {

namespace fs = std::filesystem;

class CliHostileDirectory : public Cli {
 protected:
  // With a time limit: 124 is a command that waits for ever.
  ProcessResult run_for_a_while(const std::vector<std::string>& arguments) {
    std::vector<std::string> limited{"/usr/bin/timeout", "-k", "1", "30"};
    for (const std::string& word : command(arguments)) limited.push_back(word);
    return run_process(limited, path("run"), {});
  }
};

TEST_F(CliHostileDirectory, EveryCommandEndsWhateverIsInPlaceOfAFile) {
  const std::vector<std::string> names{"LOCK",       "MANIFEST",   "MANIFEST.tmp",  "000001.log",
                                       "000001.idx", "000009.log", "000009.idx.tmp"};
  int cases = 0;
  for (const std::string& kind : {std::string("fifo"), std::string("directory"), std::string("dangling link")}) {
    for (const std::string& name : names) {
      fs::remove_all(store());
      fs::remove_all(path("outside"));
      fs::create_directory(path("outside"));
      make_store_of("sky\tblue\n");
      const fs::path place = fs::path(store()) / name;
      fs::remove(place);
      if (kind == "fifo") {
        ASSERT_EQ(::mkfifo(place.c_str(), 0666), 0);
      } else if (kind == "directory") {
        fs::create_directory(place);
      } else {
        fs::create_symlink(path("outside") + "/created", place);
      }
      const std::string copy = path("copy") + std::to_string(cases);
      const std::vector<std::vector<std::string>> commands{
          {"get", store(), "sky"},
          {"scan", store()},
          {"stats", store()},
          {"verify", store()},
          {"salvage", store(), copy + "s"},
          {"dump", store()},
          {"dump", place},
          {"watch", store(), "--once"},
          {"backup", store(), copy + "b"},
          {"put", store(), "sea", "green"},
          {"merge", store()},
      };
      for (const auto& words : commands) {
        const ProcessResult result = run_for_a_while(words);
        EXPECT_TRUE(result.exit_code >= 0 && result.exit_code <= 5)
            << words[0] << " with " << name << " as a " << kind << ": exit code " << result.exit_code;
        EXPECT_TRUE(result.exit_code == 0 || !result.errors.empty() || !result.output.empty())
            << words[0] << " with " << name << " as a " << kind;
        ++cases;
      }
      EXPECT_TRUE(fs::is_empty(path("outside"))) << name;
      EXPECT_TRUE(kind != "directory" || fs::is_directory(place)) << name;
    }
  }
  EXPECT_EQ(cases, 3 * 7 * 11);
}

TEST_F(CliHostileDirectory, AStoreOfManySegmentsIsReadUnderTheUsualLimit) {
  // A soft limit of 64 is raised; with a hard one the command has to manage.
  run_ok({"load", store(), "-", "--format", "tsv", "--segment-size", "256", "--merge", "off", "--quiet"},
         numbered_lines(300));
  for (const std::string& limit : {std::string("-S"), std::string("-H")}) {
    for (const std::string& command : {"get " + store() + " key0001", "verify " + store(),
                                       "salvage " + store() + " " + path("saved" + limit), "merge " + store()}) {
      const ProcessResult result =
          run_process({"/bin/sh", "-c", "ulimit " + limit + " -n 64; exec " SEDIMENT_BIN_DIR "/sediment " + command},
                      path("run"), {});
      EXPECT_EQ(result.exit_code, 0) << command << ": " << result.errors;
    }
  }
}

}  // namespace
}  // namespace sediment::test
