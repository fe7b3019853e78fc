"""A followed list: what is handed out, where a watch goes on, when it lists again, and how often it tries."""

from __future__ import annotations

import itertools

import pytest

from gitbot.errors import Refused
from gitbot.kube.client import Listed
from gitbot.kube.follow import follow
from gitbot.kube.resource import Resource
from tests.servers.bad_kube import bookmark, event, events, expired, in_turn, kube, page, query, status, thing

POLICIES = Resource("image.toolkit.fluxcd.io", "v1", "imagepolicies", "ImagePolicy")


@pytest.fixture
def run(bad_http, connect):
    """Follow until `rounds` connections have ended; what was handed out, what `pause` was told, and the requests."""

    def start(rounds, **parts):
        server = bad_http(kube(**parts))
        told = []

        def pause(failures, error):
            told.append((failures, type(error).__name__ if error else ""))
            return len(told) < rounds

        seen = []
        for each in follow(connect(server.origin), POLICIES, "apps", pause, seconds=30):
            if isinstance(each, Listed):
                seen.append(("LIST", len(each.items)))
            else:
                seen.append((each.change, each.version))
        return seen, told, [query(request).get("resourceVersion", "list") for request in server.requests]

    return start


def test_a_list_in_which_nothing_happens_is_handed_out_once(run):
    seen, told, asked = run(3, lists=page(), watches=events())
    assert seen == [("LIST", 0)]
    assert told == [(1, ""), (2, ""), (3, "")]
    assert asked == ["list", "10", "10", "10"]


def test_a_watch_goes_on_from_the_last_event_or_bookmark(run):
    watches = in_turn(events(event("ADDED", thing("a", "11"))), events(bookmark("40")), events())
    seen, told, asked = run(3, lists=page(), watches=watches)
    assert seen == [("LIST", 0), ("ADDED", "11")]
    assert asked == ["list", "10", "11", "40"]
    assert told == [(0, ""), (0, ""), (1, "")]


@pytest.mark.parametrize("gone", [events(expired()), status(410, "too old")], ids=["event", "answer"])
def test_what_expired_is_listed_again(run, gone):
    lists = in_turn(page(thing("a"), thing("b")), page(thing("b"), version="90"))
    seen, told, asked = run(2, lists=lists, watches=in_turn(gone, events(event("DELETED", thing("b", "91")))))
    assert seen == [("LIST", 2), ("LIST", 1), ("DELETED", "91")]
    assert asked == ["list", "10", "list", "90"]
    assert told == [(1, "Expired"), (0, "")]


def test_a_cut_connection_loses_no_event(run):
    watches = in_turn(events(event("ADDED", thing("a", "11")), end="cut"), events(event("MODIFIED", thing("a", "12"))))
    seen, told, asked = run(2, lists=page(), watches=watches)
    assert seen == [("LIST", 0), ("ADDED", "11"), ("MODIFIED", "12")]
    assert asked == ["list", "10", "11"]
    assert told == [(0, "Unavailable"), (0, "")]


def test_failures_in_a_row_are_counted(run):
    seen, told, _ = run(4, lists=status(503), watches=events())
    assert seen == []
    assert [failures for failures, _ in told] == [1, 2, 3, 4]


def test_a_server_that_always_answers_expired_is_not_pressed(run):
    _, told, asked = run(5, lists=page(), watches=events(expired()))
    assert [failures for failures, _ in told] == [1, 2, 3, 4, 5]
    assert asked == ["list", "10"] * 5


def test_a_lost_right_ends_it(bad_http, connect):
    server = bad_http(kube(lists=page(), watches=status(403, "forbidden")))
    followed = follow(connect(server.origin), POLICIES, "apps", lambda *_: True)
    assert isinstance(next(followed), Listed)
    with pytest.raises(Refused, match="watch imagepolicies") as caught:
        next(followed)
    assert "the verb watch" in caught.value.hint


def test_two_followers_do_not_disturb_each_other(bad_http, connect):
    server = bad_http(kube(lists=page(thing("a")), watches=events(event("MODIFIED", thing("a", "11")), end="never")))
    client = connect(server.origin)
    followers = [follow(client, POLICIES, "apps", lambda *_: True) for _ in range(3)]
    for _, follower in itertools.product(range(2), followers):
        next(follower)
    for follower in followers:
        follower.close()
    server.stop()
