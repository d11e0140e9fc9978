// The command line of sediment-viz: what makes no sense is refused, odd texts give a tour or a message, and nothing from
// outside acts on the terminal.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "sim/disk/trace.h"
#include "sim/run/scenario.h"
#include "tests/cli/run_process.h"
#include "tests/support/temporary_directory.h"

namespace sediment::test {
namespace {

namespace fs = std::filesystem;

constexpr int kFirstOfSignals = 126;  // a shell's status for a program that did not start, or that a signal ended

// The first control character of the text other than a newline, as a number; none if there is none.
std::optional<unsigned> control_in(const std::string& text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte < 0x20 && byte != '\n') || byte == 0x7f) return byte;
    const bool leads = byte == 0xc2 && i + 1 < text.size();
    if (leads && static_cast<unsigned char>(text[i + 1]) < 0xa0) return static_cast<unsigned char>(text[i + 1]);
    const bool follows = i > 0 && (static_cast<unsigned char>(text[i - 1]) & 0x80U) != 0;
    if (byte >= 0x80 && byte < 0xa0 && !follows) return byte;  // alone, as an old terminal reads it
  }
  return std::nullopt;
}

class VizCommandLine : public ::testing::Test {
 protected:
  std::string path(const std::string& name) const { return (directory_.path() / name).string(); }
  ProcessResult viz(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), SEDIMENT_BIN_DIR "/sediment-viz");
    return run_process(arguments, path("program"));
  }
  ProcessResult transcript_of(std::vector<std::string> arguments) {
    fs::remove(path("transcript"));
    arguments.insert(arguments.end(), {"--headless", "--transcript", path("transcript")});
    return viz(std::move(arguments));
  }

  TemporaryDirectory directory_;
};

TEST_F(VizCommandLine, RefusesWhatMakesNoSense) {
  const std::pair<std::string, std::vector<std::string>> kTable[] = {
      {"--at", {"-1", "", " ", "x", "nan", "1.5", "0x10", "1e3", "+1", " 1", "1 ", "99999999999999999999", "Failure"}},
      {"--time", {"-1", "", "x", "nan", "inf", "-inf", "1e999", "0x10", "1s", " 1", "99999999999"}},
      {"--size",
       {"-1", "", "x", "nan", "1280", "1280x", "x720", "1280x-720", "199x720", "1280x8193", "1280x720x1", " 1280x720",
        "1280 x 720", "+1280x720", "99999999999x720", "1280X720"}},
      {"--text-size", {"-1", "", "x", "nan", "0", "101", "100%", " 100", "99999999999999999999"}},
      {"--layout", {"", "x", "1", "learn "}},
      {"--theme", {"", "x", "0", "dark,light"}},
      {"--show", {"", "x", "First append"}},
      {"--scenario", {"", "/nothing"}},
      {"--trace", {"", "/nothing"}},
      {"--store", {"", "/nothing"}},
      {"--text", {"", "/nothing"}},
      {"--state", {""}},
      {"--png", {""}},
      {"--frames", {""}},
      {"--video", {""}},
      {"--transcript", {""}},
      {"--completion", {"", "x"}},
      {"--figure", {"", "/nothing"}},
      {"--answer", {"", "/nothing"}},
      {"--scale", {"-1", "", "x", "nan", "0", "0.4", "4.1", "1e9", " 2"}},
  };
  std::set<std::string> covered;
  for (const auto& [option, values] : kTable) {
    covered.insert(option);
    for (const std::string& value : values) {
      for (const auto& given : {std::vector<std::string>{option + "=" + value}, {option, value}}) {
        std::vector<std::string> arguments = given;
        const bool makes_input = option == "--show" || option == "--scenario" || option == "--trace" ||
                                 option == "--store" || option == "--text" || option == "--figure" ||
                                 option == "--answer";
        if (!makes_input) arguments.insert(arguments.end(), {"--show", "first-append"});
        arguments.emplace_back("--headless");
        if (option != "--png") arguments.insert(arguments.end(), {"--png", path("picture.png")});
        const ProcessResult result = viz(arguments);
        EXPECT_EQ(result.exit_code, 2) << given[0] << " | " << value << "\n" << result.output << result.errors;
        EXPECT_TRUE(result.errors.starts_with("sediment-viz: ")) << option << " " << value << ": " << result.errors;
        EXPECT_FALSE(fs::exists(path("picture.png"))) << option << " " << value;
      }
    }
  }
  // Every option with a value is in the table.
  const nlohmann::json definition = nlohmann::json::parse(viz({"--definition"}).output);
  for (const nlohmann::json& option : definition["options"]) {
    if (option.value("value", "").empty()) continue;
    EXPECT_TRUE(covered.contains(option["names"].back().get<std::string>())) << option;
  }
  EXPECT_GT(definition["options"].size(), 15U);
}

TEST_F(VizCommandLine, NoPageHasControlCharacters) {
  for (const std::vector<std::string>& page : std::vector<std::vector<std::string>>{
           {"--help"}, {"--list-shows"}, {"--version"}, {"--man"}, {"--definition"}, {"--completion", "fish"}}) {
    const ProcessResult result = viz(page);
    EXPECT_EQ(result.exit_code, 0) << page[0];
    EXPECT_FALSE(control_in(result.output)) << page[0] << "\n" << result.output;
  }
}

TEST_F(VizCommandLine, TakesWhatMakesSense) {
  for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{{"--at", "0"},
                                                                                         {"--at", "999999999"},
                                                                                         {"--at", "failure"},
                                                                                         {"--time", "0"},
                                                                                         {"--time", "1.5"},
                                                                                         {"--time", "1e3"},
                                                                                         {"--size", "200x8192"},
                                                                                         {"--text-size", "75"},
                                                                                         {"--layout", "present"},
                                                                                         {"--theme", "light"}}) {
    std::vector<std::string> all = arguments;
    all.insert(all.end(), {"--show", "first-append", "--headless", "--png", path("picture.png")});
    fs::remove(path("picture.png"));
    const ProcessResult result = viz(all);
    EXPECT_EQ(result.exit_code, 0) << arguments[0] << " " << arguments[1] << ": " << result.errors;
    EXPECT_TRUE(fs::exists(path("picture.png")));
  }
}

TEST_F(VizCommandLine, SaysItsVersionAndHasAPageForEachTool) {
  const std::string project = read_text(SEDIMENT_SOURCE_DIR "/CMakeLists.txt");
  const std::size_t at = project.find("project(Sediment VERSION ") + std::string("project(Sediment VERSION ").size();
  const std::string version = project.substr(at, project.find(' ', at) - at);
  EXPECT_EQ(viz({"--version"}).output, "sediment-viz " + version + "\n");
  for (const char* shell : {"bash", "zsh", "fish"}) {
    const ProcessResult result = viz({"--completion", shell});
    EXPECT_EQ(result.exit_code, 0) << shell;
    EXPECT_NE(result.output.find("text-size"), std::string::npos) << shell;
  }
  const std::string manual = viz({"--man"}).output;
  EXPECT_NE(manual.find(".TH"), std::string::npos);
  EXPECT_NE(manual.find("transcript"), std::string::npos);
}

// ---- texts for the tour

TEST_F(VizCommandLine, MakesATourOfAnOddTextOrSaysWhyNot) {
  std::string sentences;
  for (int i = 0; i < 60; ++i) sentences += "the sea is deep and the sky is high number" + std::to_string(i) + " ";
  std::string utf16 = "\xff\xfe";
  for (const char c : sentences) utf16 += {c, '\0'};
  std::string crlf = sentences;
  std::replace(crlf.begin(), crlf.end(), ' ', '\n');
  for (std::size_t at = 0; (at = crlf.find('\n', at)) != std::string::npos; at += 2) crlf.replace(at, 1, "\r\n");
  std::string nuls = sentences;
  for (std::size_t at = 3; at < nuls.size(); at += 40) nuls[at] = '\0';
  std::string right_to_left;
  std::string combining;
  for (int i = 0; i < 120; ++i) {
    right_to_left += "שלום עולם ים שמים " + std::to_string(i) + " ";
    combining += "e\xcc\x81te\xcc\x81 n\xcc\x83 a\xcc\x8a " + std::to_string(i) + " ";
  }
  struct Case {
    const char* name;
    std::string text;
    int exit_code;
  };
  const Case kTable[] = {
      {"nothing", "", 2},
      {"one word", "word", 2},
      {"spaces", "  \n\t \n", 2},
      {"punctuation", "... !!! ??? --- ;;; ,,,", 2},
      {"no word twice", "alpha beta gamma delta", 2},
      {"sentences", sentences, 0},
      {"CRLF", crlf, 0},
      {"a byte order mark", "\xef\xbb\xbf" + sentences, 0},
      {"UTF-16", utf16, -1},
      {"gzip",
       std::string("\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03\x4b\x4c\x4a\x06\x00\xc2\x41\x24\x35\x03\0\0\0", 23), 2},
      {"NUL bytes", nuls, -1},
      {"only NUL bytes", std::string(5000, '\0'), 2},
      {"bytes that are not UTF-8", "caf\xe9 caf\xe9 na\xefve " + sentences, -1},
      {"a word of 1 MB", std::string(1'000'000, 'x'), 2},
      {"two words of 400 kB", std::string(400'000, 'x') + " " + std::string(400'000, 'x'), -1},
      {"right to left", right_to_left, 0},
      {"combining characters", combining, 0},
      {"escape sequences", "\x1b[31mred\x1b[0m \x1b]0;title\x07 " + sentences, -1},
  };
  for (const Case& each : kTable) {
    write_text(path("text"), each.text);
    const ProcessResult result = transcript_of({"--text", path("text")});
    if (each.exit_code >= 0) {
      EXPECT_EQ(result.exit_code, each.exit_code) << each.name << ": " << result.errors.substr(0, 300);
    }
    EXPECT_TRUE(result.exit_code == 0 || result.exit_code == 2) << each.name << ": " << result.exit_code;
    const std::string transcript = fs::exists(path("transcript")) ? read_text(path("transcript")) : "";
    EXPECT_EQ(result.exit_code == 0, transcript.size() > 200) << each.name;
    EXPECT_EQ(result.exit_code == 2, result.errors.starts_with("sediment-viz: ")) << each.name << ": " << result.errors;
    EXPECT_LT(result.errors.size(), 400U) << each.name;
  }
  // What is no text file at all.
  fs::create_directory(path("folder"));
  write_text(path("secret"), sentences);
  fs::permissions(path("secret"), fs::perms::none);
  std::vector<std::string> odd{path("folder"), "/dev/null", path("missing"), path("text") + "/below"};
  if (!std::ifstream(path("secret"))) odd.push_back(path("secret"));  // root can read it
  for (const std::string& file : odd) {
    const ProcessResult result = transcript_of({"--text", file});
    EXPECT_EQ(result.exit_code, 2) << file << ": " << result.errors;
    EXPECT_NE(result.errors.find(file), std::string::npos) << "it names the file: " << result.errors;
  }
}

// ---- what reaches the terminal

TEST(ControlCharacters, AreFoundByThisTest) {
  for (const char* text : {"\x1b[31m", "a\x07", "\x7f", "\xc2\x9b", "a\x9b", "\r"})
    EXPECT_TRUE(control_in(text)) << text;
  for (const char* text : {"", "a\nb", "→ “é”", "天空"}) EXPECT_FALSE(control_in(text)) << text;
}

TEST_F(VizCommandLine, NoControlCharacterFromOutsideReachesTheTerminal) {
  std::size_t met = 0;
  for (const std::string& evil : {std::string("\x1b[31m"), std::string("\x1b]0;x\x07"),
                                  std::string("\xc2\x9b"
                                              "31m"),
                                  std::string("\x7f"),
                                  std::string("\x9b"
                                              "31m"),
                                  std::string("\r\b")}) {
    const std::string name = "a" + evil + "b";
    const bool is_text = evil[0] != '\x9b';  // JSON holds only UTF-8
    const std::string json = is_text ? nlohmann::json(name).dump() : "\"plain\"";
    fs::create_directories(path("dir"));
    const std::string store = path("dir/" + name);
    fs::create_directories(store);
    const std::string step = R"(["put", )" + json + ", " + json + "]";
    write_text(path("good.json"), R"({"title": )" + json + R"(, "steps": [)" + step + R"(, ["ask", )" + json +
                                      R"(], ["get", )" + json + "]]}");
    write_text(path("store.json"), R"({"store": )" + json + R"(, "steps": []})");
    write_text(path("field.json"), "{" + json + ": 1}");
    write_text(path("step.json"), R"({"steps": [[)" + json + "]]}");
    write_text(path("syntax.json"), "{\"title\": " + name + "}");
    const std::string first = R"({"sediment_trace":1,"title":)" + json + "}\n";
    write_text(path("bad.jsonl"), first + "{" + json + ":1}\n");
    sim::Trace trace;
    const std::string word = is_text ? name : "plain";
    sim::TraceAbout about;
    about.title = word;
    about.hint = word;
    trace.set_about(about);
    trace.add(sim::InputEntry{{"put", name, name}});
    trace.add(sim::DiskOperation{.kind = sim::DiskOperation::Kind::kCreate, .file = 1, .name = word});
    trace.add(sim::DiskOperation{.kind = sim::DiskOperation::Kind::kAppend, .file = 1, .name = word, .bytes = name});
    trace.add(sim::OutcomeEntry{word, false});
    trace.add(Event{.kind = EventKind::kFailed, .key = word, .why = word});
    std::ofstream file(path("good.jsonl"), std::ios::binary);
    sim::save_trace(trace, file);
    file.close();
    write_text(path(name), "word " + name + " word " + name + " sea sky sea sky");
    const std::vector<std::vector<std::string>> kWays = {{"--" + name},
                                                         {name},
                                                         {"--at", name},
                                                         {"--time", name},
                                                         {"--size", name},
                                                         {"--text-size", name},
                                                         {"--layout", name},
                                                         {"--theme", name},
                                                         {"--show", name},
                                                         {"--completion", name},
                                                         {"--scenario", path("no" + name)},
                                                         {"--trace", path("no" + name)},
                                                         {"--store", path("no" + name)},
                                                         {"--text", path("no" + name)},
                                                         {"--text", path(name)},
                                                         {"--store", store},
                                                         {"--scenario", path(name)},
                                                         {"--trace", path(name)},
                                                         {"--scenario", path("store.json")},
                                                         {"--scenario", path("field.json")},
                                                         {"--scenario", path("step.json")},
                                                         {"--scenario", path("syntax.json")},
                                                         {"--trace", path("bad.jsonl")},
                                                         {"--scenario", path("good.json"), "--narrate", "--at", "1"},
                                                         {"--scenario", path("good.json"), "--narrate", "--at", "9999"},
                                                         {"--trace", path("good.jsonl"), "--narrate", "--at", "1"},
                                                         {"--trace", path("good.jsonl"), "--narrate", "--at", "2"},
                                                         {"--trace", path("good.jsonl"), "--narrate", "--at", "3"},
                                                         {"--trace", path("good.jsonl"), "--narrate", "--at", "4"},
                                                         {"--trace", path("good.jsonl"), "--narrate", "--at", "5"}};
    for (std::vector<std::string> way : kWays) {
      const std::string told = way[0] + " " + way.back();
      const bool makes_picture = std::find(way.begin(), way.end(), "--narrate") != way.end();
      if (makes_picture) {
        way.insert(way.end(), {"--headless", "--size", "200x200", "--png", path("picture.png")});
      }
      const ProcessResult result = makes_picture ? viz(way) : transcript_of(way);
      EXPECT_LT(result.exit_code, kFirstOfSignals) << told;
      EXPECT_NE(result.exit_code, 3) << told << result.errors;
      EXPECT_FALSE(control_in(result.output)) << told << ": " << *control_in(result.output) << "\n" << result.output;
      EXPECT_FALSE(control_in(result.errors)) << told << ": " << *control_in(result.errors) << "\n" << result.errors;
      met += (result.output + result.errors).find("31m") != std::string::npos ? 1U : 0U;
    }
    for (const char* input : {"--scenario", "--trace"}) {
      const std::string run = std::string(input) == "--trace" ? path("good.jsonl") : path("good.json");
      ASSERT_EQ(transcript_of({input, run}).exit_code, 0) << run;
      EXPECT_FALSE(control_in(read_text(path("transcript")))) << input << read_text(path("transcript"));
    }
    for (const char* output : {"--png", "--frames", "--video", "--transcript", "--state"}) {
      write_text(path("file"), "");
      const ProcessResult result = viz({"--show", "first-append", "--headless", "--png", path("picture.png"), output,
                                        path("file") + "/" + name + "/x"});
      EXPECT_FALSE(control_in(result.output + result.errors)) << output << result.errors;
    }
  }
  EXPECT_GT(met, 20U) << "what comes from outside is in the messages, made harmless";
}

}  // namespace
}  // namespace sediment::test
