"""Builds the book: ./dev docs calls this.

  build.py --programs build/release/bin --out build/book [--web build/web] [--cache build/book-cache]

The pages are docs/book/*.md, with the macros of macros.py; the pages of docs/ and labs/ as a reference part; and a page for each source
that one of them links to. They are put together in a folder beside --out, and MkDocs makes the site of them.
"""

import argparse
import json
import re
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import check_site
from links import PICTURES, Links, place_of
from macros import Expander, PageError, Site, source_page
from programs import Programs

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
LANGUAGES = {".h": "cpp", ".cc": "cpp", ".c": "c", ".py": "python", ".sh": "bash", ".json": "json", ".cmake": "cmake", ".md": "markdown"}


def title_of(path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    if not found:
        raise PageError(f"{path.relative_to(ROOT)}: it has no title; begin with a line \"# The title\"")
    return re.sub(r"[`*]", "", found.group(1)).strip()


def anchor_of(term: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def terms_of(glossary: str) -> dict[str, str]:
    names = re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE)
    return {re.sub("`", "", name).strip().lower(): anchor_of(name) for name in names if name.strip() not in ("term",)}


def with_anchors(glossary: str) -> str:
    return re.sub(r"^\| (?!term \|)([^|]+) \|", lambda m: f'| <a id="{anchor_of(m.group(1))}"></a>{m.group(1)} |', glossary, flags=re.MULTILINE)


def show_progress(done: int, total: int) -> None:
    """One line that changes, on a terminal; a line at each tenth elsewhere."""
    if sys.stderr.isatty():
        print(f"\r\033[Kdocs: page {done}/{total}" if done < total else "\r\033[K", end="", file=sys.stderr, flush=True)
    elif done * 10 // total > (done - 1) * 10 // total:
        print(f"docs: page {done}/{total}", file=sys.stderr)


class Build:
    def __init__(self, arguments: argparse.Namespace) -> None:
        self.out = Path(arguments.out).resolve()
        self.pages = self.out.parent / (self.out.name + "-pages")
        self.web = Path(arguments.web).resolve() if arguments.web else None
        self.links = Links(ROOT)
        book = sorted((ROOT / "docs/book").glob("[0-9][0-9]-*.md"))
        self.chapters = {int(path.name[:2]): path for path in book}
        labs = sorted((ROOT / "labs").glob("[0-9][0-9]_*/README.md"))
        numbers: dict[str, dict[str, str]] = {}
        for path in sorted((ROOT / "docs/book").glob("numbers*.json")):
            try:
                of_file = json.loads(path.read_text(encoding="utf-8"))
            except json.JSONDecodeError as error:
                raise PageError(f"docs/book/{path.name}:{error.lineno}: it is no JSON: {error.msg}") from error
            for key, value in of_file.items():
                if key in numbers:
                    raise PageError(f"docs/book/{path.name}: the number {key} is there twice; each key is used once in all numbers*.json")
                numbers[key] = value
        self.site = Site(
            root=ROOT,
            programs=Programs(ROOT, Path(arguments.programs).resolve(), Path(arguments.cache).resolve()),
            numbers=numbers,
            terms=terms_of((ROOT / "docs/glossary.md").read_text(encoding="utf-8")),
            labs={int(path.parent.name[:2]): (title_of(path), f"labs/{path.parent.name}.md") for path in labs},
            chapters={number: (title_of(path), f"book/{path.name}") for number, path in self.chapters.items()},
        )

    def write(self, place: str, text: str) -> None:
        path = self.pages / "docs" / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def add_page(self, file: str) -> None:
        place = place_of(file)
        assert place is not None
        text = (ROOT / file).read_text(encoding="utf-8")
        if file == "docs/glossary.md":
            text = with_anchors(text)
        text = self.links.rewrite(text, file, place)
        if file.startswith("docs/book/"):
            text = Expander(self.site, "../" if "/" in place else "").page(file, text)
            if place.startswith("book/"):
                text += "\n"
        self.write(place, text)

    def fault_of_page(self, file: str) -> str:
        """Adds the page; what is wrong with it."""
        try:
            self.add_page(file)
        except PageError as error:
            return str(error)
        return ""

    def add_source(self, file: str) -> None:
        path = ROOT / file
        if path.is_dir():
            names = sorted(entry.name + ("/" if entry.is_dir() else "") for entry in path.iterdir())
            body = "\n".join(f"- `{name}`" for name in names)
            self.write(source_page(file), f"# {file}/\n\nA folder of the repository:\n\n{body}\n")
            return
        text = path.read_text(encoding="utf-8", errors="replace").rstrip("\n")
        language = LANGUAGES.get(path.suffix, "text")
        self.write(source_page(file), f'# {file}\n\n~~~~~~ {{ .{language} linenums="1" }}\n{text}\n~~~~~~\n')

    def run(self) -> None:
        shutil.rmtree(self.pages, ignore_errors=True)
        files = [path for pattern in ("docs/**/*.md", "labs/README.md", "labs/[0-9][0-9]_*/README.md") for path in sorted(ROOT.glob(pattern))]
        files += [ROOT / "README.md", ROOT / "CONTRIBUTING.md"]
        files = [path for path in files if place_of(str(path.relative_to(ROOT)))]
        book = [path for path in files if "docs/book" in str(path)]
        ordered = [str(path.relative_to(ROOT)) for path in book + [path for path in files if path not in book]]
        with ThreadPoolExecutor(max_workers=2) as pool:  # programs run in processes of their own
            faults = []
            for done, fault in enumerate(pool.map(self.fault_of_page, ordered), 1):
                faults += [fault] if fault else []
                show_progress(done, len(ordered))
        if faults:
            raise PageError("\n".join(faults))
        for pattern in PICTURES:
            for path in sorted((ROOT / "docs").rglob(f"*{pattern}")):
                place = place_of(str(path.relative_to(ROOT)))
                if place is None:
                    continue
                (self.pages / "docs" / place).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, self.pages / "docs" / place)
        for file in sorted(self.links.sources | self.site.sources):
            self.add_source(file)
        for name, picture in self.site.figures.items():
            (self.pages / "docs/figures").mkdir(exist_ok=True)
            shutil.copy(picture, self.pages / "docs/figures" / f"{name}.png")
        (self.pages / "docs/assets").mkdir(exist_ok=True)
        for name in ("book.css", "book.js"):
            shutil.copy(HERE / name, self.pages / "docs/assets" / name)
        self.write_settings()
        done = subprocess.run(["mkdocs", "build", "--strict", "--quiet", "--site-dir", str(self.out)], cwd=self.pages, check=False)
        if done.returncode != 0:
            raise PageError("MkDocs has found faults, above")
        self.leave_sources_out_of_search()
        if self.web is not None:
            shutil.copytree(self.web, self.out / "viz")  # only now: MkDocs would make a page of its README.md
        faults = check_site.faults(self.out, with_engine=self.web is not None)
        if faults:
            raise PageError("\n".join(faults))

    def leave_sources_out_of_search(self) -> None:
        """They are most of the words, and not what a reader of the book looks for."""
        path = self.out / "search/search_index.json"
        index = json.loads(path.read_text(encoding="utf-8"))
        index["docs"] = [entry for entry in index["docs"] if not entry["location"].startswith("source/")]
        path.write_text(json.dumps(index, ensure_ascii=False, separators=(",", ":")), encoding="utf-8")

    def write_settings(self) -> None:
        chapters = "\n".join(f'      - "{number}. {title}": {page}' for number, (title, page) in sorted(self.site.chapters.items()))
        labs = "\n".join(f'      - "{title}": {page}' for _, (title, page) in sorted(self.site.labs.items()))
        reference = "\n".join(
            f'      - "{title_of(ROOT / "docs" / name)}": reference/{name}'
            for name in sorted(path.name for path in (ROOT / "docs").glob("*.md"))
        )
        settings = (HERE / "mkdocs.yml").read_text(encoding="utf-8")
        settings = settings.replace("      - CHAPTERS", chapters).replace("      - LABS", labs).replace("      - REFERENCE", reference)
        module = "" if self.web is None else "viz/sediment.js"
        if not module:
            settings = re.sub(r"^.*viz/sediment\.css\n", "", settings, flags=re.MULTILINE)
        (self.pages / "mkdocs.yml").write_text(settings, encoding="utf-8")
        theme = self.pages / "theme"
        theme.mkdir(exist_ok=True)
        script = '<script type="module" src="{{ \'viz/sediment.js\' | url }}"></script>' if module else ""
        later = f"<script>{(HERE / 'search_later.js').read_text(encoding='utf-8')}</script>"  # before the theme's own
        theme.joinpath("main.html").write_text('{% extends "base.html" %}\n{% block scripts %}' + later + "{{ super() }}" + script + "{% endblock %}\n", encoding="utf-8")


def main() -> int:
    parser = argparse.ArgumentParser(description="Builds the book.")
    parser.add_argument("--programs", required=True)
    parser.add_argument("--out", required=True)
    parser.add_argument("--web", help="the engine for the pages; without it figures are pictures")
    parser.add_argument("--cache", default=str(ROOT / "build/book-cache"))
    try:
        Build(parser.parse_args()).run()
    except PageError as error:
        print(f"docs: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
