// The counters: what the store was asked to do and what it cost, each with its formula and the numbers in it.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/plural.h"
#include "viz/panels/view.h"

namespace sediment::viz {

namespace {

struct Row {
  const char* name;
  std::string value;
  std::string formula;
};

std::string ratio(std::uint64_t above, std::uint64_t below) {
  return below == 0 ? "–" : fmt::format("{:.2f}", static_cast<double>(above) / static_cast<double>(below));
}

std::vector<Row> rows_of(const View& view) {
  const Counters now = view.session.counters().at(view.now.position());
  std::uint64_t on_disk = 0;
  std::uint64_t live = 0;
  std::uint64_t index_bytes = 0;
  std::uint64_t keys = 0;
  for (const SegmentView* segment : view.now.segments()) {
    on_disk += segment->written_end();
    for (const RecordView& record : segment->records) {
      const bool counts = record.valid() && !record.superseded;
      if (counts && record.type == RecordType::kPut) live += record.size_bytes;
    }
    if (const HashIndex* index = view.now.index(segment->number)) {
      index_bytes += index->capacity() * 8;
      keys += index->size();
    }
  }
  return {
      {"Write amplification", ratio(now.bytes_written, now.bytes_given),
       fmt::format("{} bytes written / {} given ({} by merges)", now.bytes_written, now.bytes_given, now.merge_bytes)},
      {"Space amplification", ratio(on_disk, live),
       fmt::format("{} bytes in segments / {} of live records", on_disk, live)},
      {"Read amplification", ratio(now.segments_asked, now.gets),
       fmt::format("{} segments asked / {}", now.segments_asked, sim::plural(now.gets, "get"))},
      {"Slots per question", ratio(now.slots_visited, now.segments_asked),
       fmt::format("{} looked at / {} segments asked", now.slots_visited, now.segments_asked)},
      {"Index bytes per key", ratio(index_bytes, keys),
       fmt::format("{} bytes of memory / {}", index_bytes,
                   fmt::format("{} {}", keys, keys == 1 ? "entry" : "entries"))},
      {"fsyncs", fmt::format("{}", now.syncs + now.directory_syncs),
       fmt::format("{} of files, {} of the directory", now.syncs, now.directory_syncs)}};
}

// Bytes given and bytes written, from the start of the run to its end; the part still to come is pale.
void draw_plot(const Panel& panel, const Area& area) {
  const Canvas& canvas = panel.canvas;
  const std::vector<CounterHistory::Sample>& samples = panel.view.session.counters().samples();
  if (samples.empty() || area.height < 40) return;
  const Area plot{area.x, area.y + 16, area.width, area.height - 16};
  canvas.fill(plot, mixed(colours().panel, colours().raised, 0.5F), 4);
  const auto end = static_cast<float>(std::max<std::size_t>(1, samples.back().position));
  const auto most = static_cast<float>(std::max<std::uint64_t>(1, samples.back().counters.bytes_written));
  const std::size_t stride = std::max<std::size_t>(1, samples.size() / 200);
  const auto draw_line = [&](auto value_of_sample, ImU32 colour) {
    Point from{plot.x, plot.bottom()};
    for (std::size_t i = 0; i < samples.size(); i += stride) {
      const float share = static_cast<float>(value_of_sample(samples[i].counters)) / most;
      const Point to{plot.x + plot.width * static_cast<float>(samples[i].position) / end,
                     plot.bottom() - plot.height * std::min(share, 1.0F)};
      canvas.line(from, to, faded(colour, samples[i].position <= panel.view.now.position() ? 1.0F : 0.3F), 1.5F);
      from = to;
    }
  };
  draw_line([](const Counters& counters) { return counters.bytes_written; }, colours().warning);
  draw_line([](const Counters& counters) { return counters.bytes_given; }, colours().accent);
  canvas.text({area.x, area.y}, "bytes written", colours().warning, canvas.fonts().small);
  canvas.text({area.x + 92, area.y}, "bytes given", colours().accent, canvas.fonts().small);
}

}  // namespace

void draw_counters(const Panel& panel) {
  const Canvas& canvas = panel.canvas;
  const Area& area = panel.area;
  const Fonts& fonts = canvas.fonts();
  constexpr float kRow = 36;
  float y = area.y;
  for (const Row& row : rows_of(panel.view)) {
    if (y + kRow > area.bottom()) return;
    canvas.text({area.x, y}, row.name, colours().text, fonts.text);
    canvas.text({area.right() - canvas.width_of(row.value, fonts.strong), y}, row.value, colours().text, fonts.strong);
    canvas.text_within({area.x, y + 17}, area.width, row.formula, colours().text_muted, fonts.small);
    y += kRow;
  }
  draw_plot(panel, {area.x, y + 2, area.width, area.bottom() - y - 2});
}

}  // namespace sediment::viz
