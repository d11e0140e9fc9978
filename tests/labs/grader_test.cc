// The grader's parts: starters, results and their exports, and the two ends of the pipe.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>
#include <sstream>

#include "labs/grader/attempt.h"
#include "labs/grader/grade.h"
#include "labs/grader/progress.h"
#include "labs/grader/starter.h"
#include "labs/wire/frame.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

const Inputs& inputs() {
  static const Inputs inputs = read_inputs(SEDIMENT_LAB_INPUTS);
  return inputs;
}

TEST(Starter, IsWhatTheReferenceGives) {
  for (const Lab& lab : all_labs(inputs().root)) {
    if (lab.own != nullptr) continue;
    const std::string reference = read_file(inputs().root + "/engine/" + lab.file());
    EXPECT_EQ(read_file(student_file(lab, inputs())), make_starter(reference, lab.number, lab.title))
        << "make it again: ./dev lab " << lab.number << " starter --out labs/" << lab.folder << "/" << lab.file();
  }
}

TEST(Starter, EmptiesMarkedBodiesAndNothingElse) {
  const std::string reference =
      "#include \"a.h\"\n"
      "\n"
      "int given() { return 1; }\n"
      "// What it does.\n"
      "// Lab 7: the body of this function is yours.\n"
      "int* Part::theirs(int a,\n"
      "                  int b) {\n"
      "  if (a) {\n"
      "    return nullptr;\n"
      "  }\n"
      "}\n"
      "\n"
      "// Lab 7: the body of this function is yours.\n"
      "int short_one(int a) { return a; }\n"
      "int another() { return 2; }\n";
  EXPECT_EQ(make_starter(reference, 7, "Part"),
            "// Lab 7: Part. README.md beside this file says what to do.\n"
            "#include \"a.h\"\n"
            "#include \"labs/not_implemented.h\"\n"
            "\n"
            "int given() { return 1; }\n"
            "// What it does.\n"
            "int* Part::theirs(int a,\n"
            "                  int b) {\n"
            "  // Yours, instead of the next line.\n"
            "  not_implemented(\"Part::theirs\");\n"
            "}\n"
            "\n"
            "int short_one(int a) {\n"
            "  // Yours, instead of the next line.\n"
            "  not_implemented(\"short_one\");\n"
            "}\n"
            "int another() { return 2; }\n");
  EXPECT_THROW(make_starter(reference, 8, "Part"), std::runtime_error) << "no mark of that lab";
}

LabResult some_result() {
  LabResult result;
  result.lab = 5;
  result.title = "Hash index";
  result.isolation = "isolated: yes";
  result.complete = true;
  result.seconds = 12.4;
  CheckResult passed;
  passed.id = "L5.1";
  passed.sentence = "an empty index finds nothing";
  passed.points = 3;
  passed.outcome = Outcome::kPassed;
  CheckResult failed = passed;
  failed.id = "L5.2";
  failed.outcome = Outcome::kFailed;
  failed.reason = "the probe should return <64> & \"not\" \x1b[31m\xff";
  failed.hint = "Look.";
  failed.story = {"reserve(8)", "insert(tag 0x00000001, byte 64)"};
  CheckResult skipped = passed;
  skipped.id = "L5.3";
  skipped.outcome = Outcome::kSkipped;
  skipped.reason = "L5.2 must pass first";
  CheckResult open = passed;
  open.id = "L5.4";
  open.outcome = Outcome::kNotImplemented;
  result.checks = {passed, failed, skipped, open};
  return result;
}

std::set<std::string> names_in(const json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

TEST(Export, ForGradescopeHasTheFieldsThatItKnows) {
  const json result = json::parse(export_as("gradescope", some_result()));
  const std::set<std::string> top{"score",      "execution_time",    "output", "output_format",
                                  "visibility", "stdout_visibility", "tests",  "leaderboard"};
  EXPECT_EQ(names_in(result), top);
  EXPECT_EQ(result["score"], 3);
  EXPECT_TRUE(result["execution_time"].is_number_integer());
  ASSERT_EQ(result["tests"].size(), 4U);
  for (const json& test : result["tests"]) {
    EXPECT_TRUE(test["score"].is_number_integer());
    EXPECT_TRUE(test["max_score"].is_number_integer());
    EXPECT_TRUE(test["status"] == "passed" || test["status"] == "failed");
    EXPECT_EQ(test["visibility"], "visible");
    EXPECT_TRUE(test["output"].is_string());
    EXPECT_TRUE(test["tags"].is_array());
  }
  EXPECT_EQ(result["tests"][1]["number"], "L5.2");
}

TEST(Export, ForClassroom50HasExactlyItsSchema) {
  const json result = json::parse(export_as("classroom50", some_result()));
  EXPECT_EQ(names_in(result), (std::set<std::string>{"schema", "score", "max-score", "tests"}));
  EXPECT_EQ(result["schema"], "classroom50/result/v1");
  for (const json& test : result["tests"]) {
    EXPECT_EQ(names_in(test), (std::set<std::string>{"test-name", "passed", "score", "max-score"}));
    EXPECT_TRUE(test["passed"].is_boolean());
    EXPECT_TRUE(test["score"].is_number_integer());
  }
}

TEST(Export, ForJUnitEscapesWhatStudentsPrint) {
  const std::string xml = export_as("junit", some_result());
  EXPECT_NE(xml.find("tests=\"4\" failures=\"2\" skipped=\"1\""), std::string::npos) << xml;
  EXPECT_NE(xml.find("&lt;64&gt; &amp; &quot;not&quot;"), std::string::npos) << xml;
  EXPECT_EQ(xml.find('\x1b'), std::string::npos);
  EXPECT_EQ(xml.find('\xff'), std::string::npos);
}

TEST(Export, OfAnUnknownFormatIsAnError) {
  EXPECT_THROW((void)export_as("yaml", some_result()), std::invalid_argument);
}

TEST(Story, HasStepsReasonHintAndTheCommandToRepeatIt) {
  const LabResult result = some_result();
  const std::string text = tell(result.checks[1], result);
  EXPECT_NE(text.find("    2  insert(tag 0x00000001, byte 64)\n"), std::string::npos) << text;
  EXPECT_NE(text.find("***** step 2: the probe should return"), std::string::npos) << text;
  EXPECT_NE(text.find("Hint: Look."), std::string::npos) << text;
  EXPECT_NE(text.find("./dev lab 5 --only L5.2 --seed 0"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos) << "a student's text must not reach the terminal raw";
}

TEST(Story, PointsToTheFirstOfTwoChecksThatFailAlike) {
  LabResult result = some_result();
  CheckResult& last = result.checks[3];
  last = result.checks[1];
  last.id = "L5.4";
  last.hint = "Look elsewhere.";
  EXPECT_NE(tell(result.checks[1], result).find("Hint: Look.\n"), std::string::npos) << "the first has its own hint";
  const std::string again = tell(last, result);
  EXPECT_NE(again.find("Hint: the same as in L5.2: mend that first.\n"), std::string::npos) << again;
  EXPECT_EQ(again.find("elsewhere"), std::string::npos) << again;
  last.reason = "another";
  EXPECT_NE(tell(last, result).find("Hint: Look elsewhere.\n"), std::string::npos);
  last = result.checks[1];
  last.id = "L5.4";
  last.story.emplace_back("probe");
  EXPECT_EQ(tell(last, result).find("the same as"), std::string::npos) << "at another step";
}

TEST(Story, PointsToNoOtherCheckIfTheSameSentenceMayHaveAnotherCause) {
  LabResult result = some_result();
  CheckResult& last = result.checks[3];
  last = result.checks[1];
  last.id = "L5.4";
  last.hint = "Look elsewhere.";
  last.story[1] = "insert(tag 0x00000002, byte 72)";
  EXPECT_NE(tell(last, result).find("Hint: Look elsewhere.\n"), std::string::npos) << "after another step";
  last.story.clear();
  result.checks[1].story.clear();
  EXPECT_NE(tell(last, result).find("Hint: Look elsewhere.\n"), std::string::npos) << "without a step";
  last.story = {"another story"};
  last.reason = "AddressSanitizer: heap-use-after-free: hash_index.cc:92";
  result.checks[1].reason = last.reason;
  EXPECT_NE(tell(last, result).find("Hint: the same as in L5.2"), std::string::npos) << "at the same line";
}

TEST(Attempt, ThatReachesNoCaseBlamesTheGraderUnlessTheCheckKnowsBetter) {
  Check check;
  check.run = [](CheckRun& run) { run.reached("calls"); };
  check.must_reach = {"calls", "calls that failed"};
  EXPECT_EQ(attempt(check, {}, 1).reason,
            "the check did not reach its case (calls that failed): this is an error of the grader");
  check.if_not_reached = "your code returned before the call that should fail";
  const Attempt failed = attempt(check, {}, 1);
  EXPECT_EQ(failed.outcome, Outcome::kFailed);
  EXPECT_EQ(failed.reason, check.if_not_reached);
  check.must_reach = {"calls"};
  EXPECT_EQ(attempt(check, {}, 1).outcome, Outcome::kPassed);
}

TEST(Result, IsSavedWholeWhileAnotherGraderWritesItAndIsToldIfItCannotBeSaved) {
  const std::string folder = testing::TempDir() + "results-" + std::to_string(::getpid());
  fs::create_directories(folder + "/lab5.json.new");  // where another process is at work
  LabResult result = some_result();
  save(result, folder + "/lab5.json");
  EXPECT_EQ(result.unsaved, "");
  EXPECT_EQ(json::parse(read_file(folder + "/lab5.json"))["lab"], 5);
  EXPECT_EQ(std::distance(fs::directory_iterator(folder), {}), 2) << "nothing temporary is left";
  save(result, folder + "/none/lab5.json");
  EXPECT_NE(tell_summary(result).find("Note: " + folder + "/none/lab5.json"), std::string::npos)
      << tell_summary(result);
  EXPECT_NE(tell_summary(result).find("cannot be written"), std::string::npos);
  fs::remove_all(folder);
}

TEST(Progress, IsRememberedByLabAndADamagedFileIsEmpty) {
  const std::string path = testing::TempDir() + "progress-" + std::to_string(::getpid()) + ".json";
  EXPECT_TRUE(read_progress(path).empty());
  LabResult result = some_result();
  remember(result, path);
  result.lab = 8;
  result.checks.resize(1);
  remember(result, path);
  const auto progress = read_progress(path);
  EXPECT_EQ(progress.at(5).state(), "3 of 12 points, failing at L5.2");
  EXPECT_EQ(progress.at(8).state(), "passed, 3 points");
  std::ofstream(path) << "[{\"lab\": 5";
  EXPECT_TRUE(read_progress(path).empty());
  fs::remove(path);
}

TEST(Message, ThatHoldsTooLittleOrTooMuchIsMalformed) {
  MessageWriter writer;
  writer.number(7).text("abc");
  for (std::size_t size = 0; size < writer.bytes().size(); ++size) {
    const std::string cut = writer.bytes().substr(0, size);
    MessageReader reader(cut);
    EXPECT_THROW(
        {
          (void)reader.number();
          (void)reader.text();
        },
        Malformed)
        << size;
  }
  MessageReader reader(writer.bytes());
  EXPECT_EQ(reader.number(), 7U);
  EXPECT_THROW(reader.end(), Malformed);
  EXPECT_EQ(reader.text(), "abc");
  reader.end();
}

TEST(Message, CarriesEveryStatus) {
  for (const Status& status :
       {Status(), Status::not_found(), Status::corruption("f.log", 40, "bad"), Status::io_error("f.log", "no"),
        Status::no_space("f.log", "full"), Status::invalid_argument("x"), Status::busy("b"), Status::read_only("r"),
        Status::no_memory()}) {
    MessageWriter writer;
    write_status(status, &writer);
    MessageReader reader(writer.bytes());
    EXPECT_EQ(read_status(&reader).to_string(), status.to_string());
    reader.end();
  }
}

TEST(Frame, OfUnknownKindOrHugeSizeIsMalformed) {
  EXPECT_EQ(decode_frame_header(encode_frame_header(FrameKind::kAnswer, "abc")).size, 3U);
  EXPECT_THROW((void)decode_frame_header("{\"passed"), Malformed);
  std::string header = encode_frame_header(FrameKind::kAnswer, "");
  header[7] = '\x7f';
  EXPECT_THROW((void)decode_frame_header(header), Malformed);
}

// What a command prints, and its exit status.
std::pair<std::string, int> output_of(const std::string& command) {
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {"it could not be started", -1};
  char bytes[4096];
  for (std::size_t got = 0; (got = std::fread(bytes, 1, sizeof(bytes), pipe)) > 0;) output.append(bytes, got);
  const int status = ::pclose(pipe);
  return {output, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

std::string grader(const std::string& arguments) {
  return std::string(SEDIMENT_BIN_DIR) + "/sediment-lab --inputs " + SEDIMENT_LAB_INPUTS + " " + arguments + " 2>&1";
}

std::string solution(const std::string& name) { return inputs().root + "/labs/05_hash_index/" + name; }

TEST(Debug, StopsInTheStudentsFunctionAtTheStepThatFails) {
  if (output_of("gdb --version").second != 0) GTEST_SKIP() << "there is no gdb";
  const auto [output, status] = output_of("printf 'backtrace 2\\nkill\\nquit\\n' | " +
                                          grader("debug 5 L5.5 --file " + solution("wrong/stops_at_another_tag.cc")));
  EXPECT_NE(output.find("L5.5 fails at step"), std::string::npos) << output;
  const std::size_t continued = output.rfind("Breakpoint ");
  ASSERT_NE(continued, std::string::npos) << output;
  EXPECT_NE(output.find("sediment::HashIndex::", continued), std::string::npos) << output;
  EXPECT_NE(output.find("hash_index.cc:", continued), std::string::npos) << output;
  // gdb neither asks anything nor lists the breakpoints, one for each function of the file.
  EXPECT_EQ(output.find("(y or [n])"), std::string::npos) << output;
  EXPECT_EQ(output.find("Note: breakpoint"), std::string::npos) << output;
  std::size_t breakpoints = 0;
  for (std::size_t at = output.find("\nBreakpoint "); at != std::string::npos;
       at = output.find("\nBreakpoint ", at + 1)) {
    ++breakpoints;
  }
  EXPECT_LE(breakpoints, 2U) << output;
}

TEST(Debug, OfACheckThatPassesSaysSo) {
  const auto [output, status] = output_of(grader("debug 5 L5.2 --file " + solution("right/compact.cc")));
  EXPECT_EQ(output, "L5.2 passes: there is nothing to debug\n");
  EXPECT_EQ(status, 1);
}

TEST(Command, SaysWhatIsWrongWithItsArguments) {
  for (const auto& [arguments, expected] :
       {std::pair("grade 13", "there is no lab 13; there is"),
        std::pair("grade 5 --only L5.99", "lab 5 has no check L5.99; it has L5.1 to"),
        std::pair("grade 5 --format yaml", "there is no format yaml"), std::pair("grade 5 --seed x", "--seed")}) {
    const auto [output, status] = output_of(grader(arguments));
    EXPECT_EQ(status, 2) << arguments;
    EXPECT_NE(output.find(expected), std::string::npos) << arguments << ": " << output;
  }
}

TEST(BreakIt, TakesTheScenariosOfTheLabIfThereAreNoneBesideTheFile) {
  const std::string folder = fs::temp_directory_path() / ("break_it_" + std::to_string(::getpid()));
  fs::create_directories(folder);
  const std::string file = folder + "/mine.cc";
  fs::copy_file(solution("right/compact.cc"), file);
  const Lab lab = all_labs(inputs().root).at(5);
  const std::string in_lab = setting_of(lab, inputs(), file, folder, true).break_folder;
  EXPECT_EQ(in_lab, inputs().root + "/labs/05_hash_index/break");
  EXPECT_EQ(setting_of(lab, inputs(), file, folder, false).break_folder, folder + "/break") << "when a class is graded";
  fs::create_directories(folder + "/break");
  EXPECT_EQ(setting_of(lab, inputs(), file, folder, true).break_folder, folder + "/break");
  fs::remove_all(folder);
}

TEST(Command, ExitsWithOneIfACheckFails) {
  const auto [output, status] =
      output_of(grader("grade 5 --only L5.3 --file " + solution("wrong/equal_tag_overwrites.cc")));
  EXPECT_EQ(status, 1) << output;
  EXPECT_NE(output.find("L5.3 two keys with the same tag each have a slot"), std::string::npos) << output;
  EXPECT_NE(output.find("FAIL (0/3)"), std::string::npos) << output;
  EXPECT_NE(output.find("there is none with byte 64"), std::string::npos) << output;
}

TEST(Command, ExportsWhatItGrades) {
  const auto [output, status] =
      output_of(grader("grade 5 --only L5.1 --format json --file " + solution("right/compact.cc")));
  EXPECT_EQ(status, 0);
  const json result = json::parse(output, nullptr, false);
  ASSERT_TRUE(result.is_object()) << output;
  EXPECT_EQ(result["score"], 3);
  EXPECT_EQ(result["checks"][0]["outcome"], "passed");
  if (fs::exists(inputs().root + "/.git")) {
    EXPECT_TRUE(std::regex_match(result["release"].get<std::string>(), std::regex("[0-9a-f]{12,}")));
  }
}

}  // namespace
}  // namespace sediment::labs
