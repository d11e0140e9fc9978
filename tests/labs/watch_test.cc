// Watching a failure: its trace shows the student's own file, line by line as it was graded, and the story in the terminal
// says the same.
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "labs/grader/files.h"
#include "labs/grader/grade.h"
#include "labs/grader/starter.h"
#include "labs/grader/watch.h"

namespace sediment::labs {
namespace {

namespace fs = std::filesystem;

const Inputs& inputs() {
  static const Inputs inputs = read_inputs(SEDIMENT_LAB_INPUTS);
  return inputs;
}

const Lab& lab(int number) {
  static const std::vector<Lab> labs = all_labs(inputs().root);
  return *std::find_if(labs.begin(), labs.end(), [&](const Lab& each) { return each.number == number; });
}

std::string solution(int number, const std::string& name) {
  return inputs().root + "/labs/" + lab(number).folder + "/" + name;
}

std::vector<sim::EventEntry> calls_in(const sim::Trace& trace, EventKind kind = EventKind::kCalled) {
  std::vector<sim::EventEntry> calls;
  for (const sim::TraceEntry& entry : trace.entries()) {
    const auto* event = std::get_if<sim::EventEntry>(&entry);
    if (event != nullptr && event->kind == kind) calls.push_back(*event);
  }
  return calls;
}

std::set<std::string> functions_called(const sim::Trace& trace) {
  std::set<std::string> functions;
  for (const sim::EventEntry& call : calls_in(trace)) functions.insert(call.why);
  return functions;
}

// Each call is in the student's file, on the line where that function begins.
void expect_own_lines(const sim::Trace& trace, int number, const std::string& file) {
  const std::vector<std::string> lines = lines_of(read_file(file));
  for (const sim::EventEntry& call : calls_in(trace)) {
    EXPECT_EQ(call.source_file, lab(number).file());
    ASSERT_GE(call.source_line, 1);
    ASSERT_LE(call.source_line, static_cast<int>(lines.size()));
    EXPECT_NE(lines[static_cast<std::size_t>(call.source_line) - 1].find(call.why + "("), std::string::npos)
        << call.why << ", line " << call.source_line;
  }
}

class Watch : public ::testing::Test {
 protected:
  Watch() : folder_(fs::path(testing::TempDir()) / ("watch-" + std::to_string(::getpid()))) {
    fs::create_directories(folder_);
  }
  ~Watch() override { fs::remove_all(folder_); }

  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  // The reference of lab 5 with this line in front of everything that HashIndex::insert does. Returns the line's number.
  int write_broken_insert(const std::string& line) const {
    std::string source = "#include <vector>\n" + read_file(inputs().root + "/engine/hash_index.cc");
    const std::string signature = "bool HashIndex::insert(KeyHash hash, std::uint64_t offset) {\n";
    const std::size_t at = source.find(signature) + signature.size();
    source.insert(at, line + "\n");
    write_file(path("hash_index.cc"), source);
    return static_cast<int>(std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(at), '\n')) + 1;
  }

 private:
  fs::path folder_;
};

// A search that never goes on at slot 0: each test that needs some failure takes this one.
const sim::Trace& trace_of_no_wrap() {
  static const std::string file = solution(5, "wrong/no_wrap.cc");
  static const sim::Trace trace = trace_of_check(lab(5), inputs(), "L5.6", {file, file, 1});
  return trace;
}

TEST_F(Watch, ACheckOfTheComponentAloneIsATraceOfItsStepsAndCalls) {
  const sim::Trace& trace = trace_of_no_wrap();
  EXPECT_EQ(trace.about().component, "hash_index.cc");
  EXPECT_EQ(trace.about().component_path, "labs/05_hash_index/wrong/no_wrap.cc");
  EXPECT_TRUE(trace.about().title.starts_with("L5.6: ")) << trace.about().title;
  EXPECT_FALSE(trace.about().hint.empty());
  expect_own_lines(trace, 5, solution(5, "wrong/no_wrap.cc"));
  EXPECT_EQ(functions_called(trace),
            (std::set<std::string>{"HashIndex::Probe::next", "HashIndex::insert", "HashIndex::move_to"}));
  const auto* end = std::get_if<sim::OutcomeEntry>(&trace.entries().back());
  ASSERT_NE(end, nullptr);
  EXPECT_FALSE(end->ok);
  EXPECT_NE(end->text.find("the probe should return"), std::string::npos) << end->text;
}

TEST_F(Watch, TheSameFunctionAgainAndAgainIsOneCallWithACount) {
  std::uint64_t most = 0;
  for (const sim::EventEntry& call : calls_in(trace_of_no_wrap())) most = std::max(most, call.size);
  EXPECT_GT(most, 1U);
}

class InAStore : public Watch, public ::testing::WithParamInterface<int> {};

TEST_P(InAStore, AScenarioShowsTheCallsBetweenTheEventsOfTheEngine) {
  const int number = GetParam();
  write_file(path("s.json"), R"({"store": "engine", "steps": ["put a 1", "get a", "check"]})");
  const std::string file = inputs().root + "/engine/" + lab(number).file();
  const sim::Trace trace = trace_of_scenario(lab(number), inputs(), path("s.json"), {file, file, 1});
  expect_own_lines(trace, number, file);
  EXPECT_FALSE(calls_in(trace, EventKind::kAcknowledged).empty());
  const std::vector<std::string> own = functions_of(lab(number), inputs());
  for (const std::string& function : functions_called(trace))
    EXPECT_EQ(std::count(own.begin(), own.end(), function), 1);
  EXPECT_TRUE(functions_called(trace).contains(number == 2 ? "encode_record" : "HashIndex::insert"));
  std::size_t in_check = 0;  // the oracle's own reads are hidden, but not the calls into the student's code
  for (auto entry = trace.entries().rbegin(); !std::holds_alternative<sim::InputEntry>(*entry); ++entry) {
    if (std::holds_alternative<sim::EventEntry>(*entry)) ++in_check;
  }
  EXPECT_GT(in_check, 0U);
}

INSTANTIATE_TEST_SUITE_P(Labs, InAStore, ::testing::Values(2, 5));

// Debugging information has only the last name of a function in an anonymous namespace.
TEST_F(Watch, MembersOfAClassInAnAnonymousNamespaceAreTold) {
  write_file(path("s.json"), R"({"store": "engine", "steps": ["put a 1", "crash clean-kill", "recover"]})");
  const std::string file = inputs().root + "/engine/recovery.cc";
  const sim::Trace trace = trace_of_scenario(lab(9), inputs(), path("s.json"), {file, file, 1});
  EXPECT_TRUE(functions_called(trace).contains("Recovery::run"));
  EXPECT_NE(tell_story(trace).find("calls Recovery::run (line "), std::string::npos) << tell_story(trace);
}

// So that a student can choose the operation after which a crash strikes.
TEST_F(Watch, TheStoryNumbersTheOperationsOfTheDisk) {
  write_file(path("s.json"), R"({"store": "engine", "steps": ["put a 1", "sync"]})");
  const std::string file = inputs().root + "/engine/hash_index.cc";
  const std::string story = tell_story(trace_of_scenario(lab(5), inputs(), path("s.json"), {file, file, 1}));
  const std::size_t open = story.find("       disk: 1 ");
  const std::size_t put = story.find("  2  put a 1\n");
  const std::size_t sync = story.find("  3  sync\n");
  ASSERT_NE(sync, std::string::npos) << story;
  EXPECT_LT(open, put) << story;
  EXPECT_NE(story.substr(put, sync - put).find(" append 000001.log\n"), std::string::npos) << story;
  EXPECT_NE(story.substr(sync).find(" sync 000001.log\n"), std::string::npos) << story;
}

struct Stop {
  const char* statement;
  const char* finding;  // as when it is graded
};

class StopsAtALine : public Watch, public ::testing::WithParamInterface<Stop> {};

TEST_P(StopsAtALine, ThatIsShown) {
  const int number = write_broken_insert(GetParam().statement);
  const std::string file = path("hash_index.cc");
  const sim::Trace trace = trace_of_check(lab(5), inputs(), "L5.2", {file, file, 1});
  const std::vector<sim::EventEntry> stops = calls_in(trace, EventKind::kStopped);
  ASSERT_EQ(stops.size(), 1U);
  EXPECT_EQ(stops[0].source_line, number);
  EXPECT_EQ(stops[0].source_file, "hash_index.cc");
  EXPECT_EQ(stops[0].why, "HashIndex::insert");
  const std::string story = tell_story(trace);
  EXPECT_NE(story.find("It stopped in HashIndex::insert: " + file + ":" + std::to_string(number)), std::string::npos)
      << story;
  EXPECT_NE(story.find(GetParam().finding), std::string::npos) << story;
  EXPECT_EQ(story.find("ABRT"), std::string::npos) << story;
}

INSTANTIATE_TEST_SUITE_P(
    Findings, StopsAtALine,
    ::testing::Values(Stop{"static int numbers[4]; volatile std::size_t at = 4; if (numbers[at] != 0) return false;",
                           "out of bounds"},
                      Stop{"std::vector<int> none; if (none[offset] != 0) return false;",
                           "Assertion '__n < this->size()' failed"},
                      Stop{"require(size_ > 1'000'000, \"the index is large\");",
                           "sediment: programming error: the index is large"}));

TEST_F(Watch, ALoopThatDoesNotEndIsShownByItsLastCall) {
  write_broken_insert("for (volatile bool ever = true; ever;) {}");
  const std::string file = path("hash_index.cc");
  const sim::Trace trace = trace_of_check(lab(5), inputs(), "L5.2", {file, file, 1});
  ASSERT_FALSE(calls_in(trace).empty());
  EXPECT_EQ(calls_in(trace).back().why, "HashIndex::insert");
}

TEST_F(Watch, ShowsTheFileAsItWasGraded) {
  const std::string file = path("mine.cc");
  const std::string wrong = read_file(solution(5, "wrong/equal_tag_overwrites.cc"));
  write_file(file, wrong);
  GradeOptions options;
  options.file = file;
  options.only = "L5.3";
  options.seed = 7;
  options.stories = path("");
  const LabResult result = grade(lab(5), inputs(), options);
  ASSERT_EQ(result.checks[0].outcome, Outcome::kFailed);
  EXPECT_NE(tell(result.checks[0], result).find("./dev lab 5 watch L5.3"), std::string::npos);
  write_file(file, "the student goes on editing");

  const Graded graded = read_graded(path(""), "L5.3");
  EXPECT_EQ(graded.path, file);
  EXPECT_EQ(graded.seed, 7U);
  EXPECT_EQ(read_file(graded.file), wrong);
  EXPECT_EQ(first_graded(lab(5), path("")), "L5.3");
  save_watched(trace_of_check(lab(5), inputs(), "L5.3", graded), graded, path("watched.jsonl"));
  std::ifstream saved(path("watched.jsonl"));
  Result<sim::Trace> trace = sim::load_trace(saved);
  ASSERT_TRUE(trace.ok()) << trace.status().to_string();
  EXPECT_EQ(trace->about().component_path, file);
  EXPECT_EQ(read_file(path(trace->about().component_copy)), wrong);

  forget_graded(path(""), "L5.3");
  EXPECT_THROW((void)read_graded(path(""), "L5.3"), std::invalid_argument);
  EXPECT_THROW((void)first_graded(lab(5), path("")), std::invalid_argument);
}

TEST_F(Watch, ACheckThatPassesOrThatIsStillToBeWrittenSaysSo) {
  const std::string right = solution(5, "right/compact.cc");
  const std::string starter = solution(5, "hash_index.cc");
  for (const auto& [file, reason] : {std::pair(right, "L5.2 passes"), std::pair(starter, "is still to be written")}) {
    try {
      (void)trace_of_check(lab(5), inputs(), "L5.2", {file, file, 1});
      ADD_FAILURE() << file;
    } catch (const std::invalid_argument& refused) {
      EXPECT_NE(std::string(refused.what()).find(reason), std::string::npos) << refused.what();
    }
  }
}

TEST_F(Watch, TheStoryNumbersTheStepsAndNamesFunctionsAndLines) {
  const sim::Trace& trace = trace_of_no_wrap();
  const std::string story = tell_story(trace);
  const sim::EventEntry call = calls_in(trace).back();
  EXPECT_NE(story.find("    1  reserve("), std::string::npos) << story;
  EXPECT_NE(story.find("calls " + call.why + " (line " + std::to_string(call.source_line)), std::string::npos) << story;
  EXPECT_NE(story.find("\n  ***** step "), std::string::npos) << story;
  EXPECT_NE(story.find("Hint: " + trace.about().hint), std::string::npos) << story;
}

}  // namespace
}  // namespace sediment::labs
