"""The table of a class: made of results, saved as CSV, summed up as a histogram, and compared with an older one."""

import csv
import io
import pathlib
from dataclasses import dataclass

FIRST = ["student", "points", "of", "state", "first_open"]
LAST = ["late_days", "final", "seed", "release", "notes"]


class BadTable(Exception):
    """A table that cannot be read; the text says where."""


@dataclass
class Adjustment:
    what: str  # a check, "total" or "late"
    value: float
    reason: str


def read_adjustments(path: pathlib.Path) -> dict[str, list[Adjustment]]:
    """A CSV file with the columns student, what, value, reason. `what`: a check, `total`, or `late` with days."""
    adjustments: dict[str, list[Adjustment]] = {}
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        missing = {"student", "what", "value", "reason"}.difference(rows.fieldnames or [])
        if missing:
            raise BadTable(f"{path} has no column {', '.join(sorted(missing))}")
        for number, row in enumerate(rows, start=2):
            try:
                value = float(row["value"])
            except (TypeError, ValueError) as error:
                raise BadTable(f"{path}:{number}: the value {row['value']!r} is not a number") from error
            adjustments.setdefault(row["student"], []).append(Adjustment(row["what"], value, row["reason"] or ""))
    return adjustments


def state_of(result: dict) -> str:
    if not result.get("complete"):
        return "not graded"
    if result.get("problem"):
        outcomes = {check["outcome"] for check in result["checks"]}
        return "not implemented" if outcomes == {"not-implemented"} else "cannot be graded"
    if all(check["outcome"] == "passed" for check in result["checks"]):
        return "passed"
    return "not implemented" if not any(check["outcome"] in ("passed", "failed") for check in result["checks"]) else "failing"


def row_of(student: str, result: dict, notes: list[str], adjustments: list[Adjustment], late_percent: float) -> dict:
    """One line of the table."""
    checks = {check["id"]: check["score"] for check in result["checks"]}
    notes = list(notes)
    first_open = next((check["id"] for check in result["checks"] if check["outcome"] != "passed"), "")
    reason = next((check["reason"] for check in result["checks"] if check["outcome"] == "failed"), "")
    if result.get("problem"):
        notes.append(result["problem"])
    elif reason:
        notes.append(f"{first_open}: {reason}")
    late_days = 0.0
    total = None
    for adjustment in adjustments:
        if adjustment.what == "late":
            late_days = adjustment.value
        elif adjustment.what == "total":
            total = adjustment.value
        elif adjustment.what in checks:
            checks[adjustment.what] = adjustment.value
        else:
            raise BadTable(f"an adjustment of {student} names {adjustment.what}, which is no check of this lab")
        notes.append(f"{adjustment.what} = {adjustment.value:g}: {adjustment.reason}")
    points = sum(checks.values()) if total is None else total
    final = max(0.0, points * (1 - late_percent / 100 * late_days))
    return {
        "student": student,
        "points": f"{points:g}",
        "of": str(sum(check["points"] for check in result["checks"])),
        "state": state_of(result),
        "first_open": first_open,
        **{name: f"{score:g}" for name, score in checks.items()},
        "late_days": f"{late_days:g}",
        "final": f"{final:.1f}",
        "seed": str(result.get("seed", "")),
        "release": result.get("release", ""),
        "notes": " · ".join(notes),
    }


def harmless(text: str) -> str:
    """A field that a spreadsheet does not take for a formula, in one line and without control characters."""
    text = "".join(c if c.isprintable() else " " for c in text)
    return "'" + text if text[:1] in ("=", "+", "-", "@") else text


def table(rows: list[dict], checks: list[str]) -> str:
    """The CSV file. `checks`: the columns of the lab."""
    out = io.StringIO()
    writer = csv.DictWriter(out, [*FIRST, *checks, *LAST], lineterminator="\n", restval="")
    writer.writeheader()
    for row in rows:
        writer.writerow({name: harmless(value) for name, value in row.items()})
    return out.getvalue()


def read_table(path: pathlib.Path) -> list[dict]:
    with path.open(newline="", encoding="utf-8") as file:
        rows = csv.DictReader(file)
        missing = set(FIRST + LAST).difference(rows.fieldnames or [])
        if missing:
            raise BadTable(f"{path} is not a table of ./dev lab N grade-all: it has no column {', '.join(sorted(missing))}")
        return list(rows)


def checks_of(rows: list[dict]) -> list[str]:
    return [name for name in (rows[0] if rows else {}) if name not in FIRST + LAST]


def histogram(rows: list[dict]) -> str:
    """How many students pass each check, and how the points are spread."""
    if not rows:
        return "the table is empty\n"
    lines = [f"{len(rows)} students"]
    width = 40
    for check in checks_of(rows):
        passed = sum(float(row[check] or 0) > 0 for row in rows)
        stopped = sum(row["first_open"] == check for row in rows)
        bar = "█" * round(width * passed / len(rows))
        lines.append(f"{check:>7} {bar:<{width}} {passed:>3} pass, {len(rows) - passed:>3} fail" + (f", {stopped} stop here" if stopped else ""))
    lines.append("")
    most = max(float(row["of"]) for row in rows) or 1.0
    for tenth in range(10):
        inside = [row for row in rows if min(9, int(float(row["final"]) / most * 10)) == tenth]
        low, high = tenth * 10, tenth * 10 + 10
        lines.append(f"{low:>3}–{high:>3} % {'█' * round(width * len(inside) / len(rows)):<{width}} {len(inside)}")
    finals = sorted(float(row["final"]) for row in rows)
    middle = (finals[(len(finals) - 1) // 2] + finals[len(finals) // 2]) / 2
    lines.append(f"median {middle:g} of {most:g}")
    return "\n".join(lines) + "\n"


def compare(old: list[dict], new: list[dict]) -> str:
    """Whose marks differ, check by check."""
    before = {row["student"]: row for row in old}
    after = {row["student"]: row for row in new}
    lines = []
    for student in sorted(before.keys() | after.keys()):
        if student not in before or student not in after:
            lines.append(f"{student}: only in the {'new' if student in after else 'old'} table")
            continue
        changes = [
            f"{name} {before[student].get(name) or '0'} → {after[student].get(name) or '0'}"
            for name in dict.fromkeys([*checks_of(old), *checks_of(new)])
            if (before[student].get(name) or "0") != (after[student].get(name) or "0")
        ]
        if before[student]["final"] != after[student]["final"] or changes:
            lines.append(f"{student}: {before[student]['final']} → {after[student]['final']}" + (f" ({', '.join(changes)})" if changes else ""))
    return "\n".join(lines or ["no mark differs"]) + "\n"
