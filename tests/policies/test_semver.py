"""The semver ordering: the recorded elections, and ties."""

from __future__ import annotations

from itertools import permutations

import pytest

from gitbot.policies.candidates import Candidate
from gitbot.policies.semver import Semver, latest, parse_range

ELECTED = [
    ("1.0.x", [], None),
    ("1.0.x", ["latest", "1.0", "v1"], None),
    ("1.0.x", ["1.2.0"], None),
    ("1.0.x", ["b1.2.3", "b1.0.0"], None),
    ("1.0.x", ["1.0.0", "1.0.0.1", "1.0.0p", "1.0.1", "1.2.0", "0.1.0"], "1.0.1"),
    ("1.0.x", ["v1.2.3", "v1.0.0", "v0.1.0"], "v1.0.0"),
    ("v1.0.x", ["1.0.0", "2.0.0", "1.0.1", "1.2.0"], "1.0.1"),
    ("1.0.x", ["1.0.0", "1.0.2", "1.1.0-alpha", "1.0.3-rc.1"], "1.0.2"),
    ("*-0", ["1.2-a.b", "1.1.0"], "1.2-a.b"),
    ("*", ["1.2-a.b", "1.1.0"], "1.1.0"),
    ("*", ["1.10.0", "1.9.0"], "1.10.0"),
    ("*", ["2022.1.1", "5.0.0"], "2022.1.1"),
    ("*", ["1.0.0", "v1.0.0", "01.0.0"], "v1.0.0"),
    ("*", ["1.0.0", "01.0.0"], "1.0.0"),
    ("*", ["1.0.0+a", "1.0.0+b"], "1.0.0+b"),
]


@pytest.mark.parametrize(("accepted", "tags", "elected"), ELECTED, ids=repr)
def test_the_greatest_accepted_version_wins_whatever_the_order(
    accepted: str, tags: list[str], elected: str | None
) -> None:
    parsed = parse_range(accepted)
    for arrival in permutations(tags):
        assert latest(arrival, parsed) == elected
        ranked = Semver(parsed).stand([Candidate(tag, tag) for tag in arrival]).ranked
        assert next((candidate.tag for candidate in ranked), None) == elected


def test_ties_are_decided_by_the_tag_and_not_by_the_extract() -> None:
    standing = Semver.of("*").stand([Candidate("a-1", "1.0.0+z"), Candidate("b-1", "1.0.0+a")])
    assert [candidate.tag for candidate in standing.ranked] == ["b-1", "a-1"]
    assert standing.equals == ("a-1",)


def test_every_tag_is_ranked_or_dropped_with_its_reason() -> None:
    standing = Semver.of("1.x").stand([Candidate(tag, tag) for tag in ["1.0.0", "1.2", "2.0.0", "1.1.0-rc.1", "1.1.0"]])
    assert [candidate.tag for candidate in standing.ranked] == ["1.1.0", "1.0.0"]
    assert [(entry.tag, entry.reason[:14]) for entry in standing.dropped] == [
        ("1.2", "not a version:"),
        ("2.0.0", "outside the ra"),
        ("1.1.0-rc.1", "a prerelease, "),
    ]
