"""The results as SVG files: the same results give the same bytes on every machine."""

import math
from collections.abc import Iterator
from pathlib import Path

import matplotlib

matplotlib.use("svg")

from matplotlib import pyplot
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullLocator

from results import NEVER_ELIGIBLE, SEDIMENT, Curve, Results, Row
from wording import amount, named, rounded

ACCENT = "#b5562b"  # Sediment
PEER = "#aab2bd"
UNSAFE = "#dfe3e8"  # loses data that was put, or is not a store
TEXT = "#2f3640"
FAINT = "#8a929c"
GRID = "#e8ebee"
LINE_GREYS = ("#5f6b7a", "#8e99a6", "#b3bbc5")
MARKERS = ("s", "^", "D")
# Text is laid out with the widths of a font that comes with matplotlib, and shown in a font that the reader has: none of these is wider.
LAYOUT_FONT = "DejaVu Sans"
SHOWN_FONTS = "Helvetica, Arial, sans-serif"
STYLE = {
    "svg.hashsalt": "sediment",
    "svg.fonttype": "none",
    "font.family": LAYOUT_FONT,
    "font.size": 8,
    "text.color": TEXT,
    "axes.labelcolor": TEXT,
    "xtick.color": FAINT,
    "ytick.color": TEXT,
    "axes.edgecolor": FAINT,
    "axes.titlesize": 9,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.unicode_minus": True,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "savefig.facecolor": "white",
}
KEY = ((ACCENT, "Sediment", 0.95), (PEER, "peers", 0.75), (UNSAFE, "no peers: in memory only, or a text log", 0))  # with widths in inches
WIDTH = 9.0  # inches
PIXELS_PER_INCH = 100  # in a page that is 900 pixels wide

THROUGHPUT_COLUMNS = 3
APART = ("durable-put",)  # has a plot of its own
LATENCY_NAMES = {
    ("get-beside-writer", "idle"): "gets, nothing else going on",
    ("get-beside-writer", "busy"): "gets beside two threads that only count",
    ("get-beside-writer", "beside"): "gets beside a writer and a merge",
    ("put-latency", ""): "puts",
}
PERCENTILES = (("p50_ns", "median"), ("p99_ns", "p99"), ("p999_ns", "p99.9"), ("max_ns", "max"))


def draw_all(results: Results, folder: Path) -> list[tuple[Path, str]]:
    """Draws what there are results for; returns the files, each with its caption. The overview comes first."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn = []
    with pyplot.rc_context(STYLE):
        for name, title, figure in figures(results):
            path = folder / f"{name}.svg"
            save(figure, path)
            drawn.append((path, title))
    return drawn


def figures(results: Results) -> Iterator[tuple[str, str, Figure]]:
    if throughput_panels(results):
        yield "throughput", "Thousand operations a second in each workload, by contestant", throughput(results)
    if any(row.workload == "durable-put" for row in results.rows):
        yield "durable", "Durable puts a second with 1, 16 and 64 threads", durable(results)
    if any(latency_points(row) for row in results.rows):
        yield "latency", "Latencies of gets and puts at a fixed rate", latency(results)
    for curve in results.curves:
        if curve.series:
            yield curve.id, curve.title, growth(results, curve)


def save(figure: Figure, path: Path) -> None:
    figure.savefig(path, format="svg", metadata={"Date": None, "Creator": None})
    pyplot.close(figure)
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace(f"'{LAYOUT_FONT}'", SHOWN_FONTS), encoding="utf-8")


def whole_pixels(inches: float) -> float:
    """A picture with a fraction of a pixel at its edge shows a dark line there on a dark page."""
    return math.ceil(inches * PIXELS_PER_INCH) / PIXELS_PER_INCH


# ---- Bars


def throughput_panels(results: Results) -> dict[str, list[Row]]:
    """A panel for each workload and variant. Peers with only one form are in the panel with all forms of Sediment."""
    rows = [row for row in results.rows if row.unit == "ops/s" and row.workload not in APART]
    one_form = {row.workload for row in rows if row.contestant != SEDIMENT and row.variant == ""}
    panels: dict[str, list[Row]] = {}
    for row in rows:
        panels.setdefault(row.workload if row.workload in one_form else named(row.workload, row.variant), []).append(row)
    return panels


def throughput(results: Results) -> Figure:
    panels = throughput_panels(results)
    columns = min(THROUGHPUT_COLUMNS, len(panels))
    tallest = [max(len(rows) for rows in list(panels.values())[start : start + columns]) for start in range(0, len(panels), columns)]
    figure, grid = bar_grid(tallest, columns)
    for axes in grid[len(panels) :]:
        axes.set_visible(False)
    for index, (axes, (title, rows)) in enumerate(zip(grid, panels.items())):
        axes.set_title(title, pad=4)
        draw_bars(axes, results, rows, tallest[index // columns], max(row.median for row in rows))
    add_key(figure, results, [row for rows in panels.values() for row in rows], "thousand operations a second")
    return figure


def durable(results: Results) -> Figure:
    """All numbers of threads on one scale, because the point is what more threads gain."""
    rows = [row for row in results.rows if row.workload == "durable-put"]
    variants = list(dict.fromkeys(row.variant for row in rows))
    groups = [[row for row in rows if row.variant == variant] for variant in variants]
    tallest = max(map(len, groups))
    figure, grid = bar_grid([tallest], len(groups))
    for axes, variant, group in zip(grid, variants, groups):
        axes.set_title(variant, pad=4)
        draw_bars(axes, results, group, tallest, max(row.median for row in rows))
    add_key(figure, results, rows, "thousand durable puts a second")
    return figure


def bar_grid(tallest: list[int], columns: int) -> tuple[Figure, list[Axes]]:
    """Panels in lines; a line is as high as its panel with the most bars, so that all bars have the same height."""
    bar, gap, top = 0.165, 0.36, 0.62  # inches: a bar with its space, between two lines of panels, the key and the first title
    height = whole_pixels(sum(tallest) * bar + gap * (len(tallest) - 1) + top + 0.12)
    figure = pyplot.figure(figsize=(WIDTH, height))
    left, between = 0.98, 1.02  # inches for the names
    width = (WIDTH - left - between * (columns - 1) - 0.12) / columns
    grid, y = [], height - top
    for count in tallest:
        y -= count * bar
        for column in range(columns):
            x = left + column * (width + between)
            grid.append(figure.add_axes((x / WIDTH, y / height, width / WIDTH, count * bar / height)))
        y -= gap
    return figure, grid


def draw_bars(axes: Axes, results: Results, rows: list[Row], places: int, longest: float) -> None:
    """The best at the top. The longest bar leaves room for its number."""
    rows = sorted(rows, key=lambda row: -row.median)
    for place, row in enumerate(rows):
        own = row.contestant == SEDIMENT
        weight, colour = ("bold", ACCENT) if own else ("normal", TEXT)
        axes.barh(place, row.median, height=0.72, color=bar_colour(results, row.contestant))
        axes.annotate(rounded(row.median / 1000), (row.median, place), xytext=(3, 0), textcoords="offset points", va="center_baseline",
                      fontsize=7.5, fontweight=weight, color=colour)
        axes.annotate(bar_label(results, row), (0, place), xytext=(-4, 0), textcoords="offset points", ha="right", va="center_baseline",
                      fontsize=8, fontweight=weight, color=colour)
    axes.set_xlim(0, longest * 1.28)
    axes.set_ylim(places - 0.5, -0.5)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in ("top", "right", "bottom"):
        axes.spines[side].set_visible(False)
    axes.spines["left"].set_bounds(-0.4, len(rows) - 0.6)


def bar_label(results: Results, row: Row) -> str:
    """Sediment's forms of one workload share a panel; the variant tells them apart."""
    forms = [one for one in results.rows if (one.workload, one.contestant) == (row.workload, row.contestant)]
    peers_have_one = any(one.workload == row.workload and one.variant == "" for one in results.rows)
    return row.variant if len(forms) > 1 and peers_have_one else results.short_name(row.contestant)


def bar_colour(results: Results, contestant: str) -> str:
    if contestant == SEDIMENT:
        return ACCENT
    return PEER if results.contestants[contestant].survives_kill and contestant not in NEVER_ELIGIBLE else UNSAFE


def add_key(figure: Figure, results: Results, rows: list[Row], unit: str) -> None:
    """Explains the lengths and colours of the bars, above all panels."""
    inches = figure.get_figheight()
    y = 1 - 0.17 / inches
    figure.text(0.12 / WIDTH, y, unit, fontsize=9, va="center")
    used = {bar_colour(results, row.contestant) for row in rows}
    x = 4.0
    for colour, text, width in KEY:
        if colour in used:
            figure.add_artist(Rectangle((x / WIDTH, y - 0.05 / inches), 0.1 / WIDTH, 0.1 / inches, color=colour, linewidth=0))
            figure.text((x + 0.16) / WIDTH, y, text, fontsize=8, va="center")
            x += width


# ---- Latencies


def latency_points(row: Row) -> list[tuple[str, float]]:
    return [(title, row.details[name]) for name, title in PERCENTILES if row.unit == "ns" and row.details.get(name, 0) > 0]


def latency(results: Results) -> Figure:
    """A group for each workload, a line for each percentile."""
    groups = [(row, latency_points(row)) for row in results.rows if latency_points(row)]
    places = sum(len(points) + 1.6 for _, points in groups) - 0.4
    height = whole_pixels(places * 0.2 + 0.55)
    figure = pyplot.figure(figsize=(WIDTH, height))
    axes = figure.add_axes((0.75 / WIDTH, 0.42 / height, (WIDTH - 1.55) / WIDTH, places * 0.2 / height))
    values = [value for _, points in groups for _, value in points]
    start = 10 ** math.floor(math.log10(min(values)))
    y = 0.3
    for row, points in groups:
        name = LATENCY_NAMES.get((row.workload, row.variant), named(row.workload, row.variant))
        axes.text(start, y, name, fontsize=9, fontweight="bold", va="center")
        first = y + 1
        for title, value in points:
            y += 1
            axes.plot([start, value], [y, y], color=GRID, linewidth=1.2, zorder=1, solid_capstyle="butt")
            axes.plot(value, y, "o", color=ACCENT, markersize=5, zorder=3)
            axes.annotate(amount(value, "ns"), (value, y), xytext=(6, 0), textcoords="offset points", va="center_baseline", fontsize=8,
                          bbox={"facecolor": "white", "edgecolor": "none", "pad": 1}, zorder=4)
            axes.annotate(title, (start, y), xytext=(-6, 0), textcoords="offset points", ha="right", va="center_baseline", fontsize=8)
        draw_fsync(axes, row, first, y)
        y += 1.6
    axes.set_xscale("log")
    axes.set_xlim(start, 10 ** math.ceil(math.log10(max([*values, *fsyncs(groups)]) * 1.01)))
    axes.set_ylim(places - 0.4, -0.3)
    axes.set_yticks([])
    axes.xaxis.set_major_locator(LogLocator())
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: short_time(value / 1e9)))
    axes.tick_params(axis="x", length=3)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    return figure


def fsyncs(groups: list[tuple[Row, list]]) -> list[float]:
    return [row.details["fsync_of_a_segment_ns"] for row, _ in groups if row.details.get("fsync_of_a_segment_ns", 0) > 0]


def draw_fsync(axes: Axes, row: Row, first: float, last: float) -> None:
    for value in fsyncs([(row, [])]):
        axes.plot([value, value], [first - 0.45, last + 0.4], color=FAINT, linewidth=1, linestyle=(0, (3, 2)), zorder=2)
        axes.annotate(f"one fsync of a segment, {amount(value, 'ns')}", (value, first - 0.45), xytext=(0, 3), textcoords="offset points",
                      ha="center", va="bottom", fontsize=7.5, color=FAINT)


# ---- Curves


def growth(results: Results, curve: Curve) -> Figure:
    """Lines with their names at their ends."""
    figure = pyplot.figure(figsize=(WIDTH, 3.5))
    axes = figure.add_axes((0.085, 0.14, 0.745, 0.75))
    axes.set_title(curve.title, pad=8)
    styles = line_styles(curve)
    for series, style in zip(curve.series, styles):
        axes.plot(*zip(*series.points), **style)
    axes.set_xlabel(curve.x_label)
    axes.set_ylabel("" if is_time(curve.y_label) else curve.y_label)  # times have a unit at each tick
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.set_axisbelow(True)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0, labelcolor=FAINT)
    scale_axes(axes, curve)
    name_lines(axes, results, curve, styles)
    return figure


def line_styles(curve: Curve) -> list[dict]:
    styles, own, others = [], 0, 0
    for series in curve.series:
        if series.contestant == SEDIMENT:
            dashes = ("-", "--", ":")[own % 3]
            styles.append({"color": ACCENT, "linewidth": 2, "linestyle": dashes, "marker": "o", "markersize": 4, "zorder": 3})
            own += 1
        else:
            styles.append({"color": LINE_GREYS[others % 3], "linewidth": 1.5, "marker": MARKERS[others % 3], "markersize": 4})
            others += 1
    return styles


def scale_axes(axes: Axes, curve: Curve) -> None:
    """If all numbers on the x axis are powers of two, they are its ticks."""
    axes.set_xscale("log" if curve.x_log else "linear")
    axes.set_yscale("log" if curve.y_log else "linear")
    for axis, is_log, label in ((axes.xaxis, curve.x_log, curve.x_label), (axes.yaxis, curve.y_log, curve.y_label)):
        axis.set_major_locator(LogLocator() if is_log else MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
        axis.set_minor_locator(NullLocator())
        in_words = short_time if is_time(label) else short_number
        axis.set_major_formatter(FuncFormatter(lambda value, _, in_words=in_words: in_words(value)))
    if not curve.y_log:
        axes.set_ylim(bottom=0)
    xs = sorted({x for series in curve.series for x, _ in series.points})
    if curve.x_log and all(x >= 1 and math.log2(x).is_integer() for x in xs):
        axes.xaxis.set_major_locator(FixedLocator(xs))


def is_time(label: str) -> bool:
    return label in ("s", "seconds")


def name_lines(axes: Axes, results: Results, curve: Curve, styles: list[dict]) -> None:
    """At the right end of each line, moved apart where two would touch."""
    apart = 0.065
    ends = []
    for series, style in zip(curve.series, styles):
        x, y = series.points[-1]
        height = axes.transAxes.inverted().transform(axes.transData.transform((x, y)))[1]
        ends.append([height, series, style])
    ends.sort(key=lambda end: end[0])
    for lower, upper in zip(ends, ends[1:]):
        upper[0] = max(upper[0], lower[0] + apart)
    for height, series, style in ends:
        own = series.contestant == SEDIMENT
        text = ", ".join(part for part in (results.short_name(series.contestant), series.label) if part)
        axes.text(1.012, height, text, transform=axes.transAxes, va="center", color=style["color"],
                  fontweight="bold" if own else "normal")


def short_number(value: float) -> str:
    for least, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= least:
            return f"{value / least:g}{letter}"
    return f"{value:g}"


def short_time(seconds: float) -> str:
    for least, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= least * 0.999:
            return f"{seconds / least:.6g} {unit}"
    return f"{seconds * 1e9:.6g} ns" if seconds else "0"
