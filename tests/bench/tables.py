"""The verdicts as a table for the terminal, and as JSON."""

import textwrap

from results import Results, Row
from targets import Comparison, Judgement, Line, Verdict
from wording import amount, named, span

HEADINGS = ("", "Sediment", "min..max", "against", "median", "min..max", "ratio", "floor", "goal", "verdict")
LEFT = (0, 3, 9)  # the columns of words; numbers are aligned right


def terminal_report(results: Results, judgements: list[Judgement]) -> str:
    there = [judgement for judgement in judgements if judgement.verdict is not Verdict.ABSENT]
    parts = [heading(results), table(there), summary(judgements), absent_text(judgements)]
    parts += remarks(results)
    return "\n\n".join(part for part in parts if part)


def heading(results: Results) -> str:
    machine, settings = results.machine, results.settings
    lines = [f"store benchmark of {machine.get('date', 'an unknown day')}: {machine.get('cpu', 'unknown processor')}, "
             f"{machine.get('cores', '?')} cores, {settings.get('rounds', '?')} rounds"]
    lines.append("medians; k/s is a thousand operations per second; ~ marks a ratio too close to 1 to mean anything")
    if settings.get("quick"):
        lines.append("This was a quick run: it shows that everything works; its numbers are good for nothing else.")
    return "\n".join(lines)


def table(judgements: list[Judgement]) -> str:
    rows = [HEADINGS]
    for judgement in judgements:
        rows += cells_of(judgement)
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if column in LEFT else cell.rjust(width)
                 for column, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  ".join(cells).rstrip())
    return "\n".join(lines)


def cells_of(judgement: Judgement) -> list[tuple[str, ...]]:
    """A line for each check, the first with Sediment's own value and the verdict."""
    row = judgement.row
    own = (judgement.name, amount(row.median, row.unit), span(row.min, row.max, row.median, row.unit))
    rows = []
    for line in judgement.lines or [Line(None, None)]:
        rows.append((*(own if not rows else ("", "", "")), *line_cells(line), judgement.verdict_text() if not rows else ""))
    return rows


def line_cells(line: Line) -> tuple[str, ...]:
    """The opponent, its median and span, the measured ratio, floor and goal."""
    comparison, check = line.comparison, line.check
    limits = (line.limit_text(check.floor), line.limit_text(check.goal)) if check else ("", "")
    if comparison is None:
        return (line.lacks, "", "", "", *limits)
    other = comparison.opponent
    theirs = (amount(other.median, other.unit), span(other.min, other.max, other.median, other.unit)) if other else ("", "")
    return (comparison.against, *theirs, comparison.text(), *limits)


def summary(judgements: list[Judgement]) -> str:
    counts = {verdict: sum(judgement.verdict is verdict for judgement in judgements) for verdict in Verdict}
    parts = [f"{counts[verdict]} {verdict.value}" for verdict in Verdict if counts[verdict]]
    return f"{len(judgements)} workloads: " + ", ".join(parts)


def absent_text(judgements: list[Judgement]) -> str:
    """The workloads that there is nothing to say about."""
    absent = [judgement for judgement in judgements if judgement.verdict is Verdict.ABSENT]
    if not absent:
        return ""
    unexplained = [one.name for one in absent if not one.remark]
    lines = [f"  {one.name}: {one.remark}" for one in absent if one.remark]
    if unexplained:
        lines.append(textwrap.fill("; ".join(unexplained), 120, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False))
    return "\n".join(["not measured for Sediment, so neither reached nor missed:"] + lines)


def remarks(results: Results) -> list[str]:
    """What readers must know about the numbers, one paragraph for each kind."""
    paragraphs = []
    found = {"contestants that are absent": absent_entries(results), "skipped": skipped_entries(results), "notes": note_entries(results)}
    for title, entries in found.items():
        if entries:
            paragraphs.append("\n".join([f"{title}:"] + [f"  {entry}" for entry in entries]))
    return paragraphs


def absent_entries(results: Results) -> list[str]:
    return [f"{one.name}: {one.why_absent or 'no reason given'}" for one in results.contestants.values() if not one.present]


def skipped_entries(results: Results) -> list[str]:
    entries = []
    for one in results.skipped:
        name = results.short_name(one.contestant) if one.contestant in results.contestants else one.contestant
        entries.append(f"{name}, {named(one.workload, one.variant)}: {one.why}")
    return entries


def note_entries(results: Results) -> list[str]:
    return [f"{results.short_name(row.contestant)}, {named(row.workload, row.variant)}: {row.notes}" for row in results.rows if row.notes]


# ---- JSON


def verdict_document(results: Results, judgements: list[Judgement]) -> dict:
    return {"machine": results.machine, "settings": results.settings, "verdicts": [as_document(one) for one in judgements]}


def as_document(judgement: Judgement) -> dict:
    return {
        "workload": judgement.workload,
        "variant": judgement.variant,
        "verdict": judgement.verdict.value,
        "remark": judgement.remark,
        "sediment": row_document(judgement.row),
        "best_peer": comparison_document(judgement.best_peer),
        "checks": [check_document(line) for line in judgement.lines if line.check],
    }


def row_document(row: Row | None) -> dict | None:
    return row and {"contestant": row.contestant, "unit": row.unit, "median": row.median, "min": row.min, "max": row.max}


def comparison_document(comparison: Comparison | None) -> dict | None:
    if comparison is None:
        return None
    return {"against": comparison.against, "measured": comparison.measured, "unit": comparison.unit,
            "is_noise": comparison.is_noise, "opponent": row_document(comparison.opponent)}


def check_document(line: Line) -> dict:
    check = line.check
    judged = line.comparison is not None
    return {
        "comparison": comparison_document(line.comparison),
        "lacks": line.lacks,
        "sense": check.sense.name.lower(),
        "floor": check.floor,
        "goal": check.goal,
        "floor_holds": line.holds(check.floor) if judged and check.floor is not None else None,
        "goal_holds": line.holds(check.goal) if judged and check.goal is not None else None,
    }
