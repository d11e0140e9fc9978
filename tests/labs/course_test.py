#!/usr/bin/python3
"""Tests of labs/course: intake of hostile submissions, seeds, tables, and whole runs with a stand-in for the grader."""

import contextlib
import io
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
import unittest.mock
import zipfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "labs" / "course"), str(ROOT / "tests" / "support")]
import grades  # noqa: E402
import gradescope  # noqa: E402
import local_slurm  # noqa: E402
import main  # noqa: E402
import similar  # noqa: E402
from submissions import LARGEST_FILE, Submission, Unusable, find_submissions, lay_out, read_roster, read_submission, seed_of  # noqa: E402

# Stands in for the grader: marks by what the file says, as slowly as it says. Counts its runs beside the submission.
GRADER = """#!/usr/bin/python3
import json, pathlib, sys, time
checks = [{"id": f"L5.{n}", "points": n, "score": 0, "outcome": "pending", "reason": ""} for n in (1, 2, 3)]
result = {"lab": 5, "file": "labs/05_several_words/hash_index.cc", "complete": False, "problem": "", "release": "r1", "seed": 0, "checks": checks}
words = sys.argv[1:]
if "checks" in words:
    print(json.dumps(result))
    sys.exit(0)
value = {name: words[words.index(name) + 1] for name in ("--file", "--seed", "--results", "--out")}
source = pathlib.Path(value["--file"]).read_text()
with open(RUNS, "a") as runs:
    runs.write(value["--file"] + "\\n")
if "slow" in source:
    time.sleep(2)
if "breaks the grader" in source:
    sys.exit("no grader")
result["seed"] = int(value["--seed"])
result["complete"] = True
if "does not compile" in source:
    result["problem"] = "your file does not compile"
passed = source.count("+")
for number, check in enumerate(checks):
    check["outcome"] = "passed" if number < passed else "failed"
    check["score"] = check["points"] if number < passed else 0
    check["reason"] = "" if number < passed else "expected 1; your code returned 2"
results = pathlib.Path(value["--results"])
results.mkdir(parents=True, exist_ok=True)
(results / "lab5.json").write_text(json.dumps(result))
pathlib.Path(value["--out"]).write_text("a report\\n")
"""


class Folder(unittest.TestCase):
    def setUp(self) -> None:
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name: str, content: bytes | str) -> pathlib.Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    def zip(self, name: str, entries: dict[str, bytes]) -> pathlib.Path:
        path = self.folder / name
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, content in entries.items():
                archive.writestr(entry, content)
        return path


class Intake(Folder):
    def read(self, path: pathlib.Path | None):
        return read_submission(Submission("ada", path), "hash_index.cc")

    def refused(self, path: pathlib.Path | None) -> str:
        with self.assertRaises(Unusable) as caught:
            self.read(path)
        return str(caught.exception)

    def test_takes_a_file_a_folder_and_a_zip(self) -> None:
        self.write("one/deep/hash_index.cc", "int a;\n")
        self.write("one/deep/break/x.json", "{}")
        self.write("one/notes.cc", "int b;\n")
        for path in (
            self.write("ada.cc", "int a;\n"),
            self.folder / "one",
            self.zip("ada.zip", {"x/hash_index.cc": b"int a;\n", "x/break/x.json": b"{}"}),
        ):
            content = self.read(path)
            self.assertEqual(content.source, b"int a;\n", path)
            self.assertEqual(list(content.scenarios), [] if path.suffix == ".cc" else ["x.json"])

    def test_takes_answers_and_the_scenarios_of_a_hunt(self) -> None:
        self.write("ada/hunt/answers.json", "{}")
        self.write("ada/hunt/A.json", "[]")
        content = read_submission(Submission("ada", self.folder / "ada"), "answers.json")
        self.assertEqual((content.source, content.scenarios["A.json"]), (b"{}", b"[]"))
        file = lay_out(content, self.folder / "laid out", "answers.json")
        self.assertEqual(file.read_bytes(), b"{}")
        self.assertEqual((file.parent / "hunt/A.json").read_bytes(), b"[]")
        alone = read_submission(Submission("bob", self.write("bob_locked.json", "{}")), "locked.json")
        self.assertEqual(alone.source, b"{}")

    def test_puts_line_ends_marks_encodings_and_names_right_and_says_so(self) -> None:
        table = {
            "hash_index.cc": (b"int a;\r\nint b;\r", b"int a;\nint b;\n", "line ends"),
            "bom.cc": (b"\xef\xbb\xbfint a;\n", b"int a;\n", "byte order mark"),
            "utf16.cc": ("int a;\n".encode("utf-16"), b"int a;\n", "UTF-16"),
            "Hash_Index.CC": (b"int a;\n", b"int a;\n", "was taken for hash_index.cc"),
        }
        for name, (content, expected, note) in table.items():
            read = self.read(self.write(f"of {name}/{name}", content).parent)
            self.assertEqual(read.source, expected, name)
            self.assertTrue(any(note in each for each in read.notes), (name, read.notes))

    def test_says_why_a_submission_cannot_be_used(self) -> None:
        self.write("empty/readme.txt", "sorry")
        self.write("two/a.cc", "int a;")
        self.write("two/b.cc", "int b;")
        (self.folder / "link.cc").symlink_to("/etc/passwd")
        table = {
            "nothing was handed in": None,
            "is empty": self.write("blank.cc", "\n \n"),
            "no hash_index.cc": self.folder / "empty",
            "more than one file": self.folder / "two",
            "symbolic link": self.folder / "link.cc",
            "the zip cannot be read": self.write("broken.zip", b"PK\x03\x04 and no more"),
            "larger than 1 MiB": self.write("large.cc", b"/" * (LARGEST_FILE + 1)),
        }
        for reason, path in table.items():
            self.assertIn(reason, self.refused(path))

    def test_a_zip_writes_nothing_and_expands_to_little(self) -> None:
        path = self.zip("evil.zip", {"../../hash_index.cc": b"int evil;", "bomb.cc": b"\0" * (50 << 20), "break/../../x.json": b"{}"})
        self.assertIn("no hash_index.cc", self.refused(path))
        self.assertEqual([entry.name for entry in self.folder.iterdir()], ["evil.zip"])

    def test_links_in_a_folder_are_not_followed(self) -> None:
        secret = self.write("secret/hash_index.cc", "int key;\n")
        (self.folder / "ada").mkdir()
        (self.folder / "ada" / "hash_index.cc").symlink_to(secret)
        (self.folder / "ada" / "all").symlink_to(self.folder / "secret")
        self.assertIn("no hash_index.cc", self.refused(self.folder / "ada"))

    def test_finds_each_student_of_the_roster(self) -> None:
        roster = read_roster(self.write("roster.csv", "\ufeffid,name\nal,Al\nal-b,Alb\nzoe,Zoe\n"))
        for name in ("s/al_hash_index.cc", "s/al-b.zip", "s/stranger.cc"):
            self.write(name, "int a;")
        found, strangers = find_submissions(self.folder / "s", roster)
        self.assertEqual([(each.student, each.path and each.path.name) for each in found], [("al", "al_hash_index.cc"), ("al-b", "al-b.zip"), ("zoe", None)])
        self.assertEqual(strangers, ["stranger.cc"])
        self.write("s/al.cc", "int a;")
        self.assertRaises(Unusable, find_submissions, self.folder / "s", roster)

    def test_refuses_rosters_that_lead_out_of_the_folder_or_name_a_student_twice(self) -> None:
        for text in ("name\nada\n", "id\n../x\n", "id\nada\nada\n", ""):
            self.assertRaises(Unusable, read_roster, self.write("roster.csv", text))

    def test_a_seed_is_the_one_of_the_command_in_the_docs(self) -> None:
        docs = (ROOT / "docs" / "teaching.md").read_text()
        command = next(line.strip() for line in docs.splitlines() if "openssl dgst" in line)
        for student in ("ada", "b.o-b@x.org"):
            done = subprocess.run(["bash", "-c", command], env={**os.environ, "student": student, "secret": "0123456789abcdef"}, capture_output=True, check=True)
            self.assertEqual(int(done.stdout), seed_of(student, b"0123456789abcdef"))


class Tables(Folder):
    def result(self, *scores: int) -> dict:
        checks = [{"id": f"L5.{n}", "points": 2, "score": score, "outcome": "passed" if score else "failed", "reason": "why"} for n, score in enumerate(scores, 1)]
        return {"complete": True, "problem": "", "checks": checks, "seed": 7, "release": "r1"}

    def rows(self, *results: dict) -> list[dict]:
        rows = [grades.row_of(f"s{n}", result, [], [], 0) for n, result in enumerate(results)]
        path = self.write("t.csv", grades.table(rows, ["L5.1", "L5.2"]))
        return grades.read_table(path)

    def test_the_state_of_a_result_that_has_no_mark(self) -> None:
        def with_outcomes(problem: str, *outcomes: str) -> dict:
            return {"complete": True, "problem": problem, "checks": [{"outcome": outcome} for outcome in outcomes]}

        self.assertEqual(grades.state_of(with_outcomes("does not define insert", "not-implemented")), "not implemented")
        self.assertEqual(grades.state_of(with_outcomes("", "not-implemented", "skipped")), "not implemented")
        self.assertEqual(grades.state_of(with_outcomes("does not compile", "failed")), "cannot be graded")
        self.assertEqual(grades.state_of(with_outcomes("", "passed", "not-implemented")), "failing")
        self.assertEqual(grades.state_of(dict(with_outcomes("", "pending"), complete=False)), "not graded")

    def test_adjustments_and_late_days(self) -> None:
        path = self.write("a.csv", "student,what,value,reason\nada,L5.2,1,half right\nada,late,2,\n")
        adjustments = grades.read_adjustments(path)["ada"]
        row = grades.row_of("ada", self.result(2, 0), [], adjustments, 10)
        self.assertEqual((row["points"], row["late_days"], row["final"], row["first_open"]), ("3", "2", "2.4", "L5.2"))
        self.assertIn("half right", row["notes"])
        self.assertRaises(grades.BadTable, grades.row_of, "ada", self.result(2), [], [grades.Adjustment("L5.9", 1, "")], 0)
        self.assertRaises(grades.BadTable, grades.read_adjustments, self.write("b.csv", "student,what,value,reason\nada,total,x,\n"))

    def test_no_field_is_a_formula_or_a_control_character(self) -> None:
        result = dict(self.result(0, 0), problem='=HYPERLINK("x")\x1b[2J\n')
        row = self.rows(result)[0]
        self.assertEqual(row["notes"], '\'=HYPERLINK("x") [2J ')

    def test_a_histogram_counts_who_passes_and_who_stops(self) -> None:
        text = grades.histogram(self.rows(self.result(2, 0), self.result(2, 2), self.result(0, 0)))
        self.assertRegex(text, r"L5\.1 █+ +2 pass, +1 fail, 1 stop here")
        self.assertRegex(text, r"L5\.2 █+ +1 pass, +2 fail, 1 stop here")
        self.assertIn("median 2 of 4", text)

    def test_a_comparison_names_marks_that_differ(self) -> None:
        old = self.rows(self.result(2, 0), self.result(2, 2))
        new = self.rows(self.result(2, 2), self.result(2, 2), self.result(0, 0))
        self.assertEqual(grades.compare(old, new), "s0: 2.0 → 4.0 (L5.2 0 → 2)\ns2: only in the new table\n")
        self.assertEqual(grades.compare(old, old), "no mark differs\n")


class Similar(Folder):
    def test_lines_of_the_starter_do_not_count(self) -> None:
        self.assertEqual(similar.own_lines("#include <x>\n  int a;\nint b;\n", {"#include <x>", "int b;"}), "  int a;\n")

    @unittest.skipUnless(shutil.which("sim_c++"), "similarity-tester is not installed")
    def test_code_with_other_names_is_found(self) -> None:
        code = "int f(int a) {{ int {0} = 0; for (int i = 0; i < a; ++i) {{ {0} += i * i; if ({0} > 100) return {0}; }} return {0} - a; }}\n"
        self.write("s/ada", code.format("sum"))
        self.write("s/(right)(compact.cc)", code.format("total"))
        self.write("s/bob", "class Other { public: Other(); virtual ~Other(); private: char* text; long size; };\n")
        self.assertEqual(similar.pairs_in(self.folder / "s"), {("(right)(compact.cc)", "ada"): 100})

    def test_published_solutions_are_named_by_their_file(self) -> None:
        self.assertEqual(similar.label("(right)(compact.cc)"), "right/compact.cc")
        self.assertEqual(similar.label("ada"), "ada")


class WholeRuns(Folder):
    def setUp(self) -> None:
        super().setUp()
        self.runs = self.folder / "runs.txt"
        self.program = self.write("grader", GRADER.replace("RUNS", repr(str(self.runs))))
        self.program.chmod(0o755)
        self.inputs = self.write("inputs.txt", "compiler g++\n")
        self.write("root/labs/05_several_words/hints.json", "{}")
        for name, text in {"ada": "+++", "bob": "+", "cy": "does not compile", "dot": "", "eve": "slow ++"}.items():
            self.write(f"sub/{name}.cc", text)

    def words(self, *more: str) -> list[str]:
        fixed = ["--root", self.folder / "root", "--program", self.program, "--inputs", self.inputs, "--lab", "5"]
        return [str(word) for word in [*fixed, "grade-all", self.folder / "sub", "--out", self.folder / "grades.csv", *more]]

    def grade(self, *more: str) -> tuple[int, str]:
        said = io.StringIO()
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            status = main.main(self.words(*more))
        return status, said.getvalue()

    def count(self) -> int:
        return len(self.runs.read_text().splitlines()) if self.runs.exists() else 0

    def table(self) -> dict[str, dict]:
        return {row["student"]: row for row in grades.read_table(self.folder / "grades.csv")}

    def test_a_class_is_graded_and_graded_again_only_where_something_changed(self) -> None:
        status, said = self.grade()
        self.assertEqual(status, 0, said)
        table = self.table()
        self.assertEqual({name: row["points"] for name, row in table.items()}, {"ada": "6", "bob": "1", "cy": "0", "dot": "0", "eve": "3"})
        self.assertEqual(table["ada"]["state"], "passed")
        self.assertEqual((table["bob"]["first_open"], table["bob"]["notes"]), ("L5.2", "L5.2: expected 1; your code returned 2"))
        self.assertEqual((table["cy"]["state"], table["cy"]["notes"]), ("cannot be graded", "your file does not compile"))
        self.assertIn("is empty", table["dot"]["notes"])
        self.assertEqual((self.folder / "grades.csv.d/students/ada/report.txt").read_text(), "a report\n")
        self.assertEqual(self.count(), 4)

        first = (self.folder / "grades.csv").read_bytes()
        self.grade()
        self.assertEqual(self.count(), 4)
        self.assertEqual((self.folder / "grades.csv").read_bytes(), first)

        self.write("sub/bob.cc", "++")
        self.grade()
        self.assertEqual((self.count(), self.table()["bob"]["points"]), (5, "3"))

        self.write("root/labs/05_several_words/hints.json", '{"changed": 1}')  # another grader
        self.grade()
        self.assertEqual(self.count(), 9)

    def test_a_run_that_is_killed_goes_on_where_it_was(self) -> None:
        self.write("sub/fay.cc", "slow")
        program = [sys.executable, str(ROOT / "labs/course/main.py"), *self.words("--jobs", "1")]
        with subprocess.Popen(program, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
            while self.count() < 4:  # eve, who takes long
                time.sleep(0.05)
            process.send_signal(signal.SIGINT)
            self.assertEqual(process.wait(30), 130)
        self.assertFalse((self.folder / "grades.csv").exists())
        done = self.count()
        status, said = self.grade()
        self.assertEqual(status, 0, said)
        self.assertEqual(len(self.table()), 6)
        self.assertEqual(self.count(), done + 2)  # eve again, and fay

    def test_students_have_seeds_of_their_own_and_those_who_handed_nothing_in_have_a_line(self) -> None:
        roster = self.write("roster.csv", "id\nada\nbob\nzoe\n")
        secret = self.write("secret", "0123456789abcdef\n")
        status, said = self.grade("--roster", str(roster), "--secret", str(secret))
        self.assertEqual(status, 0, said)
        self.assertIn("eve.cc belongs to no one on the roster", said)
        table = self.table()
        self.assertEqual(sorted(table), ["ada", "bob", "zoe"])
        self.assertEqual(table["ada"]["seed"], str(seed_of("ada", b"0123456789abcdef")))
        self.assertNotEqual(table["ada"]["seed"], table["bob"]["seed"])
        self.assertEqual((table["zoe"]["points"], table["zoe"]["notes"]), ("0", "nothing was handed in"))

    def test_the_grader_says_how_the_file_is_called(self) -> None:
        self.write("sub/hal/hash_index.cc", "+++")
        self.write("sub/hal/several_words.cc", "+")
        self.grade()
        self.assertEqual((self.table()["hal"]["points"], self.table()["hal"]["notes"]), ("6", ""))

    def test_says_what_is_wrong_with_what_it_was_given(self) -> None:
        inside = self.write("root/secret", "0123456789abcdef")
        short = self.write("short", "x")
        strange = self.write("a.csv", "student,what,value,reason\nnoone,total,1,\n")
        table = {
            "inside the repository": ["--secret", str(inside)],
            "shorter than 16 bytes": ["--secret", str(short)],
            "names noone": ["--adjustments", str(strange)],
            "No such file": ["--roster", str(self.folder / "none.csv")],
        }
        for reason, more in table.items():
            status, said = self.grade(*more)
            self.assertEqual(status, 2, said)
            self.assertIn(reason, said)

    def test_a_grader_that_does_not_work_is_told_and_gives_no_mark_for_good(self) -> None:
        self.write("sub/gus.cc", "breaks the grader")
        status, said = self.grade()
        self.assertEqual(status, 1)
        self.assertIn("not graded: gus", said)
        self.assertEqual((self.table()["gus"]["state"], self.table()["ada"]["points"]), ("not graded", "6"))

    @unittest.skipIf(local_slurm.why_not(), local_slurm.why_not())
    def test_slurm_makes_the_same_table(self) -> None:
        self.assertEqual(self.grade()[0], 0)
        expected = (self.folder / "grades.csv").read_bytes()
        shutil.rmtree(self.folder / "grades.csv.d")
        with local_slurm.LocalSlurm() as environment, unittest.mock.patch.dict(os.environ, environment):
            status, said = self.grade("--slurm")
        self.assertEqual(status, 0, said)
        self.assertEqual((self.folder / "grades.csv").read_bytes(), expected)
        self.assertEqual(self.count(), 8)


class OnGradescope(Folder):
    """The folders as Gradescope lays them out, with a grader that ends as this says."""

    def results(self, end: str, submission: str = "int a;") -> dict:
        self.write("submission/hash_index.cc", submission)
        grader = self.write("source/build/lab/bin/sediment-lab", f"""#!/usr/bin/python3
import json, os, sys
if "checks" in sys.argv:
    print(json.dumps({{"file": "labs/05_hash_index/hash_index.cc"}}))
    sys.exit(0)
def reached(*tests):
    json.dump({{"score": len(tests), "output": "Lab 5", "tests": [{{"name": name}} for name in tests]}}, open(sys.argv[sys.argv.index("--out") + 1], "w"))
{end}
""")
        grader.chmod(0o755)
        self.assertEqual(gradescope.main(5, self.folder), 0)
        return json.loads((self.folder / "results/results.json").read_text())

    def test_a_grader_that_is_killed_leaves_what_it_had_reached(self) -> None:
        result = self.results('reached("one", "two"); os.kill(os.getpid(), 9)')
        self.assertEqual((result["score"], len(result["tests"])), (2, 2))
        self.assertRegex(result["output"], r"^The grader was stopped before it had finished \(signal 9\)\. .*\nLab 5$")

    def test_a_grader_that_does_not_work_is_told(self) -> None:
        result = self.results('print("no compiler", file=sys.stderr); sys.exit(2)')
        self.assertEqual((result["score"], result["tests"]), (0, []))
        self.assertIn("did not work", result["output"])
        self.assertIn("no compiler", result["output"])

    def test_what_the_grader_writes_stays_as_it_is(self) -> None:
        for end in ('reached("one")', 'reached("one"); sys.exit(1)'):
            self.assertEqual(self.results(end)["output"], "Lab 5")

    def test_a_submission_without_a_file_has_a_result(self) -> None:
        result = self.results('reached("one")', submission="")
        self.assertEqual(result["score"], 0)
        self.assertIn("Nothing could be graded", result["output"])


if __name__ == "__main__":
    unittest.main()
