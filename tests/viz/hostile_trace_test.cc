// A forged or damaged trace is either refused with a message or shown. Nothing else happens.
#include <gtest/gtest.h>

#include <sstream>

#include "sim/base/random.h"
#include "tests/support/coverage.h"
#include "tests/support/store_helpers.h"
#include "viz/model/narration.h"
#include "viz/model/session.h"

namespace sediment::test {
namespace {

using viz::Session;

// The lines of a trace with some of everything.
std::vector<std::string> lines_of_a_trace() {
  sim::Scenario scenario;
  scenario.segment_size = 128;
  for (const char* step :
       {"put a 1", "put b 2", "sync", "put a 3", "roll", "remove b", "get a", "get b", "roll", "merge", "put c 4",
        "crash torn-byte 000004.log 50", "recover", "put d 5", "crash lose-unsynced", "recover", "reopen", "close"}) {
    scenario.steps.push_back(sim::step_of(step));
  }
  std::ostringstream text;
  sim::save_trace(Session::of_scenario(scenario)->timeline().trace(), text);
  std::istringstream in(text.str());
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class Vandal {
 public:
  explicit Vandal(std::uint64_t seed) : random_(seed) {}

  void strike(std::vector<std::string>& lines) {
    if (lines.size() < 2) return;                                // an earlier change left only the first line
    const std::size_t at = 1 + random_.below(lines.size() - 1);  // the first line says what the file is
    const std::size_t other = 1 + random_.below(lines.size() - 1);
    switch (random_.below(6)) {
      case 0: lines.erase(lines.begin() + static_cast<std::ptrdiff_t>(at)); break;
      case 1: std::swap(lines[at], lines[other]); break;
      case 2: lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(at), std::string(lines[other])); break;
      case 3: change_a_number(lines[at]); break;
      case 4: lines.resize(std::max<std::size_t>(at, 2)); break;
      default: lines[at][random_.below(lines[at].size())] = static_cast<char>(32 + random_.below(90));
    }
  }

 private:
  void change_a_number(std::string& line) {
    static constexpr const char* kNumbers[] = {"0", "1", "7", "31", "40", "4096", "4294967296", "18446744073709551615"};
    const std::size_t digit = line.find_first_of("0123456789", random_.below(line.size()));
    if (digit != std::string::npos) line.replace(digit, 1, kNumbers[random_.below(std::size(kNumbers))]);
  }

  sim::Random random_;
};

TEST(HostileTrace, IsRefusedOrShown) {
  Coverage coverage("hostile_traces");
  const std::vector<std::string> good = lines_of_a_trace();
  ASSERT_GT(good.size(), 100U);
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    Vandal vandal(seed);
    std::vector<std::string> lines = good;
    for (std::uint64_t strikes = 0; strikes <= seed % 3; ++strikes) vandal.strike(lines);
    std::ostringstream text;
    for (const std::string& line : lines) text << line << '\n';
    std::istringstream in(text.str());
    Result<sim::Trace> trace = sim::load_trace(in);
    if (!trace.ok()) {
      ASSERT_TRUE(has_code(trace, StatusCode::kInvalidArgument));
      EXPECT_NE(trace.status().message().find("line "), std::string::npos) << trace.status().message();
      coverage.count("refused");
      continue;
    }
    const std::unique_ptr<Session> session = Session::of_trace(std::move(*trace));
    viz::Timeline& timeline = session->timeline();
    for (std::size_t i = 0; i <= timeline.size(); i += 1 + timeline.size() / 20) {
      timeline.seek(timeline.size() - i);
      ASSERT_EQ(timeline.scene().position(), timeline.size() - i);
      ASSERT_EQ(timeline.scene().answers().found.size(), timeline.scene().live_records());
    }
    for (const sim::TraceEntry& entry : timeline.trace().entries()) (void)viz::narrate(entry);
    coverage.count("shown");
  }
  coverage.require_at_least("refused", 300);
  coverage.require_at_least("shown", 300);
}

}  // namespace
}  // namespace sediment::test
