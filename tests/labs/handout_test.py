#!/usr/bin/python3
"""Tests of ./dev lab handout: what is in the bundle, what must not be, and that it grades where there is nothing else.

Needs the build of the preset lab. `handout_test.py [FOLDER]` looks at a bundle that is already there, and grades nothing.
"""

import json
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
MAIN = ROOT / "labs/course/main.py"
BUILD = ROOT / "build/lab"
LEAST = 25  # characters; shorter lines say nothing about where they come from


def words(line: str) -> str:
    return re.sub(r"\s+", " ", line).strip()


def lines_of(path: pathlib.Path) -> set[str]:
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:  # a program or an object
        return {words(line) for line in path.read_bytes().decode("latin-1").replace("\0", "\n").split("\n")}
    return {words(line) for line in text.splitlines()}


def own_lines(path: pathlib.Path, known: set[str]) -> set[str]:
    """The lines of a file that are long enough to be recognized, and that are not public anyway."""
    return {line for line in lines_of(path) if len(line) >= LEAST and line not in known}


class Secrets:
    """What must not be in a bundle: the lines of the solutions and of the reference's components that starters and headers lack."""

    def __init__(self, labs: str = "[0-9][0-9]_*") -> None:
        self.labs = sorted((ROOT / "labs").glob(labs))
        headers = [*(ROOT / "engine").glob("*.h"), ROOT / "labs/not_implemented.h"]
        # Code that the other files of the engine have, too, such as a loop over all segments, gives nothing away.
        self.labs = [folder for folder in self.labs if self.reference(folder)]  # a lab without code has none to give away
        components = {self.reference(folder) for folder in self.labs}
        others = [path for path in (ROOT / "engine").glob("*.cc") if path not in components]
        known: set[str] = set()
        # The pages give the first lines of the first lab.
        pages = [ROOT / "labs/README.md", *(folder / "README.md" for folder in self.labs)]
        for path in [*headers, *others, *pages, *self.starters()]:
            known |= lines_of(path)
        self.lines: dict[str, str] = {}
        self.files: set[bytes] = set()
        for folder in self.labs:
            secret = [*folder.glob("right/*.cc"), *folder.glob("wrong/*.cc"), self.reference(folder)]
            for path in secret:
                for line in own_lines(path, known):
                    self.lines[line] = str(path.relative_to(ROOT))
            self.files |= {path.read_bytes() for path in [*secret, *folder.glob("right/break/*")]}
            for path in folder.glob("right/break/*.json"):
                steps = re.search(r'"steps": *(\[.*\])', path.read_text(), re.DOTALL)
                self.lines[words(steps.group(1))] = str(path.relative_to(ROOT))

    def starters(self) -> list[pathlib.Path]:
        return [folder / self.reference(folder).name for folder in self.labs]

    @staticmethod
    def reference(folder: pathlib.Path) -> pathlib.Path | None:
        """The engine's file that the lab is about: the one file of the lab's folder that the engine has, too."""
        return next((ROOT / "engine" / path.name for path in folder.glob("*.cc") if (ROOT / "engine" / path.name).exists()), None)


def leaks(bundle: pathlib.Path, secrets: Secrets) -> list[str]:
    """What is in the bundle and must not be, a sentence each."""
    found = []
    for path in sorted(bundle.rglob("*")):
        name = path.relative_to(bundle)
        if set(name.parts) & {"right", "wrong"}:
            found.append(f"{name}: a folder of solutions")
        if not path.is_file():
            continue
        if path.read_bytes() in secrets.files:
            found.append(f"{name}: a copy of a solution")
        text = "\n".join(lines_of(path))
        for line in lines_of(path) & secrets.lines.keys():
            found.append(f"{name}: {secrets.lines[line]} has the line: {line}")
        for line, source in secrets.lines.items():
            if source.endswith(".json") and line in text:
                found.append(f"{name}: has the steps of {source}")
    return found


MARK = "full project"  # a passage with these words may name what a handout does not have
DOCS_MARK = "This page is about the full project."  # at the top of a page of docs/, about all of it
PATH = re.compile(r"(?<![\w/.<-])((?:\.\./)*(?:include|engine|sim|viz|bench|tests|labs|docs|build|scripts|cmake|objects|bin)/[\w./*-]*[\w*/])")
COMMAND_OF_A_LAB = re.compile(r"\./dev lab(?: \d+)?(?: ([a-z][a-z-]+))?")


def passages(page: pathlib.Path) -> list[str]:
    """Paragraphs and points of a list, or the hints of a file of hints. A block of code is a passage with the one before it."""
    text = page.read_text(encoding="utf-8")
    if page.suffix == ".json":
        return [check["hint"] for check in json.loads(text).values()]
    found: list[str] = [""]
    in_code = False
    for line in text.splitlines():
        fence = line.lstrip().startswith("```")
        begins = not in_code and not fence and (not line.strip() or re.match(r"\s*([-*|]|\d+\.) ?", line))
        if begins:
            found.append("")
        if fence and not in_code and not found[-1].strip():  # the empty line before a block of code does not part them
            found = [passage for passage in found if passage.strip()] or [""]
        found[-1] += line + "\n"
        in_code ^= fence
    return [passage for passage in found if passage.strip()]


def not_there(bundle: pathlib.Path) -> list[str]:
    """What the pages of a bundle tell a student to run or to open, and the bundle does not have, a sentence each."""
    found = []
    commands = (bundle / "dev").read_text()
    pages = [*bundle.glob("*.md"), *(bundle / "labs").rglob("*.md"), *(bundle / "labs").rglob("hints.json")]
    for page in sorted(pages):
        for passage in passages(page):
            if MARK in re.sub(r"\s+", " ", passage):
                continue
            missing = [f"./dev {word}" for word in re.findall(r"\./dev ([a-z]+)", passage) if word != "lab"]
            missing += [f"./dev lab {word}" for word in COMMAND_OF_A_LAB.findall(passage) if word and not re.search(rf"\b{word}\b", commands)]
            missing += [name for name in re.findall(r"\bsediment-(?:sim|viz|bench|lab)\b", passage) if not (bundle / "bin" / name).exists()]
            missing += [target for target in re.findall(r"\]\(([^)#:]+)[^):]*\)", passage) if not (page.parent / target).exists()]
            for path in PATH.findall(re.sub(r'#include "|\]\([^)]*\)', "", passage)):
                beside = page.parent if path.startswith("..") else bundle
                if "NN" not in path and not list(beside.glob(path)) and not (beside / path).exists():
                    missing.append(path)
            missing += re.findall(r"\bvisualizer\b", passage)
            found += [f"{page.relative_to(bundle)}: {what}: {words(passage)[:100]}" for what in missing]
    for page in sorted((bundle / "docs").rglob("*.md")):
        if DOCS_MARK not in page.read_text(encoding="utf-8"):
            found.append(f"{page.relative_to(bundle)}: does not say that it is about the full project")
    return found


def run(*command: object, folder: pathlib.Path = ROOT) -> subprocess.CompletedProcess:
    return subprocess.run([str(word) for word in command], cwd=folder, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)


def make(out: pathlib.Path, *more: str) -> subprocess.CompletedProcess:
    return run(sys.executable, MAIN, "--root", ROOT, "--program", BUILD / "bin/sediment-lab", "--inputs", BUILD / "lab/inputs.txt", "handout", out, *more)


class Leaks(unittest.TestCase):
    """The test of the bundle must itself notice what is in it."""

    def setUp(self) -> None:
        self.bundle = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.bundle)

    def test_a_solution_a_key_and_the_reference_are_noticed_wherever_they_are(self) -> None:
        secrets = Secrets()
        self.assertGreater(len(secrets.lines), 500)
        self.assertEqual(leaks(self.bundle, secrets), [])
        engine = (ROOT / "engine/hash_index.cc").read_text()
        body = engine[engine.index("Lab 5: the body") :]
        (self.bundle / "notes.md").write_text("A page.\n" + body[:600])
        self.assertTrue(any("notes.md: engine/hash_index.cc has" in leak or "notes.md: labs/05" in leak for leak in leaks(self.bundle, secrets)))
        (self.bundle / "notes.md").unlink()
        for name in ("labs/05_hash_index/right/compact.cc", "labs/08_merge/wrong/live_by_key.cc", "labs/05_hash_index/right/break/equal_tag_overwrites.json"):
            shutil.copy(ROOT / name, self.bundle / "another name")
            self.assertTrue(leaks(self.bundle, secrets), name)
        (self.bundle / "another name").write_bytes(b"\x7fELF\0\xff" + (ROOT / "labs/05_hash_index/right/compact.cc").read_bytes() + b"\0")
        self.assertTrue(leaks(self.bundle, secrets))
        (self.bundle / "another name").unlink()
        (self.bundle / "labs/01_text_log/wrong").mkdir(parents=True)
        self.assertEqual(leaks(self.bundle, secrets), ["labs/01_text_log/wrong: a folder of solutions"])


class WhatIsNotThere(unittest.TestCase):
    """The test of the pages must itself notice what they may not name."""

    def setUp(self) -> None:
        self.bundle = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.bundle)
        for folder in ("bin", "labs/01_text_log", "include/engine", "docs"):
            (self.bundle / folder).mkdir(parents=True)
        for file in ("bin/sediment-sim", "include/engine/disk.h", "docs/format.md"):
            (self.bundle / file).write_text(DOCS_MARK)
        (self.bundle / "dev").write_text("watch debug")

    def of(self, text: str) -> list[str]:
        (self.bundle / "labs/01_text_log/README.md").write_text(text)
        return [line.split(": ")[1] for line in not_there(self.bundle)]

    def test_commands_and_files_are_noticed(self) -> None:
        self.assertEqual(self.of("Run `./dev build`, then `./dev lab 1 watch`."), ["./dev build"])
        self.assertEqual(self.of("```\n./dev lab 1 polish\n```"), ["./dev lab polish"])
        self.assertEqual(self.of("`sediment-sim run FILE` and `sediment-viz --show x`"), ["sediment-viz"])
        self.assertEqual(self.of("Read `include/engine/disk.h` and `engine/disk.h`."), ["engine/disk.h"])
        self.assertEqual(self.of("Read `engine/*.cc`."), ["engine/*.cc"])
        self.assertEqual(self.of("[one](../../docs/format.md#x), [two](../../docs/nothing.md)"), ["../../docs/nothing.md"])
        self.assertEqual(self.of("In the visualizer, look."), ["visualizer"])
        (self.bundle / "labs/01_text_log/hints.json").write_text(json.dumps({"L1.1": {"hint": "Read engine/disk.h."}}))
        self.assertEqual(self.of("Nothing."), ["engine/disk.h"])

    def test_a_marked_passage_may_name_them_and_no_other_one(self) -> None:
        marked = "In the full\nproject, run `./dev build`:\n\n```\nbuild/bin/x\n```\n"
        self.assertEqual(self.of(marked), [])
        self.assertEqual(self.of(marked + "\nThen `./dev web`."), ["./dev web"])
        self.assertEqual(self.of("- the full project: `./dev build`\n- `./dev web`\n"), ["./dev web"])
        (self.bundle / "docs/format.md").write_text("# A page\n")
        self.assertEqual(self.of("Nothing."), ["does not say that it is about the full project"])


class Bundle(unittest.TestCase):
    bundle: pathlib.Path

    @classmethod
    def setUpClass(cls) -> None:
        cls.home = pathlib.Path(tempfile.mkdtemp())
        made = make(cls.home / "made")
        if made.returncode != 0:
            raise AssertionError(made.stdout + made.stderr)
        # As a student has it: moved, and in a folder whose name has a space.
        cls.bundle = cls.home / "my labs"
        (cls.home / "made").rename(cls.bundle)

    @classmethod
    def tearDownClass(cls) -> None:
        shutil.rmtree(cls.home)

    def dev(self, *words: str) -> subprocess.CompletedProcess:
        # Nothing of the machine but its programs: no variable may be needed.
        return run("env", "-i", "PATH=/usr/bin:/bin", "./dev", *words, folder=self.bundle)

    def test_nothing_of_the_solutions_is_in_it(self) -> None:
        self.assertEqual(leaks(self.bundle, Secrets()), [])
        self.assertEqual(sorted(path.name for path in (self.bundle / "labs").glob("[0-9]*")), sorted(path.name for path in (ROOT / "labs").glob("[0-9][0-9]_*")))
        self.assertFalse((self.bundle / "docs/teaching.md").exists())

    def test_no_page_tells_a_student_to_use_what_is_not_in_it(self) -> None:
        self.assertEqual(not_there(self.bundle), [])

    def test_it_has_the_simulator(self) -> None:
        scenario = self.bundle / "my.json"
        scenario.write_text('{"steps": ["put a 1", "roll", "get a"]}')
        self.addCleanup(scenario.unlink)
        for word, expected in (("run", "get a"), ("trace", '"operation"')):
            told = run("env", "-i", "PATH=/usr/bin:/bin", "bin/sediment-sim", word, "my.json", folder=self.bundle)
            self.assertEqual(told.returncode, 0, told.stderr)
            self.assertIn(expected, told.stdout)

    def test_the_bug_hunt_says_what_it_needs_in_place_of_the_key(self) -> None:
        for words_ in (["lab", "12"], ["lab", "12", "try", "A", "hunt/A.json"]):
            (self.bundle / "labs/12_bug_hunt/hunt/A.json").write_text('{"steps": ["put a 1"]}')
            self.addCleanup((self.bundle / "labs/12_bug_hunt/hunt/A.json").unlink, missing_ok=True)
            refused = self.dev(*words_)
            self.assertEqual(refused.returncode, 2, refused.stdout)
            self.assertIn("--programs FOLDER", refused.stderr)
        no_program = self.dev("lab", "12", "--programs", "nowhere")
        self.assertEqual(no_program.returncode, 2, no_program.stdout)
        self.assertIn("nowhere/A", no_program.stderr)
        other = self.dev("lab", "5", "--programs", "nowhere")
        self.assertIn("lab 5 has no programs", other.stderr)

    def test_no_page_or_list_of_it_names_the_folder_that_it_was_made_in(self) -> None:
        for path in self.bundle.rglob("*"):
            if path.suffix in (".txt", ".md", ".json"):
                self.assertNotIn(str(ROOT), path.read_text(), path)

    def test_it_grades_at_home(self) -> None:
        listed = self.dev("lab")
        self.assertEqual(listed.returncode, 0, listed.stderr)
        self.assertIn("Hash index", listed.stdout)
        starter = self.dev("lab", "5", "--only", "L5.3")
        self.assertEqual(starter.returncode, 1, starter.stderr)
        self.assertIn("NOT IMPLEMENTED", starter.stdout)
        lab = self.bundle / "labs/05_hash_index"
        self.addCleanup(shutil.rmtree, self.bundle / "work")  # has copies of what was graded
        self.addCleanup(shutil.copy, lab / "starter/hash_index.cc", lab / "hash_index.cc")
        self.addCleanup(shutil.rmtree, lab / "break")
        shutil.copy(ROOT / "labs/05_hash_index/right/compact.cc", lab / "hash_index.cc")
        shutil.copytree(ROOT / "labs/05_hash_index/right/break", lab / "break")
        graded = self.dev("lab", "5")
        self.assertEqual(graded.returncode, 0, graded.stdout + graded.stderr)
        again = self.dev("lab", "5", "starter")
        self.assertEqual(again.stdout, (ROOT / "labs/05_hash_index/hash_index.cc").read_text())
        (lab / "break/equal_tag_overwrites.json").write_text('{"steps": ["put a 1", "check"]}')
        passes = self.dev("lab", "5", "--only", "L5.17")
        self.assertIn("the wrong solution should fail your scenario; it passes", passes.stdout)
        mine = self.dev("lab", "mine", "--scripts", "50")
        self.assertEqual(mine.returncode, 0, mine.stdout + mine.stderr)


class SomeLabs(unittest.TestCase):
    def test_with_the_rest_of_the_engine_as_source(self) -> None:
        home = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, home)
        made = make(home / "labs", "--labs", "1,5", "--engine", "source")
        self.assertEqual(made.returncode, 0, made.stderr)
        bundle = home / "labs"
        self.assertEqual(sorted(path.name for path in (bundle / "labs").glob("[0-9]*")), ["01_text_log", "05_hash_index"])
        self.assertFalse((bundle / "engine/hash_index.cc").exists())
        self.assertFalse((bundle / "engine/text_log.cc").exists())
        self.assertTrue((bundle / "engine/merge.cc").exists())
        self.assertEqual(leaks(bundle, Secrets("0[15]_*")), [])
        graded = run("env", "-i", "PATH=/usr/bin:/bin", "./dev", "lab", "5", "--only", "L5.1", "--file", ROOT / "labs/05_hash_index/right/compact.cc", folder=bundle)
        self.assertEqual(graded.returncode, 0, graded.stdout + graded.stderr)

    def test_says_what_is_wrong_with_what_it_was_given(self) -> None:
        home = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, home)
        unknown = make(home / "labs", "--labs", "1,99")
        self.assertEqual((unknown.returncode, "there is no lab 99" in unknown.stderr), (2, True), unknown.stderr)
        (home / "full").mkdir()
        (home / "full/file").write_text("")
        full = make(home / "full")
        self.assertEqual((full.returncode, "is not empty" in full.stderr), (2, True), full.stderr)


if __name__ == "__main__":
    if len(sys.argv) == 2 and pathlib.Path(sys.argv[1]).is_dir():
        problems = leaks(pathlib.Path(sys.argv[1]), Secrets())
        print("\n".join(problems) or "nothing of the solutions is in it")
        sys.exit(1 if problems else 0)
    unittest.main()
