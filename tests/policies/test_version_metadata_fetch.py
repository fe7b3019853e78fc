"""When version metadata is asked for again, and what is remembered."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gitbot.policies.version_metadata_fetch import (
    Answer,
    Document,
    Kept,
    Looked,
    NotModified,
    Unavailable,
    fresh,
    look_up,
)

URL = "https://versions.example.com/versions.json"
HOUR = 3600.0
KEPT = Kept(b"old", '"1"', 1000.0)


class Server:
    """Answers each address as told, and remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Answer]) -> None:
        self.answers = answers
        self.asked: list[tuple[str, str]] = []

    def __call__(self, url: str, etag: str) -> Answer:
        self.asked.append((url, etag))
        return self.answers[url]


def looked(answer: Answer, kept: Kept | None, now: float, good_for: float = HOUR) -> tuple[Looked, Server]:
    server = Server({URL: answer})
    known = {} if kept is None else {URL: kept}
    return look_up([(URL, good_for)], known, now, server, lambda _, data: "broken" if data == b"bad" else "")[
        URL
    ], server


def test_nothing_wanted_asks_nothing() -> None:
    assert look_up([], {URL: KEPT}, 2000.0, Server({}), lambda _url, _data: "") == {}


def test_a_fresh_answer_is_used_without_asking() -> None:
    found, server = looked(Unavailable("no"), KEPT, 1000.0 + HOUR - 1)
    assert found == Looked(data=b"old", kept=KEPT, asked=False)
    assert server.asked == []


AFTER = [
    ("first time", Document(b"new", '"2"'), None, Looked(data=b"new", kept=Kept(b"new", '"2"', 9000.0))),
    ("changed", Document(b"new", '"2"'), KEPT, Looked(data=b"new", kept=Kept(b"new", '"2"', 9000.0))),
    ("unchanged", NotModified(), KEPT, Looked(data=b"old", kept=Kept(b"old", '"1"', 9000.0))),
    ("failed", Unavailable("HTTP 503"), KEPT, Looked(reason="HTTP 503", kept=KEPT)),
    ("failed the first time", Unavailable("HTTP 503"), None, Looked(reason="HTTP 503")),
    ("broken", Document(b"bad", '"2"'), KEPT, Looked(data=b"bad", kept=KEPT)),
]


@pytest.mark.parametrize(("answer", "kept", "expected"), [row[1:] for row in AFTER], ids=[row[0] for row in AFTER])
def test_only_a_good_answer_is_remembered(answer: Answer, kept: Kept | None, expected: Looked) -> None:
    found, server = looked(answer, kept, 9000.0)
    assert found == expected
    assert server.asked == [(URL, kept.etag if kept else "")]


def test_a_server_that_says_unchanged_without_being_asked_gives_nothing() -> None:
    found, _ = looked(NotModified(), None, 9000.0)
    assert found.data is None
    assert found.kept is None


def test_two_policies_on_one_address_are_one_request_and_the_shorter_time_counts() -> None:
    server = Server({URL: NotModified()})
    found = look_up([(URL, HOUR), (URL, 60.0), (URL, HOUR)], {URL: KEPT}, 1100.0, server, lambda _url, _data: "")
    assert server.asked == [(URL, '"1"')]
    assert found[URL].kept == Kept(b"old", '"1"', 1100.0)


def test_an_answer_is_never_fresh_without_a_time_or_from_the_future() -> None:
    assert not fresh(None, HOUR, 1000.0)
    assert not fresh(KEPT, 0.0, 1000.0)
    assert not fresh(KEPT, HOUR, 999.0)
    assert fresh(KEPT, HOUR, 1000.0)
