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
from pathlib import Path

import check_site
from links import PICTURES, Links, place_of
from macros import Expander, PageError, Site, source_page
from programs import Programs

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
LANGUAGES = {".h": "cpp", ".cc": "cpp", ".c": "c", ".py": "python", ".sh": "bash", ".json": "json", ".cmake": "cmake", ".md": "markdown"}


def title_of(text: str) -> str:
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    if not found:
        raise PageError("a page has no title")
    return re.sub(r"[`*]", "", found.group(1)).strip()


def anchor_of(term: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", term.lower()).strip("-")


def terms_of(glossary: str) -> dict[str, str]:
    names = re.findall(r"^\| ([^|]+) \|", glossary, re.MULTILINE)
    return {re.sub("`", "", name).strip().lower(): anchor_of(name) for name in names if name.strip() not in ("term",)}


def with_anchors(glossary: str) -> str:
    return re.sub(r"^\| (?!term \|)([^|]+) \|", lambda m: f'| <a id="{anchor_of(m.group(1))}"></a>{m.group(1)} |', glossary, flags=re.MULTILINE)


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
            for key, value in json.loads(path.read_text(encoding="utf-8")).items():
                if key in numbers:
                    raise PageError(f"{path.name}: the number {key} is there twice")
                numbers[key] = value
        self.site = Site(
            root=ROOT,
            programs=Programs(ROOT, Path(arguments.programs).resolve(), Path(arguments.cache).resolve()),
            numbers=numbers,
            terms=terms_of((ROOT / "docs/glossary.md").read_text(encoding="utf-8")),
            labs={int(path.parent.name[:2]): (title_of(path.read_text(encoding="utf-8")), f"labs/{path.parent.name}.md") for path in labs},
            chapters={number: (title_of(path.read_text(encoding="utf-8")), f"book/{path.name}") for number, path in self.chapters.items()},
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
        for done, path in enumerate(book + [path for path in files if path not in book]):
            print(f"docs: page {done + 1} of {len(files)}, {path.relative_to(ROOT)}", file=sys.stderr)
            self.add_page(str(path.relative_to(ROOT)))
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
        viz = self.pages / "docs/viz"
        if self.web is not None:
            shutil.copytree(self.web, viz)
            (viz / "README.md").rename(viz / "README.txt")  # MkDocs would make a page of it
        self.write_settings()
        done = subprocess.run(["mkdocs", "build", "--strict", "--quiet", "--site-dir", str(self.out)], cwd=self.pages, check=False)
        if done.returncode != 0:
            raise PageError("MkDocs has found faults, above")
        faults = check_site.faults(self.out, with_engine=self.web is not None)
        if faults:
            raise PageError("\n".join(faults))

    def write_settings(self) -> None:
        chapters = "\n".join(f'      - "{number}. {title}": {page}' for number, (title, page) in sorted(self.site.chapters.items()))
        labs = "\n".join(f'      - "{title}": {page}' for _, (title, page) in sorted(self.site.labs.items()))
        reference = "\n".join(
            f'      - "{title_of((ROOT / "docs" / name).read_text(encoding="utf-8"))}": reference/{name}'
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
        theme.joinpath("main.html").write_text('{% extends "base.html" %}\n{% block scripts %}{{ super() }}' + script + "{% endblock %}\n", encoding="utf-8")


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
