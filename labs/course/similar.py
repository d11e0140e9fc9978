"""Which submissions share code, by Debian's similarity-tester: it compares tokens, so other names, spaces and comments hide nothing."""

import argparse
import pathlib
import re
import shutil
import subprocess
import tempfile

from grade_all import Stop, lab_folder
from submissions import Unusable, describe, find_submissions, read_roster, read_submission

SHORTEST_RUN = 24  # tokens; about two lines


def own_lines(source: str, starter: set[str]) -> str:
    """What is not in the starter, which all have."""
    return "\n".join(line for line in source.splitlines() if line.strip() not in starter) + "\n"


def similar(arguments: argparse.Namespace) -> str:
    """The pairs, the most similar first. The published solutions take part under the name of their file."""
    if shutil.which("sim_c++") is None:
        raise Stop("sim_c++ is not installed: apt-get install similarity-tester")
    lab = lab_folder(arguments.root, arguments.lab)
    grader = [str(arguments.program), "--inputs", str(arguments.inputs)]
    file_name = pathlib.Path(describe(grader, arguments.lab)["file"]).name
    if not file_name.endswith(".cc"):
        raise Stop(f"lab {arguments.lab} has no code to compare")
    starter_lines = subprocess.run([*grader, "starter", str(arguments.lab)], capture_output=True, check=True, text=True).stdout
    starter = {line.strip() for line in starter_lines.splitlines()}
    roster = read_roster(arguments.roster) if arguments.roster else None
    unusable = []
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for submission in find_submissions(arguments.submissions, roster)[0]:
            try:
                text = read_submission(submission, file_name).source.decode(errors="replace")
            except Unusable as reason:
                unusable.append(f"{submission.student}: {reason}\n")
                continue
            (folder / submission.student).write_text(own_lines(text, starter))
        handed_in = sorted(path.name for path in folder.iterdir())
        for path in [arguments.root / "engine" / file_name, *sorted((lab / "right").glob("*.cc"))]:
            (folder / f"({path.parent.name})({path.name})").write_text(own_lines(path.read_text(), starter))
        pairs = pairs_in(folder)
    shown = [(percent, pair) for pair, percent in pairs.items() if percent >= arguments.least and set(pair).intersection(handed_in)]
    shown.sort(key=lambda each: (-each[0], each[1]))
    lines = [f"{percent:>3} %  {'  '.join(label(each) for each in pair)}\n" for percent, pair in shown]
    heading = f"{len(handed_in)} submissions; {len(shown)} pairs share {arguments.least} % or more of their own lines. Read both before you judge.\n"
    return heading + "".join(lines) + "".join(unusable)


def pairs_in(folder: pathlib.Path) -> dict[tuple[str, str], int]:
    """How many per cent of one file of a pair stand in the other, the larger number of the two. Raises Stop."""
    words = ["sim_c++", "-p", "-a", "-r", str(SHORTEST_RUN), *sorted(path.name for path in folder.iterdir())]
    done = subprocess.run(words, cwd=folder, capture_output=True, text=True, errors="replace", check=False)
    if done.returncode != 0:
        raise Stop(f"sim_c++: {done.stderr.strip()}")
    pairs: dict[tuple[str, str], int] = {}
    for line in done.stdout.splitlines():
        found = re.fullmatch(r"(.+) consists for (\d+) % of (.+) material", line)
        if found is not None:
            pair = (min(found[1], found[3]), max(found[1], found[3]))
            pairs[pair] = max(pairs.get(pair, 0), int(found[2]))
    return pairs


def label(name: str) -> str:
    """(right)(compact.cc) → right/compact.cc"""
    return name[1:-1].replace(")(", "/") if name.startswith("(") else name
