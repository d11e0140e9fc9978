// What a lab adds to the harness: answers to requests that concern the student's component alone.
#pragma once

#include "labs/wire/message.h"
#include "sim/run/store_adapter.h"

namespace sediment::labs {

/// Answers a request of the lab's own. Defined by each lab (labs/NN_name/component.cc); one lab is linked at a time.
void answer_component_request(MessageReader* request, MessageWriter* answer);

/// The kind of store that contains the component. Defined by each lab.
const sim::StoreKind& store_with_component();

}  // namespace sediment::labs
