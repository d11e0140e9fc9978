#include "viz/draw/layout.h"

namespace sediment::viz {

namespace {

constexpr float kMargin = 14;
constexpr float kGap = 10;
constexpr float kOperations = 34;
constexpr float kCaption = 72;
constexpr float kTimeline = 82;
constexpr float kAtlas = 92;
constexpr float kTimelineWithoutButtons = 40;
constexpr float kTimelineOfOneRow = 52;
constexpr float kLowScreen = 620;  // with large letters; what frames the stage gives way first
constexpr float kCaptionForARoom = 136;
constexpr float kLeastWidthWithDocks = 980;

}  // namespace

std::string_view title_of(PanelId panel) {
  switch (panel) {
    case PanelId::kLookup: return "Lookup";
    case PanelId::kIndex: return "Index";
    case PanelId::kMerge: return "Merge";
    case PanelId::kRecovery: return "Recovery";
    case PanelId::kCounters: return "Counters";
    case PanelId::kNarration: return "What happens";
    case PanelId::kCode: return "Code";
    case PanelId::kTwin: return "Twin";
    case PanelId::kBytes: return "Bytes";
    case PanelId::kCrashDesk: return "Crash desk";
    case PanelId::kGuarantees: return "Guarantees";
    case PanelId::kPolicy: return "Policy";
    case PanelId::kAcknowledged: return "Acknowledged";
  }
  return "";
}

std::string_view name_of(LayoutId layout) {
  switch (layout) {
    case LayoutId::kLearn: return "learn";
    case LayoutId::kCrash: return "crash";
    case LayoutId::kAll: return "all";
    case LayoutId::kPresent: return "present";
    case LayoutId::kFigure: return "figure";
  }
  return "";
}

std::optional<PanelId> panel_titled(std::string_view title) {
  for (std::size_t i = 0; i < kPanelCount; ++i) {
    const auto panel = static_cast<PanelId>(i);
    if (title_of(panel) == title) return panel;
  }
  return std::nullopt;
}

std::optional<LayoutId> parse_layout(std::string_view name) {
  for (const LayoutId layout : kLayouts) {
    if (name_of(layout) == name) return layout;
  }
  return std::nullopt;
}

ScreenLayout lay_out_screen(LayoutId layout, const Area& screen, PanelSet panels, bool atlas) {
  const bool code_first = panels == PanelSet::kCodeFirst;
  const bool docks_fit = screen.width >= kLeastWidthWithDocks;
  const bool presents = layout == LayoutId::kPresent;
  const bool is_plain = layout == LayoutId::kLearn || presents;
  const float column = !docks_fit ? 0 : !is_plain ? 404.0F : code_first ? 520.0F : 312.0F;
  const bool is_low = screen.height < kLowScreen && !presents;
  const float below_stage = is_plain || is_low || !docks_fit ? 0.0F : 164.0F;
  const float left = screen.width - column - (docks_fit ? 3.0F : 2.0F) * kMargin;
  const float right = screen.width - column - kMargin;
  const float timeline = presents ? kTimelineWithoutButtons : is_low ? kTimelineOfOneRow : kTimeline;
  const float timeline_top = screen.height - timeline - kMargin;
  const float top = presents ? 12 : 12 + kOperations + kGap;
  const float caption = presents ? kCaptionForARoom : layout == LayoutId::kLearn && !is_low ? kCaption : kCaption - 10;
  const float stage_top = top + caption + kGap + 2;
  const float atlas_top = atlas ? timeline_top - kGap - kAtlas : timeline_top;
  const float bottom = atlas_top - kGap;

  ScreenLayout all;
  all.operations = {kMargin, 12, screen.width - 2 * kMargin, presents ? 0 : kOperations};
  all.caption = {kMargin + 2, top, presents ? screen.width - 2 * kMargin - 40 : left - 4, caption};
  all.timeline = {kMargin, timeline_top, screen.width - 2 * kMargin, timeline};
  all.atlas = {kMargin, atlas_top, screen.width - 2 * kMargin, atlas ? kAtlas : 0.0F};
  const float dock_top = bottom - below_stage;
  const float stage_bottom = below_stage > 0 ? dock_top - kGap : bottom;
  all.stage = {kMargin, stage_top, left, stage_bottom - stage_top};
  if (!docks_fit) return all;

  // The right column: two docks, one above the other.
  const auto right_docks = [&](float share, std::vector<PanelId> upper, std::vector<PanelId> lower) {
    const float height = (bottom - top - 2 - kGap) * share;
    all.docks.push_back({{right, top + 2, column, height}, std::move(upper)});
    const float lower_top = top + 2 + height + kGap;
    all.docks.push_back({{right, lower_top, column, bottom - lower_top}, std::move(lower)});
  };
  const Area below{kMargin, dock_top, left, below_stage};
  if (panels == PanelSet::kBytes) {
    if (presents || (is_low && !is_plain)) {
      const float dock = presents ? stage_top : top + 2;
      all.docks.push_back(
          {{right, dock, column, bottom - dock}, {PanelId::kAcknowledged, PanelId::kBytes, PanelId::kNarration}});
    } else if (is_plain) {
      right_docks(0.5F, {PanelId::kBytes}, {PanelId::kNarration, PanelId::kAcknowledged});
    } else {
      right_docks(0.5F, {PanelId::kAcknowledged}, {PanelId::kNarration});
      all.docks.push_back({below, {PanelId::kBytes}});
    }
    return all;
  }
  switch (layout) {
    case LayoutId::kLearn:
      if (code_first) {
        right_docks(0.62F, {PanelId::kCode, PanelId::kBytes},
                    {PanelId::kNarration, PanelId::kLookup, PanelId::kIndex, PanelId::kMerge, PanelId::kRecovery});
        break;
      }
      right_docks(0.42F, {PanelId::kLookup, PanelId::kIndex, PanelId::kMerge, PanelId::kRecovery},
                  {PanelId::kNarration, PanelId::kCounters, PanelId::kPolicy, PanelId::kCode});
      break;
    case LayoutId::kPresent:
      all.docks.push_back(
          {{right, stage_top, column, bottom - stage_top},
           {PanelId::kLookup, PanelId::kIndex, PanelId::kMerge, PanelId::kRecovery, PanelId::kTwin, PanelId::kCrashDesk,
            PanelId::kBytes, PanelId::kNarration, PanelId::kCounters, PanelId::kPolicy, PanelId::kCode}});
      break;
    case LayoutId::kCrash:
      if (is_low) {
        all.docks.push_back(
            {{right, top + 2, column, bottom - top - 2},
             {PanelId::kCrashDesk, PanelId::kGuarantees, PanelId::kTwin, PanelId::kBytes, PanelId::kRecovery}});
        break;
      }
      right_docks(0.42F, {PanelId::kCrashDesk},
                  {PanelId::kGuarantees, PanelId::kTwin, PanelId::kRecovery, PanelId::kNarration});
      all.docks.push_back({below, {PanelId::kBytes}});
      break;
    case LayoutId::kFigure: break;  // lay_out_figure
    case LayoutId::kAll:
      right_docks(0.5F, {PanelId::kLookup, PanelId::kIndex, PanelId::kMerge, PanelId::kRecovery, PanelId::kTwin},
                  {PanelId::kNarration, PanelId::kCrashDesk, PanelId::kGuarantees, PanelId::kCounters});
      if (!is_low) all.docks.push_back({below, {PanelId::kBytes, PanelId::kCode}});
      break;
  }
  return all;
}

ScreenLayout lay_out_figure(const Area& screen, std::optional<PanelId> panel) {
  constexpr float kEdge = 2;
  constexpr float kPanelBeside = 300;
  constexpr float kLeastStageBeside = 400;
  const Area inside{kEdge, kEdge, screen.width - 2 * kEdge, screen.height - 2 * kEdge};
  ScreenLayout all;
  all.stage = inside;
  if (!panel) return all;
  const bool beside = inside.width >= kPanelBeside + kGap + kLeastStageBeside;
  if (beside) {
    all.stage.width -= kPanelBeside + kGap;
    all.docks.push_back({{all.stage.right() + kGap, inside.y, kPanelBeside, inside.height}, {*panel}});
  } else {
    all.stage.height = (inside.height - kGap) * 0.56F;
    const float top = all.stage.bottom() + kGap;
    all.docks.push_back({{inside.x, top, inside.width, inside.bottom() - top}, {*panel}});
  }
  return all;
}

}  // namespace sediment::viz
