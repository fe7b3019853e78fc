"""What an election costs, against parsing and sorting with the `semver` package (dependency group `bench`).

All work on 10,000 tags in one process, in turn; each figure is the median of the rounds after one that is not counted.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable

from benchmarks.measure import medians
from gitbot.policies.alphabetical import Alphabetical
from gitbot.policies.candidates import Ordering
from gitbot.policies.elect import TagPolicy, elect
from gitbot.policies.filter import TagFilter
from gitbot.policies.numerical import Numerical
from gitbot.policies.semver import Semver

TAGS = 10_000
ROUNDS = 7
BUDGET = 1.0


def version_tags(chance: random.Random) -> list[str]:
    """Return distinct versions; one in five is a prerelease."""
    tags: set[str] = set()
    while len(tags) < TAGS:
        suffix = chance.choice(["", "", "", "", f"-rc.{chance.randrange(30)}"])
        tags.add(f"{chance.randrange(12)}.{chance.randrange(60)}.{chance.randrange(90)}{suffix}")
    return shuffled(tags, chance)


def build_tags(chance: random.Random) -> list[str]:
    """Return tags of builds: a branch, a commit, a time."""
    return shuffled({f"main-{chance.getrandbits(32):08x}-{1_600_000_000 + n * 60}" for n in range(TAGS)}, chance)


def shuffled(tags: set[str], chance: random.Random) -> list[str]:
    ordered = sorted(tags)
    chance.shuffle(ordered)
    return ordered


def timed(work: Callable[[], object]) -> Callable[[], float]:
    """Return an action that does the work once and returns the seconds it took."""

    def action() -> float:
        start = time.perf_counter()
        work()
        return time.perf_counter() - start

    return action


def election(tags: list[str], ordering: Ordering, pattern: str = "", extract: str = "") -> Callable[[], object]:
    chosen = TagFilter.of(pattern, extract) if pattern else None
    return lambda: elect(tags, TagPolicy(ordering=ordering, filter=chosen))


def measured(rounds: int = ROUNDS) -> tuple[float, dict[str, float]]:
    """Seconds of the yardstick (the semver package parses and sorts as many tags), and of each election."""
    import semver

    chance = random.Random(20261120)
    versions, builds = version_tags(chance), build_tags(chance)
    by_build = (r"^main-[a-f0-9]+-(?P<ts>[0-9]+)$", "$ts")
    cases: dict[str, Callable[[], object]] = {
        "yardstick": lambda: sorted(versions, key=semver.Version.parse),
        "semver *-0 (all accepted)": election(versions, Semver.of("*-0")),
        "semver >=3.0 <9.0 (half accepted)": election(versions, Semver.of(">=3.0 <9.0")),
        "semver 1.2.3 (nearly none accepted)": election(versions, Semver.of("1.2.3")),
        "numerical, filtered and extracted": election(builds, Numerical(), *by_build),
        "alphabetical, filtered and extracted": election(builds, Alphabetical(), *by_build),
    }
    for work in cases.values():
        work()
    yardstick, *ours = medians(rounds, *map(timed, cases.values()))
    return yardstick, dict(zip(list(cases)[1:], ours, strict=True))
