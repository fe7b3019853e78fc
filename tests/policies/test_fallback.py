"""Patterns where google-re2 cannot be imported: the same meaning or a refusal, and never a long search."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.policies.fallback import compile_fallback
from gitbot.policies.pattern import InvalidPatternError, compile_pattern

TAGS = [
    "", "a", "A", "ab", "aab", "1", "1.2", "v1.2.3", "1.2.3-rc.1", "main-abc123-1700000000", "a-b", "a_b", "{,3}", "[a]", "latest",
    "\\", "é", "a b", "x\n", "0.4.0.sig", "a" * 128,
]  # fmt: skip

SAME = [
    "", "^v?", r"^main-[a-f0-9]+-(?P<ts>[0-9]+)$", r"^v?(\d+)\.(\d+)\.(\d+)(?:-rc\.(\d+))?$", r"^.*\.sig$", "(?i)LATEST", "(?i:A)b",
    r"\Qv1.2\E", r"latest\z", "[[:alpha:]]+$", "[[:punct:]]", "[[:space:]]", r"\x41", r"\x{41}", r"\101", "a{,3}", "a{2}", "a{1,2}b",
    "]", "{", "a{", "[]a]", "[^]a]", "[a-]", "[-a]", r"[\w.]", r"[\s_]", r"\s", r"\S+$", r"\W", "(?<n>a)|(?<n>b)", "(?P<1x>a)", "$",
    "a$", r"a\b", r"\Ba", "a*?b", "a??", "(a)(b)", "(?:ab)+", r"\.", r"\-", r"\_", "a|b|", "(a|b)c?", "(?s).", "()",
]  # fmt: skip


@pytest.mark.parametrize("pattern", SAME)
def test_a_pattern_means_the_same_without_re2(pattern: str) -> None:
    ours, real = compile_fallback(pattern), compile_pattern(pattern)
    assert ours.names == real.names
    for tag in TAGS:
        found, wanted = ours.search(tag), real.search(tag)
        assert (found is None) == (wanted is None), tag
        if found is not None and wanted is not None:
            groups = range(len(real.names))
            assert [found(number) for number in groups] == [wanted(number) for number in groups], tag


LACKED = [
    "(?=a)", "(?!a)", "(?<=a)", "(?<!a)", "(?>a)", "(?x)a", "(?#a)", "(?P=n)", r"(a)\1", r"\8", r"\Z", r"\u0041", r"\N{DASH}", "a*+",
    "a++", "a**", "a{1001}", "a{2,1}", r"\C", "(?P<é>a)", "(a", "a)", "[a", "[]", "*a", "^*", "(*a)", "|*", r"[a-\d]", "[z-a]",
    "[[:foo:]]", r"\e", r"\cA", "a\\",
]  # fmt: skip
UNABLE = [
    "é",
    r"\x{e9}",
    r"\pL",
    r"\p{Greek}",
    "(?U)a+",
    "a(?i)b",
    "(?m)^a",
    r"[\d-z]",
    r"[^\S]",
    "[[:^alpha:]]",
    "[a-b-c]",
]
SLOW = ["^(a+)+$", "(a|a)*b", "(a?){20}", ".*.*.*b", "a?" * 9 + "a" * 9, "(?:a*b?)*c"]


@pytest.mark.parametrize("pattern", [*LACKED, *UNABLE, *SLOW])
def test_a_pattern_it_cannot_honour_is_refused(pattern: str) -> None:
    with pytest.raises(InvalidPatternError) as caught:
        compile_fallback(pattern)
    assert "google-re2" in caught.value.hint


def test_a_tag_longer_than_any_registry_has_is_not_searched() -> None:
    assert compile_fallback("a").search("a" * 128) is not None
    assert compile_fallback("a").search("a" * 129) is None


@given(st.text(alphabet="ab1.-()|*+?[]{},^$\\dwzQE:i<P>n", max_size=12))
def test_what_the_fallback_takes_re2_takes_too_and_finds_the_same(pattern: str) -> None:
    try:
        ours = compile_fallback(pattern)
    except InvalidPatternError:
        return
    real = compile_pattern(pattern)
    for tag in ["", "a", "ab", "ba1", "1.a-b", "(a)", "[]", "{1,"]:
        found, wanted = ours.search(tag), real.search(tag)
        assert (found and found(0)) == (wanted and wanted(0))
