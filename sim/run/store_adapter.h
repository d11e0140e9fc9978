// What the simulator needs of a store: small enough that any store fits.
//
// The engine is one such store; the text log is another, and whoever wants to know whether a store of their own loses
// data writes a third one: open on a Disk, put, remove, get, sync, merge, close.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/disk.h"
#include "engine/merge_policy.h"
#include "engine/status.h"
#include "engine/store.h"
#include "sim/disk/disk_state.h"
#include "sim/disk/sim_disk.h"
#include "sim/run/oracle.h"
#include "sim/run/scenario.h"

namespace sediment::sim {

/// An open store. The destructor is what happens to it when its process dies: nobody looks at its disk any more.
class StoreAdapter {
 public:
  StoreAdapter() = default;
  virtual ~StoreAdapter() = default;
  StoreAdapter(const StoreAdapter&) = delete;
  StoreAdapter& operator=(const StoreAdapter&) = delete;

  virtual Status put(std::string_view key, std::string_view value) = 0;
  virtual Status remove(std::string_view key) = 0;
  virtual Status get(std::string_view key, std::string* value) = 0;
  virtual Status sync() = 0;
  /// Everything acknowledged is durable when it returns ok.
  virtual Status close() = 0;

  // What not every store can do: kInvalidArgument then.
  virtual Status merge();
  virtual Status merge(MergeRun run);
  virtual Status begin_merge(std::optional<MergeRun> run);
  virtual Result<bool> merge_step();
  virtual bool merge_under_way() { return false; }
  virtual Status roll();

  /// Every pair that the store holds. A store that cannot list them asks itself for these keys. kCorruption if it
  /// contradicts itself.
  virtual Result<Contents> everything(const std::set<std::string>& keys);
  /// What the open found and did, for people. Empty if the store does not tell.
  virtual std::string recovery() const { return {}; }
  /// The same as numbers: how often this open met what.
  virtual std::map<std::string, std::uint64_t> recovery_counters() const { return {}; }
  /// What is wrong between the disk as it was found and as it is now, right behind the open; none if nothing is.
  virtual std::optional<std::string> check_open(const DiskState& found, const DiskState& now);
  /// What is wrong with the store's own counters, indexes and files; none if nothing is.
  virtual std::optional<std::string> check_structure(const SimDisk& disk);
  /// Right behind a merge of everything: what is on the disk that nobody needs; none if nothing is.
  virtual std::optional<std::string> check_space(const SimDisk& disk, const Contents& live);
  /// The engine's store, if it is one.
  virtual Store* engine() { return nullptr; }
};

/// A kind of store: how one is opened, and which steps it understands.
struct StoreKind {
  using Open = std::function<Result<std::unique_ptr<StoreAdapter>>(std::shared_ptr<Disk>, const Scenario& scenario,
                                                                   Observer* observer)>;

  std::string name;
  Open open;
  /// The steps that an exhaustive search is made of: "put", "remove", "sync" and more.
  std::vector<std::string> verbs;
  /// Whether a file, on the disk of a store that is open, is finished: everything in it was synced before anything
  /// relied on it, and nothing is appended any more, so that damage to it can never be taken for a torn tail. A store
  /// that does not tell has no such files until it is closed.
  std::function<bool(const DiskState& state, const std::string& file)> is_sealed = {};
};

/// All pairs of a store by for_each; and each of them, and each of these keys, read again by get. kCorruption if the
/// two disagree, and what they say themselves.
Result<Contents> read_everything(Store& store, const std::set<std::string>& keys = {});

/// The engine, and the text log that is the simplest store of all.
const StoreKind& engine_kind();
const StoreKind& text_log_kind();

}  // namespace sediment::sim
