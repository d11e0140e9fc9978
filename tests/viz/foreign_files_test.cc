// Stores that this program knows nothing of: their files are drawn as bytes, in the cache and on the disk, and nothing is
// said of them that the trace does not say. A scenario for such a store is refused.
#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <regex>
#include <set>

#include "sim/base/random.h"
#include "sim/disk/crash.h"
#include "tests/support/coverage.h"
#include "tests/support/foreign_stores.h"
#include "tests/support/naive_store.h"
#include "tests/viz/app_fixture.h"
#include "viz/draw/drawn_texts.h"
#include "viz/draw/named_items.h"
#include "viz/model/acknowledged.h"
#include "viz/model/file_view.h"
#include "viz/model/narration.h"
#include "viz/model/session.h"

namespace sediment::test {
namespace {

using sim::DiskOperation;
using sim::DiskState;
using viz::ByteSpan;
using viz::FileView;
using viz::StoreFormat;
using Kind = DiskOperation::Kind;
using State = ByteSpan::State;

// ---- the model: bytes in the cache and on the disk

const FileView& file_named(const std::vector<FileView>& files, const std::string& name) {
  const auto found =
      std::find_if(files.begin(), files.end(), [&](const FileView& file) { return file.any_name() == name; });
  if (found == files.end()) throw std::runtime_error("there is no file " + name);
  return *found;
}

// "0-4 durable, 4-6 cached"
std::string spans_of(const FileView& file) {
  static constexpr const char* kNames[] = {"durable", "cached", "replaced", "on disk"};
  std::string text;
  for (const ByteSpan& span : file.spans) {
    text += (text.empty() ? "" : ", ") + std::to_string(span.begin) + "-" + std::to_string(span.end) + " " +
            kNames[static_cast<int>(span.state)];
  }
  return text;
}

DiskState disk_with(const std::vector<DiskOperation>& operations) {
  DiskState disk;
  for (const DiskOperation& operation : operations) {
    EXPECT_TRUE(disk.can_apply(operation)) << describe(operation);
    disk.apply(operation);
  }
  return disk;
}

const DiskOperation kCreate{.kind = Kind::kCreate, .file = 1, .name = "a"};
const DiskOperation kSync{.kind = Kind::kSync, .file = 1, .name = "a"};
const DiskOperation kSyncNames{.kind = Kind::kSyncDirectory};
DiskOperation write_of(std::uint64_t offset, const std::string& bytes) {
  return {.kind = Kind::kAppend, .file = 1, .name = "a", .offset = offset, .bytes = bytes};
}
DiskOperation cut_to(std::uint64_t size) { return {.kind = Kind::kTruncate, .file = 1, .name = "a", .size = size}; }

// The record of a program (sim/strike): files below directories have paths, and directories are no files.
TEST(FileViews, OfATreeShowPathsAndNoDirectories) {
  const DiskOperation make{.kind = Kind::kMakeDirectory, .file = 1, .name = "db", .process = "mkdir[7]"};
  const DiskOperation create{
      .kind = Kind::kCreate, .file = 2, .name = "1/log", .process = "python3[8]", .path = "db/log"};
  const DiskOperation write{
      .kind = Kind::kAppend, .file = 2, .name = "1/log", .bytes = "abc", .process = "python3[8]", .path = "db/log"};
  const DiskOperation sync{.kind = Kind::kSyncDirectory, .file = 1, .name = "db"};
  const DiskOperation link{.kind = Kind::kLink, .file = 2, .name = "1/log", .new_name = "copy", .path = "db/log"};
  const DiskState disk = disk_with({make, create, write, link});
  const std::vector<FileView> files = viz::files_of(disk);
  ASSERT_EQ(files.size(), 1U);
  EXPECT_EQ(files[0].file, 2U);
  EXPECT_EQ(spans_of(files[0]), "0-3 cached");
  EXPECT_TRUE(files[0].label() == "db/log" || files[0].label() == "copy") << files[0].label();
  EXPECT_EQ(viz::file_of(disk_with({make, create}), 2).label(), "db/log");
  const auto told = [](const DiskOperation& operation) {
    return viz::narrate(operation, StoreFormat::kForeign).value_or(viz::Sentence{}).text;
  };
  EXPECT_EQ(told(make), "mkdir[7]: the directory db is made; a power cut may still undo that");
  EXPECT_EQ(told(write), "python3[8]: 3 bytes are written to db/log at 0: in the cache, not yet durable");
  EXPECT_EQ(told(sync), "fsync of the directory db: all names in it are durable");
  EXPECT_EQ(told(link), "copy is a second name of db/log; a power cut may still undo that");
}

TEST(FileViews, TellDurableBytesFromCachedOnes) {
  const std::pair<std::vector<DiskOperation>, std::string> kCases[] = {
      {{kCreate}, ""},
      {{kCreate, write_of(0, "abcd")}, "0-4 cached"},
      {{kCreate, write_of(0, "abcd"), kSync}, "0-4 durable"},
      {{kCreate, write_of(0, "abcd"), kSync, write_of(4, "ef")}, "0-4 durable, 4-6 cached"},
      {{kCreate, write_of(0, "abcd"), kSync, write_of(1, "XY")}, "0-1 durable, 1-3 replaced, 3-4 durable"},
      {{kCreate, write_of(0, "abcd"), kSync, write_of(2, "XYZ")}, "0-2 durable, 2-4 replaced, 4-5 cached"},
      {{kCreate, write_of(0, "abcd"), kSync, cut_to(1)}, "0-1 durable, 1-4 on disk"},
      {{kCreate, write_of(0, "abcd"), kSync, cut_to(1), kSync}, "0-1 durable"},
      {{kCreate, write_of(0, "abcd"), kSync, cut_to(1), write_of(1, "bcd")}, "0-1 durable, 1-4 replaced"},
      {{kCreate, write_of(0, "abcd"), kSync, write_of(0, "abcd")}, "0-4 replaced"},
      {{kCreate, write_of(0, "ab"), {.kind = Kind::kDropUnsynced, .file = 1, .name = "a"}}, "0-2 cached"},
      {{kCreate, write_of(0, "abc"), kSync, write_of(1, "X"), {.kind = Kind::kDropUnsynced, .file = 1, .name = "a"}},
       "0-1 durable, 1-2 replaced, 2-3 durable"},
  };
  for (const auto& [operations, spans] : kCases) {
    const std::vector<FileView> files = viz::files_of(disk_with(operations));
    ASSERT_EQ(files.size(), 1U);
    EXPECT_EQ(spans_of(files[0]), spans);
  }
}

TEST(FileViews, HaveTheNamesOfTheCacheAndOfTheDisk) {
  std::vector<DiskOperation> operations{kCreate};
  const auto now = [&] { return viz::files_of(disk_with(operations)); };
  EXPECT_EQ(file_named(now(), "a").durable_name, "");
  operations.push_back(kSyncNames);
  EXPECT_TRUE(file_named(now(), "a").name_durable());
  operations.push_back({.kind = Kind::kRename, .file = 1, .name = "a", .new_name = "b"});
  EXPECT_EQ(file_named(now(), "b").durable_name, "a");
  operations.push_back({.kind = Kind::kRemove, .file = 1, .name = "b"});
  ASSERT_EQ(now().size(), 1U) << "the disk has it until its directory is synced";
  EXPECT_EQ(now()[0].name, "");
  EXPECT_EQ(now()[0].durable_name, "a");
  operations.push_back(kSyncNames);
  EXPECT_TRUE(now().empty());
}

TEST(FileViews, SayWhatACrashTook) {
  const DiskState before = disk_with({kCreate,
                                      kSyncNames,
                                      write_of(0, "abcd"),
                                      kSync,
                                      write_of(4, "ef"),
                                      {.kind = Kind::kCreate, .file = 2, .name = "b"}});
  const DiskState after = must(sim::crash_image(before, {.fault = sim::Fault::kLoseUnsynced}));
  const std::vector<viz::LostBytes> lost = viz::lost_between(before, after);
  ASSERT_EQ(lost.size(), 2U);
  EXPECT_EQ(lost[0], (viz::LostBytes{"a", 6, 2, false}));
  EXPECT_EQ(lost[1], (viz::LostBytes{"b", 0, 0, true}));
  EXPECT_TRUE(viz::lost_between(before, must(sim::crash_image(before, {.fault = sim::Fault::kCleanKill}))).empty());
}

// ---- any operations on any files

// As a trace may have them: in any order, with any names.
class RandomRun {
 public:
  explicit RandomRun(std::uint64_t seed) : random_(seed) {}

  void add(Coverage& coverage) {
    if (random_.below(12) == 0) return crash(coverage);
    DiskOperation operation = next();
    if (!disk_.can_apply(operation)) return;
    disk_.apply(operation);
    coverage.count(std::string(name_of(operation.kind)));
    trace_.add(sim::InputEntry{{"put", "k" + std::to_string(random_.below(3)), "v"}});
    trace_.add(std::move(operation));
    trace_.add(sim::OutcomeEntry{random_.below(5) == 0 ? "I/O error" : "ok", random_.below(7) != 0});
  }

  const DiskState& disk() const { return disk_; }
  const sim::Trace& trace() const { return trace_; }

 private:
  std::string any_name() {
    // Nothing that a Sediment store or a text log would have: of those this program can read the files.
    static constexpr const char* kNames[] = {
        "a",        "data.db", "LOG.old",
        "x y",      "ключ",    "\x1b[31mred",
        "\xff\xfe", "CURRENT", "a-very-long-name-of-a-file-that-no-lane-has-room-for-000000000000000001"};
    return kNames[random_.below(std::size(kNames))];
  }
  std::string some_bytes() {
    std::string bytes(random_.below(4) == 0 ? 3000 : random_.below(60), '\0');
    for (char& byte : bytes) byte = static_cast<char>(random_.below(3) == 0 ? 0 : random_.below(256));
    return bytes;
  }
  DiskOperation next() {
    const auto& names = disk_.names();
    const std::uint64_t which = names.empty() ? 0 : random_.below(names.size());
    const auto file = names.empty() ? sim::Names::Entry{"", 0} : *(names.begin() + static_cast<std::ptrdiff_t>(which));
    const std::uint64_t size = names.empty() ? 0 : disk_.file(file.second).cached.size();
    switch (names.empty() ? 0 : random_.below(14)) {
      case 0:
      case 1: return {.kind = Kind::kCreate, .file = disk_.next_file_id(), .name = any_name()};
      case 2:
      case 3:
      case 4:
        return {.kind = Kind::kAppend, .file = file.second, .name = file.first, .offset = size, .bytes = some_bytes()};
      case 5:
        return {.kind = Kind::kAppend,
                .file = file.second,
                .name = file.first,
                .offset = random_.below(size + 1),
                .bytes = some_bytes()};
      case 6:
        return {.kind = Kind::kTruncate, .file = file.second, .name = file.first, .size = random_.below(size + 1)};
      case 7:
        return {.kind = Kind::kReserve, .file = file.second, .name = file.first, .size = size + random_.below(40)};
      case 8: return {.kind = Kind::kSync, .file = file.second, .name = file.first};
      case 9: return {.kind = Kind::kRename, .file = file.second, .name = file.first, .new_name = any_name()};
      case 10: return {.kind = Kind::kRemove, .file = file.second, .name = file.first};
      case 11: return {.kind = Kind::kSyncDirectory};
      case 12: return {.kind = Kind::kDropUnsynced, .file = file.second, .name = file.first};
      default: return {.kind = Kind::kRevertUnsynced, .file = file.second, .name = file.first};
    }
  }
  void crash(Coverage& coverage) {
    if (trace_.operation_count() == operations_at_crash_) return;  // a store does something before it crashes again
    operations_at_crash_ = trace_.operation_count();
    const sim::CrashChoice choice{.fault = random_.below(3) == 0 ? sim::Fault::kCleanKill : sim::Fault::kLoseUnsynced};
    trace_.add(sim::InputEntry{{"crash", std::string(sim::name_of(choice.fault))}});
    trace_.add(sim::CrashEntry{choice, trace_.operation_count()});
    disk_ = must(sim::crash_image(disk_, choice));
    coverage.count("crash");
  }

  sim::Random random_;
  DiskState disk_;
  sim::Trace trace_;
  std::uint64_t operations_at_crash_ = 0;
};

// What a byte's state means, from the definition and one byte at a time.
void must_be_as_the_disk_has_it(const DiskState& disk, Coverage& coverage) {
  const DiskState after = must(sim::crash_image(disk, {.fault = sim::Fault::kLoseUnsynced}));
  std::set<sim::FileId> ids;
  for (const auto& [name, id] : disk.names()) ids.insert(id);
  for (const auto& [name, id] : disk.durable_names()) ids.insert(id);
  const std::vector<FileView> files = viz::files_of(disk);
  ASSERT_EQ(files.size(), ids.size());
  for (const FileView& file : files) {
    const sim::FileState& state = disk.file(file.file);
    ASSERT_EQ(file.size, state.cached.size());
    ASSERT_EQ(file.on_disk, state.durable.size());
    ASSERT_EQ(file.durable() + file.cached(), state.cached.size());
    ASSERT_EQ(file.durable() + file.count(State::kReplaced) + file.count(State::kOnDisk), state.durable.size());
    std::uint64_t durable = 0;
    for (std::uint64_t i = 0; i < std::max(state.cached.size(), state.durable.size()); ++i) {
      bool is_changed = false;
      std::uint64_t size = state.durable.size();
      for (const sim::FileState::Change& change : state.unsynced) {
        is_changed = is_changed || (i >= change.offset && i < change.offset + change.bytes.size());
        is_changed = is_changed || (i >= std::min(size, change.size) && i < std::max(size, change.size));
        size = change.size;
      }
      const bool in_cache = i < state.cached.size();
      const bool on_disk = i < state.durable.size();
      const bool is_durable = in_cache && on_disk && !is_changed && state.cached[i] == state.durable[i];
      durable += is_durable ? 1U : 0U;
      const State expected = is_durable  ? State::kDurable
                             : !on_disk  ? State::kCached
                             : !in_cache ? State::kOnDisk
                                         : State::kReplaced;
      ASSERT_EQ(file.state_of(i), expected) << file.any_name() << ", byte " << i;
      coverage.count(expected == State::kDurable  ? "durable"
                     : expected == State::kCached ? "cached"
                     : expected == State::kOnDisk ? "on-disk"
                                                  : "replaced");
    }
    ASSERT_EQ(file.durable(), durable);
    if (file.durable_name.empty()) continue;
    const sim::FileState* left = after.find(file.durable_name);
    ASSERT_NE(left, nullptr) << file.durable_name;
    ASSERT_EQ(left->cached.size(), file.on_disk);
  }
}

TEST(RandomFiles, AreDrawnAndEachDurableByteIsOneOfTheDisk) {
  Coverage coverage("random_files");
  TemporaryDirectory directory;
  const std::string path = directory.path() / "trace.jsonl";
  viz::HeadlessScreen screen(1280, 720);
  for (std::uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    RandomRun run(seed);
    for (int i = 0; i < 40; ++i) {
      run.add(coverage);
      must_be_as_the_disk_has_it(run.disk(), coverage);
      if (HasFatalFailure()) return;
    }
    std::ofstream(path, std::ios::binary) << [&] {
      std::ostringstream text;
      sim::save_trace(run.trace(), text);
      return text.str();
    }();
    const auto app = must(viz::App::open({.trace = path}, screen.fonts()));
    app->set_layout(viz::kLayouts[seed % std::size(viz::kLayouts)]);
    app->set_theme(seed % 2 == 0 ? viz::Theme::kDark : viz::Theme::kLight);
    app->set_text_size(seed % 5 == 0 ? 150 : 100);
    const std::size_t entries = run.trace().entries().size();
    for (std::size_t at = 0; at <= entries; at += 1 + seed % 7) {
      app->seek(at);
      screen.run(*app, 2);
    }
    app->play();
    screen.run(*app, 60);
    app->seek(entries);
    screen.run(*app, 2);
    for (const FileView& file : viz::files_of(run.disk())) {
      if (viz::named_items().find("file." + file.any_name()) != nullptr) coverage.count("lanes");
    }
  }
  for (const char* counter :
       {"create", "append", "reserve", "truncate", "sync", "rename", "remove", "sync-directory", "crash"}) {
    coverage.require_at_least(counter, 10);
  }
  for (const char* counter : {"durable", "cached", "replaced", "on-disk"}) coverage.require_at_least(counter, 1000);
  coverage.require_at_least("lanes", 60);
}

// ---- a run of a store that somebody else wrote

sim::Scenario script_for(const sim::StoreKind& kind, const std::vector<const char*>& steps) {
  sim::Scenario scenario;
  scenario.title = "A store of somebody else";
  scenario.store = kind.name;
  for (const char* step : steps) scenario.steps.push_back(sim::step_of(step));
  return scenario;
}

// Everything that a frame says.
std::string drawn_texts_of(viz::HeadlessScreen& screen, viz::App& app) {
  std::vector<viz::DrawnText> texts;
  viz::drawn_texts() = &texts;
  screen.run(app);
  viz::drawn_texts() = nullptr;
  std::string all;
  for (const viz::DrawnText& text : texts) all += text.shown + "\n";
  return all;
}

class ForeignStore : public AppFixture {
 protected:
  std::string path(const std::string& name) const { return directory_.path() / name; }

  // Records a run and opens it at its end.
  void open_run(const sim::StoreKind& kind, const std::vector<const char*>& steps) {
    sim::Runner runner(script_for(kind, steps), kind);
    runner.run();
    std::ofstream file(path("run.jsonl"), std::ios::binary);
    sim::save_trace(runner.trace(), file);
    file.close();
    entries_ = runner.trace().entries().size();
    disk_ = runner.disk()->state();
    open({.trace = path("run.jsonl")});
    app_->seek(entries_);
    settle();
  }

  std::string drawn() { return drawn_texts_of(screen_, *app_); }

  std::size_t entries_ = 0;
  DiskState disk_;
};

const std::vector<const char*> kSteps{"put sky blue",    "put sea deep", "sync",       "put rose red",        "merge",
                                      "put grass green", "get sky",      "remove sea", "crash lose-unsynced", "recover",
                                      "put moon silver", "sync",         "close"};

TEST_F(ForeignStore, IsDrawnFileByFile) {
  open_run(checkpoint_kind(), kSteps);
  const std::string texts = drawn();
  for (const auto& [name, id] : disk_.names()) {
    ASSERT_NE(viz::named_items().find("file." + name), nullptr) << name;
    EXPECT_NE(texts.find(name + "\n"), std::string::npos) << texts;
  }
  EXPECT_NE(texts.find(" bytes, all durable"), std::string::npos) << texts;
  EXPECT_NE(texts.find("The cache\n"), std::string::npos);
}

TEST_F(ForeignStore, IsNotSaidToHaveWhatOnlySedimentHas) {
  // Words of the engine's format. "merge" is also a step of this run.
  const std::regex of_sediment(
      "segment|torn|snapshot|tombstone|MANIFEST|superseded|\\blive|\\brecords?\\b|\\bindex|\\bslots?\\b(?!-)|checksum",
      std::regex::icase);
  for (const sim::StoreKind* kind : {&checkpoint_kind(), &slot_kind(), &naive_kind()}) {
    open_run(*kind, kSteps);
    for (const viz::LayoutId layout : viz::kLayouts) {
      app_->set_layout(layout);
      for (std::size_t at = 0; at <= entries_; ++at) {
        app_->seek(at);
        screen_.run(*app_, 2);
        std::istringstream texts(drawn());
        for (std::string line; std::getline(texts, line);) {
          ASSERT_FALSE(std::regex_search(line, of_sediment)) << kind->name << " at " << at << ": " << line;
        }
      }
    }
    std::istringstream transcript(app_->transcript());
    for (std::string line; std::getline(transcript, line);) {
      ASSERT_FALSE(std::regex_search(line, of_sediment)) << line;
    }
    const nlohmann::json shown = state();
    for (const nlohmann::json& panel : shown["panels"]) {
      EXPECT_TRUE(std::set<std::string>({"Bytes", "What happens", "Acknowledged"}).contains(panel["title"])) << panel;
    }
  }
}

TEST_F(ForeignStore, ShowsWhatACrashTookAndThatTheProcessIsGone) {
  open_run(naive_kind(), {"put a 1", "sync", "put b 2", "crash lose-unsynced"});
  EXPECT_NE(drawn().find("the cache is gone: 8 bytes are lost; 1.seg is gone"), std::string::npos) << drawn();
  open_run(naive_kind(), {"put a 1", "sync", "put b 2", "crash clean-kill"});
  EXPECT_NE(drawn().find("memory is gone"), std::string::npos);
  EXPECT_EQ(drawn().find("the cache is gone"), std::string::npos);
  EXPECT_NE(drawn().find("8 bytes, 4 durable, 4 in the cache only"), std::string::npos) << drawn();
}

TEST_F(ForeignStore, SaysWhatWasAcknowledgedAndAnswered) {
  open_run(naive_kind(), {"put a 1", "put b 2", "sync", "put a 3", "remove b", "put c 4", "get a", "get b"});
  const std::string texts = drawn();
  EXPECT_NE(texts.find("5 writes acknowledged so far"), std::string::npos) << texts;
  const std::unique_ptr<viz::Session> session = must(viz::Session::of_trace_file(path("run.jsonl")));
  session->timeline().seek(entries_);
  using Row = viz::AcknowledgedRow;
  const viz::Acknowledged all = viz::acknowledged_at(session->timeline());
  EXPECT_EQ(all.writes, 5U);
  ASSERT_EQ(all.rows.size(), 3U);
  EXPECT_EQ(all.rows[0], (Row{"c", "4", Row::State::kNotSynced, ""}));
  EXPECT_EQ(all.rows[1], (Row{"b", std::nullopt, Row::State::kNotSynced, "not found"}));
  EXPECT_EQ(all.rows[2], (Row{"a", "3", Row::State::kNotSynced, "\"3\""}));
  open_run(naive_kind(), {"put a 1", "sync", "put b 2", "crash clean-kill", "recover"});
  const std::unique_ptr<viz::Session> crashed = must(viz::Session::of_trace_file(path("run.jsonl")));
  crashed->timeline().seek(entries_);
  const viz::Acknowledged after = viz::acknowledged_at(crashed->timeline());
  ASSERT_EQ(after.rows.size(), 2U);
  EXPECT_EQ(after.rows[0].state, Row::State::kCrashed);
  EXPECT_EQ(after.rows[1].state, Row::State::kSynced);
}

TEST_F(ForeignStore, HasItsBytesInThePanelAndAFileIsChosenByAClick) {
  open_run(naive_kind(), {"put sky blue", "sync", "roll", "put sea deep"});
  EXPECT_NE(drawn().find("2.seg\n"), std::string::npos) << "the file that was written last";
  ASSERT_TRUE(click("file.1.seg"));
  EXPECT_EQ(state()["selected"]["file"], "1.seg");
  EXPECT_NE(drawn().find("73\n"), std::string::npos) << "s, in hexadecimal";
  press(viz::Key::kPeriod);
  press(viz::Key::kComma);
  EXPECT_EQ(state()["selected"]["file"], "2.seg");
  press(viz::Key::kEscape);
  EXPECT_FALSE(state().contains("selected"));
}

TEST_F(ForeignStore, MarksItsSyncsOnTheTimeline) {
  open_run(naive_kind(), {"put a 1", "sync", "put b 2", "sync"});
  const std::unique_ptr<viz::Session> session = must(viz::Session::of_trace_file(path("run.jsonl")));
  const auto& marks = session->timeline().marks();
  EXPECT_EQ(std::count_if(marks.begin(), marks.end(),
                          [](const viz::Mark& mark) { return mark.kind == viz::MarkKind::kSync; }),
            2);
}

// ---- which store it is

TEST(StoreFormats, AreToldFromWhatARunWrites) {
  const auto format_of = [](const sim::StoreKind& kind) {
    sim::Runner runner(script_for(kind, {"put a 1", "sync", "crash lose-unsynced", "recover"}), kind);
    runner.run();
    const std::unique_ptr<viz::Session> session = viz::Session::of_trace(runner.trace());
    std::set<StoreFormat> formats;
    for (std::size_t at = 0; at <= session->timeline().size(); ++at) formats.insert(session->format_at(at));
    EXPECT_EQ(formats.size(), 1U) << kind.name << ": it is the same from the first moment to the last";
    return *formats.begin();
  };
  EXPECT_EQ(format_of(sim::engine_kind()), StoreFormat::kSediment);
  EXPECT_EQ(format_of(sim::text_log_kind()), StoreFormat::kTextLog);
  for (const sim::StoreKind* kind : {&checkpoint_kind(), &slot_kind(), &naive_kind()}) {
    EXPECT_EQ(format_of(*kind), StoreFormat::kForeign) << kind->name;
  }
}

// Another store may use the same names for something else.
TEST(StoreFormats, AreNotToldFromNames) {
  sim::Trace trace;
  trace.add(sim::InputEntry{{"open"}});
  trace.add(DiskOperation{.kind = Kind::kCreate, .file = 1, .name = "000001.log"});
  trace.add(DiskOperation{.kind = Kind::kAppend, .file = 1, .name = "000001.log", .bytes = std::string(64, 'x')});
  trace.add(DiskOperation{.kind = Kind::kCreate, .file = 2, .name = "MANIFEST"});
  trace.add(DiskOperation{.kind = Kind::kAppend, .file = 2, .name = "MANIFEST", .bytes = "000001.log\n"});
  EXPECT_EQ(viz::Session::of_trace(trace)->format_at(4), StoreFormat::kForeign);
}

// ---- scenarios

class StoreOfAScenario : public AppFixture {
 protected:
  std::string scenario_for(const std::string& store) {
    sim::Scenario scenario;
    scenario.title = "a test";
    scenario.store = store;
    for (const char* step :
         {"put a 1", "put b 2", "sync", "put a 3", "remove b", "crash lose-unsynced", "recover", "get a"})
      scenario.steps.push_back(sim::step_of(step));
    const std::string path = directory_.path() / (store + ".json");
    EXPECT_TRUE(is_ok(sim::write_scenario(scenario, path)));
    return path;
  }
};

TEST_F(StoreOfAScenario, MustBeInThisProgram) {
  const auto refused = viz::App::open({.scenario = scenario_for("their-own")}, screen_.fonts());
  ASSERT_TRUE(has_code(refused, StatusCode::kInvalidArgument));
  EXPECT_NE(
      refused.status().message().find(
          "this scenario is for the store \"their-own\", which this program does not contain; record a trace with your "
          "own simulator (run FILE --trace out.jsonl) and open it with --trace"),
      std::string::npos)
      << refused.status().message();
}

TEST_F(StoreOfAScenario, IsRefusedInTheWindowAndWhatIsShownStays) {
  open({});
  const std::string path = scenario_for("their-own");
  app_->open_dropped(path);
  settle();
  EXPECT_NE(state()["message"].get<std::string>().find("for the store \"their-own\""), std::string::npos) << state();
  EXPECT_EQ(state()["store"], "open");
  app_->open_dropped(scenario_for("text-log"));
  settle();
  EXPECT_EQ(state()["message"], "");
  EXPECT_EQ(state()["position"], 0) << "the run that was dropped is shown";
}

TEST_F(StoreOfAScenario, RunsTheTextLog) {
  open({.scenario = scenario_for("text-log")});
  app_->set_layout(viz::LayoutId::kCrash);
  app_->seek(10'000);
  settle();
  EXPECT_NE(viz::named_items().find("text-log"), nullptr);
  EXPECT_EQ(state()["outcome"], "\"1\"") << "the power cut took the second value";
  app_->seek(10'000);
  settle();
  const nlohmann::json now = state();
  EXPECT_EQ(now["crashes"]["forbidden"], 0) << now["crashes"];
  EXPECT_GT(now["crashes"]["disks"], 0);
  EXPECT_NE(drawn_texts_of(screen_, *app_).find("This run is not the engine's"), std::string::npos)
      << "no guarantee of the engine can be taken away from it";
  press(viz::Key::kF);
  EXPECT_NE(viz::named_items().find("text-log"), nullptr) << "a fork runs the text log, too";
}

// ---- files that are not the store's

TEST_F(StoreOfAScenario, AFileThatTheStoreDoesNotKnowIsDrawnAsBytes) {
  const std::string store = directory_.path() / "store";
  {
    const auto opened = must(Store::open(store, {}));
    ASSERT_TRUE(is_ok(opened->put("sky", "blue")));
    ASSERT_TRUE(is_ok(opened->close()));
  }
  std::ofstream(store + "/notes.txt") << "buy milk";
  std::ofstream(store + "/000009.log.bak") << "not a log";
  open({.store = store});
  app_->seek(10'000);
  settle();
  EXPECT_NE(viz::named_items().find("other.notes.txt"), nullptr);
  EXPECT_NE(viz::named_items().find("other.000009.log.bak"), nullptr);
  EXPECT_NE(viz::named_items().find("lane.000001.log"), nullptr);
  ASSERT_TRUE(click("other.notes.txt"));
  EXPECT_EQ(state()["selected"]["file"], "notes.txt");
  for (int i = 4; i < 9; ++i) std::ofstream(store + "/more" + std::to_string(i)) << std::string(5000, 'x');
  open({.store = store});
  app_->seek(10'000);
  settle();
  EXPECT_NE(viz::named_items().find("other.000009.log.bak"), nullptr);
  EXPECT_NE(viz::named_items().find("lane.000001.log"), nullptr);
}

}  // namespace
}  // namespace sediment::test
