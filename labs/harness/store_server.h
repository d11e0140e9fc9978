// A store in the student's process that does what the grader asks.
#pragma once

#include <memory>

#include "engine/event.h"
#include "labs/wire/store_messages.h"
#include "sim/run/store_adapter.h"

namespace sediment::labs {

class StoreServer {
 public:
  /// Does what the request says, and writes the answer.
  void serve(Request what, MessageReader* request, MessageWriter* answer);

 private:
  class EventSender;

  void open(MessageReader* request, MessageWriter* answer);
  static void explore(MessageReader* request, MessageWriter* answer);
  static void explore_script(MessageReader* request, MessageWriter* answer);
  static void demo(MessageReader* request, MessageWriter* answer);

  std::unique_ptr<Observer> observer_;
  std::unique_ptr<sim::StoreAdapter> store_;
};

}  // namespace sediment::labs
