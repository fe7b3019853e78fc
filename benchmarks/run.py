"""Measure everything and print one table: `python -m benchmarks.run [--quick]`; exits 1 when a budget is broken."""

from __future__ import annotations

import argparse
import platform
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import cases
from benchmarks.measure import install
from tests.servers.git_http import GitHttp

QUICK = (cases.scan_and_edit, cases.main_case, cases.tag_elections)
ALL = (*QUICK, cases.growth_by_changes, cases.growth_by_files)


def main() -> int:
    """Measure, print the table as it grows, and say whether every budget was kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="the budgets alone, three rounds instead of seven")
    parser.add_argument("--only", metavar="CASE", help=f"one of: {', '.join(case.__name__ for case in ALL)}")
    options = parser.parse_args()
    chosen = [case for case in (QUICK if options.quick else ALL) if options.only in (None, case.__name__)]
    broken = []
    with tempfile.TemporaryDirectory(prefix="gitbot-bench-") as name:
        folder = Path(name)
        install(folder)
        (folder / "server").mkdir()
        server = GitHttp.start(folder / "server")
        try:
            place = cases.Place.of(server, folder, 3 if options.quick else 7)
            broken = [row.what for row in _printed(row for case in chosen for row in case(place)) if row.broken]
        finally:
            server.stop()
    if broken:
        sys.stderr.write("over budget: " + "; ".join(broken) + "\n")
    return 1 if broken else 0


def _printed(rows: Iterator[cases.Row]) -> Iterator[cases.Row]:
    git = subprocess.run(["git", "version"], capture_output=True, text=True, check=True).stdout.split()[-1]
    print(f"Python {platform.python_version()}, git {git}, {platform.system()} {platform.machine()}\n")
    print("| what | measured | budget | |\n|---|---|---|---|", flush=True)
    for row in rows:
        value = f"{row.value:,.0f}" if row.value >= 20 else f"{row.value:.2f}"
        budget = "" if row.limit is None else f"{'≥' if row.at_least else '≤'} {row.limit:g} {row.unit}"
        verdict = " **over budget**" if row.broken else ""
        print(f"| {row.what} | {value} {row.unit} | {budget}{verdict} | {row.beside} |", flush=True)
        yield row


if __name__ == "__main__":
    raise SystemExit(main())
