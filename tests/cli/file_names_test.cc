// File names with more than six digits. Sorted by name, 1000000.log comes before 999999.log; every command must know
// better.
#include <filesystem>

#include "engine/manifest.h"
#include "tests/cli/cli_fixture.h"

namespace sediment::test {
namespace {

class CliSevenDigits : public Cli {
 protected:
  // A store with a sealed segment in 999999.log and a newer one in 1000000.log.
  CliSevenDigits() {
    std::filesystem::create_directory(store());
    Manifest manifest;
    manifest.next_number = SegmentNumber{999'999};
    write_text(store() + "/MANIFEST", encode_manifest(manifest));
    load("a\told\nb\t1\n");
    load("a\tnew\nc\t1\n");
  }

  void load(const std::string& tsv) {
    run_ok({"load", store(), "-", "--format", "tsv", "--merge", "off", "--segment-size", "4k"}, tsv);
  }
  static std::vector<std::string> files_of(const Json& segments) {
    std::vector<std::string> files;
    for (const Json& segment : segments) files.push_back(segment["file"].get<std::string>());
    return files;
  }
  std::vector<std::string> segment_files() { return files_of(run_json({"stats", store()}, 0)["segments"]); }

  const std::vector<std::string> both_{"999999.log", "1000000.log"};
  const std::string pairs_ = "a\tnew\nb\t1\nc\t1\n";
};

TEST_F(CliSevenDigits, AreReadInTheOrderOfAge) {
  EXPECT_EQ(segment_files(), both_);
  EXPECT_EQ(run_ok({"get", store(), "a"}), "new\n");
  EXPECT_EQ(run_ok({"scan", store()}), pairs_);
  const Json exact = run_json({"stats", store(), "--exact"}, 0);
  EXPECT_EQ(exact["segments"][0]["live_records"], 1);
  EXPECT_EQ(exact["segments"][1]["live_records"], 2);
}

TEST_F(CliSevenDigits, AreShownByDumpWatchAndVerify) {
  EXPECT_EQ(files_of(run_json({"dump", store()}, 0)["files"]), both_);
  EXPECT_EQ(entries_of(store() + "/1000000.log").size(), 2U);
  EXPECT_EQ(run_json({"dump", store(), "1000000.log"}, 0)["files"][0]["entries"][0]["key"], "a");
  EXPECT_EQ(files_of(run_json({"watch", store(), "--once"}, 0)["segments"]), both_);
  const Json report = run_json({"verify", store()}, 0);
  EXPECT_EQ(report["records"], 4);
  std::vector<std::string> logs;
  for (const std::string& file : files_of(report["files"])) {
    if (file.ends_with(".log")) logs.push_back(file);
  }
  EXPECT_EQ(logs, both_);
  flip_bit(store() + "/1000000.log", 60);
  EXPECT_EQ(run_json({"verify", store()}, 3)["damaged"], 1);
}

TEST_F(CliSevenDigits, AreWrittenRolledAndMerged) {
  run_ok({"put", store(), "d", "1"});
  run_ok({"del", store(), "b"});
  run_ok({"roll", store()});
  EXPECT_EQ(run_ok({"scan", store()}), "a\tnew\nc\t1\nd\t1\n");
  run_ok({"verify", store()});
  run_ok({"merge", store()});
  EXPECT_EQ(run_ok({"scan", store()}), "a\tnew\nc\t1\nd\t1\n");
  run_ok({"verify", store()});
  const std::vector<std::string> files = segment_files();
  ASSERT_FALSE(files.empty());
  for (const std::string& file : files) EXPECT_EQ(file.size(), std::string("1000001.log").size()) << file;
  EXPECT_FALSE(std::filesystem::exists(store() + "/999999.log"));
  EXPECT_FALSE(std::filesystem::exists(store() + "/1000000.log")) << "what a merge replaced is removed";
}

TEST_F(CliSevenDigits, AreReportedAndDeletedWhenNoManifestNamesThem) {
  write_text(store() + "/1000099.log", "garbage");
  write_text(store() + "/1000099.idx", "garbage");
  const Json files = run_json({"verify", store()}, 0)["files"];
  int told = 0;
  for (const Json& file : files) {
    if (file["file"] != "1000099.log" && file["file"] != "1000099.idx") continue;
    EXPECT_NE(file["findings"][0]["message"].get<std::string>().find("deletes it"), std::string::npos) << file;
    ++told;
  }
  EXPECT_EQ(told, 2);
  run_ok({"roll", store()});
  EXPECT_FALSE(std::filesystem::exists(store() + "/1000099.log"));
  EXPECT_FALSE(std::filesystem::exists(store() + "/1000099.idx"));
  EXPECT_EQ(run_ok({"scan", store()}), pairs_);
}

TEST_F(CliSevenDigits, AreCopiedByBackupAndSalvage) {
  EXPECT_EQ(run_json({"backup", store(), path("copy")}, 0)["records"], 4);
  EXPECT_EQ(run_ok({"scan", path("copy")}), pairs_);
  EXPECT_EQ(run_json({"salvage", store(), path("saved")}, 0)["complete"], true);
  EXPECT_EQ(run_ok({"scan", path("saved")}), pairs_);
}

TEST_F(CliSevenDigits, AreSalvagedInTheOrderOfTheirNumbersWithoutAManifest) {
  std::filesystem::remove(store() + "/MANIFEST");
  const Json report = run_json({"salvage", store(), path("saved")}, 3);
  EXPECT_EQ(files_of(report["files"]), both_);
  EXPECT_EQ(report["conflicts"][0]["files"], Json(both_));
  EXPECT_EQ(run_ok({"scan", path("saved")}), pairs_);
}

}  // namespace
}  // namespace sediment::test
