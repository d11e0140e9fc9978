"""Checks the built site: every link leads somewhere, to a place that is there once, and nothing is loaded from another machine."""

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

LOADS = {"script": "src", "img": "src", "link": "href", "source": "src", "iframe": "src"}


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.loads: list[str] = []
        self.ids: set[str] = set()
        self.ids_twice: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if named.get("id") in self.ids:
            self.ids_twice.add(str(named["id"]))
        for name in ("id", "name") if tag == "a" else ("id",):
            if named.get(name):
                self.ids.add(str(named[name]))
        if tag == "a" and named.get("href"):
            self.links.append(str(named["href"]))
        if tag in LOADS and named.get(LOADS[tag]) and named.get("rel") != "canonical":
            self.loads.append(str(named[LOADS[tag]]))


def read(path: Path) -> Page:
    page = Page()
    page.feed(path.read_text(encoding="utf-8"))
    return page


def faults(site: Path, with_engine: bool) -> list[str]:
    pages = {path: read(path) for path in sorted(site.rglob("*.html"))}
    found = []
    for path, page in pages.items():
        name = path.relative_to(site)
        if name.parts[0] == "viz" or name.name == "404.html":
            continue
        found += [f'{name}: two things have the id "{each}"; a figure must not be called like a heading' for each in sorted(page.ids_twice)]
        for link in page.links + page.loads:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                if link in page.loads and parts.scheme != "data":
                    found.append(f"{name} loads {link} from elsewhere")
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            if target.is_dir():
                target /= "index.html"
            if not target.exists():
                if with_engine or "/viz/" not in str(target):
                    found.append(f"{name}: {link} is not there")
                continue
            fragment = unquote(parts.fragment)
            if fragment and target in pages and fragment not in pages[target].ids and not re.match(r"__", link.lstrip("#")):
                found.append(f"{name}: {link} names a place that {target.name} has not")
    return found
