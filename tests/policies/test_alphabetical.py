"""Byte order, both ways."""

from __future__ import annotations

import random

import pytest

from gitbot.policies.alphabetical import Alphabetical
from gitbot.policies.candidates import Candidate

ASCENDING = [
    [],
    ["only"],
    ["16.04", "16.04.1", "16.10", "20.04", "20.10"],
    ["artful", "bionic", "xenial", "yakkety", "zesty"],
    ["1990-01-08T00-20-00Z", "2020-05-08T21-18-21Z", "2021-01-08T19-20-00Z", "2021-01-08T21-18-21Z"],
    ["-", ".", "0", "10", "100", "9", "A", "Z", "_", "a", "v1.10.0", "v1.9.0", "é", "\uffee", "\U0001f600"],
    ["", "a"],
]


@pytest.mark.parametrize("expected", ASCENDING, ids=repr)
def test_asc_ranks_the_last_first_and_desc_the_first(expected: list[str]) -> None:
    arrived = [Candidate(tag, tag) for tag in expected]
    random.Random(7).shuffle(arrived)
    assert [candidate.tag for candidate in Alphabetical("asc").stand(arrived).ranked] == expected[::-1]
    assert [candidate.tag for candidate in Alphabetical("desc").stand(arrived).ranked] == expected


def test_the_key_is_compared_and_not_the_tag() -> None:
    standing = Alphabetical().stand([Candidate("z-1", "1"), Candidate("a-2", "2")])
    assert [candidate.tag for candidate in standing.ranked] == ["a-2", "z-1"]
