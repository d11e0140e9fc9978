"""A mutant: a small patch to the engine or the simulator, with a header that says what it is and who must notice it."""

import re
from dataclasses import dataclass
from pathlib import Path

SUITES = ("unit", "property", "crash", "corruption", "concurrency")
KINDS = ("engine", "simulator")
FIELDS = ("name", "kind", "what", "real bug", "killed by", "lets survive")


class MutantError(Exception):
    """Something is wrong with the mutant itself: its patch, its header, or that it does not build. Never a kill."""


@dataclass(frozen=True)
class Mutant:
    name: str
    kind: str  # engine or simulator
    what: str  # a sentence
    real_bug: str  # where it happened, or "none known"
    killed_by: tuple[str, ...]  # the suites that must kill it; an engine mutant has some
    lets_survive: tuple[str, ...]  # the engine mutants that its crashes no longer kill; a simulator mutant has some
    patch: Path
    files: tuple[str, ...]  # what the patch changes, as from the top of the repository


def read_mutants(folder: Path) -> list[Mutant]:
    """All of them, those of the engine first, each kind in the order of the names."""
    mutants = [read_mutant(path) for path in sorted(folder.glob("*.patch"))]
    engine_mutants = {mutant.name: mutant for mutant in mutants if mutant.kind == "engine"}
    for mutant in mutants:
        for name in mutant.lets_survive:
            if name not in engine_mutants:
                raise MutantError(f"{mutant.patch.name}: it lets {name} survive, and there is no such engine mutant")
            if "crash" not in engine_mutants[name].killed_by:
                raise MutantError(f"{mutant.patch.name}: it lets {name} survive, which the crash suite need not kill anyway")
    return sorted(mutants, key=lambda mutant: (KINDS.index(mutant.kind), mutant.name))


def read_mutant(path: Path) -> Mutant:
    header, _, diff = path.read_text(encoding="utf-8").partition("diff --git ")
    fields = {}
    for line in header.splitlines():
        field, colon, value = line.partition(": ")
        if line and (not colon or field not in FIELDS or field in fields):
            raise MutantError(f"{path.name}: the header has a line that means nothing: {line}")
        if line:
            fields[field] = value.strip()

    def required(field: str) -> str:
        if not fields.get(field):
            raise MutantError(f"{path.name}: the header has no line '{field}: …'")
        return fields[field]

    kind = required("kind")
    if kind not in KINDS:
        raise MutantError(f"{path.name}: the kind is one of {', '.join(KINDS)}, not {kind}")
    if required("name") != path.stem:
        raise MutantError(f"{path.name}: the file is not named as the mutant, {fields['name']}.patch")
    killed_by = tuple((required("killed by") if kind == "engine" else "").split())
    unknown = [suite for suite in killed_by if suite not in SUITES]
    if unknown:
        raise MutantError(f"{path.name}: there is no suite {unknown[0]}; there are {', '.join(SUITES)}")
    files = tuple(re.findall(r"^\+\+\+ b/(\S+)", diff, re.MULTILINE))
    library = "engine/" if kind == "engine" else "sim/"
    if not files or not all(file.startswith(library) for file in files):
        raise MutantError(f"{path.name}: the patch of a mutant of this kind changes files in {library} and no others")
    return Mutant(
        name=fields["name"],
        kind=kind,
        what=required("what"),
        real_bug=required("real bug"),
        killed_by=killed_by,
        lets_survive=tuple((required("lets survive") if kind == "simulator" else "").split()),
        patch=path,
        files=files,
    )
