"""What an election costs, against parsing and sorting with the `semver` package: `python -m benchmarks.elections`.

Needs that package beside gitbot (`pip install semver`). Both sides work on 10,000 tags in the same process; each figure
is the median of seven runs after one that is not counted. Exits 1 when a ratio is over its budget.
"""

from __future__ import annotations

import random
import statistics
import sys
import time
from collections.abc import Callable

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


def median(work: Callable[[], object]) -> float:
    """Return the median seconds of seven runs."""
    work()
    spent = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        work()
        spent.append(time.perf_counter() - start)
    return statistics.median(spent)


def election(tags: list[str], ordering: Ordering, pattern: str = "", extract: str = "") -> Callable[[], object]:
    chosen = TagFilter.of(pattern, extract) if pattern else None
    return lambda: elect(tags, TagPolicy(ordering=ordering, filter=chosen))


def main() -> int:
    import semver

    chance = random.Random(20261120)
    versions, builds = version_tags(chance), build_tags(chance)
    by_build = (r"^main-[a-f0-9]+-(?P<ts>[0-9]+)$", "$ts")
    yardstick = median(lambda: sorted(versions, key=semver.Version.parse))
    print(f"{'yardstick: semver package, parse and sort':<45} {yardstick * 1000:8.1f} ms")
    cases = {
        "semver *-0 (all accepted)": election(versions, Semver.of("*-0")),
        "semver >=3.0 <9.0 (half accepted)": election(versions, Semver.of(">=3.0 <9.0")),
        "semver 1.2.3 (nearly none accepted)": election(versions, Semver.of("1.2.3")),
        "numerical, filtered and extracted": election(builds, Numerical(), *by_build),
        "alphabetical, filtered and extracted": election(builds, Alphabetical(), *by_build),
    }
    ratios = {name: median(work) / yardstick for name, work in cases.items()}
    for name, ratio in ratios.items():
        print(f"{name:<45} {ratio * yardstick * 1000:8.1f} ms {ratio:6.2f} x")
    return 1 if max(ratios.values()) > BUDGET else 0


if __name__ == "__main__":
    sys.exit(main())
