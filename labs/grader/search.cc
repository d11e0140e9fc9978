#include "labs/grader/search.h"

#include <nlohmann/json.hpp>

#include "labs/grader/answer.h"
#include "labs/wire/store_messages.h"

namespace sediment::labs {

void write_crashes(const Crashes& crashes, MessageWriter* message) {
  message->text(crashes.device).number(crashes.in_recovery);
}

sim::ExploreReport search_crashes(StudentProcess& process, const Search& search, const SearchProgress& told) {
  MessageWriter request;
  request.number(static_cast<std::uint64_t>(Request::kExplore)).number(search.seed).number(search.operations);
  request.number(search.scripts).number(search.share).number(search.shares);
  write_crashes(search.crashes, &request);
  const std::string bytes = process.ask(request.bytes(), {}, [&](FrameKind, std::string_view note) {
    MessageReader progress(note);
    const std::uint64_t done = progress.number();
    told(done, progress.number());
  });
  sim::ExploreReport report;
  read_answer(process, bytes, [&](MessageReader& answer) {
    const nlohmann::json json = nlohmann::json::parse(answer.text(), nullptr, false);
    Result<sim::ExploreReport> read = sim::report_from_json(json);
    if (!read.ok()) throw Malformed(std::string(read.status().message()));
    report = std::move(*read);
  });
  return report;
}

}  // namespace sediment::labs
