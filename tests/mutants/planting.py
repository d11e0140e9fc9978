"""Plants a mutant: finds its old texts in the sources and replaces them with the new ones. All in memory."""

import difflib
from itertools import pairwise
from pathlib import Path

from mutant import FOLDERS, OLD, Mutant, MutantError, Replacement, library_folder, lines_of


def planted(source: Path, mutant: Mutant) -> dict[str, str]:
    """{file: its text with the bug}. Raises MutantError if an old text does not occur exactly once."""
    texts = {}
    for file in mutant.files:
        lines = lines_if_any(source / file)
        found = [(place_of(source, mutant, replacement, lines), replacement)
                 for replacement in mutant.replacements if replacement.file == file]
        found.sort(key=lambda pair: pair[0])
        for (place, replacement), (next_place, following) in pairwise(found):
            if place + len(replacement.old) > next_place:
                raise MutantError(f"{mutant.path.name}:{following.line}: the old text overlaps with that of line "
                                  f"{replacement.line}; combine both into one replacement")
        for place, replacement in reversed(found):
            lines[place : place + len(replacement.old)] = replacement.new
        texts[file] = "\n".join(lines) + "\n"
    return texts


def place_of(source: Path, mutant: Mutant, replacement: Replacement, lines: list[str]) -> int:
    """The index of the line where the old text begins."""
    found = places(replacement.old, lines)
    if len(found) == 1:
        return found[0]
    problem = (f"{mutant.path.name}:{replacement.line}: the old text must occur once in {replacement.file}, "
               f"but occurs {len(found)} times")
    if found:
        raise MutantError(f"{problem}, in lines {', '.join(str(place + 1) for place in found)}; "
                          "add the line above or below, also to the new text")
    other = other_places(source, replacement)
    if sum(other.values()) == 1:
        raise MutantError(f"{problem}: it is in {next(iter(other))} now; `./dev mutants --relocate` updates the mutant")
    if other:
        counts = ", ".join(f"{file} ({count})" for file, count in other.items())
        raise MutantError(f"{problem}; it occurs in other files: {counts}; name the right one, and add lines if it has several")
    raise MutantError(f"{problem}; change it to match the code, or remove the mutant if that code no longer exists")


def places(old: tuple[str, ...], lines: list[str]) -> list[int]:
    """The places where the old text occurs, with any indentation: the indices of its first line."""
    wanted = [line.lstrip() for line in old]
    present = [line.lstrip() for line in lines]
    return [place for place in range(len(present) - len(wanted) + 1) if present[place : place + len(wanted)] == wanted]


def other_places(source: Path, replacement: Replacement) -> dict[str, int]:
    """{other file that such a mutant may change: how many times the old text occurs there}, without files where it does not occur."""
    allowed = next(folders for folders in FOLDERS.values() if library_folder(replacement.file) in folders)
    paths = (path for folder in allowed for path in (source / folder).rglob("*") if path.suffix in (".cc", ".h"))
    files = sorted({file for file in (str(path.relative_to(source)) for path in paths)
                    if library_folder(file) in allowed and file != replacement.file})
    counts = {file: len(places(replacement.old, lines_of(source / file))) for file in files}
    return {file: count for file, count in counts.items() if count}


def lines_if_any(path: Path) -> list[str]:
    return lines_of(path) if path.is_file() else []


def check(source: Path, mutants: list[Mutant]) -> list[str]:
    """Errors for the mutants that cannot be planted, one for each."""
    errors = []
    for mutant in mutants:
        try:
            planted(source, mutant)
        except MutantError as error:
            errors.append(str(error))
    return errors


def relocate(source: Path, mutant: Mutant) -> list[str]:
    """If the code has moved to another file, names that file in the mutant. Returns a line for each change."""
    lines = lines_of(mutant.path)
    moves = []
    for replacement in mutant.replacements:
        if places(replacement.old, lines_if_any(source / replacement.file)):
            continue
        other = other_places(source, replacement)
        if sum(other.values()) == 1:
            (file,) = other
            lines[replacement.line - 1] = OLD + file
            moves.append(f"{mutant.path.name}:{replacement.line}: from {replacement.file} to {file}")
    if moves:
        mutant.path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return moves


def diff(source: Path, mutant: Mutant) -> str:
    """What the mutant changes, for readers and for `git apply`."""
    parts = []
    for file, text in planted(source, mutant).items():
        before = (source / file).read_text(encoding="utf-8").splitlines(keepends=True)
        parts += difflib.unified_diff(before, text.splitlines(keepends=True), f"a/{file}", f"b/{file}")
    return "".join(parts)
