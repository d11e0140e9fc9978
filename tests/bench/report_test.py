#!/usr/bin/env python3
"""Tests of the report, with small made-up results. Run them with

    /usr/bin/python3 tests/bench/report_test.py

which needs only Python. Without Debian's python3-matplotlib the plots are not tested, which is reported.
"""

import importlib.util
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True  # keeps the source folder unchanged

from page import BEGIN, END, fragment_of, update_page
from results import ResultsError, results_of
from tables import terminal_report, verdict_document
from targets import TARGETS, Judgement, Verdict, judge
from wording import amount, rounded, times

REPORT = Path(__file__).resolve().parent / "report.py"
HAS_MATPLOTLIB = importlib.util.find_spec("matplotlib") is not None
IDS = ("sediment", "text-log", "unordered-map", "leveldb", "rocksdb", "lmdb", "sqlite", "tkrzw", "kyoto")


def row(workload: str, contestant: str, median: float, variant: str = "", unit: str = "ops/s", **more) -> dict:
    return {"workload": workload, "variant": variant, "contestant": contestant, "unit": unit,
            "lower_is_better": unit not in ("ops/s", "bytes/s"), "median": median, "min": median * 0.9, "max": median * 1.1,
            "values": [median], "operations": 1000, "durability": "survives a kill", "notes": "", "details": {}, **more}


def document(*rows: dict, absent: tuple[str, ...] = (), **more) -> dict:
    contestants = [{"id": id, "name": f"the {id}", "version": "1", "options": "a|b", "survives_kill": id != "unordered-map",
                    "can_update": id != "sqlite", "present": id not in absent, "why_absent": "not found" if id in absent else ""}
                   for id in IDS]
    return {"version": 1, "machine": {"cpu": "a processor", "cores": 2, "memory_bytes": 2**34, "date": "2026-01-02", "commit": "abc"},
            "settings": {"quick": False, "rounds": 3, "key_bytes": 16, "value_bytes": 100}, "contestants": contestants,
            "rows": list(rows), "curves": [], "skipped": [], **more}


def judged(*rows: dict, workload: str, variant: str = "", absent: tuple[str, ...] = ()) -> Judgement:
    judgements = judge(results_of(document(*rows, absent=absent)))
    (found,) = [one for one in judgements if (one.workload, one.variant) == (workload, variant)]
    return found


def get_hit(sediment: float, **peers: float) -> Judgement:
    rows = [row("get-hit", id.replace("_", "-"), median) for id, median in peers.items()]
    return judged(row("get-hit", "sediment", sediment), *rows, workload="get-hit")


class Verdicts(unittest.TestCase):
    def test_goal_floor_and_missed(self) -> None:
        self.assertIs(get_hit(1500, kyoto=1000).verdict, Verdict.GOAL)
        floor = get_hit(1200, kyoto=1000)
        self.assertEqual((floor.verdict, floor.remark), (Verdict.FLOOR, "20 % short of 1.5×"))
        missed = get_hit(990, kyoto=1000)
        self.assertEqual((missed.verdict, missed.remark), (Verdict.MISSED, "10 % short of 1.1×"))
        self.assertTrue(missed.best_peer.is_noise)

    def test_a_floor_holds_when_it_is_met_exactly(self) -> None:
        rows = (row("overwrite", "sediment", 1000), row("overwrite", "kyoto", 1000))
        self.assertIs(judged(*rows, workload="overwrite").verdict, Verdict.FLOOR)

    def test_what_was_not_measured_is_absent_and_has_not_passed(self) -> None:
        judgements = judge(results_of(document(row("get-hit", "sediment", 1), row("get-hit", "kyoto", 1), row("ycsb-a", "kyoto", 1))))
        self.assertEqual([one.workload for one in judgements if one.verdict is not Verdict.ABSENT], ["get-hit"])
        self.assertEqual(len(judgements), sum(len(target.variants) for target in TARGETS))

    def test_only_those_that_survive_a_kill_and_can_update_are_peers(self) -> None:
        judgement = get_hit(1500, kyoto=1000, unordered_map=9000, text_log=9000, sqlite=9000)
        self.assertEqual((judgement.best_peer.opponent.contestant, judgement.verdict), ("kyoto", Verdict.GOAL))

    def test_a_contestant_that_is_not_present_is_no_peer(self) -> None:
        rows = (row("get-hit", "sediment", 1500), row("get-hit", "kyoto", 1000), row("get-hit", "tkrzw", 9000))
        self.assertIs(judged(*rows, workload="get-hit", absent=("tkrzw",)).verdict, Verdict.GOAL)

    def test_without_any_peer_nothing_is_judged(self) -> None:
        judgement = get_hit(1500, unordered_map=10)
        self.assertEqual((judgement.verdict, judgement.remark), (Verdict.NOT_JUDGED, "no eligible peer ran"))

    def test_all_floors_must_hold(self) -> None:
        def fill(leveldb: float, *others: dict) -> Judgement:
            return judged(row("fill-seq", "sediment", 2000, "1M"), row("fill-seq", "kyoto", 1000, "1M"),
                          row("fill-seq", "leveldb", leveldb, "1M"), *others, workload="fill-seq", variant="1M")

        rocksdb = row("fill-seq", "rocksdb", 100, "1M")
        self.assertIs(fill(300, rocksdb).verdict, Verdict.GOAL)
        missed = fill(400, rocksdb)
        self.assertEqual((missed.verdict, missed.remark), (Verdict.MISSED, "17 % short of 6× LevelDB"))
        unknown = fill(300)
        self.assertEqual((unknown.verdict, unknown.remark), (Verdict.NOT_JUDGED, "RocksDB did not run"))

    def test_less_is_better_for_times_and_sizes(self) -> None:
        def opened(seconds: float) -> Judgement:
            return judged(row("open-clean", "sediment", seconds, "1M", "s"), row("open-clean", "lmdb", 0.001, "1M", "s"),
                          row("open-clean", "kyoto", 0.1, "1M", "s"), workload="open-clean", variant="1M")

        self.assertIs(opened(0.005).verdict, Verdict.GOAL)
        self.assertEqual((opened(0.006).verdict, opened(0.006).remark), (Verdict.FLOOR, "20 % over 5 ms"))
        self.assertIs(opened(0.031).verdict, Verdict.MISSED)
        self.assertEqual(opened(0.005).best_peer.opponent.contestant, "lmdb")
        self.assertAlmostEqual(opened(0.005).best_peer.measured, 0.2)

    def test_opening_five_million_keys_after_a_kill_is_also_compared(self) -> None:
        def opened(**seconds: float) -> Verdict:
            rows = [row("open-after-kill", id, value, "5M", "s") for id, value in seconds.items()]
            return judged(*rows, workload="open-after-kill", variant="5M").verdict

        slow = {"kyoto": 3, "tkrzw": 3, "rocksdb": 1.5, "leveldb": 1}
        self.assertIs(opened(sediment=0.1, **slow), Verdict.GOAL)
        self.assertIs(opened(sediment=0.18, **slow), Verdict.FLOOR)
        self.assertIs(opened(sediment=0.1, **{**slow, "leveldb": 0.4}), Verdict.MISSED)

    def test_peers_with_one_form_stand_against_each_form_of_sediment(self) -> None:
        rows = (row("multi-get", "sediment", 8000, "after merge"), row("multi-get", "sediment", 3000, "4 segments"),
                row("multi-get", "kyoto", 1000))
        self.assertIs(judged(*rows, workload="multi-get", variant="after merge").verdict, Verdict.GOAL)
        self.assertIs(judged(*rows, workload="multi-get", variant="4 segments").verdict, Verdict.FLOOR)

    def test_more_threads_are_compared_with_one(self) -> None:
        rows = [row("durable-put", "sediment", median, f"{threads} thread" + "s" * (threads > 1))
                for threads, median in ((1, 10), (16, 39), (64, 120))] + [row("durable-put", "kyoto", 10.2, "1 thread")]
        verdicts = [judged(*rows, workload="durable-put", variant=variant).verdict for variant in ("1 thread", "16 threads", "64 threads")]
        self.assertEqual(verdicts, [Verdict.FLOOR, Verdict.MISSED, Verdict.GOAL])

    def test_details_are_judged(self) -> None:
        def verdict(workload: str, unit: str, **details: float) -> Verdict:
            return judged(row(workload, "sediment", 1000, unit=unit, details=details), workload=workload).verdict

        self.assertIs(verdict("get-2-threads", "ops/s", speedup=1.96), Verdict.GOAL)
        self.assertIs(verdict("get-2-threads", "ops/s", speedup=1.6), Verdict.MISSED)
        self.assertIs(verdict("get-2-threads", "ops/s"), Verdict.NOT_JUDGED)
        self.assertIs(verdict("put-latency", "ns", max_ns=9, fsync_of_a_segment_ns=10), Verdict.GOAL)
        self.assertIs(verdict("put-latency", "ns", max_ns=10, fsync_of_a_segment_ns=10), Verdict.REPORTED)
        self.assertIs(verdict("merge-rate", "bytes/s", ratio=0.5), Verdict.GOAL)
        self.assertIs(verdict("merge-rate", "bytes/s", ratio=0.1), Verdict.REPORTED)

    def test_a_get_beside_a_writer_is_compared_with_an_idle_one(self) -> None:
        for beside, expected in ((2900, Verdict.GOAL), (3000, Verdict.FLOOR), (9900, Verdict.FLOOR), (10000, Verdict.MISSED)):
            rows = (row("get-beside-writer", "sediment", 1000, "idle", "ns"), row("get-beside-writer", "sediment", beside, "beside", "ns"))
            self.assertIs(judged(*rows, workload="get-beside-writer", variant="beside").verdict, expected)

    def test_what_has_no_target_is_reported(self) -> None:
        rows = (row("range-100", "sediment", 1), row("range-100", "lmdb", 9999))
        self.assertIs(judged(*rows, workload="range-100").verdict, Verdict.REPORTED)
        self.assertIs(judged(row("something-new", "sediment", 1), workload="something-new").verdict, Verdict.REPORTED)


class Words(unittest.TestCase):
    def test_numbers_have_three_digits_that_mean_something(self) -> None:
        self.assertEqual([rounded(value) for value in (4759123, 999.6, 47.06, 0.04706, 0)], ["4,760,000", "1,000", "47.1", "0.0471", "0"])
        self.assertEqual([amount(value, "s") for value in (1.2, 0.0047, 0.0000012)], ["1.20 s", "4.70 ms", "1.20 µs"])
        self.assertEqual([amount(value, "ops/s") for value in (4759000, 18)], ["4,760 k/s", "18.0 /s"])
        self.assertEqual([times(value) for value in (1.786, 0.02)], ["1.79×", "1/50.0"])

    def test_the_table_tells_verdicts_absences_and_notes(self) -> None:
        results = results_of(document(row("get-hit", "sediment", 1500), row("get-hit", "kyoto", 1000, notes="half of it: time limit"),
                                      absent=("rocksdb",),
                                      skipped=[{"workload": "fill-seq", "variant": "5M", "contestant": "sqlite", "why": "too slow"}]))
        text = terminal_report(results, judge(results))
        for expected in ("1.50×", "goal", "the rocksdb: not found", "SQLite, fill-seq, 5M: too slow", "Kyoto, get-hit: half of it"):
            self.assertIn(expected, text)
        verdicts = verdict_document(results, judge(results))["verdicts"]
        self.assertEqual({one["workload"]: one["verdict"] for one in json.loads(json.dumps(verdicts))}["get-hit"], "goal")


class Page(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.page = Path(folder.name) / "performance.md"

    def test_only_what_stands_between_the_markers_is_replaced(self) -> None:
        self.page.write_text(f"# Title\n\n{BEGIN}\nold\n{END}\n\nend\n", encoding="utf-8")
        update_page(self.page, "new\n\nlines")
        update_page(self.page, "newer")
        self.assertEqual(self.page.read_text(encoding="utf-8"), f"# Title\n\n{BEGIN}\n\nnewer\n\n{END}\n\nend\n")

    def test_a_page_without_its_markers_is_left_alone(self) -> None:
        for text in ("nothing", f"{BEGIN}\n", f"{END}\n{BEGIN}\n", f"{BEGIN}\n{BEGIN}\n{END}\n"):
            self.page.write_text(text, encoding="utf-8")
            with self.assertRaises(ResultsError):
                update_page(self.page, "new")
            self.assertEqual(self.page.read_text(encoding="utf-8"), text)

    def test_the_best_that_survives_a_kill_is_bold_and_plots_have_relative_paths(self) -> None:
        results = results_of(document(row("get-hit", "sediment", 1.5e6), row("get-hit", "kyoto", 1e6), row("get-hit", "unordered-map", 9e6)))
        fragment = fragment_of(results, judge(results), [(self.page.parent / "performance" / "throughput.svg", "bars")], self.page)
        self.assertIn("| get-hit | **1,500** | 9,000 | 1,000 |", fragment)
        self.assertIn("![bars](performance/throughput.svg)", fragment)
        self.assertIn("a\\|b", fragment)

    def test_peers_with_one_form_are_in_the_lines_of_sediment(self) -> None:
        results = results_of(document(row("multi-get", "sediment", 8e6, "after merge"), row("multi-get", "sediment", 9e5, "4 segments"),
                                      row("multi-get", "kyoto", 1e6)))
        fragment = fragment_of(results, judge(results), [], self.page)
        self.assertIn("| multi-get, after merge | **8,000** | 1,000 |", fragment)
        self.assertIn("| multi-get, 4 segments | 900 | **1,000** |", fragment)
        self.assertNotIn("| multi-get |", fragment)


class Program(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def write(self, *rows: dict, **more) -> Path:
        path = self.folder / "store.json"
        path.write_text(json.dumps(document(*rows, **more)), encoding="utf-8")
        return path

    def run_report(self, *arguments: object) -> subprocess.CompletedProcess:
        return subprocess.run([sys.executable, REPORT, *map(str, arguments)], cwd=self.folder, capture_output=True, text=True)

    def test_only_strict_fails_for_a_missed_floor(self) -> None:
        path = self.write(row("get-hit", "sediment", 900), row("get-hit", "kyoto", 1000))
        self.assertEqual(self.run_report(path).returncode, 0)
        self.assertEqual(self.run_report(path, "--strict").returncode, 1)
        path = self.write(row("get-hit", "sediment", 1200), row("get-hit", "kyoto", 1000))
        self.assertEqual(self.run_report(path, "--strict").returncode, 0)

    def test_a_file_that_is_no_results_file_is_an_error(self) -> None:
        for text in ("", "[]", "{}", '{"version": 2}', json.dumps(document(row("get-hit", "nobody", 1)))):
            path = self.folder / "bad.json"
            path.write_text(text, encoding="utf-8")
            outcome = self.run_report(path)
            self.assertEqual((outcome.returncode, "Traceback" in outcome.stderr), (2, False), outcome.stderr)
        self.assertEqual(self.run_report(self.folder / "nowhere.json").returncode, 2)

    @unittest.skipUnless(HAS_MATPLOTLIB, "matplotlib is missing: apt-get install python3-matplotlib, and use /usr/bin/python3")
    def test_plots_are_the_same_twice(self) -> None:
        latencies = {"p50_ns": 400, "p99_ns": 900, "p999_ns": 1000, "max_ns": 9000, "fsync_of_a_segment_ns": 20000}
        curve = {"id": "get-by-segments", "title": "Gets", "x_label": "segments", "y_label": "ops/s", "x_log": True, "y_log": False,
                 "series": [{"contestant": "sediment", "label": "hit", "points": [[1, 100], [2, 90], [4, 50]]}]}
        path = self.write(row("get-hit", "sediment", 1500), row("get-hit", "kyoto", 1000), row("durable-put", "sediment", 10, "1 thread"),
                          row("put-latency", "sediment", 1000, unit="ns", details=latencies), curves=[curve])
        for folder in ("one", "two"):
            outcome = self.run_report(path, "--plots", self.folder / folder)
            self.assertEqual((outcome.returncode, outcome.stderr), (0, ""))
        names = sorted(file.name for file in (self.folder / "one").iterdir())
        self.assertEqual(names, ["durable.svg", "get-by-segments.svg", "latency.svg", "throughput.svg"])
        for name in names:
            first, second = ((self.folder / folder / name).read_bytes() for folder in ("one", "two"))
            self.assertEqual(first, second, name)
            self.assertIn(b"</svg>", first)

    def test_the_page_gets_plots_beside_it(self) -> None:
        page = self.folder / "docs" / "performance.md"
        page.parent.mkdir()
        page.write_text(f"{BEGIN}\n{END}\n", encoding="utf-8")
        path = self.write(row("get-hit", "sediment", 1500), row("get-hit", "kyoto", 1000))
        outcome = self.run_report(path, "--markdown", page, "--json", self.folder / "verdicts.json")
        self.assertEqual(outcome.returncode, 0, outcome.stderr)
        self.assertIn("| get-hit | goal |", page.read_text(encoding="utf-8"))
        self.assertTrue((self.folder / "verdicts.json").exists())
        if HAS_MATPLOTLIB:
            self.assertIn("(performance/throughput.svg)", page.read_text(encoding="utf-8"))
            self.assertTrue((page.parent / "performance" / "throughput.svg").exists())


if __name__ == "__main__":
    unittest.main()
