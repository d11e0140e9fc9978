#!/usr/bin/python3
"""Tests of what builds the book (scripts/docs): excerpts that follow the sources, macros that refuse nonsense, links that lead somewhere."""

import json
import shutil
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts" / "docs"))
import check_site  # noqa: E402
import excerpts  # noqa: E402
import links  # noqa: E402
from macros import Expander, PageError, Site  # noqa: E402
from programs import RunError  # noqa: E402

SOURCE = """// A file.
#include <string>

namespace a {

// Adds two numbers. A brace in a comment: }
// Lab 3: the body of this function is yours.
int add(int one, int other) {
  const char* text = "}";  // one in a text
  const char sign = '}';
  if (one > 1'000) return other;
  return one + other;
}

int add_later(int one);  // a declaration

/// A pair.
struct Pair {
  int first = 0;
  /// Their sum.
  int sum() const { return add(first, 1); }
};

constexpr int kMost = 7;

template <typename T>
T Box::value(T given) {
  return given;
}

}  // namespace a
"""


class Excerpts(unittest.TestCase):
    def text(self, name: str) -> str:
        return "\n".join(excerpts.find(SOURCE, name).lines)

    def test_a_function_comes_with_its_comment_and_to_its_brace(self) -> None:
        self.assertEqual(self.text("add").split("\n")[0], "// Adds two numbers. A brace in a comment: }")
        self.assertTrue(self.text("add").endswith("  return one + other;\n}"))
        self.assertNotIn("Lab 3", self.text("add"))
        self.assertEqual(excerpts.find(SOURCE, "add").first_line, 6)

    def test_other_definitions(self) -> None:
        self.assertTrue(self.text("Pair").startswith("/// A pair.\nstruct Pair {"))
        self.assertTrue(self.text("Pair").endswith("};"))
        self.assertEqual(self.text("kMost"), "constexpr int kMost = 7;")
        self.assertEqual(self.text("Box::value"), "template <typename T>\nT Box::value(T given) {\n  return given;\n}")
        self.assertEqual(self.text("add_later"), "int add_later(int one);")
        self.assertEqual(self.text("sum"), "/// Their sum.\nint sum() const { return add(first, 1); }")

    def test_a_part_of_one(self) -> None:
        part = excerpts.narrowed(excerpts.find(SOURCE, "add"), "if (one", "return one")
        self.assertEqual(part.lines, ["if (one > 1'000) return other;", "return one + other;"])
        self.assertEqual(part.first_line, 11)
        for first, last in (("nothing", None), ("return one", "if (one")):
            with self.assertRaises(excerpts.ExcerptError):
                excerpts.narrowed(excerpts.find(SOURCE, "add"), first, last)

    def test_a_name_that_has_gone_is_an_error(self) -> None:
        for name in ("subtract", "ad", "Box::other", "kLeast"):
            with self.assertRaises(excerpts.ExcerptError):
                excerpts.find(SOURCE, name)

    def test_every_excerpt_of_the_book_breaks_when_its_name_goes(self) -> None:
        """In a copy of the sources, each quoted name is changed: no excerpt may be found then."""
        quoted = set()
        for page in (ROOT / "docs/book").glob("*.md"):
            quoted |= {tuple(words.split()[:2]) for words in __import__("re").findall(r"\{\{ code ([^}]*)\}\}", page.read_text(encoding="utf-8"))}
        self.assertGreater(len(quoted), 10)
        for file, name in sorted(quoted):
            excerpts.read(ROOT, file, name)
            last = name.split("::")[-1]
            source = (ROOT / file).read_text(encoding="utf-8").replace(last, last + "Gone")
            with self.assertRaises(excerpts.ExcerptError, msg=f"{file} {name}"):
                excerpts.find(source, name)


class FakePrograms:
    """What the programs say, without running them."""

    def number(self, run: str, take: str, form: str = "{}") -> str:
        if run == "fails":
            raise RunError("`fails` ended with exit code 1")
        return form.format(12)

    def figure(self, description: dict, size: tuple) -> tuple[Path, list[str]]:
        if description.get("show") == "nothing":
            raise RunError('there is no show "nothing"')
        return Path("picture.png"), ["> put a 1", "  a & b"]

    def answer(self, description: dict) -> str:
        return "not found"


class Macros(unittest.TestCase):
    def setUp(self) -> None:
        self.site = Site(root=ROOT, programs=FakePrograms(), numbers={"n": {"run": "x", "take": "y"}, "bad": {"run": "fails", "take": "y"}},
                         terms={"active segment": "active-segment", "log": "log"}, labs={4: ("Lab 4: Ends", "labs/04.md")},
                         chapters={5: ("Where is it?", "book/05.md")})

    def page(self, text: str) -> str:
        return Expander(self.site).page("page.md", text)

    def test_what_each_makes(self) -> None:
        self.assertEqual(self.page("{{ number n }} bytes"), "12 bytes")
        self.assertEqual(self.page("{{ term active segment }}"), "[active segment](../reference/glossary.md#active-segment)")
        self.assertEqual(self.page("{{ term logs }}"), "[logs](../reference/glossary.md#log)")
        self.assertEqual(self.page("{{ lab 4 }}"), "[Lab 4: Ends](../labs/04.md)")
        self.assertEqual(self.page("{{ chapter 5 }}"), "[Where is it?](../book/05.md)")
        self.assertIn("source/engine-store-h.md", self.page("{{ source engine/store.h }}"))
        self.assertIn("RecordVerdict decode_record(", self.page("{{ code engine/record.cc decode_record }}"))
        figure = self.page('{{ figure id="one" steps="put a \'b\'" controls="put crash" caption="See `a` < *b*." }}')
        self.assertIn("<figcaption>See <code>a</code> &lt; <em>b</em>.</figcaption>", figure)
        self.assertIn("<li>a &amp; b</li>", figure)
        self.assertIn('controls="put crash"', figure)
        question = self.page('{{ predict id="two" steps="put a 1" ask="`a`?" answer="get b" choices="1 | not found" then="No." }}')
        self.assertIn("<li>not found</li>", question)
        self.assertNotIn("`", question)

    def test_code_in_a_page_is_left_alone(self) -> None:
        for text in ("`{{ number n }}`", "```\n{{ number nothing }}\n```"):
            self.assertEqual(self.page(text), text)

    def test_nonsense_is_refused_with_its_line(self) -> None:
        caption = 'caption="c"'
        table = {
            "{{ nothing }}": "there is no {{ nothing }}",
            "{{ number }}": "write {{ number KEY }}",
            "{{ number m }}": "has no m",
            "{{ number bad }}": "exit code 1",
            "{{ term wombat }}": 'the glossary has no "wombat"',
            "{{ lab 99 }}": "there is no lab 99",
            "{{ chapter x }}": "there is no chapter x",
            "{{ source engine/nothing.h }}": "there is no file",
            "{{ source ../outside }}": "there is no file",
            "{{ code engine/record.cc }}": "write {{ code FILE NAME }}",
            "{{ code engine/record.cc nothing }}": "there is no nothing",
            "{{ code engine/nothing.cc x }}": "there is no file engine/nothing.cc",
            '{{ code engine/record.cc decode_record from="nowhere" }}': 'no line of it contains "nowhere"',
            '{{ figure id="a" steps="put a 1" }}': 'it needs "caption"',
            f'{{{{ figure steps="put a 1" {caption} }}}}': "it needs an id",
            f'{{{{ figure id="A b" steps="put a 1" {caption} }}}}': "it needs an id",
            f'{{{{ figure id="a" size="3" {caption} }}}}': 'it has no "size"',
            f'{{{{ figure id="a" id="b" {caption} }}}}': "id is given twice",
            f'{{{{ figure id="a" show="nothing" {caption} }}}}': 'there is no show "nothing"',
            f'{{{{ figure id="a" controls="fly" {caption} }}}}': 'there is no control "fly"',
            '{{ predict id="a" steps="s" ask="?" answer="get b" choices="1" then="t" }}': "two to five different choices",
            '{{ predict id="a" steps="s" ask="?" answer="get b" choices="1 | 2" then="t" }}': "none of the choices",
            '{{ predict id="a" steps="s" answer="get b" choices="1 | not found" then="t" }}': 'it needs "ask"',
            '{{ figure id="a" caption="c }}': "is not understood",
        }
        for text, said in table.items():
            self.setUp()
            with self.assertRaises(PageError, msg=text) as raised:
                self.page("one\ntwo\n" + text + "\n")
            self.assertIn(said, str(raised.exception), text)
            if "is not understood" not in said:
                self.assertTrue(str(raised.exception).startswith("page.md:3: "), raised.exception)

    def test_an_id_is_used_once(self) -> None:
        figure = '{{ figure id="same" steps="put a 1" caption="c" }}'
        with self.assertRaises(PageError):
            self.page(figure + figure)


class Links(unittest.TestCase):
    def test_links_lead_to_the_places_of_the_site(self) -> None:
        found = links.Links(ROOT)
        table = {
            "[a](format.md#records)": "[a](format.md#records)",
            "[a](../engine/store.h)": "[a](../source/engine-store-h.md)",
            "[a](../labs/04_log_end/README.md)": "[a](../labs/04_log_end.md)",
            "[a](book/index.md)": "[a](../index.md)",
            "![a](merge.png)": "![a](merge.png)",
            "[a](https://example.org/b)": "[a](https://example.org/b)",
            "`[a](nowhere.md)`": "`[a](nowhere.md)`",
        }
        for text, expected in table.items():
            self.assertEqual(found.rewrite(text, "docs/page.md", "reference/page.md"), expected)
        self.assertEqual(found.sources, {"engine/store.h"})

    def test_a_link_that_leads_nowhere_is_an_error(self) -> None:
        for text in ("[a](nowhere.md)", "[a](../../outside.md)"):
            with self.assertRaises(PageError):
                links.Links(ROOT).rewrite(text, "docs/page.md", "reference/page.md")


class BuiltSite(unittest.TestCase):
    def setUp(self) -> None:
        self.site = Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.site)
        (self.site / "b.html").write_text('<h1 id="there">B</h1>')

    def faults(self, body: str) -> list[str]:
        (self.site / "a.html").write_text(body)
        return check_site.faults(self.site, with_engine=True)

    def test_faults_of_a_page(self) -> None:
        self.assertEqual(self.faults('<a href="b.html#there">b</a><a href="https://example.org/">e</a><a href="#x" id="x">x</a>'), [])
        for body in ('<a href="c.html">c</a>', '<a href="b.html#nowhere">b</a>', '<img src="no.png">', '<script src="https://example.org/a.js"></script>',
                     '<link rel="stylesheet" href="//example.org/a.css">'):
            self.assertEqual(len(self.faults(body)), 1, body)


class Numbers(unittest.TestCase):
    def test_each_has_what_it_needs(self) -> None:
        for path in (ROOT / "docs/book").glob("numbers*.json"):
            for key, number in json.loads(path.read_text(encoding="utf-8")).items():
                self.assertTrue({"run", "take", "what"} <= set(number), key)


if __name__ == "__main__":
    unittest.main()
