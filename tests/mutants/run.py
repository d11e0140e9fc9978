#!/usr/bin/env python3
"""Plants known bugs, one at a time, and checks that the tests notice.

Each *.mutant beside this file is one such bug, a "mutant" (mutant.py explains how to write one). A mutated library replaces the true
one, and the suites that the mutant's header names run with it: they must fail ("kill" it). With --all-suites the others run, too: a
suite that passes runs to its end, so that takes several times as long, and only shows which other suites notice a bug. (The suite with
threads, which runs under ThreadSanitizer, and that of the commands run only for mutants whose header names them.) A mutant of the
simulator that names no suites lets an engine mutant survive: the crash suite must pass with both, which proves that the simulator's
fault is needed.

`./dev mutants` builds what this needs and calls it. Exit code: 0 if everything is as expected; 1 if a mutant survived
a suite that must kill it, cannot be planted or does not build; 2 for wrong arguments.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.dont_write_bytecode = True  # leaves the source folder unchanged

from mutant import KINDS, SUITES, Mutant, MutantError, read_mutant, read_mutants
from planting import check, diff, relocate
from progress import Progress
from report import Outcome, as_document, details_text, matrix_page, matrix_text
from suites import OF_THE_SEARCH, ONLY_WHERE_IT_MUST, THREADS, Runner, Verdict
from workshop import UNMUTATED, Workshop

SOURCE = Path(__file__).resolve().parents[2]
PAGE = SOURCE / "docs" / "kill-matrix.md"

EXAMPLES = """examples:
  ./dev mutants                              all of them; writes docs/kill-matrix.md
  ./dev mutants drop-tombstone oldest-first  these two
  ./dev mutants --all-suites                 all of them, each with all suites; takes hours
  ./dev mutants --list                       what there is
  ./dev mutants --check                      check that each can still be planted; takes a second and builds nothing
  ./dev mutants --relocate                   update the mutants after code has moved to other files
  ./dev mutants --diff drop-tombstone        what it changes, as a patch for `git apply`
  ./dev mutants --part 1/4                   the second quarter of them
  ./dev mutants --jobs 1 --json out.json     one after the other, with all results as JSON
"""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev mutants", description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", metavar="NAME", nargs="*", help="run only these mutants")
    parser.add_argument("--jobs", type=positive, default=os.cpu_count() or 1, metavar="N",
                        help="how many mutants to run in parallel (default: one per core)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results as JSON")
    parser.add_argument("--part", type=part, metavar="I/N",
                        help="run only part I of N, counted from 0, each with mutants of all kinds")
    parser.add_argument("--all-suites", action="store_true",
                        help="run engine mutants with all suites, not only with those that must kill them")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--list", action="store_true", help="list the mutants and run nothing")
    instead.add_argument("--check", action="store_true",
                         help="only check that each old text occurs exactly once in its file")
    instead.add_argument("--compile", action="store_true",
                         help="only build each mutant, and run nothing: after code has moved, this finds what no longer compiles")
    instead.add_argument("--relocate", action="store_true",
                         help="if an old text has moved to another file, write that file's name into the mutant; then check")
    instead.add_argument("--diff", action="store_true", help="print what the mutants change, and run nothing")
    parser.add_argument("--time-limit", type=positive, default=120, metavar="SECONDS",
                        help="processor time allowed for one suite; if it takes longer, the mutant counts as killed (default: 120)")
    parser.add_argument("--build", type=Path, default=SOURCE / "build" / "mutants", metavar="FOLDER",
                        help="the build of the preset mutants (default: build/mutants); that of mutants-tsan is "
                        "beside it")
    return parser.parse_args()


def positive(text: str) -> int:
    if not text.isdigit() or int(text) == 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, not {text}")
    return int(text)


def part(text: str) -> tuple[int, int]:
    index, slash, count = text.partition("/")
    if not slash or not index.isdigit() or not count.isdigit() or int(index) >= int(count):
        raise argparse.ArgumentTypeError(f"expected I/N with I from 0 to N - 1, not {text}")
    return int(index), int(count)


def choose(mutants: list[Mutant], names: list[str]) -> list[Mutant]:
    known = {mutant.name for mutant in mutants}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"mutants: there is no {', '.join(unknown)}. The mutants are:", file=sys.stderr)
        print("\n".join(f"  {mutant.name}" for mutant in mutants), file=sys.stderr)
        raise SystemExit(2)
    return [mutant for mutant in mutants if not names or mutant.name in names]


class Build:
    """A build of the suites, and what is needed to run them with mutated libraries."""

    def __init__(self, folder: Path, suites: list[str], time_limit: int) -> None:
        self.workshop = Workshop(SOURCE, folder)
        self.runner = Runner(folder / "tests", time_limit)
        self.suites = suites

    def run_suites(self, suites: Iterable[str], progress: Progress, *mutants: Mutant) -> Iterator[Verdict]:
        """Runs those of the suites that this build has, one after the other."""
        own = [suite for suite in suites if suite in self.suites]
        name = mutants[0].name if mutants else UNMUTATED
        if own:
            progress.doing(name, "build")
            folder = self.workshop.build(*mutants)
        for suite in own:
            progress.doing(name, suite)
            weaker = any(mutant.lets_survive for mutant in mutants)
            yield self.runner.run(suite, folder, leave_out=":" + OF_THE_SEARCH if weaker else "")


class Trial:
    """Runs mutants through the suites. Its methods are called from several threads, for one mutant each."""

    def __init__(self, builds: list[Build], progress: Progress, all_suites: bool) -> None:
        self.builds = builds
        self.progress = progress
        self.all_suites = all_suites

    def run(self, suites: Iterable[str], *mutants: Mutant) -> Iterator[Verdict]:
        for build in self.builds:
            yield from build.run_suites(suites, self.progress, *mutants)

    def check_unmutated(self) -> None:
        """Runs the true engine and simulator in the same way: everything must pass."""
        for verdict in self.run(SUITES):
            suite = verdict.suite
            if verdict.killed:
                raise MutantError(f"the {suite} suite fails without any mutant, so its failures prove nothing: "
                                  f"{verdict.test} {verdict.how}\n  again: {verdict.command}")
        self.progress.done(UNMUTATED, "every suite passes")

    def judge(self, mutant: Mutant, engine_mutants: dict[str, Mutant]) -> Outcome:
        outcome = Outcome(mutant)
        started = time.monotonic()
        try:
            if mutant.killed_by:
                self.judge_by_kills(mutant, self.suites_for(mutant), outcome)
            else:
                self.judge_by_survivors(mutant, [engine_mutants[name] for name in mutant.lets_survive], outcome)
        except MutantError as error:
            outcome.errors.append(str(error))
        outcome.seconds = time.monotonic() - started
        self.progress.done(mutant.name, outcome.in_one_line())
        return outcome

    def suites_for(self, mutant: Mutant) -> list[str]:
        may_tell = self.all_suites and mutant.kind == "engine"
        return [suite for suite in SUITES if suite in mutant.killed_by or (may_tell and suite not in ONLY_WHERE_IT_MUST)]

    def judge_by_kills(self, mutant: Mutant, suites: Iterable[str], outcome: Outcome) -> None:
        outcome.verdicts = {verdict.suite: verdict for verdict in self.run(suites, mutant)}
        survived = [suite for suite in mutant.killed_by if not outcome.verdicts[suite].killed]
        if survived:
            outcome.errors.append(f"it survives {', '.join(survived)}, which must kill it")

    def judge_by_survivors(self, mutant: Mutant, survivors: list[Mutant], outcome: Outcome) -> None:
        for others in [[], *([survivor] for survivor in survivors)]:
            name = others[0].name if others else "the true engine"
            (verdict,) = self.run(["crash"], mutant, *others)
            outcome.verdicts[name] = verdict
            if verdict.killed:
                outcome.errors.append(f"with it the crash suite still fails with {name}: {verdict.test}")


def with_survivors(chosen: list[Mutant], engine_mutants: dict[str, Mutant]) -> list[Mutant]:
    """Adds the engine mutants that a chosen simulator mutant lets survive: the true simulator must kill them."""
    names = {name for mutant in chosen for name in mutant.lets_survive} - {mutant.name for mutant in chosen}
    return [engine_mutants[name] for name in sorted(names)] + chosen


def run(chosen: list[Mutant], engine_mutants: dict[str, Mutant], arguments: argparse.Namespace) -> list[Outcome]:
    progress = Progress(len(chosen) + 1)
    folder = arguments.build.resolve()
    builds = [
        Build(folder, [suite for suite in SUITES if suite != THREADS], arguments.time_limit),
        Build(folder.with_name(folder.name + "-tsan"), [THREADS], arguments.time_limit),
    ]
    trial = Trial(builds, progress, arguments.all_suites)
    try:
        trial.check_unmutated()
        with ThreadPoolExecutor(arguments.jobs) as pool:
            try:
                return list(pool.map(lambda mutant: trial.judge(mutant, engine_mutants), chosen))
            except KeyboardInterrupt:
                pool.shutdown(wait=False, cancel_futures=True)
                for build in builds:
                    build.runner.stop()
                raise
    finally:
        progress.end()


def compile_all(chosen: list[Mutant], arguments: argparse.Namespace) -> int:
    """Builds the library of each mutant. Returns the exit code."""
    progress = Progress(len(chosen))
    workshop = Workshop(SOURCE, arguments.build.resolve())

    def error_of(mutant: Mutant) -> str:
        progress.doing(mutant.name, "build")
        error = ""
        try:
            workshop.build(mutant)
        except MutantError as problem:
            error = str(problem)
        progress.done(mutant.name, error.splitlines()[0] if error else "it compiles")
        return error

    try:
        with ThreadPoolExecutor(arguments.jobs) as pool:
            outcomes = zip(chosen, pool.map(error_of, chosen))
            errors = [f"{mutant.name}: {error}" for mutant, error in outcomes if error]
    finally:
        progress.end()
    print("\n".join([*errors, f"mutants: {len(chosen) - len(errors)} of {len(chosen)} compile"]))
    return 1 if errors else 0


def show(outcomes: list[Outcome]) -> None:
    print(matrix_text(outcomes))
    for outcome in outcomes:
        print("\n" + details_text(outcome))
    wrong = [outcome for outcome in outcomes if outcome.errors]
    counts = {kind: sum(outcome.mutant.kind == kind for outcome in outcomes) for kind in KINDS}
    print(f"\nmutants: {len(outcomes) - len(wrong)} of {len(outcomes)} as expected ({counts['engine']} of the engine, "
          f"{counts['command']} of the commands, {counts['simulator']} of the simulator)")
    for outcome in wrong:
        print(f"  {outcome.mutant.name}: {outcome.in_one_line()}")


def show_check(mutants: list[Mutant]) -> int:
    errors = check(SOURCE, mutants)
    print("\n".join([*errors, f"mutants: {len(mutants) - len(errors)} of {len(mutants)} can be planted"]))
    return 1 if errors else 0


def main() -> int:
    arguments = parse_arguments()
    mutants = read_mutants(Path(__file__).parent)
    chosen = choose(mutants, arguments.names)
    if arguments.part:
        chosen = chosen[arguments.part[0] :: arguments.part[1]]
    if arguments.list:
        print("\n".join(f"{mutant.name}: {mutant.what}" for mutant in chosen))
        return 0
    if arguments.check:
        return show_check(chosen)
    if arguments.relocate:
        print("".join(move + "\n" for mutant in chosen for move in relocate(SOURCE, mutant)), end="")
        return show_check([read_mutant(mutant.path) for mutant in chosen])
    if arguments.diff:
        print("".join(diff(SOURCE, mutant) for mutant in chosen), end="")
        return 0
    if arguments.compile:
        return compile_all(chosen, arguments)
    engine_mutants = {mutant.name: mutant for mutant in mutants if mutant.kind == "engine"}
    started = time.monotonic()
    outcomes = run(with_survivors(chosen, engine_mutants), engine_mutants, arguments)
    show(outcomes)
    failed = any(outcome.errors for outcome in outcomes)
    if arguments.json:
        document = {"seconds": time.monotonic() - started, "mutants": [as_document(outcome) for outcome in outcomes]}
        arguments.json.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    if len(chosen) == len(mutants) and not failed:
        PAGE.write_text(matrix_page(outcomes), encoding="utf-8")
        print(f"mutants: wrote {PAGE.relative_to(SOURCE)}")
    return 1 if failed else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except MutantError as error:
        sys.exit(f"mutants: {error}")
    except KeyboardInterrupt:
        sys.exit("mutants: interrupted")
