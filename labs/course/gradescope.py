"""Grades one submission on Gradescope: /autograder/submission in, /autograder/results/results.json out, valid from the first second."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from submissions import Submission, Unusable, describe, lay_out, read_submission, seed_of


def main(lab: int, base: pathlib.Path) -> int:
    source = base / "source"
    out = base / "results" / "results.json"
    save(out, "The grader was stopped before it had begun.")
    grader = [str(source / "build/lab/bin/sediment-lab"), "--inputs", str(source / "build/lab/lab/inputs.txt")]
    file_name = pathlib.Path(describe(grader, lab)["file"]).name
    try:
        content = read_submission(Submission("", base / "submission"), file_name)
    except Unusable as reason:
        save(out, f"Nothing could be graded: {reason}.")
        return 0
    seed = 1
    secret = source / "secret"
    if secret.exists():
        seed = seed_of(student_id(base / "submission_metadata.json"), secret.read_bytes().strip())
    with tempfile.TemporaryDirectory() as name:
        file = lay_out(content, pathlib.Path(name), file_name)
        words = ["grade", lab, "--file", file, "--seed", seed, "--results", file.with_name("results"), "--format", "gradescope", "--out", out]
        done = subprocess.run([*grader, *(str(word) for word in words)], capture_output=True, stdin=subprocess.DEVNULL, check=False)
    if done.returncode not in (0, 1):
        stopped(out, done.returncode, done.stderr.decode(errors="replace")[:4000])
    return 0


def stopped(out: pathlib.Path, status: int, said: str) -> None:
    """Keeps what the grader had reached, if it had, and says that this is not all."""
    try:
        result = json.loads(out.read_text())
    except (OSError, ValueError):
        result = {}
    if not result.get("tests"):
        save(out, "The grader did not work; please tell your instructor.\n" + said)
        return
    how = f"signal {-status}" if status < 0 else f"exit status {status}"
    result["output"] = f"The grader was stopped before it had finished ({how}). What it had not reached counts as failed.\n" + str(result.get("output", ""))
    write(out, result)


def student_id(metadata: pathlib.Path) -> str:
    """The id of the (first) student: the school's, or the e-mail address. Empty if Gradescope does not say."""
    try:
        user = json.loads(metadata.read_text())["users"][0]
        return str(user.get("sid") or user.get("email") or "")
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return ""


def save(out: pathlib.Path, text: str) -> None:
    """A result without marks."""
    write(out, {"score": 0, "output": text, "output_format": "text", "tests": []})


def write(out: pathlib.Path, result: dict) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    temporary = out.with_name("results.json.new")
    temporary.write_text(json.dumps(result))
    os.replace(temporary, out)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), pathlib.Path(os.environ.get("AUTOGRADER", "/autograder"))))
