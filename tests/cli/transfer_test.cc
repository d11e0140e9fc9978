// What goes into a store and comes out of it as it was: export and import, values from files, real text files; and how
// much memory that takes.
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "engine/store.h"
#include "engine/tools/printable.h"
#include "tests/cli/cli_fixture.h"
#include "tests/cli/terminal_process.h"
#include "tests/support/search_budget.h"

namespace sediment::test {
namespace {

namespace fs = std::filesystem;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kSanitized = true;
#elif defined(__has_feature)
constexpr bool kSanitized = __has_feature(address_sanitizer) || __has_feature(thread_sanitizer);
#else
constexpr bool kSanitized = false;
#endif

using Pairs = std::map<std::string, std::string>;

// Bytes that text formats get wrong: quotes, backslashes, line ends, tabs, NUL, control characters, half characters,
// surrogates, a byte order mark, what looks like JSON or like an escape.
std::string hostile_bytes(std::mt19937_64& random, std::size_t most) {
  static const std::vector<std::string> pieces{"\"",
                                               "\\",
                                               "\n",
                                               "\r\n",
                                               "\t",
                                               std::string(1, '\0'),
                                               "\x1b[0m",
                                               "\x7f",
                                               "\xc2\x85",
                                               "\xe2\x80\xa8",
                                               "\xed\xa0\x80",
                                               "\xc3",
                                               "\xff\xfe",
                                               "\xef\xbb\xbf",
                                               "{\"hex\":\"00\"}",
                                               "\\u0000",
                                               "\\x41",
                                               "é",
                                               "天",
                                               "😀",
                                               "null",
                                               "\xf4\x90\x80\x80",
                                               "\xc0\x80"};
  std::string bytes;
  const std::size_t size = random() % (most + 1);
  while (bytes.size() < size) {
    if (random() % 5 == 0) bytes += pieces[random() % pieces.size()];
    if (random() % 40 == 0) bytes += static_cast<char>(random());
    bytes += static_cast<char>('a' + random() % 26);
  }
  return bytes;
}

Pairs contents_of(const std::string& directory) {
  Options options;
  options.read_only = true;
  Pairs pairs;
  Result<std::unique_ptr<Store>> store = Store::open(directory, options);
  EXPECT_TRUE(store.ok()) << store.status().to_string();
  if (!store.ok()) return pairs;
  const Status status = (*store)->for_each([&](std::string_view key, std::string_view value) {
    pairs.emplace(key, value);
    return true;
  });
  EXPECT_TRUE(status.ok()) << status.to_string();
  return pairs;
}

void make_store(const std::string& directory, const Pairs& pairs) {
  Options options;
  options.segment_size_bytes = std::uint64_t{1} << 20;
  Result<std::unique_ptr<Store>> store = Store::open(directory, options);
  ASSERT_TRUE(store.ok()) << store.status().to_string();
  for (const auto& [key, value] : pairs) ASSERT_TRUE((*store)->put(key, value).ok());
  ASSERT_TRUE((*store)->close().ok());
}

// ---- export and import

TEST_F(Cli, ImportOfAnExportIsTheSameStore) {
  std::mt19937_64 random(20);
  Pairs pairs{{"", "empty key"}, {"empty value", ""}};
  while (pairs.size() < 100'000) pairs[hostile_bytes(random, 30)] = hostile_bytes(random, 60);
  std::size_t not_utf8 = 0;
  for (const auto& [key, value] : pairs) not_utf8 += tools::is_utf8(key) && tools::is_utf8(value) ? 0 : 1;
  ASSERT_GT(not_utf8, 10'000U);
  ASSERT_LT(not_utf8, 90'000U);
  make_store(store(), pairs);

  const ProcessResult exported = run({"export", store()});
  ASSERT_EQ(exported.exit_code, 0) << exported.errors;
  EXPECT_EQ(exported.errors, "");
  write_text(path("pairs.jsonl"), exported.output);
  run_ok({"import", path("from-file"), path("pairs.jsonl"), "--quiet"});
  EXPECT_TRUE(contents_of(path("from-file")) == pairs);
  const std::string pipe =
      SEDIMENT_BIN_DIR "/sediment export \"$1\" | " SEDIMENT_BIN_DIR "/sediment import \"$2\" - --quiet";
  EXPECT_EQ(run_process({"/bin/sh", "-c", pipe, "sh", store(), path("from-pipe")}, path("pipe"), "").exit_code, 0);
  EXPECT_TRUE(contents_of(path("from-pipe")) == pairs);
}

TEST_F(Cli, ExportOfARangeHasItsPairsOnly) {
  run_ok({"load", store(), "-", "--format", "tsv"}, "a\t1\nab\t2\nb\t3\nc\t4\n");
  EXPECT_EQ(run_ok({"export", store(), "--prefix", "ab"}), "{\"key\":\"ab\",\"value\":\"2\"}\n");
  EXPECT_EQ(run_ok({"export", store(), "--from", "b", "--to", "c"}), "{\"key\":\"b\",\"value\":\"3\"}\n");
}

TEST_F(Cli, ExportOfADamagedStoreFails) {
  const std::string log = make_store_of("a\t1\nb\t2\n");
  flip_bit(log, fs::file_size(log) - 7);
  EXPECT_EQ(run({"export", store()}).exit_code, 3);
}

// ---- keys, count, prefix

TEST_F(Cli, KeysAndCountsOfARange) {
  run_ok({"load", store(), "-", "--format", "tsv"}, "b\t2\nab\t1\na\t0\nc\td\n");
  run_ok({"del", store(), "c"});
  EXPECT_EQ(run_ok({"keys", store()}), "a\nab\nb\n");
  EXPECT_EQ(run_ok({"keys", store(), "--prefix", "a"}), "a\nab\n");
  EXPECT_EQ(run_ok({"keys", store(), "--from", "ab", "--limit", "1"}), "ab\n");
  EXPECT_EQ(run_ok({"count", store()}), "3\n");
  EXPECT_EQ(run_ok({"count", store(), "--prefix", "a"}), "2\n");
  EXPECT_EQ(run_ok({"scan", store(), "--prefix", "a", "--from", "ab"}), "ab\t1\n");
  EXPECT_EQ(run_json({"keys", store()}, 0), Json::parse(R"({"keys":["a","ab","b"],"count":3})"));
  EXPECT_EQ(run_json({"count", store(), "--to", "b"}, 0), Json::parse(R"({"count":2})"));
}

// ---- values

TEST_F(Cli, PutTakesAValueFromStandardInputOrAFileAsItIs) {
  std::mt19937_64 random(3);
  std::string value = hostile_bytes(random, 3'000'000) + "\n";
  value.insert(0, 1, '\0');
  run_ok({"put", store(), "k", "-"}, value);
  EXPECT_EQ(run_ok({"get", store(), "k"}), value + "\n");
  write_text(path("value"), value);
  run_ok({"put", store(), "f", "--value-file", path("value")});
  EXPECT_EQ(run_ok({"get", store(), "f"}), value + "\n");
  write_text(path("value"), "-");
  run_ok({"put", store(), "dash", "--value-file", path("value")});
  EXPECT_EQ(run_ok({"get", store(), "dash"}), "-\n");
  run_ok({"put", store(), "nothing", "-"}, "");
  EXPECT_EQ(run_ok({"get", store(), "nothing"}), "\n");
  // Compressed bytes and a byte order mark are a value like any other.
  run_ok({"put", store(), "gzip", "-"}, "\x1f\x8b\x08");
  EXPECT_EQ(run_ok({"get", store(), "gzip"}), "\x1f\x8b\x08\n");
  for (const std::vector<std::string>& wrong :
       {std::vector<std::string>{"put", store(), "k"}, {"put", store(), "k", "v", "--value-file", path("value")}}) {
    EXPECT_EQ(run(wrong).exit_code, 2);
  }
  EXPECT_EQ(run({"put", store(), "k", "--value-file", path("missing")}).exit_code, 4);
}

TEST_F(Cli, GetEscapesAValueOnATerminalOnly) {
  run_ok({"put", store(), "k", "\x1b[31mred\xff\\ \xc2\x9b"});
  EXPECT_EQ(run_ok({"get", store(), "k"}), "\x1b[31mred\xff\\ \xc2\x9b\n");
  TerminalProcess terminal(command({"get", store(), "k"}), {});
  EXPECT_EQ(terminal.read_until("\n"), "\\x1b[31mred\\xff\\\\ \\xc2\\x9b\r\n");
}

// ---- waiting

TEST_F(Cli, WaitsForTheProcessThatHasTheStoreOpen) {
  run_ok({"put", store(), "a", "1"});
  RunningProcess holder(command({"load", store(), "-", "--format", "tsv", "--quiet", "--wait", "60"}), path("load"));
  holder.write("b\t2\n");
  while (run({"put", store(), "c", "3"}).exit_code != 5) ::usleep(1'000);  // it has the store by now
  EXPECT_EQ(run({"get", store(), "a", "--wait", "0.1"}).exit_code, 5);
  RunningProcess waiting(command({"get", store(), "b", "--wait", "60"}), path("waiting"));
  while (!fs::exists(path("waiting.err")) ||
         read_text(path("waiting.err")).find("waiting for up to 60 s") == std::string::npos)
    ::usleep(10'000);
  EXPECT_EQ(holder.finish().exit_code, 0);
  const ProcessResult result = waiting.finish();
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_EQ(result.output, "2\n");
}

// ---- real text files

TEST_F(Cli, LoadOfWordsCountsThemInARealText) {
  run_ok({"load", store(), "-", "--format", "words"}, "\xef\xbb\xbfThe “the” the—the ‘the’\r\nDon’t don't\r\n");
  EXPECT_EQ(run_ok({"scan", store()}), "don't\t2\nthe\t5\n");
}

TEST_F(Cli, LoadOfTsvTakesFilesOfOtherSystems) {
  const ProcessResult windows = run({"load", store(), "-", "--format", "tsv"},
                                    "\xef\xbb\xbf"
                                    "a\t1\r\nb\t2\r\n");
  EXPECT_EQ(windows.exit_code, 0) << windows.errors;
  EXPECT_NE(windows.errors.find("2 values end in a carriage return"), std::string::npos) << windows.errors;
  EXPECT_EQ(run_ok({"scan", store()}), "a\t1\\x0d\nb\t2\\x0d\n");
}

TEST_F(Cli, BadLinesCanBeSkipped) {
  const std::string lines = "# ISO 3166\n\na\t1\nno tab\nb\t2\n" + std::string(70'000, 'k') + "\tv\n";
  write_text(path("lines"), lines);
  EXPECT_EQ(run({"load", store(), path("lines"), "--format", "tsv"}).exit_code, 2);
  const ProcessResult result = run({"load", store(), path("lines"), "--format", "tsv", "--skip-bad-lines"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_NE(result.errors.find("skipped 4 lines"), std::string::npos) << result.errors;
  EXPECT_NE(result.errors.find(path("lines") + ", line 1: expected key<TAB>value"), std::string::npos) << result.errors;
  EXPECT_EQ(run_ok({"scan", store()}), "a\t1\nb\t2\n");
  EXPECT_EQ(run_json({"import", store(), "-", "--skip-bad-lines"}, 0,
                     "{}\n{\"key\":\"c\",\"value\":\"3\"}\n")["lines_skipped"],
            1);
  EXPECT_EQ(run({"load", store(), "-", "--format", "words", "--skip-bad-lines"}, "a").exit_code, 2);
}

// By their first bytes, in a file and through a pipe that brings them one by one.
TEST_F(Cli, LoadRefusesWhatIsNoTextAndSaysWhatMakesTextOfIt) {
  using namespace std::string_literals;
  const std::vector<std::pair<std::string, std::string>> contents{
      {"\x1f\x8b\x08\x00more"s, "zcat"},
      {"BZh91AY&SY"s, "bzcat"},
      {"\xfd"
       "7zXZ\x00"s,
       "xzcat"},
      {"\x28\xb5\x2f\xfd"
       "x"s,
       "zstdcat"},
      {"PK\x03\x04"s, "unzip"},
      {"\xff\xfe"
       "a\0\t\0"s,
       "UTF-16"},
      {"\xfe\xff\0a"s, "UTF-16"},
      {"\xff\xfe\0\0a\0\0\0"s, "UTF-32"},
      {"\0\0\xfe\xff\0\0\0a"s, "UTF-32"},
  };
  for (const auto& [bytes, advice] : contents) {
    write_text(path("input"), bytes);
    for (const char* format : {"words", "tsv", "jsonl"}) {
      const ProcessResult from_file = run({"load", store(), path("input"), "--format", format});
      EXPECT_EQ(from_file.exit_code, 2) << advice << "\n" << from_file.errors;
      EXPECT_NE(from_file.errors.find(advice), std::string::npos) << from_file.errors;
      RunningProcess pipe(command({"load", store(), "-", "--format", format}), path("pipe"));
      for (const char byte : bytes.substr(0, 6)) pipe.write(std::string_view(&byte, 1));
      EXPECT_EQ(pipe.finish().exit_code, 2) << advice;
    }
  }
  EXPECT_FALSE(fs::exists(store()));
  // Text that begins like one of them.
  run_ok({"load", store(), "-", "--format", "words"}, "PK BZh");
  run_ok({"load", store(), "-", "--format", "tsv"}, "\xff\t1\n");
}

// ---- memory

// The most anonymous memory that a process had, in KiB.
std::uint64_t peak_anonymous_kib(const std::vector<std::string>& arguments, const std::string& scratch) {
  RunningProcess process(arguments, scratch);
  const std::string file = "/proc/" + std::to_string(process.id()) + "/status";
  std::uint64_t peak = 0;
  for (bool runs = true; runs;) {
    std::istringstream status(read_text(file));
    bool is_program = false;  // not yet the test's own copy of itself, before exec
    for (std::string line; std::getline(status, line);) {
      if (line.starts_with("Name:")) is_program = line.ends_with("sediment");
      if (is_program && line.starts_with("RssAnon:")) peak = std::max<std::uint64_t>(peak, std::stoull(line.substr(8)));
      if (line.starts_with("State:") && line.find('Z') != std::string::npos) runs = false;
    }
    ::usleep(2'000);
  }
  EXPECT_EQ(process.finish().exit_code, 0);
  EXPECT_GT(peak, 0U) << "the process was never seen";
  return peak;
}

TEST_F(Cli, ScanOfALargeStoreNeedsLittleMemory) {
  if (kSanitized) GTEST_SKIP() << "a sanitizer needs more";
  Result<std::unique_ptr<Store>> opened = Store::open(store(), Options());
  ASSERT_TRUE(opened.ok());
  const std::string value(100, 'v');
  constexpr std::size_t kPairs = 1'000'000;  // 140 MB
  for (std::size_t i = 0; i < kPairs; ++i) {
    ASSERT_TRUE((*opened)->put("key" + std::to_string(i * 611'953 % kPairs), value).ok());
  }
  ASSERT_TRUE((*opened)->close().ok());
  opened = Status::not_found();
  fs::create_directory(path("temporary"));
  const auto peak_of = [&](const std::vector<std::string>& arguments) {
    std::vector<std::string> whole{"/usr/bin/env", "TMPDIR=" + path("temporary")};
    for (const std::string& argument : command(arguments)) whole.push_back(argument);
    return peak_anonymous_kib(whole, path("measured"));
  };
  EXPECT_LT(peak_of({"scan", store()}), 25'000U);
  EXPECT_EQ(fs::file_size(path("measured.out")), kPairs * (3 + 1 + 100 + 1) + 5'888'890);
  EXPECT_LT(peak_of({"scan", store(), "--limit", "5"}), 20'000U);
  EXPECT_EQ(read_text(path("measured.out")).substr(0, 11), "key0\t" + value.substr(0, 6));
  for (const char* name : {"keys", "count", "export"}) EXPECT_LT(peak_of({name, store()}), 25'000U) << name;
  EXPECT_TRUE(fs::is_empty(path("temporary")));
  // The sort does use the directory for temporary files.
  EXPECT_EQ(run_process({"/usr/bin/env", "TMPDIR=" + path("missing"), SEDIMENT_BIN_DIR "/sediment", "scan", store()},
                        path("run"), "")
                .exit_code,
            4);
}

}  // namespace
}  // namespace sediment::test
