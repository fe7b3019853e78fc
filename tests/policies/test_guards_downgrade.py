"""The guard against downgrades: which tag is older, for each kind of policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.image import ImageRef
from gitbot.policies.decision import Apply, Current, Keep
from gitbot.policies.filter import TagFilter
from gitbot.policies.guards import Verdict
from gitbot.policies.guards_downgrade import (
    NoDowngrade,
    by_bytes,
    by_level,
    by_minor,
    by_number,
    by_version,
    no_downgrade,
)

BUILD = TagFilter.of(r"^main-[a-f0-9]+-(?P<ts>[0-9]+)$", "$ts")
OLDER: list[tuple[str, Callable[[str, str], bool | None], str, str, bool | None]] = [
    ("semver same", by_version(), "1.2.0", "1.2.0", False),
    ("semver equal", by_version(), "1.2.0", "v1.2.0", False),
    ("semver up", by_version(), "1.10.0", "1.9.0", False),
    ("semver down", by_version(), "1.9.0", "1.10.0", True),
    ("semver to a prerelease", by_version(), "1.9.0-rc.1", "1.9.0", True),
    ("semver from a word", by_version(), "1.9.0", "latest", None),
    ("semver from two numbers", by_version(), "1.9.0", "2.0", None),
    ("semver extracted", by_version(TagFilter.of("^a-(.*)$", "$1")), "a-1.0.0", "a-2.0.0", True),
    ("semver not filtered", by_version(TagFilter.of("^a-(.*)$", "$1")), "a-1.0.0", "2.0.0", None),
    ("number same", by_number(), "5", "5.0", False),
    ("number up", by_number(), "10", "9", False),
    ("number down", by_number(), "9", "10", True),
    ("number down, as decimals", by_number(), "5.10", "5.9", True),
    ("number desc", by_number("desc"), "10", "9", True),
    ("number from nan", by_number(), "1", "nan", None),
    ("number from a word", by_number(), "1", "main", None),
    ("number extracted", by_number("asc", BUILD), "main-abc-100", "main-def-200", True),
    ("number not filtered", by_number("asc", BUILD), "main-abc-100", "200", None),
    ("bytes same", by_bytes(), "a", "a", False),
    ("bytes down", by_bytes(), "2024-01-01", "2024-01-02", True),
    ("bytes desc", by_bytes("desc"), "2024-01-01", "2024-01-02", False),
    ("minor same", by_minor, "1.30-zzzzzz", "1.30-aaaaaa", False),
    ("minor up", by_minor, "1.30-abc", "1.9-abc", False),
    ("minor down", by_minor, "1.9-abc", "1.30-abc", True),
    ("minor from a word", by_minor, "1.30-abc", "latest", None),
    ("leveled same", by_level, "1.7.5-rev2-build3.9", "1.7.5-rev2", False),
    ("leveled up", by_level, "1.7.5-rev10", "1.7.5-rev9", False),
    ("leveled down", by_level, "1.7.5-rev9-b1", "1.7.5-rev9-b1.1", True),
    ("leveled from a plus", by_level, "2.6.2-rev1-b5.0", "2.6.2-rev1+5.1", True),
    ("leveled from a word", by_level, "1.7.5", "beta", None),
]


@pytest.mark.parametrize(("older", "new", "old", "expected"), [row[1:] for row in OLDER], ids=[row[0] for row in OLDER])
def test_which_tag_is_older(
    older: Callable[[str, str], bool | None], new: str, old: str, expected: bool | None
) -> None:
    assert older(new, old) is expected
    if expected:
        assert older(old, new) is False


_TAG = st.from_regex(r"v?[0-9]{1,2}\.[0-9]\.[0-9](-rc\.[0-9]|-rev[0-9])?", fullmatch=True)


@pytest.mark.parametrize(
    "older", [by_version(), by_number(), by_bytes(), by_minor, by_level], ids=lambda one: one.__qualname__
)
@given(new=_TAG, old=_TAG)
def test_two_tags_are_never_older_than_each_other(older: Callable[[str, str], bool | None], new: str, old: str) -> None:
    assert not (older(new, old) and older(old, new))
    assert not older(new, new)


def test_a_verdict_explains_itself() -> None:
    assert no_downgrade("1.1.0", "1.0.0", by_version()) == Verdict(
        True, "allowDowngrade", "1.0.0 to 1.1.0 is no downgrade"
    )
    assert no_downgrade("1.0.0", "1.1.0", by_version()) == Verdict(
        False, "allowDowngrade", "1.1.0 to 1.0.0 is a downgrade, and allowDowngrade is false"
    )
    assert no_downgrade("1.0.0", "\x1b", by_version()) == Verdict(
        True, "allowDowngrade", r"\x1b to 1.0.0 cannot be compared"
    )


IMAGE = ImageRef("ghcr.io/a/b", "1.1.0", "sha256:" + "a" * 64)
ANSWERS = [
    ("no marker", None, True),
    ("the same", Current("ghcr.io/a/b", "1.1.0"), True),
    ("older", Current(tag="1.0.0"), True),
    ("newer", Current(tag="1.2.0"), False),
    ("newer, with the name", Current("ghcr.io/a/b", "1.2.0", "sha256:" + "b" * 64), False),
    ("newer, of another image", Current("nginx", "1.2.0"), True),
    ("a digest and no tag", Current(digest="sha256:" + "b" * 64), True),
    ("a word", Current(tag="latest"), True),
]


@pytest.mark.parametrize(("current", "applied"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_a_newer_value_stays(current: Current | None, applied: bool) -> None:
    decision = NoDowngrade(image=IMAGE, older=by_version(), notes=("why",)).decide(current)
    if applied:
        assert decision == Apply(IMAGE, ("why",))
    else:
        assert decision == Keep("1.2.0 to 1.1.0 is a downgrade, and allowDowngrade is false", "downgrade")
