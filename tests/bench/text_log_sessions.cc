// What the simplest database costs, next to what it grew into: with few keys, because its reads scan everything.
#include "tests/bench/fill.h"
#include "tests/bench/session.h"

namespace sediment::bench {
namespace {

constexpr std::uint64_t kKeys = 1'000;
constexpr std::uint64_t kReads = 1'000'000;

void measure(Session& session) {
  const double limit_seconds = session.settings().limit_seconds / 4;
  const auto store = session.open(kKeys);
  session.begins("text-log");
  session.report_rate("text-log", "fill", fill_timed(*store, shuffled(kKeys, 13), limit_seconds));
  const Stream stream = uniform(kKeys, kReads, 27);
  const auto reader = store->reader();
  const Values values;
  Key key;
  std::string value;
  const Timing timing = run_timed(kReads, limit_seconds, [&](std::uint64_t i) {
    key.set(stream[i]);
    if (!reader->get(key.view(), &value)) throw WrongValue("a key that was put is not found");
    values.check(stream[i], value);
  });
  session.report_rate("text-log", "get", timing);
  store->close();
}

}  // namespace

std::vector<Group> text_log_groups(const Settings&) {
  return {{"text-log", 1.5, {"text-log"}, {}, {"sediment", "text-log"}, {measure}}};
}

}  // namespace sediment::bench
