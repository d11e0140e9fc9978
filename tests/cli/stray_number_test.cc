// A file with a number that no store may use is a foreign file to every command.
#include "tests/cli/cli_fixture.h"

namespace sediment::test {
namespace {

TEST_F(Cli, AFileWithANumberAboveAllSegmentsIsForeignToEveryCommand) {
  make_store_of("a\t1\nb\t2\n");
  const std::string stray = store() + "/18446744073709551614.log";
  write_text(stray, "mine");
  EXPECT_EQ(run_json({"verify", store()}, 0)["damaged"], 0);
  run_ok({"put", store(), "c", "3"});
  run_ok({"put", store(), "d", "4"});
  EXPECT_EQ(run_json({"scan", store()}, 0)["count"], 4);
  const std::string dumped = run_ok({"dump", store()});
  EXPECT_GT(dumped.find("18446744073709551614"), dumped.find("Files that the MANIFEST does not name")) << dumped;
  EXPECT_NE(dumped.find("Files that the MANIFEST does not name"), std::string::npos) << dumped;
  EXPECT_EQ(run_ok({"salvage", store(), path("saved")}).find("18446744073709551614"), std::string::npos);

  const std::string copy = path("copy");
  std::filesystem::create_directory(copy);
  write_text(copy + "/18446744073709551615.log", "mine, too");
  run_ok({"backup", store(), copy});
  EXPECT_EQ(read_text(copy + "/18446744073709551615.log"), "mine, too");
  for (const std::string& directory : {path("saved"), copy}) {
    EXPECT_EQ(run_json({"scan", directory}, 0)["count"], 4) << directory;
    run_ok({"put", directory, "e", "5"});
    EXPECT_EQ(run_json({"scan", directory}, 0)["count"], 5) << directory;
  }
  EXPECT_EQ(read_text(stray), "mine");
}

}  // namespace
}  // namespace sediment::test
