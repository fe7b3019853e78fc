"""Guards: the age of an image, its platforms, lists of tags that can be believed, and what is left of a ranking."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.policies.guards import (
    DAY,
    MAX_EXAMINED,
    Belief,
    Listing,
    Seen,
    Verdict,
    Walk,
    believe,
    first_seen,
    holds_platforms,
    old_enough,
    platform,
    walk,
)

NOW = 1_000_000.0
ONE = Seen("ghcr.io/a/b", "1.0.0", "sha256:" + "a" * 64)
PUSHED_AGAIN = ONE._replace(digest="sha256:" + "b" * 64)

AGES = [
    ("no age asked for", 0.0, {}, None, True, "1.0.0 is known for 0s, and minAge is 0s"),
    ("never seen", DAY, {}, None, False, "1.0.0 is known for 0s, and minAge is 1d: 1d to wait"),
    ("just old enough", DAY, {ONE: NOW - DAY}, None, True, "1.0.0 is known for 1d, and minAge is 1d"),
    ("nearly", DAY, {ONE: NOW - DAY + 0.5}, None, False, "1.0.0 is known for 1d, and minAge is 1d: 1s to wait"),
    ("half", DAY, {ONE: NOW - 5430}, None, False, "1.0.0 is known for 1h30m, and minAge is 1d: 22h29m to wait"),
    (
        "seen as another digest",
        DAY,
        {PUSHED_AGAIN: 0.0},
        None,
        False,
        "1.0.0 is known for 0s, and minAge is 1d: 1d to wait",
    ),
    (
        "seen in the future",
        DAY,
        {ONE: NOW + 9 * DAY},
        None,
        False,
        "1.0.0 is known for 0s, and minAge is 1d: 1d to wait",
    ),
    ("published long ago", DAY, {}, NOW - 2 * DAY, True, "1.0.0 is known for 2d, and minAge is 1d"),
    ("published later than seen", DAY, {ONE: NOW - DAY}, NOW, True, "1.0.0 is known for 1d, and minAge is 1d"),
    ("published in the future", DAY, {}, NOW + DAY, False, "1.0.0 is known for 0s, and minAge is 1d: 1d to wait"),
]


@pytest.mark.parametrize(
    ("min_age", "ledger", "published", "allowed", "reason"), [row[1:] for row in AGES], ids=[row[0] for row in AGES]
)
def test_an_image_is_as_old_as_it_is_known(
    min_age: float, ledger: dict[Seen, float], published: float | None, allowed: bool, reason: str
) -> None:
    assert old_enough(ONE, min_age, ledger, NOW, published) == Verdict(allowed, "minAge", reason)


def test_without_a_digest_there_is_no_age() -> None:
    verdict = old_enough(ONE._replace(digest=""), 1.0, {ONE._replace(digest=""): 0.0}, NOW)
    assert verdict == Verdict(False, "minAge", "the digest of 1.0.0 is not known, and so not its age")


def test_only_what_was_never_seen_is_added_to_the_ledger() -> None:
    assert first_seen([], {ONE: 5.0}, NOW) == {}
    assert first_seen([ONE, PUSHED_AGAIN], {ONE: 5.0}, NOW) == {PUSHED_AGAIN: NOW}


@given(st.floats(0, 1e9), st.floats(1, 1e9), st.floats(0, 1e9))
def test_an_image_that_is_old_enough_stays_so(seen: float, min_age: float, later: float) -> None:
    now = seen + min_age
    assert old_enough(ONE, min_age, {ONE: seen}, now + later) or now + later - seen < min_age
    assert not old_enough(ONE, min_age, {}, now)


OFFERED = ["linux/amd64", "linux/arm64/v8", "linux/arm/v7", "unknown/unknown"]
PLATFORMS = [
    ("none asked for", [], None, True, "no platform is asked for"),
    ("not known", ["linux/amd64"], None, False, "the platforms of the image are not known"),
    ("one", ["linux/amd64"], OFFERED, True, "it has linux/amd64"),
    (
        "all",
        ["linux/arm", "linux/arm64", "linux/amd64/v1"],
        OFFERED,
        True,
        "it has linux/amd64/v1, linux/arm, linux/arm64",
    ),
    ("missing", ["linux/s390x", "linux/amd64"], ["linux/amd64"], False, "it has no linux/s390x (it has linux/amd64)"),
    (
        "other variant",
        ["linux/arm/v6"],
        OFFERED[1:3],
        False,
        "it has no linux/arm/v6 (it has linux/arm/v7, linux/arm64)",
    ),
    ("nothing there", ["linux/amd64"], [], False, "it has no linux/amd64 (it has none)"),
    ("hostile", ["linux/amd64"], ["a\x1b[31m"], False, r"it has no linux/amd64 (it has a\x1b[31m)"),
]


@pytest.mark.parametrize(
    ("wanted", "offered", "allowed", "reason"), [row[1:] for row in PLATFORMS], ids=[row[0] for row in PLATFORMS]
)
def test_every_platform_must_be_there(wanted: list[str], offered: list[str] | None, allowed: bool, reason: str) -> None:
    assert holds_platforms(wanted, offered) == Verdict(allowed, "platforms", reason)


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("linux/amd64", "linux/amd64"),
        ("linux/amd64/v1", "linux/amd64"),
        ("linux/amd64/v3", "linux/amd64/v3"),
        ("Linux/x86_64", "linux/amd64"),
        ("linux/aarch64", "linux/arm64"),
        ("linux/arm64/v8", "linux/arm64"),
        ("linux/arm64/v9", "linux/arm64/v9"),
        ("linux/arm", "linux/arm/v7"),
        ("linux/armel", "linux/arm/v6"),
        ("windows/amd64", "windows/amd64"),
    ],
)
def test_a_platform_has_one_form(text: str, form: str) -> None:
    assert platform(text) == form
    assert platform(form) == form


def _judge(refused: set[str]):
    def judge(tag: str) -> Sequence[Verdict]:
        return (Verdict(True, "minAge", "old"), Verdict(tag not in refused, "platforms", f"{tag} said"))

    return judge


NO = Verdict(False, "platforms", "")
WALKS = [
    ("no tags", "", "", None, (None, False, "")),
    ("nothing refused", "cba", "", None, ("c", False, "")),
    ("the best refused", "cba", "c", None, ("b", False, "c")),
    ("all refused", "cba", "cba", None, (None, False, "cba")),
    ("back to the last", "cba", "c", "b", ("b", False, "c")),
    ("the last is refused now", "cba", "cb", "b", ("b", True, "cb")),
    ("the last is the best and refused", "cba", "c", "c", ("c", True, "c")),
    ("the last is gone", "cba", "c", "z", ("b", False, "c")),
]


@pytest.mark.parametrize(
    ("ranked", "refused", "last", "expected"), [row[1:] for row in WALKS], ids=[row[0] for row in WALKS]
)
def test_the_best_tag_that_no_guard_refuses_wins(
    ranked: str, refused: str, last: str | None, expected: tuple[str | None, bool, str]
) -> None:
    found = walk(ranked, _judge(set(refused)), last=last)
    assert (found.winner, found.kept, "".join(tag for tag, _ in found.refused)) == expected
    assert bool(found.failure) == (found.winner is None)


def test_a_walk_that_finds_nothing_says_why() -> None:
    assert walk("", _judge(set()), last=None) == Walk(winner=None, failure="there are no tags to elect from")
    found = walk("dcba", _judge(set("dcba")), last=None)
    assert found.failure == "the guards allow no tag (d: d said; c: c said; b: b said; and 1 more)"


def test_a_walk_asks_about_a_bounded_number_of_tags() -> None:
    asked: list[str] = []

    def judge(tag: str) -> Sequence[Verdict]:
        asked.append(tag)
        return (Verdict(False, "minAge", "young"),)

    assert walk(map(str, range(10_000)), judge, last=None).winner is None
    assert len(asked) == MAX_EXAMINED


LISTS = [
    ("the first", 0, None, True, Listing(0)),
    ("the same", 100, Listing(100), True, Listing(100)),
    ("grown", 150, Listing(100), True, Listing(150)),
    ("exactly half", 50, Listing(100), True, Listing(50)),
    ("less than half", 49, Listing(100), False, Listing(100, NOW)),
    ("half of a few", 1, Listing(9), True, Listing(1)),
    ("less than half of ten", 4, Listing(10), False, Listing(10, NOW)),
    ("nothing where one was", 0, Listing(1), False, Listing(1, NOW)),
    ("nothing where nothing was", 0, Listing(0), True, Listing(0)),
    ("still short", 49, Listing(100, NOW - 5), False, Listing(100, NOW - 5)),
    ("short for long", 49, Listing(100, NOW - DAY), True, Listing(49)),
    ("nothing for long", 0, Listing(100, NOW - 9 * DAY), False, Listing(100, NOW - 9 * DAY)),
    ("whole again", 100, Listing(100, NOW - 5), True, Listing(100)),
    ("suspected in the future", 49, Listing(100, NOW + DAY), False, Listing(100, NOW)),
]


@pytest.mark.parametrize(
    ("count", "before", "believed", "after"), [row[1:] for row in LISTS], ids=[row[0] for row in LISTS]
)
def test_a_sharply_shrunken_list_is_not_believed_at_once(
    count: int, before: Listing | None, believed: bool, after: Listing
) -> None:
    found = believe(count, before, NOW)
    assert (found.believed, found.listing) == (believed, after)
    assert bool(found.reason) != believed


def test_a_list_that_is_not_believed_says_when_it_will_be() -> None:
    assert believe(3, Listing(100, NOW - 3600), NOW) == Belief(
        believed=False,
        reason="the list of tags shrank from 100 to 3: it is believed when it stays so for 23h",
        listing=Listing(100, NOW - 3600),
    )
    assert believe(0, Listing(7), NOW).reason == "the list of tags shrank from 7 to 0: that is no answer"
