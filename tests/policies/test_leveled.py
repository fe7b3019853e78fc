"""The `leveled` policy: what is written and what is held, for each value a marker may have."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.image import ImageRef
from gitbot.policies.decision import Apply, Current, Decision, Hold, Keep, NotReady
from gitbot.policies.leveled import Facts, Leveled, Options, rank
from gitbot.policies.ranges import parse_range

IMAGE = "registry.suse.com/caasp/v4.5/cilium"
TAGS = (
    "1.7.5",
    "1.7.5-rev2",
    "1.7.5-rev2-build3.5",
    "1.7.5-rev2-build3.9",
    "1.7.5-rev3-build1.2",
    "1.7.6",
    "1.7.6-rev3",
    "1.7.6-rev3-build1.1",
    "beta",
)


def policy(tags: Any = TAGS, facts: Facts | None = None, **options: Any) -> Leveled:
    if "range" in options:
        options["range"] = parse_range(options["range"])
    chosen = Options(**options)
    return Leveled(image=IMAGE, options=chosen, ranking=rank(tags, chosen), facts=facts or Facts())


def shown(decision: Decision) -> tuple[str, str, str]:
    """What is written, what is held and the word for it."""
    if isinstance(decision, Apply):
        held = decision.held
        return decision.image.tag, held.wanted.tag if held else "", held.code if held else ""
    if isinstance(decision, Hold):
        return "", decision.wanted.tag, decision.code
    return "", "", decision.code if isinstance(decision, Keep) else "not-ready"


GATE = [
    ("S001-24", "1.7.6-rev3-build1.1", "long", "app", None, ("1.7.6-rev3-build1.1", "", "")),
    ("S001-25", "1.7.6-rev3-build9.9", "long", "app", None, ("", "", "downgrade")),
    ("S001-20", "1.7.5-rev2-build3.5", "long", "build", None, ("1.7.5-rev2-build3.9", "1.7.6-rev3-build1.1", "app")),
    ("S001-21", "1.7.5-rev2-build3.5", "long", "revision", None, ("1.7.5-rev3-build1.2", "1.7.6-rev3-build1.1", "app")),
    ("S001-22", "1.7.5-rev2-build3.5", "long", "app", None, ("1.7.6-rev3-build1.1", "", "")),
    ("S001-23", "1.7.5-rev2", "long", "build", None, ("1.7.5-rev2-build3.9", "1.7.6-rev3-build1.1", "app")),
    ("S001-26", "1.7.5", "intermediate", "revision", None, ("1.7.5-rev2", "1.7.6-rev3", "app")),
    ("S001-26b", "1.7.5", "intermediate", "build", None, ("", "1.7.6-rev3", "app")),
    ("S001-28", "latest", "long", "build", None, ("", "1.7.6-rev3-build1.1", "unparseable-current")),
    ("S001-30", "1.7.5-rev2-build3.5", "long", "app", "1.7.5", ("1.7.5-rev3-build1.2", "", "")),
    (
        "newest of its app",
        "1.7.5-rev3-build1.2",
        "long",
        "revision",
        None,
        ("1.7.5-rev3-build1.2", "1.7.6-rev3-build1.1", "app"),
    ),
    ("newer build, app held", "1.7.5-rev2-build9.9", "long", "build", None, ("", "1.7.6-rev3-build1.1", "app")),
    ("beyond the range", "1.7.6-rev3-build1.1", "long", "app", "1.7.5", ("", "", "downgrade")),
    (
        "revision held",
        "1.7.5-rev2-build3.9",
        "long",
        "build",
        "1.7.5",
        ("1.7.5-rev2-build3.9", "1.7.5-rev3-build1.2", "revision"),
    ),
    ("short", "1.7.5", "short", "app", None, ("1.7.6", "", "")),
    ("short held", "1.7.5", "short", "revision", None, ("1.7.5", "1.7.6", "app")),
    ("pinned to moving", "1.7.5-rev2", "short", "build", "1.7.5", ("", "1.7.5", "revision")),
    ("wildcard range", "1.7.5-rev2", "intermediate", "app", "1.7.x", ("1.7.6-rev3", "", "")),
]


@pytest.mark.parametrize(
    ("tag", "emit", "automate", "accepted", "expected"), [row[1:] for row in GATE], ids=[row[0] for row in GATE]
)
def test_a_marker_gets_the_highest_tag_that_its_value_allows(
    tag: str, emit: str, automate: str, accepted: str | None, expected: tuple[str, str, str]
) -> None:
    options = {"emit": emit, "automate": automate} | ({"range": accepted} if accepted else {})
    asked = policy(**options)
    assert shown(asked.decide(Current(IMAGE, tag))) == expected
    assert shown(asked.decide(Current(tag=tag))) == expected


def test_a_new_digest_under_the_same_tag_is_a_build() -> None:
    """S001-27."""
    old, new = "sha256:" + "a" * 64, "sha256:" + "b" * 64
    asked = policy(emit="intermediate", facts=Facts(digests={"1.7.5-rev2": new}))
    decision = asked.decide(Current(IMAGE, "1.7.5-rev2", old))
    assert isinstance(decision, Apply)
    assert decision.image == ImageRef(IMAGE, "1.7.5-rev2", new)


def test_a_digest_that_is_wanted_and_not_known_changes_nothing() -> None:
    asked = policy(facts=Facts(digests={}))
    decision = asked.decide(Current(tag="1.7.5-rev2-build3.5"))
    assert decision == Keep("the digest of 1.7.5-rev2-build3.9 is not known", "missing-digest")


def test_without_a_candidate_the_policy_is_not_ready_and_says_what_is_there() -> None:
    """S001-29."""
    for current in (None, Current(tag="1.5.4-rev4-build2.27"), Current(tag="latest")):
        decision = policy(("1.5.4", "1.5.4-rev5", "1.5.4-rev5-build", "beta")).decide(current)
        assert decision == NotReady("none of 4 tags is a long tag; there are short and intermediate ones")
    assert policy(()).decide(None) == NotReady("none of 0 tags is a long tag")
    assert policy(range="2.x").decide(None) == NotReady("no long tag is in the range 2.x")


def test_without_a_current_value_the_newest_is_the_answer() -> None:
    assert policy().decide(None) == Apply(ImageRef(IMAGE, "1.7.6-rev3-build1.1"))


UNREADABLE = [
    ("another scheme", Current(IMAGE, "4.2.5-alpine"), "the current tag 4.2.5-alpine is none of"),
    ("another image", Current("docker.io/cilium/cilium", "1.7.5-rev2"), "the current image is docker.io/cilium/cilium"),
    ("a digest only", Current(digest="sha256:" + "a" * 64), "the current value has no tag"),
    ("no tag", Current(IMAGE), "the current value has no tag"),
    ("hostile", Current(IMAGE, "1.7\x1b[31m"), r"the current tag 1.7\x1b[31m is none of"),
]


@pytest.mark.parametrize(("current", "reason"), [row[1:] for row in UNREADABLE], ids=[row[0] for row in UNREADABLE])
def test_a_value_that_cannot_be_compared_is_held_unless_the_user_says_otherwise(current: Current, reason: str) -> None:
    held = policy().decide(current)
    assert isinstance(held, Hold)
    assert held.code == "unparseable-current"
    assert held.reason.startswith(reason)
    assert str(held.wanted) == f"{IMAGE}:1.7.6-rev3-build1.1"
    applied = policy(on_unparseable="apply").decide(current)
    assert isinstance(applied, Apply)
    assert applied.image.tag == "1.7.6-rev3-build1.1"
    assert applied.notes[0].startswith(reason)


def test_a_digest_that_is_known_tells_the_current_tag() -> None:
    digests = {tag: "sha256:" + f"{place:064x}" for place, tag in enumerate(TAGS)}
    decision = policy(facts=Facts(digests=digests)).decide(Current(digest=digests["1.7.5-rev2-build3.5"]))
    assert shown(decision) == ("1.7.5-rev2-build3.9", "1.7.6-rev3-build1.1", "app")


def test_names_of_docker_hub_are_the_same_image() -> None:
    options = Options()
    asked = Leveled(image="docker.io/library/nginx", options=options, ranking=rank(["1.2.3-1.2"], options))
    assert shown(asked.decide(Current("nginx", "1.2.3-1.1"))) == ("1.2.3-1.2", "", "")


def test_a_plus_in_the_manifest_is_replaced_with_a_warning() -> None:
    """S001-08."""
    decision = policy(("2.6.2-rev1-b5.1",)).decide(Current(tag="2.6.2-rev1+5.1"))
    assert isinstance(decision, Apply)
    assert decision.image.tag == "2.6.2-rev1-b5.1"
    assert decision.notes == ("2.6.2-rev1+5.1 is not a legal image tag; 2.6.2-rev1-b5.1 replaces it",)


def test_a_tag_is_not_replaced_by_one_that_only_looks_different() -> None:
    tags = ("1.7.5-rev2-build3.9", "1.7.5-rev2-b3.9", "v1.7.5-rev02-b3.9")
    for tag in tags:
        assert shown(policy(tags, automate="app").decide(Current(tag=tag))) == (tag, "", "")


DOWNGRADES = [
    ("a build", "1.7.6-rev3-build9.9", "build", ("1.7.6-rev3-build1.1", "", "")),
    ("an app that is held", "1.8.0-rev1-build1.1", "build", ("", "1.7.6-rev3-build1.1", "app")),
    ("an app", "1.8.0-rev1-build1.1", "app", ("1.7.6-rev3-build1.1", "", "")),
]


@pytest.mark.parametrize(
    ("tag", "automate", "expected"), [row[1:] for row in DOWNGRADES], ids=[r[0] for r in DOWNGRADES]
)
def test_an_older_tag_is_written_only_when_downgrades_are_allowed(
    tag: str, automate: str, expected: tuple[str, str, str]
) -> None:
    assert isinstance(policy(automate=automate).decide(Current(tag=tag)), Keep)
    assert shown(policy(automate=automate, allow_downgrade=True).decide(Current(tag=tag))) == expected


def test_an_image_whose_label_disagrees_with_its_tag_is_another_app() -> None:
    current = Current(tag="1.7.5-rev2-build3.5")
    agreeing = Facts(labels={"1.7.5-rev2-build3.9": "v1.7.5"})
    assert shown(policy(facts=agreeing).decide(current))[0] == "1.7.5-rev2-build3.9"
    patched = Facts(labels={"1.7.5-rev2-build3.9": "1.7.7"})
    assert shown(policy(facts=patched, range="1.7.5").decide(current)) == (
        "1.7.5-rev2-build3.5",
        "1.7.5-rev3-build1.2",
        "app",
    )
    assert shown(policy(facts=Facts(labels={})).decide(Current(tag="1.7.5-rev2-build3.9")))[0] == "1.7.5-rev2-build3.9"


def test_the_facts_that_matter_are_asked_for_until_none_is_missing() -> None:
    current = Current(tag="1.7.5-rev2-build3.5")
    assert policy().asks(current) == ()
    assert policy(facts=Facts(digests={})).asks(current) == ("1.7.5-rev2-build3.9", "1.7.6-rev3-build1.1")
    assert policy(facts=Facts(digests={}), automate="app").asks(None) == ("1.7.6-rev3-build1.1",)
    assert policy(facts=Facts(digests={})).asks(Current(tag="latest")) == ("1.7.6-rev3-build1.1",)
    assert policy(facts=Facts(digests={})).asks(Current(tag="1.9.9")) == ()
    labels: dict[str, str] = {}
    while missing := policy(facts=Facts(labels=labels)).asks(current):
        labels |= dict.fromkeys(missing, "")
    assert sorted(labels) == ["1.7.5-rev2-build3.5", "1.7.5-rev2-build3.9", "1.7.6-rev3-build1.1"]


def test_a_tag_that_a_guard_refuses_is_passed_over() -> None:
    current = Current(tag="1.7.5-rev2-build3.5")
    refused = dict.fromkeys(TAGS, "too young") | {"1.7.5-rev2-build3.5": "", "1.7.5-rev3-build1.2": ""}
    asked = policy(facts=Facts(refused=refused), automate="revision")
    assert shown(asked.decide(current)) == ("1.7.5-rev3-build1.2", "", "")
    assert shown(policy(facts=Facts(refused=refused)).decide(current)) == (
        "1.7.5-rev2-build3.5",
        "1.7.5-rev3-build1.2",
        "revision",
    )


def test_guards_fail_closed_and_say_so() -> None:
    current = Current(tag="1.7.5-rev2-build3.5")
    assert policy(facts=Facts(refused={})).decide(current) == NotReady(
        "the guards allow no tag; 1.7.6-rev3-build1.1: not looked at yet"
    )
    young = dict.fromkeys(TAGS, "too young")
    assert policy(facts=Facts(refused=young)).decide(None) == NotReady(
        "the guards allow no tag; 1.7.6-rev3-build1.1: too young"
    )


def test_a_refused_tag_lets_the_next_one_be_asked_about() -> None:
    current, refused = Current(tag="1.7.5-rev2-build3.5"), dict[str, str]()
    rounds = []
    while missing := policy(facts=Facts(refused=refused)).asks(current):
        rounds.append(missing)
        refused |= dict.fromkeys(missing, "too young")
    assert rounds == [
        ("1.7.5-rev2-build3.9", "1.7.6-rev3-build1.1"),
        ("1.7.5-rev2-build3.5", "1.7.5-rev3-build1.2"),
    ]


def test_every_tag_is_ranked_or_dropped_with_its_reason() -> None:
    options = Options(range=parse_range("1.7.6"))
    ranking = rank([*TAGS, *TAGS], options)
    assert [tag.text for tag in ranking.ranked] == ["1.7.6-rev3-build1.1"]
    reasons = {entry.tag: entry.reason for entry in ranking.dropped}
    assert set(reasons) == set(TAGS) - {"1.7.6-rev3-build1.1"}
    assert reasons["beta"].startswith("not of the scheme")
    assert reasons["1.7.6"] == "a short tag, and the policy writes long ones"
    assert reasons["1.7.5-rev2-build3.5"] == "outside the range: fails 1.7.6"


def test_the_fingerprint_is_that_of_the_candidates_alone() -> None:
    options = Options()
    before = rank(TAGS, options).fingerprint
    assert rank([*reversed(TAGS), "gamma", "1.7.7"], options).fingerprint == before
    assert rank([*TAGS, "1.7.5-rev2-build3.10"], options).fingerprint != before


def test_a_version_of_any_size_is_compared_with_the_range() -> None:
    huge = "1." + "9" * 60 + ".0-rev1-b1"
    assert isinstance(policy((huge,), range="*").decide(None), NotReady)
    assert shown(policy(("1.9.7.4460-rev1-b1",), range="1.9.7").decide(None))[0] == "1.9.7.4460-rev1-b1"
    assert shown(policy(("3.2-rev1-b1",), range="3.2.0").decide(None))[0] == "3.2-rev1-b1"


_TAG = st.builds(
    lambda app, rev, build: f"1.{app}" + (f"-rev{rev}" if rev else "") + (f"-b{build}" if rev and build else ""),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(0, 3),
)


@given(
    st.lists(_TAG, max_size=12),
    _TAG,
    st.sampled_from(["short", "intermediate", "long"]),
    st.sampled_from(["build", "revision", "app"]),
    st.randoms(use_true_random=False),
)
def test_the_answer_is_stable_never_older_and_the_same_for_every_order(
    tags: list[str], current: str, emit: str, automate: str, chance: Any
) -> None:
    first = policy(tags, emit=emit, automate=automate).decide(Current(tag=current))
    shuffled = list(tags)
    chance.shuffle(shuffled)
    assert policy(shuffled, emit=emit, automate=automate).decide(Current(tag=current)) == first
    if isinstance(first, Apply):
        again = policy(tags, emit=emit, automate=automate).decide(Current(tag=first.image.tag))
        assert isinstance(again, Apply)
        assert again.image == first.image
        assert first.image.tag in tags
