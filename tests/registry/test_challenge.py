"""WWW-Authenticate and Link headers, as registries write them and as they should not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitbot.registry.challenge import next_link, parse_challenges


def shown(*headers):
    return [(challenge.scheme, dict(challenge.parameters)) for challenge in parse_challenges(headers)]


@pytest.mark.parametrize("headers", [(), ("",), (" , ,",), ("=",), ('"',), ("\x00",)])
def test_headers_without_a_challenge(headers):
    assert shown(*headers) == []


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("Basic", [("basic", {})]),
        ('Basic realm="a"', [("basic", {"realm": "a"})]),
        ("BASIC Realm=a", [("basic", {"realm": "a"})]),
        (
            'Bearer realm="https://a/t",service="s",scope="repository:a:pull,push"',
            [("bearer", {"realm": "https://a/t", "service": "s", "scope": "repository:a:pull,push"})],
        ),
        ('Bearer realm = "a" , service = b', [("bearer", {"realm": "a", "service": "b"})]),
        (r'Basic realm="a \"b\" \\c"', [("basic", {"realm": r'a "b" \c'})]),
        ('Basic realm="a", Bearer realm="b"', [("basic", {"realm": "a"}), ("bearer", {"realm": "b"})]),
        ('Negotiate, Basic realm="a"', [("negotiate", {}), ("basic", {"realm": "a"})]),
        ('Negotiate YWJj==, Basic realm="a"', [("negotiate", {}), ("basic", {"realm": "a"})]),
        ('Bearer realm="a, Basic realm=b"', [("bearer", {"realm": "a, Basic realm=b"})]),
        ('Bearer realm="a",,service="b"', [("bearer", {"realm": "a", "service": "b"})]),
        ('Bearer realm="a",realm="b"', [("bearer", {"realm": "a"})]),
        ('Bearer realm="unfinished', [("bearer", {})]),
    ],
)
def test_challenges_are_read_in_their_order(header, expected):
    assert shown(header)[: len(expected)] == expected


def test_several_headers_are_read_one_after_the_other():
    assert shown('Basic realm="a"', 'Bearer realm="b"') == [("basic", {"realm": "a"}), ("bearer", {"realm": "b"})]


@given(st.lists(st.text(alphabet='Basic Bearer=", \\abc\t', max_size=60), max_size=3))
def test_no_header_is_too_odd_to_be_read(headers):
    parse_challenges(tuple(headers))
    next_link(tuple(headers))


@pytest.mark.parametrize(
    "header", ["Bearer " + 'a="b",' * 20_000, "a " * 20_000, 'x="' + "\\" * 20_000, "<a>;" * 20_000]
)
def test_long_headers_cost_no_time(header):
    parse_challenges((header,))
    next_link((header,))


@pytest.mark.parametrize("headers", [(), ("",), ("no link",), ('</a>; rel="prev"',), ("</a>; rel=last",), ("<>",)])
def test_no_next_page(headers):
    assert next_link(headers) == ""


@pytest.mark.parametrize(
    "header",
    [
        '</b>; rel="next"',
        "</b>",
        "</b>;rel=next",
        '</a>; rel="prev", </b>; rel="next"',
        '</b>; title="a, b"; rel="next"',
    ],
)
def test_the_next_page(header):
    assert next_link((header,)) == "/b"
