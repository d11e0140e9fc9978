#!/usr/bin/python3
"""An instructor's first day, as docs/teaching/first-day.md tells it, with a class of seven: seeds, intake, marks, a histogram, exceptions, a
check that turns out to be wrong, and everything graded again once it is mended.

Works in a clone of this repository with what is committed, whose check L1.7 is made wrong first. It builds two graders and grades thirteen
submissions of lab 1, about 10 minutes on two cores, so it is run by hand:

  python3 tests/labs/first_day.py
  python3 tests/labs/first_day.py --keep /tmp/first-day
"""

import argparse
import pathlib
import shutil
import subprocess
import sys
import tempfile
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "labs" / "course"))
import grades  # noqa: E402

# L1.7 asks for the empty value that was put last. Made wrong, it expects that an empty value removes a key.
CHECK = "labs/01_text_log/checks.cc"
RIGHT_CHECK = '    logs.remove("cat");\n    logs.must_miss("cat");\n    logs.must_get("dog", "");\n'
WRONG_CHECK = '    logs.remove("cat");\n    logs.must_miss("cat");\n    logs.must_miss("dog");\n'


class Day:
    def __init__(self, folder: pathlib.Path):
        self.course = folder / "course"
        self.clone = folder / "sediment"
        self.submissions = folder / "submissions"
        self.course.mkdir()
        self.submissions.mkdir()
        subprocess.run(["git", "clone", "-q", ROOT, self.clone], check=True)

    def lab(self, *words: object) -> str:
        """Runs ./dev lab 1 WORDS in the clone. Returns what it prints."""
        said = " ".join(str(word) for word in words)
        print(f"\n$ ./dev lab 1 {said}", flush=True)
        run = subprocess.run(
            ["./dev", "lab", "1", *(str(word) for word in words)], cwd=self.clone, stdout=subprocess.PIPE, text=True, check=False
        )
        print(run.stdout, end="", flush=True)
        if run.returncode != 0:
            sys.exit(f"first_day: ./dev lab 1 {said} ended with exit status {run.returncode}")
        return run.stdout

    def grade(self, table: pathlib.Path, *more: object) -> dict[str, dict[str, str]]:
        self.lab(
            "grade-all", self.submissions, "--out", table, "--roster", self.course / "roster.csv", "--secret", self.course / "secret", *more
        )
        return {row["student"]: row for row in grades.read_table(table)}

    def hand_in(self) -> None:
        lab = self.clone / "labs/01_text_log"
        right = sorted(lab.glob("right/*.cc"))
        stops_at = {}
        for wrong in sorted(lab.glob("wrong/*.cc")):
            stops_at.setdefault(wrong.read_text().partition("first check to fail: ")[2].split()[0], wrong)
        (self.submissions / "ada").mkdir()
        (self.submissions / "ada/text_log.cc").write_bytes(right[0].read_bytes())
        with zipfile.ZipFile(self.submissions / "bob.zip", "w") as packed:
            packed.writestr("my lab/text_log.cc", right[1].read_text().replace("\n", "\r\n"))
        (self.submissions / "cyd_final version.cc").write_bytes(right[2].read_bytes())
        (self.submissions / "dee.cc").write_bytes(stops_at["L1.12"].read_bytes())
        (self.submissions / "eve.cc").write_bytes(stops_at["L1.2"].read_bytes())
        (self.submissions / "fay.cc").write_text("")
        (self.submissions / "zoe.cc").write_bytes(right[0].read_bytes())  # she is not on the roster, and gil hands nothing in

    def plant(self, there: str, instead: str) -> None:
        path = self.clone / CHECK
        text = path.read_text()
        if text.count(there) != 1:
            sys.exit(f"first_day: {CHECK} does not have the lines that are to be changed exactly once; bring this test up to date")
        path.write_text(text.replace(there, instead))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--keep", type=pathlib.Path, help="a folder that is not there yet, for the clone, submissions, tables and reports")
    arguments = parser.parse_args()
    folder = (arguments.keep or pathlib.Path(tempfile.mkdtemp(prefix="first-day-"))).resolve()
    folder.mkdir(parents=True, exist_ok=not arguments.keep)

    day = Day(folder)
    students = ["ada", "bob", "cyd", "dee", "eve", "fay", "gil"]
    (day.course / "secret").write_text("a secret of a made-up class\n")
    (day.course / "roster.csv").write_text("id\n" + "".join(f"{student}\n" for student in students))
    day.plant(RIGHT_CHECK, WRONG_CHECK)
    day.hand_in()

    problems = []

    def expect(what: str, holds: bool) -> None:
        if not holds:
            problems.append(what)

    seeds = day.lab("seeds", "--roster", day.course / "roster.csv", "--secret", day.course / "secret")
    pairs = [line.split(",") for line in seeds.splitlines()]  # nothing else, although the grader was built by this very command
    expect("each student has a seed, in the order of the roster", [pair[0] for pair in pairs] == students)
    expect("each of them has another one", len({pair[-1] for pair in pairs}) == len(students))

    before = day.grade(folder / "grades.csv")
    expect("the table has the students of the roster, and only them", sorted(before) == students)
    for student in ("ada", "bob", "cyd", "dee"):
        expect(f"{student} stops at the wrong check", before[student]["first_open"] == "L1.7")
    expect("eve stops before it", before["eve"]["first_open"] == "L1.2")
    for student in ("fay", "gil"):
        expect(f"{student} has 0 points, and a reason", before[student]["points"] == "0" and before[student]["notes"] != "")
    histogram = day.lab("histogram", folder / "grades.csv")
    expect("the histogram shows that most stop at L1.7", any("L1.7" in line and "4 stop here" in line for line in histogram.splitlines()))

    (day.course / "adjustments.csv").write_text("student,what,value,reason\nbob,late,2,handed in on Sunday\ngil,total,60,oral exam instead\n")
    exceptions = ("--adjustments", day.course / "adjustments.csv", "--late-percent", 10)
    day.grade(folder / "grades.csv", *exceptions)

    day.plant(WRONG_CHECK, RIGHT_CHECK)
    after = day.grade(folder / "regraded.csv", *exceptions)
    for student in ("ada", "bob", "cyd"):
        expect(f"{student} has all points now", after[student]["points"] == after[student]["of"])
    expect("dee stops at her own mistake now", after["dee"]["first_open"] == "L1.12")
    expect("an exception keeps", after["gil"]["final"] == "60.0")
    difference = day.lab("compare", folder / "grades.csv", folder / "regraded.csv")
    named = [line.split(":")[0] for line in difference.splitlines() if "→" in line]
    expect("the marks of these four differ, and of no others", named == ["ada", "bob", "cyd", "dee"])
    expect("the difference names the check", all("L1.7 0 →" in line for line in difference.splitlines() if "→" in line))
    again = day.lab("compare", folder / "regraded.csv", folder / "regraded.csv")
    expect("a table is like itself", "no mark differs" in again)

    print("\n" + ("\n".join(f"not so: {problem}" for problem in problems) or "the first day went as its page says"))
    if not arguments.keep and not problems:
        shutil.rmtree(folder)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
