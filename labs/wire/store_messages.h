// The requests to a store in the student's process, and its calls to the disk that the grader holds.
#pragma once

#include <cstdint>

#include "engine/event.h"
#include "engine/status.h"
#include "labs/wire/message.h"

namespace sediment::labs {

/// The first number of a request. What follows is in harness/store_server.cc and grader/remote_store.cc.
enum class Request : std::uint64_t {
  kOpen,
  kPut,
  kRemove,
  kGet,
  kSync,
  kClose,
  kMerge,
  kMergeRun,
  kBeginMerge,
  kMergeStep,
  kMergeUnderWay,
  kRoll,
  kEverything,
  kRecovery,
  kExplore,        // a share of the small scripts
  kComponent,      // what follows is the lab's own
  kExploreScript,  // one script
  kDemo,
};

/// The first number of a call to the disk.
enum class DiskCall : std::uint64_t {
  kCreate,
  kOpen,
  kOpenToAppend,
  kList,
  kRename,
  kRemove,
  kSyncDirectory,
  kLock,
  kRandom,
  kAppend,
  kRead,
  kReserve,
  kSync,
  kTruncate,
  kSize,
  kRelease,  // of a file or lock
};

void write_status(const Status& status, MessageWriter* message);
Status read_status(MessageReader* message);

/// The message of a frame kEvent.
std::string bytes_of(const Event& event);

}  // namespace sediment::labs
