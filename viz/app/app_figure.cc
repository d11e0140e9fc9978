// A figure in a page: its controls, and what the page tells of it.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "engine/format.h"
#include "engine/record.h"
#include "engine/tools/printable.h"
#include "viz/app/app_impl.h"

namespace sediment::viz {

namespace {

constexpr std::string_view kAtlas = "Crash atlas";

// The last thing before this moment that is told in words.
std::string told_at(const Session& session) {
  const auto& entries = session.timeline().trace().entries();
  for (std::size_t i = session.timeline().position(); i > 0; --i) {
    if (!session.is_told(i - 1)) continue;
    if (const auto sentence = narrate(entries[i - 1], session.format_at(i))) return tools::printable(sentence->text);
  }
  return {};
}

}  // namespace

Result<std::unique_ptr<App>> App::open(Figure figure, const Fonts& fonts) {
  const std::optional<PanelId> hero = panel_titled(figure.hero);
  if (!figure.hero.empty() && figure.hero != kAtlas && !hero) {
    std::string titles = "\"stage\", \"" + std::string(kAtlas) + "\"";
    for (std::size_t i = 0; i < kPanelCount; ++i) titles += fmt::format(", \"{}\"", title_of(static_cast<PanelId>(i)));
    return Status::invalid_argument(fmt::format("there is no panel \"{}\" for a figure's hero; there are {}",
                                                tools::preview(figure.hero, 40), titles));
  }
  std::unique_ptr<App> app(new App(std::make_unique<Impl>(std::move(figure.session), fonts)));
  Impl& impl = *app->impl_;
  impl.layout = LayoutId::kFigure;
  impl.hero = hero;
  if (figure.hero == kAtlas) impl.atlas_size = AtlasSize::kFull;
  impl.figure_from = figure.from;
  impl.figure_to = figure.to;
  impl.go_to(figure.at);
  return app;
}

void App::Impl::step_in_figure(bool forward, bool event) {
  if (forward && time >= end_of_figure()) return;
  event ? step_entry(forward) : step_input(forward);
  if (time < figure_from) go_to(figure_from);
  if (time > end_of_figure()) go_to(end_of_figure());
  stop_at = std::min(stop_at, end_of_figure());
}

void App::step(bool forward, bool event) { impl_->step_in_figure(forward, event); }

void App::restart() { impl_->go_to(impl_->figure_from); }

std::string App::perform(std::string_view typed) {
  const Result<sim::Step> step = parse_typed(typed);
  impl_->message.clear();
  const Status status = step.ok() ? impl_->perform(*step) : step.status();
  return status.ok() ? std::string() : with_short_words(std::string(status.message()));
}

std::string App::flip_a_bit() {
  for (const SegmentView* segment : impl_->session->timeline().scene().segments()) {
    const auto whole = std::find_if(segment->records.begin(), segment->records.end(),
                                    [](const RecordView& record) { return record.has_key() && !record.torn(); });
    if (whole == segment->records.end()) continue;
    const std::uint64_t place = whole->offset + kRecordHeaderSize + whole->key.size() + whole->value.size() / 2;
    const Status status =
        impl_->perform({"crash", "bit-rot", segment_file_name(segment->number), std::to_string(place), "0"});
    return status.ok() ? std::string() : std::string(status.message());
  }
  return "there is no record yet whose bit could flip";
}

std::string App::sentence() const {
  if (!impl_->message.empty()) return tools::printable(impl_->message);
  return told_at(*impl_->session);
}

App::Range App::range() const { return {impl_->figure_from, impl_->time, impl_->end_of_figure()}; }

std::string App::description() const {
  const Result<sim::Scenario> scenario = impl_->session->as_scenario();
  return scenario.ok() ? describe_figure(*scenario, impl_->session->timeline().position()) : std::string();
}

std::uint64_t App::trace_digest() const {
  return checksum64(sim::text_of_trace(impl_->session->timeline().trace()), 0);
}

}  // namespace sediment::viz
