#include "sim/explore/explore_at_rest.h"

#include "engine/format.h"
#include "engine/record.h"
#include "engine/segment_header.h"
#include "sim/disk/crash.h"
#include "sim/run/runner.h"
#include "sim/run/witness.h"

namespace sediment::sim {

namespace {

// Where the records of a log are.
struct Place {
  std::string file;
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

std::vector<Place> records_of(const std::string& name, const std::string& bytes) {
  std::vector<Place> places;
  const auto header = decode_segment_header(name, std::string_view(bytes).substr(0, kSegmentHeaderSize));
  if (!header.ok()) return places;
  Record record;
  for (std::uint64_t offset = kSegmentHeaderSize;
       decode_record({header->nonce, offset}, std::string_view(bytes).substr(offset), &record) == RecordVerdict::kValid;
       offset = record.end()) {
    places.push_back({name, offset, record.size_bytes});
  }
  return places;
}

// Every way to damage this disk once.
template <typename Visit>
void for_each_damage(const std::map<std::string, std::string>& files, Visit visit) {
  std::vector<Place> records;
  for (const auto& [name, bytes] : files) {
    for (std::uint64_t byte = 0; byte < bytes.size(); ++byte) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        visit(CrashChoice{.fault = Fault::kBitRot, .file = name, .byte = byte, .bit = bit});
      }
      visit(CrashChoice{.fault = Fault::kFileTruncated, .file = name, .byte = byte});
    }
    visit(CrashChoice{.fault = Fault::kFileMissing, .file = name});
    for (const auto& [other, other_bytes] : files) {
      if (other == name) continue;
      visit(CrashChoice{.fault = Fault::kFileDuplicated, .file = name, .other = other});
      if (name < other) visit(CrashChoice{.fault = Fault::kFileSwapped, .file = name, .other = other});
    }
    // A copy under a name that nothing refers to.
    visit(CrashChoice{.fault = Fault::kFileDuplicated, .file = name, .other = segment_file_name(SegmentNumber{99})});
    visit(CrashChoice{.fault = Fault::kFileDuplicated, .file = name, .other = std::string(kManifestTemporaryName)});
    const std::vector<Place> here = records_of(name, bytes);
    records.insert(records.end(), here.begin(), here.end());
  }
  for (const Place& from : records) {
    visit(CrashChoice{.fault = Fault::kStaleRead, .file = from.file, .byte = from.offset, .size = from.size});
    for (std::uint64_t word = 0; word < from.size; word += kAlignment) {
      visit(CrashChoice{.fault = Fault::kStaleRead, .file = from.file, .byte = from.offset + word, .size = kAlignment});
    }
    for (const Place& to : records) {
      const bool itself = to.file == from.file && to.offset == from.offset;
      if (itself || to.offset + from.size > files.at(to.file).size()) continue;
      visit(CrashChoice{.fault = Fault::kMisdirectedWrite,
                        .file = from.file,
                        .other = to.file,
                        .byte = from.offset,
                        .size = from.size,
                        .other_byte = to.offset});
    }
  }
}

// `last`: the replay's step after the recovery, if the recovery alone does not show the violation.
void violated(ExploreReport* report, const Scenario& scenario, const ExploreOptions& options, const CrashChoice& choice,
              const std::string& wrong, const Step& last = {}) {
  Scenario replay = scenario;
  replay.steps.push_back(step_of("crash " + to_string(choice)));
  replay.steps.push_back({"recover"});
  if (!last.empty()) replay.steps.push_back(last);
  replay.title = scenario.title + ": " + std::string(name_of(choice.fault));
  const bool closed = scenario.steps.back() == Step{"close"};
  report->add({choice.fault, Oracle::kVerdict,
               "After `" + steps_of(scenario.steps) + "` " + (closed ? explain_at_rest(choice) : explain(choice)) +
                   ". Then " + wrong,
               std::move(replay), kind_of(DiskOperation{.name = choice.file})},
              *options.kind, options.only);
}

}  // namespace

Result<ExploreReport> explore_at_rest(const Scenario& scenario, const ExploreOptions& options, SeenDisks* seen) {
  if (Status s = check_explorable(scenario); !s.ok()) return s;
  Scenario closed = scenario;
  if (closed.steps.back() != Step{"close"}) closed.steps.push_back({"close"});
  ExploreReport report;
  report.title = scenario.title;
  report.scripts = 1;
  options.note_faults(Fault::kBitRot, Fault::kFileTruncated, &report);
  if (witness() != nullptr) announce(closed, {});
  Runner runner(closed, *options.kind);
  std::size_t reports = 0;
  const StepReport last = runner.run([&](const StepReport& step) {
    ++reports;
    report.count(step, *options.kind);
  });
  if (last.failure.why == Failure::kNonsense) {
    return Status::invalid_argument("\"" + to_string(last.step) + "\": " + last.outcome);
  }
  if (!last.passed) {
    Scenario replay = closed;
    replay.steps.resize(steps_until_failure(replay, reports));
    report.add({Fault::kShuffledListing, Oracle::kSameAsMap,
                "Without any damage, at \"" + to_string(last.step) + "\": " + last.outcome, std::move(replay)},
               *options.kind, options.only);
    return report;
  }
  const DiskState& state = runner.disk()->state();
  const Bounds bounds = runner.ledger().bounds_after(runner.trace().operation_count());
  const Bounds all{bounds.acknowledged, bounds.acknowledged, false};
  CrashSite site(state);
  for_each_damage(state.contents(), [&](const CrashChoice& choice) {
    if (report.violations.size() >= options.most_violations || !options.wants(choice)) return;
    Result<PlannedDisk> planned = site.plan(choice);
    require(planned.ok(), "a closed store can be damaged in this way");
    ++report.damages;
    ++report.disks_judged;
    if (seen != nullptr) seen->note(planned->fingerprint());
    report.judged.count(choice.fault, Oracle::kVerdict);
    if (Witness* told = witness(); told != nullptr && told->wants_scenarios()) {
      announce(closed, {step_of("crash " + to_string(choice)), {"recover"}});
    }
    const std::string name(name_of(choice.fault));
    ++report.coverage["struck-by-" + name];
    const DamagedAnswer judged =
        judge_damaged_disk(std::move(*planned).build(), closed, *options.kind, runner.ledger(), all);
    if (judged.wrong) return violated(&report, closed, options, choice, *judged.wrong);
    ++report.coverage[name + (judged.open_said_corruption      ? "-noticed-by-open"
                              : judged.reading_said_corruption ? "-noticed-by-reading"
                                                               : "-did-no-harm")];
  });
  return report;
}

ExploreReport explore_rot_against_tear(const ExploreOptions& options, SeenDisks* seen) {
  ExploreReport report;
  report.title = "rot against tear";
  for (const bool reserve_space : {true, false}) {
    Scenario scenario;
    scenario.title = "rot against tear";
    scenario.segment_size = 512;
    scenario.reserve_space = reserve_space;
    scenario.sync = SyncPolicy::kEveryWrite;
    for (const char* step : {"put a 1", "put b 22222222222222222", "remove a", "put a 3", "put c "}) {
      scenario.steps.push_back(step_of(step));
    }
    ++report.scripts;

    // Rot: in the header, and in every record but the last.
    Runner runner(scenario, *options.kind);
    require(runner.run().passed, "a scenario without a crash passes");
    const DiskState& state = runner.disk()->state();
    const Bounds bounds = runner.ledger().bounds_after(runner.trace().operation_count());
    const std::string log = segment_file_name(runner.store()->stats().segments.back().number);
    const std::vector<Place> records = records_of(log, state.find(log)->cached);
    CrashSite site(state);
    for (std::uint64_t byte = 0; byte < records.back().offset; ++byte) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        const CrashChoice choice{.fault = Fault::kBitRot, .file = log, .byte = byte, .bit = bit};
        PlannedDisk disk = std::move(*site.plan(choice));
        if (seen != nullptr) seen->note(disk.fingerprint());
        const DamagedAnswer judged =
            judge_damaged_disk(std::move(disk).build(), scenario, *options.kind, runner.ledger(), bounds);
        ++report.damages;
        ++report.disks_judged;
        report.judged.count(Fault::kBitRot, Oracle::kVerdict);
        if (judged.open_said_corruption) {
          ++report.coverage["rot-is-corruption"];
        } else {
          violated(&report, scenario, options, choice,
                   "the open does not report corruption, although later records prove that this byte was synced",
                   {"expect", "open", "corruption"});
        }
      }
    }

    // Tear: put, put, sync, put, put, and a cut anywhere after the sync; and the same with the file ending there.
    scenario.sync = SyncPolicy::kNever;
    scenario.steps = {step_of("put a 1"), step_of("put b 2"), {"sync"}, step_of("put a 3"), step_of("remove b")};
    Runner torn(scenario, *options.kind);
    require(torn.run().passed, "a scenario without a crash passes");
    ++report.scripts;
    const Bounds synced = torn.ledger().bounds_after(torn.trace().operation_count());
    const std::string& contents = torn.disk()->state().find(log)->cached;
    const std::vector<Place> written = records_of(log, contents);
    CrashSite cut(torn.disk()->state());
    for (std::uint64_t byte = written[2].offset; byte <= written.back().offset + written.back().size; ++byte) {
      for (const Fault fault : {Fault::kTornByte, Fault::kFileTruncated}) {
        if (fault == Fault::kFileTruncated && byte >= contents.size()) continue;
        const CrashChoice choice{.fault = fault, .file = log, .byte = byte};
        PlannedDisk disk = std::move(*cut.plan(choice));
        if (seen != nullptr) seen->note(disk.fingerprint());
        Opened opened = open_on(std::move(disk).build(), scenario, *options.kind, 1, torn.ledger().keys());
        ++report.damages;
        ++report.disks_judged;
        report.judged.count(fault, fault == Fault::kTornByte ? Oracle::kPrefix : Oracle::kVerdict);
        if (opened.ok() && matching_prefix(torn.ledger(), synced, opened.contents)) {
          ++report.coverage["cut-is-a-torn-tail"];
        } else {
          violated(&report, scenario, options, choice,
                   opened.ok() ? explain_mismatch(torn.ledger(), synced, opened.contents) : opened.problem(),
                   {"expect", "open", "ok"});
        }
      }
    }
  }
  return report;
}

}  // namespace sediment::sim
