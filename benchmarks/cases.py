"""What is measured: the main fleet cold, warm and with nothing to do; how cost grows; scanning and editing alone."""

from __future__ import annotations

import io
import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benchmarks import elections
from benchmarks.bench import Bench
from benchmarks.fleet import Fleet, plain
from benchmarks.measure import medians
from tests.servers.git_http import GitHttp

MAIN = plain(files=20_000, marked=2_000, moving=50)
CHANGES = (1, 50, 500, 5_000)


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the report; a limit is broken when the value is above it (`at_least`: below it)."""

    what: str
    value: float
    unit: str
    beside: str = ""
    limit: float | None = None
    at_least: bool = False

    @property
    def broken(self) -> bool:
        """Whether the budget is not kept."""
        if self.limit is None:
            return False
        return self.value < self.limit if self.at_least else self.value > self.limit


@dataclass(frozen=True, slots=True)
class Place:
    """Where benches stand: one server, one folder, so many rounds."""

    server: GitHttp
    folder: Path
    rounds: int
    numbers: Iterator[int]

    @classmethod
    def of(cls, server: GitHttp, folder: Path, rounds: int) -> Place:
        """Start counting benches."""
        return cls(server, folder, rounds, itertools.count())

    def bench(self, fleet: Fleet) -> Bench:
        """Prepare one more bench."""
        return Bench.prepare(fleet, self.folder / f"bench-{next(self.numbers)}", self.server)


def main_case(place: Place) -> Iterator[Row]:
    """Measure a run on 20,000 files with 2,000 markers and 50 changes."""
    bench = place.bench(MAIN)
    cold, cold_plain = _cold(bench, place.rounds)
    yield _against("cold run, 50 of 2,000 marked fields in 20,000 files", cold, cold_plain, 2.5)
    warm, warm_plain = _warm(bench, place.rounds)
    yield _against("warm run, the same fleet, ten files changed upstream", warm, warm_plain, 3)
    idle, idle_plain, bare = medians(place.rounds, bench.gitbot, bench.yardstick, bench.bare_python)
    beside = f"{_ms(idle)} to {_ms(bare)} of `python -c pass` (the script: {_ms(idle_plain)})"
    yield Row("nothing to do, against a Python that does nothing", idle / bare, "x", beside, 20)
    bench.move()
    yield Row("memory of gitbot's own process, warm run", bench.peak(), "MB", limit=100)
    bench.forget()
    bench.move()
    yield Row("memory of gitbot's own process, cold run", bench.peak(), "MB", limit=100)
    yield Row("memory of gitbot's own process, nothing to do", bench.peak(), "MB")


def growth_by_files(place: Place) -> Iterator[Row]:
    """Warm runs with the same 50 changes and the same 1,000 markers, in more and more files."""
    found: dict[int, float] = {}
    for files in (1_000, 10_000, 20_000, 100_000):
        bench = place.bench(plain(files, marked=1_000, moving=50))
        cold, cold_plain = _cold(bench, 1)
        found[files], warm_plain = _warm(bench, place.rounds)
        yield _against(f"warm run, 50 changes, 1,000 markers in {files:,} files", found[files], warm_plain)
        yield _against(f"cold run (once), the same {files:,} files", cold, cold_plain)
    yield Row("warm run in 100,000 files against 10,000", found[100_000] / found[10_000], "x", limit=1.5)
    bench = place.bench(plain(100_000, marked=10_000, moving=50))
    _cold(bench, 1)
    yield _against("warm run, 50 changes, 10,000 markers in 100,000 files", *_warm(bench, place.rounds))


def growth_by_changes(place: Place) -> Iterator[Row]:
    """Warm runs that change more and more fields of one fleet."""
    bench = place.bench(Fleet(20_000, {f"moving-{count}": count for count in CHANGES}))
    bench.move(f"moving-{CHANGES[0]}")
    bench.gitbot()
    bench.yardstick()
    for count in CHANGES:
        ours, plain_git = _warm(bench, place.rounds, f"moving-{count}", count)
        yield _against(f"warm run, {count:,} changes in 20,000 files", ours, plain_git)


def scan_and_edit(place: Place) -> Iterator[Row]:
    """Find, edit and prove in memory, against loading and dumping with ruamel.yaml."""
    fleet = Fleet(1_000, {"moving": 1_000})
    files = [(path, text.encode()) for path, text in fleet.texts()]
    some = files[:100]
    ours, theirs = medians(place.rounds, lambda: _edit(fleet, files), lambda: _load_and_dump(some))
    rate, slow = len(files) / ours, len(some) / theirs
    beside = f"{rate / slow:.0f} times `ruamel.yaml` load and dump ({slow:.0f} files/s)"
    yield Row("scan, edit and prove, one marked field a file", rate, "files/s", beside)


def _cold(bench: Bench, rounds: int) -> tuple[float, float]:
    def start_anew() -> float:
        bench.forget()
        bench.move()
        return 0.0

    _, ours, theirs = medians(rounds, start_anew, bench.gitbot, bench.yardstick)
    bench.check(bench.fleet.marked["moving"])
    return ours, theirs


def _warm(bench: Bench, rounds: int, policy: str = "moving", changed: int = 50) -> tuple[float, float]:
    def move() -> float:
        bench.person_commits()
        bench.move(policy)
        return 0.0

    _, ours, theirs = medians(rounds, move, bench.gitbot, bench.yardstick)
    bench.check(changed)
    return ours, theirs


def _edit(fleet: Fleet, files: list[tuple[str, bytes]]) -> float:
    from time import perf_counter

    from gitbot.image import ImageRef
    from gitbot.markers.scan import scan
    from gitbot.plan.plan import plan
    from gitbot.policies.election import Elections

    elected = {name: ImageRef.parse(image) for name, image in fleet.results({"moving": 1}).items()}
    started = perf_counter()
    writes = plan((scan(path, data) for path, data in files), Elections(images=elected)).writes
    took = perf_counter() - started
    assert len(writes) == len(files)
    return took


def _load_and_dump(files: list[tuple[str, bytes]]) -> float:
    from time import perf_counter

    from ruamel.yaml import YAML

    yaml = YAML()
    started = perf_counter()
    for _, data in files:
        documents = list(yaml.load_all(data))
        documents[0]["spec"]["template"]["spec"]["containers"][0]["image"] = "registry.example.com/team/moving:1.0.1"
        yaml.dump_all(documents, io.BytesIO())
    return perf_counter() - started


def _against(what: str, ours: float, plain_git: float, limit: float | None = None) -> Row:
    return Row(what, ours / plain_git, "x", f"{_ms(ours)} to {_ms(plain_git)} of plain git", limit)


def _ms(took: float) -> str:
    return f"{took:.2f} s" if took >= 1 else f"{took * 1000:.0f} ms"


def tag_elections(place: Place) -> Iterator[Row]:
    """10,000 tags elected, against parsing and sorting as many with the semver package."""
    yardstick, ours = elections.measured(place.rounds)
    for name, seconds in ours.items():
        beside = f"{seconds * 1000:.0f} ms to {yardstick * 1000:.0f} ms of the `semver` package"
        yield Row(f"elect among 10,000 tags: {name}", seconds / yardstick, "x", beside, elections.BUDGET)
