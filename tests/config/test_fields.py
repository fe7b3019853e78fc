from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.config.fields import (
    check_label_key,
    check_label_value,
    check_name,
    check_namespace,
    format_duration,
    parse_duration,
)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("30s", 30), ("5m", 300), ("1h30m", 5400), ("1.5h", 5400), ("750ms", 0.75), ("1m1s1ms", 61.001), ("1s1s", 2)],
)
def test_durations_are_those_of_flux(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "30",
        "s",
        "-5m",
        "+5m",
        "5 m",
        "5M",
        "1d",
        "1us",
        "1,5h",
        ".5h",
        "5m\n",
        "0s",
        "99999999h",
        30,
        1.5,
        None,
        True,
        ["5m"],
    ],
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError):
        parse_duration(text)


@given(st.integers(min_value=1, max_value=10**10))
def test_a_written_duration_is_read_as_the_same(milliseconds):
    assert parse_duration(format_duration(milliseconds / 1000)) == pytest.approx(milliseconds / 1000)


@pytest.mark.parametrize(
    ("check", "good", "bad"),
    [
        (check_namespace, ["a", "flux-system", "0", "a" * 63], ["", "-a", "a-", "A", "a.b", "a_b", "a" * 64, "a\n"]),
        (
            check_name,
            ["a", "a.b", "pod-info.v1", "a" * 63],
            ["", ".", "a..b", "a.", "A", "a/b", "a:b", ".".join(["a" * 60] * 5), "a\n"],
        ),
        (
            check_label_key,
            ["app", "app.kubernetes.io/name", "A_b.c-d", "x" * 63],
            ["", "/a", "a/", "a/b/c", "A.b/c", "-a", "x" * 64, "a b", "a\n"],
        ),
        (check_label_value, ["", "a", "A_b.c-9", "x" * 63], ["-a", "a-", "a b", "x" * 64, "é", "a\n"]),
    ],
    ids=["namespace", "name", "label key", "label value"],
)
def test_names_are_those_of_kubernetes(check, good, bad):
    for text in good:
        assert check(text) == text
    for text in bad:
        with pytest.raises(ValueError):
            check(text)
