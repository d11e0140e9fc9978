// The checks of lab 7. A disk is prepared, the student's process publishes on it, and the disk is judged: as it is, after
// every crash that was possible on the way, and after calls that failed.
#include <array>
#include <functional>
#include <map>
#include <memory>
#include <optional>

#include "engine/manifest.h"
#include "labs/07_publish/operations.h"
#include "labs/grader/checks.h"
#include "labs/grader/disk_server.h"
#include "labs/wire/store_messages.h"
#include "sim/disk/crash.h"
#include "sim/disk/sim_disk.h"
#include "sim/disk/trace.h"

namespace sediment::labs {

namespace {

using Call = sim::CallFault::Call;
using Effect = sim::CallFault::Effect;
using Files = std::map<std::string, std::string>;

const std::string kName(kManifestName);
const std::string kTemporaryName(kManifestTemporaryName);

Manifest any_manifest(CheckRun& run, std::uint64_t first_number, std::uint64_t sealed) {
  Manifest manifest;
  std::uint64_t number = first_number;
  for (; sealed > 0; --sealed) {
    manifest.sealed.push_back(
        {SegmentNumber{number++}, run.random.next(), kSegmentHeaderSize + 8 * (400 + run.random.below(100)), 40});
  }
  manifest.active = Manifest::Active{SegmentNumber{number++}, run.random.next()};
  manifest.next_number = SegmentNumber{number};
  return manifest;
}

/// A disk with or without a manifest, and one process that publishes on it. Each call is a step of the check's story.
class Publishing {
 public:
  enum class Before : std::uint8_t { kNoManifest, kOldManifest };

  /// `left`: what an earlier crash has left in MANIFEST.tmp.
  Publishing(CheckRun& run, Before before, const std::optional<std::string>& left = {})
      : Publishing(run, run.build.with_addresses, before, left) {}
  /// The same in a process of this program: the plain one starts faster.
  Publishing(CheckRun& run, const Program& program, Before before, const std::optional<std::string>& left)
      : run_(run),
        process_(program),
        old_(any_manifest(run, 1 + run.random.below(5), 2)),
        new_(any_manifest(run, 10 + run.random.below(5), 1 + run.random.below(3))) {
    run.begin_story();
    Files files{{"000001.log", "a segment"}};
    std::string there = "the disk has a segment";
    if (before == Before::kOldManifest) {
      files[kName] = encode_manifest(old_);
      there += ", and the old manifest in " + kName;
    } else {
      there += ", and no " + kName;
    }
    if (left) {
      files[kTemporaryName] = *left;
      there += ", and " + std::to_string(left->size()) + " bytes in a " + kTemporaryName + " that a crash has left";
    }
    run.step(there);
    before_ = sim::DiskState::with_files(files);
    disk_ = std::make_shared<sim::SimDisk>(before_, sim::SimDiskOptions{}, &trace_);
    server_ = std::make_unique<DiskServer>(disk_);
  }

  // What a call returned, or that it threw.
  struct Outcome {
    bool threw = false;
    Status status;

    bool ok() const { return !threw && status.ok(); }
    std::string shown() const { return threw ? "it threw std::bad_alloc" : "it returned " + status.to_string(); }
  };

  Outcome publish() { return asked("publish the new manifest", request(PublishOperation::kPublish).text(text())); }
  Outcome write() {
    return asked("write_manifest, of the new manifest", request(PublishOperation::kWrite).text(text()));
  }
  Outcome switch_over(Throws throws = Throws::kNone) {
    const MessageWriter message = request(PublishOperation::kSwitch).number(static_cast<std::uint64_t>(throws));
    run_.step("switch_manifest" + std::string(throws == Throws::kRename ? "; once the rename is done, it throws"
                                              : throws == Throws::kSyncDirectory ? "; the directory's sync throws"
                                                                                 : ""));
    return ask(message, true);
  }
  /// From now on the new manifest is another one.
  void take_another() { new_ = any_manifest(run_, 20, 3); }

  static void must_be_ok(const Outcome& outcome) {
    if (!outcome.ok()) CheckRun::fail("it should return ok; " + outcome.shown());
  }

  sim::SimDisk& disk() { return *disk_; }
  std::string text() const { return encode_manifest(new_); }

  /// The bytes of a file in words.
  std::string shown(const std::string* bytes) const {
    if (bytes == nullptr) return "is not there";
    if (*bytes == text()) return "holds the new manifest";
    if (*bytes == encode_manifest(old_)) return "holds the old manifest";
    if (bytes->empty()) return "is empty";
    const std::string whole = text();
    if (whole.starts_with(*bytes))
      return "holds the first " + std::to_string(bytes->size()) + " bytes of the new manifest";
    return "holds " + std::to_string(bytes->size()) + " bytes that are neither the old nor the new manifest";
  }

  const std::string* now_in(const std::string& name) const {
    const sim::FileState* file = disk_->state().find(name);
    return file == nullptr ? nullptr : &file->cached;
  }

  bool is_new() const {
    const std::string* bytes = now_in(kName);
    return bytes != nullptr && *bytes == text();
  }
  void must_be_new() const {
    const std::string* bytes = now_in(kName);
    if (bytes == nullptr || *bytes != text()) {
      CheckRun::fail(kName + " should hold the new manifest; it " + shown(bytes));
    }
  }
  void must_be_as_before() const {
    const std::string* bytes = now_in(kName);
    const sim::FileState* then = before_.find(kName);
    const bool same =
        bytes == nullptr || then == nullptr ? bytes == nullptr && then == nullptr : *bytes == then->cached;
    if (!same) {
      CheckRun::fail(kName +
                     (then == nullptr ? " should not be there yet; it " : " should hold the old manifest; it ") +
                     shown(bytes));
    }
  }
  /// Nothing but what was there, and the manifest.
  void must_have_no_other_file() const {
    for (const auto& [name, id] : disk_->state().names()) {
      if (name != kName && name != "000001.log") CheckRun::fail(name + " should be gone; it is still on the disk");
    }
    const std::string* segment = now_in("000001.log");
    if (segment == nullptr || *segment != "a segment") CheckRun::fail("000001.log should be as it was");
  }

  enum class Manifests : std::uint8_t { kOldOrNew, kNew };

  /// After every crash that is possible now, the manifest is one of these.
  void must_survive(Manifests allowed) {
    std::vector<sim::CrashChoice> choices = sim::possible_crashes(disk_->state(), nullptr);
    choices.push_back({});                                    // a kill
    choices.push_back({.fault = sim::Fault::kLoseUnsynced});  // also of what a failed sync has dropped
    for (const sim::CrashChoice& choice : choices) must_survive(disk_->state(), choice, 0, allowed);
  }

  /// The same for every crash at every operation that was done.
  void must_have_survived(bool power_cuts) {
    sim::DiskState state = before_;
    std::uint64_t done = 0;
    for (const sim::TraceEntry& entry : trace_.entries()) {
      const auto* operation = std::get_if<sim::DiskOperation>(&entry);
      if (operation == nullptr) continue;
      state.apply(*operation);
      ++done;
      for (const sim::CrashChoice& choice : sim::possible_crashes(state, operation)) {
        const bool power_cut = choice.fault != sim::Fault::kCleanKill;
        if (power_cut != power_cuts) continue;
        run_.step("operation " + std::to_string(done) + " of the disk: " + sim::describe(*operation));
        must_survive(state, choice, done, Manifests::kOldOrNew);
        run_.story.pop_back();
      }
    }
  }

 private:
  static MessageWriter request(PublishOperation what) {
    MessageWriter message;
    message.number(static_cast<std::uint64_t>(Request::kComponent)).number(static_cast<std::uint64_t>(what));
    return message;
  }

  Outcome asked(const std::string& step, const MessageWriter& message) {
    run_.step(step);
    return ask(message, false);
  }

  Outcome ask(const MessageWriter& message, bool may_throw) {
    Outcome outcome;
    const std::string bytes =
        process_.ask(message.bytes(), [&](std::string_view call) { return server_->serve(call); });
    read_answer(process_, bytes, [&](MessageReader& answer) {
      outcome.threw = may_throw && answer.flag();
      if (!outcome.threw) outcome.status = read_status(&answer);
    });
    return outcome;
  }

  void must_survive(const sim::DiskState& state, const sim::CrashChoice& choice, std::uint64_t after,
                    Manifests allowed) {
    const Result<sim::DiskState> image = sim::crash_image(state, choice);
    if (!image.ok()) return;
    run_.reached("crashes");
    const sim::FileState* file = image->find(kName);
    const std::string* bytes = file == nullptr ? nullptr : &file->cached;
    const bool is_new = bytes != nullptr && *bytes == text();
    const sim::FileState* then = before_.find(kName);
    const bool is_old = then == nullptr ? bytes == nullptr : bytes != nullptr && *bytes == then->cached;
    if (is_new || (is_old && allowed == Manifests::kOldOrNew)) return;
    run_.step("crash " + sim::to_string(choice) + (after == 0 ? "" : ", at this operation"));
    const std::string expected = allowed == Manifests::kNew ? "hold the new manifest"
                                 : then == nullptr          ? "hold the new manifest, or not be there"
                                                            : "hold the old manifest or the new one, whole";
    CheckRun::fail(kName + " should " + expected + "; it " + shown(bytes));
  }

  CheckRun& run_;
  StudentProcess process_;
  Manifest old_;
  Manifest new_;
  sim::DiskState before_;
  sim::Trace trace_;
  std::shared_ptr<sim::SimDisk> disk_;
  std::unique_ptr<DiskServer> server_;
};

using Before = Publishing::Before;
using Manifests = Publishing::Manifests;

constexpr std::array<Before, 2> kBoth{Before::kNoManifest, Before::kOldManifest};

void publishes_the_first(CheckRun& run) {
  Publishing publishing(run, Before::kNoManifest);
  Publishing::must_be_ok(publishing.publish());
  publishing.must_be_new();
  run.reached("manifests");
}

void replaces_the_old(CheckRun& run) {
  Publishing publishing(run, Before::kOldManifest);
  for (int times = 0; times < 3; ++times) {
    Publishing::must_be_ok(publishing.publish());
    publishing.must_be_new();
    publishing.must_have_no_other_file();
    publishing.take_another();
    run.reached("manifests");
  }
}

void begins_anew(CheckRun& run) {
  for (const std::string& left : {std::string(), std::string("sediment-mani"), std::string(2000, 'x')}) {
    for (const Before before : kBoth) {
      Publishing publishing(run, before, left);
      Publishing::must_be_ok(publishing.publish());
      publishing.must_be_new();
      run.reached("temporary files");
    }
  }
}

// Everything that needs space is in the first half, and everything that shows is in the second.
void has_two_halves(CheckRun& run) {
  for (const Before before : kBoth) {
    Publishing publishing(run, before);
    Publishing::must_be_ok(publishing.write());
    publishing.must_be_as_before();
    publishing.take_another();
    Publishing::must_be_ok(publishing.write());
    publishing.must_be_as_before();
    run.step("the disk is full from now on");
    publishing.disk().limit_space(1);
    Publishing::must_be_ok(publishing.switch_over());
    publishing.must_be_new();
    run.reached("switches");
  }
}

void survives_crashes_of_one_kind(CheckRun& run, bool power_cuts) {
  for (const Before before : kBoth) {
    for (const bool left : {false, true}) {
      Publishing publishing(run, before, left ? std::optional<std::string>("sediment-mani") : std::nullopt);
      Publishing::must_be_ok(publishing.publish());
      publishing.must_have_survived(power_cuts);
    }
  }
}

void survives_a_kill(CheckRun& run) { survives_crashes_of_one_kind(run, false); }
void survives_a_power_cut(CheckRun& run) { survives_crashes_of_one_kind(run, true); }

void is_durable_when_it_returns(CheckRun& run) {
  for (const Before before : kBoth) {
    Publishing publishing(run, before);
    Publishing::must_be_ok(publishing.publish());
    publishing.must_survive(Manifests::kNew);
  }
}

constexpr std::uint64_t kMostCalls = 50;  // of one kind: more than any publish needs

// Publishes, in two halves, while the first call of this kind fails, then the second, and so on. `then` gets what the
// last half that was called returned.
void fail_in_publish(CheckRun& run, const sim::CallFault& way,
                     const std::function<void(Publishing& publishing, const Publishing::Outcome& outcome)>& then) {
  for (const bool left : {false, true}) {
    for (sim::CallFault fault = way; fault.n <= kMostCalls; ++fault.n) {
      Publishing publishing(run, run.build.plain(), Before::kOldManifest,
                            left ? std::optional<std::string>("sediment-mani") : std::nullopt);
      run.step("fail " + sim::to_string(fault));
      publishing.disk().fail(fault);
      Publishing::Outcome outcome = publishing.write();
      if (outcome.ok()) {
        const std::string* written = publishing.now_in(kTemporaryName);
        if (written == nullptr || *written != publishing.text()) {
          CheckRun::fail("it returned ok, so " + kTemporaryName + " should hold the new manifest; it " +
                         publishing.shown(written));
        }
        outcome = publishing.switch_over();
      }
      if (publishing.disk().failed_calls() == 0) break;
      run.reached("calls that failed");
      then(publishing, outcome);
    }
  }
}

// Ok is said only if it is true. A call failed, but not for lack of space, so no other failure is told but that.
void answer_must_be_true(Publishing& publishing, const Publishing::Outcome& outcome) {
  if (outcome.ok()) return publishing.must_survive(Manifests::kNew);
  if (outcome.threw || !outcome.status.is(StatusCode::kIoError)) {
    CheckRun::fail("the call that failed returned an I/O error, so it should return ok or an I/O error; " +
                   outcome.shown());
  }
}

constexpr std::array<Call, 6> kChanges{Call::kCreate, Call::kAppend,        Call::kSync,
                                       Call::kRename, Call::kSyncDirectory, Call::kRemove};

void tells_of_failures(CheckRun& run) {
  for (const Call call : kChanges) fail_in_publish(run, {.call = call}, answer_must_be_true);
}

void believes_no_second_sync(CheckRun& run) {
  for (const sim::CallFault& way : {sim::CallFault{.call = Call::kSync, .effect = Effect::kDropped},
                                    sim::CallFault{.call = Call::kSync, .effect = Effect::kReverted},
                                    sim::CallFault{.call = Call::kSyncDirectory, .effect = Effect::kDropped}}) {
    fail_in_publish(run, way, answer_must_be_true);
  }
}

void leaves_a_manifest_after_a_failure(CheckRun& run) {
  for (const Call call : kChanges) {
    for (const sim::CallFault& way : sim::ways_to_fail(call)) {
      if (way.effect == Effect::kLate) continue;  // a sync that says ok and has not written: nothing can be done
      fail_in_publish(run, way, [](Publishing& publishing, const Publishing::Outcome&) {
        publishing.must_survive(Manifests::kOldOrNew);
      });
    }
  }
}

void changes_nothing_without_space(CheckRun& run) {
  for (const sim::CallFault& way : {sim::CallFault{.call = Call::kCreate, .effect = Effect::kNoSpace},
                                    sim::CallFault{.call = Call::kAppend, .effect = Effect::kNoSpace},
                                    sim::CallFault{.call = Call::kAppend, .effect = Effect::kShortWrite}}) {
    fail_in_publish(run, way, [&](Publishing& publishing, const Publishing::Outcome& outcome) {
      if (outcome.threw || !outcome.status.is(StatusCode::kNoSpace)) {
        CheckRun::fail("it should return kNoSpace, so that the store can go on; " + outcome.shown());
      }
      publishing.must_be_as_before();
      publishing.must_have_no_other_file();
      run.step("there is space again");
      Publishing::must_be_ok(publishing.publish());
      publishing.must_be_new();
    });
  }
}

void claims_nothing_after_the_rename(CheckRun& run) {
  const auto must_be_an_io_error = [&](const Publishing::Outcome& outcome, const std::string& why) {
    run.reached("failures after the rename");
    if (outcome.threw || !outcome.status.is(StatusCode::kIoError)) {
      CheckRun::fail("it should return an I/O error, because " + why + "; " + outcome.shown());
    }
  };
  const std::string may_be_new = "the manifest may be the new one";
  // Each sync of the directory in turn: one before the rename may say what it likes.
  for (std::uint64_t n = 1; n <= kMostCalls; ++n) {
    Publishing publishing(run, Before::kOldManifest);
    Publishing::must_be_ok(publishing.write());
    run.step("sync " + std::to_string(n) + " of the directory from now on finds no space");
    publishing.disk().fail(sim::DiskOperation::Kind::kSyncDirectory, n, Status::no_space("directory", "full"));
    const Publishing::Outcome outcome = publishing.switch_over();
    if (publishing.disk().failed_calls() == 0) break;
    if (publishing.is_new()) must_be_an_io_error(outcome, may_be_new);
  }
  for (const Throws throws : {Throws::kRename, Throws::kSyncDirectory}) {
    Publishing publishing(run, Before::kOldManifest);
    Publishing::must_be_ok(publishing.write());
    must_be_an_io_error(publishing.switch_over(throws), may_be_new);
  }
  Publishing publishing(run, Before::kOldManifest);
  Publishing::must_be_ok(publishing.write());
  run.step(kTemporaryName + " disappears");
  const Status removed = publishing.disk().remove(kTemporaryName);
  require(removed.ok(), "the file is there, since write_manifest has returned ok");
  must_be_an_io_error(publishing.switch_over(), "to a caller, \"not found\" says that there is no such key or store");
}

// Why a check has seen no failure.
constexpr const char* kReturnedEarly = "your code returned before the call that should fail";

}  // namespace

std::vector<Check> publish_checks() {
  return {
      {"L7.1", {}, {}, 0, publishes_the_first, {"manifests"}},
      {"L7.2", {}, {}, 0, replaces_the_old, {"manifests"}},
      {"L7.3", {}, {}, 0, begins_anew, {"temporary files"}},
      {"L7.4", {}, {}, 0, has_two_halves, {"switches"}},
      {"L7.5", {}, {}, 0, survives_a_kill, {"crashes"}},
      {"L7.6", {}, {}, 0, survives_a_power_cut, {"crashes"}},
      {"L7.7", {}, {}, 0, is_durable_when_it_returns, {"crashes"}},
      {"L7.8", {}, {}, 0, tells_of_failures, {"calls that failed"}, false, kReturnedEarly},
      {"L7.9",
       {},
       {},
       0,
       believes_no_second_sync,
       {"calls that failed"},
       false,
       "your code returned before the sync that should fail"},
      {"L7.10", {}, {}, 0, leaves_a_manifest_after_a_failure, {"calls that failed", "crashes"}, false, kReturnedEarly},
      {"L7.11", {}, {}, 0, changes_nothing_without_space, {"calls that failed"}, false, kReturnedEarly},
      {"L7.12", {}, {}, 0, claims_nothing_after_the_rename, {"failures after the rename"}},
      {"L7.13", {}, {}, 0, runs_in_a_store, {"reopens"}, true},
      {"L7.14", {}, {}, 0, survives_crashes, {"crash points", "audited disks"}, true},
      {"L7.15",
       {},
       {},
       0,
       [](CheckRun& run) { breaks(run, "directory_synced_before_the_rename"); },
       {"wrong solutions that fail"}},
      {"L7.16", {}, {}, 0, [](CheckRun& run) { breaks(run, "failed_fsync_retried"); }, {"wrong solutions that fail"}},
  };
}

}  // namespace sediment::labs
