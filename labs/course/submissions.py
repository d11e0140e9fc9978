"""What students hand in: a folder, a zip or a single file each, found, unpacked and made uniform. All of it is hostile."""

import csv
import hashlib
import hmac
import json
import pathlib
import re
import stat
import subprocess
import zipfile
from dataclasses import dataclass, field

LARGEST_FILE = 1 << 20  # bytes; the grader takes no larger one
MOST_FILES = 2000  # in one submission
MOST_SCENARIOS = 50
IGNORED = {"__MACOSX", ".git", ".DS_Store"}


class Unusable(Exception):
    """A submission that holds nothing to grade; the text says why."""


@dataclass
class Submission:
    student: str
    path: pathlib.Path | None  # None: nothing was handed in


@dataclass
class Content:
    source: bytes
    scenarios: dict[str, bytes] = field(default_factory=dict)  # NAME.json, in break/ or hunt/
    notes: list[str] = field(default_factory=list)  # what was put right


def seed_of(student: str, secret: bytes) -> int:
    """The student's seed. The same as the command in docs/teaching.md."""
    return int(hmac.new(secret, student.encode(), hashlib.sha256).hexdigest()[:8], 16)


def read_roster(path: pathlib.Path) -> list[str]:
    """The ids of a CSV file with a column `id`. Raises Unusable."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        rows = csv.DictReader(file)
        if not rows.fieldnames or "id" not in rows.fieldnames:
            raise Unusable(f"{path} needs a column named id; it has {', '.join(rows.fieldnames or []) or 'none'}")
        ids = [row["id"].strip() for row in rows if (row["id"] or "").strip()]
    for student in ids:
        if not is_id(student):
            raise Unusable(f"{path}: {student!r} cannot be an id; letters, digits and . _ - @ can")
    twice = sorted({student for student in ids if ids.count(student) > 1})
    if twice:
        raise Unusable(f"{path} has {', '.join(twice)} twice")
    return ids


def is_id(text: str) -> bool:
    return re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,99}", text) is not None


def find_submissions(folder: pathlib.Path, roster: list[str] | None) -> tuple[list[Submission], list[str]]:
    """One submission for each student, by id, and the names of entries that belong to no student on the roster.

    An entry's name is the id, or begins with the id and one of `_ - .` or a space (`ada_hash_index.cc`). Without a roster, every entry is a
    student, named by its name without an ending.
    """
    entries = sorted(entry for entry in folder.iterdir() if entry.name not in IGNORED)
    if roster is None:
        found: dict[str, pathlib.Path] = {}
        for entry in entries:
            student = re.sub(r"[^A-Za-z0-9._@-]", "-", entry.name if entry.is_dir() else entry.stem)
            student = student if is_id(student) else f"student{student}"[:100]
            if student in found:
                raise Unusable(f"{found[student]} and {entry} are both by {student}; keep one of them")
            found[student] = entry
        return [Submission(student, path) for student, path in sorted(found.items())], []
    paths: dict[str, pathlib.Path] = {}
    strangers = []
    for entry in entries:
        owners = [student for student in roster if re.match(re.escape(student) + r"(?:$|[_\-. ])", entry.name)]
        if not owners:
            strangers.append(entry.name)
            continue
        owner = max(owners, key=len)  # of the ids al and al-b, al-b owns al-b.zip
        if owner in paths:
            raise Unusable(f"{paths[owner]} and {entry} are both by {owner}; keep one of them")
        paths[owner] = entry
    return [Submission(student, paths.get(student)) for student in sorted(roster)], strangers


def read_submission(submission: Submission, file_name: str) -> Content:
    """The student's file, as UTF-8 text with line feeds, and the scenarios beside it. Raises Unusable."""
    if submission.path is None:
        raise Unusable("nothing was handed in")
    files = files_of(submission.path)
    notes = []
    named = [name for name in files if name.rsplit("/", 1)[-1] == file_name]
    if not named:
        named = [name for name in files if name.rsplit("/", 1)[-1].lower() == file_name.lower()]
    kind, endings = ("C++", r"\.(cc|cpp|cxx|c\+\+)$") if file_name.endswith(".cc") else ("JSON", r"\.json$")
    if not named:
        named = [name for name in files if re.search(endings, name, re.IGNORECASE)]
    if not named:
        raise Unusable(f"there is no {file_name}, nor any other {kind} file")
    if len(named) > 1:
        raise Unusable(f"there is more than one file that could be {file_name}: {', '.join(sorted(named)[:5])}")
    single = not submission.path.is_dir() and submission.path.name == named[0]  # its name says who, and not what
    if named[0].rsplit("/", 1)[-1] != file_name and not single:
        notes.append(f"{named[0]} was taken for {file_name}")
    source = uniform(files[named[0]], named[0], notes)
    scenarios = {}
    for name in sorted(files):
        match = re.search(rf"(?:^|/){scenario_folder(file_name)}/([A-Za-z0-9_]{{1,80}}\.json)$", name)
        if match and len(scenarios) < MOST_SCENARIOS:
            scenarios[match[1]] = files[name]
    return Content(source, scenarios, notes)


def describe(grader: list[str], lab: int) -> dict:
    """A result of this lab without marks: its checks, and where its file is. `grader`: the program with the list of its inputs."""
    return json.loads(subprocess.run([*grader, "checks", str(lab)], capture_output=True, check=True).stdout)


def scenario_folder(file_name: str) -> str:
    """Beside code, scenarios break other code; without code, they are the hunt itself."""
    return "break" if file_name.endswith(".cc") else "hunt"


def lay_out(content: Content, folder: pathlib.Path, file_name: str) -> pathlib.Path:
    """Writes what the grader takes into a folder: the file, and its scenarios beside it. Returns the file's path."""
    scenarios = folder / scenario_folder(file_name)
    scenarios.mkdir(parents=True)
    (folder / file_name).write_bytes(content.source)
    for name, scenario in content.scenarios.items():
        (scenarios / name).write_bytes(scenario)
    return folder / file_name


def files_of(path: pathlib.Path) -> dict[str, bytes]:
    """All small files of a submission, by their path in it. Raises Unusable."""
    if path.is_symlink():
        raise Unusable("it is a symbolic link")
    if path.is_dir():
        return files_of_folder(path)
    if path.suffix.lower() == ".zip":
        return files_of_zip(path)
    if path.stat().st_size > LARGEST_FILE:
        raise Unusable("the file is larger than 1 MiB")
    return {path.name: path.read_bytes()}


def files_of_folder(folder: pathlib.Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    archives = []
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(folder)
        if IGNORED.intersection(relative.parts) or path.is_symlink() or not path.is_file():
            continue
        if any((folder / parent).is_symlink() for parent in relative.parents):
            continue
        if path.stat().st_size > LARGEST_FILE:
            continue
        if len(files) == MOST_FILES:
            raise Unusable(f"there are more than {MOST_FILES} files")
        files[relative.as_posix()] = path.read_bytes()
        if path.suffix.lower() == ".zip":
            archives.append(path)
    if len(archives) == 1 and len(files) == 1:  # what a learning platform makes of a zip
        return files_of_zip(archives[0])
    return files


def files_of_zip(path: pathlib.Path) -> dict[str, bytes]:
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            if len(archive.infolist()) > MOST_FILES:
                raise Unusable(f"the zip has more than {MOST_FILES} entries")
            for entry in archive.infolist():
                parts = pathlib.PurePosixPath(entry.filename.replace("\\", "/")).parts
                link = stat.S_ISLNK(entry.external_attr >> 16)
                if entry.is_dir() or link or ".." in parts or IGNORED.intersection(parts):
                    continue
                with archive.open(entry) as file:
                    content = file.read(LARGEST_FILE + 1)  # whatever size the zip claims
                if len(content) <= LARGEST_FILE:
                    files["/".join(parts)] = content
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError, ValueError) as error:
        raise Unusable(f"the zip cannot be read: {error}") from error
    return files


def uniform(content: bytes, name: str, notes: list[str]) -> bytes:
    """UTF-8 without a byte order mark, with line feeds."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            content = content.decode("utf-16").encode()
        except UnicodeError as error:
            raise Unusable(f"{name} is not text: {error}") from error
        notes.append("the file was in UTF-16")
    if content.startswith(b"\xef\xbb\xbf"):
        content = content[3:]
        notes.append("a byte order mark was removed")
    if b"\r" in content:
        content = content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        notes.append("line ends were made line feeds")
    if not content.strip():
        raise Unusable(f"{name} is empty")
    return content
