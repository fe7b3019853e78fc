"""Ranges: what is refused, what the recorded ranges accept, and the written grammar against an evaluator of its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitbot.policies.ranges import InvalidRangeError, parse_range
from gitbot.policies.versions import Version, parse_tag

LADDER = [
    "0.0.0", "0.0.1", "0.1.0", "0.2.3", "0.3.0", "1.0.0-rc.1", "1.0.0", "1.1.1", "1.2.0-alpha", "1.2.3-rc.1", "1.2.3",
    "1.2.4-rc.1", "1.2.4", "1.3.0", "2.0.0-rc.1", "2.0.0", "3.0.0",
]  # fmt: skip
RELEASES = [tag for tag in LADDER if "-" not in tag]

REFUSED = [
    "", " ", "\t\n", "||", "1.x ||", "|| 1.x", "1.x || || 2.x", "1.x, ", ",1.x", "1.x,,2.x", "1.x | 2.x", "1.x && 2.x",
    ">=1.0<2.0", ">=1.0;<2.0", "==1.2", "<>1", "! =1", "> =1", "1.2.3.4", "1.2.3p", "1x", "x1", "-1", "a", "latest",
    "V1.2.3", "vv1", "**", "1.**", "1..2", "1.2.", "1.2.3-", "1.2.3+", "1.2.3-01", "1.2.3-beta.01", "x-01", "1.2.x.x", ">",
    ">=", "^", "1 -2", "1- 2", "1 - 2 - 3", "1 - 2||3 - 4", ">1 - 2", ">=0 1 - 2", "~1 - 2", "12.3.34~ 1.2.3", "*-*",
    "18446744073709551616.0.0", "1.0.0p", "1.2.3-a_b", "1.2.3+a..b", "1\v2", "1\u00a02", "\u0661.x", "1.2.3-é", "\x00",
]  # fmt: skip


@pytest.mark.parametrize("text", REFUSED, ids=repr)
def test_a_range_that_masterminds_refuses_is_refused(text: str) -> None:
    with pytest.raises(InvalidRangeError) as caught:
        parse_range(text)
    assert caught.value.exit_code == 2
    assert "range" in caught.value.message


@pytest.mark.parametrize(
    "text",
    ["1" * 513, "1.2.3-" + "a" * 251, "1 " * 257, "||".join(["1"] * 33)],
    ids=["long", "version", "list", "groups"],
)
def test_the_limits_of_masterminds_hold(text: str) -> None:
    with pytest.raises(InvalidRangeError):
        parse_range(text)


@pytest.mark.parametrize(
    "text", ["1 " * 256, "||".join(["1"] * 32), "1.2.3-" + "a" * 250], ids=["list", "groups", "version"]
)
def test_what_just_fits_the_limits_is_taken(text: str) -> None:
    assert parse_range(text).groups


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("1.x ||", "empty alternative"),
        ("==1.2", "instead of =="),
        ("1 && 2", "instead of &&"),
        ("1.x,", "after its last comma"),
        ("V1", "lower-case v"),
        ("1.2.3-01", "leading zero"),
        ("99999999999999999999", "64 bits"),
        ("1.2\x1b[31m", "\\x1b"),
    ],
)
def test_a_refusal_says_where_and_what_next(text: str, said: str) -> None:
    with pytest.raises(InvalidRangeError) as caught:
        parse_range(text)
    assert said in f"{caught.value.message} {caught.value.hint}"
    assert caught.value.hint
    assert "\x1b" not in caught.value.message


# Ranges by what they accept of the ladder: recorded from the original.
ACCEPTED = {
    " ".join(RELEASES): ["*", "x", "X", "v*", ">=0.0.0", ">=0", ">=*", "~*", "x.1.2", "~0.0.0", "x.99999999999999999999", "*+b"],
    " ".join(LADDER): ["*-0", ">=0-0", ">=0.0.0-0", "~*-0", "~0.0.0-0", "<1 || *-0"],
    "": ["<*", "1.2.3 1.2.4", "1 - *", ">2 <1", "4.x", "<0"],
    "0.0.0": ["^*", "^0.0.0", "0.0.0", "^*-z"],
    "0.0.0 0.0.1": ["<=*", "~0.0", "^0.0", "0.0.x", "<0.1"],
    "0.0.1": ["^0.0.1", "~0.0.1"],
    "0.2.3": ["^0.2.3", "^0.2", "~0.2", "0.2"],
    "0.0.0 0.0.1 0.1.0 0.2.3 0.3.0": ["^0", "~0", "0", "0.x.x", "<1", "<1.x"],
    " ".join(RELEASES[1:]): [">*", "!=*", ">0.0.0"],
    "1.2.3": ["1.2.3", "=1.2.3", "=v1.2.3", "1.2.3+build", "01.02.03", "= \t1.2.3", "1.2.3,1.2.3"],
    "1.2.3 1.2.4": ["1.2", "1.2.x", "=1.2", "v1.2", "~1.2", "~>1.2", "~1.2.3", "~ 1.2", "1.2.x"],
    "1.0.0 1.1.1 1.2.3 1.2.4 1.3.0": [
        "1", "1.x", "1.*", "1.*.*", "1.x.3", "~1", "^1", "^1.0.0", "1 - 1", ">=1.0 <2.0", ">=1.0, <2.0", ">=1,<2", "1.x.1x",
        " 1.x ", "1\n", ">=1 <2.0.0",
    ],
    "1.2.3 1.2.4 1.3.0": ["^1.2", "^1.2.3", "1.2 - 1.3", "1.2.3 - 1.x", ">=1.2 <2"],
    "1.2.3 1.2.4 1.3.0 2.0.0": ["1.2.3 - 2", "1.2.3 - 2.0", ">=1.2 <=2", "=>1.2 =<2"],
    "2.0.0 3.0.0": [">1", ">=2", ">1.x", "2 || 3", "2||3"],
    "1.3.0 2.0.0 3.0.0": [">1.2", ">1.2.4"],
    "1.0.0 1.1.1 1.3.0": [">=1.0 <2.0 !=1.2", "^1 !=1.2.3 !=1.2.4"],
    "1.0.0-rc.1 1.0.0 1.1.1 1.2.0-alpha 1.2.3-rc.1 1.2.3 1.2.4-rc.1 1.2.4 1.3.0": [
        "1.x-0", "^1.x-0", ">=1.0.0-0 <2.0.0-0", "~1-0", "^1.0.0-0",
    ],
    "1.0.0-rc.1 1.0.0 1.1.1 1.2.0-alpha 1.2.3-rc.1 1.2.3 1.2.4-rc.1 1.2.4 1.3.0 2.0.0-rc.1": [">=1.0.0-0 <2.0.0"],
    "1.2.0-alpha 1.2.3-rc.1 1.2.3 1.2.4-rc.1 1.2.4": ["1.2.x-0", "~1.2-0", "1.2-1.3"],
    "1.2.3-rc.1 1.2.3 1.2.4-rc.1 1.2.4": ["~1.2.3-0"],
    "1.2.3-rc.1": ["1.2.3-rc.1", ">1.2.3-0 <1.2.3", "1.2.3-rc.1+b"],
    "2.0.0-rc.1 2.0.0 3.0.0": [">1-0", ">1.4-rc", ">=2-0"],
    " ".join(tag for tag in LADDER if tag != "1.2.0-alpha"): ["!=1.2-alpha", "!=1.2.0-alpha"],
    "1.2.3 2.0.0": ["1.2.3 || 2.x", "1.2.3||2", "2.0.0 || 1.2.3"],
    "1.0.0 1.1.1 1.2.3 1.2.4 1.3.0 3.0.0": [">= 1 < 2 || => 3"],
    # what comes of rewriting hyphen ranges as text
    "1.0.0 1.1.1 1.2.3 1.2.4 1.3.0 2.0.0 3.0.0": ["1||2 - 3", "1 - 2 || v3", "1 - 2||3", "1 - 2||v3 - 3"],
    "2.0.0": ["1 - 2v2", "1 - 2>=2", "1 - 2 2", ">=0, 2 - 2"],
}  # fmt: skip


@pytest.mark.parametrize(("text", "accepted"), [(text, tags) for tags, texts in ACCEPTED.items() for text in texts])
def test_a_range_accepts_what_the_original_accepts(text: str, accepted: str) -> None:
    parsed = parse_range(text)
    assert [tag for tag in LADDER if parsed.accepts(_version(tag))] == accepted.split()


def _version(tag: str) -> Version:
    version = parse_tag(tag)
    assert version is not None
    return version


@pytest.mark.parametrize(
    ("text", "tag", "said"),
    [
        ("1.x", "1.2.3", ""),
        ("1.x", "2.0.0", "fails 1.x"),
        (">=1 <2", "2.0.0", "fails <2"),
        ("1.x", "1.2.3-rc.1", "a prerelease"),
        ("1.x", "2.2.3-rc.1", "fails 1.x"),
        ("1 || 2", "3.0.0", "outside the range 1 || 2"),
    ],
)
def test_a_refused_version_is_told_why(text: str, tag: str, said: str) -> None:
    refusal = parse_range(text).refusal(_version(tag))
    assert said in refusal
    assert bool(said) == bool(refusal)


# --- The written grammar, with an evaluator that follows the table of comparators and nothing of ours -------------------


@dataclass(frozen=True)
class Written:
    """One comparator as generated: its operator, its parts (None where missing or a wildcard) and its suffix."""

    text: str
    op: str
    parts: tuple[int | None, int | None, int | None]
    suffix: str

    @property
    def shape(self) -> str:
        return next(
            (name for name, part in zip(("any", "minor", "patch"), self.parts, strict=True) if part is None), "full"
        )

    @property
    def base(self) -> tuple[int, int, int]:
        known = []
        for part in self.parts:
            if part is None:
                break
            known.append(part)
        major, minor, patch = [*known, 0, 0, 0][:3]
        return major, minor, patch


def compare_text(one: str, other: str) -> int:
    """Compare two prerelease suffixes, empty ones being the greatest, identifier by identifier."""
    if not one or not other:
        return (not one) - (not other)
    left, right = one.split("."), other.split(".")
    for a, b in zip(left, right, strict=False):
        if a == b:
            continue
        if a.isdigit() and b.isdigit():
            return 1 if int(a) > int(b) else -1
        if a.isdigit() or b.isdigit():
            return -1 if a.isdigit() else 1
        return 1 if a > b else -1
    return (len(left) > len(right)) - (len(left) < len(right))


def order(numbers: tuple[int, int, int], suffix: str, other: tuple[int, int, int], other_suffix: str) -> int:
    if numbers != other:
        return 1 if numbers > other else -1
    return compare_text(suffix, other_suffix)


def holds(written: Written, numbers: tuple[int, int, int], suffix: str) -> bool:
    """Decide one comparator by the table of the reference, the prerelease gate aside."""
    shape, (major, minor, patch) = written.shape, written.base
    sign = order(numbers, suffix, written.base, written.suffix)
    same_major, same_minor = numbers[0] == major, numbers[:2] == (major, minor)
    op = {"=>": ">=", "=<": "<=", "~>": "~", "": "="}.get(written.op, written.op)
    if op == "=" and shape != "full":
        op = "~"
    match op, shape:
        case "=", _:
            return sign == 0
        case "!=", "patch":
            return not same_minor or suffix != written.suffix
        case "!=", "minor":
            return not same_major
        case "!=", _:
            return sign != 0
        case ">", "patch":
            return numbers[:2] > (major, minor)
        case ">", "minor":
            return numbers[0] > major
        case ">", _:
            return sign > 0
        case "<", _:
            return sign < 0
        case ">=", _:
            return sign >= 0
        case "<=", "patch":
            return numbers[:2] <= (major, minor)
        case "<=", "minor":
            return numbers[0] <= major
        case "<=", "any":
            return numbers[:2] == (0, 0)
        case "<=", _:
            return sign <= 0
        case "~", "any":
            return sign >= 0
        case "~", "minor":
            return sign >= 0 and same_major
        case "~", "patch":
            return sign >= 0 and same_minor
        case "~", _:
            return sign >= 0 and (same_minor or written.base == (0, 0, 0))
        case "^", "any":
            return sign >= 0 and numbers == (0, 0, 0)
        case "^", "minor":
            return sign >= 0 and same_major
    if major:
        return sign >= 0 and same_major
    if minor or shape == "patch":
        return sign >= 0 and same_minor
    return sign >= 0 and numbers == (0, 0, patch)


number = st.integers(min_value=0, max_value=4)
suffixes = st.sampled_from(["", "", "", "", "-0", "-1", "-rc.1", "-rc.2", "-alpha", "-rc1", "-1.4", "--", "-A"])
blank = st.sampled_from(["", " ", "  ", "\t", "\n "])
gap = st.sampled_from([" ", "  ", "\t", " \n"])


@st.composite
def versions_written(draw: st.DrawFn) -> tuple[str, tuple[int | None, int | None, int | None], str]:
    """Write what stands after an operator: one to three parts, wildcards, zeros, a `v`, a suffix, metadata."""
    count = draw(st.integers(min_value=1, max_value=3))
    parts: list[int | None] = [draw(st.one_of(number, number, number, st.none())) for _ in range(count)]
    words = [
        draw(st.sampled_from(["x", "X", "*"])) if part is None else draw(st.sampled_from(["", "", "", "0"])) + str(part)
        for part in parts
    ]
    suffix = draw(suffixes)
    text = draw(st.sampled_from(["", "", "v"])) + ".".join(words) + suffix + draw(st.sampled_from(["", "", "", "+b.1"]))
    padded = [*parts, None, None][:3]
    return text, (padded[0], padded[1], padded[2]), suffix.removeprefix("-")


@st.composite
def comparators(draw: st.DrawFn) -> Written:
    op = draw(st.sampled_from(["", "=", "!=", ">", "<", ">=", "=>", "<=", "=<", "~", "~>", "^"]))
    text, parts, suffix = draw(versions_written())
    return Written(op + draw(blank) + text, op, parts, suffix)


@st.composite
def hyphens(draw: st.DrawFn) -> tuple[str, list[Written]]:
    (low, low_parts, low_suffix), (high, high_parts, high_suffix) = draw(versions_written()), draw(versions_written())
    text = f"{low}{draw(gap)}-{draw(gap)}{high}"
    return text, [Written(low, ">=", low_parts, low_suffix), Written(high, "<=", high_parts, high_suffix)]


@st.composite
def groups(draw: st.DrawFn) -> tuple[str, list[Written]]:
    """Write a group: comparators and hyphen ranges; what stands before a hyphen range must end with a comma."""
    text, found = draw(blank), []
    for place in range(draw(st.integers(min_value=1, max_value=3))):
        hyphen = draw(st.integers(min_value=0, max_value=3)) == 0
        if place:
            comma = draw(blank) + "," + draw(blank)
            text += comma if hyphen else draw(st.one_of(gap, st.just(comma)))
        if hyphen:
            more, both = draw(hyphens())
            text, found = text + more, found + both
        else:
            written = draw(comparators())
            text, found = text + written.text, [*found, written]
    return text + draw(blank), found


@st.composite
def ranges(draw: st.DrawFn) -> tuple[str, list[list[Written]]]:
    drawn = draw(st.lists(groups(), min_size=1, max_size=3))
    return " || ".join(text for text, _ in drawn), [found for _, found in drawn]


tags = st.tuples(st.tuples(number, number, number), suffixes)


@settings(max_examples=250, deadline=None)
@given(ranges(), st.lists(tags, min_size=1, max_size=30))
def test_the_parser_agrees_with_the_written_grammar(
    written: tuple[str, list[list[Written]]], offered: list[tuple[tuple[int, int, int], str]]
) -> None:
    text, alternatives = written
    parsed = parse_range(text)
    for numbers, suffix in offered:
        ours = suffix.removeprefix("-")
        expected = any(
            (not ours or any(c.suffix for c in group)) and all(holds(c, numbers, ours) for c in group)
            for group in alternatives
        )
        assert parsed.accepts(Version(*numbers, ours)) == expected, (text, numbers, ours)


# The original's own way to decide whether a text is a range: two expressions over the whole group.
WHOLE = (
    r"v?([0-9|xX*]+)(?:\.([0-9|xX*]+))?(?:\.([0-9|xX*]+))?(?:-([0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*))?"
    r"(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?"
)
PLAIN = re.sub(r"\((?!\?)", "(?:", WHOLE)
OPS = r"(?:!=|>=|=>|<=|=<|~>|=|>|<|~|\^|)"
S = r"[ \t\n\f\r]"
VALID = re.compile(rf"{S}*{OPS}{S}*{PLAIN}{S}*(?:(?:{S}+|,{S}*){OPS}{S}*{PLAIN}{S}*)*")


def is_range(text: str) -> bool:
    text = re.sub(rf"{S}*({PLAIN}){S}+-{S}+({PLAIN}){S}*", r">= \1, <= \2 ", text)
    return all(VALID.fullmatch(group) and all(map(reads, re.findall(WHOLE, group))) for group in text.split("||"))


def reads(parts: tuple[str, str, str, str]) -> bool:
    *numbers, suffix = parts
    for part in numbers:
        if part in ("", "x", "X", "*"):
            break
        if not part.isdigit() or int(part) >= 2**64:
            return False
    return not any(name.isdigit() and name != "0" and name[0] == "0" for name in suffix.split("."))


@settings(max_examples=1000, deadline=None)
@given(st.text(alphabet="01x*v.-+|,<>=~^! \tVa", max_size=14))
def test_any_text_is_a_range_only_when_the_grammar_says_so(text: str) -> None:
    try:
        parse_range(text)
    except InvalidRangeError:
        assert not is_range(text)
    else:
        assert is_range(text)


@settings(max_examples=200, deadline=None)
@given(ranges(), st.integers(min_value=0), st.sampled_from(list(" -|,v1x.*<>=~^!+0aV")), st.booleans())
def test_a_range_with_one_wrong_character_is_judged_by_the_grammar(
    written: tuple[str, list[list[Written]]], place: int, char: str, instead: bool
) -> None:
    text = written[0]
    place %= len(text) + 1
    text = text[:place] + char + text[place + instead :]
    try:
        parse_range(text)
    except InvalidRangeError:
        assert not is_range(text)
    else:
        assert is_range(text)
