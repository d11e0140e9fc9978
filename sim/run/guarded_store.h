// The border between the simulator and a store: no exception of a store crosses it unnamed.
//
// A store that throws has failed, like one that loses a key. Its exceptions become StoreThrew, which a run and the
// judges turn into a failure of the step under way. Everything else that is thrown here is an error of the simulator.
#pragma once

#include <memory>
#include <stdexcept>

#include "sim/run/store_adapter.h"

namespace sediment::sim {

/// What a store threw. what(): "the store threw std::runtime_error: no such page".
class StoreThrew : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Opens a store of this kind. It and its store throw nothing but StoreThrew, unless the kind passes its exceptions on.
Result<std::unique_ptr<StoreAdapter>> open_guarded(const StoreKind& kind, std::shared_ptr<Disk> disk,
                                                   const Scenario& scenario, Observer* observer);

}  // namespace sediment::sim
