"""An answer read line by line: as it arrives, bounded in length and time, and never cut short in silence."""

from __future__ import annotations

import pytest

from gitbot.errors import Refused, Unavailable
from gitbot.transport.call import Call, Deadline
from gitbot.transport.client import Http, Options
from tests.servers.bad_kube import events
from tests.servers.bad_registry import drip, drip_headers, in_turn, raw, says


@pytest.fixture
def read(bad_http):
    """Read all lines of an answer; the status, the body of an error, and the lines."""
    opened = []

    def run(answer, *, seconds=10.0, max_bytes=1 << 20):
        server = bad_http(answer)
        opened.append(Http(Options(sleep=lambda _: None)))
        with opened[-1].stream(Call(url=server.origin, max_bytes=max_bytes), Deadline(seconds)) as lines:
            return lines.answer.status, lines.answer.body, list(lines)

    yield run
    for client in opened:
        client.close()


def test_an_empty_answer_has_no_lines(read):
    assert read(raw(b"")) == (200, b"", [])


@pytest.mark.parametrize(
    ("chunks", "lines"),
    [
        ([b"a\n"], [b"a"]),
        ([b"a\r\n", b"\n"], [b"a", b""]),
        ([b"a", b"b", b"\nc", b"\n"], [b"ab", b"c"]),
        ([b"a\nb\nc\n"], [b"a", b"b", b"c"]),
        ([b"a\nb", b"b\nc", b"c\n"], [b"a", b"bb", b"cc"]),
    ],
)
def test_lines_are_put_together_from_whatever_arrives(read, chunks, lines):
    assert read(events(*chunks)) == (200, b"", lines)


def test_a_line_of_just_the_limit_is_read(read):
    assert read(events(b"12345", b"678\n"), max_bytes=8)[2] == [b"12345678"]


@pytest.mark.parametrize("chunks", [[b"123456789\n"], [b"12345", b"6789"], [b"1\n12345", b"6789\n"]])
def test_a_line_above_the_limit_is_refused(read, chunks):
    with pytest.raises(Refused, match="longer than 8 bytes"):
        read(events(*chunks), max_bytes=8)


def test_an_error_has_a_body_and_no_lines(read):
    assert read(says({"a": 1}, 404)) == (404, b'{"a": 1}', [])


def test_an_error_that_may_pass_is_raised_at_once_with_its_pause(read):
    with pytest.raises(Unavailable, match="answered 429") as caught:
        read(in_turn(says({}, 429, Retry_After="7"), events(b"a\n")))
    assert caught.value.retry_after == 7


@pytest.mark.parametrize(
    "answer", [events(b"a\nb"), events(b"a\n", end="cut"), raw(b"a\nb")], ids=["half", "cut", "length"]
)
def test_what_is_cut_short_is_unavailable(read, answer):
    with pytest.raises(Unavailable, match="the connection broke"):
        read(answer)


@pytest.mark.parametrize(
    "answer", [drip(), drip_headers(), events(b"a\n", end="never")], ids=["body", "headers", "silence"]
)
def test_no_answer_outlives_the_deadline(read, answer):
    with pytest.raises(Unavailable, match=r"GET http://127\.0\.0\.1"):
        read(answer, seconds=0.3)
