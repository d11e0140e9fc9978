// What the simulator needs from a store: little enough that any store fits.
//
// The engine is one such store, the text log another. To find out whether a store of your own loses data, write a third
// adapter: open on a Disk, put, remove, get, sync, merge, close.
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

/// The checks that a store may have of its own; and whether it can list its pairs.
enum class Check : std::uint8_t { kOpen = 1, kStructure = 2, kSpace = 4, kListing = 8 };

/// An open store. Its destructor stands for the death of the process: the disk is not used after that.
///
/// docs/adapters.md is the contract. An exception out of any of these functions is a failure of the store.
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

  // Optional; a store that cannot do this returns kInvalidArgument.
  virtual Status merge();
  virtual Status merge(MergeRun run);
  virtual Status begin_merge(std::optional<MergeRun> run);
  virtual Result<bool> merge_step();
  virtual bool merge_under_way() { return false; }
  virtual Status roll();

  /// Every pair in the store, as the store itself lists them. If it cannot list them, it looks up these keys.
  /// kCorruption if it contradicts itself. The simulator compares the answer with get: see read_all.
  virtual Result<Contents> everything(const std::set<std::string>& keys);
  /// What the open found and did, as a sentence. Empty if the store does not say.
  virtual std::string recovery() const { return {}; }
  /// The same as numbers: each case, and how often it occurred in this open.
  virtual std::map<std::string, std::uint64_t> recovery_counters() const { return {}; }
  /// Compares the disk as the open found it with the disk as the open left it. Returns what is wrong; none if nothing
  /// is.
  virtual std::optional<std::string> check_open(const DiskState& found, const DiskState& now);
  /// What is wrong with the store's own counters, indexes and files; none if nothing is.
  virtual std::optional<std::string> check_structure(const SimDisk& disk);
  /// Right after a merge of everything: what is on the disk but not needed; none if nothing is.
  virtual std::optional<std::string> check_space(const SimDisk& disk, const Contents& live);
  /// The engine's store, if it is one.
  virtual Store* engine() { return nullptr; }

  /// Whether the store has no such check, as far as is known: a check that is not overridden says so when it is called.
  bool lacks(Check check) const { return (lacking_ & static_cast<unsigned>(check)) != 0; }

 protected:
  void note_lack(Check check) { lacking_ |= static_cast<unsigned>(check); }

 private:
  unsigned lacking_ = 0;
};

/// A kind of store: how one is opened, and which steps it understands.
struct StoreKind {
  using Open = std::function<Result<std::unique_ptr<StoreAdapter>>(std::shared_ptr<Disk>, const Scenario& scenario,
                                                                   Observer* observer)>;

  std::string name;
  Open open;
  /// The whole steps that a search combines: "put a", "remove a", "sync" and more (docs/adapters.md).
  std::vector<std::string> verbs;
  /// Whether a file on the disk of an open store is finished: everything in it was synced before anything relied on it,
  /// and nothing will be appended, so damage to it can never be mistaken for a torn tail. If a store does not say, no
  /// file counts as finished until the store is closed.
  std::function<bool(const DiskState& state, const std::string& file)> is_sealed = {};
  /// Whether exceptions from the adapter go to the caller of the run instead of counting as failures of the store. For
  /// an adapter to a store in another process, which reports the end of that process as an exception.
  bool passes_exceptions_on = false;
};

/// What the disk alone says of an engine's store, whatever process has it open: a log that an open has changed in
/// place; files that the manifest does not name, or that are not as it says; and, right after a merge of everything,
/// more bytes than the live pairs need. None if nothing is wrong.
std::optional<std::string> edited_log(const DiskState& found, const DiskState& now);
std::optional<std::string> wrong_files(const DiskState& now);
std::optional<std::string> wasted_space(const DiskState& now, const Contents& live);

/// Reads an open store in both ways: everything(), then each of these pairs and each of these keys with get. The errors
/// of both; kInvalidArgument, with a sentence, if the two disagree. Damage is no excuse for that: it must be reported.
Result<Contents> read_all(StoreAdapter& store, const std::set<std::string>& keys);

/// The same for the engine: for_each, then get. kCorruption if the two disagree.
Result<Contents> read_everything(Store& store, const std::set<std::string>& keys = {});

/// The engine, and the text log, which is the simplest store of all.
const StoreKind& engine_kind();
const StoreKind& text_log_kind();
/// The name of its only file.
constexpr std::string_view kTextLogName = "log.txt";

}  // namespace sediment::sim
