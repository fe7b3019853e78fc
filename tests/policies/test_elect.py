"""The election as a whole: exclude, filter, order; the winner, the explanation, and independence of arrival."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.policies.alphabetical import Alphabetical
from gitbot.policies.candidates import Ordering
from gitbot.policies.elect import TagPolicy, elect
from gitbot.policies.filter import TagFilter
from gitbot.policies.numerical import Numerical
from gitbot.policies.pattern import compile_pattern
from gitbot.policies.semver import Semver


def policy(
    ordering: Ordering, pattern: str | None = None, extract: str = "", exclude: tuple[str, ...] = ()
) -> TagPolicy:
    wanted = None if pattern is None else TagFilter.of(pattern, extract)
    return TagPolicy(ordering=ordering, filter=wanted, exclude=tuple(map(compile_pattern, exclude)))


ELECTED = [
    (policy(Semver.of("1.x")), [], None),
    (policy(Alphabetical()), [], None),
    (policy(Numerical()), ["a"], None),
    (policy(Alphabetical(), "^x"), ["a", "b"], None),
    (policy(Alphabetical(), "", "$0"), ["b", "a", "c"], "a"),
    (policy(Alphabetical(), "foo-(?P<word>[a-z]+)", "$word"), ["foo-aaa", "bar-bbb", "foo-zzz", "baz-nnn"], "foo-zzz"),
    (
        policy(Numerical(), r"1.0.0-rc\.(?P<num>[0-9]+)", "$num"),
        ["1.0.0", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.1-rc.11"],
        "1.0.0-rc.10",
    ),
    (policy(Numerical(), "^(x?)a", "$1"), ["a1"], None),
    (policy(Semver.of(">=0.x"), "^test-(.*)$", "$1"), ["test-0.1.0", "test-0.1.1", "dev-0.2.0", "1.0.0"], "test-0.1.1"),
    (policy(Semver.of("*"), r"^(v?)(.*)$", "$2"), ["1.0.0", "v1.0.0"], "1.0.0"),
    (policy(Semver.of("*"), r"^(.*)_(\d+)$", "$1+$2"), ["1.0.0_7", "1.0.0_12"], "1.0.0_7"),
    (policy(Alphabetical(), exclude=("^c$",)), ["a", "b", "c"], "b"),
    (policy(Numerical(), exclude=("[a-z]",)), ["1", "latest", "2"], "2"),
    (policy(Alphabetical(), exclude=("",)), ["a"], None),
]


@pytest.mark.parametrize(("chosen", "tags", "winner"), ELECTED)
def test_the_winner_is_an_original_tag(chosen: TagPolicy, tags: list[str], winner: str | None) -> None:
    explanation = elect(tags, chosen)
    assert explanation.winner == winner
    assert bool(explanation.failure) == (winner is None)


def test_the_explanation_names_every_tag_once_with_its_reason() -> None:
    chosen = policy(Semver.of("1.x"), "^(v?)(.*)$", "$2", exclude=(r"\.sig$",))
    tags = ["1.0.0", "v1.0.0", "1.1.0.sig", "2.0.0", "latest", "1.1.0-rc.1", "b\udcff", "1.0.0"]
    explanation = elect(tags, chosen)
    assert explanation.winner == "1.0.0"
    assert [candidate.tag for candidate in explanation.ranked] == ["1.0.0"]
    reasons = {entry.tag: entry.reason for entry in explanation.dropped}
    assert list(reasons) == ["1.1.0-rc.1", "1.1.0.sig", "2.0.0", "b\udcff", "latest", "v1.0.0"]
    assert reasons["1.1.0.sig"] == r"excluded by \.sig$"
    assert reasons["b\udcff"] == "not valid UTF-8"
    assert reasons["v1.0.0"] == "extracts '1.0.0' as 1.0.0 does"
    assert reasons["latest"] == "not a version: fewer than two dots"


def test_the_json_form_can_always_be_encoded() -> None:
    explanation = elect(["b\udcff", "\ud800", "ok"], policy(Alphabetical()))
    shown = json.dumps(explanation.as_dict(), ensure_ascii=False).encode()
    assert json.loads(shown) == {
        "latest": "ok",
        "accepted": ["ok"],
        "rejected": [{"tag": "b\\xff", "reason": "not valid UTF-8"}, {"tag": "\\ud800", "reason": "not valid UTF-8"}],
    }


def test_a_tie_is_warned_about() -> None:
    explanation = elect(["1.0.0", "v1.0.0", "01.0.0"], policy(Semver.of("*")))
    assert explanation.warnings == ("v1.0.0 compares equal to 1.0.0, 01.0.0: the bytes of the tags decide",)


@pytest.mark.parametrize(
    ("tags", "said"),
    [
        ([], "there are no tags"),
        (["latest"], "none of 1 tags can be elected (latest: not a version"),
        (list("abcdef"), "and 3 more"),
    ],
)
def test_a_failure_says_why(tags: list[str], said: str) -> None:
    assert said in elect(tags, policy(Semver.of("*"))).failure


texts = st.text("01v.-+aN", max_size=6)
orderings: list[Ordering] = [
    Semver.of("*-0"), Alphabetical("asc"), Alphabetical("desc"), Numerical("asc"), Numerical("desc"),
]  # fmt: skip


@given(
    st.lists(texts, max_size=12), st.sampled_from(orderings), st.sampled_from(["", "[0-9.]+", "^v?(.*)$"]), st.randoms()
)
def test_the_order_of_arrival_never_matters(
    tags: list[str], ordering: Ordering, pattern: str, chance: random.Random
) -> None:
    chosen = policy(ordering, pattern, "$0")
    shuffled = [*tags, *tags]
    chance.shuffle(shuffled)
    explanation = elect(tags, chosen)
    assert elect(shuffled, chosen) == explanation
    named = [candidate.tag for candidate in explanation.ranked] + [entry.tag for entry in explanation.dropped]
    assert sorted(named) == sorted(set(tags))
