"""Grades a class: plans, runs the jobs side by side with GNU parallel or Slurm, and writes the table."""

import argparse
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import signal
import subprocess
import sys
import time

from grades import histogram, read_adjustments, read_table, row_of, table
from submissions import describe, find_submissions, read_roster, seed_of

SLURM_ARRAY = 1000  # jobs in one array; the default limit of Slurm is 1001

class Stop(Exception):
    """The class cannot be graded; the text says why."""


def grader_digest(program: pathlib.Path, inputs: pathlib.Path, lab_folder: pathlib.Path) -> str:
    """Changes with everything that a mark depends on besides the submission."""
    digest = hashlib.sha256(program.read_bytes())
    files = []
    for line in inputs.read_text().splitlines():
        kind, _, path = line.partition(" ")
        if kind in ("library", "component", "engine") and not path.endswith(".so"):
            files.append(pathlib.Path(path))
    files += sorted(path for path in lab_folder.rglob("*") if path.suffix == ".json" or path.parent.name == "wrong")
    for path in files:
        if path.parent != lab_folder / "break":  # that is a student's
            digest.update(path.read_bytes())
    return digest.hexdigest()


def release_of(root: pathlib.Path) -> str:
    """The commit of the project, as the grader tells it."""
    done = subprocess.run(["git", "-C", str(root), "rev-parse", "--short=12", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() or "unknown"


def lab_folder(root: pathlib.Path, number: int) -> pathlib.Path:
    folders = sorted((root / "labs").glob(f"{number:02}_*"))
    if not folders:
        raise Stop(f"there is no lab {number}")
    return folders[0]


def read_secret(path: pathlib.Path, root: pathlib.Path) -> bytes:
    """The secret that the seeds are made from. Raises Stop."""
    if path.resolve().is_relative_to(root):
        raise Stop(f"{path} is inside the repository, from which it might be published; keep the secret elsewhere")
    secret = path.read_bytes().strip()
    if len(secret) < 16:
        raise Stop(f"the secret in {path} is shorter than 16 bytes; `openssl rand -hex 16` makes one")
    return secret


def make_plan(arguments: argparse.Namespace) -> dict:
    root = arguments.root.resolve()
    lab = lab_folder(root, arguments.lab)
    if not arguments.submissions.is_dir():
        raise Stop(f"{arguments.submissions} is not a folder")
    roster = read_roster(arguments.roster) if arguments.roster else None
    secret = read_secret(arguments.secret, root) if arguments.secret else None
    found, strangers = find_submissions(arguments.submissions, roster)
    if not found:
        raise Stop(f"{arguments.submissions} holds no submission")
    program = arguments.program.resolve()
    students = []
    for submission in found:
        seed = seed_of(submission.student, secret) if secret else arguments.seed
        path = str(submission.path.absolute()) if submission.path else None
        students.append({"student": submission.student, "path": path, "seed": seed})
    return {
        "lab": arguments.lab,
        "file": pathlib.Path(describe([str(program), "--inputs", str(arguments.inputs)], arguments.lab)["file"]).name,
        "program": str(program),
        "inputs": str(arguments.inputs.resolve()),
        "grader": grader_digest(program, arguments.inputs, lab),
        "students": students,
        "strangers": strangers,
    }


class Progress:
    """How many of the jobs are done, and how long the others will take, on stderr."""

    def __init__(self, work: pathlib.Path, students: list[dict]) -> None:
        self.files = [work / "students" / entry["student"] / "graded.json" for entry in students]
        self.started = time.time()
        self.told = -1

    def finished(self) -> int:
        count = 0
        for path in self.files:
            try:
                count += path.stat().st_mtime >= self.started - 1
            except OSError:
                pass
        return count

    def tell(self) -> None:
        done = self.finished()
        if done == self.told:
            return
        self.told = done
        seconds = time.time() - self.started
        left = f", about {seconds / done * (len(self.files) - done):.0f} s left" if 0 < done < len(self.files) else ""
        print(f"grade-all: {done}/{len(self.files)}{left}", file=sys.stderr, flush=True)


def job_words(work: pathlib.Path) -> list[str]:
    return [sys.executable, str(pathlib.Path(__file__).with_name("grade_one.py")), str(work)]


def run_with_parallel(work: pathlib.Path, count: int, progress: Progress, jobs: int) -> None:
    if shutil.which("parallel") is None:
        raise Stop("GNU parallel is not installed: apt-get install parallel")
    words = ["parallel", "--will-cite", "--jobs", str(jobs), *job_words(work), "{}"]
    with subprocess.Popen(words, stdin=subprocess.PIPE, text=True, start_new_session=True) as process:
        try:
            process.stdin.write("".join(f"{index}\n" for index in range(count)))
            process.stdin.close()
            while process.poll() is None:
                progress.tell()
                time.sleep(0.2)
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)  # the jobs, too; what they had finished stays
            os.killpg(process.pid, signal.SIGTERM)  # GNU parallel waits for its jobs at the first one
            raise


def run_with_slurm(work: pathlib.Path, count: int, progress: Progress, jobs: int) -> None:
    for program in ("sbatch", "squeue", "scancel"):
        if shutil.which(program) is None:
            raise Stop(f"{program} is not installed: apt-get install slurm-client")
    for start in range(0, count, SLURM_ARRAY):
        last = min(SLURM_ARRAY, count - start) - 1
        script = work / "job.sh"
        script.write_text(f"#!/bin/bash\nexec {shlex.join(job_words(work))} $(({start} + SLURM_ARRAY_TASK_ID))\n")
        limit = f"%{jobs}" if jobs else ""
        submit = ["sbatch", "--parsable", f"--array=0-{last}{limit}", f"--output={work}/slurm-%a.log", str(script)]
        done = subprocess.run(submit, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Stop(f"sbatch: {done.stderr.strip()}")
        job = done.stdout.strip().split(";")[0]
        try:
            while subprocess.run(["squeue", "--noheader", f"--jobs={job}"], capture_output=True, text=True, check=False).stdout.strip():
                progress.tell()
                time.sleep(0.5)
        except BaseException:
            subprocess.run(["scancel", job], check=False)
            raise


def collect(plan: dict, work: pathlib.Path, arguments: argparse.Namespace) -> tuple[str, list[str]]:
    """The table, and the students who could not be graded."""
    adjustments = read_adjustments(arguments.adjustments) if arguments.adjustments else {}
    unknown = sorted(set(adjustments).difference(entry["student"] for entry in plan["students"]))
    if unknown:
        raise Stop(f"{arguments.adjustments} names {', '.join(unknown)}, who has no submission and is not on the roster")
    blank = describe([plan["program"], "--inputs", plan["inputs"]], plan["lab"])
    rows, missing = [], []
    for entry in plan["students"]:
        student = entry["student"]
        folder = work / "students" / student
        result, notes = dict(blank, seed=entry["seed"]), []
        try:
            state = json.loads((folder / "graded.json").read_text())
            notes = state["notes"]
            if "unusable" in state:
                result["problem"], result["complete"] = state["unusable"], True
            else:
                result = json.loads((folder / "results" / f"lab{plan['lab']}.json").read_text())
        except (OSError, ValueError, KeyError):
            missing.append(student)
            result["problem"] = "the grader did not get to the end"
        rows.append(row_of(student, result, notes, adjustments.get(student, []), arguments.late_percent))
    return table(rows, [check["id"] for check in blank["checks"]]), missing


def grade_all(arguments: argparse.Namespace) -> int:
    plan = make_plan(arguments)
    work = arguments.out.with_name(arguments.out.name + ".d").resolve()
    work.mkdir(parents=True, exist_ok=True)
    (work / "plan.json").write_text(json.dumps(plan, indent=1))
    for name in plan["strangers"]:
        print(f"grade-all: {name} belongs to no one on the roster; it is not graded", file=sys.stderr)
    started = time.monotonic()
    progress = Progress(work, plan["students"])
    jobs = arguments.jobs or (0 if arguments.slurm else os.cpu_count() or 1)
    try:
        # All of them: a job whose submission is graded already ends at once.
        (run_with_slurm if arguments.slurm else run_with_parallel)(work, len(plan["students"]), progress, jobs)
    except KeyboardInterrupt:
        print("\ngrade-all: stopped; the same command goes on from here", file=sys.stderr)
        return 130
    text, missing = collect(plan, work, arguments)
    temporary = arguments.out.with_name(arguments.out.name + ".new")
    temporary.write_text(text, encoding="utf-8")
    temporary.rename(arguments.out)
    seconds = time.monotonic() - started
    print(f"{len(plan['students'])} submissions in {seconds:.0f} s: {arguments.out}; a report for each student: {work}/students/ID/report.txt")
    print(histogram(read_table(arguments.out)), end="")
    if missing:
        print(f"grade-all: not graded: {', '.join(missing)}. The same command tries again", file=sys.stderr)
    return 1 if missing else 0
