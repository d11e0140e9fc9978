#!/usr/bin/env python3
"""The book of a small repository, built with MkDocs: what leads nowhere, and what has gone from the sources, breaks the build. The tests
with a site are skipped where MkDocs or its theme Material is not installed."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

from made_up import SOURCE, Repository

import check_site
from links import Links, place_of

HAS_MKDOCS = shutil.which("mkdocs") is not None and "material" in subprocess.run(
    ["/usr/bin/python3", "-c", "from mkdocs.utils import get_theme_names; print(*get_theme_names())"], capture_output=True, text=True, check=False
).stdout


class LinksOfPages(Repository):
    def rewritten(self, text: str, file: str = "docs/format.md") -> str:
        return Links(self.root).rewrite(text, file, place_of(file))

    def test_links_lead_to_the_page_that_shows_the_file(self) -> None:
        cases = {
            "[a](glossary.md#disk)": "[a](glossary.md#disk)",
            "[a](../engine/record.h)": "[a](../source/engine-record-h.md)",
            "[a](../engine/record.h#L7)": "[a](../source/engine-record-h.md#__codelineno-0-7)",
            "[a](../labs/01_records/README.md)": "[a](../labs/01_records.md)",
            "[a](book/01-records.md)": "[a](../book/01-records.md)",
            "[a](../README.md)": "[a](readme.md)",
            "[a](../engine)": "[a](../source/engine.md)",
            "[a](https://example.org/x)": "[a](https://example.org/x)",
            "[a](#here)": "[a](#here)",
            "`[a](gone.md)`": "`[a](gone.md)`",
            "```\n[a](gone.md)\n```": "```\n[a](gone.md)\n```",
        }
        for text, wanted in cases.items():
            with self.subTest(text):
                self.assertEqual(self.rewritten(text), wanted)

    def test_every_dead_link_is_told_with_its_line(self) -> None:
        with self.assertRaises(Exception) as refusal:
            self.rewritten("# A\n\n[a](gone.md) and [b](glossary.md)\n[c](../../../etc/passwd)\n")
        first, second = str(refusal.exception).splitlines()
        self.assertRegex(first, r"^docs/format.md:3: the link to gone.md leads nowhere")
        self.assertRegex(second, r"^docs/format.md:4: ")


class CheckingASite(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.site = Path(folder.name)
        (self.site / "b.html").write_text('<h1 id="there">B</h1>', encoding="utf-8")

    def faults(self, body: str) -> list[str]:
        (self.site / "a.html").write_text(body, encoding="utf-8")
        return check_site.faults(self.site, with_engine=True)

    def test_a_page_without_faults(self) -> None:
        self.assertEqual(self.faults('<a href="b.html#there">b</a><a href="https://example.org/">e</a><a href="#x" id="x">x</a>'), [])

    def test_each_fault(self) -> None:
        for body in ('<a href="c.html">c</a>', '<a href="b.html#nowhere">b</a>', '<img src="no.png">', '<a href="#">a</a><p id="a"></p><p id="a"></p>',
                     '<script src="https://example.org/a.js"></script>', '<link rel="stylesheet" href="//example.org/a.css">'):
            with self.subTest(body):
                self.assertEqual(len(self.faults(body)), 1)


@unittest.skipUnless(HAS_MKDOCS, "MkDocs with its theme Material is not installed")
class Building(Repository):
    def build(self, *more: str) -> subprocess.CompletedProcess:
        return subprocess.run(
            ["/usr/bin/python3", str(self.root / "scripts/docs/build.py"), "--programs", str(self.programs_folder), "--out",
             str(self.root / "build/book"), "--cache", str(self.cache), *more],
            capture_output=True, text=True, check=False)

    def built(self, *more: str) -> None:
        done = self.build(*more)
        self.assertEqual(done.returncode, 0, done.stderr)

    def refused_because(self, told: str) -> None:
        done = self.build()
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn(told, done.stderr)
        self.assertNotIn("Traceback", done.stderr)

    def html(self, page: str) -> str:
        return (self.root / "build/book" / page).read_text(encoding="utf-8")

    def test_a_site(self) -> None:
        self.write("docs/book/01-records.md", "# Records\n\nThe {{ term active segment }}.\n\n{{ code engine/record.h judge }}\n\n"
                   '{{ figure id="rain" steps="put rain 12mm" caption="Look." }}\n\nSee [the format](../format.md).\n')
        self.built()
        chapter = self.html("book/01-records.html")
        self.assertIn('<sediment-figure steps="put rain 12mm" id="rain"', chapter)
        # A browser ends a paragraph before a figure, so an element in a paragraph would lose what is in it.
        self.assertNotRegex(chapter, r"<p>\s*<sediment-")
        self.assertIn("reference/glossary.html#active-segment", chapter)
        self.assertIn('id="active-segment"', self.html("reference/glossary.html"))
        line = re.search(r'source/engine-record-h.html(#__codelineno-0-\d+)"', chapter)
        self.assertIn(f'id="{line.group(1)[1:]}"', self.html("source/engine-record-h.html"))
        self.assertTrue((self.root / "build/book/figures/rain.png").is_file())
        self.assertNotIn("viz/sediment.js", chapter)  # there is no engine

    def test_a_site_with_the_engine(self) -> None:
        for name in ("index.html", "README.md", "sediment.js", "sediment.css"):
            self.write(f"web/{name}", "")
        self.write("docs/book/01-records.md", '# Records\n\n{{ figure id="rain" steps="put rain 12mm" caption="Look." }}\n')
        self.built("--web", str(self.root / "web"))
        self.assertIn('<script type="module" src="../viz/sediment.js">', self.html("book/01-records.html"))
        self.assertIn('href="../viz/sediment.css"', self.html("book/01-records.html"))
        self.assertEqual(sorted(path.name for path in (self.root / "build/book/viz").iterdir()),
                         ["README.md", "index.html", "sediment.css", "sediment.js"])  # as ./dev web has made them

    def test_sources_are_not_searched(self) -> None:
        self.built()
        self.assertNotIn("source/", (self.root / "build/book/search/search_index.json").read_text(encoding="utf-8"))

    def test_a_function_that_has_gone_breaks_it(self) -> None:
        self.write("docs/book/01-records.md", "# Records\n\n{{ code engine/record.h judge }}\n")
        self.built()
        begin = SOURCE.index("bool judge(")
        self.write("engine/record.h", SOURCE[:begin] + SOURCE[SOURCE.index("}  // namespace") :])
        self.refused_because("docs/book/01-records.md:3: code: engine/record.h: judge: ")

    def test_all_pages_are_looked_at_before_it_ends(self) -> None:
        self.write("docs/book/01-records.md", "# Records\n\n{{ lab 9 }}\n")
        self.write("docs/format.md", "# The format\n\n[a](gone.md)\n")
        self.refused_because("docs/book/01-records.md:3: lab: there is no lab 9")
        self.refused_because("docs/format.md:3: the link to gone.md leads nowhere")

    def test_a_place_that_a_page_has_not_breaks_it(self) -> None:
        self.write("docs/book/01-records.md", "# Records\n\nSee [the format](../format.md#no-such-place).\n")
        self.refused_because("names a place that format.html has not")

    def test_a_figure_that_is_called_like_a_heading_breaks_it(self) -> None:
        self.write("docs/book/01-records.md", '# Records\n\n## Two words\n\n{{ figure id="two-words" steps="put rain 12mm" caption="Look." }}\n')
        self.refused_because('book/01-records.html: two things have the id "two-words"')

    def test_what_is_loaded_from_elsewhere_breaks_it(self) -> None:
        self.write("docs/book/01-records.md", '# Records\n\n<img src="https://example.org/a.png" alt="a">\n')
        self.refused_because("loads https://example.org/a.png from elsewhere")

    def test_files_of_numbers(self) -> None:
        self.write("docs/book/numbers-02.json", '{"c01_size": {}}')
        self.refused_because("docs/book/numbers.json: the number c01_size is there twice")
        self.write("docs/book/numbers-02.json", '{\n"c02": \n}')
        self.refused_because("docs/book/numbers-02.json:3: it is no JSON")

    def test_a_page_without_a_title_breaks_it(self) -> None:
        self.write("docs/book/01-records.md", "Text.\n")
        self.refused_because("docs/book/01-records.md: it has no title")


if __name__ == "__main__":
    unittest.main()
