"""How a value is written so that every loader reads a string."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gitbot.markers.spans import Style
from gitbot.plan.quoting import spell

STAYS_PLAIN = [
    "ghcr.io/o/app:2.0.0", "nginx", "v1.2.3", "1.2.3", "localhost:5000/a:1", "sha256:" + "0" * 64, "1.10-rc.1", "latest",
    "x@sha256:abc", "2024-01-01-build", "20240101T000000Z", "1e", "_x", "NaNa", "yesterday", "0xyz", "12ab", "a.b_c-d",
]  # fmt: skip
NEEDS_QUOTES = [
    "1", "0", "010", "089", "1.10", "1.", ".5", "1e3", "12e3", "1E5", "123e4567", "1_000", "0x10", "0X1f", "0o17", "0b11", "1_0.5",
    "1:30", "190:20:30", "190:20:30.15", "2024-01-01", "2024-1-1", "yes", "No", "on", "OFF", "y", "N", "true", "FALSE", "null",
    "Null", "~", "", ".inf", "-.INF", ".nan", ".NaN", "+1", "-1", "<<", "=", "[::1]:5000/a:1", "a: b", "a #b", "x:", "-x", "@x",
    "*x", "&x", "!x", "|", ">", "%x", "`x", "a,b", "{a}", " x", "x ", "a\nb", "\t", "é", "🙂", "\x1b[2J", "\u2028", "'", '"',
]  # fmt: skip


@pytest.mark.parametrize("value", STAYS_PLAIN)
def test_a_value_that_every_loader_reads_as_a_string_stays_plain(value: str) -> None:
    assert spell(value, "plain") == value


@pytest.mark.parametrize("value", NEEDS_QUOTES)
def test_a_value_that_some_loader_would_misread_is_quoted(value: str) -> None:
    spelled = spell(value, "plain")
    assert spelled is not None
    assert spelled[0] == spelled[-1] == '"'
    for version in ((1, 1), (1, 2)):
        yaml = YAML(typ="safe", pure=True)
        yaml.version = version  # type: ignore[assignment]  # a tuple is what it takes
        assert yaml.load(f"a: {spelled}\n") == {"a": value}


@pytest.mark.parametrize(
    ("value", "style", "spelled"),
    [
        ("it's", "single", "'it''s'"),
        ("1.10", "single", "'1.10'"),
        ("a\nb", "single", '"a\\x0ab"'),
        ('say "\\"', "double", '"say \\"\\\\\\""'),
        ("1.10", "double", '"1.10"'),
        ("1.10", "block", "1.10"),
        ("a\nb", "block", None),
        ("", "block", None),
        (" a", "block", None),
    ],
)
def test_the_style_of_the_old_value_is_kept(value: str, style: Style, spelled: str | None) -> None:
    assert spell(value, style) == spelled


def test_a_colon_is_not_brought_into_a_flow_collection_unquoted() -> None:
    assert spell("app:2", "plain", in_flow=True, old="app") == '"app:2"'
    assert spell("app:2", "plain", in_flow=True, old="app:1") == "app:2"
    assert spell("2.0.0", "plain", in_flow=True, old="1.0.0") == "2.0.0"


@settings(deadline=None, max_examples=60)
@given(st.text(), st.sampled_from(["plain", "single", "double"]))
def test_any_text_reads_back(value: str, style: Style) -> None:
    spelled = spell(value, style)
    assert spelled is not None
    if any(0xD800 <= ord(char) < 0xE000 or char in "\x85\u2028\u2029\ufeff" for char in value):
        return
    assert YAML(typ="safe", pure=True).load(f"a: {spelled}\n") == {"a": value}
