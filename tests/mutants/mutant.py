"""A mutant: a small bug in the engine, a command or the simulator, and a header that says what it is and which tests must notice it.

A mutant of the engine names the suites that must kill it ("killed by: unit crash"). One of the simulator makes the tests themselves
weaker. If it takes away something that is needed to notice an engine bug, it names that bug's mutant ("lets survive: rename-no-sync"):
the crash suite must then pass with both. If it weakens a judge, so that a wrong store passes, it names the suites that test the judges
("killed by: unit").

Its file NAME.mutant holds the header, one line per field, and then one or more replacements of whole lines:

    === old engine/merge.cc
          if (Status s = written(output_->seal()); !s.ok()) return s;
    === new
          (void)output_->seal();
    === end

The old text must occur exactly once in the file. Its indentation is ignored; the new text is used as it is, and an empty one deletes.
There are no line numbers and no context, so that a mutant survives changes around it (see planting.py). Code cannot be mistaken for a
delimiter: no line of C++ begins with ===.
"""

from dataclasses import dataclass
from pathlib import Path

SUITES = ("unit", "posix", "property", "crash", "corruption", "memory", "concurrency", "cli")
# For each kind, the folders of the libraries that its mutants may change.
FOLDERS = {"engine": ("engine/",), "command": ("engine/tools/", "engine/cli/", "engine/shell/"), "simulator": ("sim/", "sim/cli/", "sim/strike/")}
KINDS = tuple(FOLDERS)
FIELDS = ("name", "kind", "what", "real bug", "killed by", "lets survive")
DELIMITER = "==="
OLD, NEW, END = "=== old ", "=== new", "=== end"


class MutantError(Exception):
    """Something is wrong with the mutant itself: its header or a replacement, or it does not build. Never a kill."""


@dataclass(frozen=True)
class Replacement:
    file: str  # path from the top of the repository
    old: tuple[str, ...]  # lines; at least one is not blank
    new: tuple[str, ...]  # lines
    line: int  # where it begins in the mutant's file, counted from 1


@dataclass(frozen=True)
class Mutant:
    name: str
    kind: str  # engine, command or simulator
    what: str  # a sentence
    real_bug: str  # where it happened, or "none known"
    killed_by: tuple[str, ...]  # the suites that must kill it; at least one for an engine mutant, cli for a command
    lets_survive: tuple[str, ...]  # the engine mutants that the crash suite no longer kills with it; only for the simulator
    path: Path
    replacements: tuple[Replacement, ...]

    @property
    def files(self) -> tuple[str, ...]:
        """The files that it changes, each once."""
        return tuple(dict.fromkeys(replacement.file for replacement in self.replacements))

    @property
    def folders(self) -> tuple[str, ...]:
        """The folders of the libraries that it changes."""
        return tuple(dict.fromkeys(library_folder(file) for file in self.files))


def library_folder(file: str) -> str:
    """The folder of the library that a source belongs to: the innermost one, because engine/ contains others. "" for none."""
    folders = [folder for of_kind in FOLDERS.values() for folder in of_kind if file.startswith(folder)]
    return max(folders, key=len, default="")


def read_mutants(folder: Path) -> list[Mutant]:
    """All mutants: the engine's first, the simulator's last, each kind sorted by name."""
    mutants = [read_mutant(path) for path in sorted(folder.glob("*.mutant"))]
    engine_mutants = {mutant.name: mutant for mutant in mutants if mutant.kind == "engine"}
    for mutant in mutants:
        for name in mutant.lets_survive:
            if name not in engine_mutants:
                raise MutantError(f"{mutant.path.name}: it lets {name} survive, but there is no such engine mutant")
            if "crash" not in engine_mutants[name].killed_by:
                raise MutantError(f"{mutant.path.name}: it lets {name} survive, which the crash suite need not kill anyway")
    return sorted(mutants, key=lambda mutant: (KINDS.index(mutant.kind), mutant.name))


def lines_of(path: Path) -> list[str]:
    """The lines of a text file, without line ends."""
    return path.read_text(encoding="utf-8").removesuffix("\n").split("\n")


def read_mutant(path: Path) -> Mutant:
    lines = lines_of(path)
    header_size = next((number for number, line in enumerate(lines) if line.startswith(DELIMITER)), len(lines))
    fields = {}
    for line in lines[:header_size]:
        field, colon, value = line.partition(": ")
        if line and (not colon or field not in FIELDS or field in fields):
            raise MutantError(f"{path.name}: the header has an unknown or repeated line: {line}")
        if line:
            fields[field] = value.strip()

    def required(field: str) -> str:
        if not fields.get(field):
            raise MutantError(f"{path.name}: the header has no line '{field}: …'")
        return fields[field]

    kind = required("kind")
    if kind not in KINDS:
        raise MutantError(f"{path.name}: the kind must be one of {', '.join(KINDS)}, not {kind}")
    if required("name") != path.stem:
        raise MutantError(f"{path.name}: the file must be named after the mutant, {fields['name']}.mutant")
    if kind != "simulator" and "lets survive" in fields:
        raise MutantError(f"{path.name}: only a mutant of the simulator may let others survive")
    if kind == "simulator" and ("killed by" in fields) == ("lets survive" in fields):
        raise MutantError(f"{path.name}: the header of a simulator mutant must say either what it lets survive or what kills it")
    killed_by = tuple((required("killed by") if kind != "simulator" or "killed by" in fields else "").split())
    unknown = [suite for suite in killed_by if suite not in SUITES]
    if unknown:
        raise MutantError(f"{path.name}: there is no suite {unknown[0]}; the suites are {', '.join(SUITES)}")
    if kind == "command" and killed_by != ("cli",):
        raise MutantError(f"{path.name}: a mutant of this kind must be killed by cli, the only suite that runs with it")
    replacements = read_replacements(path, lines, header_size)
    if not replacements:
        raise MutantError(f"{path.name}: it replaces nothing")
    if not all(library_folder(replacement.file) in FOLDERS[kind] for replacement in replacements):
        raise MutantError(f"{path.name}: a mutant of this kind may change only files in {' and '.join(FOLDERS[kind])}")
    return Mutant(
        name=fields["name"],
        kind=kind,
        what=required("what"),
        real_bug=required("real bug"),
        killed_by=killed_by,
        lets_survive=tuple((required("lets survive") if "lets survive" in fields else "").split()),
        path=path,
        replacements=replacements,
    )


def read_replacements(path: Path, lines: list[str], begin: int) -> tuple[Replacement, ...]:
    """Reads the replacements from the lines of the mutant's file; the first `begin` lines are the header."""
    replacements = []
    at = begin

    def wrong(line: int, what: str) -> MutantError:
        return MutantError(f"{path.name}:{line + 1}: {what}")

    def text_up_to(delimiter: str, start: int) -> tuple[str, ...]:
        end = next((number for number in range(start, len(lines)) if lines[number].startswith(DELIMITER)), len(lines))
        if end == len(lines):
            raise wrong(at, f"this replacement has no line '{delimiter}'")
        if lines[end] != delimiter:
            raise wrong(end, f"expected the line '{delimiter}', not: {lines[end]}")
        return tuple(lines[start:end])

    while at < len(lines):
        if not lines[at]:
            at += 1
            continue
        file = lines[at].removeprefix(OLD)
        if file == lines[at] or not file or file != file.strip():
            raise wrong(at, f"a replacement must begin with the line '{OLD}FILE', not: {lines[at]}")
        old = text_up_to(NEW, at + 1)
        new = text_up_to(END, at + len(old) + 2)
        if not any(line.strip() for line in old):
            raise wrong(at, "the old text is empty; to insert lines, use the line before them and repeat it in the new text")
        if [line.lstrip() for line in old] == [line.lstrip() for line in new]:
            raise wrong(at, "the new text is the old text")
        replacements.append(Replacement(file, old, new, at + 1))
        at += len(old) + len(new) + 3
    return tuple(replacements)
