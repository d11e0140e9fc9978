#include "sim/run/guarded_store.h"

#include <cxxabi.h>

#include <cstdlib>
#include <exception>
#include <new>
#include <typeinfo>
#include <utility>

namespace sediment::sim {

namespace {

std::string name_of(const std::type_info& type) {
  int failed = 0;
  const std::unique_ptr<char, void (*)(void*)> name(abi::__cxa_demangle(type.name(), nullptr, nullptr, &failed),
                                                    std::free);
  return failed == 0 && name ? name.get() : type.name();
}

template <typename Call>
auto guarded(Call call) -> decltype(call()) {
  try {
    return call();
  } catch (const std::exception& error) {
    const bool no_memory = dynamic_cast<const std::bad_alloc*>(&error) != nullptr;
    throw StoreThrew("the store threw " + name_of(typeid(error)) + ": " + (no_memory ? "out of memory" : error.what()));
  } catch (...) {
    throw StoreThrew("the store threw something that is no std::exception");
  }
}

class GuardedStore final : public StoreAdapter {
 public:
  explicit GuardedStore(std::unique_ptr<StoreAdapter> store) : store_(std::move(store)) {}

  Status put(std::string_view key, std::string_view value) override {
    return guarded([&] { return store_->put(key, value); });
  }
  Status remove(std::string_view key) override {
    return guarded([&] { return store_->remove(key); });
  }
  Status get(std::string_view key, std::string* value) override {
    return guarded([&] { return store_->get(key, value); });
  }
  Status sync() override {
    return guarded([&] { return store_->sync(); });
  }
  Status close() override {
    return guarded([&] { return store_->close(); });
  }
  Status merge() override {
    return guarded([&] { return store_->merge(); });
  }
  Status merge(MergeRun run) override {
    return guarded([&] { return store_->merge(run); });
  }
  Status begin_merge(std::optional<MergeRun> run) override {
    return guarded([&] { return store_->begin_merge(run); });
  }
  Result<bool> merge_step() override {
    return guarded([&] { return store_->merge_step(); });
  }
  bool merge_under_way() override {
    return guarded([&] { return store_->merge_under_way(); });
  }
  Status roll() override {
    return guarded([&] { return store_->roll(); });
  }
  Result<Contents> everything(const std::set<std::string>& keys) override {
    Result<Contents> contents = guarded([&] { return store_->everything(keys); });
    if (store_->lacks(Check::kListing)) note_lack(Check::kListing);
    return contents;
  }
  std::string recovery() const override {
    return guarded([&] { return store_->recovery(); });
  }
  std::map<std::string, std::uint64_t> recovery_counters() const override {
    return guarded([&] { return store_->recovery_counters(); });
  }
  std::optional<std::string> check_open(const DiskState& found, const DiskState& now) override {
    return checked(Check::kOpen, [&] { return store_->check_open(found, now); });
  }
  std::optional<std::string> check_structure(const SimDisk& disk) override {
    return checked(Check::kStructure, [&] { return store_->check_structure(disk); });
  }
  std::optional<std::string> check_space(const SimDisk& disk, const Contents& live) override {
    return checked(Check::kSpace, [&] { return store_->check_space(disk, live); });
  }
  Store* engine() override { return store_->engine(); }

 private:
  template <typename Call>
  std::optional<std::string> checked(Check check, Call call) {
    std::optional<std::string> wrong = guarded(call);
    if (store_->lacks(check)) note_lack(check);
    return wrong;
  }

  std::unique_ptr<StoreAdapter> store_;
};

}  // namespace

Result<std::unique_ptr<StoreAdapter>> open_guarded(const StoreKind& kind, std::shared_ptr<Disk> disk,
                                                   const Scenario& scenario, Observer* observer) {
  if (kind.passes_exceptions_on) return kind.open(std::move(disk), scenario, observer);
  Result<std::unique_ptr<StoreAdapter>> store = guarded([&] { return kind.open(std::move(disk), scenario, observer); });
  if (!store.ok()) return store.status();
  if (*store == nullptr) throw StoreThrew("the store's open returned ok, but no store");
  return std::unique_ptr<StoreAdapter>(std::make_unique<GuardedStore>(std::move(*store)));
}

}  // namespace sediment::sim
