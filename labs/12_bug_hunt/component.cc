// Lab 12 in a process of its own: an engine, right or wrong, in a store.
#include "labs/harness/component.h"
#include "engine/status.h"

namespace sediment::labs {

void answer_component_request(MessageReader* /*request*/, MessageWriter* /*answer*/) {
  require(false, "the hunt asks for whole stores only");
}

const sim::StoreKind& store_with_component() { return sim::engine_kind(); }

}  // namespace sediment::labs
