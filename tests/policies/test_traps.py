"""Warnings about ranges and tags that mean something else than they seem to."""

from __future__ import annotations

import pytest

from gitbot.policies.candidates import Candidate
from gitbot.policies.ranges import InvalidRangeError
from gitbot.policies.semver import Semver
from gitbot.policies.traps import warnings_for

QUIET = [
    "*", "1.x", "1.2", ">=1.0", ">=1.0 <2.0", "~1.2", "~1.2.3", "^1.2.3", "^0.2", "1.2.3", "=1.2.3", "!=1.2.3", "1.x-0", "*-0",
    ">=1.0.0-0 <2.0.0-0", "^1.x-0", "1 - 2", "1 - 2 || 3 - 4", "1.2.3 || 2.x", "~1.2.3-rc.1", ">=1.2.3-alpha.2", "~0.0.1",
]  # fmt: skip


@pytest.mark.parametrize("text", QUIET)
def test_a_plain_range_is_not_warned_about(text: str) -> None:
    assert warnings_for(text) == ()


LOUD = [
    (">=1.0.0-0 <2.0.0", "<2.0.0-0"),
    (">=1-0 <2", "2.0.0-rc.1"),
    ("^*", "only 0.0.0"),
    ("^x.1", "only 0.0.0"),
    ("~0.0.0", "every version"),
    ("<=*", "only 0.0.x"),
    (">*", "everything but 0.0.0"),
    ("!=*", "everything but 0.0.0"),
    ("<*", "no version can satisfy"),
    ("=2.0", "is a range, as 2.0 is"),
    ("= 2", "is a range, as 2 is"),
    ("1.2-1.4.5", "spaces around the hyphen"),
    ("1-2", "spaces around the hyphen"),
    (">=1.0.0-rc10", "rc10 is before rc9"),
    ("1.2.3 1.2.4", "no version can satisfy"),
    (">2 <1", "no version can satisfy"),
    ("1 - *", "no version can satisfy"),
    ("1||2 - 3", "put spaces around ||"),
]


@pytest.mark.parametrize(("text", "said"), LOUD)
def test_a_surprising_range_is_warned_about(text: str, said: str) -> None:
    assert any(said in warning for warning in warnings_for(text))


def test_a_range_that_cannot_be_read_is_an_error() -> None:
    with pytest.raises(InvalidRangeError):
        warnings_for("==1")


ABOUT_TAGS = [
    ("1.x", ["1.2.3", "1.2.4-rc.1", "2.0.0-alpine"], ""),
    ("1.x-0", ["1.2.3", "1.2.3-alpine"], ""),
    ("*-0", ["1.0.0-rc10", "1.0.0-rc11"], ""),
    ("*-0", ["1.0.0-rc.9", "1.0.0-rc.10"], ""),
    ("*", ["2022.1.1", "2021.1.1"], ""),
    ("1.x", ["1.2.3-amd64", "1.2.3-arm64", "1.2.4-alpine", "1.2.4-slim", "1.2.3"], "and 1 more) are prereleases"),
    ("1.x-0", ["1.2.4-amd64", "1.2.4-alpine"], "wins by the text of its suffix"),
    ("*-0", ["1.0.0-rc9", "1.0.0-rc10"], "1.0.0-rc9 beats 1.0.0-rc10"),
    ("*", ["v0.0.1", "v0.0.1-1-gabcdef0"], "git describe"),
    ("*", ["v0.0.1", "v0.0.1-1-abc"], "git describe"),
    ("*", ["2022.1.1", "5.0.0"], "looks like a date and beats 5.0.0"),
]


@pytest.mark.parametrize(("text", "tags", "said"), ABOUT_TAGS)
def test_surprising_tags_are_warned_about(text: str, tags: list[str], said: str) -> None:
    warnings = Semver.of(text).stand([Candidate(tag, tag) for tag in tags]).warnings
    assert any(said in warning for warning in warnings) if said else warnings == ()
