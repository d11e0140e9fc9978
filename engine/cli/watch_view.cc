#include "engine/cli/watch_view.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace sediment::cli {

namespace {

constexpr std::string_view kBold = "1";
constexpr std::string_view kGrey = "90";
constexpr std::string_view kGreen = "32";
constexpr std::string_view kRed = "31";

constexpr std::size_t kMostUnnamedShown = 5;

// The number of characters in a text of valid UTF-8, which is the number of columns it takes, except for wide
// characters.
std::size_t width_of(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U; }));
}

class Page {
 public:
  explicit Page(const WatchStyle& style) : style_(style) {}

  void add(const std::string& text, std::string_view colour = {}) {
    lines_.push_back(in(colour, cut(tools::printable(text))));
  }
  void add_row(std::string text, double share, double reserved_share, std::string_view colour) {
    const std::size_t width = width_of(text);
    std::string line = cut(std::move(text));
    if (width + 2 < style_.columns) {
      line += "  " + in(colour, bar(std::min<std::size_t>(style_.columns - width - 2, 40), share, reserved_share));
    }
    while (line.ends_with(' ')) line.pop_back();
    lines_.push_back(std::move(line));
  }

  std::vector<std::string> take() { return std::move(lines_); }

 private:
  std::string in(std::string_view colour, std::string text) const {
    if (!style_.colours || colour.empty() || text.empty()) return text;
    return fmt::format("\x1b[{}m{}\x1b[0m", colour, text);
  }

  std::string cut(std::string text) const {
    if (!style_.utf8) {
      for (char& byte : text) {
        if (static_cast<unsigned char>(byte) >= 0x80) byte = '?';
      }
    }
    if (width_of(text) <= style_.columns) return text;
    std::size_t end = 0;
    for (std::size_t characters = 0; end < text.size(); ++end) {
      const bool begins = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
      if (begins && characters++ == style_.columns - std::min<std::size_t>(3, style_.columns)) break;
    }
    return text.substr(0, end) + std::string("...").substr(0, style_.columns);
  }

  // A share of 1 is the full width. Anything above 0 is visible, however small.
  std::string bar(std::size_t width, double share, double reserved_share) const {
    const auto cells = [&](double part) {
      const auto rounded = static_cast<std::size_t>(std::llround(part * static_cast<double>(width)));
      return std::min(width, part > 0 ? std::max<std::size_t>(1, rounded) : 0);
    };
    const std::size_t full = cells(share);
    const std::size_t reserved = std::max(full, cells(reserved_share)) - full;
    std::string text;
    for (std::size_t i = 0; i < full; ++i) text += style_.utf8 ? "█" : "#";
    for (std::size_t i = 0; i < reserved; ++i) text += style_.utf8 ? "·" : ".";
    return text;
  }

  WatchStyle style_;
  std::vector<std::string> lines_;
};

std::string rate_line(const WatchView& view) {
  std::string text = "written: ";
  if (!view.rates) {
    text += "not known until the next look";
  } else if (view.rates->records_per_second == 0 && view.rates->bytes_per_second == 0) {
    text += "nothing since the last look";
  } else {
    const auto whole = [](double number) { return static_cast<std::uint64_t>(std::llround(number)); };
    text += fmt::format("{} bytes/s, {} records/s", grouped(whole(view.rates->bytes_per_second)),
                        grouped(whole(view.rates->records_per_second)));
  }
  if (view.manifest_changes > 0) text += fmt::format("; {}", counted(view.manifest_changes, "manifest change"));
  return text;
}

void add_segments(const WatchView& view, std::size_t most_rows, Page* page) {
  std::uint64_t largest = 1;
  for (const WatchedSegment& segment : view.segments) {
    largest = std::max({largest, segment.size_bytes, segment.file_bytes});
  }
  const auto share = [&](std::uint64_t bytes) { return static_cast<double>(bytes) / static_cast<double>(largest); };

  page->add(fmt::format("{:>3}  {:<10}  {:<6}  {:>13}  {:>11}", "", "file", "role", "bytes", "records"), kGrey);
  std::size_t hidden = 0;
  if (view.segments.size() > most_rows) hidden = view.segments.size() - std::max<std::size_t>(1, most_rows - 1);
  if (hidden > 0) {
    std::uint64_t bytes = 0;
    std::uint64_t records = 0;
    for (std::size_t i = 0; i < hidden; ++i) {
      bytes += view.segments[i].size_bytes;
      records += view.segments[i].records;
    }
    page->add(
        fmt::format("     {:<18}  {:>13}  {:>11}", counted(hidden, "older one"), grouped(bytes), grouped(records)));
  }
  for (std::size_t i = hidden; i < view.segments.size(); ++i) {
    const WatchedSegment& segment = view.segments[i];
    const std::string row =
        fmt::format("{:>3}  {:<10}  {:<6}  {:>13}  {:>11}", i + 1, segment_file_name(segment.number),
                    segment.sealed ? "sealed" : "active", grouped(segment.size_bytes), grouped(segment.records));
    page->add_row(row, share(segment.size_bytes), share(segment.file_bytes), segment.sealed ? "" : kGreen);
  }
}

void add_notes(const WatchView& view, Page* page) {
  for (const WatchedSegment& segment : view.segments) {
    if (!segment.problem.ok()) page->add("PROBLEM: " + segment.problem.to_string(), kRed);
    if (!segment.read_to_end) page->add("The active log is still being read; its numbers are still too low.", kGrey);
  }
  for (std::size_t i = 0; i < view.unnamed.size(); ++i) {
    if (i == kMostUnnamedShown) {
      page->add(fmt::format("and {} more that the manifest does not name", view.unnamed.size() - i), kGrey);
      break;
    }
    page->add(fmt::format("not named by the manifest: {}, {}", escape(view.unnamed[i].name),
                          counted(view.unnamed[i].size_bytes, "byte")),
              kGrey);
  }
}

}  // namespace

std::vector<std::string> lines_of(const WatchView& view, const std::string& directory,
                                  const std::vector<std::string>& recent, const WatchStyle& style) {
  Page page(style);
  switch (view.state) {
    case WatchView::State::kNoStore: page.add(escape(directory) + ": no store here yet", kBold); break;
    case WatchView::State::kDamaged:
      page.add(escape(directory) + ": its MANIFEST cannot be used", kBold);
      page.add(view.status.to_string(), kRed);
      page.add("`sediment verify` shows more; `sediment salvage` copies what still verifies.");
      break;
    case WatchView::State::kStore: {
      page.add(fmt::format("{}: {}, {}, {}", escape(directory), counted(view.segments.size(), "segment"),
                           counted(view.size_bytes(), "byte"), counted(view.records(), "record")),
               kBold);
      page.add(rate_line(view));
      page.add("");
      // The lines above and below the rows of the segments, including one that stays empty.
      const std::size_t others = 4 + std::min(view.unnamed.size(), kMostUnnamedShown + 1) + recent.size() + 3;
      add_segments(view, style.rows > others + 3 ? style.rows - others : 3, &page);
      add_notes(view, &page);
      break;
    }
  }
  if (!recent.empty()) page.add("");
  for (const std::string& line : recent) page.add(line);
  return page.take();
}

Json json_of(const WatchView& view) {
  const auto name_of_state = [&] {
    switch (view.state) {
      case WatchView::State::kNoStore: return "no_store";
      case WatchView::State::kDamaged: return "damaged_manifest";
      case WatchView::State::kStore: return "ok";
    }
    return "unknown";
  };
  const auto name_of = [](Happening::Kind kind) {
    switch (kind) {
      case Happening::Kind::kRolled: return "rolled";
      case Happening::Kind::kMerged: return "merged";
      case Happening::Kind::kRewritten: return "rewritten";
      case Happening::Kind::kRemoved: return "removed";
      case Happening::Kind::kAppeared: return "appeared";
    }
    return "unknown";
  };
  Json object{{"state", name_of_state()}};
  if (!view.status.ok()) object["message"] = view.status.to_string();
  Json segments = Json::array();
  for (const WatchedSegment& segment : view.segments) {
    Json entry{{"position", segments.size() + 1}, {"file", segment_file_name(segment.number)},
               {"sealed", segment.sealed},        {"size_bytes", segment.size_bytes},
               {"records", segment.records},      {"file_bytes", segment.file_bytes}};
    if (!segment.sealed) entry["synced_upto"] = segment.synced_upto;
    if (!segment.sealed) entry["read_to_end"] = segment.read_to_end;
    if (!segment.problem.ok()) entry["problem"] = segment.problem.to_string();
    segments.push_back(std::move(entry));
  }
  object["segments"] = std::move(segments);
  object["total"] = {
      {"segments", view.segments.size()}, {"size_bytes", view.size_bytes()}, {"records", view.records()}};
  Json unnamed = Json::array();
  for (const WatchedFile& file : view.unnamed) {
    unnamed.push_back({{"file", json_of_bytes(file.name)}, {"size_bytes", file.size_bytes}});
  }
  object["unnamed"] = std::move(unnamed);
  object["manifest_changes"] = view.manifest_changes;
  if (view.rates) {
    object["seconds"] = view.seconds;
    object["bytes_per_second"] = view.rates->bytes_per_second;
    object["records_per_second"] = view.rates->records_per_second;
  }
  Json happenings = Json::array();
  for (const Happening& happening : view.happenings) {
    Json from = Json::array();
    for (const SegmentNumber number : happening.from) from.push_back(segment_file_name(number));
    Json entry{{"kind", name_of(happening.kind)}, {"from", from}, {"text", happening.text}};
    if (happening.into) entry["into"] = segment_file_name(*happening.into);
    happenings.push_back(std::move(entry));
  }
  object["happenings"] = std::move(happenings);
  return object;
}

}  // namespace sediment::cli
