// Lab 9 in the student's process: one recovery of the directory that the grader holds, and what it shows.
#include <optional>

#include "engine/guarded.h"
#include "engine/reader.h"
#include "engine/recovery.h"
#include "labs/09_recovery/operations.h"
#include "labs/harness/component.h"
#include "labs/harness/remote_disk.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

namespace {

struct World {
  std::shared_ptr<Disk> disk = remote_disk();
  Options options;
  std::optional<Recovered> recovered;
};

void recover_with(World& world, MessageReader* request, MessageWriter* answer) {
  world.options.create_if_missing = request->flag();
  world.options.error_if_exists = request->flag();
  world.options.read_only = request->flag();
  world.options.snapshots = request->flag();
  world.options.merge_policy.automatic = request->flag();
  world.options.background_merge = false;
  world.options.segment_size_bytes = request->number();
  world.options.first_reservation_bytes = request->number();
  Result<Recovered> recovered = guarded([&] { return recover(*world.disk, world.options); });
  write_status(recovered.status(), answer);
  if (!recovered.ok()) return;
  require(recovered->catalog != nullptr && recovered->state != nullptr, "a recovered store has a catalog and a state");
  const RecoveryReport& report = recovered->report;
  answer->number(report.created ? 1 : 0).number(report.segments).number(report.snapshots_used);
  answer->text(report.active_file).number(report.files_removed.size());
  for (const std::string& name : report.files_removed) answer->text(name);
  const GrowingSegment& active = recovered->active;
  answer->text(active.segment == nullptr ? "" : active.segment->name()).number(active.log == nullptr ? 0 : 1);
  world.recovered = std::move(*recovered);
}

void get(const World& world, MessageReader* request, MessageWriter* answer) {
  require(world.recovered.has_value(), "the grader asks for keys only after a recovery");
  std::string value;
  const Status status =
      guarded([&] { return Reader(world.recovered->catalog->current(), nullptr).get(request->text(), &value); });
  write_status(status, answer);
  answer->text(value);
}

}  // namespace

void answer_component_request(MessageReader* request, MessageWriter* answer) {
  static World world;
  switch (static_cast<RecoveryOperation>(request->number())) {
    case RecoveryOperation::kRecover: return recover_with(world, request, answer);
    case RecoveryOperation::kGet: return get(world, request, answer);
  }
}

const sim::StoreKind& store_with_component() { return sim::engine_kind(); }

}  // namespace sediment::labs
