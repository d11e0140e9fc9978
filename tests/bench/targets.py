"""The speed that Sediment must have (the floor) and the speed that it aims for (the goal), and how results are judged by them.

The targets are a table, TARGETS; a workload that is not in it is only reported. Ratios count only within one results file, for which
all contestants ran in turns on the same machine. A target that cannot be judged, because the contestant that it names was absent,
has not been reached.
"""

from dataclasses import dataclass
from enum import Enum

from results import SEDIMENT, Results, Row, best_of
from wording import amount, exact_amount, named, percent, times

NOISE = 1.15  # a ratio closer to 1 than this means nothing


class Sense(Enum):
    AT_LEAST = ""
    AT_MOST = "≤ "
    BELOW = "< "

    def holds(self, measured: float, limit: float) -> bool:
        if self is Sense.AT_LEAST:
            return measured >= limit
        return measured <= limit if self is Sense.AT_MOST else measured < limit


@dataclass(frozen=True)
class Comparison:
    """One measured number to compare with a limit."""

    against: str  # in words
    measured: float
    unit: str  # "×" for how many times, or the unit of the row
    opponent: Row | None = None  # whose median it was compared with
    is_noise: bool = False

    def text(self) -> str:
        return ("~" if self.is_noise else "") + (times(self.measured) if self.unit == "×" else amount(self.measured, self.unit))


# ---- What a measured value can be compared with: each finds a Comparison in the results, or says what is missing.


@dataclass(frozen=True)
class BestPeer:
    """How many times better than the best contestant that survives a kill and can update."""

    def compare(self, results: Results, row: Row) -> Comparison | str:
        peer = best_of(results.peers(row.workload, row.variant))
        return times_better(results, row, peer) if peer else "no eligible peer ran"


@dataclass(frozen=True)
class Peer:
    """How many times better than this one."""

    id: str

    def compare(self, results: Results, row: Row) -> Comparison | str:
        peer = results.row(row.workload, row.variant, self.id)
        name = results.short_name(self.id) if self.id in results.contestants else self.id
        return times_better(results, row, peer) if peer else f"{name} did not run"


@dataclass(frozen=True)
class OwnVariant:
    """How many times Sediment's own value of another variant, better or not."""

    variant: str

    def compare(self, results: Results, row: Row) -> Comparison | str:
        other = results.row(row.workload, self.variant, SEDIMENT)
        if other is None or not other.median:
            return f"there is no row for {self.variant}"
        return Comparison(self.variant, row.median / other.median, "×", other)


@dataclass(frozen=True)
class Itself:
    """The value itself."""

    def compare(self, results: Results, row: Row) -> Comparison | str:
        return Comparison("the limit", row.median, row.unit)


@dataclass(frozen=True)
class Detail:
    """A number from the row's details that is already a ratio."""

    name: str
    against: str

    def compare(self, results: Results, row: Row) -> Comparison | str:
        value = row.details.get(self.name)
        return f"the row has no {self.name}" if value is None else Comparison(self.against, value, "×")


@dataclass(frozen=True)
class DetailOverDetail:
    """One number from the row's details as a multiple of another."""

    name: str
    other: str
    against: str

    def compare(self, results: Results, row: Row) -> Comparison | str:
        value, other = row.details.get(self.name), row.details.get(self.other)
        if value is None or not other:
            return f"the row lacks {self.name} or {self.other}"
        return Comparison(self.against, value / other, "×")


def times_better(results: Results, row: Row, peer: Row) -> Comparison | str:
    name = results.short_name(peer.contestant)
    if not row.median or not peer.median:
        return f"the median of Sediment or of {name} is 0"
    ratio = peer.median / row.median if row.lower_is_better else row.median / peer.median
    return Comparison(name, ratio, "×", peer, is_noise=1 / NOISE < ratio < NOISE)


# ---- The targets


@dataclass(frozen=True)
class Check:
    of: BestPeer | Peer | OwnVariant | Itself | Detail | DetailOverDetail
    floor: float | None = None
    goal: float | None = None
    sense: Sense = Sense.AT_LEAST


@dataclass(frozen=True)
class Target:
    workload: str
    variants: tuple[str, ...]
    checks: tuple[Check, ...] = ()  # all of them must hold; without any, the workload is only reported


def at_most(floor: float, goal: float) -> Check:
    return Check(Itself(), floor, goal, Sense.AT_MOST)


ONE = ("",)
SIZES = ("1M", "5M")
FILL = (Check(BestPeer(), 1.4, 2), Check(Peer("leveldb"), 6), Check(Peer("rocksdb"), 12))
AFTER_A_KILL = at_most(0.400, 0.150)  # seconds

TARGETS = (
    Target("fill-seq", SIZES, FILL),
    Target("fill-random", SIZES, FILL),
    Target("overwrite", ONE, (Check(BestPeer(), 1.0, 1.5),)),
    Target("get-hit", ONE, (Check(BestPeer(), 1.1, 1.5),)),
    Target("get-miss", ONE, (Check(BestPeer(), 1.5, 3),)),
    Target("ycsb-a", ONE, (Check(BestPeer(), 1.3, 1.7),)),
    Target("ycsb-b", ONE, (Check(BestPeer(), 1.2, 1.5),)),
    Target("ycsb-c", ONE, (Check(BestPeer(), 1.1, 1.5),)),
    Target("multi-get", ("after merge",), (Check(BestPeer(), 4, 8),)),
    Target("multi-get", ("4 segments",), (Check(BestPeer(), 2.5, 4),)),
    Target("get-2-threads", ONE, (Check(Detail("speedup", "one reader"), 1.7, 1.95),)),
    Target("get-beside-writer", ("idle",)),
    Target("get-beside-writer", ("busy",)),
    Target("get-beside-writer", ("beside",), (Check(OwnVariant("idle"), 10, 3, Sense.BELOW),)),
    Target("put-latency", ONE,
           (Check(DetailOverDetail("max_ns", "fsync_of_a_segment_ns", "max to an fsync"), None, 1, Sense.BELOW),)),
    Target("durable-put", ("1 thread",), (Check(BestPeer(), 0.95, 1),)),
    Target("durable-put", ("16 threads",), (Check(OwnVariant("1 thread"), 4, 6),)),
    Target("durable-put", ("64 threads",), (Check(OwnVariant("1 thread"), 6, 12),)),
    Target("open-clean", SIZES, (at_most(0.030, 0.005),)),
    Target("open-after-kill", ("1M",), (AFTER_A_KILL,)),
    Target("open-after-kill", ("5M",),
           (AFTER_A_KILL, *(Check(Peer(id), 5) for id in ("kyoto", "tkrzw", "rocksdb", "leveldb")))),
    Target("index-memory", (*SIZES, "1M, 200-byte keys"), (at_most(12, 10),)),
    Target("disk", ("after merge",), (at_most(1.1, 1.05),)),
    Target("disk", ("largest between merges",), (at_most(2.5, 2),)),
    Target("merge-rate", ONE, (Check(Detail("ratio", "page-cache copy"), None, 0.5),)),
    Target("full-pass", ONE, (Check(BestPeer(), 0.6, 1),)),
    Target("range-100", ONE),
    Target("text-log", ("fill", "get"), (Check(Peer("text-log")),)),
)

# ---- Judging


class Verdict(Enum):
    GOAL = "goal"  # floor and goal hold
    FLOOR = "floor"  # the floor holds, the goal does not
    MISSED = "MISSED"  # the floor does not hold
    REPORTED = "reported"  # there is no floor, and the goal is missing or does not hold
    NOT_JUDGED = "not judged"  # what the floor needs was not measured
    ABSENT = "absent"  # Sediment has no row for it in this file


@dataclass(frozen=True)
class Line:
    """One check and its result; without a check, the best peer for comparison."""

    check: Check | None
    comparison: Comparison | None
    lacks: str = ""  # why there is no comparison

    def holds(self, limit: float) -> bool:
        return self.comparison is not None and self.check.sense.holds(self.comparison.measured, limit)

    def limit_text(self, limit: float | None) -> str:
        if limit is None or self.check is None:
            return ""
        return self.check.sense.value + self.bare_limit(limit)

    def bare_limit(self, limit: float) -> str:
        return exact_amount(limit, self.comparison.unit if self.comparison else "×")

    def shortfall(self, limit: float) -> float:
        return abs(limit - self.comparison.measured) / limit

    def shortfall_text(self, limit: float) -> str:
        direction = "short of" if self.check.sense is Sense.AT_LEAST else "over"
        whom = f" {self.comparison.against}" if isinstance(self.check.of, Peer) else ""
        return f"{percent(self.shortfall(limit))} {direction} {self.bare_limit(limit)}{whom}"


@dataclass(frozen=True)
class Judgement:
    workload: str
    variant: str
    row: Row | None  # Sediment's
    best_peer: Comparison | None
    lines: list[Line]
    verdict: Verdict
    remark: str = ""  # how much is missing, or why there is no verdict

    @property
    def name(self) -> str:
        return named(self.workload, self.variant)

    def verdict_text(self) -> str:
        return self.verdict.value + (f", {self.remark}" if self.remark else "")


def judge(results: Results) -> list[Judgement]:
    """A judgement for every target, in table order, then Sediment's rows without a target."""
    judgements = [judge_one(results, target, variant) for target in TARGETS for variant in target.variants]
    judged = {(judgement.workload, judgement.variant) for judgement in judgements}
    for row in results.rows:
        if row.contestant == SEDIMENT and (row.workload, row.variant) not in judged:
            judgements.append(judge_one(results, Target(row.workload, (row.variant,)), row.variant))
    return judgements


def judge_one(results: Results, target: Target, variant: str) -> Judgement:
    row = results.row(target.workload, variant, SEDIMENT)
    if row is None:
        return Judgement(target.workload, variant, None, None, [], Verdict.ABSENT, why_absent(results, target.workload, variant))
    best = BestPeer().compare(results, row)
    best_peer = best if isinstance(best, Comparison) else None
    lines = [line_of(results, row, check) for check in target.checks]
    verdict, remark = verdict_of(lines)
    if best_peer and not any(isinstance(check.of, BestPeer) for check in target.checks):
        lines.insert(0, Line(None, best_peer))
    return Judgement(target.workload, variant, row, best_peer, lines, verdict, remark)


def line_of(results: Results, row: Row, check: Check) -> Line:
    found = check.of.compare(results, row)
    return Line(check, found) if isinstance(found, Comparison) else Line(check, None, found)


def verdict_of(lines: list[Line]) -> tuple[Verdict, str]:
    floors = [(line, line.check.floor) for line in lines if line.check.floor is not None]
    goals = [(line, line.check.goal) for line in lines if line.check.goal is not None]
    missed = worst_miss(floors)
    if missed:
        return Verdict.MISSED, missed
    lacking = lacking_text(floors)
    if lacking:
        return Verdict.NOT_JUDGED, lacking
    if goals and all(line.holds(goal) for line, goal in goals):
        return Verdict.GOAL, ""
    remark = worst_miss(goals) or lacking_text(goals)
    return (Verdict.FLOOR if floors else Verdict.REPORTED), remark


def worst_miss(limits: list[tuple[Line, float]]) -> str:
    missed = [(line, limit) for line, limit in limits if line.comparison and not line.holds(limit)]
    if not missed:
        return ""
    line, limit = max(missed, key=lambda each: each[0].shortfall(each[1]))
    return line.shortfall_text(limit)


def lacking_text(limits: list[tuple[Line, float]]) -> str:
    return "; ".join(line.lacks for line, _ in limits if line.comparison is None)


def why_absent(results: Results, workload: str, variant: str) -> str:
    """What the file says about it; mostly nothing, because it was not requested."""
    for skipped in results.skipped:
        if (skipped.workload, skipped.variant, skipped.contestant) == (workload, variant, SEDIMENT):
            return skipped.why
    return ""
