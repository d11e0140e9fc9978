#include "sim/disk/sim_disk.h"

#include <algorithm>

#include "sim/base/parse_number.h"
#include "sim/base/plural.h"
#include "sim/disk/step.h"

namespace sediment::sim {

using Call = CallFault::Call;
using Effect = CallFault::Effect;
using Kind = DiskOperation::Kind;

namespace {

struct NamedCall {
  Call call;
  std::string_view eio_name;
};
constexpr std::array<NamedCall, kCallCount> kCalls = {{{Call::kCreate, "eio-create"},
                                                       {Call::kOpen, "eio-open"},
                                                       {Call::kList, "eio-list"},
                                                       {Call::kRead, "eio-read"},
                                                       {Call::kAppend, "eio-write"},
                                                       {Call::kReserve, "eio-reserve"},
                                                       {Call::kTruncate, "eio-truncate"},
                                                       {Call::kSync, "eio-sync"},
                                                       {Call::kRename, "eio-rename"},
                                                       {Call::kRemove, "eio-remove"},
                                                       {Call::kSyncDirectory, "eio-sync-directory"}}};

// The words for each failure other than a plain I/O error.
struct NamedFailure {
  std::string_view words;
  Call call;
  Effect effect;
};
constexpr std::array<NamedFailure, 9> kFailures = {{
    {"no-space create", Call::kCreate, Effect::kNoSpace},
    {"no-space write", Call::kAppend, Effect::kNoSpace},
    {"no-space reserve", Call::kReserve, Effect::kNoSpace},
    {"short-write", Call::kAppend, Effect::kShortWrite},
    {"fsync-fails dropped", Call::kSync, Effect::kDropped},
    {"fsync-fails reverted", Call::kSync, Effect::kReverted},
    {"fsync-fails late", Call::kSync, Effect::kLate},
    {"fsync-fails directory dropped", Call::kSyncDirectory, Effect::kDropped},
    {"fsync-fails directory late", Call::kSyncDirectory, Effect::kLate},
}};

Call call_of(Kind kind) {
  switch (kind) {
    case Kind::kCreate: return Call::kCreate;
    case Kind::kAppend: return Call::kAppend;
    case Kind::kReserve: return Call::kReserve;
    case Kind::kTruncate: return Call::kTruncate;
    case Kind::kSync:
    case Kind::kDropUnsynced:
    case Kind::kRevertUnsynced: return Call::kSync;
    case Kind::kRename: return Call::kRename;
    case Kind::kRemove: return Call::kRemove;
    case Kind::kSyncDirectory:
    case Kind::kDropChanges: return Call::kSyncDirectory;
    case Kind::kLink:
    case Kind::kMakeDirectory:
    case Kind::kRemoveDirectory: break;  // a store's disk has no call for these
  }
  return Call::kRead;
}

// A store that is opened on the remains of an earlier disk must not get the same random numbers again: two segments
// with one nonce would accept each other's records. Such a disk has other names or has seen more files, so both go
// into the seed; an empty disk has exactly the seed that was asked for.
std::uint64_t seed_for(const DiskState& state, std::uint64_t seed) {
  const auto mix = [&seed](std::uint64_t value) { seed = (seed ^ value) * 0x9e3779b97f4a7c15 + 1; };
  if (state.next_file_id() > 1) mix(state.next_file_id());
  for (const auto& [name, id] : state.names()) mix(checksum64(name, id));
  return seed;
}

Status io_error(std::string_view name) { return Status::io_error(name, "simulated disk failure, as requested"); }

}  // namespace

std::string to_string(const CallFault& fault) {
  std::string text(kCalls.at(static_cast<std::size_t>(fault.call)).eio_name);
  for (const NamedFailure& failure : kFailures) {
    if (failure.call == fault.call && failure.effect == fault.effect) text = failure.words;
  }
  return text + " " + std::to_string(fault.n) + (fault.sticky ? " sticky" : "");
}

Result<CallFault> parse_call_fault(const std::vector<std::string>& words) {
  const std::string text = sim::to_string(Step(words));
  for (std::uint8_t call = 0; call < kCallCount; ++call) {
    for (CallFault fault : ways_to_fail(static_cast<Call>(call))) {
      const std::string name = to_string(fault);  // ends in " 1"
      if (!text.starts_with(name.substr(0, name.size() - 1))) continue;
      std::string rest = text.substr(name.size() - 1);
      fault.sticky = rest.ends_with(" sticky");
      if (fault.sticky) rest.resize(rest.size() - std::string_view(" sticky").size());
      const auto n = parse_number(rest);
      if (!n || *n == 0) continue;
      fault.n = *n;
      return fault;
    }
  }
  std::string names;
  for (const NamedCall& call : kCalls) names += std::string(call.eio_name) + ", ";
  for (const NamedFailure& failure : kFailures) names += std::string(failure.words) + ", ";
  names.resize(names.size() - 2);
  return Status::invalid_argument("expected \"fail WHAT N\" or \"fail WHAT N sticky\", where WHAT is one of " + names +
                                  ", not \"fail " + text + "\"");
}

std::string explain(const CallFault& fault) {
  static constexpr std::array<std::string_view, kCallCount> kNouns{
      "create", "open",   "listing of the directory", "read", "write", "reservation", "truncation", "sync",
      "rename", "remove", "sync of the directory"};
  const auto what = [&]() -> std::string_view {
    switch (fault.effect) {
      case Effect::kError: return "fails with an I/O error";
      case Effect::kNoSpace: return "fails because the disk is full";
      case Effect::kShortWrite: return "puts half of its bytes on the disk, then fails";
      case Effect::kDropped: return "fails, and what it should have made durable is still visible but never will be";
      case Effect::kReverted: return "fails, and the old bytes are back";
      case Effect::kLate: return "returns ok but makes nothing durable; only the next one reports the failure";
    }
    return "fails";
  };
  return "the " + ordinal(fault.n) + " " + std::string(kNouns.at(static_cast<std::size_t>(fault.call))) + " " +
         std::string(what()) + (fault.sticky ? ", and so does every later one" : "") + " (" + to_string(fault) + ")";
}

std::vector<CallFault> ways_to_fail(Call call) {
  std::vector<CallFault> faults{{.call = call}};
  for (const NamedFailure& failure : kFailures) {
    if (failure.call == call) faults.push_back({.call = call, .effect = failure.effect});
  }
  return faults;
}

Fault fault_of(const CallFault& fault) {
  switch (fault.effect) {
    case Effect::kError: return Fault::kEio;
    case Effect::kNoSpace: return Fault::kNoSpace;
    case Effect::kShortWrite: return Fault::kShortWrite;
    case Effect::kDropped:
    case Effect::kReverted:
    case Effect::kLate: return Fault::kFsyncFails;
  }
  return Fault::kEio;
}

std::optional<Effect> SimDisk::Shared::strikes(Call call) {
  ++calls[static_cast<std::size_t>(call)];
  for (auto failure = failures.begin(); failure != failures.end(); ++failure) {
    if (failure->call != call || --failure->n > 0) continue;
    const Effect effect = failure->effect;
    failure->n = 1;
    if (effect == Effect::kLate) {
      failure->effect = Effect::kError;  // the next call reports it
    } else if (!failure->sticky) {
      failures.erase(failure);
    }
    ++failed_calls;
    return effect;
  }
  return std::nullopt;
}

void SimDisk::Shared::record(DiskOperation operation) {
  state.apply(operation);
  if (trace != nullptr) trace->add(std::move(operation));
}

Status SimDisk::Shared::perform(DiskOperation operation) {
  const Call call = call_of(operation.kind);
  if (const auto effect = strikes(call)) return fail(std::move(operation), call, *effect);
  const std::string name = operation.name;
  const bool full = limit(&operation);
  const bool nothing_left = full && operation.bytes.empty();
  if (!nothing_left) record(std::move(operation));
  if (!full) return {};
  ++refused_calls;
  return Status::no_space(name, "the simulated disk is full");
}

std::uint64_t SimDisk::Shared::space_used() const {
  std::map<FileId, std::uint64_t> files;
  for (const auto& [name, id] : state.names()) files[id] = state.file(id).cached.size();
  for (const auto& [id, times] : open) files[id] = state.file(id).cached.size();
  std::uint64_t bytes = 0;
  for (const auto& [id, size] : files) bytes += size;
  return bytes;
}

bool SimDisk::Shared::limit(DiskOperation* operation) {
  const bool appends = operation->kind == Kind::kAppend;
  const bool grows = appends || operation->kind == Kind::kCreate || operation->kind == Kind::kReserve;
  if (space_limit == 0 || !grows) return false;
  const std::uint64_t size = appends ? operation->offset + operation->bytes.size() : operation->size;  // afterwards
  const std::uint64_t before = operation->kind == Kind::kCreate ? 0 : state.file(operation->file).cached.size();
  const std::uint64_t used = space_used();
  const std::uint64_t room = space_limit > used ? space_limit - used : 0;
  if (size <= before + room) return false;
  if (appends) {
    const std::uint64_t fits = before + room > operation->offset ? before + room - operation->offset : 0;
    operation->bytes.resize(fits);
  }
  return true;
}

Status SimDisk::Shared::fail(DiskOperation operation, Call call, Effect effect) {
  const std::string name = operation.name;
  switch (effect) {
    case Effect::kError: return io_error(name);
    case Effect::kNoSpace: return Status::no_space(name, "the simulated disk is full, as requested");
    case Effect::kShortWrite:
      operation.bytes.resize(operation.bytes.size() / 2);
      if (!operation.bytes.empty()) record(std::move(operation));
      return Status::no_space(name, "the simulated disk is full, as requested; half of the bytes were written");
    case Effect::kDropped:
    case Effect::kReverted:
    case Effect::kLate:
      operation.kind = effect == Effect::kReverted    ? Kind::kRevertUnsynced
                       : call == Call::kSyncDirectory ? Kind::kDropChanges
                                                      : Kind::kDropUnsynced;
      record(std::move(operation));
      lied = lied || effect == Effect::kLate;
      return effect == Effect::kLate ? Status() : io_error(name);
  }
  return io_error(name);
}

class SimDisk::OpenFile final : public File {
 public:
  OpenFile(std::shared_ptr<Shared> shared, FileId id, std::string name, std::uint64_t end, bool reserves)
      : shared_(std::move(shared)), id_(id), name_(std::move(name)), end_(end), reserves_(reserves) {
    ++shared_->open_files;
    ++shared_->open[id_];
  }
  ~OpenFile() override {
    --shared_->open_files;
    if (--shared_->open[id_] == 0) shared_->open.erase(id_);
  }

  Status append(std::initializer_list<std::string_view> parts) override {
    DiskOperation operation{.kind = Kind::kAppend, .file = id_, .name = name_, .offset = end_};
    for (const std::string_view part : parts) operation.bytes += part;
    if (operation.bytes.empty()) return {};
    const std::uint64_t end = end_ + operation.bytes.size();
    if (Status s = shared_->perform(std::move(operation)); !s.ok()) return s;
    end_ = end;
    return {};
  }

  Result<std::string_view> read(std::uint64_t offset, std::size_t size, std::string* scratch) const override {
    if (shared_->strikes(Call::kRead)) return io_error(name_);
    const std::string& contents = state().cached;
    if (shared_->read_limit != 0) size = std::min(size, shared_->read_limit);
    *scratch = offset < contents.size() ? contents.substr(offset, size) : std::string();
    return std::string_view(*scratch);
  }

  Status reserve(std::uint64_t capacity) override {
    if (!reserves_ || capacity <= size()) return {};
    return shared_->perform({.kind = Kind::kReserve, .file = id_, .name = name_, .size = capacity});
  }

  Status sync() override { return shared_->perform({.kind = Kind::kSync, .file = id_, .name = name_}); }

  Status truncate(std::uint64_t size) override {
    if (Status s = shared_->perform({.kind = Kind::kTruncate, .file = id_, .name = name_, .size = size}); !s.ok())
      return s;
    end_ = size;
    return {};
  }

  std::uint64_t size() const override { return state().cached.size(); }

 private:
  const FileState& state() const { return shared_->state.file(id_); }

  std::shared_ptr<Shared> shared_;
  FileId id_;
  std::string name_;   // when it was opened; a rename does not change it, so a trace shows the caller's name
  std::uint64_t end_;  // where the next append goes: in a new file, at the start of the reserved space
  bool reserves_;
};

class SimDisk::HeldLock final : public DiskLock {
 public:
  HeldLock(std::shared_ptr<Shared> shared, LockMode mode) : shared_(std::move(shared)), mode_(mode) {
    if (mode_ == LockMode::kExclusive) {
      shared_->exclusive_lock = true;
    } else {
      ++shared_->shared_locks;
    }
  }
  ~HeldLock() override {
    if (mode_ == LockMode::kExclusive) {
      shared_->exclusive_lock = false;
    } else {
      --shared_->shared_locks;
    }
  }

 private:
  std::shared_ptr<Shared> shared_;
  LockMode mode_;
};

SimDisk::SimDisk(DiskState state, SimDiskOptions options, Trace* trace)
    : shared_(std::make_shared<Shared>()),
      state_(&shared_->state),
      options_(options),
      random_(seed_for(state, options.seed)) {
  shared_->state = std::move(state);
  shared_->trace = trace;
}

void SimDisk::fail(const CallFault& fault) {
  std::erase_if(shared_->failures, [&](const CallFault& planned) { return planned.call == fault.call; });
  shared_->failures.push_back(fault);
}

void SimDisk::fail(DiskOperation::Kind kind, std::uint64_t n, const Status& status) {
  fail({.call = call_of(kind), .effect = status.is(StatusCode::kNoSpace) ? Effect::kNoSpace : Effect::kError, .n = n});
}

Result<std::unique_ptr<File>> SimDisk::create(std::string_view name, std::uint64_t capacity) {
  const std::string text(name);
  if (state().names().contains(text)) return Status::io_error(name, "create: the file already exists");
  const FileId id = state().next_file_id();
  const std::uint64_t reserved = options_.reserve_space ? capacity : 0;
  if (Status s = shared_->perform({.kind = Kind::kCreate, .file = id, .name = text, .size = reserved}); !s.ok())
    return s;
  return std::unique_ptr<File>(std::make_unique<OpenFile>(shared_, id, text, 0, options_.reserve_space));
}

Result<std::unique_ptr<File>> SimDisk::open(std::string_view name) {
  const std::string text(name);
  if (shared_->strikes(Call::kOpen)) return io_error(text);
  const auto found = state().names().find(text);
  if (found == state().names().end()) return Status::not_found(text + ": open: no such file");
  const std::uint64_t size = state().file(found->second).cached.size();
  return std::unique_ptr<File>(std::make_unique<OpenFile>(shared_, found->second, text, size, options_.reserve_space));
}

Result<std::vector<std::string>> SimDisk::list() {
  if (shared_->strikes(Call::kList)) return io_error("the directory");
  std::vector<std::string> names;
  for (const auto& [name, id] : state().names()) names.push_back(name);
  for (std::size_t i = names.size(); i > 1; --i) std::swap(names[i - 1], names[random_.below(i)]);
  return names;
}

Status SimDisk::rename(std::string_view from, std::string_view to) {
  const auto found = state().names().find(from);
  if (found == state().names().end()) return Status::not_found(std::string(from) + ": rename: no such file");
  return shared_->perform(
      {.kind = Kind::kRename, .file = found->second, .name = std::string(from), .new_name = std::string(to)});
}

Status SimDisk::remove(std::string_view name) {
  const auto found = state().names().find(name);
  if (found == state().names().end()) return Status::not_found(std::string(name) + ": remove: no such file");
  return shared_->perform({.kind = Kind::kRemove, .file = found->second, .name = std::string(name)});
}

Status SimDisk::sync_directory() { return shared_->perform({.kind = Kind::kSyncDirectory}); }

Result<std::unique_ptr<DiskLock>> SimDisk::lock(LockMode mode) {
  if (mode == LockMode::kShared && !was_locked_) return Status::not_found("LOCK: open: no such file");
  const bool taken = shared_->exclusive_lock || (mode == LockMode::kExclusive && shared_->shared_locks > 0);
  if (taken) return Status::busy("the simulated disk is open in another store (its LOCK is held)");
  was_locked_ = true;
  return std::unique_ptr<DiskLock>(std::make_unique<HeldLock>(shared_, mode));
}

std::uint64_t SimDisk::random() { return random_.next(); }

}  // namespace sediment::sim
