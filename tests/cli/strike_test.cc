// sediment-sim strike: what a program does to its files is recorded truly or not at all, the classic mistakes are found, and
// their mended versions pass. Skipped where file systems cannot be mounted.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

#include "tests/cli/cli_fixture.h"

namespace sediment::test {
namespace {

namespace fs = std::filesystem;

const std::string kStores = SEDIMENT_SOURCE_DIR "/tests/strike/stores/";
const std::string kSediment = SEDIMENT_BIN_DIR "/sediment";

testing::AssertionResult contains(const std::string& text, const std::string& part) {
  if (text.find(part) != std::string::npos) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "\"" << part << "\" is not in:\n" << text;
}

class Strike : public Cli {
 protected:
  void SetUp() override {
    fs::create_directories(path("failures"));
    ::setenv("TMPDIR", path("").c_str(), 1);
    const ProcessResult probe = sim({"--record", "true", "--save", path("probe.jsonl")});
    if (probe.exit_code != 0) GTEST_SKIP() << "nothing can be mounted here: " << probe.errors;
  }
  void TearDown() override { ::unsetenv("TMPDIR"); }

  ProcessResult sim(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {SEDIMENT_BIN_DIR "/sediment-sim", "strike"});
    return run_process(arguments, path("sim"));
  }
  ProcessResult strike(const std::string& record, const std::string& check, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments{"--record", record, "--check", check, "--failures", path("failures")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return sim(arguments);
  }
  // Compiles a C source; returns the program's path.
  std::string compiled(const std::string& source, const std::vector<std::string>& options = {}) {
    std::vector<std::string> command{"/usr/bin/cc", "-O1", "-o", path("compiled"), kStores + source};
    command.insert(command.end(), options.begin(), options.end());
    const ProcessResult result = run_process(command, path("cc"));
    EXPECT_EQ(result.exit_code, 0) << result.errors;
    return path("compiled");
  }
  std::string first_story() const { return path("failures/strike-1.jsonl"); }
};

// ---- the classic mistakes, and stores without them

struct Mistake {
  std::string fault;
  std::string says;  // nothing: nothing may be found
};

TEST_F(Strike, FindsTheMistakesOfAStoreInPython) {
  for (const Mistake& each : {Mistake{"none", ""}, Mistake{"no-fsync", "bytes of store (0 are left of"},
                              Mistake{"no-directory-fsync", "the name store"}}) {
    const ProcessResult result = strike("python3 " + kStores + "store.py fill " + each.fault,
                                        "python3 " + kStores + "store.py check " + each.fault);
    EXPECT_EQ(result.exit_code, each.says.empty() ? 0 : 1) << each.fault << result.output << result.errors;
    EXPECT_TRUE(contains(result.output, each.says.empty() ? "nothing was lost" : each.says));
  }
  EXPECT_TRUE(fs::exists(path("failures/strike-2.jsonl"))) << "each has its story";
}

TEST_F(Strike, FindsTheMistakesOfAShellScript) {
  for (const Mistake& each :
       {Mistake{"none", ""}, Mistake{"no-sync", "bytes of key-1"}, Mistake{"no-directory-sync", "the name key-1"}}) {
    const ProcessResult result = strike("sh " + kStores + "store.sh fill " + each.fault,
                                        "sh " + kStores + "store.sh check " + each.fault, {"--budget", "1200"});
    EXPECT_EQ(result.exit_code, each.says.empty() ? 0 : 1) << each.fault << result.output << result.errors;
    EXPECT_TRUE(contains(result.output, each.says.empty() ? "nothing was lost" : each.says));
  }
}

TEST_F(Strike, FindsTheMistakesOfALogInC) {
  const std::string log = compiled("log.c");
  for (const Mistake& each : {Mistake{"none", ""}, Mistake{"no-checksum", "a value is there that was never written"},
                              Mistake{"trust-length", "a record that is as long as its size says cannot be read"}}) {
    const ProcessResult result = strike(log + " fill " + each.fault, log + " check " + each.fault, {"--budget", "0"});
    EXPECT_EQ(result.exit_code, each.says.empty() ? 0 : 1) << each.fault << result.output << result.errors;
    EXPECT_TRUE(contains(result.output, each.says.empty() ? "nothing was lost" : each.says));
  }
}

// ---- this project's own commands

TEST_F(Strike, SedimentLosesNothingUnlessItsDirectoryIsNeverSynced) {
  const std::string puts = "for n in 1 2 3 4 5 6; do " + kSediment +
                           " put db key-$((n % 3)) $n >/dev/null && echo key-$((n % 3)) $n; done; "
                           "printf 'key-7\\t7\\nkey-8\\t8\\n' | " +
                           kSediment + " load db - --format tsv --quiet && printf 'key-7 7\\nkey-8 8\\n'";
  const std::string check = "python3 " + kStores + "check_pairs.py " + kSediment;
  const ProcessResult right = strike(puts, check, {"--budget", "120"});
  EXPECT_EQ(right.exit_code, 0) << right.output << right.errors;
  EXPECT_TRUE(contains(right.output, "nothing was lost"));
  const std::string preload = compiled("no_directory_fsync.c", {"-shared", "-fPIC", "-ldl"});
  const ProcessResult wrong = strike("export LD_PRELOAD=" + preload + "; " + puts, check, {"--budget", "120"});
  EXPECT_EQ(wrong.exit_code, 1) << wrong.output << wrong.errors;
  EXPECT_TRUE(contains(wrong.output, "took       the name db"));
}

// SQLite's own manual says what each setting promises. Skipped where its library is not installed.
TEST_F(Strike, FindsWhatSqliteDoesNotPromiseAndNothingElse) {
  if (!fs::exists("/usr/include/sqlite3.h")) GTEST_SKIP() << "libsqlite3-dev is not installed";
  const std::string sqlite = compiled("sqlite.c", {"-lsqlite3"});
  const auto with = [&](const std::string& setting) {
    return strike(sqlite + " fill " + setting + " 4", sqlite + " check " + setting,
                  {"--volatile", "*-shm", "--budget", "300"});
  };
  const ProcessResult log = with("wal full");
  EXPECT_EQ(log.exit_code, 0) << log.output << log.errors;
  const ProcessResult full = with("delete full");
  EXPECT_EQ(full.exit_code, 1);
  EXPECT_TRUE(contains(full.output, "took       the removal of a.db-journal"));
}

// ---- the record

TEST_F(Strike, RecordsWhateverManyProgramsDo) {
  const ProcessResult result = sim({"--record", "sh " + kStores + "many.sh", "--save", path("many.jsonl")});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  std::ifstream file(path("many.jsonl"));
  std::ostringstream text;
  text << file.rdbuf();
  for (const char* part :
       {"\"process\":\"mv[", "\"process\":\"sort[", "\"process\":\"dd[", "\"process\":\"rm[", "\"operation\":\"link\"",
        "\"operation\":\"make-directory\"", "\"operation\":\"remove-directory\"", "\"path\":\"moved/thread-2\"",
        "\"outcome\":\"done\""}) {
    EXPECT_TRUE(contains(text.str(), part));
  }
}

TEST_F(Strike, BeginsWithADirectoryThatIsThere) {
  fs::create_directories(path("before/sub"));
  std::ofstream(path("before/sub/old")) << "old";
  const std::string check =
      "f() { test \"$(cat \"$1/sub/old\")\" = old && test ! -e \"$1/sub/new\" || test -s "
      "\"$1/sub/new\"; }; f";
  const ProcessResult result =
      strike("echo new > sub/new.tmp; sync sub/new.tmp; mv sub/new.tmp sub/new", check, {"--from", path("before")});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.errors;
  EXPECT_FALSE(fs::exists(path("before/sub/new"))) << "the original is not touched";
}

TEST_F(Strike, SeesThatEverythingIsSynced) {
  const std::string check = "f() { ! grep -q said \"$STRIKE_OUTPUT\" || test -s \"$1/db/a\"; }; f";
  const std::string write = "mkdir db; echo x > db/a; ";
  const ProcessResult synced = strike(write + "sync; echo said", check);
  EXPECT_EQ(synced.exit_code, 0) << synced.output << synced.errors;
  const ProcessResult file_system = strike(write + "sync -f db/a; echo said", check);
  EXPECT_EQ(file_system.exit_code, 0) << file_system.output << file_system.errors;
  EXPECT_EQ(strike(write + "echo said; sync", check).exit_code, 1) << "too late";
  EXPECT_EQ(strike(write + "echo said", check).exit_code, 1);
}

TEST_F(Strike, ARemovedFileThatIsOpenStillHasAllOfItsProperties) {
  const ProcessResult result =
      sim({"--record",
           "python3 -c 'import os; f = open(\"t\", \"w+b\", buffering=0); f.write(b\"12345\"); "
           "os.unlink(\"t\"); f.write(b\"6\"); assert os.fstat(f.fileno()).st_size == 6; "
           "assert os.listdir(\".\") == []; os.mkdir(\"d\"); g = open(\"d/t\", \"wb\"); "
           "os.unlink(\"d/t\"); os.rmdir(\"d\")'",
           "--save", path("removed.jsonl")});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_FALSE(contains(read_text(path("removed.jsonl")), "fuse_hidden"));
}

// A rename over an open file replaces it at once.
TEST_F(Strike, ARenameOverAnOpenFileIsOneChange) {
  const std::string write = "printf 1 > a; sync a; sync .; exec 9<a; ";
  const std::string check = "f() { test -s \"$1/a\" || ! grep -q said \"$STRIKE_OUTPUT\"; }; f";
  const ProcessResult result =
      strike(write + "echo said; printf 2 > b; sync b; mv b a; sync .", check, {"--budget", "0"});
  EXPECT_EQ(result.exit_code, 0) << result.output << result.errors;
}

TEST_F(Strike, WhatTheCommandLeavesRunningIsKilled) {
  const auto started = std::chrono::steady_clock::now();
  EXPECT_EQ(sim({"--record", "setsid sleep 41 & echo hi > a", "--save", path("left.jsonl")}).exit_code, 0);
  EXPECT_LT(std::chrono::steady_clock::now() - started, std::chrono::seconds(30)) << "it does not wait for it";
  EXPECT_NE(run_process({"/usr/bin/pgrep", "-f", "^sleep 41$"}, path("pgrep")).exit_code, 0);
}

TEST_F(Strike, RefusesAProgramThatItCannotFollow) {
  const std::string map =
      "python3 -c 'import mmap; f = open(\"mapped\", \"w+b\"); f.truncate(4096); m = "
      "mmap.mmap(f.fileno(), 4096); m[0] = 65; m.flush()'";
  const ProcessResult mapped = strike(map, "true");
  EXPECT_EQ(mapped.exit_code, 2);
  EXPECT_TRUE(contains(mapped.errors, "the record cannot be believed: the command `python3 -c"));
  EXPECT_TRUE(contains(mapped.errors, "a writable shared mapping cannot be recorded"));
  EXPECT_EQ(strike(map, "true", {"--volatile", "mapp*"}).exit_code, 0) << "of a volatile file it may be mapped";
  struct Refused {
    std::string command;
    std::string says;
  };
  for (const Refused& each :
       {Refused{"ln -s a b", "] made a symbolic link, which this version cannot record: b"},
        Refused{"mkfifo pipe || true", "mkfifo["}, Refused{"exit 7", "ended with exit code 7"},
        Refused{"kill -9 $$", "was killed by signal 9"}, Refused{"sleep 5", "did not end within"}}) {
    const ProcessResult result = strike(each.command, "true", {"--record-timeout", "1"});
    EXPECT_EQ(result.exit_code, 2) << each.command;
    EXPECT_TRUE(contains(result.errors, each.says));
  }
}

TEST_F(Strike, AProgramMayLookAroundItsDirectoryButNotWriteWhereNothingIsRecorded) {
  EXPECT_EQ(strike("echo x > a; ls -a ..; find .. \"$TMPDIR\"", "true").exit_code, 0);
  const std::string cheat = "echo x > a; echo y >> $(find \"$TMPDIR\" -name a -not -path \"$PWD/*\")";
  const ProcessResult result = strike(cheat, "true");
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_TRUE(contains(result.errors, "the record cannot be believed")) << result.output;
  EXPECT_TRUE(contains(result.errors, ": a "));
}

// ---- the check

TEST_F(Strike, TellsABrokenCheckFromALoss) {
  const std::string write = "echo 1 > a; sync a; sync .; echo said";
  const ProcessResult broken = strike(write, "no-such-program");
  EXPECT_EQ(broken.exit_code, 3);
  EXPECT_TRUE(contains(broken.errors, "the check is broken"));
  const ProcessResult never = strike(write, "false");
  EXPECT_EQ(never.exit_code, 1);
  EXPECT_TRUE(
      contains(never.output, "Without any crash: when the program has ended, the check ended with exit code 1"));
  const ProcessResult hangs = strike(write, "sleep 9; true", {"--timeout", "0.5"});
  EXPECT_EQ(hangs.exit_code, 1) << "a store that never opens again is lost";
  EXPECT_TRUE(contains(hangs.output, "did not end within"));
  EXPECT_EQ(strike(write, "exit 255;").exit_code, 3) << "255 is no signal";
  const ProcessResult dies = strike(write, "kill -11 $$; true");
  EXPECT_EQ(dies.exit_code, 1);
  EXPECT_TRUE(contains(dies.output, "was killed by signal 11"));
  // What was printed before the crash is what the check sees.
  const ProcessResult printed = strike("echo x > a; echo said; sync a; sync .",
                                       "f() { ! grep -q said \"$STRIKE_OUTPUT\" || test -s \"$1/a\"; }; f");
  EXPECT_EQ(printed.exit_code, 1);
  EXPECT_TRUE(contains(printed.output, "printed    said"));
  const ProcessResult in_order = strike("echo x > a; sync a; sync .; echo said",
                                        "f() { ! grep -q said \"$STRIKE_OUTPUT\" || test -s \"$1/a\"; }; f");
  EXPECT_EQ(in_order.exit_code, 0) << in_order.output;
}

TEST_F(Strike, ReplaysItsStory) {
  const std::string check = "python3 " + kStores + "store.py check no-fsync";
  ASSERT_EQ(strike("python3 " + kStores + "store.py fill no-fsync", check).exit_code, 1);
  const ProcessResult again = sim({"--replay", first_story(), "--check", check, "--into", path("left")});
  EXPECT_EQ(again.exit_code, 1) << again.errors;
  EXPECT_TRUE(contains(again.output, "was acknowledged as"));
  EXPECT_TRUE(fs::exists(path("left/store")));
  EXPECT_EQ(fs::file_size(path("left/store")), 0U);
  EXPECT_EQ(sim({"--replay", first_story(), "--check", check, "--into", path("left")}).exit_code, 2)
      << "nothing is overwritten";
  EXPECT_EQ(sim({"--replay", first_story(), "--check", "true"}).exit_code, 0);
  std::ofstream(path("nonsense.jsonl"))
      << "{\"sediment_trace\":1}\n{\"operation\":\"link\",\"file\":1,\"name\":\"a\"}\n";
  EXPECT_EQ(sim({"--replay", path("nonsense.jsonl"), "--check", "true"}).exit_code, 2);
  const Json report =
      Json::parse(strike("python3 " + kStores + "store.py fill no-fsync", check, {"--json"}).output, nullptr, false);
  ASSERT_TRUE(report.is_object());
  EXPECT_EQ(report["finding"]["verdict"], "lost");
}

TEST_F(Strike, ASampleIsDecidedByItsSeed) {
  const auto found = [&](const std::string& seed) {
    return strike("sh " + kStores + "many.sh", "test -d", {"--budget", "40", "--seed", seed, "--json"});
  };
  const Json one = Json::parse(found("1").output, nullptr, false);
  ASSERT_TRUE(one.is_object());
  EXPECT_EQ(one["checked"], 41) << "and the directory without a crash";
  EXPECT_EQ(one["sampled"], true);
  EXPECT_GT(one["crashes"], 1000);
}

// ---- nothing is left behind

TEST_F(Strike, OfARunThatIsKilledTheNextOneTakesTheRemainsAway) {
  const auto remains = [&] {
    std::size_t count = 0;
    for (const fs::directory_entry& entry : fs::directory_iterator(path(""))) {
      count += entry.path().filename().string().starts_with("sediment-strike-") ? 1U : 0U;
    }
    return count;
  };
  // Where the file of that name is really kept while it is recorded; nowhere if there is none.
  const auto recorded = [&](const std::string& name) -> fs::path {
    for (const fs::directory_entry& entry : fs::directory_iterator(path(""))) {
      if (entry.path().filename().string().starts_with("sediment-strike-")) return entry.path() / "record/files" / name;
    }
    return path("nowhere");
  };
  EXPECT_EQ(remains(), 0U);
  auto running =
      std::make_unique<RunningProcess>(std::vector<std::string>{SEDIMENT_BIN_DIR "/sediment-sim", "strike", "--record",
                                                                "echo 1 > a; sleep 30", "--check", "true"},
                                       path("killed"));
  for (int i = 0; i < 600 && !fs::exists(recorded("a")); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  EXPECT_TRUE(fs::exists(recorded("a"))) << "it is mounted, and the program has begun";
  running.reset();  // with SIGKILL
  EXPECT_EQ(remains(), 1U);
  EXPECT_EQ(sim({"--record", "true", "--save", path("next.jsonl")}).exit_code, 0);
  EXPECT_EQ(remains(), 0U);
}

}  // namespace
}  // namespace sediment::test
