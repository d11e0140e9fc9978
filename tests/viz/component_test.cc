// A run with a student's component: the code panel shows the student's file, whatever that file is, and the failing step
// is on screen with its verdict.
#include <fstream>
#include <sstream>

#include "tests/viz/app_fixture.h"
#include "viz/draw/named_items.h"
#include "viz/model/code_view.h"
#include "viz/model/session.h"
#include "viz/model/text_log_view.h"

namespace sediment::test {
namespace {

using viz::CodeView;

constexpr const char* kSource =
    "// mine\n"
    "\n"
    "bool HashIndex::insert(KeyHash hash, std::uint64_t offset) {\n"
    "\treturn false;\n"
    "}\n"
    "void HashIndex::replace(const Candidate&, std::uint64_t) {\n"
    "}\n";

sim::EventEntry call(const std::string& function, int line, EventKind kind = EventKind::kCalled) {
  return {kind, 0, 0, 1, {}, function, "hash_index.cc", line};
}

sim::EventEntry engine_event(int line) { return {EventKind::kStalled, 1, 0, 0, {}, {}, "x/engine/writer.cc", line}; }

// The trace of a check: two steps, of which the second fails.
sim::Trace story() {
  sim::Trace trace;
  trace.set_about({"L5.3: two keys", "What tells two keys with one tag apart?", "hash_index.cc",
                   "labs/05_hash_index/hash_index.cc", "mine.cc"});
  trace.add(sim::InputEntry{{"call", "insert(tag 0x00000001, byte 64)"}});
  trace.add(sim::TraceEntry(call("HashIndex::insert", 3)));
  trace.add(sim::OutcomeEntry{"ok", true});
  trace.add(sim::InputEntry{{"call", "replace(the candidate at byte 64)"}});
  trace.add(sim::TraceEntry(call("HashIndex::replace", 6)));
  trace.add(sim::OutcomeEntry{"a probe should return 64; yours returned nothing", false});
  return trace;
}

class StudentsComponent : public AppFixture {
 protected:
  std::string path(const std::string& name) { return directory_.path() / name; }
  void write(const std::string& name, const std::string& bytes) {
    std::ofstream(path(name), std::ios::binary) << bytes;
  }
  void save(const sim::Trace& trace) {
    std::ofstream file(path("trace.jsonl"), std::ios::binary);
    sim::save_trace(trace, file);
  }
  std::unique_ptr<viz::Session> session() { return must(viz::Session::of_trace_file(path("trace.jsonl"))); }
  // What the code panel shows after this many entries.
  CodeView code_after(std::size_t entries) {
    session_ = session();
    session_->timeline().seek(entries);
    return viz::code_at(session_->timeline(), session_->component());
  }
  std::string_view line_of(const CodeView& code) const {
    return code.lines == nullptr ? std::string_view() : code.lines->at(code.line);
  }

  std::unique_ptr<viz::Session> session_;
};

TEST_F(StudentsComponent, IsShownAtTheFunctionThatTheStepCalls) {
  write("mine.cc", kSource);
  save(story());
  EXPECT_EQ(code_after(1).place, "") << "before the first call there is nothing to show";
  const CodeView insert = code_after(2);
  EXPECT_TRUE(insert.own);
  EXPECT_TRUE(insert.begins_here);
  EXPECT_EQ(insert.place, "labs/05_hash_index/hash_index.cc:3");
  EXPECT_EQ(insert.what, "your HashIndex::insert was called");
  EXPECT_EQ(line_of(insert), "bool HashIndex::insert(KeyHash hash, std::uint64_t offset) {");
  EXPECT_EQ(code_after(6).place, "labs/05_hash_index/hash_index.cc:6");
}

TEST_F(StudentsComponent, StaysInSightWhenTheEngineGoesOn) {
  write("mine.cc", kSource);
  sim::Trace trace;
  trace.set_about(story().about());
  trace.add(sim::InputEntry{{"put", "a", "1"}});
  trace.add(sim::TraceEntry(engine_event(5)));
  trace.add(sim::TraceEntry(call("HashIndex::insert", 3)));
  trace.add(sim::TraceEntry(engine_event(6)));
  save(trace);
  EXPECT_EQ(code_after(2).place, "engine/writer.cc:5");
  EXPECT_FALSE(code_after(2).own);
  EXPECT_EQ(code_after(4).place, "labs/05_hash_index/hash_index.cc:3");
}

TEST_F(StudentsComponent, IsShownAtTheLineWhereItStopped) {
  write("mine.cc", kSource);
  sim::Trace trace;
  trace.set_about(story().about());
  trace.add(sim::InputEntry{{"call", "insert"}});
  trace.add(sim::TraceEntry(call("HashIndex::insert", 3)));
  trace.add(sim::TraceEntry(call("HashIndex::insert", 4, EventKind::kStopped)));
  trace.add(sim::OutcomeEntry{"your code crashed", false});
  save(trace);
  const CodeView code = code_after(4);
  EXPECT_EQ(code.what, "your HashIndex::insert stopped here");
  EXPECT_EQ(line_of(code), "  return false;") << "a tab is shown as spaces";
  EXPECT_FALSE(code.begins_here);
}

TEST_F(StudentsComponent, ThatCannotBeReadIsSaidAndTheReferenceIsShown) {
  const auto expect_reference = [&](const std::string& reason) {
    const CodeView code = code_after(6);
    EXPECT_FALSE(code.own);
    EXPECT_NE(code.problem.find(reason), std::string::npos) << code.problem;
    EXPECT_TRUE(code.place.starts_with("engine/hash_index.cc:")) << code.place;
    EXPECT_TRUE(line_of(code).starts_with("void HashIndex::replace(")) << line_of(code);
  };
  save(story());
  expect_reference("is not there");
  write("mine.cc", "void f() { \xff }\n");
  expect_reference("is not text in UTF-8");
  write("mine.cc", std::string((1 << 20) + 1, 'a'));
  expect_reference("is larger than 1 MiB");
  std::filesystem::remove(path("mine.cc"));
  std::filesystem::create_directory(path("mine.cc"));
  expect_reference("is not there");
  std::filesystem::remove(path("mine.cc"));
  write("secret.cc", kSource);
  std::filesystem::create_symlink(path("secret.cc"), path("mine.cc"));
  expect_reference("is not there");
  for (const std::string& name : {std::string(), std::string("../secret.cc"), path("secret.cc"), std::string("..")}) {
    sim::Trace trace = story();
    sim::TraceAbout about = trace.about();
    about.component_copy = name;
    trace.set_about(about);
    save(trace);
    expect_reference("is not beside the trace");
  }
}

TEST_F(StudentsComponent, MayHoldAnythingAndTheTraceMayNameAnyLine) {
  std::string text(1'000'000, 'x');
  text += "\x1b[2J\r\n\t\xe2\x82\xac";
  text += std::string(3, '\0');
  write("mine.cc", text);
  for (const int line : {0, 1, 2, 3, 1'000'000}) {
    sim::Trace trace;
    trace.set_about(story().about());
    trace.add(sim::InputEntry{{"call", std::string(100'000, 'y')}});
    trace.add(sim::TraceEntry(call(std::string(100'000, 'z'), line)));
    trace.add(sim::OutcomeEntry{std::string(100'000, 'w'), false});
    save(trace);
    const CodeView code = code_after(3);
    EXPECT_EQ(code.problem.empty(), line == 1 || line == 2) << line;
    EXPECT_LE(code.lines->at(0).size(), 400U);
    EXPECT_EQ(code.lines->at(1), "  \xe2\x82\xac");
    open({.trace = path("trace.jsonl")});
    screen_.run(*app_, 3);
  }
}

TEST_F(StudentsComponent, OfATextLogIsShownBesideTheTextOfTheFile) {
  sim::Trace trace;
  trace.set_about(story().about());
  trace.add(sim::InputEntry{{"open"}});
  trace.add(sim::DiskOperation{.kind = sim::DiskOperation::Kind::kCreate, .file = 1, .name = "log.txt"});
  trace.add(sim::OutcomeEntry{"ok", true});
  trace.add(sim::InputEntry{{"put", "a", "1"}});
  trace.add(sim::DiskOperation{
      .kind = sim::DiskOperation::Kind::kAppend, .file = 1, .name = "log.txt", .bytes = "a,1\na,2\nb%2C,\x01\nc"});
  save(trace);
  const auto text_log = viz::text_log_of("a,1\na,2\nb%2C,\x01\nc");
  ASSERT_EQ(text_log.size(), 4U);
  EXPECT_EQ(text_log[0].text, "a,1");
  EXPECT_FALSE(text_log[0].current) << "a later line is about the same key";
  EXPECT_TRUE(text_log[1].current);
  EXPECT_EQ(text_log[2].begin, 8U);
  EXPECT_EQ(text_log[2].text, "b%2C,\\x01");
  EXPECT_FALSE(text_log[3].complete);
  open({.trace = path("trace.jsonl")});
  EXPECT_FALSE(viz::named_items().find("text-log"));
  app_->seek(5);
  screen_.run(*app_, 2);
  EXPECT_TRUE(viz::named_items().find("text-log"));
}

TEST_F(StudentsComponent, OpensAtTheStepThatFailsWithTheVerdictOnScreen) {
  write("mine.cc", kSource);
  save(story());
  open({.trace = path("trace.jsonl")});
  EXPECT_EQ(state()["position"], 6);
  EXPECT_NE(viz::named_items().find("verdict"), nullptr);
  app_->seek(3);
  screen_.run(*app_, 2);
  EXPECT_EQ(viz::named_items().find("verdict"), nullptr) << "not before the step that fails";
}

}  // namespace
}  // namespace sediment::test
