#!/usr/bin/env python3
"""Excerpts are found by name, as a whole, and never where the name is only used."""

import re
import unittest

from made_up import ROOT, SOURCE, Repository

import excerpts


class Excerpts(Repository):
    def found(self, name: str, source: str = SOURCE) -> list[str]:
        return excerpts.find(source, name).lines

    def missing(self, name: str, source: str = SOURCE) -> str:
        with self.assertRaises(excerpts.ExcerptError) as error:
            excerpts.find(source, name)
        return str(error.exception)

    def test_a_function_has_its_comment_and_its_whole_body(self) -> None:
        excerpt = excerpts.find(SOURCE, "Record::encode")
        self.assertEqual(excerpt.lines[0], "// The comment that belongs to it.")
        self.assertEqual(excerpt.lines[2], "void Record::encode(std::string* out) const {")
        self.assertEqual(excerpt.lines[-1], "}")
        self.assertEqual(len(excerpt.lines), 12)
        self.assertEqual(SOURCE.split("\n")[excerpt.first_line - 1], excerpt.lines[0])

    def test_the_definition_is_preferred_to_the_declaration(self) -> None:
        self.assertIn("void Record::encode(std::string* out) const {", self.found("encode"))

    def test_a_member_in_a_class_loses_its_indentation(self) -> None:
        self.assertEqual(self.found("Record::bytes"), [
            "// Bytes, with the header.",
            "[[nodiscard]] std::size_t bytes() const noexcept { return size_ + kHeaderSize; }",
        ])

    def test_each_kind_of_declaration(self) -> None:
        cases = {
            "kHeaderSize": ("inline constexpr std::size_t kHeaderSize = 24;", 1),
            "kBraces": ("constexpr std::array<char, 3> kBraces = {'{', '}', '\"'};", 1),
            "Ending": ("// How a record ends.", 5),
            "Record": ("// A record in memory.", 11),
            "Record::Record": ('explicit Record(int size) : size_{size}, name_("{") { check(size); }', 1),
            "Record::size_": ("int size_ = 0;", 1),
            "twice": ("template <typename T>", 4),
            "judge": ("bool judge(const std::string& text,", 4),
        }
        for name, (first, lines) in cases.items():
            with self.subTest(name):
                found = self.found(name)
                self.assertEqual((found[0], len(found)), (first, lines))

    def test_a_removed_function_is_missed_although_it_is_still_called(self) -> None:
        begin = SOURCE.index("bool judge(")
        without = SOURCE[:begin] + SOURCE[SOURCE.index("}  // namespace") :]
        self.assertIn("judge(*out", without)
        self.assertIn("new name", self.missing("judge", without))

    def test_every_excerpt_of_the_book_breaks_when_its_name_goes(self) -> None:
        quoted = {
            tuple(words.split()[:2])
            for page in (ROOT / "docs/book").glob("*.md")
            for words in re.findall(r"\{\{ code ([^}]*)\}\}", page.read_text(encoding="utf-8"))
        }
        self.assertGreater(len(quoted), 10)
        for file, name in sorted(quoted):
            with self.subTest(f"{file} {name}"):
                excerpt = excerpts.read(ROOT, file, name)
                lines = (ROOT / file).read_text(encoding="utf-8").split("\n")
                gone = [line for number, line in enumerate(lines, 1) if number not in excerpt.numbers]  # its calls stay
                self.missing(name, "\n".join(gone))

    def test_a_renamed_function_is_missed(self) -> None:
        self.assertTrue(self.found("twice"))
        self.missing("twice", SOURCE.replace("twice", "doubled"))

    def test_what_is_only_named_is_no_definition(self) -> None:
        for name in ("Forward", "check", "append", "i", "out", "Base", "WEIRD"):
            with self.subTest(name):
                self.missing(name)

    def test_part_of_a_name_is_not_the_name(self) -> None:
        for name in ("udge", "HeaderSize", "rd::encode", "Other::encode"):
            with self.subTest(name):
                self.missing(name)

    def test_a_part_begins_and_ends_with_the_lines_that_are_named(self) -> None:
        excerpt = excerpts.read(self.root, "engine/record.h", "Record::encode", "// 2", "// 3")
        self.assertEqual(excerpt.lines[0], "// 2  the body")
        self.assertEqual(excerpt.lines[1], "for (int i = 0; i < size_; ++i) {")
        self.assertEqual(excerpt.lines[-1], "// 3  the end")
        self.assertEqual(SOURCE.split("\n")[excerpt.first_line - 1].strip(), "// 2  the body")

    def test_what_a_part_does_not_contain_is_named(self) -> None:
        for first, last, told in (("// 9", None, '"// 9"'), ("// 2", "// 1", '"// 1"'), (None, "nothing", '"nothing"')):
            with self.subTest(told), self.assertRaisesRegex(excerpts.ExcerptError, told):
                excerpts.read(self.root, "engine/record.h", "Record::encode", first, last)

    def test_marks_for_the_labs_are_left_out(self) -> None:
        mark = "// Lab 2: the body of this function is yours.\n"
        for source in (SOURCE.replace("bool judge(", mark + "bool judge("), SOURCE.replace("// A second line of it.\n", f"// A second line of it.\n{mark}")):
            self.write("engine/record.h", source)
            for name in ("judge", "Record::encode"):
                excerpt = excerpts.read(self.root, "engine/record.h", name)
                self.assertNotIn("Lab 2", "\n".join(excerpt.lines))
                self.assertEqual(source.split("\n")[excerpt.first_line - 1], excerpt.lines[0])
            part = excerpts.read(self.root, "engine/record.h", "Record::encode", "// 2")
            self.assertEqual(source.split("\n")[part.first_line - 1].strip(), "// 2  the body")

    def test_only_cpp_files_of_the_repository_are_read(self) -> None:
        self.write("../outside.h", SOURCE)
        self.write("engine/list.py", "def judge(): pass\n")
        for file, told in (("engine/none.h", "there is no file"), ("../outside.h", "there is no file"), ("engine/list.py", "no C")):
            with self.subTest(file), self.assertRaisesRegex(excerpts.ExcerptError, told):
                excerpts.read(self.root, file, "judge")

    def test_every_source_of_the_project_can_be_split(self) -> None:
        files = [path for folder in ("engine", "sim", "viz") for path in (ROOT / folder).rglob("*") if path.suffix in (".h", ".cc")]
        self.assertGreater(len(files), 100)
        named = 0
        for path in files:
            text = excerpts.blanked(path.read_text(encoding="utf-8"))
            named += sum(excerpts.declared(each) is not None for each in excerpts.declarations(text, 0, len(text)))
        self.assertGreater(named, 10 * len(files))


if __name__ == "__main__":
    unittest.main()
