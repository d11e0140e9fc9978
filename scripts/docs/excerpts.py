"""Pieces of the sources, by the name of what they define: a page quotes them, and a name that has gone breaks the build."""

import re
from dataclasses import dataclass
from pathlib import Path


class ExcerptError(Exception):
    pass


@dataclass
class Excerpt:
    lines: list[str]
    numbers: list[int]  # of the lines in their file, counted from 1

    @property
    def first_line(self) -> int:
        return self.numbers[0]


def made_of(numbered: list[tuple[int, str]]) -> Excerpt:
    """Without the indentation that all lines have."""
    indent = min((len(line) - len(line.lstrip()) for _, line in numbered if line.strip()), default=0)
    return Excerpt([line[indent:] for _, line in numbered], [number for number, _ in numbered])


def is_comment(line: str) -> bool:
    return line.lstrip().startswith("//")


def end_of(text: str, begin: int) -> int:
    """Where a definition that begins here ends: after its closing brace, or after its semicolon."""
    depth = 0
    parens = 0
    i = begin
    while i < len(text):
        c = text[i]
        if text.startswith("//", i):
            i = text.find("\n", i)
            if i < 0:
                break
            continue
        if c in "\"'" and not (c == "'" and text[i - 1].isdigit()):  # 1'000 is a number
            i += 1
            while i < len(text) and text[i] != c:
                i += 2 if text[i] == "\\" else 1
        elif c == "(":
            parens += 1
        elif c == ")":
            parens -= 1
        elif c == "{":
            depth += 1
        elif c == "}":
            depth -= 1
            if depth == 0 and parens == 0:
                follows = re.match(r"[ ]*;", text[i + 1 :])
                return i + 1 + (follows.end() if follows else 0)
        elif c == ";" and depth == 0 and parens == 0:
            return i + 1
        i += 1
    raise ExcerptError("it does not end")


def find(source: str, name: str) -> Excerpt:
    """The definition of this name, with the comment before it. A definition with a body is preferred to a declaration."""
    last = re.escape(name.split("::")[-1])
    qualified = re.escape(name) if "::" in name else rf"(?:\w+::)*{last}"
    patterns = (
        rf"^[^\n/=;]*\b(?:struct|class|enum class|enum|union) {last}\b[^;\n]*\{{",
        rf"^(?!\s*(?:return|else|if|for|while)\b)[^\n/;=]*[\s*&>]{qualified}\((?![^\n]*\)\s*;\s*$)",
        rf"^[^\n/;(]*\b{last}(?:\[\w*\])?\s*(?:=|\{{)",
        rf"^(?!\s*(?:return|else|if|for|while)\b)[^\n/;=]*[\s*&>]{qualified}\(",
    )
    for pattern in patterns:
        found = re.search(pattern, source, re.MULTILINE)
        if not found:
            continue
        begin = source.rfind("\n", 0, found.start() + 1) + 1 if found.start() else 0
        end = end_of(source, found.start())
        before = source[:begin].split("\n")[:-1]
        while before and (is_comment(before[-1]) or before[-1].startswith("template <")):
            begin -= len(before.pop()) + 1
        first_line = source.count("\n", 0, begin) + 1
        numbered = [(first_line + i, line) for i, line in enumerate(source[begin:end].split("\n"))]
        # What is for the labs' handouts, not for a reader of the book.
        numbered = [(number, line) for number, line in numbered if not re.fullmatch(r"\s*// Lab \d+: the body of this function is yours\.", line)]
        return made_of(numbered)
    raise ExcerptError(f"there is no {name}")


def narrowed(excerpt: Excerpt, first: str | None, last: str | None) -> Excerpt:
    """From the first line with one text to the first after it with the other, both included."""
    begin, end = 0, len(excerpt.lines)
    if first is not None:
        begin = next((i for i, line in enumerate(excerpt.lines) if first in line), -1)
        if begin < 0:
            raise ExcerptError(f'no line of it contains "{first}"')
    if last is not None:
        at = next((i for i in range(begin, len(excerpt.lines)) if last in excerpt.lines[i]), -1)
        if at < 0:
            raise ExcerptError(f'no line from there on contains "{last}"')
        end = at + 1
    return made_of(list(zip(excerpt.numbers, excerpt.lines))[begin:end])


def read(root: Path, file: str, name: str, first: str | None = None, last: str | None = None) -> Excerpt:
    path = root / file
    if not path.is_file() or root not in path.resolve().parents:
        raise ExcerptError(f"there is no file {file}")
    try:
        return narrowed(find(path.read_text(encoding="utf-8"), name), first, last)
    except ExcerptError as error:
        raise ExcerptError(f"{file}: {name}: {error}") from error
