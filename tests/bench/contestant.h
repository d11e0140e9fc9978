// What the benchmark asks of a store, and the table of all stores that it knows.
//
// One file in contestants/ per store; each adds itself to the table. CMake compiles only those whose library is
// installed. So a new store takes one file here, one line in contestant.cc and one in CMakeLists.txt.
//
// Errors are thrown as Failure: it ends that contestant's session, and its message goes into the report.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sediment::bench {

/// A contestant cannot continue; the message says what happened.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// When a put returns.
enum class Durability : std::uint8_t {
  kProcess,     // as soon as a killed process loses nothing (if the store can do that at all)
  kEveryWrite,  // once the pair survives a power cut
};

struct OpenSettings {
  std::filesystem::path directory;  // exists
  std::uint64_t expected_keys = 0;  // for stores that size their table in advance
  Durability durability = Durability::kProcess;
};

/// Names and numbers for the report.
using Details = std::map<std::string, double>;
using PairVisitor = std::function<void(std::string_view key, std::string_view value)>;
using FoundVisitor = std::function<void(std::size_t position, std::string_view value)>;

/// The handle that one thread reads with.
class ReadHandle {
 public:
  ReadHandle() = default;
  virtual ~ReadHandle() = default;
  ReadHandle(const ReadHandle&) = delete;
  ReadHandle& operator=(const ReadHandle&) = delete;

  /// Copies the value into the caller's buffer. False when the key is absent.
  virtual bool get(std::string_view key, std::string* value) = 0;
  /// Several gets in whatever form is fastest here; a loop of gets if there is none better.
  virtual void multi_get(std::span<const std::string_view> keys, const FoundVisitor& found);

 private:
  std::string value_;  // used by the loop
};

struct Description {
  std::string version;
  std::string options;  // in words
  bool survives_kill = true;
  bool can_update = true;
  bool has_ranges = false;
  bool has_durable_puts = true;
  bool is_persistent = true;  // can be reopened
};

class Contestant {
 public:
  Contestant() = default;
  virtual ~Contestant() = default;
  Contestant(const Contestant&) = delete;
  Contestant& operator=(const Contestant&) = delete;

  virtual Description describe() const = 0;
  std::string durability_text(Durability durability) const;

  virtual void open(const OpenSettings& settings) = 0;
  /// Any number of threads at once.
  virtual void put(std::string_view key, std::string_view value) = 0;
  /// Must end before close().
  virtual std::unique_ptr<ReadHandle> reader() = 0;
  /// Every live pair, once.
  virtual void full_pass(const PairVisitor& visit) = 0;
  /// first <= key < last, in order. Only if has_ranges.
  virtual void range(std::string_view first, std::string_view last, const PairVisitor& visit);

  /// Puts between these two are not measured: they may take whatever form is fastest here.
  virtual void begin_bulk() {}
  virtual void end_bulk() {}

  /// Waits for background work. Most stores have no way to ask, so it waits until the process has used no processor
  /// time for a while.
  virtual void settle();
  /// Brings everything into the form that reads fastest.
  virtual void compact() {}
  /// Counters since open, for the details of a row.
  virtual Details counters() { return {}; }
  virtual void close() = 0;
};

/// A line of the table. Contestants that were not built into this program have no `make`.
struct CatalogEntry {
  std::string id;
  std::string name;
  std::string package;  // Debian's package; empty if nothing is needed
  std::function<std::unique_ptr<Contestant>()> make;
};

/// All of them, in the order of the report.
std::vector<CatalogEntry>& catalog();
/// Called by each file of contestants/ before main. Returns true, so that the call can initialise a constant.
bool enter_contestant(std::string_view id, const std::function<std::unique_ptr<Contestant>()>& make);

/// Waits until this process has been idle for 300 ms, for at most a minute.
void wait_until_idle();

}  // namespace sediment::bench
