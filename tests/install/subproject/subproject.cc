// Uses both libraries: the engine for a store in memory, the simulator for a scenario with a crash.
#include <cstdio>

#include "engine/store.h"
#include "sim/disk/sim_disk.h"
#include "sim/run/runner.h"

int main() {
  auto store = sediment::Store::open(std::make_shared<sediment::sim::SimDisk>(), {});
  std::string value;
  if (!store.ok() || !(*store)->put("sky", "blue").ok() || !(*store)->get("sky", &value).ok()) return 1;

  sediment::sim::Scenario scenario;
  scenario.steps = {{"put", "a", "1"}, {"sync"}, {"crash", "lose-unsynced"}, {"recover"}, {"expect", "get", "a", "1"}};
  sediment::sim::Runner runner(scenario);
  const sediment::sim::StepReport last = runner.run();
  std::printf("the sky is %s, and what was synced is %s\n", value.c_str(), last.passed ? "there" : "lost");
  return last.passed ? 0 : 1;
}
