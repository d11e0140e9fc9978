"""What the pages take from runs of the programs: numbers, pictures of figures, transcripts and answers. Results are kept by the digest
of what made them, so that a page can be built again in a moment."""

import hashlib
import json
import os
import re
import shlex
import subprocess
import tempfile
import threading
from collections import defaultdict
from pathlib import Path


class RunError(Exception):
    pass


class Programs:
    def __init__(self, root: Path, folder: Path, cache: Path) -> None:
        self.root, self.folder, self.cache = root, folder, cache
        cache.mkdir(parents=True, exist_ok=True)
        self.digests: dict[str, str] = {}
        self.locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)  # two pages may ask for the same at once
        self.sources_digest()

    def digest_of(self, program: str) -> str:
        """Of the program's file, so that a new build runs everything again."""
        if program not in self.digests:
            path = self.folder / program
            self.digests[program] = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""
        return self.digests[program]

    def kept(self, *of: str) -> Path:
        return self.cache / hashlib.sha256("\0".join(of).encode()).hexdigest()[:32]

    def run(self, command: list[str] | str, where: Path, seconds: int = 60) -> str:
        shown = command if isinstance(command, str) else shlex.join(command)
        environment = {**os.environ, "PATH": f"{self.folder}:{os.environ['PATH']}", "SOURCE": str(self.root), "LC_ALL": "C.UTF-8"}
        try:
            done = subprocess.run(command, shell=isinstance(command, str), cwd=where, env=environment, capture_output=True, text=True,
                                  timeout=seconds, check=False)
        except subprocess.TimeoutExpired as error:
            raise RunError(f"`{shown}` is not done after {seconds} s") from error
        except OSError as error:
            raise RunError(f"`{shown}` cannot be run: {error}") from error
        if done.returncode != 0:
            raise RunError(f"`{shown}` ended with exit code {done.returncode}: {done.stderr.strip()[-600:] or done.stdout.strip()[-600:]}")
        return done.stdout

    def number(self, run: str, take: str, form: str = "{}") -> str:
        """What the first group of `take` matches in the output, as a number in this form."""
        kept = self.kept("number", run, take, form, *(self.digest_of(name) for name in ("sediment", "sediment-sim", "sediment-viz")),
                         self.sources_digest())
        with self.locks[kept.name]:
            return self.number_again(kept, run, take, form)

    def number_again(self, kept: Path, run: str, take: str, form: str) -> str:
        if kept.is_file():
            return kept.read_text(encoding="utf-8")
        with tempfile.TemporaryDirectory() as where:
            output = self.run(run, Path(where))
        try:
            found = re.search(take, output, re.MULTILINE)
        except re.error as error:
            raise RunError(f"`take` is no regular expression: {error}") from error
        if not found:
            raise RunError(f"`{run}`: nothing in its output matches {take}; it printed: {output.strip()[:300]}")
        if found.lastindex is None:
            raise RunError("`take` has no group: put the number in parentheses")
        text = found.group(1)
        digits = text.replace(",", "").replace("'", "").replace("_", "")
        value: float | int | str = text
        if re.fullmatch(r"-?\d+", digits):
            value = int(digits)
        elif re.fullmatch(r"-?\d+\.\d+", digits):
            value = float(digits)
        try:
            shown = form.format(value)
        except (ValueError, IndexError, KeyError) as error:
            raise RunError(f'`format`: "{form}" does not fit {text}: {error}') from error
        self.keep(kept, shown)
        return shown

    @staticmethod
    def keep(path: Path, text: str) -> None:
        """As a whole or not at all, whenever the build ends."""
        part = path.with_suffix(".part")
        part.write_text(text, encoding="utf-8")
        part.replace(path)

    def sources_digest(self) -> str:
        if "sources" not in self.digests:
            digest = hashlib.sha256()
            for folder in ("engine", "sim", "tests", "labs", "docs"):
                for path in sorted((self.root / folder).rglob("*")):
                    if path.is_file():
                        digest.update(f"{path.relative_to(self.root)} {path.stat().st_size} {path.stat().st_mtime_ns}".encode())
            self.digests["sources"] = digest.hexdigest()
        return self.digests["sources"]

    def figure(self, description: dict[str, str], size: tuple[int, int]) -> tuple[Path, list[str]]:
        """The picture of a figure, and what happens in it, in sentences. `size` in units."""
        text = json.dumps(description, ensure_ascii=False, sort_keys=True)
        base = self.kept("figure", text, str(size), self.digest_of("sediment-viz"))
        picture, words = base.with_suffix(".png"), base.with_suffix(".txt")
        with self.locks[base.name]:
            if not picture.is_file() or not words.is_file():
                asked = base.with_suffix(".json")
                asked.write_text(text, encoding="utf-8")
                width, height = (2 * side for side in size)
                parts = base.with_suffix(".part.png"), base.with_suffix(".part.txt")
                self.run(["sediment-viz", "--headless", "--figure", str(asked), "--size", f"{width}x{height}", "--scale", "2", "--theme", "light",
                          "--png", str(parts[0]), "--transcript", str(parts[1])], self.cache)
                parts[0].replace(picture)
                parts[1].replace(words)
        return picture, [line for line in words.read_text(encoding="utf-8").split("\n") if line.strip()]

    def answer(self, description: dict[str, str]) -> str:
        text = json.dumps(description, ensure_ascii=False, sort_keys=True)
        base = self.kept("answer", text, self.digest_of("sediment-viz"))
        with self.locks[base.name]:
            if not base.is_file():
                asked = base.with_suffix(".json")
                asked.write_text(text, encoding="utf-8")
                self.keep(base, self.run(["sediment-viz", "--answer", str(asked)], self.cache))
        return json.loads(base.read_text(encoding="utf-8"))["answer"]
