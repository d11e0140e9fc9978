"""Grades one submission of a plan: one job of many. `grade_one.py WORK INDEX`; grade_all.py writes the plan."""

import hashlib
import json
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from submissions import Submission, Unusable, lay_out, read_submission

LIMIT = 1800  # seconds for one submission; the grader's own limits end each check long before


def main(work: pathlib.Path, index: int) -> int:
    plan = json.loads((work / "plan.json").read_text())
    entry = plan["students"][index]
    student = entry["student"]
    folder = work / "students" / student
    path = pathlib.Path(entry["path"]) if entry["path"] else None
    try:
        content = read_submission(Submission(student, path), plan["file"])
    except Unusable as unusable:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        (folder / "report.txt").write_text(f"Lab {plan['lab']}: {unusable}. 0 points.\n")
        save(folder, {"unusable": str(unusable), "notes": []})
        return 0
    digest = hashlib.sha256(plan["grader"].encode() + str(entry["seed"]).encode() + content.source)
    for name, scenario in content.scenarios.items():
        digest.update(name.encode() + b"\0" + scenario)
    if is_graded(folder, digest.hexdigest()):
        (folder / "graded.json").touch()  # for the count of those that are done
        return 0
    shutil.rmtree(folder, ignore_errors=True)
    file = lay_out(content, folder, plan["file"])
    command = [plan["program"], "--inputs", plan["inputs"], "grade", str(plan["lab"])]
    command += ["--file", str(file), "--seed", str(entry["seed"]), "--results", str(folder / "results")]
    command += ["--out", str(folder / "report.txt")]
    try:
        done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, timeout=LIMIT, check=False)
    except subprocess.TimeoutExpired:
        print(f"{student}: not graded within {LIMIT} s", file=sys.stderr)
        return 1
    if done.returncode not in (0, 1):
        print(f"{student}: {done.stderr.decode(errors='replace').strip()}", file=sys.stderr)
        return 1
    save(folder, {"digest": digest.hexdigest(), "notes": content.notes})
    return 0


def is_graded(folder: pathlib.Path, digest: str) -> bool:
    """Whether this very content was graded to the end, by this grader, with this seed."""
    try:
        return json.loads((folder / "graded.json").read_text())["digest"] == digest
    except (OSError, ValueError, KeyError, TypeError):
        return False


def save(folder: pathlib.Path, state: dict) -> None:
    """The last thing that is written: without it, the submission is graded again."""
    temporary = folder / "graded.json.new"
    temporary.write_text(json.dumps(state))
    temporary.rename(folder / "graded.json")


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1]), int(sys.argv[2])))
