// put, get, del, scan, and what applies to every command: exit codes, errors and JSON.
#include "tests/cli/cli_fixture.h"

namespace sediment::test {
namespace {

TEST_F(Cli, PutsAndGetsAValue) {
  EXPECT_EQ(run_ok({"put", store(), "sky", "blue"}), "");
  EXPECT_EQ(run_ok({"get", store(), "sky"}), "blue\n");
  run_ok({"put", store(), "sky", "grey"});
  EXPECT_EQ(run_ok({"get", store(), "sky"}), "grey\n");
}

TEST_F(Cli, GetOfAnAbsentKeyExitsWithOne) {
  run_ok({"put", store(), "sky", "blue"});
  const ProcessResult result = run({"get", store(), "sea"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_EQ(result.output, "");
  EXPECT_NE(result.errors.find("sea"), std::string::npos) << result.errors;
  EXPECT_EQ(run_json({"get", store(), "sea"}, 1)["error"]["code"], "not_found");
}

TEST_F(Cli, DelRemovesAKey) {
  run_ok({"put", store(), "sky", "blue"});
  EXPECT_EQ(run_ok({"get", store(), "sky"}), "blue\n");
  run_ok({"del", store(), "sky"});
  EXPECT_EQ(run({"get", store(), "sky"}).exit_code, 1);
  run_ok({"del", store(), "sky"});  // no error: it is gone already
}

TEST_F(Cli, KeysAndValuesMayLookLikeAnything) {
  const std::vector<std::pair<std::string, std::string>> pairs{{"get", "scan"},     {"[a,b]", "{}"},
                                                               {"\"q\"", "a=b"},    {"", "empty key"},
                                                               {"empty value", ""}, {"caf\xc3\xa9", "\xff\x01"}};
  for (const auto& [key, value] : pairs) run_ok({"put", store(), key, value});
  run_ok({"put", store(), "--", "-k", "--json"});
  for (const auto& [key, value] : pairs) EXPECT_EQ(run_ok({"get", store(), key}), value + "\n") << key;
  EXPECT_EQ(run_ok({"get", store(), "--", "-k"}), "--json\n");
}

TEST_F(Cli, ScanPrintsPairsInOrderWithinItsBounds) {
  run_ok({"load", store(), "-", "--format", "tsv"}, "b\t2\nd\t4\na\t1\nc\t3\n");
  EXPECT_EQ(run_ok({"scan", store()}), "a\t1\nb\t2\nc\t3\nd\t4\n");
  EXPECT_EQ(run_ok({"scan", store(), "--from", "b", "--to", "d"}), "b\t2\nc\t3\n");
  EXPECT_EQ(run_ok({"scan", store(), "--from", "b", "--limit", "1"}), "b\t2\n");
  EXPECT_EQ(run_ok({"scan", store(), "--limit", "0"}), "");
}

TEST_F(Cli, ScanKeepsEachPairOnOneLine) {
  run_ok({"put", store(), "a\tb\\c", "line\nbreak\x01\xff"});
  EXPECT_EQ(run_ok({"scan", store()}), "a\\tb\\\\c\tline\\nbreak\\x01\\xff\n");
  run_ok({"put", store(), "a\tb\\c", "d\xc3\xa9j\xc3\xa0"});
  EXPECT_EQ(run_ok({"scan", store()}), "a\\tb\\\\c\td\xc3\xa9j\xc3\xa0\n");
}

TEST_F(Cli, ReadingChangesNoByte) {
  make_store_of("a\t1\nb\t2\n");
  const auto everything = [&] {
    std::string bytes;
    for (const auto& file : std::filesystem::directory_iterator(store())) {
      bytes += file.path().filename().string() + "\n" + read_text(file.path().string()) + "\n";
    }
    return bytes;
  };
  const std::string before = everything();
  EXPECT_NE(before.find("MANIFEST"), std::string::npos);
  run_ok({"get", store(), "a"});
  run_ok({"scan", store()});
  run_ok({"stats", store(), "--exact"});
  run_ok({"verify", store()});
  run_ok({"dump", store(), "--hex"});
  EXPECT_EQ(everything(), before);
  run_ok({"put", store(), "c", "3"});
  EXPECT_NE(everything(), before) << "this comparison can detect a change";
}

TEST_F(Cli, AReaderThatGoesAwayIsNotAnError) {
  run_ok({"load", store(), "-", "--format", "tsv"}, numbered_lines(5000));  // far more than a pipe holds
  const std::string script =
      "(" SEDIMENT_BIN_DIR "/sediment scan " + store() + "; echo $? >" + path("code") + ") | head -n 1";
  const ProcessResult result = run_process({"/bin/sh", "-c", script}, path("run"));
  EXPECT_EQ(result.output.substr(0, 8), "key0000\t");
  EXPECT_EQ(result.errors, "");
  EXPECT_EQ(read_text(path("code")), "0\n");
}

TEST_F(Cli, OutputThatCannotBeWrittenIsAnIoError) {
  run_ok({"put", store(), "sky", "blue"});
  const std::string script = SEDIMENT_BIN_DIR "/sediment scan " + store() + " >/dev/full";
  EXPECT_EQ(run_process({"/bin/sh", "-c", script}, path("run")).exit_code, 4);
}

// ---- JSON

TEST_F(Cli, EachPairCommandHasJson) {
  EXPECT_EQ(run_json({"put", store(), "sky", "blue"}, 0)["key"], "sky");
  EXPECT_EQ(run_json({"get", store(), "sky"}, 0)["value"], "blue");
  EXPECT_EQ(run_json({"scan", store()}, 0), Json::parse(R"({"pairs":[{"key":"sky","value":"blue"}],"count":1})"));
  EXPECT_EQ(run_json({"del", store(), "sky"}, 0)["key"], "sky");
  EXPECT_EQ(run_json({"scan", store()}, 0), Json::parse(R"({"pairs":[],"count":0})"));
}

TEST_F(Cli, JsonShowsBytesThatAreNotTextAsHex) {
  const std::vector<std::string> not_utf8{"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x80"};
  for (const std::string& bytes : not_utf8) {
    run_ok({"put", store(), "key", bytes});
    EXPECT_TRUE(run_json({"get", store(), "key"}, 0)["value"].contains("hex"));
  }
  EXPECT_EQ(run_json({"get", store(), "key"}, 0)["value"]["hex"], "6180");
  run_ok({"put", store(), "key", "\xe2\x82\xac \xf0\x9f\x98\x80"});
  EXPECT_EQ(run_json({"get", store(), "key"}, 0)["value"], "\xe2\x82\xac \xf0\x9f\x98\x80");
}

// ---- errors

TEST_F(Cli, WithoutArgumentsPrintsHelpAndExitsWithTwo) {
  const ProcessResult result = run({});
  EXPECT_EQ(result.exit_code, 2);
  for (const char* name : {"put", "get", "del", "scan", "load", "roll", "merge", "stats", "dump", "verify"}) {
    EXPECT_NE(result.output.find(name), std::string::npos) << name;
  }
}

TEST_F(Cli, EveryCommandHasHelpWithAnExample) {
  int commands = 0;
  for (const std::string name : {"put", "get", "del", "scan", "load", "roll", "merge", "stats", "dump", "verify"}) {
    EXPECT_NE(run_ok({name, "--help"}).find("sediment " + name + " /tmp/"), std::string::npos) << name;
    ++commands;
  }
  EXPECT_EQ(commands, 10);
  EXPECT_EQ(run_ok({"--version"}).substr(0, 9), "sediment ");
}

TEST_F(Cli, WrongUsageExitsWithTwo) {
  EXPECT_EQ(run({"frobnicate"}).exit_code, 2);
  EXPECT_EQ(run({"put", store(), "key"}).exit_code, 2);
  EXPECT_EQ(run({"get", store(), "key", "more"}).exit_code, 2);
  EXPECT_EQ(run({"scan", store(), "--limit", "many"}).exit_code, 2);
  EXPECT_EQ(run({"load", store(), "-", "--format", "xml"}).exit_code, 2);
  EXPECT_EQ(run({"load", store(), "-", "--format", "tsv", "--segment-size", "4q"}).exit_code, 2);
  EXPECT_EQ(run_json({"put", store()}, 2)["error"]["code"], "usage");
  EXPECT_FALSE(std::filesystem::exists(store())) << "none of these may create a store";
}

TEST_F(Cli, AKeyThatIsTooLongIsRefused) {
  const std::string longest(65'535, 'k');
  run_ok({"put", store(), longest, "v"});
  EXPECT_EQ(run_ok({"get", store(), longest}), "v\n");
  EXPECT_EQ(run_json({"put", store(), longest + "k", "v"}, 2)["error"]["code"], "invalid_argument");
}

// A missing key is exit code 1, and a missing store is not.
TEST_F(Cli, AMissingStoreExitsWithFourAndIsNotCreated) {
  std::filesystem::create_directory(path("empty"));
  int commands = 0;
  for (const std::string& directory : {path("nowhere"), path("empty")}) {
    for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
             {"get", "k"}, {"del", "k"}, {"scan"}, {"keys"}, {"count"}, {"roll"}, {"merge"}, {"stats"}, {"verify"}}) {
      std::vector<std::string> arguments{words[0], directory};
      arguments.insert(arguments.end(), words.begin() + 1, words.end());
      EXPECT_EQ(run_json(arguments, 4)["error"]["code"], "no_store") << words[0] << " " << directory;
      ++commands;
    }
  }
  EXPECT_EQ(commands, 18);
  EXPECT_FALSE(std::filesystem::exists(path("nowhere")));
  EXPECT_TRUE(std::filesystem::is_empty(path("empty")));
}

TEST_F(Cli, AnIoErrorExitsWithFourAndNamesTheFile) {
  write_text(path("file"), "not a directory");
  EXPECT_EQ(run_json({"put", path("file"), "k", "v"}, 4)["error"]["code"], "io_error");
  EXPECT_EQ(run_json({"get", path("file"), "k"}, 4)["error"]["file"], path("file"));
  EXPECT_EQ(run({"verify", path("file")}).exit_code, 4);
  EXPECT_EQ(run_json({"put", path("no/parent"), "k", "v"}, 4)["error"]["file"], path("no/parent"));
  EXPECT_EQ(run({"load", store(), path("no-input"), "--format", "tsv"}).exit_code, 4);
  EXPECT_EQ(run({"load", store(), path("."), "--format", "tsv"}).exit_code, 4);
  EXPECT_FALSE(std::filesystem::exists(store())) << "a missing input must not create a store";
}

TEST_F(Cli, AFlippedByteExitsWithThreeAndIsNamed) {
  const std::string segment = make_store_of("sky\tblue\nsea\tgreen\n");
  const Json entries = entries_of(segment);
  ASSERT_EQ(entries.size(), 2U);
  EXPECT_EQ(run_ok({"get", store(), "sea"}), "green\n");
  const std::uint64_t offset = entries[1]["offset"];
  flip_bit(segment, offset + 24 + 4);
  // With the snapshot, only a read of that record would notice; without it, every open reads all of them.
  EXPECT_EQ(run_json({"get", store(), "sea"}, 3)["error"]["offset"], offset);
  EXPECT_EQ(run_ok({"get", store(), "sky"}), "blue\n");
  std::filesystem::remove(std::filesystem::path(segment).replace_extension(".idx"));

  int commands = 0;
  for (const std::vector<std::string>& words : std::vector<std::vector<std::string>>{
           {"get", "sea"}, {"put", "k", "v"}, {"del", "k"}, {"scan"}, {"stats"}, {"merge"}}) {
    std::vector<std::string> arguments{words[0], store()};
    arguments.insert(arguments.end(), words.begin() + 1, words.end());
    const Json error = run_json(arguments, 3)["error"];
    EXPECT_EQ(error["code"], "corruption") << words[0];
    EXPECT_EQ(error["file"], std::filesystem::path(segment).filename().string()) << words[0];
    EXPECT_EQ(error["offset"], offset) << words[0];
    EXPECT_FALSE(error["message"].get<std::string>().empty());
    ++commands;
  }
  EXPECT_EQ(commands, 6);
  EXPECT_NE(run({"get", store(), "sea"}).errors.find("sediment verify " + store()), std::string::npos)
      << "it says what to do";
  flip_bit(segment, offset + 24 + 4);
  EXPECT_EQ(run_ok({"get", store(), "sea"}), "green\n");
}

TEST_F(Cli, AStoreThatAnotherProcessHasOpenIsBusy) {
  run_ok({"put", store(), "sky", "blue"});
  const auto load = start_load(numbered_lines(200));
  for (const char* name : {"scan", "stats", "verify", "merge", "roll"}) {
    EXPECT_EQ(run_json({name, store()}, 5)["error"]["code"], "busy") << name;
  }
  EXPECT_EQ(run({"put", store(), "sky", "grey"}).exit_code, 5);
  EXPECT_EQ(run({"dump", store()}).exit_code, 0) << "dump takes no lock";
  EXPECT_EQ(load->finish().exit_code, 0);
  EXPECT_EQ(run_ok({"get", store(), "sky"}), "blue\n");
  EXPECT_EQ(run_json({"scan", store()}, 0)["count"], 201);
}

}  // namespace
}  // namespace sediment::test
