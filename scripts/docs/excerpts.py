"""Pieces of the C++ sources, by the name of what they define: a page quotes them, and a name that has gone breaks the build.

The sources are split into declarations, without a compiler: comments and literals are blanked, and what stands in the braces of a
function is never looked at. So a call of a function that no longer exists is not taken for the function.
"""

import re
from dataclasses import dataclass
from pathlib import Path

# For the labs' handouts, not for a reader of the book.
LAB_MARK = re.compile(r"\s*// Lab \d+: the body of this function is yours\.")
SCOPE = re.compile(r"\b(namespace|class|struct|union|extern)\b")
CLASS = re.compile(r"\b(?:class|struct|union|enum(?:\s+(?:class|struct))?)\s+(?:\[\[[^\]]*\]\]\s*|alignas\([^)]*\)\s*)*((?:\w+::)*\w+)")
ACCESS = re.compile(r"\s*(?:(?:public|protected|private)\s*:(?!:)\s*)*")
INITIALIZERS = re.compile(r"\)[^{}()]*(?<!:):(?!:)")  # of a constructor: what follows may have braces before the body


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


@dataclass
class Declaration:
    begin: int
    end: int
    head: str  # up to the body, without comments
    scopes: tuple[str, ...]  # names of the classes around it
    has_body: bool


def blanked(source: str) -> str:
    """The source with spaces for comments, literals and preprocessor lines, each as long as it was."""
    pattern = re.compile(
        r'//[^\n]*|/\*.*?\*/|\bR"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<![0-9A-Fa-f])\'(?:\\.|[^\'\\\n])+\'|^[ \t]*#(?:\\\n|[^\n])*',
        re.DOTALL | re.MULTILINE,
    )
    return pattern.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), source)


def after_braces(text: str, begin: int) -> int:
    """The place after the brace that closes the one at `begin`."""
    depth = 0
    for i in range(begin, len(text)):
        depth += {"{": 1, "}": -1}.get(text[i], 0)
        if depth == 0:
            return i + 1
    raise ExcerptError("a brace is never closed")


def declarations(text: str, begin: int, end: int, scopes: tuple[str, ...] = ()) -> list[Declaration]:
    """Of the blanked text, those between two places, and those in the classes and namespaces among them."""
    found: list[Declaration] = []
    start = i = begin
    parens = 0
    body = -1  # where the head ends
    while i < end:
        c = text[i]
        parens += {"(": 1, "[": 1, ")": -1, "]": -1}.get(c, 0)
        is_end = False
        if c == ";" and parens == 0:
            is_end = True
            i += 1
        elif c == "{":
            close = after_braces(text, i)
            head = text[start:i]
            named = CLASS.search(head)
            scope = SCOPE.search(re.sub(r"template\s*<[^{;]*?>\s*(?=class|struct|union|\w)", "", head))
            if parens > 0 or "=" in re.sub(r"operator\W+|<=>|[<>=!]=|\([^()]*\)", "", head):
                pass  # a value: its end is the semicolon
            elif INITIALIZERS.search(head) and re.search(r"[\w>]\s*$", head) and not re.search(r"\b(?:const|noexcept|override)\s*$", head):
                pass  # a{1}, b{2} before the body of a constructor
            elif named and re.search(r"\benum\b", head):
                body = i if body < 0 else body
            elif scope and not (named and "(" in head[named.end() :]):
                inner = (*scopes, *named.group(1).split("::")) if named else scopes
                found += declarations(text, i + 1, close - 1, inner)
                if named:
                    body = i if body < 0 else body
                else:
                    start, i = close, close
                    continue
            else:
                body = i if body < 0 else body
                is_end = True  # a function; or a value in braces, which has a semicolon
                follows = re.compile(r"\s*;").match(text, close)
                close = follows.end() if follows else close
            i = close
        else:
            i += 1
        if is_end:
            access = ACCESS.match(text, start, i)
            first = access.end() if access else start
            if first < i and text[first:i].strip(" \n;"):
                head = text[first : body if body >= 0 else i].rstrip("; \n")
                found.append(Declaration(first, i, head, scopes, body >= 0))
            start, body, parens = i, -1, 0
    return found


def declared(declaration: Declaration) -> tuple[int, str] | None:
    """How good an answer it is, 0 is the best, and what it declares, with its scopes. None: nothing that can be quoted, for example a class
    that is only named."""
    head = declaration.head
    path = declaration.scopes
    if head.startswith("friend "):
        return None
    named = CLASS.search(head)
    if named and "(" not in head[named.end() :] and re.fullmatch(r"(?:\s*final)?\s*(?::(?!:).*)?", head[named.end() :], re.DOTALL):
        return (0, "::".join((*path, named.group(1)))) if declaration.has_body else None
    function = re.search(r"((?:\w+::)*~?\w+)\s*\(", re.sub(r"\[\[[^\]]*\]\]|alignas\([^)]*\)|\bnoexcept\([^)]*\)", lambda m: " " * len(m.group()), head))
    value = re.search(r"((?:\w+::)*\w+)\s*(?:\[[^\]]*\]\s*)*(?:=(?!=)|;|$)", head)
    if value and "=" in head and (not function or value.start() < function.start()):
        return (1, "::".join((*path, value.group(1))))
    if function:
        return (1 if declaration.has_body else 2, "::".join((*path, function.group(1))))
    return (1, "::".join((*path, value.group(1)))) if value else None


def find(source: str, name: str) -> Excerpt:
    """The definition of this name, with the comment before it; a declaration if it is only declared here."""
    text = blanked(source)
    answers = []
    for declaration in declarations(text, 0, len(text)):
        what = declared(declaration)
        if what and (what[1] == name or what[1].endswith("::" + name)):
            answers.append((what[0], declaration.begin, declaration))
    if not answers:
        raise ExcerptError("neither a function nor a class nor a constant of this name is declared there; it may have a new name, or a new file")
    _, _, chosen = min(answers, key=lambda answer: answer[:2])
    begin = source.rfind("\n", 0, chosen.begin) + 1
    before = source[:begin].split("\n")[:-1]
    while before and before[-1].lstrip().startswith("//"):
        begin -= len(before.pop()) + 1
    numbered = list(enumerate(source[begin : chosen.end].split("\n"), source.count("\n", 0, begin) + 1))
    return made_of([(number, line) for number, line in numbered if not LAB_MARK.fullmatch(line)])


def narrowed(excerpt: Excerpt, first: str | None, last: str | None) -> Excerpt:
    """From the first line with one text to the first after it with the other, both included."""
    begin, end = 0, len(excerpt.lines)
    if first is not None:
        begin = next((i for i, line in enumerate(excerpt.lines) if first in line), -1)
        if begin < 0:
            raise ExcerptError(f'no line of it contains "{first}"')
    if last is not None:
        at = next((i for i in range(begin + 1, len(excerpt.lines)) if last in excerpt.lines[i]), -1)
        if at < 0:
            raise ExcerptError(f'no later line of it contains "{last}"')
        end = at + 1
    return made_of(list(zip(excerpt.numbers, excerpt.lines))[begin:end])


def read(root: Path, file: str, name: str, first: str | None = None, last: str | None = None) -> Excerpt:
    path = root / file
    if not path.is_file() or root.resolve() not in path.resolve().parents:
        raise ExcerptError(f"there is no file {file}")
    if path.suffix not in (".h", ".cc"):
        raise ExcerptError(f"{file} is no C++: only .h and .cc files can be quoted")
    try:
        return narrowed(find(path.read_text(encoding="utf-8"), name), first, last)
    except ExcerptError as error:
        raise ExcerptError(f"{file}: {name}: {error}") from error
