// Where the panels are: three layouts of the screen, each with docks beside and below the stage. A dock shows one of
// its panels and has a tab for each.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "viz/draw/canvas.h"

namespace sediment::viz {

/// The panels that live in docks. The stage, the caption and the timeline are always visible.
enum class PanelId : std::uint8_t {
  kLookup,
  kIndex,
  kMerge,
  kRecovery,
  kCounters,
  kNarration,
  kCode,
  kTwin,
  kBytes,
  kCrashDesk,
  kGuarantees,
  kPolicy,
  kAcknowledged,
};
constexpr std::size_t kPanelCount = 13;

/// The text on the tab.
std::string_view title_of(PanelId panel);

/// kPresent is for a room: large letters, one panel, no buttons. kFigure is for a figure in a page: the stage, and at most
/// one panel beside or below it.
enum class LayoutId : std::uint8_t { kLearn, kCrash, kAll, kPresent, kFigure };
constexpr std::size_t kLayoutCount = 5;
/// Those that a user can choose.
constexpr LayoutId kLayouts[] = {LayoutId::kLearn, LayoutId::kCrash, LayoutId::kAll, LayoutId::kPresent};

/// "learn", "crash", "all", "present".
std::string_view name_of(LayoutId layout);
std::optional<LayoutId> parse_layout(std::string_view name);

constexpr std::size_t kMostDocks = 3;

struct Dock {
  Area area;
  std::vector<PanelId> panels;  // the first is shown until another is chosen
};

struct ScreenLayout {
  Area operations;  // without height if there is no room for buttons
  Area caption;
  Area stage;
  Area timeline;
  Area atlas;  // above the timeline; without height if there is none
  std::vector<Dock> docks;
};

/// Which panels a run has a use for.
enum class PanelSet : std::uint8_t {
  kAll,
  kCodeFirst,  // the layout "learn" has a wide place for code
  kBytes,      // only those that need not read the store's files
};

/// A screen of few units (large letters in a small window) has no docks. With `atlas`, there is a strip for it.
ScreenLayout lay_out_screen(LayoutId layout, const Area& screen, PanelSet panels = PanelSet::kAll, bool atlas = false);
/// The layout kFigure. On a narrow screen the panel is below the stage.
ScreenLayout lay_out_figure(const Area& screen, std::optional<PanelId> panel);
/// The panel of this title; none if there is none.
std::optional<PanelId> panel_titled(std::string_view title);

}  // namespace sediment::viz
