#include "sim/campaign/picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "sim/base/plural.h"

namespace sediment::sim {

namespace {

constexpr double kWidth = 760;
constexpr double kHeight = 400;
constexpr double kLeft = 80;
constexpr double kRight = 680;
constexpr double kTop = 60;
constexpr double kBottom = 340;
constexpr const char* kDisksColour = "#1b6ca8";
constexpr const char* kSituationsColour = "#b5532a";

// 1, 2 or 5 times a power of ten, so that at most five of them reach `most`.
double step_for(double most) {
  double step = std::pow(10.0, std::floor(std::log10(std::max(most, 1e-9) / 5)));
  for (const double factor : {1.0, 2.0, 5.0, 10.0}) {
    if (step * factor * 5 >= most) return step * factor;
  }
  return step * 10;
}

struct Axis {
  double step = 1;
  double most = 1;
};

Axis axis_for(double most) {
  const double step = step_for(most);
  return {step, std::max(step, std::ceil(most / step) * step)};
}

struct TimeUnit {
  const char* name;
  double seconds;
};

TimeUnit unit_for(double seconds) {
  if (seconds < 180) return {"seconds", 1};
  if (seconds < 3 * 3600) return {"minutes", 60};
  return {"hours", 3600};
}

std::string number(double value) {
  if (value >= 1e6) return fmt::format("{:g} M", value / 1e6);
  if (value >= 1000) return grouped(static_cast<std::uint64_t>(value + 0.5));
  return fmt::format("{:g}", value);
}

double x_of(double value, const Axis& axis) { return kLeft + (kRight - kLeft) * value / axis.most; }
double y_of(double value, const Axis& axis) { return kBottom - (kBottom - kTop) * value / axis.most; }

std::string text_at(double x, double y, const char* anchor, const char* colour, const std::string& text) {
  return fmt::format("<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\" fill=\"{}\">{}</text>\n", x, y, anchor, colour,
                     text);
}

std::string axes(const Axis& time, const Axis& disks, const Axis& situations, const char* unit) {
  std::string text;
  for (double at = 0; at <= time.most * 1.001; at += time.step) {
    const double x = x_of(at, time);
    text += fmt::format("<line x1=\"{0:.1f}\" y1=\"{1}\" x2=\"{0:.1f}\" y2=\"{2}\" stroke=\"#444\"/>\n", x, kBottom,
                        kBottom + 5);
    text += text_at(x, kBottom + 20, "middle", "#444", number(at));
  }
  for (double at = 0; at <= disks.most * 1.001; at += disks.step) {
    const double y = y_of(at, disks);
    text +=
        fmt::format("<line x1=\"{0}\" y1=\"{1:.1f}\" x2=\"{2}\" y2=\"{1:.1f}\" stroke=\"#ddd\"/>\n", kLeft, y, kRight);
    text += text_at(kLeft - 8, y + 4, "end", kDisksColour, number(at));
  }
  for (double at = 0; at <= situations.most * 1.001; at += situations.step) {
    text += text_at(kRight + 8, y_of(at, situations) + 4, "start", kSituationsColour, number(at));
  }
  text +=
      fmt::format("<path d=\"M{0} {1}V{2}H{3}V{1}\" fill=\"none\" stroke=\"#444\"/>\n", kLeft, kTop, kBottom, kRight);
  text += text_at((kLeft + kRight) / 2, kBottom + 42, "middle", "#444", std::string("core ") + unit);
  text += text_at(kLeft, kTop - 14, "middle", kDisksColour, "disks judged");
  return text + text_at(kRight, kTop - 14, "middle", kSituationsColour, "situations reached");
}

template <typename Value>
std::string line_of(const std::vector<CurvePoint>& curve, const Axis& time, const Axis& axis, double unit,
                    const char* colour, Value value) {
  std::string points = fmt::format("{:.1f},{:.1f}", kLeft, kBottom);
  for (const CurvePoint& point : curve) {
    points += fmt::format(" {:.1f},{:.1f}", x_of(point.core_seconds / unit, time), y_of(value(point), axis));
  }
  return fmt::format("<polyline points=\"{}\" fill=\"none\" stroke=\"{}\" stroke-width=\"2\"/>\n", points, colour);
}

}  // namespace

std::string coverage_picture(const Summary& summary) {
  const std::vector<CurvePoint> curve = thinned(summary.curve, 400);
  const CurvePoint end = curve.empty() ? CurvePoint{1, 1, 1} : curve.back();
  const TimeUnit unit = unit_for(end.core_seconds);
  const Axis time = axis_for(end.core_seconds / unit.seconds);
  const Axis disks = axis_for(static_cast<double>(end.disks));
  const Axis situations = axis_for(static_cast<double>(end.situations));
  std::string text = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{0}\" height=\"{1}\" viewBox=\"0 0 {0} {1}\" "
      "font-family=\"sans-serif\" font-size=\"13\">\n<rect width=\"{0}\" height=\"{1}\" fill=\"white\"/>\n",
      kWidth, kHeight);
  const std::string title =
      fmt::format("{} tier: {} distinct disks, {} situations, {} of {} units", name_of(summary.plan.options.tier),
                  grouped(summary.distinct_disks), grouped(summary.situations.size()),
                  grouped(summary.plan.units() - summary.missing.size()), grouped(summary.plan.units()));
  text += text_at(kWidth / 2, 22, "middle", "#222", title);
  text += axes(time, disks, situations, unit.name);
  text += line_of(curve, time, disks, unit.seconds, kDisksColour,
                  [](const CurvePoint& point) { return static_cast<double>(point.disks); });
  text += line_of(curve, time, situations, unit.seconds, kSituationsColour,
                  [](const CurvePoint& point) { return static_cast<double>(point.situations); });
  return text + "</svg>\n";
}

}  // namespace sediment::sim
