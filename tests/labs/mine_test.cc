// ./dev lab mine: several students' solutions in one engine. Together they must pass, and a wrong one among them must be named.
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <ostream>
#include <set>
#include <vector>

#include "labs/grader/culprits.h"
#include "labs/grader/files.h"
#include "labs/grader/mine.h"

namespace sediment::labs {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;
using How = Culprits::How;
using Chosen = std::map<std::string, std::string>;  // by lab folder: "right/compact.cc"

const Inputs& inputs() {
  static const Inputs inputs = read_inputs(SEDIMENT_LAB_INPUTS);
  return inputs;
}

const std::vector<Lab>& labs() {
  static const std::vector<Lab> labs = [] {
    std::vector<Lab> all = all_labs(inputs().root);
    std::erase_if(all, [](const Lab& lab) { return lab.own != nullptr; });
    return all;
  }();
  return labs;
}

// A folder like `labs`, with these solutions.
class Files {
 public:
  explicit Files(const Chosen& chosen) {
    fs::remove_all(path_);
    for (const Lab& lab : labs()) {
      const auto solution = chosen.find(lab.folder);
      if (solution != chosen.end()) put(lab, read_file(inputs().root + "/labs/" + lab.folder + "/" + solution->second));
    }
  }
  ~Files() { fs::remove_all(path_); }
  Files(const Files&) = delete;
  Files& operator=(const Files&) = delete;

  void put(const Lab& lab, const std::string& source) const {
    fs::create_directories(path_ / lab.folder);
    write_file((path_ / lab.folder / lab.file()).string(), source);
  }
  std::string path() const { return path_.string(); }

 private:
  fs::path path_ = fs::path(testing::TempDir()) / ("mine-" + std::to_string(::getpid()));
};

MineResult tried(const Files& files, std::uint64_t scripts = 120) {
  MineOptions options;
  options.files = files.path();
  options.scripts = scripts;
  // Always the same, whatever the pages say: which trial fails depends on which words have equal tags.
  for (int word = 0; word < 12'000; ++word) options.text += "word" + std::to_string(word % 2500) + " ";
  return try_mine(labs(), inputs(), options);
}

std::string told(const MineResult& result) {
  std::string text = tell_components(result);
  for (const Tried& each : result.tried) text += tell_tried(each, result);
  return text + tell_end(result);
}

// The n-th solution of each lab that is right, or the last one.
Chosen right_ones(std::size_t n) {
  Chosen chosen;
  for (const Lab& lab : labs()) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(inputs().root + "/labs/" + lab.folder + "/right")) {
      if (entry.path().extension() == ".cc") names.push_back("right/" + entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    chosen[lab.folder] = names.at(std::min(n, names.size() - 1));
  }
  return chosen;
}

std::set<std::set<int>> blamed(const MineResult& result) {
  std::set<std::set<int>> all;
  for (const Tried& each : result.tried) {
    for (const Breakage& breakage : each.breakages) {
      for (const std::set<int>& replaced : breakage.culprits.replaced) all.insert(replaced);
    }
  }
  return all;
}

TEST(Culprits, AreTheOneOrThePairWithoutWhichItPasses) {
  const auto find = [](const std::set<int>& labs, const std::set<std::set<int>>& passing) {
    return find_culprits(labs, [&](const std::set<int>& replaced) { return passing.contains(replaced); });
  };
  const std::set<int> three{2, 5, 8};
  const Culprits one = find(three, {{5}, {2, 5}, {5, 8}});
  EXPECT_EQ(one.how, How::kOne);
  EXPECT_EQ(one.replaced, (std::vector<std::set<int>>{{5}}));
  const Culprits either = find(three, {{2}, {8}, {2, 8}});
  EXPECT_EQ(either.how, How::kOne);
  EXPECT_EQ(either.replaced, (std::vector<std::set<int>>{{2}, {8}}));
  const Culprits pair = find(three, {{2, 8}, {2, 5, 8}});
  EXPECT_EQ(pair.how, How::kPair);
  EXPECT_EQ(pair.replaced, (std::vector<std::set<int>>{{2, 8}}));
  const Culprits more = find(three, {{2, 5, 8}});
  EXPECT_EQ(more.how, How::kMore);
  EXPECT_EQ(more.replaced, (std::vector<std::set<int>>{three}));
  EXPECT_EQ(find(three, {}).how, How::kNotYours);
  EXPECT_EQ(find({5}, {}).how, How::kNotYours);
}

class RightOnes : public testing::TestWithParam<std::size_t> {};

TEST_P(RightOnes, WorkTogether) {
  const Files files(right_ones(GetParam()));
  const MineResult result = tried(files);
  EXPECT_TRUE(result.passed()) << told(result);
  std::set<std::string> done;
  for (const Tried& each : result.tried) done.insert(each.store + " " + each.name);
  EXPECT_EQ(done, (std::set<std::string>{"text-log scripts", "text-log crashes", "engine demo", "engine scripts",
                                         "engine crashes"}));
}

INSTANTIATE_TEST_SUITE_P(ThreeStudents, RightOnes, testing::Values(0, 1, 2));

// Who broke which trial first: "engine demo" and the lab.
using Blame = std::map<std::string, int>;

struct Wrong {
  const char* name;
  Chosen wrong;
  Blame blame;
  std::uint64_t scripts = 120;  // a crash in few of them needs more
};

std::ostream& operator<<(std::ostream& out, const Wrong& wrong) { return out << wrong.name; }

const std::vector<Wrong>& wrong_ones() {
  static const std::vector<Wrong> wrong{
      {"TornLineAndGrowth",
       {{"01_text_log", "wrong/torn_line_not_cut.cc"}, {"05_hash_index", "wrong/growth_copies_slot_numbers.cc"}},
       {{"text-log crashes", 1}, {"engine demo", 5}}},
      {"FirstMatchAndEmptyValue",
       {{"01_text_log", "wrong/first_match_wins.cc"}, {"02_records", "wrong/type_from_value.cc"}},
       {{"text-log scripts", 1}, {"engine scripts", 2}}},
      {"EqualTagAndInputsRemovedTooEarly",
       {{"05_hash_index", "wrong/equal_tag_overwrites.cc"}, {"08_merge", "wrong/inputs_removed_before_commit.cc"}},
       {{"engine scripts", 5}, {"engine crashes", 8}},
       2000},
      {"ViewsOfACopy", {{"02_records", "wrong/views_of_a_copy.cc"}}, {{"engine demo", 2}}},
      {"UnsyncedNameAndOldPlace",
       {{"01_text_log", "wrong/directory_not_synced.cc"}, {"08_merge", "wrong/index_has_the_old_place.cc"}},
       {{"text-log crashes", 1}, {"engine demo", 8}}},
  };
  return wrong;
}

class WrongOnes : public testing::TestWithParam<Wrong> {};

TEST_P(WrongOnes, AreNamedAmongRightOnes) {
  const Wrong& wrong = GetParam();
  Chosen chosen = right_ones(1);
  for (const auto& [folder, file] : wrong.wrong) chosen[folder] = file;
  const Files files(chosen);
  const MineResult result = tried(files, wrong.scripts);
  EXPECT_FALSE(result.passed());
  Blame blame;
  for (const Tried& each : result.tried) {
    if (each.breakages.empty()) continue;
    EXPECT_EQ(each.breakages.size(), 1U) << told(result);
    const Culprits& culprits = each.breakages.front().culprits;
    ASSERT_EQ(culprits.how, How::kOne) << told(result);
    ASSERT_EQ(culprits.replaced.size(), 1U) << told(result);
    blame[each.store + " " + each.name] = *culprits.replaced.front().begin();
  }
  EXPECT_EQ(blame, wrong.blame) << told(result);
  for (const auto& [trial, lab] : wrong.blame) {
    EXPECT_NE(told(result).find("Broken by lab " + std::to_string(lab)), std::string::npos) << told(result);
  }
}

INSTANTIATE_TEST_SUITE_P(All, WrongOnes, testing::ValuesIn(wrong_ones()),
                         [](const auto& wrong) { return std::string(wrong.param.name); });

TEST(Mine, TwoThatBreakTheSameAreNamedAsAPair) {
  Chosen chosen = right_ones(0);
  chosen["05_hash_index"] = "wrong/growth_copies_slot_numbers.cc";
  chosen["08_merge"] = "wrong/index_has_the_old_place.cc";
  const Files files(chosen);
  const MineResult result = tried(files);
  EXPECT_TRUE(blamed(result).contains({5, 8})) << told(result);
  EXPECT_NE(told(result).find("No single component broke it. Broken by lab 5 (Hash index) and lab 8 (Merge)"),
            std::string::npos)
      << told(result);
}

const Lab& lab_of(int number) {
  for (const Lab& lab : labs()) {
    if (lab.number == number) return lab;
  }
  throw std::runtime_error("there is no such lab");
}

std::string solution(int lab, const std::string& name) {
  return read_file(inputs().root + "/labs/" + lab_of(lab).folder + "/" + name);
}

// A name that two files define: a function, which the linker refuses, and a member function in a class, which it does not.
TEST(Mine, RefusesNamesThatTwoFilesDefine) {
  for (const std::string helper : {"namespace sediment { int twice(int n); int twice(int n) { return 2 * n; } }\n",
                                   "namespace sediment { struct Twice { int n; int value() const { return 2 * n; } };\n"
                                   "int VALUE(); int VALUE() { return Twice{21}.value(); } }\n"}) {
    const Files files({});
    for (const auto& [lab, right] : {std::pair(5, "right/compact.cc"), std::pair(8, "right/compact.cc")}) {
      std::string own = helper;
      const std::size_t at = own.find("VALUE");
      if (at != std::string::npos) {
        for (std::size_t i = at; i != std::string::npos; i = own.find("VALUE", i)) {
          own.replace(i, 5, "value_" + std::to_string(lab));
        }
      }
      files.put(lab_of(lab), solution(lab, right) + own);
    }
    const MineResult result = tried(files, 10);
    EXPECT_FALSE(result.passed());
    EXPECT_NE(result.problem.find("05_hash_index/hash_index.cc and "), std::string::npos) << result.problem;
    EXPECT_NE(result.problem.find("08_merge/merge.cc both define sediment::"), std::string::npos) << result.problem;
    EXPECT_NE(result.problem.find("anonymous namespace"), std::string::npos) << result.problem;
  }
}

TEST(Mine, NamesTheFileThatCannotBeBuilt) {
  const Files files(right_ones(0));
  files.put(lab_of(8), "int main( {");
  const MineResult broken = tried(files, 10);
  EXPECT_NE(broken.problem.find("08_merge/merge.cc: your file does not compile"), std::string::npos) << broken.problem;
  EXPECT_NE(broken.compiler.find("merge.cc:1"), std::string::npos) << broken.compiler;
  files.put(lab_of(8), "");
  const MineResult empty = tried(files, 10);
  EXPECT_NE(empty.problem.find("08_merge/merge.cc: your file does not define "), std::string::npos) << empty.problem;
}

// What a command prints, and its exit status.
std::pair<std::string, int> output_of(const std::string& arguments) {
  const std::string command =
      std::string(SEDIMENT_BIN_DIR) + "/sediment-lab --inputs " + SEDIMENT_LAB_INPUTS + " mine " + arguments;
  std::string output;
  FILE* pipe = ::popen(command.c_str(), "r");
  if (pipe == nullptr) return {"it could not be started", -1};
  char bytes[4096];
  for (std::size_t got = 0; (got = std::fread(bytes, 1, sizeof(bytes), pipe)) > 0;) output.append(bytes, got);
  const int status = ::pclose(pipe);
  return {output, WIFEXITED(status) ? WEXITSTATUS(status) : -1};
}

TEST(MineCommand, WithStartersAloneHasNothingToTry) {
  const Files files({});
  for (const Lab& lab : labs()) files.put(lab, read_file(inputs().root + "/labs/" + lab.folder + "/" + lab.file()));
  const auto [output, status] = output_of("--files " + files.path());
  EXPECT_EQ(status, 2);
  EXPECT_NE(output.find("the reference's: place is still to be written"), std::string::npos) << output;
  EXPECT_NE(output.find("no lab's file is written yet"), std::string::npos) << output;
}

TEST(MineCommand, PrintsJsonAndExitsWithOneIfSomethingIsBroken) {
  const Files files(Chosen{{"01_text_log", "wrong/first_match_wins.cc"}});
  const auto [output, status] = output_of("--format json --scripts 50 --files " + files.path());
  EXPECT_EQ(status, 1);
  const json result = json::parse(output, nullptr, false);
  ASSERT_TRUE(result.is_object()) << output;
  EXPECT_EQ(result["passed"], false);
  EXPECT_EQ(result["complete"], true);
  EXPECT_EQ(result["components"][0]["yours"], true);
  EXPECT_EQ(result["components"][1]["yours"], false);
  EXPECT_EQ(result["components"][1]["why_not"], "there is no record.cc");
  EXPECT_EQ(result["tried"][0]["outcome"], "failed");
  EXPECT_EQ(result["tried"][0]["breakages"][0]["broken_by"], "one");
  EXPECT_EQ(result["tried"][0]["breakages"][0]["passes_without"], json::array({json::array({1})}));
  EXPECT_EQ(result["tried"][1]["outcome"], "skipped");
  EXPECT_TRUE(fs::exists(result["tried"][0]["breakages"][0]["scenario"].get<std::string>()));
}

TEST(MineCommand, ExitsWithZeroIfAllIsWell) {
  const Files files(Chosen{{"01_text_log", "right/from_the_end.cc"}});
  const auto [output, status] = output_of("--scripts 50 --files " + files.path());
  EXPECT_EQ(status, 0) << output;
  EXPECT_NE(output.find("Your engine works, as far as this can tell."), std::string::npos) << output;
}

TEST(MineCommand, SaysWhatIsWrongWithItsArguments) {
  EXPECT_EQ(output_of("--format yaml 2>&1"),
            (std::pair<std::string, int>("sediment-lab: there is no format yaml; there are text and json\n", 2)));
  EXPECT_EQ(output_of("--files /nowhere 2>&1"),
            (std::pair<std::string, int>("sediment-lab: /nowhere is not a folder\n", 2)));
}

}  // namespace
}  // namespace sediment::labs
