"""The results file of the store's benchmark, build/bench/store.json, as the report sees it. Anything wrong with it is a ResultsError."""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

VERSION = 1
SEDIMENT = "sediment"
NEVER_ELIGIBLE = ("unordered-map", "text-log")  # one keeps nothing, the other is a log without an index
SHORT_NAMES = {
    SEDIMENT: "Sediment",
    "text-log": "text log",
    "unordered-map": "unordered_map",
    "leveldb": "LevelDB",
    "rocksdb": "RocksDB",
    "lmdb": "LMDB",
    "sqlite": "SQLite",
    "tkrzw": "Tkrzw",
    "kyoto": "Kyoto",
}


class ResultsError(Exception):
    """The file is missing, is not JSON, or lacks something that it must hold."""


@dataclass(frozen=True)
class Contestant:
    id: str
    name: str
    version: str
    options: str
    survives_kill: bool  # pairs that were put are there after a kill
    can_update: bool
    present: bool  # it was found when the benchmark was built
    why_absent: str

    @property
    def is_eligible_peer(self) -> bool:
        """It does what Sediment does, so being faster than it means something."""
        return self.present and self.survives_kill and self.can_update and self.id not in (SEDIMENT, *NEVER_ELIGIBLE)

    @property
    def short_name(self) -> str:
        return SHORT_NAMES.get(self.id, self.name)


@dataclass(frozen=True)
class Row:
    """What one contestant reached in one workload: median, minimum and maximum of the rounds."""

    workload: str
    variant: str
    contestant: str
    unit: str  # ops/s, s, ns, bytes/key, bytes/s or ratio
    lower_is_better: bool
    median: float
    min: float
    max: float
    durability: str
    notes: str
    details: dict[str, float]


@dataclass(frozen=True)
class Series:
    contestant: str
    label: str
    points: list[tuple[float, float]]


@dataclass(frozen=True)
class Curve:
    id: str
    title: str
    x_label: str
    y_label: str
    x_log: bool
    y_log: bool
    series: list[Series]


@dataclass(frozen=True)
class Skipped:
    workload: str
    variant: str
    contestant: str
    why: str


@dataclass
class Results:
    machine: dict
    settings: dict
    contestants: dict[str, Contestant]  # in the order of the file
    rows: list[Row]
    curves: list[Curve] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    def row(self, workload: str, variant: str, contestant: str) -> Row | None:
        """For a contestant with only one form of a workload, that form (variant ""), whatever Sediment's variant."""
        for wanted in (variant, "") if contestant != SEDIMENT else (variant,):
            for row in self.rows:
                if (row.workload, row.variant, row.contestant) == (workload, wanted, contestant):
                    return row
        return None

    def peers(self, workload: str, variant: str) -> list[Row]:
        """The rows of the eligible peers."""
        eligible = [contestant.id for contestant in self.contestants.values() if contestant.is_eligible_peer]
        rows = [self.row(workload, variant, contestant) for contestant in eligible]
        return [row for row in rows if row is not None]

    def short_name(self, contestant: str) -> str:
        return self.contestants[contestant].short_name


def best_of(rows: list[Row]) -> Row | None:
    return min(rows, key=lambda row: row.median if row.lower_is_better else -row.median, default=None)


# ---- Reading


def read_results(path: Path) -> Results:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ResultsError(f"{path} cannot be read: {error}") from error
    try:
        return results_of(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        what = f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)
        raise ResultsError(f"{path} is not a results file of the store's benchmark: {what}") from error


def results_of(document: dict) -> Results:
    if document["version"] != VERSION:
        raise ValueError(f"it has version {document['version']}, but this report reads version {VERSION}")
    contestants = {entry["id"]: contestant_of(entry) for entry in document["contestants"]}
    rows = [row_of(entry) for entry in document["rows"]]
    curves = [curve_of(entry) for entry in document.get("curves", [])]
    named = [row.contestant for row in rows] + [series.contestant for curve in curves for series in curve.series]
    for contestant in named:
        if contestant not in contestants:
            raise ValueError(f"a row or curve belongs to {contestant}, which is not among the contestants")
    skipped = [Skipped(entry["workload"], entry.get("variant", ""), entry.get("contestant", SEDIMENT), entry["why"])
               for entry in document.get("skipped", [])]
    return Results(document["machine"], document["settings"], contestants, rows, curves, skipped)


def contestant_of(entry: dict) -> Contestant:
    return Contestant(
        id=entry["id"],
        name=entry["name"],
        version=entry.get("version", ""),
        options=entry.get("options", ""),
        survives_kill=entry["survives_kill"],
        can_update=entry["can_update"],
        present=entry["present"],
        why_absent=entry.get("why_absent", ""),
    )


def row_of(entry: dict) -> Row:
    return Row(
        workload=entry["workload"],
        variant=entry["variant"],
        contestant=entry["contestant"],
        unit=entry["unit"],
        lower_is_better=entry["lower_is_better"],
        median=float(entry["median"]),
        min=float(entry["min"]),
        max=float(entry["max"]),
        durability=entry.get("durability", ""),
        notes=entry.get("notes", ""),
        details=entry.get("details", {}),
    )


def curve_of(entry: dict) -> Curve:
    if not re.fullmatch(r"[a-z0-9-]+", entry["id"]):  # it becomes the name of a file
        raise ValueError(f"a curve has the id {entry['id']!r}")
    series = [Series(one["contestant"], one.get("label", ""), [(float(x), float(y)) for x, y in one["points"]])
              for one in entry["series"] if one["points"]]
    return Curve(entry["id"], entry["title"], entry["x_label"], entry["y_label"], entry["x_log"], entry["y_log"], series)
