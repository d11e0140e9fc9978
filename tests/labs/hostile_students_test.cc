// What a student's file may do instead of solving the lab. Each of these must end as a failed check with its reason, and
// leave a result file that is complete and valid.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <sstream>

#include "labs/grader/grade.h"

namespace sediment::labs {
namespace {

namespace fs = std::filesystem;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

class Grader {
 public:
  explicit Grader(int lab = 5) : inputs_(read_inputs(SEDIMENT_LAB_INPUTS)), lab_(numbered(lab, inputs_.root)) {
    folder_ = fs::path(testing::TempDir()) / ("hostile-" + std::to_string(::getpid()));
    fs::create_directories(folder_);
  }
  ~Grader() { fs::remove_all(folder_); }
  Grader(const Grader&) = delete;
  Grader& operator=(const Grader&) = delete;

  std::string folder() const { return folder_.string(); }
  std::string reference() const { return read_file(inputs_.root + "/engine/" + lab_.file()); }
  std::string result_file() const { return (folder_ / "result.json").string(); }

  LabResult grade_source(const std::string& source, const std::string& only = {}) const {
    const std::string file = (folder_ / lab_.file()).string();
    std::ofstream(file, std::ios::binary) << source;
    return grade(lab_, inputs_, {.file = file, .only = only, .result_file = result_file()});
  }

 private:
  static Lab numbered(int number, const std::string& root) {
    for (Lab& lab : all_labs(root)) {
      if (lab.number == number) return std::move(lab);
    }
    throw std::runtime_error("there is no lab " + std::to_string(number));
  }

  Inputs inputs_;
  Lab lab_;
  fs::path folder_;
};

// The reference, with this in front of everything that HashIndex::insert does.
std::string with_insert(const std::string& reference, const std::string& code, const std::string& includes = {}) {
  const std::string signature = "bool HashIndex::insert(KeyHash hash, std::uint64_t offset) {\n";
  std::string source = reference;
  const std::size_t at = source.find(signature);
  if (at == std::string::npos) throw std::runtime_error("the reference has no " + signature);
  source.insert(at + signature.size(), code + "\n");
  return includes + source;
}

// The reference, with this in front of everything that its functions do which are the student's.
std::string with_all(const std::string& reference, const std::string& code, const std::string& includes) {
  std::istringstream lines(reference);
  std::string source = includes;
  std::string line;
  bool marked = false;
  std::size_t functions = 0;
  while (std::getline(lines, line)) {
    source += line + "\n";
    if (line.find("the body of this function is yours") != std::string::npos) marked = true;
    if (!marked || line.empty() || line.back() != '{') continue;
    source += code + "\n";
    marked = false;
    ++functions;
  }
  if (functions == 0) throw std::runtime_error("the reference has no marked function");
  return source;
}

struct Hostile {
  const char* name;
  const char* code;      // at the beginning of insert
  const char* includes;  // at the top of the file
  const char* reason;    // what the failed check says; a regular expression
};

const Hostile kHostile[] = {
    {"ExitsEarly", "std::exit(0);", "#include <cstdlib>\n", "ended the process, with exit status 0"},
    {"ExitsAtOnce", "_exit(0);", "#include <unistd.h>\n", "ended the process, with exit status 0"},
    {"PrintsThatItPassed",
     "std::puts(\"L5.2 ok (3/3)\\n[  PASSED  ]\\n{\\\"score\\\": 90}\"); std::fflush(stdout); return false;",
     "#include <cstdio>\n", "the probe should return 64; yours returned nothing"},
    {"ClosesEverything", "for (int end = 0; end < 64; ++end) close(end);", "#include <unistd.h>\n",
     "ended the process|closed the pipe"},
    {"WritesToEverything",
     "for (int end = 0; end < 64; ++end) { if (write(end, \"{\\\"passed\\\": true}\", 16) < 0) continue; }",
     "#include <unistd.h>\n", "wrote into the pipe to the grader"},
    {"ForgesAnAnswer", "const char frame[9] = {'3','R','E','Q',1,0,0,0,7}; if (write(4, frame, 9) != 9) std::abort();",
     "#include <unistd.h>\n#include <cstdlib>\n", "wrote into the pipe to the grader"},
    {"Forks", "require(fork() >= 0, \"no new process\");", "#include <unistd.h>\n", "no new process"},
    {"Spins", "volatile bool on = true; while (on) { }", "", "more than 10 s of CPU time"},
    {"Sleeps", "sleep(100000);", "#include <unistd.h>\n", "did not answer within"},
    {"AllocatesEverything",
     "static std::vector<std::unique_ptr<char[]>> all;\n"
     "while (true) { all.emplace_back(new char[1 << 24]); for (int i = 0; i < 1 << 24; i += 4096) all.back()[i] = 1; }",
     "", "crashed|exceeded|AddressSanitizer|ended the process"},
    {"Recurses", "static int depth = 0; ++depth; insert(hash, offset); --depth;", "", "stack-overflow|crashed"},
    {"Throws", "throw 5;", "", "terminate called"},
    {"ThrowsAsTheHarnessDoes", "throw labs::Malformed(\"a message ends too early\");",
     "#include <stdexcept>\nnamespace sediment::labs { struct Malformed : std::runtime_error { using "
     "std::runtime_error::runtime_error; }; }\n",
     "this is an error of the grader; build it again"},
    {"CorruptsMemory", "char* bytes = new char[8]; bytes[offset] = 1; delete[] bytes;", "",
     "heap-buffer-overflow|insufficient space"},
    {"ReadsAnywhere",
     "volatile std::uint64_t where = 0x123456789000; if (*reinterpret_cast<const int*>(where) == 7) return true;", "",
     R"(your code reads at an address that is not its own \(0x123456789000\).*: hash_index\.cc:\d+$)"},
    {"Overflows", "int most = 2147483647; most += static_cast<int>(offset); if (most == 0) return true;", "",
     "signed integer overflow"},
    {"OpensASocket", "require(socket(1, 1, 0) >= 0, \"no socket\");", "#include <sys/socket.h>\n", "no socket"},
    {"KillsTheGrader", "require(kill(getppid(), 9) == 0, \"could not kill\");",
     "#include <csignal>\n#include <unistd.h>\n", "could not kill"},
};

class HostileStudents : public testing::TestWithParam<Hostile> {};

TEST_P(HostileStudents, FailACheckAndLeaveAResult) {
  const Grader grader;
  const Hostile& hostile = GetParam();
  const LabResult result = grader.grade_source(with_insert(grader.reference(), hostile.code, hostile.includes), "L5.2");
  ASSERT_EQ(result.problem, "") << result.compiler;
  ASSERT_EQ(result.checks.size(), 1U);
  EXPECT_EQ(result.checks[0].outcome, Outcome::kFailed);
  EXPECT_EQ(result.score(), 0);
  EXPECT_TRUE(std::regex_search(result.checks[0].reason, std::regex(hostile.reason))) << result.checks[0].reason << "\n"
                                                                                      << result.checks[0].output;
  const nlohmann::json saved = nlohmann::json::parse(read_file(grader.result_file()), nullptr, false);
  ASSERT_TRUE(saved.is_object());
  EXPECT_EQ(saved.at("complete"), true);
  EXPECT_EQ(saved.at("score"), 0);
  EXPECT_EQ(saved.at("checks").at(0).at("outcome"), "failed");
}

INSTANTIATE_TEST_SUITE_P(All, HostileStudents, testing::ValuesIn(kHostile),
                         [](const auto& hostile) { return std::string(hostile.param.name); });

// What every lab must withstand, whatever crosses its pipe: one that leaves, one that forges an answer, one that stays.
TEST(HostileStudent, FailsTheFirstCheckOfEachLab) {
  constexpr const char* kForged =
      "const char frame[9] = {'3','R','E','Q',1,0,0,0,7}; if (write(4, frame, 9) != 9) std::abort();";
  const Hostile hostile_ways[] = {
      {"Exits", "std::exit(0);", "#include <cstdlib>\n", "ended the process, with exit status 0"},
      {"Forges", kForged, "#include <unistd.h>\n#include <cstdlib>\n", "wrote into the pipe to the grader"},
      {"Spins", "volatile bool on = true; while (on) { }", "", "a loop that does not end|keeps the processor busy"},
  };
  std::size_t labs = 0;
  for (const Lab& lab : all_labs(read_inputs(SEDIMENT_LAB_INPUTS).root)) {
    if (lab.number == 5 || lab.own != nullptr) continue;  // has all of kHostile; has no code
    ++labs;
    const Grader grader(lab.number);
    for (const Hostile& hostile : hostile_ways) {
      SCOPED_TRACE("lab " + std::to_string(lab.number) + ", " + hostile.name);
      const LabResult result =
          grader.grade_source(with_all(grader.reference(), hostile.code, hostile.includes), lab.checks.front().id);
      ASSERT_EQ(result.problem, "") << result.compiler;
      ASSERT_EQ(result.checks.size(), 1U);
      EXPECT_EQ(result.checks[0].outcome, Outcome::kFailed);
      EXPECT_EQ(result.score(), 0);
      EXPECT_TRUE(std::regex_search(result.checks[0].reason, std::regex(hostile.reason))) << result.checks[0].reason;
    }
  }
  EXPECT_GE(labs, 3U);
}

TEST(HostileStudent, WhoDeletesFilesDeletesNone) {
  const Grader grader;
  const std::string victim = grader.folder() + "/victim";
  std::ofstream(victim) << "here";
  const LabResult result = grader.grade_source(
      with_insert(grader.reference(), "require(unlink(\"" + victim + "\") == 0, \"could not delete\");",
                  "#include <unistd.h>\n"),
      "L5.2");
  EXPECT_NE(result.checks[0].reason.find("could not delete"), std::string::npos) << result.checks[0].reason;
  EXPECT_EQ(read_file(victim), "here");
}

TEST(HostileStudent, WhoWritesFilesWritesNone) {
  const Grader grader;
  const LabResult result =
      grader.grade_source(with_insert(grader.reference(),
                                      "require(std::fopen(\"" + grader.folder() +
                                          "/result.json\", \"w\") != nullptr, \"could not write\");",
                                      "#include <cstdio>\n"),
                          "L5.2");
  EXPECT_NE(result.checks[0].reason.find("could not write"), std::string::npos) << result.checks[0].reason;
  EXPECT_TRUE(nlohmann::json::accept(read_file(grader.result_file())));
}

// Before main, where a sandbox that the program sets up for itself would come too late.
TEST(HostileStudent, WhoActsBeforeTheProgramBeginsIsInTheSandboxAlready) {
  const Grader grader;
  const LabResult result = grader.grade_source(
      "#include <cstdlib>\n#include <unistd.h>\n"
      "namespace { const struct Early { Early() { if (fork() >= 0) _exit(3); _exit(4); } } early; }\n" +
          grader.reference(),
      "L5.1");
  EXPECT_EQ(result.checks[0].outcome, Outcome::kFailed);
  EXPECT_NE(result.checks[0].reason.find("exit status 4"), std::string::npos) << result.checks[0].reason;
}

// What a program needs to start, and nothing about this machine or its user. A watcher's names of functions would also make
// each process read all its debugging information when it starts, which triples the time of a lab.
TEST(HostileStudent, WhoReadsTheEnvironmentFindsTheSanitizersOptions) {
  const Grader grader;
  const auto told = [&](const std::string& condition) {
    return grader
        .grade_source(with_insert(grader.reference(),
                                  "std::string names;\n"
                                  "for (char** entry = environ; *entry != nullptr; ++entry) {\n"
                                  "  const std::string text = *entry;\n"
                                  "  names += text.substr(0, text.find('=')) + \" \";\n"
                                  "}\n"
                                  "require(" +
                                      condition + ", names.c_str());",
                                  "#include <unistd.h>\n\n#include <string>\n"),
                      "L5.2")
        .checks[0];
  };
  const CheckResult all = told(
      "names == \"ASAN_OPTIONS UBSAN_OPTIONS PATH \" || names == \"ASAN_OPTIONS UBSAN_OPTIONS PATH LD_LIBRARY_PATH \"");
  EXPECT_EQ(all.outcome, Outcome::kPassed) << all.reason;
  EXPECT_EQ(told("false").outcome, Outcome::kFailed);  // the names are looked at
}

TEST(HostileStudent, WhoIncludesTheReferenceIsRefused) {
  const Grader grader;
  const fs::path engine = fs::path(SEDIMENT_SOURCE_DIR) / "engine/hash_index.cc";
  for (const std::string& line :
       {"#include \"" + engine.string() + "\"\n", std::string("#include \"engine/hash_index.cc\"\n"),
        "#include \"" + (fs::path(SEDIMENT_SOURCE_DIR) / "labs/05_hash_index/right/compact.cc").string() + "\"\n"}) {
    const LabResult result = grader.grade_source(line);
    EXPECT_EQ(result.score(), 0) << line;
    EXPECT_NE(result.problem, "") << line;
    for (const CheckResult& check : result.checks) EXPECT_EQ(check.outcome, Outcome::kFailed);
  }
}

TEST(HostileStudent, WhoShadowsAHeaderChangesNothing) {
  const Grader grader;
  fs::create_directories(grader.folder() + "/engine");
  std::ofstream(grader.folder() + "/engine/hash_index.h") << "#error shadowed\n";
  EXPECT_EQ(grader.grade_source(grader.reference(), "L5.2").score(), 3);
}

TEST(HostileStudent, WhoseFileDoesNotCompileIsToldWhatTheCompilerSays) {
  const Grader grader;
  const LabResult result = grader.grade_source("int main( {\n");
  EXPECT_EQ(result.score(), 0);
  EXPECT_EQ(result.problem, "your file does not compile");
  EXPECT_NE(result.compiler.find("hash_index.cc:1"), std::string::npos) << result.compiler;
}

TEST(HostileStudent, WhoDefinesTheHarnessesFunctionsCannotBeLinked) {
  const Grader grader;
  const LabResult result = grader.grade_source(grader.reference() + "int main() { return 0; }\n");
  EXPECT_EQ(result.score(), 0);
  EXPECT_EQ(result.problem, "your file cannot be linked");
}

TEST(HostileStudent, WhoseFileIsEmptyHasImplementedNothing) {
  const Grader grader;
  const LabResult result = grader.grade_source("");
  EXPECT_EQ(result.score(), 0);
  for (const CheckResult& check : result.checks) EXPECT_EQ(check.outcome, Outcome::kNotImplemented);
  EXPECT_NE(result.problem.find("does not define"), std::string::npos) << result.problem;
}

TEST(HostileStudent, WhoKeepsEverythingInMemoryLosesItAtAReopen) {
  // The index answers from a static table, whatever table it is asked for. The first store works; the second process
  // begins with nothing, and so does the first check with two indexes.
  const Grader grader;
  const LabResult result = grader.grade_source(
      with_insert(grader.reference(),
                  "static std::map<std::uint32_t, std::uint64_t> all; all[hash.tag] = offset; ++size_; return false;",
                  "#include <map>\n"));
  EXPECT_EQ(result.checks[1].outcome, Outcome::kFailed);
  EXPECT_LT(result.score(), 40);
}

// A whole text log in memory. It answers everything right for as long as the process lives, and a crash that is only
// simulated would not end it.
constexpr const char* kLogInMemory = R"(#include <map>

#include "engine/text_log.h"

namespace sediment {

namespace {

std::map<std::string, std::string> pairs;

}  // namespace

Result<std::unique_ptr<TextLog>> TextLog::open(Disk& disk, std::string_view file_name) {
  Result<std::unique_ptr<File>> file = disk.open_to_append(file_name);
  if (!file.ok()) file = disk.create(file_name, 0);
  if (!file.ok()) return file.status();
  return std::unique_ptr<TextLog>(new TextLog(std::move(*file)));
}
Status TextLog::put(std::string_view key, std::string_view value) {
  pairs[std::string(key)] = value;
  return {};
}
Status TextLog::remove(std::string_view key) {
  pairs.erase(std::string(key));
  return {};
}
Status TextLog::get(std::string_view key, std::string* value) const {
  const auto found = pairs.find(std::string(key));
  if (found == pairs.end()) return Status::not_found();
  *value = found->second;
  return {};
}
Status TextLog::sync() { return {}; }

}  // namespace sediment
)";

// The grader cannot count the segments of a store in another process, so with the wrong solution this step makes no sense.
// That must not pass for a failure of the wrong solution.
TEST(HostileStudent, WhoseScenarioCannotBeRunExposesNothing) {
  const Grader grader;
  fs::create_directories(grader.folder() + "/break");
  std::ofstream(grader.folder() + "/break/equal_tag_overwrites.json")
      << R"({"seed": 1, "steps": ["put a 1", "expect segments 1"]})";
  const LabResult result = grader.grade_source(grader.reference(), "L5.17");
  ASSERT_EQ(result.checks.size(), 1U);
  EXPECT_EQ(result.checks[0].outcome, Outcome::kFailed);
  EXPECT_EQ(result.checks[0].reason, "the wrong solution should fail your scenario; it passes");
}

TEST(HostileStudent, WhoKeepsATextLogInMemoryHasNothingInANewProcess) {
  const Grader grader(1);
  const LabResult result = grader.grade_source(kLogInMemory);
  ASSERT_EQ(result.problem, "") << result.compiler;
  const auto check_of = [&](const std::string& id) {
    for (const CheckResult& check : result.checks) {
      if (check.id == id) return check;
    }
    throw std::runtime_error("there is no check " + id);
  };
  for (const char* id : {"L1.3", "L1.4", "L1.6"})
    EXPECT_EQ(check_of(id).outcome, Outcome::kPassed) << check_of(id).reason;
  EXPECT_NE(check_of("L1.2").reason.find("the file should hold"), std::string::npos) << check_of("L1.2").reason;
  for (const char* id : {"L1.10", "L1.11"}) {
    EXPECT_EQ(check_of(id).outcome, Outcome::kFailed) << id;
    EXPECT_NE(check_of(id).reason.find("yours found nothing"), std::string::npos) << check_of(id).reason;
  }
  EXPECT_NE(check_of("L1.16").reason.find("yours read 0"), std::string::npos) << check_of("L1.16").reason;
  // The scripts with reopens, and all crashes, are not even tried.
  for (const char* id : {"L1.17", "L1.18"}) EXPECT_EQ(check_of(id).outcome, Outcome::kSkipped) << id;
  EXPECT_LT(result.score(), 45);
  for (const char* id : {"L1.17", "L1.18"}) {
    const LabResult alone = grader.grade_source(kLogInMemory, id);
    EXPECT_EQ(alone.score(), 0) << id;
    EXPECT_EQ(alone.checks.front().outcome, Outcome::kFailed) << id;
  }
}

TEST(HostileStudent, WhoNeverReturnsIsStoppedAfterTwoChecks) {
  const Grader grader;
  const LabResult result =
      grader.grade_source(with_insert(grader.reference(), "volatile bool on = true; while (on) { }"));
  ASSERT_EQ(result.problem, "") << result.compiler;
  std::size_t endless = 0;
  for (const CheckResult& check : result.checks) {
    if (check.outcome == Outcome::kFailed) {
      ++endless;
      EXPECT_TRUE(std::regex_search(check.reason, std::regex("a loop that does not end|did not answer within")))
          << check.id << ": " << check.reason;
      EXPECT_NE(check.hint.find("a loop of yours does not end"), std::string::npos) << check.hint;
    } else if (endless == 2) {
      EXPECT_EQ(check.outcome, Outcome::kSkipped) << check.id;
    }
  }
  EXPECT_EQ(endless, 2U);
}

// A text log that prints the file at this path, or the names in it if it is a folder, and gives it back as every value.
std::string log_that_reads(const std::string& path) {
  return R"(#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "engine/text_log.h"

namespace sediment {

namespace {

std::string read_all() {
  const std::string path = ")" +
         path + R"(";
  std::ostringstream text;
  if (std::filesystem::is_directory(path)) {
    for (const auto& entry : std::filesystem::directory_iterator(path)) text << entry.path().string() << "\n";
  } else {
    text << std::ifstream(path).rdbuf();
  }
  return text.str();
}

}  // namespace

Result<std::unique_ptr<TextLog>> TextLog::open(Disk& disk, std::string_view file_name) {
  Result<std::unique_ptr<File>> file = disk.create(file_name, 0);
  if (!file.ok()) return file.status();
  return std::unique_ptr<TextLog>(new TextLog(std::move(*file)));
}
Status TextLog::put(std::string_view, std::string_view) { return {}; }
Status TextLog::remove(std::string_view) { return {}; }
Status TextLog::get(std::string_view, std::string* value) const {
  *value = read_all();
  std::fputs(value->c_str(), stdout);
  std::fflush(stdout);
  return {};
}
Status TextLog::sync() { return {}; }

}  // namespace sediment
)";
}

// The files of this repository can be read: they are public. What was read neither answers a question nor does it get into
// the result as anything else than text.
TEST(HostileStudent, WhoReadsTheAnswerKeyGainsNothing) {
  const std::string root = SEDIMENT_SOURCE_DIR;
  const std::string lab = root + "/labs/01_text_log";
  for (const std::string& path :
       {std::string(SEDIMENT_LAB_INPUTS), lab + "/hints.json", lab + "/wrong", root + "/engine/text_log.cc"}) {
    const Grader grader(1);
    const LabResult result = grader.grade_source(log_that_reads(path), "L1.3");
    ASSERT_EQ(result.problem, "") << result.compiler;
    const CheckResult& check = result.checks.at(0);
    EXPECT_EQ(check.outcome, Outcome::kFailed) << path;
    EXPECT_EQ(result.score(), 0) << path;
    EXPECT_NE(check.reason.find("get should find nothing; yours found"), std::string::npos) << check.reason;
    EXPECT_EQ(check.reason.find("yours found \"\""), std::string::npos) << path << " was not read";
    EXPECT_LT(check.reason.size(), 200U) << check.reason;
    const nlohmann::json saved = nlohmann::json::parse(read_file(grader.result_file()), nullptr, false);
    ASSERT_TRUE(saved.is_object()) << path;
    EXPECT_EQ(saved.at("complete"), true);
    EXPECT_EQ(saved.at("score"), 0);
    EXPECT_EQ(saved.at("checks").at(0).at("outcome"), "failed");
  }
}

}  // namespace
}  // namespace sediment::labs
