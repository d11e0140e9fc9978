"""The results as a part of docs/performance.md: the text between two marker lines."""

import os
from collections.abc import Callable
from pathlib import Path

from results import SEDIMENT, Results, ResultsError, Row, best_of
from tables import absent_entries, line_cells, note_entries, skipped_entries
from targets import Judgement, Line, Verdict
from wording import amount, named, rounded

BEGIN = "<!-- results: begin -->"
END = "<!-- results: end -->"
LATENCIES = (("p50_ns", "median"), ("p99_ns", "p99"), ("p999_ns", "p99.9"), ("max_ns", "max"))
COUNTS = ("rolls", "stalls")
LONGEST = (("longest_roll_ns", "longest roll"), ("longest_stall_ns", "longest stall"))


def update_page(page: Path, fragment: str) -> None:
    """Puts the fragment between the markers and leaves the rest of the page alone."""
    try:
        text = page.read_text(encoding="utf-8")
    except OSError as error:
        raise ResultsError(f"{page} cannot be read: {error}") from error
    lines = text.splitlines()
    if lines.count(BEGIN) != 1 or lines.count(END) != 1 or lines.index(BEGIN) > lines.index(END):
        raise ResultsError(f"{page} must have the line {BEGIN} once, and the line {END} once after it; nothing was written")
    lines[lines.index(BEGIN) + 1 : lines.index(END)] = ["", *fragment.strip().splitlines(), ""]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")


def fragment_of(results: Results, judgements: list[Judgement], plots: list[tuple[Path, str]], page: Path) -> str:
    """Plots are files with captions; their paths become relative to the page."""
    images = {path.stem: f"![{title}]({Path(os.path.relpath(path, page.parent)).as_posix()})" for path, title in plots}
    curves = [image for name, image in images.items() if name not in ("throughput", "durable", "latency")]
    sections = [
        machine_text(results),
        section("Operations a second", speed_table(results), *(images.get(name, "") for name in ("throughput", "durable"))),
        section("Floors and goals", verdict_table(judgements)),
        section("Times to open", time_table(results)),
        section("Latencies", latency_table(results), images.get("latency", "")),
        section("Growth", [], *curves),
        section("What each contestant promises", durability_table(results)),
        section("Who is missing where", missing_list(results)),
    ]
    return "\n\n".join(part for part in sections if part)


def section(title: str, lines: list[str], *images: str) -> str:
    parts = [part for part in ("\n".join(lines), *images) if part]
    return "\n\n".join([f"### {title}", *parts]) if parts else ""


def machine_text(results: Results) -> str:
    machine, settings = results.machine, results.settings
    memory = machine.get("memory_bytes")
    parts = [
        str(machine.get("cpu", "unknown processor")),
        f"{machine.get('cores', '?')} cores",
        f"{rounded(memory / 2**30)} GiB of memory" if memory else "",
        str(machine.get("file_system", "")),
        str(machine.get("kernel", "")),
        str(machine.get("compiler", "")),
    ]
    commit = f" at commit `{machine['commit']}`" if machine.get("commit") else ""
    text = (f"Measured on {machine.get('date', 'an unknown day')}{commit}: {', '.join(part for part in parts if part)}. Medians of "
            f"{settings.get('rounds', '?')} rounds, keys of {settings.get('key_bytes', '?')} bytes, values of "
            f"{settings.get('value_bytes', '?')} bytes.")
    if settings.get("quick"):
        text += " **This was a quick run: it shows that everything works; its numbers are good for nothing else.**"
    return text


# ---- Tables


def table_lines(headings: list[str], rows: list[list[str]], words: tuple[int, ...] = (0,)) -> list[str]:
    """Columns hold words or numbers; numbers are aligned right."""
    rule = "|" + "".join("---|" if column in words else "--:|" for column in range(len(headings)))
    return [table_row(headings), rule, *map(table_row, rows)] if rows else []


def table_row(cells: list[str]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def speed_table(results: Results) -> list[str]:
    lines = contestant_table(results, "thousand operations a second", ("ops/s",), lambda row: rounded(row.median / 1000))
    return lines and [*lines, "", "**Bold** is the best of those that lose nothing to a killed process."]


def time_table(results: Results) -> list[str]:
    return contestant_table(results, "", ("s",), lambda row: amount(row.median, row.unit))


def contestant_table(results: Results, corner: str, units: tuple[str, ...], cell: Callable[[Row], str]) -> list[str]:
    """A line for each workload and variant, a column for each contestant that ran in any of them."""
    rows = [row for row in results.rows if row.unit in units]
    ran = {row.contestant for row in rows}
    columns = sorted((id for id in results.contestants if id in ran), key=lambda id: id != SEDIMENT)
    lines = []
    for workload, variant in line_order(rows):
        here = {id: results.row(workload, variant, id) for id in columns}
        best = best_of([row for id, row in here.items() if row and results.contestants[id].survives_kill])
        cells = ["" if row is None else f"**{cell(row)}**" if row is best else cell(row) for row in here.values()]
        lines.append([named(workload, variant), *cells])
    return table_lines([corner, *(results.short_name(id) for id in columns)], lines)


def line_order(rows: list[Row]) -> list[tuple[str, str]]:
    """Workloads and their variants in order. Where Sediment has several forms and a peer has one, the peer's is shown in Sediment's lines."""
    variants: dict[str, dict[str, None]] = {}
    for row in rows:
        variants.setdefault(row.workload, {})[row.variant] = None
    in_lines = {row.workload for row in rows if row.contestant == SEDIMENT and row.variant}
    return [(workload, variant) for workload, names in variants.items() for variant in names if variant or workload not in in_lines]


def verdict_table(judgements: list[Judgement]) -> list[str]:
    """A line for each check; the first of a workload has Sediment's own value and the verdict."""
    rows = []
    for judgement in judgements:
        if judgement.row is None:
            rows.append([judgement.name, judgement.verdict_text(), "", "", "", "", "", ""])
            continue
        own = [judgement.name, judgement.verdict_text(), amount(judgement.row.median, judgement.row.unit)]
        for line in judgement.lines or [Line(None, None)]:
            against, median, _, ratio, floor, goal = line_cells(line)
            rows.append([*own, against, median, ratio, floor, goal])
            own = ["", "", ""]
    lines = table_lines(["workload", "verdict", "Sediment", "against", "median", "ratio", "floor", "goal"], rows, words=(0, 1, 3))
    counted = [(verdict, sum(one.verdict is verdict for one in judgements)) for verdict in Verdict]
    counts = ", ".join(f"{count} × {verdict.value}" for verdict, count in counted if count)
    return [*lines, "", f"{counts}. A ratio with ~ is too close to 1 to mean anything."]


def latency_table(results: Results) -> list[str]:
    """The workloads at a fixed rate, with how often and how long writers had to wait."""
    rows = [row for row in results.rows if row.unit == "ns"]
    counts = [name for name in COUNTS if any(name in row.details for row in rows)]
    longest = [(name, title) for name, title in LONGEST if any(name in row.details for row in rows)]
    lines = []
    for row in rows:
        cells = [nanoseconds(row, name) for name, _ in LATENCIES]
        cells += [f"{row.details[name]:,.0f}" if name in row.details else "" for name in counts]
        cells += [nanoseconds(row, name) for name, _ in longest]
        lines.append([named(row.workload, row.variant), *cells])
    return table_lines(["", *(title for _, title in LATENCIES), *counts, *(title for _, title in longest)], lines)


def nanoseconds(row: Row, name: str) -> str:
    return amount(row.details[name], "ns") if name in row.details else ""


# ---- The basis of the numbers


def durability_table(results: Results) -> list[str]:
    rows = []
    for contestant in results.contestants.values():
        if contestant.present:
            name = f"{contestant.name} {contestant.version}".strip()
            rows.append([name, contestant.options, durability_text(results, contestant.id)])
    return table_lines(["contestant", "options", "what it promises while it is measured"], rows, words=(0, 1, 2))


def durability_text(results: Results, contestant: str) -> str:
    """The promise that applies to most workloads comes last; the others name their workloads."""
    workloads: dict[str, list[str]] = {}
    for row in results.rows:
        if row.contestant == contestant and row.durability:
            named = workloads.setdefault(row.durability, [])
            if row.workload not in named:
                named.append(row.workload)
    promises = sorted(workloads, key=lambda promise: len(workloads[promise]))
    parts = [f"{', '.join(workloads[promise])}: {promise}" for promise in promises[:-1]]
    parts += [f"otherwise: {promise}" if parts else promise for promise in promises[-1:]]
    return "; ".join(parts)


def missing_list(results: Results) -> list[str]:
    entries = [f"- absent: {entry}" for entry in absent_entries(results)]
    entries += [f"- skipped: {entry}" for entry in skipped_entries(results)]
    return entries + [f"- {entry}" for entry in note_entries(results)]
