"""Numbers as Go reads them, compared exactly; ties and NaN decided by the tag, whatever order the tags come in."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.policies.alphabetical import Direction
from gitbot.policies.candidates import Candidate
from gitbot.policies.numerical import Numerical, parse_number

NO_NUMBERS = [
    "", " ", ".", "1 ", " 1", "1\n", "--1", "+-1", "1f", "1d", "1L", "1a", "b", "0b1", "0o7", "0x", "0x1", "0x10", "0xp1",
    "0x1.p", "0x.p1", "1e", "1e+", "e1", ".e1", "_1", "1_", "1__0", "1_.5", "1._5", "1e_1", "1e1_", "0_x1p1", "0x1_p1",
    "0x__1p1", "0x1p_1", "0x1pF", "1p1", "infi", "infinit", "in", "+nan", "-nan", "nan1", "n\u0101n", "\u0131nf", "\u0661",
    "\u00b2", "1,5", "1e400", "-1e400", "1e309", "1e400000000", "1.8e308", "0x1p1024", "-0x1p1024", "0x1p99999999999",
    "1" * 310, "1" * 5000, "1e" + "9" * 5000,
]  # fmt: skip

EQUAL = [
    ["0", "-0", "+0", "0.0", ".0", "0.", "0e5", "0e400000000", "0x0p0", "-0x0.0p-5", "00", "0x1p-99999999999"],
    [
        "1",
        "+1",
        "01",
        "1.0",
        "1e0",
        "10e-1",
        ".1e1",
        "0x1p0",
        "0X.8P1",
        "0x_1p0",
        "1_0e-1",
        "0x10p-4",
        "0." + "0" * 20 + "1e21",
    ],
    ["1000", "1_000", "1e3", "1E+3", "1e0_3", "0x1f4p1"],
    ["Inf", "+inf", "INFINITY", "infinity"],
    ["-15", "-0x1.ep3", "-1.5e1", "-015"],
]

ASCENDING = [
    "-inf", "-1.7976931348623157e308", "-10", "-9.5", "-9.25", "-9", "-1.55", "-1.5", "-1e-400", "-1e-401", "0",
    "1e-400000001", "1e-400000000", "0x1p-15999", "1e-401", "2e-401", "0x1p-1074", "0.1", "0x1p-3", "0.5", "1", "1.10", "1.9",
    "9", "10", "1e2", "9007199254740992", "9007199254740993", "9007199254740993.5", "20230101120000123", "20230101120000124",
    "17976931348623157e292", "0x1.fffffffffffff7ffp1023", "inf",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_NUMBERS, ids=lambda text: repr(text)[:30])
def test_what_go_does_not_parse_is_no_number(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize("texts", EQUAL, ids=lambda texts: texts[0])
def test_equal_numbers_rank_alike(texts: list[str]) -> None:
    assert len({parse_number(text) for text in texts}) == 1
    assert None not in {parse_number(text) for text in texts}


@pytest.mark.parametrize(("less", "greater"), list(pairwise(ASCENDING)))
def test_numbers_are_compared_exactly(less: str, greater: str) -> None:
    one, other = parse_number(less), parse_number(greater)
    assert one is not None
    assert other is not None
    assert one < other


def test_the_greatest_float_is_the_limit() -> None:
    beyond = 2**1024 - 2**970
    assert parse_number(str(beyond)) is None
    assert parse_number(str(beyond - 1)) is not None
    assert parse_number("-" + str(beyond)) is None


@pytest.mark.parametrize(
    "text", ["1e-" + "9" * 4000, "0x1p-" + "9" * 4000, "0." + "0" * 4000 + "1", "0x." + "f" * 4000 + "p-9"]
)
def test_long_numbers_and_exponents_are_cheap(text: str) -> None:
    assert parse_number(text) is not None


decimals = st.builds(
    lambda sign, whole, fraction, exponent: (
        f"{sign}{whole}.{fraction}e{exponent}",
        (-1 if sign == "-" else 1) * Fraction(int(f"{whole}{fraction}")) * Fraction(10) ** (exponent - len(fraction)),
    ),
    st.sampled_from(["", "-", "+"]),
    st.integers(min_value=0, max_value=10**6).map(str),
    st.text("0123456789", max_size=6),
    st.integers(min_value=-9, max_value=9),
)
hexadecimals = st.builds(
    lambda sign, mantissa, power: (
        f"{sign}0x{mantissa:x}p{power}",
        (-1 if sign == "-" else 1) * Fraction(mantissa) * Fraction(2) ** power,
    ),
    st.sampled_from(["", "-"]),
    st.integers(min_value=0, max_value=2**40),
    st.integers(min_value=-40, max_value=40),
)


@given(decimals | hexadecimals, decimals | hexadecimals)
def test_ranks_order_as_fractions_do(one: tuple[str, Fraction], other: tuple[str, Fraction]) -> None:
    left, right = parse_number(one[0]), parse_number(other[0])
    assert left is not None
    assert right is not None
    assert (left < right, left == right) == (one[1] < other[1], one[1] == other[1])


def ranked(direction: Direction, tags: list[str]) -> list[str]:
    return [candidate.tag for candidate in Numerical(direction).stand([Candidate(tag, tag) for tag in tags]).ranked]


@pytest.mark.parametrize(
    ("direction", "expected"),
    [
        ("asc", []),
        ("asc", ["1"]),
        ("asc", ["73", "72", "29", "16", "15", "-33", "-62", "-88", "-91"]),
        ("desc", ["-78", "-24", "-20", "-8", "-4", "5", "25"]),
        ("asc", ["53.47333823144817", "47.40896403322944", "3.2008658570411086", "-50.41072694704882"]),
        ("asc", ["01", "1", "1.0", "0", "NaN", "nan"]),
        ("desc", ["0", "01", "1", "1.0", "NaN", "nan"]),
        ("asc", ["-inf", "nan"]),
        ("desc", ["Inf", "inf", "nan"]),
        ("asc", ["9007199254740993", "9007199254740992"]),
    ],
    ids=repr,
)
def test_order_and_ties_do_not_depend_on_arrival(direction: Direction, expected: list[str]) -> None:
    arrivals = permutations(expected) if len(expected) < 7 else [expected, expected[::-1], sorted(expected)]
    for arrival in arrivals:
        assert ranked(direction, list(arrival)) == expected


def test_one_tag_that_is_no_number_fails_the_policy_and_is_named() -> None:
    standing = Numerical().stand([Candidate(tag, tag) for tag in ["0", "1a", "b"]])
    assert [candidate.tag for candidate in standing.ranked] == ["0"]
    assert [entry.tag for entry in standing.dropped] == ["1a", "b"]
    assert "1a, b" in standing.failure


def test_of_many_tags_that_are_no_numbers_a_few_are_named() -> None:
    standing = Numerical().stand([Candidate(f"t{n}", f"t{n}") for n in range(9)])
    assert "and 4 more" in standing.failure
    assert len(standing.dropped) == 9


def test_equals_are_the_tags_that_lost_on_their_bytes() -> None:
    standing = Numerical().stand([Candidate(tag, tag) for tag in ["1", "01", "0", "1.0"]])
    assert standing.equals == ("1", "1.0")
