// The standard library's hash table, which loses everything when its process ends: the cost of a store in memory.
#include <malloc.h>

#include <unordered_map>

#include "tests/bench/contestant.h"

namespace sediment::bench {
namespace {

// So that a lookup needs no std::string.
struct Hash {
  using is_transparent = void;  // NOLINT(readability-identifier-naming): the standard looks for this name
  std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
};
using Map = std::unordered_map<std::string, std::string, Hash, std::equal_to<>>;

class MapReader : public ReadHandle {
 public:
  explicit MapReader(const Map* map) : map_(map) {}

  bool get(std::string_view key, std::string* value) override {
    const auto found = map_->find(key);
    if (found == map_->end()) return false;
    value->assign(found->second);
    return true;
  }

 private:
  const Map* map_;
};

class UnorderedMap : public Contestant {
 public:
  Description describe() const override {
    Description description;
    description.version = "C++20";
    description.options = "reserve(n); no lock, so many readers or one writer";
    description.survives_kill = false;
    description.has_durable_puts = false;
    description.is_persistent = false;
    return description;
  }

  void open(const OpenSettings& settings) override {
    heap_before_ = mallinfo2().uordblks + mallinfo2().hblkhd;
    map_.reserve(settings.expected_keys);
  }
  void put(std::string_view key, std::string_view value) override {
    const auto found = map_.find(key);
    if (found == map_.end()) {
      map_.emplace(key, value);
    } else {
      found->second.assign(value);
    }
  }
  std::unique_ptr<ReadHandle> reader() override { return std::make_unique<MapReader>(&map_); }
  void full_pass(const PairVisitor& visit) override {
    for (const auto& [key, value] : map_) visit(key, value);
  }
  void settle() override {}
  // The whole heap except the bytes of keys and values.
  Details counters() override {
    std::size_t bytes = mallinfo2().uordblks + mallinfo2().hblkhd - heap_before_;
    if (!map_.empty()) bytes -= map_.size() * (map_.begin()->first.size() + map_.begin()->second.size());
    return {{"index_bytes", static_cast<double>(bytes)}};
  }
  void close() override {}

 private:
  Map map_;
  std::size_t heap_before_ = 0;
};

[[maybe_unused]] const bool kEntered =
    enter_contestant("unordered-map", [] { return std::make_unique<UnorderedMap>(); });

}  // namespace
}  // namespace sediment::bench
