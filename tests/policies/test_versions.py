"""Which tags are versions, and how versions are ordered: as recorded from Masterminds/semver and Flux."""

from __future__ import annotations

from itertools import pairwise

import pytest

from gitbot.policies.versions import Version, parse_tag, read_tag, read_version

NOT_CANDIDATES = {
    "fewer than two dots": ["", "1", "1.2", "v1", "v1.0", "1.2-5", "latest", "1.2+a", "v1-2.3"],
    "not of the form": [
        "V1.2.3", "vv1.2.3", "1.2.3.4", "1.2.3-", "1.2.3+", "1.2.3--.", "1.2.3-a..b", "1.2.beta.", "1.2.3_4", " 1.2.3",
        "1.2.3 ", "1.2.3\n", "\nv1.2.0", "release-1.2.3", "1.0.0-alpha_1", "1.x.3", "1.2.3-é.1", "\u0661.\u0662.\u0663", "1.2.3-²", "...",
        "-1.2.3", "1..2.3", "1.2.3+a+b",
    ],
    "leading zero": ["1.2.3-01", "1.2.3-rc.01", "1.2.3-00", "1.2-03.1"],
    "64 bits": ["18446744073709551616.0.0", "0.99999999999999999999.0", "1.1.18446744073709551616"],
    "256 characters": ["1.2.3-" + "a" * 251, "0" * 253 + ".0.0"],
}  # fmt: skip

CANDIDATES = {
    "1.2.3": Version(1, 2, 3),
    "v1.2.3": Version(1, 2, 3),
    "01.02.03": Version(1, 2, 3),
    "v2025.02.03": Version(2025, 2, 3),
    "0" * 252 + "1.2": None,  # one dot only
    "1.2.3-rc.1": Version(1, 2, 3, "rc.1"),
    "1.2.3-rc01": Version(1, 2, 3, "rc01"),
    "1.2.3-0": Version(1, 2, 3, "0"),
    "1.2.3--": Version(1, 2, 3, "-"),
    "1.2.3+001": Version(1, 2, 3, "", "001"),
    "v1.2.0-x.Y.0+meta-data": Version(1, 2, 0, "x.Y.0", "meta-data"),
    "1-2.3.4": Version(1, 0, 0, "2.3.4"),
    "1.2-a.b": Version(1, 2, 0, "a.b"),
    "1.2+a.b": Version(1, 2, 0, "", "a.b"),
    "1+a.b.c": Version(1, 0, 0, "", "a.b.c"),
    "18446744073709551615.0.0": Version(2**64 - 1, 0, 0),
    "1.2.3-18446744073709551616": Version(1, 2, 3, "18446744073709551616"),
    "1.2.3-" + "a" * 250: Version(1, 2, 3, "a" * 250),
}


@pytest.mark.parametrize(
    ("tag", "why"),
    [(tag, why) for why, tags in NOT_CANDIDATES.items() for tag in tags],
    ids=lambda value: repr(value)[:40],
)
def test_a_tag_that_is_no_candidate_says_why(tag: str, why: str) -> None:
    assert parse_tag(tag) is None
    read = read_tag(tag)
    assert isinstance(read, str)
    assert why in read


@pytest.mark.parametrize(("tag", "version"), CANDIDATES.items(), ids=lambda value: repr(value)[:40])
def test_a_candidate_is_read_loosely(tag: str, version: Version | None) -> None:
    assert parse_tag(tag) == version


@pytest.mark.parametrize(("text", "version"), [("1", Version(1, 0, 0)), ("v1.2", Version(1, 2, 0))])
def test_a_version_that_is_no_tag_may_lack_numbers(text: str, version: Version) -> None:
    assert read_version(text) == version


ASCENDING = [
    "1.0.0-0", "1.0.0-1", "1.0.0-9", "1.0.0-10", "1.0.0-18446744073709551615", "1.0.0---", "1.0.0-10a",
    "1.0.0-18446744073709551616", "1.0.0-A", "1.0.0-a", "1.0.0-a.0", "1.0.0-a.0.0", "1.0.0-alpha", "1.0.0-alpha.1",
    "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0-rc1", "1.0.0-rc10",
    "1.0.0-rc9", "1.0.0", "1.0.1-0", "1.0.1", "1.1.0-0", "1.1.0", "1.10.0", "2.0.0-a", "2.0.0", "10.0.0",
]  # fmt: skip


@pytest.mark.parametrize(("less", "greater"), list(pairwise(ASCENDING)))
def test_precedence_is_that_of_the_recorded_chain(less: str, greater: str) -> None:
    one, other = parse_tag(less), parse_tag(greater)
    assert one is not None
    assert other is not None
    assert one.precedence < other.precedence


@pytest.mark.parametrize("tag", ["v1.2.3", "01.02.03", "1.2.3+b", "1.2.3+a.1"])
def test_prefix_zeros_and_build_metadata_do_not_count(tag: str) -> None:
    version = parse_tag(tag)
    assert version is not None
    assert version.precedence == Version(1, 2, 3).precedence
