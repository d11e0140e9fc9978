#include "sim/base/json_reader.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>

#include "sim/disk/trace.h"
#include "sim/explore/report.h"
#include "sim/run/runner.h"
#include "tests/support/store_helpers.h"

namespace sediment::sim {
namespace {

using nlohmann::json;

std::string nested(std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

std::string message_of(const Status& status) { return std::string(status.message()); }

TEST(JsonReader, AcceptsNestingUpToItsLimitAndNothingDeeper) {
  EXPECT_TRUE(parse_json(nested(kDeepestJson)).ok());
  for (const std::size_t depth : {kDeepestJson + 1, std::size_t{1000}, std::size_t{200'000}}) {
    const auto refused = parse_json(nested(depth));
    ASSERT_TRUE(test::has_code(refused, StatusCode::kInvalidArgument)) << depth;
    EXPECT_EQ(message_of(refused.status()), "line 1, column 65: arrays and objects are nested more than 64 deep");
  }
  EXPECT_FALSE(parse_json(std::string(200'000, '[')).ok()) << "never closed";
  std::string objects;
  for (int i = 0; i < 1000; ++i) objects += "{\"a\":";
  EXPECT_FALSE(parse_json(objects).ok());
}

TEST(JsonReader, CountsNoBracketsWithinStrings) {
  EXPECT_TRUE(parse_json("\"" + std::string(1000, '[') + "\"").ok());
  EXPECT_TRUE(parse_json("[\"\\\"" + std::string(1000, '{') + "\", \"\\\\\"]").ok());
  EXPECT_FALSE(parse_json("[\"\\\\\", " + nested(1000) + "]").ok()) << "the string has ended";
  EXPECT_TRUE(parse_json("[" + std::string("[],").append("[]") + "]").ok());
  std::string wide = "[0";
  for (int i = 0; i < 1000; ++i) wide += ",[]";
  EXPECT_TRUE(parse_json(wide + "]").ok()) << "many, side by side";
}

TEST(JsonReader, SaysWhereATextStopsBeingJson) {
  EXPECT_TRUE(message_of(parse_json("{\n \"steps\": [\n  \"put a 1\"\n  \"roll\"\n ]\n}").status())
                  .starts_with("line 4, column "));
  EXPECT_TRUE(message_of(parse_json("").status()).starts_with("line 1, column 1: this is not JSON"));
  EXPECT_TRUE(test::has_code(parse_json("[1e999]"), StatusCode::kInvalidArgument)) << "no double holds it";
  EXPECT_LT(message_of(parse_json("[\"" + std::string(1'000'000, 'x')).status()).size(), 300U);
  EXPECT_FALSE(parse_json("[\"\xff\"]").ok()) << "this is not UTF-8";
  EXPECT_EQ(message_of(parse_json("{\"a\": 1,}").status()),
            "line 1, column 9: this is not JSON: '}' is not expected here");
  EXPECT_EQ(message_of(parse_json("{\"a\": ").status()), "line 1, column 7: this is not JSON: it ends too early");
}

TEST(JsonReader, ShowsOnlyTheBeginningOfALongValue) {
  EXPECT_EQ(excerpt(json::array({1, "a"})), "[1,\"a\"]");
  EXPECT_LT(excerpt(std::string(1'000'000, 'x')).size(), 120U);
  EXPECT_NO_THROW((void)excerpt(std::string("\xff")));
}

TEST(ReadTextFile, RefusesADirectoryAndAMissingFile) {
  EXPECT_TRUE(
      test::has_code(read_text_file(std::filesystem::temp_directory_path().string()), StatusCode::kInvalidArgument));
  EXPECT_TRUE(test::has_code(read_text_file("/nowhere/at/all"), StatusCode::kNotFound));
  EXPECT_EQ(test::must(read_text_file("/dev/null")), "");
}

// ---- wrong types, everywhere

// Puts each of these in place of every value of a document, including the document itself, and passes it on.
template <typename Visit>
std::size_t for_each_wrong_value(const json& document, Visit visit) {
  const std::vector<json> values{nullptr,
                                 true,
                                 -1,
                                 0,
                                 18446744073709551615U,
                                 1e300,
                                 "",
                                 "x y",
                                 "\u0001\"x",
                                 json::array(),
                                 json::object(),
                                 json::array({nullptr}),
                                 json::array({json::array()}),
                                 json{{"hex", "0"}}};
  std::size_t count = 0;
  const json places = document.flatten();
  for (const auto& [place, ignored] : places.items()) {
    // Every level of the path: /steps/1/0, /steps/1, /steps and the whole.
    for (json::json_pointer pointer(place);; pointer.pop_back()) {
      for (const json& value : values) {
        json changed = document;
        changed[pointer] = value;
        visit(changed);
        ++count;
      }
      if (pointer.empty()) break;
    }
  }
  return count;
}

TEST(WrongTypes, InAScenarioAreAMessageAndNeverACrash) {
  const json scenario = json::parse(R"({
    "title": "t", "store": "engine", "seed": 3,
    "options": {"segment_size": 256, "sync": "never", "reserve_space": true, "auto_merge": false, "snapshots": "on"},
    "steps": ["put a 1", ["put", "a key", {"hex": "00ff"}], "sync", "merge 1..1", "expect get a 1", "get a",
              "crash torn-byte 000001.log 40 after 9", "recover"]})");
  ASSERT_TRUE(parse_scenario(scenario.dump()).ok());
  std::size_t read = 0;
  const std::size_t tried = for_each_wrong_value(scenario, [&](const json& changed) {
    Result<Scenario> parsed = parse_scenario(changed.dump());
    if (!parsed.ok()) {
      EXPECT_TRUE(parsed.status().is(StatusCode::kInvalidArgument));
      EXPECT_FALSE(parsed.status().message().empty());
      return;
    }
    ++read;
    Runner runner(*parsed);
    (void)runner.run();
  });
  EXPECT_GT(tried, 300U);
  EXPECT_GT(read, 50U) << "a step with any words can be read; only running it shows that it makes no sense";
}

TEST(WrongTypes, InAStepAreAMessageAndNeverACrash) {
  const std::vector<Step> steps{{"put", "a", "1"},
                                {"remove", "a"},
                                {"get", "a"},
                                {"merge", "1..1"},
                                {"merge", "begin", "1..1"},
                                {"merge", "step"},
                                {"fail", "eio-read", "1", "sticky"},
                                {"fail", "short-read", "7"},
                                {"crash", "keep-subset", "1,3", "none"},
                                {"crash", "bit-rot", "MANIFEST", "0", "0", "after", "9"},
                                {"crash", "garbage-tail", "000001.log", "1"},
                                {"crash", "misdirected-write", "MANIFEST", "0", "8", "MANIFEST", "8"},
                                {"crash", "file-truncated", "MANIFEST", "3"},
                                {"expect", "get", "a", "1"},
                                {"expect", "segments", "1"},
                                {"expect", "open", "ok"},
                                {"recover"},
                                {"check"},
                                {"roll"},
                                {"reopen"},
                                {"open"},
                                {"close"},
                                {"sync"}};
  const std::vector<std::string> words{"",
                                       "-1",
                                       "0",
                                       "18446744073709551615",
                                       "99999999999999999999",
                                       "..",
                                       "1..",
                                       "18446744073709551615..1",
                                       "\xff",
                                       "after",
                                       std::string(100'000, 'k')};
  std::size_t tried = 0;
  const auto run = [&](const Step& step) {
    Scenario scenario;
    scenario.steps = {{"put", "a", "1"}, {"roll"}, {"put", "b", "2"}, step, {"recover"}};
    Runner runner(scenario);
    (void)runner.run();
    ++tried;
  };
  for (const Step& step : steps) {
    run(step);
    for (std::size_t at = 0; at < step.size(); ++at) {
      run(Step(step.begin(), step.begin() + static_cast<std::ptrdiff_t>(at) + 1));
      for (const std::string& word : words) {
        Step changed = step;
        changed[at] = word;
        run(changed);
        changed = step;
        changed.insert(changed.begin() + static_cast<std::ptrdiff_t>(at), word);
        run(changed);
      }
    }
  }
  EXPECT_GT(tried, 1000U);
}

TEST(WrongTypes, InATraceAreAMessageAndNeverACrash) {
  Scenario scenario;
  for (const char* step : {"put a 1", "roll", "merge", "get a", "crash torn-byte MANIFEST.tmp 3 after 5", "recover"}) {
    scenario.steps.push_back(step_of(step));
  }
  Runner runner(scenario);
  (void)runner.run();
  std::ostringstream saved;
  save_trace(runner.trace(), saved);
  std::vector<std::string> lines;
  std::istringstream in(saved.str());
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  ASSERT_GT(lines.size(), 20U);
  // One line of each kind is enough: the kind determines the fields.
  std::set<std::string> seen;
  std::size_t tried = 0;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const json line = json::parse(lines[i]);
    std::string sort = line.value("operation", "");
    for (const auto& [name, ignored] : line.items()) sort += "," + name;
    if (!seen.insert(sort).second) continue;
    tried += for_each_wrong_value(line, [&](const json& changed) {
      std::string text;
      for (std::size_t j = 0; j < lines.size(); ++j) text += (j == i ? changed.dump() : lines[j]) + "\n";
      std::istringstream changed_in(text);
      Result<Trace> loaded = load_trace(changed_in);
      EXPECT_TRUE(loaded.ok() || loaded.status().is(StatusCode::kInvalidArgument));
    });
  }
  EXPECT_GT(tried, 300U);
}

TEST(WrongTypes, InAReportAreAMessageAndNeverACrash) {
  ExploreReport report;
  report.title = "t";
  report.coverage["c"] = 1;
  report.judged.count(Fault::kBitRot, Oracle::kVerdict, 5);
  report.violation_count = 1;
  Violation violation{.sentence = "It is lost", .replay = {}};
  violation.replay.steps = {{"put", "a", "1"}};
  report.violations.push_back(violation);
  const json document = to_json(report);
  ASSERT_TRUE(report_from_json(document).ok());
  std::size_t refused = 0;
  const std::size_t tried = for_each_wrong_value(document, [&](const json& changed) {
    Result<ExploreReport> read = report_from_json(changed);
    if (read.ok()) return;
    ++refused;
    EXPECT_TRUE(read.status().is(StatusCode::kInvalidArgument));
  });
  EXPECT_GT(tried, 200U);
  EXPECT_GT(refused, 100U);
}

}  // namespace
}  // namespace sediment::sim
