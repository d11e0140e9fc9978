#!/usr/bin/python3
"""Tests of `sediment-sim campaign` with real engines: GNU parallel and, where it is installed, Slurm.

A campaign is run once undisturbed. Then it is run again while workers are killed, a unit runs twice, a result is cut, another one
is copied, and the disk is full for a time. The report must be the same, byte for byte, except for the times.
"""

import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILT = ROOT / "build" / "release" / "bin" / "sediment-sim"
# A copy: a build while the tests run would replace the program, and campaigns refuse another one than that which planned them.
PROGRAMS = tempfile.TemporaryDirectory()
SIM = pathlib.Path(PROGRAMS.name) / "sediment-sim"
sys.path.insert(0, str(ROOT / "tests" / "support"))
import local_slurm  # noqa: E402

UNITS = 64
PLAN = ["--tier", "random", "--budget", str(64 * UNITS), "--operations", "6", "--shards", str(UNITS), "--depth", "1", "--seed", "5"]
ENDS_WITHIN = 900  # seconds


def sim(*words: object, check: bool = True, **more) -> subprocess.CompletedProcess:
    done = subprocess.run([SIM, *map(str, words)], capture_output=True, text=True, timeout=ENDS_WITHIN, check=False, **more)
    if check and done.returncode != 0:
        raise AssertionError(f"{words}: exit code {done.returncode}\n{done.stdout}\n{done.stderr}")
    return done


def report(folder: pathlib.Path, check: bool = True) -> tuple[str, subprocess.CompletedProcess]:
    done = sim("campaign", "report", folder, "--json", check=check)
    found = json.loads(done.stdout)
    del found["time"]
    return json.dumps(found, sort_keys=True), done


def workers_in(folder: pathlib.Path) -> list[int]:
    """The processes that run a unit of this campaign."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            words = (entry / "cmdline").read_bytes().split(b"\0")
            if words[0].endswith(b"sediment-sim") and b"run" in words and (entry / "cwd").resolve() == folder.resolve():
                found.append(int(entry.name))
        except (OSError, IndexError):
            continue
    return found


class Killer(threading.Thread):
    """Kills a worker every now and then, as the kernel does when memory runs out."""

    def __init__(self, folder: pathlib.Path, kills: int) -> None:
        super().__init__()
        self.folder, self.left, self.killed, self.ended = folder, kills, 0, threading.Event()

    def run(self) -> None:
        chance = random.Random(1)
        while self.left > 0 and not self.ended.wait(chance.uniform(0.1, 0.6)):
            workers = workers_in(self.folder)
            if not workers:
                continue
            try:
                os.kill(chance.choice(workers), signal.SIGKILL)
            except ProcessLookupError:
                continue
            self.killed += 1
            self.left -= 1


class Campaign(unittest.TestCase):
    folder: pathlib.Path
    undisturbed: str

    @classmethod
    def setUpClass(cls) -> None:
        cls.folder = pathlib.Path(tempfile.mkdtemp())
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        calm = cls.plan("calm")
        sim("campaign", "run", *sorted((calm / "units").iterdir()))
        cls.undisturbed, _ = report(calm)
        found = json.loads(cls.undisturbed)
        assert found["missing"] == [] and found["distinct_disks"] > 50_000, found["distinct_disks"]

    @classmethod
    def plan(cls, name: str) -> pathlib.Path:
        sim("campaign", "plan", *PLAN, "--out", cls.folder / name)
        return cls.folder / name

    def run_killing(self, folder: pathlib.Path, engine, least: int) -> None:
        """Calls engine() until every unit is complete; workers are killed meanwhile."""
        killer = Killer(folder, 12)
        killer.start()
        try:
            for _ in range(10):
                engine()
                if json.loads(report(folder, check=False)[0])["missing"] == []:
                    break
        finally:
            killer.ended.set()
            killer.join()
        self.assertGreaterEqual(killer.killed, least, "too few workers were killed to prove anything")

    def damage_and_mend(self, folder: pathlib.Path) -> None:
        results = folder / "results"
        cut = results / "00003.json"
        cut.write_bytes(cut.read_bytes()[:-100])
        disks = results / "00004.disks"
        disks.write_bytes(disks.read_bytes()[:-8])
        flipped = bytearray((results / "00005.disks").read_bytes())
        flipped[1000] ^= 1
        (results / "00005.disks").write_bytes(flipped)
        (results / "00006.json").unlink()
        found, said = report(folder, check=False)
        self.assertEqual(json.loads(found)["missing"], [3, 4, 5, 6])
        self.assertEqual(len(json.loads(found)["damaged"]), 3, found[-2000:])
        self.assertEqual(said.returncode, 1)
        self.assertNotEqual(found, self.undisturbed)
        for unit in (3, 4, 5, 6, 7):  # the last one twice
            sim("campaign", "run", folder / "units" / f"{unit:05}.json")
        # A copy of a result, as it comes from gathering the folders of several machines.
        (results / "elsewhere").mkdir()
        for name in ("00007.json", "00007.disks"):
            shutil.copy(results / name, results / "elsewhere" / name)
        found, said = report(folder)
        self.assertIn("a copy of", said.stderr)
        self.assertEqual(found, self.undisturbed)

    def test_with_parallel_while_workers_are_killed(self) -> None:
        if shutil.which("parallel") is None:
            self.skipTest("GNU parallel is not installed")
        folder = self.plan("parallel")
        environment = {**os.environ, "JOBS": "2"}
        self.run_killing(folder, lambda: subprocess.run([folder / "run.sh"], env=environment, capture_output=True, timeout=ENDS_WITHIN), 5)
        self.assertEqual(report(folder)[0], self.undisturbed)
        self.damage_and_mend(folder)

    def test_with_slurm_while_workers_are_killed(self) -> None:
        if why := local_slurm.why_not():
            self.skipTest(why)
        folder = self.plan("slurm")
        with local_slurm.LocalSlurm() as environment:
            submit = ["sbatch", "--wait", "--mem=0", "submit.slurm"]
            self.run_killing(folder, lambda: subprocess.run(submit, cwd=folder, env=environment, capture_output=True, timeout=ENDS_WITHIN), 5)
        self.assertEqual(report(folder)[0], self.undisturbed)
        self.damage_and_mend(folder)

    def test_a_full_disk_counts_nothing_and_loses_nothing(self) -> None:
        if os.geteuid() != 0:
            self.skipTest("only root can mount a small disk")
        folder = self.plan("full")
        results = folder / "results"
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", results], capture_output=True, text=True, check=False)
        if mounted.returncode != 0:
            self.skipTest(f"a small disk cannot be mounted here: {mounted.stderr}")
        try:
            done = sim("campaign", "run", "--checkpoint", "0", *sorted((folder / "units").iterdir()), check=False)
            self.assertEqual(done.returncode, 4, done.stderr)
            self.assertIn("is not complete, and counts nothing until it is run again", done.stderr)
            self.assertEqual([path.name for path in results.iterdir() if ".tmp-" in path.name], [], "a full disk must be left tidy")
            missing = json.loads(report_elsewhere(folder, self.folder))["missing"]
            self.assertGreater(len(missing), 10)
            self.assertLess(len(missing), UNITS)
            subprocess.run(["mount", "-o", "remount,size=64m", results], check=True)
            sim("campaign", "run", *sorted((folder / "units").iterdir()))
            self.assertEqual(report(folder)[0], self.undisturbed)
        finally:
            subprocess.run(["umount", results], check=False)

    def test_a_killed_unit_goes_on_at_its_checkpoint(self) -> None:
        folder = self.folder / "checkpoint"
        sim("campaign", "plan", "--tier", "random", "--budget", 64 * 12, "--operations", 8, "--shards", 1, "--out", folder)
        unit, part = folder / "units" / "00000.json", folder / "results" / "00000.part.json"
        kills = 0
        for _ in range(3):
            before = part.read_bytes() if part.exists() else b""
            worker = subprocess.Popen([SIM, "campaign", "run", "--checkpoint", "0", unit], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            deadline = time.monotonic() + 120
            while worker.poll() is None and (not part.exists() or part.read_bytes() == before) and time.monotonic() < deadline:
                time.sleep(0.01)
            if worker.poll() is None:
                worker.kill()
                kills += 1
            worker.communicate()
        self.assertGreaterEqual(kills, 2)
        rounds = len(json.loads(part.read_text())["rounds"])
        self.assertGreaterEqual(rounds, 2, "each start went on where the one before was killed")
        resumed = time.monotonic()
        sim("campaign", "run", unit)
        resumed = time.monotonic() - resumed
        self.assertEqual(sorted(path.name for path in (folder / "results").iterdir()), ["00000.disks", "00000.json"])
        whole = self.folder / "whole"
        sim("campaign", "plan", "--tier", "random", "--budget", 64 * 12, "--operations", 8, "--shards", 1, "--out", whole)
        sim("campaign", "run", whole / "units" / "00000.json")
        self.assertEqual(report(folder)[0], report(whole)[0])

    def test_refuses_what_is_no_unit_of_this_program(self) -> None:
        folder = self.folder / "refused"
        sim("campaign", "plan", *PLAN, "--out", folder)
        unit = folder / "units" / "00000.json"
        text = unit.read_text()
        edited = self.folder / "edited" / "units" / "00000.json"
        edited.parent.mkdir(parents=True)
        table = {
            "its checksum does not match": text.replace('"seed": 5', '"seed": 6'),
            "not JSON": text[: len(text) // 2],
            "this is no file of a campaign": "{}",
            "this is no unit": (folder / "campaign.json").read_text(),
        }
        for reason, content in table.items():
            edited.write_text(content)
            done = sim("campaign", "run", edited, check=False)
            self.assertEqual(done.returncode, 2, reason)
            self.assertIn(str(edited), done.stderr, reason)
            if reason != "not JSON":
                self.assertIn(reason, done.stderr)
            self.assertFalse((edited.parent.parent / "results").exists(), "nothing is left where nothing was done")
        other = self.folder / "another-sediment-sim"
        other.write_bytes(SIM.read_bytes() + b"\0")
        other.chmod(0o755)
        done = subprocess.run([other, "campaign", "run", unit], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn("it was planned by another build of this program", done.stderr)
        done = sim("campaign", "plan", *PLAN[:-1], "6", "--out", folder, check=False)
        self.assertIn("it holds another campaign", done.stderr)
        shutil.copytree(folder, self.folder / "foreign")
        sim("campaign", "plan", *PLAN[:-1], "7", "--out", self.folder / "seven")
        sim("campaign", "run", self.folder / "seven" / "units" / "00001.json")
        for name in ("00001.json", "00001.disks"):
            shutil.copy(self.folder / "seven" / "results" / name, self.folder / "foreign" / "results" / name)
        found, _ = report(self.folder / "foreign", check=False)
        self.assertIn("it belongs to another campaign", found)
        self.assertEqual(len(json.loads(found)["missing"]), UNITS)


def report_elsewhere(folder: pathlib.Path, scratch: pathlib.Path) -> str:
    """The report writes a picture beside the results' folder, which is not full."""
    done = sim("campaign", "report", folder, "--json", "--plot", scratch / "elsewhere.svg", check=False)
    return done.stdout


if __name__ == "__main__":
    shutil.copy(BUILT, SIM)
    unittest.main()
