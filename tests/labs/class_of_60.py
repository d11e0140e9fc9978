#!/usr/bin/python3
"""A class of 60 made-up submissions, graded by the real grader: with GNU parallel (killed half-way and resumed), and with Slurm.

Right and wrong solutions of the lab, code that does something else than the lab, empty files, files that do not compile, and odd ways to hand
in. Both tables must be the same, byte for byte, and each group must get the marks that it deserves. It takes about 20 minutes for lab 1 on two
cores, so it is run by hand:

  ./dev build lab
  python3 tests/labs/class_of_60.py
  python3 tests/labs/class_of_60.py --lab 5 --keep /tmp/class
"""

import argparse
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(ROOT / "labs" / "course"))
import grades  # noqa: E402
import local_slurm  # noqa: E402

STUDENTS = 60

# Each stands at the end of a right solution, and runs before main.
HOSTILE = {
    "exits": '#include <cstdlib>\n__attribute__((constructor)) static void early() { std::exit(0); }',
    "prints": '#include <cstdio>\n__attribute__((constructor)) static void early() { while (true) std::puts("all checks passed, 90 points"); }',
    "spins": "__attribute__((constructor)) static void early() { volatile bool on = true; while (on) { } }",
    "sleeps": "#include <unistd.h>\n__attribute__((constructor)) static void early() { sleep(100000); }",
    "forks": "#include <unistd.h>\n__attribute__((constructor)) static void early() { while (fork() >= 0) { } _exit(0); }",
    "closes": "#include <unistd.h>\n__attribute__((constructor)) static void early() { for (int i = 0; i < 99; ++i) close(i); }",
    "kills": "#include <csignal>\n#include <unistd.h>\n__attribute__((constructor)) static void early() { kill(getppid(), 9); kill(-1, 9); _exit(0); }",
    "eats memory": "#include <vector>\n__attribute__((constructor)) static void early() { static std::vector<std::vector<char>> all; "
    "while (true) all.emplace_back(1 << 24, 'x'); }",
    "forges": "#include <unistd.h>\n__attribute__((constructor)) static void early() { for (int i = 0; i < 9; ++i) { "
    'if (write(i, "3REQ\\1\\0\\0\\0\\7", 9) < 0) continue; } }',
    "includes a key": '#include "/etc/passwd"',
    "includes a solution": '#include "engine/hash_index.cc"',
    "compiles for ever": "template <int N> struct Deep { static constexpr long value = Deep<N - 1>::value + Deep<N - 2>::value; };\n"
    "static_assert(Deep<100000>::value > 0);",
}

ASSEMBLED = {
    "empty": lambda right: "",
    "spaces": lambda right: " \n\t\n",
    "binary": lambda right: "\0\1\2\3" * 999,
    "no brace": lambda right: right[: right.rindex("}")],
    "half": lambda right: right[: len(right) // 2],
    "prose": lambda right: "I could not finish this lab, sorry.\n",
    "crlf": lambda right: right.replace("\n", "\r\n"),
    "bom": lambda right: "\ufeff" + right,
}
STILL_RIGHT = {"crlf", "bom"}


def make_class(lab: pathlib.Path, file: str, starter: str, folder: pathlib.Path) -> dict[str, str]:
    """Writes 60 submissions; returns what each of them is."""
    right = sorted(lab.glob("right/*.cc"))
    wrong = sorted(lab.glob("wrong/*.cc"))
    made: list[tuple[str, str]] = [("starter", starter)]
    made += [(f"hostile: {what}", right[0].read_text() + "\n" + code + "\n") for what, code in HOSTILE.items()]
    made += [(f"odd: {what}", make(right[0].read_text())) for what, make in ASSEMBLED.items()]
    for number in range(15):
        solution = right[number % len(right)]
        made.append((f"right: {solution.stem}", f"{solution.read_text()}// of student {number}\n"))
    for number in range(STUDENTS - len(made)):
        solution = wrong[number % len(wrong)]
        made.append((f"wrong: {solution.stem}", f"{solution.read_text()}// of student {number}\n"))
    kinds = {}
    for number, (kind, text) in enumerate(made):
        student = f"s{number:02d}"
        kinds[student] = kind
        if number % 3 == 0:
            (folder / student).mkdir()
            (folder / student / file).write_bytes(text.encode())
        elif number % 3 == 1:
            with zipfile.ZipFile(folder / f"{student}.zip", "w") as packed:
                packed.writestr(f"lab/{file}", text.encode())
        else:
            (folder / f"{student}.cc").write_bytes(text.encode())
    return kinds


def finished(reports: pathlib.Path) -> int:
    return len(list(reports.glob("students/*/report.txt")))


class Class:
    def __init__(self, lab: int, folder: pathlib.Path):
        self.lab = lab
        self.folder = folder
        self.submissions = folder / "submissions"
        self.secret = folder / "secret"
        self.roster = folder / "roster.csv"
        self.submissions.mkdir()
        self.secret.write_text("a secret of a made-up class\n")

    def words(self, table: pathlib.Path, *more: str) -> list[str]:
        program = ROOT / "build/lab/bin/sediment-lab"
        inputs = ROOT / "build/lab/lab/inputs.txt"
        return [str(word) for word in (
            sys.executable, ROOT / "labs/course/main.py", "--root", ROOT, "--program", program, "--inputs", inputs, "--lab", self.lab,
            "grade-all", self.submissions, "--out", table, "--roster", self.roster, "--secret", self.secret, *more)]  # fmt: skip

    def grade(self, table: pathlib.Path, *more: str, environment: dict[str, str] | None = None) -> float:
        began = time.monotonic()
        subprocess.run(self.words(table, *more), check=True, env=environment)
        return time.monotonic() - began

    def grade_half(self, table: pathlib.Path) -> int:
        """Kills the whole run, the graders with it, when half of the class is graded. Returns how many are."""
        reports = pathlib.Path(f"{table}.d")
        with subprocess.Popen(self.words(table), start_new_session=True, stdout=subprocess.DEVNULL) as run:
            while finished(reports) < STUDENTS // 2 and run.poll() is None:
                time.sleep(0.2)
            os.killpg(run.pid, signal.SIGKILL)
        if table.exists():
            sys.exit("the run ended before it was killed")
        return finished(reports)


def judge(kinds: dict[str, str], table: dict[str, dict[str, str]], wants_scenarios: bool) -> list[str]:
    """What is not as it should be."""
    problems = []
    # The submissions have no scenarios, so in a lab that wants two, right code stops at the first of these checks: the last but one.
    checks = [column for column in next(iter(table.values())) if column.startswith("L")]
    end = checks[-2] if wants_scenarios else ""
    for student, kind in kinds.items():
        points = int(table[student]["points"])
        most = int(table[student]["of"])
        deserved = kind.startswith("right") or kind.removeprefix("odd: ") in STILL_RIGHT
        print(f"  {student}  {points:3} of {most}  {table[student]['state']:16} {kind}")
        if deserved != (table[student]["first_open"] in ("", end)):
            problems.append(f"{student} ({kind}) stops at {table[student]['first_open'] or 'no check'}")
        if kind.startswith(("odd", "hostile", "starter")) and not deserved and points != 0:
            problems.append(f"{student} ({kind}) has {points} points")
    return problems


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lab", type=int, default=1)
    parser.add_argument("--keep", type=pathlib.Path, help="a folder that is not there yet, for submissions, tables and reports")
    arguments = parser.parse_args()

    if missing := local_slurm.why_not():
        sys.exit(f"class_of_60: {missing}")
    folder = arguments.keep or pathlib.Path(tempfile.mkdtemp(prefix="class-of-60-"))
    folder.mkdir(parents=True, exist_ok=bool(not arguments.keep))
    lab = next((ROOT / "labs").glob(f"{arguments.lab:02d}_*"))
    file = next(path.name for path in lab.glob("*.cc") if path.name not in ("checks.cc", "component.cc"))
    students = Class(arguments.lab, folder)
    kinds = make_class(lab, file, (lab / file).read_text(), students.submissions)
    students.roster.write_text("id\n" + "".join(f"{student}\n" for student in [*kinds, "absent"]))

    parallel, slurm = folder / "parallel.csv", folder / "slurm.csv"
    began = time.monotonic()
    half = students.grade_half(parallel)
    print(f"killed after {time.monotonic() - began:.0f} s, when {half} of {STUDENTS} were graded")
    print(f"resumed and finished in {students.grade(parallel):.0f} s")
    print(f"again, with nothing new: {students.grade(parallel):.1f} s")
    with local_slurm.LocalSlurm() as environment:
        print(f"with Slurm: {students.grade(slurm, '--slurm', environment=environment):.0f} s")

    table = {row["student"]: row for row in grades.read_table(parallel)}
    problems = judge(kinds, table, "## Break it" in (lab / "README.md").read_text())
    if table["absent"]["points"] != "0":
        problems.append("a student who handed nothing in has points")
    if parallel.read_bytes() != slurm.read_bytes():
        problems.append("the two tables differ")
    print("\n".join(problems) or f"{STUDENTS} submissions: the same table from both, and the marks that they deserve")
    if not arguments.keep and not problems:
        shutil.rmtree(folder)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
