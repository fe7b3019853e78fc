"""Patterns, `extract` and `exclude`, as recorded from Go."""

from __future__ import annotations

from itertools import permutations

import pytest

from gitbot.policies.filter import DEFAULT_EXCLUSION, TagFilter, exclude
from gitbot.policies.pattern import InvalidPatternError, compile_pattern

TAGS = ["main-abc123-1700000000", "1.2.3-rc.1", "v1.2.3", "latest", "release-1.2.3-amd64", "1.0.0_build5"]
DEBUG = ["123-123.123.abcd123-debug", "123-123.123.abcd123", "123-123.123.abcd456-debug", "123-123.123.abcd456"]


def keys(pattern: str, extract: str, tags: list[str]) -> dict[str, str]:
    candidates, _ = TagFilter.of(pattern, extract).apply(tags)
    return {candidate.tag: candidate.key for candidate in candidates}


MATCHES = [
    ("", ["a"], ["a"]),
    ("^ver", ["ver1", "rel1"], ["ver1"]),
    ("er", ["ver1", "rel1"], ["ver1"]),
    ("^$", TAGS, []),
    ("x*", TAGS, TAGS),
    ("(?i)MAIN", TAGS, TAGS[:1]),
    ("main(?i)-ABC", TAGS, TAGS[:1]),
    (r"latest\z", TAGS, ["latest"]),
    (r"\Qv1.2\E", TAGS, ["v1.2.3"]),
    (r"\Q(", ["(", "a"], ["("]),
    ("[[:alpha:]]+$", TAGS, ["latest"]),
    (r"\pL+$", TAGS, ["latest"]),
    ("(?U)^1.*", TAGS, ["1.2.3-rc.1", "1.0.0_build5"]),
    ("a{,3}", ["aaa", "a{,3}"], ["a{,3}"]),
    ("a{1000}", TAGS, []),
    (r"\x41\102", ["AB"], ["AB"]),
    (r"[\d-z]", ["5", "a", "-"], ["5", "-"]),
    ("]", ["]"], ["]"]),
    ("a{", ["a{"], ["a{"]),
    ("^(123-[0-9]+[.][0-9]+[.][a-z0-9]+-debug)", DEBUG, [DEBUG[0], DEBUG[2]]),
    (r"^.\z", ["é", "ab"], ["é"]),
    (r"\bé", ["é"], []),
]


@pytest.mark.parametrize(
    ("pattern", "tags", "kept"), MATCHES, ids=lambda value: value if isinstance(value, str) else None
)
def test_a_tag_is_kept_when_the_pattern_matches_somewhere(pattern: str, tags: list[str], kept: list[str]) -> None:
    assert keys(pattern, "", tags) == {tag: tag for tag in kept}


EXPANSIONS = [
    (r"ver(\d+)", "$1", "ver12", "12"),
    (r"ver(\d+)", "${1}x", "ver12", "12x"),
    (r"ver(\d+)", "$1x", "ver12", ""),
    (r"ver(\d+)", "$0", "ver12-a", "ver12"),
    (r"ver(\d+)", "$01", "ver12", ""),
    (r"ver(\d+)", "$2", "ver12", ""),
    (r"ver(\d+)", "$99999999999", "ver12", ""),
    (r"ver(\d+)", "$$", "ver12", "$"),
    (r"ver(\d+)", "$$1", "ver12", "$1"),
    (r"ver(\d+)", "$$$1", "ver12", "$12"),
    (r"ver(\d+)", "a$", "ver12", "a$"),
    (r"ver(\d+)", "${1", "ver12", "${1"),
    (r"ver(\d+)", "${}", "ver12", "${}"),
    (r"ver(\d+)", "$-$1", "ver12", "$-12"),
    (r"ver(\d+)", "${-}", "ver12", "${-}"),
    (r"ver(\d+)", r"\1", "ver12", r"\1"),
    (r"ver(\d+)", "plain", "ver12", "plain"),
    (r"(?P<n>\d+)", "$n", "ver12", "12"),
    (r"(?<n>\d+)", "${n}", "ver12", "12"),
    (r"(?P<n>\d+)", "$nx", "ver12", ""),
    (r"(?P<n>\d+)", "${n}.$n", "ver12", "12.12"),
    (r"(?P<n>\d+)", "$é", "ver12", ""),
    (r"(?P<n>\d+)", "$n²", "ver12", "12²"),
    (r"(?P<1x>\d+)", "$1x", "ver12", "12"),
    (r"(?P<_>\d+)", "$_", "ver12", "12"),
    (r"(?P<a>x)?(?P<b>.*)$", "$a|$b", "ab", "|ab"),
    (r"(?P<n>a)|(?P<n>b)", "$n", "b", "b"),
    (r"[(](?P<n>b)\((\Q(\E)", "$n$2", "(b((", "b("),
    (r"[]([](?P<n>b)[[:alpha:](]", "$n$1", "]bc", "bb"),
    ("(a|b)*", "[$1]", "ab", "[b]"),
    (r"(é)(.)", "$2$1", "aéb", "bé"),
]


@pytest.mark.parametrize(("pattern", "extract", "tag", "key"), EXPANSIONS)
def test_extract_expands_as_go_does(pattern: str, extract: str, tag: str, key: str) -> None:
    assert keys(pattern, extract, [tag]) == {tag: key}


REFUSED = [
    "[=", "(a", "a)", "[a", "*a", "a**", "a*+", "a++", r"\1", r"\8", r"\Z", r"\e", r"\cA", "(?=a)", "(?!a)", "(?<=a)", "(?>a)",
    "(?x)a", "(?#a)", "a{1001}", "a{2,1}", r"[a-\d]", "[z-a]", r"\u0041", r"\C", r"a\Cb", "(?P<é>a)", "(?P<a-b>a)",
    "(?P=n)", "a{99999999999}", "a{1,99999999999}", "^test-(.*", "\udcff", "a" * 10_001,
]  # fmt: skip


@pytest.mark.parametrize("pattern", REFUSED, ids=lambda text: repr(text)[:30])
def test_a_pattern_that_go_refuses_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPatternError) as caught:
        TagFilter.of(pattern)
    assert caught.value.exit_code == 2
    assert caught.value.message.startswith("regular expression '")
    assert caught.value.hint


@pytest.mark.parametrize("pattern", [r"\Q\C\E", r"\\C", r"[(?P<é>]", r"\Q(?P<é>\E", r"[{99999999999}]", "é{2}"])
def test_what_only_looks_refused_is_taken(pattern: str) -> None:
    assert compile_pattern(pattern).text == pattern


def test_of_tags_with_the_same_key_the_bytewise_smallest_stays_whatever_the_order() -> None:
    for arrival in permutations(["b-1", "a-1", "c-1", "c-2"]):
        candidates, dropped = TagFilter.of(r"-(\d)$", "$1").apply(arrival)
        assert [(candidate.tag, candidate.key) for candidate in candidates] == [("a-1", "1"), ("c-2", "2")]
        assert [entry.tag for entry in dropped] == ["b-1", "c-1"]
        assert all("as a-1 does" in entry.reason for entry in dropped)


def test_an_exponential_pattern_takes_linear_time() -> None:
    assert compile_pattern("^(a+)+$").search("a" * 100_000 + "b") is None


@pytest.mark.parametrize(
    ("patterns", "tags", "kept"),
    [
        ((), ["a"], ["a"]),
        (("[abc]",), ["a", "b", "c", "d"], ["d"]),
        (("[a]", "[d]"), ["a", "b", "c", "d"], ["b", "c"]),
        (("aaa|ccc",), ["aaa", "bbb", "ccc", "ddd"], ["bbb", "ddd"]),
        ((r"^.*\-alpha$", r"^.*\.sig$"), ["0.1.0", "0.2.-alpha", "0.4.0.sig"], ["0.1.0"]),
        (DEFAULT_EXCLUSION, ["0.1.1.sig", "0.1.1", "0.1.1.sig.a"], ["0.1.1", "0.1.1.sig.a"]),
    ],
    ids=repr,
)
def test_exclusion_leaves_out_what_any_pattern_matches(
    patterns: tuple[str, ...], tags: list[str], kept: list[str]
) -> None:
    stayed, dropped = exclude(tags, tuple(compile_pattern(pattern) for pattern in patterns))
    assert stayed == kept
    assert all(entry.reason.startswith("excluded by ") for entry in dropped)
    assert sorted([*stayed, *(entry.tag for entry in dropped)]) == sorted(tags)
