"""Where a file of the repository stands in the site, and the links of a page rewritten to lead there."""

import os
import re
from pathlib import Path, PurePosixPath

from macros import IN_CODE, PageError, source_page

LINK = re.compile(r"(\]\()([^()\s]+)(\s+\"[^\"]*\")?(\))")
PICTURES = (".png", ".svg", ".gif")


def place_of(file: str) -> str | None:
    """The page, or the picture, that stands for this file of the repository; none if it has to be shown as a source."""
    path = PurePosixPath(file)
    if file == "docs/book/index.md":
        return "index.md"
    if file.startswith("docs/book/") and path.suffix == ".md":
        return f"book/{path.name}"
    if file.startswith("docs/") and not file.startswith(("docs/example/", "docs/example-sim/")) and path.suffix in (".md", *PICTURES):
        return "reference/" + file.removeprefix("docs/")
    if file == "labs/README.md":
        return "labs/index.md"
    if re.fullmatch(r"labs/\d\d_\w+/README\.md", file):
        return f"labs/{path.parent.name}.md"
    return {"README.md": "reference/readme.md", "CONTRIBUTING.md": "reference/contributing.md"}.get(file)


def relative(target: str, page: str) -> str:
    return os.path.relpath(target, os.path.dirname(page) or ".")


class Links:
    """Rewrites links, and collects the sources that they lead to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.sources: set[str] = set()

    def rewrite(self, text: str, file: str, page: str) -> str:
        """`file`: the page's place in the repository; `page`: its place in the site. PageError has all faults, each with its line."""
        code = [(found.start(), found.end()) for found in IN_CODE.finditer(text)]

        faults = []

        def replaced(found: re.Match) -> str:
            if any(begin <= found.start() < end for begin, end in code):
                return found.group()
            try:
                return found.group(1) + self.target(found.group(2), file, page) + (found.group(3) or "") + found.group(4)
            except PageError as error:
                faults.append(f"{file}:{text.count(chr(10), 0, found.start()) + 1}: {error}")
                return found.group()

        text_with_links = LINK.sub(replaced, text)
        if faults:
            raise PageError("\n".join(faults))
        return text_with_links

    def target(self, link: str, file: str, page: str) -> str:
        if re.match(r"[a-z]+:|#", link):
            return link
        path, _, fragment = link.partition("#")
        wanted = os.path.normpath(os.path.join(os.path.dirname(file), path))
        if wanted.startswith("..") or not (self.root / wanted).exists():
            raise PageError(f"the link to {link} leads nowhere: the repository has no {wanted}")
        place = place_of(wanted)
        if place is None:
            self.sources.add(wanted)
            line = re.fullmatch(r"L(\d+)", fragment)
            place, fragment = source_page(wanted), f"__codelineno-0-{line.group(1)}" if line else ""
        return relative(place, page) + (f"#{fragment}" if fragment else "")
