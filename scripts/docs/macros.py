"""What a page of the book may contain besides Markdown, in double braces:

  {{ figure id="…" show="…" from="…" to="…" hero="…" controls="…" caption="…" }}   or steps="…" (viz/shows/figure.h)
  {{ predict id="…" steps="…" ask="…" answer="…" choices="… | …" then="…" }}
  {{ measure caption="…" }}
  {{ code FILE NAME }}   {{ code FILE NAME from="…" to="…" }}
  {{ number KEY }}   {{ term WORD }}   {{ lab N }}   {{ source FILE }}   {{ chapter N }}
"""

import difflib
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import excerpts
from programs import Programs, RunError

CONTROLS = ("put", "get", "remove", "sync", "roll", "merge", "crash", "recover", "flip")
OF_ENGINE = ("show", "from", "to", "steps", "start", "store", "segment", "sync", "merge", "snapshots", "seed", "reserve", "without", "hero")
OF_FIGURE = (*OF_ENGINE, "id", "caption", "controls", "height")
OF_PREDICT = (*(name for name in OF_ENGINE if name != "hero"), "id", "ask", "answer", "choices", "then")
WIDTH = 704  # units of a figure's picture; with `height`
IN_CODE = re.compile(r"^(`{3,}|~{3,})[^\n]*\n.*?^\1[^\n]*$|`[^`\n]*`", re.MULTILINE | re.DOTALL)
MACRO = re.compile(r"\{\{\s*(\w+)((?:\s+(?:[\w-]+=\"[^\"]*\"|[^\s\"{}]+))*)\s*\}\}")


class PageError(Exception):
    pass


@dataclass
class Site:
    """What the pages refer to."""

    root: Path
    programs: Programs
    numbers: dict[str, dict[str, str]]
    terms: dict[str, str]  # lower case: anchor in the glossary
    labs: dict[int, tuple[str, str]]  # number: title and page
    chapters: dict[int, tuple[str, str]]
    figures: dict[str, Path] = field(default_factory=dict)  # id: picture
    sources: set[str] = field(default_factory=set)  # files that are linked
    ids: set[str] = field(default_factory=set)


def with_code(text: str) -> str:
    """Plain text with `code` and *names* in it, as HTML."""
    return re.sub(r"\*([^*]+)\*", r"<em>\1</em>", re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False)))


def without_marks(text: str) -> str:
    return re.sub(r"[`*]", "", text)


def nearest(word: str, known: Iterable[str]) -> str:
    """What somebody who wrote `word` may have meant."""
    names = difflib.get_close_matches(word, list(known), n=3, cutoff=0.5)
    return f"; did you mean {' or '.join(names)}?" if names else ""


def attributes(pairs: dict[str, str]) -> str:
    return " ".join(f'{name}="{html.escape(value)}"' for name, value in pairs.items())


def source_page(file: str) -> str:
    return f"source/{file.replace('/', '-').replace('.', '-')}.md"


class Expander:
    def __init__(self, site: Site, up: str = "../") -> None:
        self.site = site
        self.up = up  # from the page to the top of the site

    def page(self, name: str, text: str) -> str:
        """The page with everything in double braces replaced. PageError has all faults, each with its line."""
        left = IN_CODE.sub(lambda m: " " * len(m.group()), text)  # as long as the text
        result, last = [], 0
        faults = []
        for found in MACRO.finditer(left):
            result.append(text[last : found.start()])
            last = found.end()
            try:
                result.append(self.expand(name, text, found))
            except PageError as error:
                faults.append(str(error))
        result.append(text[last:])
        for stray in re.finditer(r"\{\{[^\n]{0,60}", MACRO.sub(lambda known: re.sub(r"[^\n]", " ", known.group()), left)):
            line = text.count("\n", 0, stray.start()) + 1
            faults.append(f'{name}:{line}: not understood: "{stray.group()}"; write {{{{ WORD name="value" }}}}, with all quotes and braces closed')
        if faults:
            raise PageError("\n".join(faults))
        return "".join(result)

    def expand(self, name: str, text: str, found: re.Match) -> str:
        where = f"{name}:{text.count(chr(10), 0, found.start()) + 1}"
        kind = found.group(1)
        make = getattr(self, f"make_{kind}", None)
        if make is None:
            raise PageError(f"{where}: there is no {{{{ {kind} }}}}; there are figure, predict, measure, code, number, term, lab, source, chapter")
        words, named = [], {}
        for word, key, value in re.findall(r'(?:([^\s"={}]+)(?!\S*=")|([\w-]+)="([^"]*)")', text[found.start(2) : found.end(2)]):
            if key:
                if key in named:
                    raise PageError(f"{where}: {kind}: {key} is given twice")
                named[key] = re.sub(r"\s+", " ", value)
            else:
                words.append(word)
        try:
            return make(words, named)
        except (PageError, RunError, excerpts.ExcerptError) as error:
            raise PageError(f"{where}: {kind}: {error}") from error

    # ---- figures and questions

    def take_id(self, named: dict[str, str]) -> str:
        identity = named.get("id", "")
        if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", identity):
            raise PageError(f'it needs an id of small letters, digits and hyphens, not "{identity}"')
        if identity in self.site.ids:
            raise PageError(f'the id "{identity}" is taken')
        self.site.ids.add(identity)
        return identity

    @staticmethod
    def only(words: list[str], named: dict[str, str], known: tuple[str, ...], needed: tuple[str, ...]) -> None:
        if words:
            raise PageError(f'"{words[0]}" has no name; write name="value"')
        for name in named:
            if name not in known:
                raise PageError(f'it has no "{name}"; it has {", ".join(known)}')
        for name in needed:
            if not named.get(name):
                raise PageError(f'it needs "{name}"')

    def make_figure(self, words: list[str], named: dict[str, str]) -> str:
        self.only(words, named, OF_FIGURE, ("caption",))
        identity = self.take_id(named)
        for control in named.get("controls", "").split():
            if control not in CONTROLS:
                raise PageError(f'there is no control "{control}"; there are {", ".join(CONTROLS)}')
        height = int(named.get("height", "400")) if re.fullmatch(r"[1-9]\d{2}", named.get("height", "400")) else 0
        if height == 0:
            raise PageError(f'height is a number of units from 100 to 999, not "{named["height"]}"')
        asked = {key: value for key, value in named.items() if key in OF_ENGINE}
        picture, told = self.site.programs.figure(asked, (WIDTH, height))
        self.site.figures[identity] = picture
        steps = "".join(f"<li>{html.escape(line.lstrip('> ').strip(), quote=False)}</li>" for line in told)
        alt = html.escape(f"{without_marks(named['caption'])} Last: {told[-1].lstrip('> ').strip() if told else 'the store is open'}")
        return (
            f"\n<div><sediment-figure {attributes({**asked, 'id': identity, 'controls': named.get('controls', ''), 'height': str(height)})}>"
            f"<figure><figcaption>{with_code(named['caption'])}</figcaption>"
            f'<img src="{self.up}figures/{identity}.png" alt="{alt}" width="{2 * WIDTH}" height="{2 * height}" loading="lazy">'
            f"<details><summary>In words</summary><ol>{steps}</ol></details></figure></sediment-figure></div>\n"
        )

    def make_predict(self, words: list[str], named: dict[str, str]) -> str:
        self.only(words, named, OF_PREDICT, ("ask", "answer", "choices", "then"))
        identity = self.take_id(named)
        choices = [choice.strip() for choice in named["choices"].split("|")]
        if not 2 <= len(choices) <= 5 or len(set(choices)) != len(choices):
            raise PageError("it needs two to five different choices")
        asked = {key: value for key, value in named.items() if key in (*OF_ENGINE, "answer")}
        answer = self.site.programs.answer(asked)
        if answer not in choices:
            raise PageError(f'the engine answers "{answer}", which is none of the choices')
        ask = without_marks(named["ask"])
        told = "".join(f"<li>{html.escape(choice, quote=False)}</li>" for choice in choices)
        return (
            f"\n<div><sediment-predict {attributes({**asked, 'id': identity, 'choices': named['choices'], 'ask': ask, 'then': without_marks(named['then'])})}>"
            f"<p><strong>Predict.</strong> {with_code(named['ask'])}</p><ul>{told}</ul>"
            f"<details><summary>The answer</summary><p>{html.escape(answer, quote=False)}. {with_code(named['then'])}</p></details></sediment-predict></div>\n"
        )

    def make_measure(self, words: list[str], named: dict[str, str]) -> str:
        self.only(words, named, ("id", "caption"), ("caption",))
        return f"\n<div><sediment-measure><p>{with_code(named['caption'])}</p></sediment-measure></div>\n"

    # ---- what comes from the sources and from runs

    def make_code(self, words: list[str], named: dict[str, str]) -> str:
        if len(words) != 2 or not set(named) <= {"from", "to"}:
            raise PageError('write {{ code FILE NAME }}, and perhaps from="…" to="…"')
        file, name = words
        excerpt = excerpts.read(self.site.root, file, name, named.get("from"), named.get("to"))
        self.site.sources.add(file)
        language = "cpp" if file.endswith((".h", ".cc")) else "text"
        body = "\n".join(excerpt.lines)
        link = f"{self.up}{source_page(file)}#__codelineno-0-{excerpt.first_line}"
        return f'\n``` {language} title="{file}, line {excerpt.first_line}"\n{body}\n```\n\n[The whole file]({link}){{ .whole-file }}\n'

    def make_number(self, words: list[str], named: dict[str, str]) -> str:
        if len(words) != 1 or named:
            raise PageError("write {{ number KEY }}")
        known = self.site.numbers.get(words[0])
        if known is None:
            raise PageError(f"docs/book/numbers*.json has no {words[0]}{nearest(words[0], self.site.numbers)}")
        if not {"run", "take", "what"} <= set(known) <= {"run", "take", "what", "format"}:
            raise PageError(f'{words[0]} in docs/book/numbers*.json needs "run", "take" and "what", and may have "format"')
        return self.site.programs.number(known["run"], known["take"], known.get("format", "{}"))

    # ---- links

    def make_term(self, words: list[str], named: dict[str, str]) -> str:
        term = " ".join(words)
        anchor = self.site.terms.get(term.lower()) or self.site.terms.get(term.lower().removesuffix("s"))
        if named or anchor is None:
            raise PageError(f'docs/glossary.md has no "{term}"{nearest(term.lower(), self.site.terms)}')
        return f"[{term}]({self.up}reference/glossary.md#{anchor})"

    def make_lab(self, words: list[str], named: dict[str, str]) -> str:
        if named or len(words) != 1 or not words[0].isdigit() or int(words[0]) not in self.site.labs:
            raise PageError(f"there is no lab {' '.join(words)}; there are {min(self.site.labs)} to {max(self.site.labs)}")
        title, page = self.site.labs[int(words[0])]
        return f"[{title}]({self.up}{page})"

    def make_chapter(self, words: list[str], named: dict[str, str]) -> str:
        if named or len(words) != 1 or not words[0].isdigit() or int(words[0]) not in self.site.chapters:
            raise PageError(f"there is no chapter {' '.join(words)}; there are {min(self.site.chapters)} to {max(self.site.chapters)}")
        title, page = self.site.chapters[int(words[0])]
        return f"[{title}]({self.up}{page})"

    def make_source(self, words: list[str], named: dict[str, str]) -> str:
        if named or len(words) != 1 or not (self.site.root / words[0]).is_file():
            raise PageError(f"there is no file {' '.join(words)}")
        self.site.sources.add(words[0])
        return f"[`{words[0]}`]({self.up}{source_page(words[0])})"
