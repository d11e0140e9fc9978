"""Runs a suite with given libraries, and determines the result."""

import json
import os
import re
import shlex
import shutil
import signal
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from mutant import MutantError

SEED = 1
# Left out: where a kill -9 strikes is luck; filling a disk takes long; the others test nothing of the engine that no other test does.
FILTER = "-KillNine*:*FullDisks*:NaiveStore.*:Devices.*:Tiers.TheSame*:Tiers.TheReports*:Tiers.EveryCell*"
# Judge the search by the smallest script in which it finds a planted bug: a weaker simulator fails them, whatever the engine.
OF_THE_SEARCH = "Shrink.*"
# How much of each search a suite does (tests/support/search_budget.h): a bug that needs more is found only by the whole search.
SEARCH_PERCENT = 25
# Threads race in this one, under ThreadSanitizer: which test notices first, and how often a thread gets to run, is luck. It runs only
# for mutants that it must kill: it is slow, and what it notices of others says little.
THREADS = "concurrency"
# The commands as processes: runs for mutants of the commands, and for those of the engine that it must kill.
COMMANDS = "cli"
ONLY_WHERE_IT_MUST = (THREADS, COMMANDS)
MEMORY_KIB = 8 * 1024 * 1024  # stops a mutant that allocates without end; not for ThreadSanitizer, which reserves more than it uses
PATIENCE = 4  # how many times its limit of processor time a suite may take on a busy machine, or while it waits in vain


@dataclass
class Scenario:
    steps: str  # on one line
    step_count: int
    seed: int
    path: str  # where it was saved


@dataclass
class Verdict:
    """A suite's verdict on a mutant."""

    suite: str
    killed: bool
    seconds: float
    how: str = ""  # "timeout", "signal 11", or "coverage" if the tests only missed cases that they should have met; otherwise ""
    test: str = ""  # the one that killed it
    seed: int | None = None  # the scenario's, or rapidcheck's in the property suite
    scenario: Scenario | None = None
    command: str = ""  # to repeat it


@dataclass
class Runner:
    """Where the test programs are, and how long each may take: in seconds of processor time, whatever the load."""

    programs: Path
    time_limit: int
    running: set[subprocess.Popen] = field(default_factory=set)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopped: bool = False

    def run(self, suite: str, libraries: Path, leave_out: str = "") -> Verdict:
        """Runs a suite, without the tests that `leave_out` matches, with the libraries in this folder. Raises MutantError if no
        test ran."""
        failures = libraries / f"{suite}-failures"
        shutil.rmtree(failures, ignore_errors=True)
        failures.mkdir()
        environment = {"LD_LIBRARY_PATH": str(libraries), "RC_PARAMS": f"seed={SEED}", "SEDIMENT_FAILURE_DIR": str(failures),
                       "SEDIMENT_SEARCH_PERCENT": str(SEARCH_PERCENT)}
        if suite == THREADS:
            environment["TSAN_OPTIONS"] = "halt_on_error=1"
        program = self.programs / f"{suite}_tests"
        log = libraries / f"{suite}.log"
        started = time.monotonic()
        command = [str(program), "--gtest_fail_fast", f"--gtest_filter={FILTER}{leave_out}", "--gtest_color=no"]
        code = self.call(command, environment, log, "unlimited" if suite == THREADS else MEMORY_KIB)
        seconds = time.monotonic() - started
        verdict = judge(suite, code, log.read_text(encoding="utf-8", errors="replace"))
        verdict.seconds = seconds
        if verdict.killed:
            verdict.scenario = shortest_scenario(failures)
            verdict.seed = verdict.scenario.seed if verdict.scenario else SEED if suite == "property" else None
            verdict.command = command_text(environment, program, verdict.test)
        return verdict

    def call(self, command: list[str], environment: dict[str, str], log: Path, memory_kib: int | str) -> int | None:
        """The exit code, negative for a signal; None after a timeout."""
        limits = f"ulimit -c 0; ulimit -v {memory_kib}; ulimit -S -t {self.time_limit}"
        limited = ["/bin/sh", "-c", limits + '; exec "$@"', "limited", *command]
        inherited = {name: value for name, value in os.environ.items() if name != "SEDIMENT_COVERAGE_DIR"}
        with open(log, "wb") as output:
            with self.lock:
                if self.stopped:
                    raise KeyboardInterrupt
                process = subprocess.Popen(
                    limited, cwd=log.parent, env=inherited | environment, stdin=subprocess.DEVNULL, stdout=output,
                    stderr=subprocess.STDOUT, start_new_session=True,
                )
                self.running.add(process)
            try:
                code = process.wait(self.time_limit * PATIENCE)
                return None if code == -signal.SIGXCPU else code
            except subprocess.TimeoutExpired:
                return None
            finally:
                self.end(process)

    def end(self, process: subprocess.Popen) -> None:
        """Ends the program, and any process that its death tests have left."""
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        process.wait()
        with self.lock:
            self.running.discard(process)

    def stop(self) -> None:
        with self.lock:
            self.stopped = True
            running = list(self.running)
        for process in running:
            self.end(process)


def judge(suite: str, code: int | None, output: str) -> Verdict:
    """Derives the verdict from how the program ended and what it printed."""
    if code == 0:
        passed = re.search(r"^\[  PASSED  \] (\d+) tests?\.", output, re.MULTILINE)
        if not passed or passed[1] == "0":
            raise MutantError(f"the {suite} suite ended without running a test")
        return Verdict(suite, killed=False, seconds=0)
    begun = re.findall(r"^\[ RUN      \] (\S+)", output, re.MULTILINE)
    if not begun:
        raise MutantError(f"the {suite} suite did not start:\n{output.strip()[-2000:]}")
    if suite == THREADS and only_coverage(output):
        return Verdict(suite, killed=False, seconds=0)
    failed = re.findall(r"^\[  FAILED  \] (\S+?),? .*\(\d+ ms\)$", output, re.MULTILINE)
    how = "timeout" if code is None else f"signal {-code}" if code < 0 else "coverage" if only_coverage(output) else ""
    return Verdict(suite, killed=True, seconds=0, how=how, test=(failed or begun[-1:])[0])


def only_coverage(output: str) -> bool:
    """Whether every failure comes from a coverage counter (tests/support/coverage.h): nothing was wrong, but too little was seen."""
    failures = output.count(": Failure\n")
    return failures > 0 and failures == output.count("this property is invalid")


def command_text(environment: dict[str, str], program: Path, test: str) -> str:
    """A shell command, with paths relative to the current folder."""
    assignments = (
        f"{name}={shlex.quote(os.path.relpath(value) if os.path.isabs(value) else value)}" for name, value in environment.items()
    )
    return " ".join([*assignments, shlex.quote(os.path.relpath(program)), shlex.quote(f"--gtest_filter={test}")])


def shortest_scenario(folder: Path) -> Scenario | None:
    scenarios = []
    for path in sorted(folder.glob("*.json")):
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except ValueError:
            continue  # the suite died while writing this one
        steps = " · ".join(step_text(step) for step in document["steps"])
        scenarios.append(Scenario(steps, len(document["steps"]), document.get("seed", 0), str(path)))
    return min(scenarios, key=lambda scenario: (scenario.step_count, len(scenario.steps)), default=None)


def step_text(step: str | list) -> str:
    """A step of a scenario file (docs/scenarios.md) as text; long or unreadable words are shortened."""
    words = step.split(" ") if isinstance(step, str) else [word_text(word) for word in step]
    return " ".join(word if len(word) <= 40 else f"{word[:8]}…({len(word)})" for word in words)


def word_text(word: str | dict) -> str:
    if isinstance(word, dict):
        return "0x" + word["hex"]
    if not word.isprintable():
        return "0x" + word.encode().hex()
    return word if word and " " not in word else f'"{word}"'
