"""Tags of three levels: which texts are of the scheme, and their order."""

from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.policies.leveled_tags import LeveledTag, older, parse, parse_written, size

READ = [
    ("S001-01", "1.4.3", (1, 4, 3), None, None, "short"),
    ("S001-02", "1.4.3-rev2", (1, 4, 3), 2, None, "intermediate"),
    ("S001-03", "1.4.3-rev2-build3.8", (1, 4, 3), 2, (3, 8), "long"),
    ("S001-04", "v1.18.6-rev2-build3.8", (1, 18, 6), 2, (3, 8), "long"),
    ("S001-05", "3.2-rev2-build3.4", (3, 2), 2, (3, 4), "long"),
    ("S001-06 bare", "2.6.1-1", (2, 6, 1), 1, None, "intermediate"),
    ("S001-06 dot", "2.6.1-1.100", (2, 6, 1), 1, (100,), "long"),
    ("S001-06 hyphen", "2.6.1-1-100", (2, 6, 1), 1, (100,), "long"),
    ("S001-07", "2.6.2-rev1-b5.1", (2, 6, 2), 1, (5, 1), "long"),
    ("S001-09 opensuse", "10.2.15-3.2", (10, 2, 15), 3, (2,), "long"),
    ("S001-09 moving", "2.7.1-9.19", (2, 7, 1), 9, (19,), "long"),
    ("four numbers", "1.9.7.4460-2", (1, 9, 7, 4460), 2, None, "intermediate"),
    ("debian-like", "3.9.1-1", (3, 9, 1), 1, None, "intermediate"),
    ("leading zeros", "1.07.0-rev01-build03.10", (1, 7), 1, (3, 10), "long"),
]
FOREIGN = [
    "",
    "1.5.4-rev5-build",
    "beta",
    "latest",
    "10.2.15-lp150.2.3.2",
    "1.9.7.4460-a39b25852",
    "4.2.5-alpine",
    "2.6.2-rev",
    "2.6.2-rc1",
    "2.6.2-rev1-b",
    "2.6.2-rev1-b5.",
    "2.6.2-b5.1",
    "2.6.2-rev1+5.1",
    "2.6.2-revx",
    "V1.2.3",
    "7",
    "v7",
    "1..2",
    "1.2.",
    "1.2.3\n",
    "\u0661.\u0662.\u0663",
    "1.2.3-rev\u00b2",
    "1.2.3-rev1-build1.2-extra",
    "1." + "2" * 127,
]
# The whole of the published repositories of caasp/v4.5 by their app, revision and build.
PUBLISHED = """389-ds 1.4.3 2 3.8; busybox 1.26.2 1 3.8; caasp-dex 2.23.0 1 3.6; cert-exporter 2.3.0 1 1.7;
cert-manager-cainjector 0.15.1 1 2.19; cert-manager-controller 0.15.1 1 3.7; cilium 1.7.5 2 3.5; cilium-operator 1.7.5 2 3.9;
curl 7.66.0 1 3.7; etcd 3.4.3 1 3.6; gangway 3.1.0 5 3.5; grafana 7.0.3 1 2.6; ingress-nginx-controller 0.15.0 2 2.5;
istio-base 1.5.4 4 1.16; istio-pilot 1.5.4 4 2.27; k8s-sidecar 0.1.75 1 3.5; kube-proxy v1.18.6 2 3.8; pause 3.2 2 3.4;
prometheus-server 2.18.0 2 3.5; reloader 0.0.58 1 3.5; rsyslog 8.39.0 1 3.5; velero 1.3.1 1 3.4"""


@pytest.mark.parametrize("text", FOREIGN, ids=repr)
def test_a_tag_of_another_scheme_is_no_leveled_tag(text: str) -> None:
    """S001-10."""
    assert parse(text) is None


@pytest.mark.parametrize(
    ("text", "app", "revision", "build", "level"), [row[1:] for row in READ], ids=[r[0] for r in READ]
)
def test_a_tag_is_taken_apart(text: str, app: object, revision: object, build: object, level: str) -> None:
    tag = parse(text)
    assert tag is not None
    assert (tag.text, tag.app, tag.revision, tag.build, tag.level, tag.legal) == (
        text,
        app,
        revision,
        build,
        level,
        True,
    )


def test_the_prefix_is_kept_and_does_not_count() -> None:
    with_prefix, without = parse("v1.18.6-rev2"), parse("1.18.6-rev2")
    assert with_prefix is not None
    assert without is not None
    assert with_prefix.app_text == "v1.18.6"
    assert with_prefix.app == without.app


def test_the_published_repositories_are_read() -> None:
    for entry in PUBLISHED.replace("\n", " ").split(";"):
        name, app, revision, build = entry.split()
        short, middle, long = (
            parse(text) for text in (app, f"{app}-rev{revision}", f"{app}-rev{revision}-build{build}")
        )
        assert short is not None, name
        assert middle is not None, name
        assert long is not None, name
        assert [short.level, middle.level, long.level] == ["short", "intermediate", "long"]
        assert short.app == middle.app == long.app
        assert short.key < middle.key < long.key


def test_a_plus_is_read_only_where_a_person_may_have_written_it() -> None:
    """S001-08."""
    tag = parse_written("2.6.2-rev1+5.1")
    assert tag is not None
    assert (tag.app, tag.revision, tag.build, tag.legal) == ((2, 6, 2), 1, (5, 1), False)
    assert parse("2.6.2-rev1+5.1") is None


def test_only_the_given_separators_count() -> None:
    assert parse("1.2.3-rev1-build2", ["-b"]) is None
    assert parse("1.2.3-rev1_r2", ["_r"]) is not None
    assert parse_written("1.2.3-rev1-build2", ["_r"]) is not None


ORDERED = [
    ("1.7.6-rev9", "1.7.6-rev10"),
    ("1.7.5-rev6-build3.8", "1.7.5-rev6-build3.9"),
    ("1.7.5-rev6-build3.9", "1.7.5-rev6-build3.10"),
    ("1.7.5-rev6-build3.10", "1.7.5-rev6-build10.1"),
    ("1.7.5-rev2-build9.9", "1.7.6-rev3-build1.1"),
    ("1.6.0", "1.6.6-rev5"),
    ("1.7.6", "1.7.6-rev6"),
    ("1.9.9", "1.10.0"),
    ("v1.9.9", "1.10.0"),
    ("3.2-rev1", "3.2.0-rev2"),
    ("3.2-rev1", "3.2.1-rev1"),
    ("1.9.7.9-1", "1.9.7.10-1"),
]


@pytest.mark.parametrize(("low", "high"), ORDERED, ids=repr)
def test_every_part_is_compared_as_numbers(low: str, high: str) -> None:
    first, second = _tag(low), _tag(high)
    assert first.key < second.key
    if first.level == second.level:
        assert older(first, second)
    assert not older(second, first)


def test_the_order_of_arrival_does_not_matter() -> None:
    tags = ["1.7.5", "1.7.5-rev2", "1.7.5-rev2-build3.5", "v1.7.5-rev2", "1.7.5-rev02"]
    orders = {
        tuple(tag.text for tag in sorted(map(_tag, arrival), key=lambda tag: tag.key)) for arrival in permutations(tags)
    }
    assert len(orders) == 1


SIZED = [
    ("1.7.5-rev2-build3.5", "1.7.5-rev2-build3.5", "same"),
    ("1.7.5-rev2", "1.7.5-rev02", "same"),
    ("1.7.5", "v1.7.5.0", "same"),
    ("1.7.5-rev2-build3.5", "1.7.5-rev2-build3.9", "build"),
    ("1.7.5-rev2", "1.7.5-rev2-build3.9", "build"),
    ("1.7.5-rev2-build3.9", "1.7.5-rev2", "build"),
    ("1.7.5-rev2-build3.5", "1.7.5-rev3-build3.5", "revision"),
    ("1.7.5", "1.7.5-rev2", "revision"),
    ("1.7.5-rev2-build1", "1.7.5", "revision"),
    ("1.7.5-rev2-build3.5", "1.7.6-rev2-build3.5", "app"),
]


@pytest.mark.parametrize(("old", "new", "expected"), SIZED, ids=repr)
def test_the_size_of_a_change(old: str, new: str, expected: str) -> None:
    assert size(_tag(old), _tag(new)) == expected


def _tag(text: str) -> LeveledTag:
    tag = parse(text)
    assert tag is not None, text
    return tag


_NUMBER = st.integers(0, 12)
_BUILDS = st.lists(_NUMBER, min_size=1, max_size=3)


@st.composite
def leveled_tags(draw: st.DrawFn) -> str:
    """Any tag of the scheme."""
    text = draw(st.sampled_from(["", "v"])) + ".".join(map(str, draw(st.lists(_NUMBER, min_size=2, max_size=4))))
    level = draw(st.integers(0, 2))
    if level:
        text += draw(st.sampled_from(["-rev", "-", "-rev0"])) + str(draw(_NUMBER))
    if level == 2:
        text += draw(st.sampled_from(["-build", "-b", ".", "-"])) + ".".join(map(str, draw(_BUILDS)))
    return text


@given(leveled_tags(), leveled_tags(), leveled_tags())
def test_the_order_is_total(first: str, second: str, third: str) -> None:
    one, two, three = _tag(first), _tag(second), _tag(third)
    assert (one.key < two.key) + (one.key == two.key) + (one.key > two.key) == 1
    assert (one.key == two.key) == (first == second)
    if one.key <= two.key <= three.key:
        assert one.key <= three.key


@given(leveled_tags(), leveled_tags())
def test_older_agrees_with_the_order_and_with_the_size(first: str, second: str) -> None:
    one, two = _tag(first), _tag(second)
    if older(one, two):
        assert one.key < two.key
        assert not older(two, one)
        assert size(one, two) != "same"
    assert size(one, two) == size(two, one)


@given(st.text(max_size=140))
def test_any_text_is_read_or_refused(text: str) -> None:
    tag = parse_written(text)
    assert tag is None or tag.text == text
