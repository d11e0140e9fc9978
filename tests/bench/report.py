#!/usr/bin/env python3
"""Judges what the store's benchmark measured, and draws it.

For each workload, prints what Sediment reached, the best peer that survives a killed process, and whether the floor and the goal of
targets.py hold. Draws plots, and on request also writes the results as JSON and into the page docs/performance.md.

Exit code: 0 whatever was measured, because benchmarks do not decide by time; with --strict, 1 when a floor is missed; 2 when a file
cannot be read or written. Its tests: python3 tests/bench/report_test.py
"""

import argparse
import json
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # keeps the source folder unchanged

from page import fragment_of, update_page
from results import ResultsError, read_results
from tables import terminal_report, verdict_document
from targets import Verdict, judge

EXAMPLES = """examples:
  tests/bench/report.py build/bench/store.json
  tests/bench/report.py build/bench/store.json --markdown docs/performance.md    plots go to docs/performance/
  tests/bench/report.py build/bench/store.json --strict --json build/bench/verdicts.json
"""


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", type=Path, metavar="RESULTS", help="what the benchmark wrote, build/bench/store.json")
    parser.add_argument("--plots", type=Path, metavar="DIR",
                        help="draw into this folder (default: build/bench/plots; with --markdown, the folder beside the page with its name)")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="put the results between the markers of this page")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the verdicts as JSON")
    parser.add_argument("--strict", action="store_true", help="exit with 1 when a floor is missed")
    return parser.parse_args()


def plots_folder(arguments: argparse.Namespace) -> Path:
    if arguments.plots:
        return arguments.plots
    return arguments.markdown.with_suffix("") if arguments.markdown else Path("build/bench/plots")


def main() -> int:
    arguments = parse_arguments()
    results = read_results(arguments.results)
    judgements = judge(results)
    print(terminal_report(results, judgements))
    if arguments.json:
        arguments.json.parent.mkdir(parents=True, exist_ok=True)
        arguments.json.write_text(json.dumps(verdict_document(results, judgements), indent=2) + "\n", encoding="utf-8")
    plots = draw(results, plots_folder(arguments))
    if arguments.markdown:
        update_page(arguments.markdown, fragment_of(results, judgements, plots, arguments.markdown))
    missed = any(judgement.verdict is Verdict.MISSED for judgement in judgements)
    return 1 if arguments.strict and missed else 0


def draw(results, folder: Path) -> list[tuple[Path, str]]:
    try:
        from plots import draw_all
    except ImportError as error:
        print(f"\nno plots: {error}; on Debian, install python3-matplotlib and use /usr/bin/python3", file=sys.stderr)
        return []
    plots = draw_all(results, folder)
    print(f"\n{len(plots)} plots: {folder}/")
    return plots


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ResultsError, OSError) as error:
        print(f"report: {error}", file=sys.stderr)
        sys.exit(2)
