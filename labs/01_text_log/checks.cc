// The checks of lab 1, which judge a text log from outside: by what it answers, and by the bytes on the disk.
#include <array>
#include <map>
#include <optional>

#include "labs/01_text_log/operations.h"
#include "labs/grader/checks.h"
#include "labs/grader/disk_server.h"
#include "labs/wire/store_messages.h"
#include "sim/disk/crash.h"
#include "sim/disk/sim_disk.h"

namespace sediment::labs {

namespace {

using Model = std::map<std::string, std::string>;

constexpr const char* kLog = "log";

// In quotes, with everything that is not a plain character as an escape.
std::string shown(std::string_view text) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  constexpr std::size_t kMost = 60;
  std::string quoted = "\"";
  for (const char c : text.substr(0, kMost)) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\n') {
      quoted += "\\n";
    } else if (c == '"' || c == '\\') {
      quoted += std::string("\\") + c;
    } else if (byte < 0x20 || byte >= 0x7f) {
      quoted += std::string("\\x") + kDigits[byte / 16] + kDigits[byte % 16];
    } else {
      quoted += c;
    }
  }
  if (text.size() > kMost) return quoted + "...\" (" + std::to_string(text.size()) + " bytes)";
  return quoted + "\"";
}

/// Text logs in the student's process, on a disk of the grader's. Each call is a step of the check's story.
class Logs {
 public:
  explicit Logs(CheckRun& run) : Logs(run, sim::DiskState()) {}
  /// On a disk where the log has these bytes.
  Logs(CheckRun& run, const std::string& contents) : Logs(run, sim::DiskState::with_files(Model{{kLog, contents}})) {
    run_.step("the file " + std::string(kLog) + " holds " + shown(contents));
  }

  void open(const std::string& file = kLog) {
    run_.step("open(disk, " + shown(file) + ")");
    const bool is_there = contents(file).has_value();
    must_succeed(is_there ? "open of the file that is there (see L1.10)" : "open",
                 status(LogOperation::kOpen, file, {}));
  }
  void put(const std::string& key, const std::string& value, const std::string& file = kLog) {
    run_.step(of(file) + "put(" + shown(key) + ", " + shown(value) + ")");
    put_silently(key, value, file);
  }
  /// Many at once: a single step.
  void put_lines(std::uint64_t first, std::uint64_t end) {
    run_.step("put(" + shown(numbered_key(first)) + ", " + shown(kNumberedValue) + ") to put(" +
              shown(numbered_key(end - 1)) + ", " + shown(kNumberedValue) + ")");
    for (std::uint64_t i = first; i < end; ++i) put_silently(numbered_key(i), kNumberedValue, kLog);
  }
  void remove(const std::string& key, const std::string& file = kLog) {
    run_.step(of(file) + "remove(" + shown(key) + ")");
    must_succeed("remove", status(LogOperation::kRemove, file, {key}));
    run_.reached("removes");
  }
  void sync() {
    run_.step("sync()");
    must_succeed("sync", status(LogOperation::kSync, kLog, {}));
  }
  void must_get(const std::string& key, const std::string& value, const std::string& file = kLog) {
    const std::optional<std::string> found = get(key, file);
    if (found == value) return;
    CheckRun::fail("get should find " + shown(value) + "; yours found " + (found ? shown(*found) : "nothing") +
                   as_it_is(file));
  }
  void must_miss(const std::string& key, const std::string& file = kLog) {
    const std::optional<std::string> found = get(key, file);
    if (found) CheckRun::fail("get should find nothing; yours found " + shown(*found) + as_it_is(file));
  }
  void must_match(const Model& model, const std::string& key, const std::string& file = kLog) {
    const auto expected = model.find(key);
    if (expected == model.end()) return must_miss(key, file);
    must_get(key, expected->second, file);
  }

  /// Everything in memory is gone, and the disk stays.
  void new_process() {
    run_.step("the process ends, and another one begins");
    start();
    run_.reached("new processes");
  }
  void lose_power() {
    run_.step("the power fails: what is not durable is lost");
    disk_ = std::make_shared<sim::SimDisk>(without_unsynced(disk_->state()));
    start();
    run_.reached("power failures");
  }
  /// Opens the log in a process that ends after so many changes of the disk. False if the open makes fewer.
  bool interrupt_open(std::uint64_t changes, bool by_power_failure) {
    run_.step("open(disk, " + shown(kLog) + "), but after " + std::to_string(changes) + " of its changes of the disk " +
              (by_power_failure ? "the power fails" : "the process is killed"));
    sim::DiskState state = disk_->state();
    sim::Trace trace;
    disk_ = std::make_shared<sim::SimDisk>(state, sim::SimDiskOptions{.seed = run_.seed}, &trace);
    start();
    must_succeed("open", status(LogOperation::kOpen, kLog, {}));
    disk_->stop_recording();
    if (trace.operation_count() < changes) return false;
    std::uint64_t made = 0;
    for (const sim::TraceEntry& entry : trace.entries()) {
      const auto* operation = std::get_if<sim::DiskOperation>(&entry);
      if (operation != nullptr && made++ < changes) state.apply(*operation);
    }
    if (by_power_failure) state = without_unsynced(state);
    disk_ = std::make_shared<sim::SimDisk>(std::move(state), sim::SimDiskOptions{.seed = run_.seed});
    start();
    run_.reached("interrupted opens");
    return true;
  }
  void limit_reads() {
    run_.step("from here on, each read of the disk returns one byte at most");
    disk_->limit_reads(1);
  }

  std::uint64_t reads() const { return disk_->calls(sim::CallFault::Call::kRead); }
  std::uint64_t bytes_read() const { return server_->bytes_read(); }
  std::optional<std::string> contents(const std::string& file = kLog) const {
    const auto files = disk_->state().contents();
    const auto found = files.find(file);
    return found == files.end() ? std::nullopt : std::optional(found->second);
  }
  void must_hold(const std::string& expected) const {
    const std::optional<std::string> found = contents();
    if (found == expected) return;
    CheckRun::fail("the file should hold " + shown(expected) + "; " +
                   (found ? "yours holds " + shown(*found) : "yours is not there"));
  }
  /// All keys have six characters and all values are the same: each line has kNumberedLine bytes.
  static std::string numbered_key(std::uint64_t i) {
    std::string digits = std::to_string(i);
    return "k" + std::string(5 - digits.size(), '0') + digits;
  }
  static constexpr const char* kNumberedValue = "twelve bytes";
  static constexpr std::uint64_t kNumberedLine = 20;

 private:
  Logs(CheckRun& run, sim::DiskState state)
      : run_(run), disk_(std::make_shared<sim::SimDisk>(std::move(state), sim::SimDiskOptions{.seed = run.seed})) {
    start();
  }

  void start() {
    process_.reset();
    server_.emplace(disk_);
    process_.emplace(run_.build.with_addresses);
  }

  static sim::DiskState without_unsynced(const sim::DiskState& state) {
    Result<sim::DiskState> left = sim::crash_image(state, {.fault = sim::Fault::kLoseUnsynced});
    if (!left.ok()) throw std::runtime_error(left.status().to_string());
    return std::move(*left);
  }
  static std::string of(const std::string& file) { return file == kLog ? "" : file + ": "; }
  // A log that is small enough to be read in the message.
  std::string as_it_is(const std::string& file) const {
    const std::optional<std::string> found = contents(file);
    return found && found->size() <= 60 ? ". The file holds " + shown(*found) : "";
  }
  void put_silently(const std::string& key, const std::string& value, const std::string& file) {
    must_succeed("put", status(LogOperation::kPut, file, {key, value}));
    run_.reached("puts");
  }
  static void must_succeed(const std::string& what, const Status& status) {
    if (!status.ok()) CheckRun::fail(what + " should succeed; yours returned: " + status.to_string());
  }
  std::optional<std::string> get(const std::string& key, const std::string& file) {
    run_.step(of(file) + "get(" + shown(key) + ")");
    run_.reached("gets");
    std::string value;
    const Status found = ask(LogOperation::kGet, file, {key}, [&](MessageReader& answer) { value = answer.text(); });
    if (found.ok()) return value;
    if (!found.is(StatusCode::kNotFound)) must_succeed("get", found);
    return std::nullopt;
  }
  Status status(LogOperation operation, const std::string& file, std::initializer_list<std::string> texts) {
    return ask(operation, file, texts, [](MessageReader&) {});
  }
  template <typename Read>
  Status ask(LogOperation operation, const std::string& file, std::initializer_list<std::string> texts, Read read) {
    MessageWriter message;
    message.number(static_cast<std::uint64_t>(Request::kComponent)).number(static_cast<std::uint64_t>(operation));
    message.text(file);
    for (const std::string& text : texts) message.text(text);
    Status status;
    const std::string bytes =
        process_->ask(message.bytes(), [this](std::string_view call) { return server_->serve(call); });
    read_answer(*process_, bytes, [&](MessageReader& answer) {
      status = read_status(&answer);
      if (status.ok()) read(answer);
    });
    return status;
  }

  CheckRun& run_;
  std::shared_ptr<sim::SimDisk> disk_;
  std::optional<DiskServer> server_;
  std::optional<StudentProcess> process_;
};

// Keys of which none begins with another one.
constexpr std::array<const char*, 6> kWords{"cat", "dog", "fox", "owl", "42", "bee"};

std::string any_value(CheckRun& run) { return "v" + std::to_string(run.random.below(1'000'000)); }

void creates_the_file(CheckRun& run) {
  Logs logs(run);
  logs.open();
  logs.must_hold("");
  run.reached("files created");
}

void appends_a_line(CheckRun& run) {
  Logs logs(run);
  logs.open();
  std::string expected;
  for (const char* key : kWords) {
    const std::string value = any_value(run);
    logs.put(key, value);
    expected += std::string(key) + "," + value + "\n";
    logs.must_hold(expected);
  }
}

void finds_what_was_put(CheckRun& run) {
  Logs logs(run);
  logs.open();
  logs.must_miss("cat");
  Model model;
  for (const char* key : {"cat", "dog", "42"}) {
    model[key] = any_value(run);
    logs.put(key, model[key]);
  }
  for (const char* key : kWords) logs.must_match(model, key);
}

void lets_the_last_write_win(CheckRun& run) {
  Logs logs(run);
  logs.open();
  Model model;
  for (int i = 0; i < 8; ++i) {
    const std::string key = kWords[i < 3 ? static_cast<std::size_t>(i % 2) : run.random.below(3)];
    model[key] = "v" + std::to_string(i);
    logs.put(key, model[key]);
    for (std::size_t word = 0; word < 3; ++word) logs.must_match(model, kWords[word]);
  }
}

void tells_a_key_from_its_beginning(CheckRun& run) {
  Logs logs(run);
  logs.open();
  logs.put("ab", "long");
  logs.must_miss("a");
  logs.put("a", "short");
  logs.must_get("ab", "long");
  logs.must_get("a", "short");
  logs.put("ab", "longer");
  logs.must_get("a", "short");
  logs.put("b", "a");
  logs.must_get("a", "short");
}

void forgets_what_was_removed(CheckRun& run) {
  Logs logs(run);
  logs.open();
  Model model;
  for (const char* key : {"cat", "dog"}) {
    model[key] = any_value(run);
    logs.put(key, model[key]);
  }
  logs.remove("cat");
  logs.must_miss("cat");
  logs.must_get("dog", model["dog"]);
  logs.put("cat", "again");
  logs.must_get("cat", "again");
  logs.remove("dog");
  logs.must_miss("dog");
  logs.must_get("cat", "again");
}

void keeps_empty_values(CheckRun& run) {
  {
    Logs logs(run);
    logs.open();
    logs.put("cat", "");
    logs.must_get("cat", "");
    logs.put("dog", any_value(run));
    logs.put("dog", "");
    logs.must_get("dog", "");
    logs.remove("cat");
    logs.must_miss("cat");
    logs.must_get("dog", "");
    run.reached("empty values", 2);
  }
  run.begin_story();
  Logs logs(run);
  logs.open();
  logs.put("dog", "");
  logs.remove("dog");
  logs.must_hold("dog,\ndog\n");
}

void keeps_commas_in_keys(CheckRun& run) {
  Logs logs(run);
  logs.open();
  logs.put("a,b", "1");
  logs.must_get("a,b", "1");
  logs.must_miss("a");
  logs.put("a", "b,2");
  logs.must_get("a", "b,2");
  logs.must_get("a,b", "1");
  logs.remove("a,b");
  logs.must_miss("a,b");
  logs.must_get("a", "b,2");
  run.reached("commas in keys", 2);
}

void keeps_any_bytes(CheckRun& run) {
  std::string every_byte;
  for (int byte = 0; byte < 256; ++byte) every_byte += static_cast<char>(byte);
  std::string random_bytes;
  for (int i = 0; i < 40; ++i) random_bytes += static_cast<char>(run.random.below(256));
  for (const std::string& text :
       {std::string("two\nlines"), std::string("%2C"), std::string("100%"), std::string(",\n\r%"), std::string(),
        std::string("a\0b", 3), every_byte, random_bytes}) {
    run.begin_story();
    Logs logs(run);
    logs.open();
    logs.put("cat", text);
    logs.must_get("cat", text);
    logs.put(text, "1");
    logs.must_get(text, "1");
    logs.must_get("cat", text);
    logs.remove(text);
    logs.must_miss(text);
    logs.must_get("cat", text);
    run.reached("texts", 2);
  }
}

void continues_in_a_new_process(CheckRun& run) {
  Logs logs(run);
  Model model;
  for (int round = 0; round < 3; ++round) {
    if (round > 0) logs.new_process();
    logs.open();
    for (const char* key : kWords) logs.must_match(model, key);
    for (int i = 0; i < 3; ++i) {
      const std::string key = kWords[run.random.below(kWords.size())];
      model[key] = any_value(run);
      logs.put(key, model[key]);
    }
    const std::string removed = kWords[run.random.below(kWords.size())];
    model.erase(removed);
    logs.remove(removed);
  }
}

void keeps_what_was_synced(CheckRun& run) {
  enum class Created : std::uint8_t { kHere, kByAnother, kByAnotherThatWasKilled };
  for (const Created created : {Created::kHere, Created::kByAnother, Created::kByAnotherThatWasKilled}) {
    run.begin_story();
    Logs logs(run);
    if (created == Created::kByAnother) {
      logs.open();
      logs.new_process();
    } else if (created == Created::kByAnotherThatWasKilled) {
      (void)logs.interrupt_open(1, false);  // right after the file was created
    }
    logs.open();
    logs.put("cat", "1");
    logs.sync();
    logs.lose_power();
    logs.open();
    logs.must_get("cat", "1");
    logs.put("cat", "2");
    logs.sync();
    logs.lose_power();
    logs.open();
    logs.must_get("cat", "2");
  }
}

void drops_a_torn_line(CheckRun& run) {
  // Torn in the value, after the comma, in the key, in an escape; and a file without any whole line.
  for (const char* torn : {"cat,to", "cat,", "ca", "cat", "cat,%2", "dog,3"}) {
    run.begin_story();
    Logs logs(run, std::string("cat,1\ndog,2\n") + torn);
    logs.open();
    logs.must_get("cat", "1");
    logs.must_get("dog", "2");
    logs.must_miss("ca");
    run.reached("torn lines");
  }
  run.begin_story();
  Logs logs(run, "cat,1");
  logs.open();
  logs.must_miss("cat");
  run.reached("torn lines");
}

void continues_after_a_torn_line(CheckRun& run) {
  for (const char* torn : {"cat,to", "ca", "owl,9"}) {
    run.begin_story();
    Logs logs(run, std::string("cat,1\ndog,2\n") + torn);
    logs.open();
    logs.put("owl", "3");
    logs.must_get("owl", "3");
    logs.must_get("cat", "1");
    logs.remove("dog");
    logs.must_miss("dog");
    logs.new_process();
    logs.open();
    logs.must_get("owl", "3");
    logs.must_get("cat", "1");
    logs.must_miss("dog");
    run.reached("torn lines");
  }
  run.begin_story();
  Logs logs(run, "ow");  // no line at all
  logs.open();
  logs.put("owl", "3");
  logs.must_get("owl", "3");
  run.reached("torn lines");
}

void reads_on_after_a_short_read(CheckRun& run) {
  Logs logs(run, "cat,1\ndog,2\ncat,3\nowl,4\nowl\ndog,to");
  logs.limit_reads();
  logs.open();
  logs.must_get("cat", "3");
  logs.must_get("dog", "2");
  logs.must_miss("owl");
  logs.put("fox", "5");
  logs.must_get("fox", "5");
  logs.must_get("dog", "2");
  run.reached("short reads", logs.reads());
}

void keeps_two_logs_apart(CheckRun& run) {
  const std::array<std::string, 2> files{kLog, "other"};
  std::array<Model, 2> models;
  Logs logs(run);
  for (const std::string& file : files) logs.open(file);
  for (std::size_t i = 0; i < 60; ++i) {
    const std::size_t log = i % 2;
    const std::string key = kWords[run.random.below(kWords.size())];
    switch (run.random.below(4)) {
      case 0:
        models[log].erase(key);
        logs.remove(key, files[log]);
        break;
      case 1:
        models[log][key] = any_value(run);
        logs.put(key, models[log][key], files[log]);
        break;
      default: logs.must_match(models[log], key, files[log]);
    }
  }
  for (const char* key : kWords) {
    for (std::size_t log = 0; log < files.size(); ++log) logs.must_match(models[log], key, files[log]);
  }
}

void reads_the_log_in_each_get(CheckRun& run) {
  constexpr std::uint64_t kMostTimes = 3;  // how often a get may read each byte
  Logs logs(run);
  logs.open();
  std::uint64_t lines = 0;
  for (const std::uint64_t more : {10U, 100U, 1000U}) {
    logs.put_lines(lines, more);
    lines = more;
    logs.must_get(Logs::numbered_key(0), Logs::kNumberedValue);  // a log that remembers has now seen all lines
    const std::uint64_t before = logs.bytes_read();
    logs.must_get(Logs::numbered_key(0), Logs::kNumberedValue);
    const std::uint64_t read = logs.bytes_read() - before;
    const std::uint64_t size = lines * Logs::kNumberedLine;
    const std::string yours = "; yours read " + std::to_string(read);
    // The key is in the first line only, and any other line could have it, too: no order of reading can stop early.
    if (read < size) CheckRun::fail("this get should read all " + std::to_string(size) + " bytes of the log" + yours);
    if (read > kMostTimes * size) {
      CheckRun::fail("this get should read the log's " + std::to_string(size) + " bytes about once" + yours);
    }
    run.reached("bytes read for the first of " + std::to_string(lines) + " lines", read);
    const std::uint64_t before_last = logs.bytes_read();
    logs.must_get(Logs::numbered_key(lines - 1), Logs::kNumberedValue);
    run.reached("bytes read for the last of " + std::to_string(lines) + " lines", logs.bytes_read() - before_last);
  }
}

void survives_crashes_in_open(CheckRun& run) {
  for (const bool by_power_failure : {false, true}) {
    for (std::uint64_t changes = 0;; ++changes) {
      run.begin_story();
      Logs logs(run, "cat,1\ndog,2\ncat,to");
      if (!logs.interrupt_open(changes, by_power_failure)) break;
      logs.open();
      logs.must_get("cat", "1");
      logs.must_get("dog", "2");
      logs.put("owl", "3");
      logs.must_get("owl", "3");
    }
  }
}

void survives_every_crash(CheckRun& run) {
  survives_crashes_in_open(run);
  survives_crashes_on(run, text_log_crashes());
}

}  // namespace

std::vector<Check> text_log_checks() {
  return {
      {"L1.1", {}, {}, 0, creates_the_file, {"files created"}},
      {"L1.2", {}, {}, 0, appends_a_line, {"puts"}},
      {"L1.3", {}, {}, 0, finds_what_was_put, {"gets"}},
      {"L1.4", {}, {}, 0, lets_the_last_write_win, {"gets"}},
      {"L1.5", {}, {}, 0, tells_a_key_from_its_beginning, {"gets"}},
      {"L1.6", {}, {}, 0, forgets_what_was_removed, {"removes"}},
      {"L1.7", {}, {}, 0, keeps_empty_values, {"empty values", "removes"}},
      {"L1.8", {}, {}, 0, keeps_commas_in_keys, {"commas in keys"}},
      {"L1.9", {}, {}, 0, keeps_any_bytes, {"texts"}},
      {"L1.10", {}, {}, 0, continues_in_a_new_process, {"new processes"}},
      {"L1.11", {}, {}, 0, keeps_what_was_synced, {"power failures"}},
      {"L1.12", {}, {}, 0, drops_a_torn_line, {"torn lines"}},
      {"L1.13", {}, {}, 0, continues_after_a_torn_line, {"torn lines"}},
      {"L1.14",
       {},
       {},
       0,
       reads_on_after_a_short_read,
       {"short reads"},
       false,
       "your code has read nothing from the disk, so no read could be short"},
      {"L1.15", {}, {}, 0, keeps_two_logs_apart, {"puts", "removes", "gets"}},
      {"L1.16", {}, {}, 0, reads_the_log_in_each_get, {"gets"}},
      {"L1.17", {}, {}, 0, runs_in_a_store, {"reopens", "removes", "gets"}, true},
      {"L1.18", {}, {}, 0, survives_every_crash, {"interrupted opens", "crash points", "audited disks"}, true},
  };
}

}  // namespace sediment::labs
