"""The results of a run: a matrix for the terminal, docs/kill-matrix.md, and JSON."""

from dataclasses import asdict, dataclass, field

from mutant import SUITES, Mutant
from suites import THREADS, Verdict

LONGEST_SCENARIO = 40  # steps, on the page

INTRODUCTION = """# The kill matrix

A mutant is the engine with one small bug. A suite that fails because of it kills it; a bug that no suite kills would be a gap in the
tests. A file in `tests/mutants/` says which lines of the engine are replaced, and by what. `./dev mutants` plants each mutant in turn,
runs the suites that must kill it, and writes this page: **✓** is a kill that must happen. With `--all-suites` it runs the others as
well: ✓ is a kill that also happens, and – means that the suite does not notice. Where a cell is empty, the suite did not run. (The
concurrency suite runs under ThreadSanitizer, and the cli suite runs the commands as processes: they run only for mutants that they
must kill.)

`./dev mutants NAME…` does the same for some of them, and prints how to repeat each kill; `./dev mutants --list` names them all.
"""

COMMAND_INTRODUCTION = """## Mutants of the commands

These are bugs in the tools and commands that work on a store from outside: `engine/tools/` and `engine/cli/`. Only the cli suite can
notice them, and it must.
"""

SIMULATOR_INTRODUCTION = """## Mutants of the simulator

These make the tests weaker. Some make the simulated disk kinder than a real one: with only the crash suite, an engine mutant that it
kills with the true simulator must then survive, which proves that the fault is needed. Others make a judge blind: the suites that test
the judges must notice.
"""


@dataclass
class Outcome:
    """The result for one mutant."""

    mutant: Mutant
    verdicts: dict[str, Verdict] = field(default_factory=dict)  # by suite; for a simulator mutant, by engine mutant
    errors: list[str] = field(default_factory=list)  # why this is not as expected
    seconds: float = 0

    def killers(self) -> list[str]:
        return [name for name, verdict in self.verdicts.items() if verdict.killed]

    def in_one_line(self) -> str:
        if self.errors:
            return self.errors[0].splitlines()[0].rstrip(":")
        if self.mutant.lets_survive:
            return "lets survive " + ", ".join(self.mutant.lets_survive)
        return "killed by " + ", ".join(self.killers())


# ---- for the terminal


def matrix_text(outcomes: list[Outcome]) -> str:
    judged_by_suites = [outcome for outcome in outcomes if not outcome.mutant.lets_survive]
    width = max((len(outcome.mutant.name) for outcome in judged_by_suites), default=0)
    lines = []
    if judged_by_suites:
        lines.append(f"{'seconds to the kill':{width}}" + "".join(f"{suite:>13}" for suite in SUITES))
    for outcome in judged_by_suites:
        cells = [cell_text(outcome, suite) for suite in SUITES]
        lines.append(f"{outcome.mutant.name:{width}}" + "".join(f"{cell:>13}" for cell in cells))
    return "\n".join(lines)


def cell_text(outcome: Outcome, suite: str) -> str:
    verdict = outcome.verdicts.get(suite)
    if verdict is None:
        return "error" if suite in outcome.mutant.killed_by else ""
    if not verdict.killed:
        return "SURVIVED" if suite in outcome.mutant.killed_by else "–"
    return f"{verdict.how} {verdict.seconds:.1f}".strip()


def details_text(outcome: Outcome) -> str:
    mutant = outcome.mutant
    lines = [f"{mutant.name}: {mutant.what}"]
    if mutant.real_bug != "none known":
        lines.append(f"  real bug: {mutant.real_bug}")
    for name, verdict in outcome.verdicts.items():
        if not verdict.killed:
            continue
        seed = "" if verdict.seed is None else f", seed {verdict.seed}"
        lines.append(f"  {name}: {verdict.test}{' (' + verdict.how + ')' if verdict.how else ''}{seed}")
        if verdict.scenario:
            lines.append(f"    it takes: {verdict.scenario.steps}")
        lines.append(f"    again: {verdict.command}")
    if mutant.lets_survive and not outcome.errors:
        lines.append(f"  with it the crash suite lets survive: {', '.join(mutant.lets_survive)}")
    lines += ["  error: " + error.replace("\n", "\n    ") for error in outcome.errors]
    return "\n".join(lines)


def as_document(outcome: Outcome) -> dict:
    mutant = outcome.mutant
    return {
        "name": mutant.name,
        "kind": mutant.kind,
        "what": mutant.what,
        "real_bug": mutant.real_bug,
        "killed_by": mutant.killed_by,
        "lets_survive": mutant.lets_survive,
        "seconds": outcome.seconds,
        "errors": outcome.errors,
        "verdicts": {name: asdict(verdict) for name, verdict in outcome.verdicts.items()},
    }


# ---- docs/kill-matrix.md: the same after every run, therefore without times and paths


def matrix_page(outcomes: list[Outcome]) -> str:
    engine = [outcome for outcome in outcomes if outcome.mutant.kind == "engine"]
    command = [outcome for outcome in outcomes if outcome.mutant.kind == "command"]
    simulator = [outcome for outcome in outcomes if outcome.mutant.kind == "simulator"]
    parts = [INTRODUCTION, "\n".join(table_lines(engine)) + "\n", "## What each is, and what kills it\n"]
    parts += [section(outcome) for outcome in engine]
    if command:
        parts += [COMMAND_INTRODUCTION] + [section(outcome) for outcome in command]
    if simulator:
        parts += [SIMULATOR_INTRODUCTION] + [simulator_section(outcome) for outcome in simulator]
    return "\n".join(parts)


def table_lines(engine: list[Outcome]) -> list[str]:
    lines = ["| mutant | " + " | ".join(SUITES) + " |", "|---|" + ":-:|" * len(SUITES)]
    for outcome in engine:
        cells = []
        for suite in SUITES:
            tick = "**✓**" if suite in outcome.mutant.killed_by else "✓"
            cells.append(tick if suite in outcome.killers() else "–" if suite in outcome.verdicts else "")
        lines.append(f"| [{outcome.mutant.name}](#{outcome.mutant.name}) | " + " | ".join(cells) + " |")
    totals = [str(sum(suite in outcome.killers() for outcome in engine)) for suite in SUITES]
    lines.append(f"| {len(engine)} mutants | " + " | ".join(totals) + " |")
    return lines


def section(outcome: Outcome) -> str:
    mutant = outcome.mutant
    lines = [f"### {mutant.name}\n", mutant.what + real_bug_text(mutant)]
    kills = []
    for suite in outcome.killers():
        verdict = outcome.verdicts[suite]
        how = f" ({verdict.how})" if verdict.how in ("timeout", "coverage") else ""  # which signal it is may be luck
        kills.append(suite if suite == THREADS else f"{suite} `{verdict.test}`{how}")
    lines.append("Killed by " + ", ".join(kills) + ".")
    # A script of the random tier is of no use to a reader.
    scenarios = [each.scenario for each in outcome.verdicts.values() if each.scenario and each.scenario.step_count <= LONGEST_SCENARIO]
    if scenarios:
        shortest = min(scenarios, key=lambda scenario: (scenario.step_count, len(scenario.steps)))
        lines.append(f"\nIt takes: `{shortest.steps.replace('`', chr(39))}`")
    return "\n".join(lines) + "\n"


def simulator_section(outcome: Outcome) -> str:
    mutant = outcome.mutant
    if mutant.killed_by:
        kills = ", ".join(f"{suite} `{outcome.verdicts[suite].test}`" for suite in outcome.killers())
        return f"### {mutant.name}\n\n{mutant.what}{real_bug_text(mutant)}\nKilled by {kills}.\n"
    survivors = ", ".join(f"[{name}](#{name})" for name in mutant.lets_survive)
    return f"### {mutant.name}\n\n{mutant.what}{real_bug_text(mutant)}\nIt lets survive: {survivors}.\n"


def real_bug_text(mutant: Mutant) -> str:
    return "" if mutant.real_bug == "none known" else f" It happened: {mutant.real_bug}."
