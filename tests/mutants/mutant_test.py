#!/usr/bin/env python3
"""Tests of how mutants are read and planted, with small made-up sources. Run them with

    python3 tests/mutants/mutant_test.py
"""

import subprocess
import sys
import tempfile
import unittest
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.dont_write_bytecode = True  # the sources' folder stays as it is

from mutant import Mutant, MutantError, read_mutant, read_mutants
from planting import check, diff, planted, relocate

HEADER = """name: bug
kind: engine
what: It is wrong.
real bug: none known
killed by: unit crash
"""

MERGE = """void Merge::step() {
  for (const auto& input : inputs_) {
    read(input);
    count();
  }
  sync();
  count();
  remove_inputs();
}
"""


def replacement(old: str, new: str, file: str = "engine/merge.cc") -> str:
    return f"\n=== old {file}\n{old}=== new\n{new}=== end\n"


class Folder(unittest.TestCase):
    """A test with sources and a mutant in its own folder."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.source = Path(folder.name)
        self.write("engine/merge.cc", MERGE)

    def write(self, file: str, text: str) -> Path:
        path = self.source / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def mutant(self, *replacements: str, header: str = HEADER, name: str = "bug") -> Mutant:
        return read_mutant(self.write(f"mutants/{name}.mutant", header + "".join(replacements)))

    @contextmanager
    def assert_error(self, *parts: str) -> Iterator[None]:
        """The error names the mutant and contains all of these."""
        with self.assertRaises(MutantError) as caught:
            yield
        for part in ("bug.mutant", *parts):
            self.assertIn(part, str(caught.exception))


class Reading(Folder):
    def test_header_and_replacements(self) -> None:
        mutant = self.mutant(replacement("  sync();\n", ""),
                             replacement("    read(input);\n", "    read(input);\n\n    read(input);\n"))
        self.assertEqual((mutant.name, mutant.kind, mutant.what, mutant.real_bug), ("bug", "engine", "It is wrong.", "none known"))
        self.assertEqual((mutant.killed_by, mutant.lets_survive), (("unit", "crash"), ()))
        self.assertEqual(mutant.files, ("engine/merge.cc",))
        self.assertEqual([(one.old, one.new, one.line) for one in mutant.replacements],
                         [(("  sync();",), (), 7), (("    read(input);",), ("    read(input);", "", "    read(input);"), 12)])

    def test_text_is_taken_as_it_is(self) -> None:
        text = "  // -- new\n--- end\n@@ -1 +1 @@\n\n  name: x; == old\n  === new\n\tx  \n"
        self.assertEqual(self.mutant(replacement("  sync();\n", text)).replacements[0].new, tuple(text[:-1].split("\n")))

    def test_files_are_named_once_and_in_order(self) -> None:
        places = (("a", "engine/x.h"), ("b", "engine/a.cc"), ("c", "engine/x.h"))
        mutant = self.mutant(*(replacement(f"{line}\n", "", file) for line, file in places))
        self.assertEqual(mutant.files, ("engine/x.h", "engine/a.cc"))

    def test_wrong_headers(self) -> None:
        for header, complaint in (
            (HEADER.replace("what: It is wrong.\n", ""), "no line 'what: …'"),
            (HEADER.replace("killed by: unit crash\n", ""), "no line 'killed by: …'"),
            (HEADER.replace("unit crash", "unit smash"), "no suite smash"),
            (HEADER.replace("kind: engine", "kind: motor"), "not motor"),
            (HEADER.replace("name: bug", "name: beetle"), "beetle.mutant"),
            (HEADER + "what: It is wrong again.\n", "unknown or repeated line: what: It is wrong again."),
            (HEADER + "colour: blue\n", "unknown or repeated line: colour: blue"),
            (HEADER + "words\n", "unknown or repeated line: words"),
        ):
            with self.subTest(complaint), self.assert_error(complaint):
                self.mutant(replacement("  sync();\n", ""), header=header)

    def test_wrong_replacements(self) -> None:
        begin = "=== old engine/merge.cc\n"
        for text, complaint in (
            ("", "it replaces nothing"),
            (replacement("x\n", "", "sim/crash.cc"), "may change only files in engine/"),
            (replacement("", "x\n"), "bug.mutant:7: the old text is empty"),
            (replacement("\n  \n", "x\n"), "the old text is empty"),
            (replacement("  x\n", "x\n"), "the new text is the old text"),
            (begin + "x\n", "bug.mutant:6: this replacement has no line '=== new'"),
            (begin + "x\n=== new\ny\n", "bug.mutant:6: this replacement has no line '=== end'"),
            (begin + "x\n=== end\n", "bug.mutant:8: expected the line '=== new', not: === end"),
            (begin + "x\n=== new \n=== end\n", "expected the line '=== new'"),
            (begin + "x\n=== new\n=== new\n=== end\n", "bug.mutant:9: expected the line '=== end'"),
            (begin + begin + "=== new\n=== end\n", "bug.mutant:7: expected the line '=== new'"),
            (begin + "x\n=== new\n=== end of it\n", "expected the line '=== end'"),
            (replacement("x\n", "y\n") + "z\n", "bug.mutant:12: a replacement must begin with the line '=== old FILE', not: z"),
            ("=== new\n=== end\n", "bug.mutant:6: a replacement must begin"),
            ("=== old\nx\n=== new\n=== end\n", "bug.mutant:6: a replacement must begin"),
            ("=== old \nx\n=== new\n=== end\n", "bug.mutant:6: a replacement must begin"),
            ("=== old engine/merge.cc \nx\n=== new\n=== end\n", "bug.mutant:6: a replacement must begin"),
            ("=======\n", "bug.mutant:6: a replacement must begin"),
        ):
            with self.subTest(text), self.assert_error(complaint):
                self.mutant(text)

    def test_a_simulator_mutant_lets_an_engine_mutant_survive(self) -> None:
        header = "name: kind\nkind: simulator\nwhat: It is kind.\nreal bug: none known\nlets survive: bug\n"
        self.mutant(replacement("x\n", "", "sim/crash.cc"), header=header, name="kind")
        with self.assertRaisesRegex(MutantError, "there is no such engine mutant"):
            read_mutants(self.source / "mutants")
        self.mutant(replacement("  sync();\n", ""))
        self.assertEqual([mutant.name for mutant in read_mutants(self.source / "mutants")], ["bug", "kind"])
        self.mutant(replacement("  sync();\n", ""), header=HEADER.replace("unit crash", "unit"))
        with self.assertRaisesRegex(MutantError, "which the crash suite need not kill"):
            read_mutants(self.source / "mutants")


    def test_a_mutant_of_a_command_is_killed_by_the_commands_suite_alone(self) -> None:
        header = HEADER.replace("kind: engine", "kind: command")
        for suites in ("unit", "unit cli"):
            with self.assert_error("killed by cli"):
                self.mutant(replacement("x\n", "", "engine/tools/x.cc"), header=header.replace("unit crash", suites))
        header = header.replace("unit crash", "cli")
        mutant = self.mutant(replacement("x\n", "", "engine/tools/x.cc"), replacement("y\n", "", "engine/cli/y.h"), header=header)
        self.assertEqual((mutant.killed_by, mutant.folders), (("cli",), ("engine/tools/", "engine/cli/")))
        with self.assert_error("may change only files in engine/tools/ and engine/cli/"):
            self.mutant(replacement("x\n", "", "engine/merge.cc"), header=header)

    def test_the_tools_are_no_part_of_the_engine(self) -> None:
        self.assertEqual(self.mutant(replacement("x\n", "", "engine/posix/x.cc")).folders, ("engine/",))
        with self.assert_error("may change only files in engine/"):
            self.mutant(replacement("x\n", "", "engine/tools/x.cc"))

    def test_a_simulator_mutant_that_weakens_a_judge_names_the_suites_that_must_kill_it(self) -> None:
        header = "name: blind\nkind: simulator\nwhat: It is blind.\nreal bug: none known\n"
        change = replacement("x\n", "", "sim/judge.cc")
        blind = self.mutant(change, header=header + "killed by: unit\n", name="blind")
        self.assertEqual((blind.killed_by, blind.lets_survive), (("unit",), ()))
        for more in ("", "killed by: unit\nlets survive: bug\n"):
            with self.subTest(more), self.assertRaisesRegex(MutantError, "either what it lets survive or what kills it"):
                self.mutant(change, header=header + more, name="blind")
        with self.assert_error("only a mutant of the simulator may let others survive"):
            self.mutant(replacement("  sync();\n", ""), header=HEADER + "lets survive: bug\n")


class Planting(Folder):
    def planted(self, *replacements: str) -> str:
        (text,) = planted(self.source, self.mutant(*replacements)).values()
        return text

    def test_replaced_deleted_inserted(self) -> None:
        self.assertEqual(self.planted(replacement("  sync();\n", "  flush();\n")), MERGE.replace("sync", "flush"))
        self.assertEqual(self.planted(replacement("  sync();\n", "")), MERGE.replace("  sync();\n", ""))
        self.assertEqual(self.planted(replacement("  sync();\n", "  open();\n  sync();\n")),
                         MERGE.replace("  sync", "  open();\n  sync"))
        self.assertEqual((self.source / "engine/merge.cc").read_text(encoding="utf-8"), MERGE)

    def test_first_and_last_line(self) -> None:
        self.assertEqual(self.planted(replacement("void Merge::step() {\n", "// x\n")), "// x\n" + MERGE.partition("\n")[2])
        self.assertEqual(self.planted(replacement("  remove_inputs();\n}\n", "}\n")), MERGE.replace("  remove_inputs();\n", ""))

    def test_several_in_any_order(self) -> None:
        both = (replacement("  remove_inputs();\n", "  a();\n  b();\n"), replacement("    read(input);\n", ""))
        expected = MERGE.replace("  remove_inputs();\n", "  a();\n  b();\n").replace("    read(input);\n", "")
        self.assertEqual(self.planted(*both), expected)
        self.assertEqual(self.planted(*reversed(both)), expected)

    def test_old_texts_are_those_of_the_file_before(self) -> None:
        swapped = MERGE.replace("sync", "x").replace("remove_inputs", "sync").replace("x()", "remove_inputs()")
        self.assertEqual(self.planted(replacement("  sync();\n", "  remove_inputs();\n"),
                                      replacement("  remove_inputs();\n", "  sync();\n")), swapped)

    def test_neighbours_may_change(self) -> None:
        text = "// new\n\n" + MERGE.replace("count", "log")
        self.write("engine/merge.cc", text)
        self.assertEqual(self.planted(replacement("  sync();\n", "")), text.replace("  sync();\n", ""))

    def test_indentation_may_change(self) -> None:
        self.write("engine/merge.cc", MERGE.replace("\n  ", "\n\t    "))
        one = replacement("    count();\n  }\n  sync();\n", "    count();\n  }\n")
        self.assertIn("\n    count();\n  }\n\t    count();\n", self.planted(one))

    def test_other_whitespace_counts(self) -> None:
        self.write("engine/merge.cc", MERGE.replace("sync();", "sync( );"))
        with self.assert_error("occurs 0 times"):
            self.planted(replacement("  sync();\n", ""))

    def test_whole_lines_only(self) -> None:
        with self.assert_error("occurs 0 times"):
            self.planted(replacement("  sync()\n", ""))

    def test_twice(self) -> None:
        with self.assert_error("bug.mutant:7", "engine/merge.cc", "occurs 2 times, in lines 4, 7; add the line above or below"):
            self.planted(replacement("count();\n", ""))

    def test_neighbours_make_it_unique(self) -> None:
        self.assertEqual(self.planted(replacement("  sync();\n  count();\n", "  sync();\n")),
                         MERGE.replace("  count();\n  remove", "  remove"))

    def test_overlap_with_itself_is_twice(self) -> None:
        self.write("engine/merge.cc", "a;\na;\na;\n")
        with self.assert_error("occurs 2 times, in lines 1, 2"):
            self.planted(replacement("a;\na;\n", ""))

    def test_missing(self) -> None:
        with self.assert_error("bug.mutant:7", "engine/merge.cc", "occurs 0 times; change it to match the code"):
            self.planted(replacement("gone();\n", ""))

    def test_missing_file(self) -> None:
        with self.assert_error("in engine/gone.cc, but occurs 0 times: it is in engine/merge.cc now"):
            self.planted(replacement("  sync();\n", "", "engine/gone.cc"))

    def test_overlapping_replacements(self) -> None:
        with self.assert_error("bug.mutant:13", "overlaps with that of line 7"):
            self.planted(replacement("  }\n  sync();\n", ""), replacement("  sync();\n  count();\n", ""))

    def test_check_goes_on_after_an_error(self) -> None:
        good = self.mutant(replacement("  sync();\n", ""))
        bad = self.mutant(replacement("gone();\n", ""))
        self.assertEqual(len(check(self.source, [bad, good, bad])), 2)
        self.assertEqual(check(self.source, [good]), [])

    def test_diff_can_be_applied(self) -> None:
        self.write("engine/merge.h", "#include <x>\n")
        mutant = self.mutant(replacement("  sync();\n", ""), replacement("#include <x>\n", "#include <y>\n", "engine/merge.h"))
        patch = diff(self.source, mutant)
        self.assertIn("--- a/engine/merge.cc\n+++ b/engine/merge.cc\n@@ -3,7 +3,6 @@\n", patch)
        subprocess.run(["git", "init", "--quiet"], cwd=self.source, check=True)
        subprocess.run(["git", "apply"], cwd=self.source, input=patch, text=True, check=True)
        for file, text in {"engine/merge.cc": MERGE.replace("  sync();\n", ""), "engine/merge.h": "#include <y>\n"}.items():
            self.assertEqual((self.source / file).read_text(encoding="utf-8"), text)


class Relocating(Folder):
    def setUp(self) -> None:
        super().setUp()
        self.bug = self.mutant(replacement("  sync();\n", "  flush();\n"), replacement("  remove_inputs();\n", ""))
        self.text = self.bug.path.read_text(encoding="utf-8")

    def move(self, file: str) -> None:
        """The line with `sync` moves to this file; another one replaces it."""
        self.write(file, "void f() {\n    sync();\n}\n")
        self.write("engine/merge.cc", MERGE.replace("sync", "f"))

    def test_follows_what_moved(self) -> None:
        self.move("engine/posix/copy.h")
        with self.assert_error("it is in engine/posix/copy.h now", "./dev mutants --relocate"):
            planted(self.source, self.bug)
        self.assertEqual(relocate(self.source, self.bug), ["bug.mutant:7: from engine/merge.cc to engine/posix/copy.h"])
        self.assertEqual(self.bug.path.read_text(encoding="utf-8"), self.text.replace("engine/merge.cc", "engine/posix/copy.h", 1))
        texts = planted(self.source, read_mutant(self.bug.path))
        self.assertEqual(texts, {"engine/posix/copy.h": "void f() {\n  flush();\n}\n",
                                 "engine/merge.cc": MERGE.replace("sync", "f").replace("  remove_inputs();\n", "")})

    def test_leaves_alone_what_is_there(self) -> None:
        self.write("engine/copy.cc", "sync();\n")
        self.assert_unmoved()

    def test_does_not_choose(self) -> None:
        self.move("engine/copy.cc")
        self.write("engine/again.cc", "sync();\nsync();\n")
        with self.assert_error("it occurs in other files: engine/again.cc (2), engine/copy.cc (1)"):
            planted(self.source, self.bug)
        self.assert_unmoved()

    def test_stays_in_its_library(self) -> None:
        self.move("sim/copy.cc")
        with self.assert_error("change it to match the code"):
            planted(self.source, self.bug)
        self.assert_unmoved()

    def assert_unmoved(self) -> None:
        self.assertEqual(relocate(self.source, self.bug), [])
        self.assertEqual(self.bug.path.read_text(encoding="utf-8"), self.text)


if __name__ == "__main__":
    unittest.main()
