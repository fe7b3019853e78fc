"""The client against an API server that misbehaves: it ends, it says why, and no secret goes where it should not."""

from __future__ import annotations

import json
import re
import threading

import pytest

from gitbot.errors import Refused, Unavailable
from gitbot.kube.client import Limits, Listed
from gitbot.kube.errors import Conflict, Expired, NotFound
from gitbot.kube.resource import Resource
from tests.kube.conftest import CANARY
from tests.servers.bad_kube import (
    bookmark,
    event,
    events,
    expired,
    in_turn,
    kube,
    page,
    pages,
    query,
    says,
    status,
    thing,
)
from tests.servers.bad_registry import Huge, drip, drip_headers, raw, redirect

POLICIES = Resource("image.toolkit.fluxcd.io", "v1", "imagepolicies", "ImagePolicy")


@pytest.fixture
def ask(bad_http, connect):
    """Start a server of these parts and a client of it."""

    def start(timeout_s=20.0, limits=None, **parts):
        server = bad_http(kube(**parts))
        return connect(server.origin, timeout_s=timeout_s, limits=limits), server

    return start


def names(listed):
    return [item["metadata"]["name"] for item in listed.items]


# Lists


@pytest.mark.parametrize("items", [None, []], ids=["null", "empty"])
def test_an_empty_list_is_one_with_a_version(ask, items):
    client, server = ask(lists=says({"metadata": {"resourceVersion": "7"}, "items": items}))
    assert client.list(POLICIES, "apps") == Listed((), "7")
    assert server.requests[0].path == "/apis/image.toolkit.fluxcd.io/v1/namespaces/apps/imagepolicies?limit=250"
    assert server.requests[0].headers["authorization"] == f"Bearer {CANARY}"


def test_a_list_is_put_together_from_its_pages(ask):
    client, server = ask(lists=pages((thing("a"), thing("b")), (thing("c"),), (), version="12"), limits=Limits(page=2))
    listed = client.list(POLICIES)
    assert names(listed) == ["a", "b", "c"]
    assert listed.version == "12"
    assert [query(request).get("continue") for request in server.requests] == [None, "1", "2"]
    assert all("/namespaces/" not in request.path for request in server.requests)


def test_objects_of_a_list_say_what_they_are(ask):
    client, _ = ask(lists=page(thing("a"), thing("b", kind="Other")))
    shown = [(item["apiVersion"], item["kind"]) for item in client.list(POLICIES).items]
    assert shown == [("image.toolkit.fluxcd.io/v1", "ImagePolicy"), ("image.toolkit.fluxcd.io/v1", "Other")]


def test_a_label_selector_is_sent_on_every_page(ask):
    client, server = ask(lists=pages((thing("a"),), (thing("b"),)))
    client.list(POLICIES, "apps", "team=a,env!=test")
    assert [query(request)["labelSelector"] for request in server.requests] == ["team=a,env!=test"] * 2


def test_a_list_that_outlives_its_token_is_begun_anew_whole(ask):
    whole = page(thing("a"), thing("b"), version="20")
    gone = status(410, "The provided continue parameter is too old", reason="Expired")
    client, server = ask(lists=in_turn(page(thing("a"), following="x"), gone, whole))
    assert names(client.list(POLICIES)) == ["a", "b"]
    assert query(server.requests[2]) == {}


def test_a_list_that_expires_again_is_an_error(ask):
    client, server = ask(lists=status(410, "too old"))
    with pytest.raises(Expired, match=r"list imagepolicies.image.toolkit.fluxcd.io in all namespaces: .*410 .too old"):
        client.list(POLICIES)
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (says([]), "no JSON object"),
        (raw(b"<html>log in</html>", kind="text/html"), "no JSON object"),
        (raw(b"[" * 100_000), "no JSON object"),
        (says({}), "no resourceVersion"),
        (says({"metadata": {"resourceVersion": 3}}), "no resourceVersion"),
        (says({"metadata": {"resourceVersion": "3"}, "items": {}}), "items is no list"),
        (says({"metadata": {"resourceVersion": "3"}, "items": [1]}), "items is no list"),
        (page(thing("a"), following="same"), "round in a circle"),
    ],
    ids=["list", "html", "deep", "nothing", "number", "items", "item", "circle"],
)
def test_nonsense_is_named_as_such(ask, answer, said):
    client, _ = ask(lists=answer)
    with pytest.raises(Refused, match=said) as caught:
        client.list(POLICIES, "apps")
    assert str(caught.value).startswith("list imagepolicies.image.toolkit.fluxcd.io in namespace apps: ")


def test_more_objects_than_the_limit_are_an_error_not_a_part(ask):
    client, _ = ask(lists=pages(*((thing(f"p{number}"),) for number in range(9))), limits=Limits(objects=5))
    with pytest.raises(Refused, match="more than 5 objects"):
        client.list(POLICIES)


@pytest.mark.parametrize("announced", [True, False])
def test_a_page_without_end_is_given_up(ask, announced):
    huge = Huge(announced=announced)
    client, _ = ask(lists=huge, limits=Limits(page_bytes=1 << 20))
    with pytest.raises(Refused, match="larger than 1,048,576 bytes"):
        client.list(POLICIES)
    assert huge.gone.wait(10)
    assert huge.sent < 64 << 20


@pytest.mark.parametrize("answer", [drip(), drip_headers()], ids=["body", "headers"])
def test_a_server_that_drips_is_left_when_time_is_up(ask, answer):
    client, _ = ask(lists=answer, timeout_s=0.3)
    with pytest.raises(Unavailable, match="list imagepolicies"):
        client.list(POLICIES)


# Errors


@pytest.mark.parametrize(
    ("code", "kind", "hint"),
    [
        (400, Refused, ""),
        (401, Refused, "check token or client certificate .the test"),
        (403, Refused, "lacks the verb list on imagepolicies of the group 'image.toolkit.fluxcd.io'"),
        (404, NotFound, "CustomResourceDefinition"),
        (409, Conflict, ""),
        (422, Refused, ""),
        (429, Unavailable, ""),
        (500, Unavailable, ""),
        (503, Unavailable, ""),
    ],
)
def test_an_error_names_the_verb_the_resource_and_the_servers_words(ask, code, kind, hint):
    client, _ = ask(lists=status(code, "User \u202e cannot"))
    with pytest.raises(kind) as caught:
        client.list(POLICIES, "apps")
    assert caught.value.message.startswith("list imagepolicies.image.toolkit.fluxcd.io in namespace apps: ")
    assert str(code) in caught.value.message
    assert "\u202e" not in caught.value.message
    assert re.search(hint, caught.value.hint)


def test_the_pause_a_server_asks_for_is_handed_on(ask):
    client, _ = ask(lists=status(429, "slow down", headers={"Retry_After": "90"}))
    with pytest.raises(Unavailable) as caught:
        client.list(POLICIES)
    assert caught.value.retry_after == 90


def test_a_token_that_the_server_repeats_is_masked(ask):
    client, _ = ask(lists=status(403, f"token {CANARY} is not for you"))
    with pytest.raises(Refused) as caught:
        client.list(POLICIES)
    assert CANARY not in f"{caught.value!r} {caught.value.hint}"


def test_a_redirect_is_not_followed(ask, bad_http):
    elsewhere = bad_http(page())
    client, _ = ask(lists=redirect(elsewhere.origin))
    with pytest.raises(Refused, match="answered 307"):
        client.list(POLICIES)
    assert elsewhere.requests == []


def test_nobody_there_is_unavailable(connect):
    with pytest.raises(Unavailable, match=r"list imagepolicies.*no connection"):
        connect("http://127.0.0.1:9").list(POLICIES)


@pytest.mark.parametrize("name", ["..", "a/b", "A", "a?b=c", "a b", "-a"])
def test_an_odd_name_reaches_no_path(ask, name):
    client, server = ask()
    with pytest.raises(Refused, match="no name that Kubernetes knows"):
        client.get(POLICIES, "apps", name)
    with pytest.raises(Refused):
        client.list(POLICIES, name)
    assert server.requests == []


# Objects and versions


def test_one_object_is_read_by_its_name(ask):
    client, server = ask(objects=says(thing("a")))
    assert client.get(POLICIES, "apps", "a")["metadata"]["name"] == "a"
    assert server.requests[0].path == "/apis/image.toolkit.fluxcd.io/v1/namespaces/apps/imagepolicies/a"


def test_a_status_is_patched_by_merging_and_nothing_else_is_sent(ask):
    client, server = ask(objects=says(thing("a")))
    client.patch_status(POLICIES, "apps", "a", {"lastPushCommit": "abc", "old": None}, version="8")
    sent = server.requests[0]
    assert (sent.method, sent.path.partition("?")[0].rpartition("/")[2]) == ("PATCH", "status")
    assert sent.headers["content-type"] == "application/merge-patch+json"
    wanted = {"status": {"lastPushCommit": "abc", "old": None}, "metadata": {"resourceVersion": "8"}}
    assert json.loads(sent.body) == wanted


def test_a_patch_that_is_not_allowed_names_the_right_to_the_status(ask):
    client, _ = ask(objects=status(403, "forbidden"))
    with pytest.raises(Refused) as caught:
        client.patch_status(POLICIES, "apps", "a", {})
    assert "the verb patch on imagepolicies/status of the group" in caught.value.hint


def test_a_patch_of_what_changed_meanwhile_is_a_conflict(ask):
    client, server = ask(objects=status(409, "the object has been modified"))
    with pytest.raises(Conflict, match=r"patch imagepolicies.* a in namespace apps: .*has been modified"):
        client.patch_status(POLICIES, "apps", "a", {}, version="8")
    assert len(server.requests) == 1


def test_the_preferred_version_that_has_the_resource_is_found(bad_http, connect):
    def answer(exchange):
        path = exchange.request.path
        if path == "/apis/g.io":
            says({"preferredVersion": {"version": "v2"}, "versions": [{"version": "v1"}, {"version": "v2"}]})(exchange)
        else:
            plurals = ("both", "others" if path.endswith("v2") else "things")
            rows = [{"name": plural, "kind": "Thing", "namespaced": True} for plural in plurals]
            says({"resources": rows})(exchange)

    client = connect(bad_http(answer).origin)
    assert client.find("g.io", "things") == Resource("g.io", "v1", "things", "Thing")
    assert client.find("g.io", "both") == Resource("g.io", "v2", "both", "Thing")
    assert client.find("g.io", "none") is None


def test_a_group_that_is_not_there_has_no_resources(ask):
    client, _ = ask()
    assert client.find("g.io", "things") is None


# Watches


def test_a_watch_hands_out_what_happens_and_ends_without_an_error(ask):
    lines = (event("ADDED", thing("a", "11")), bookmark("15"), event("DELETED", thing("a", "16")))
    client, server = ask(watches=events(*lines))
    seen = [(each.change, each.version) for each in client.watch(POLICIES, "apps", "10", 60)]
    assert seen == [("ADDED", "11"), ("BOOKMARK", "15"), ("DELETED", "16")]
    assert query(server.requests[0]) == {
        "watch": "1", "resourceVersion": "10", "allowWatchBookmarks": "true", "timeoutSeconds": "60",
    }  # fmt: skip


def test_a_watch_in_which_nothing_happens_is_empty(ask):
    client, _ = ask(watches=events())
    assert list(client.watch(POLICIES, "apps", "10", 60)) == []


def test_events_are_handed_out_as_they_arrive(ask):
    client, server = ask(watches=events(event("ADDED", thing("a", "11")), end="never"))
    watch = client.watch(POLICIES, "apps", "10", 60)
    assert next(watch).version == "11"
    watch.close()
    server.stop()


def test_an_event_may_come_in_pieces_and_two_in_one(ask):
    whole = event("ADDED", thing("a", "11")) + event("MODIFIED", thing("a", "12")) + bookmark("13")
    client, _ = ask(watches=events(*(whole[at : at + 7] for at in range(0, len(whole), 7))))
    assert [each.version for each in client.watch(POLICIES, "apps", "10", 60)] == ["11", "12", "13"]
    client, _ = ask(watches=events(whole))
    assert [each.version for each in client.watch(POLICIES, "apps", "10", 60)] == ["11", "12", "13"]


@pytest.mark.parametrize("watches", [events(expired()), status(410, "too old")], ids=["event", "answer"])
def test_a_version_that_is_too_old_is_expired(ask, watches):
    client, _ = ask(watches=watches)
    with pytest.raises(Expired, match=r"watch imagepolicies.image.toolkit.fluxcd.io in namespace apps: .*too old"):
        list(client.watch(POLICIES, "apps", "1", 60))


def ended(code, **more):
    return events(event("ERROR", {"code": code, "message": "why", **more}))


@pytest.mark.parametrize(
    ("watches", "kind", "said"),
    [
        (events(event("ADDED", thing("a", "11")), end="cut"), Unavailable, "connection broke"),
        (events(event("ADDED", thing("a", "11"))[:-4]), Unavailable, "broke within a line"),
        (ended(500), Unavailable, "why"),
        (ended("odd"), Unavailable, "why"),
        (ended(403), Refused, "why"),
        (status(403, "why"), Refused, "why"),
        (status(503, "why"), Unavailable, "503"),
        (events(b"garbage\n"), Refused, "nonsense"),
        (events(b"{}\n"), Refused, "nonsense"),
        (events(event("ADDED", {"metadata": {}})), Refused, "nonsense"),
        (events(event("EXPLODED", thing("a"))), Refused, "nonsense"),
        (events(event("ERROR", "odd")), Refused, "nonsense"),
        (events(b"[" * 100_000 + b"\n"), Refused, "nonsense"),
    ],
    ids=[
        "cut",
        "half",
        "500",
        "odd-code",
        "403",
        "403-answer",
        "503",
        "garbage",
        "empty",
        "unversioned",
        "unknown",
        "error",
        "deep",
    ],
)
def test_a_watch_that_ends_badly_says_why(ask, watches, kind, said):
    client, _ = ask(watches=watches)
    with pytest.raises(kind, match=said) as caught:
        list(client.watch(POLICIES, "apps", "10", 60))
    assert caught.value.message.count("watch imagepolicies") == 1


def test_the_pause_of_an_ended_watch_is_handed_on(ask):
    client, _ = ask(watches=ended(429, details={"retryAfterSeconds": 12}))
    with pytest.raises(Unavailable) as caught:
        list(client.watch(POLICIES, "apps", "10", 60))
    assert caught.value.retry_after == 12


def test_a_line_without_end_is_given_up(ask):
    huge = Huge()
    client, _ = ask(watches=huge, limits=Limits(object_bytes=1 << 20))
    with pytest.raises(Refused, match="longer than 1,048,576 bytes"):
        list(client.watch(POLICIES, "apps", "10", 60))
    assert huge.gone.wait(10)
    assert huge.sent < 64 << 20


def test_a_watch_that_the_server_does_not_end_ends_with_its_time(ask, monkeypatch):
    monkeypatch.setattr("gitbot.kube.client._LATE_S", -0.7)
    client, _ = ask(watches=events(event("ADDED", thing("a", "11")), end="never"))
    watch = client.watch(POLICIES, "apps", "10", 1)
    assert next(watch).version == "11"
    with pytest.raises(Unavailable, match="watch imagepolicies"):
        next(watch)


def test_watches_leave_room_for_calls(ask):
    client, server = ask(watches=events(bookmark("11"), end="never"), lists=page())
    watches = [client.watch(POLICIES, "apps", "10", 60) for _ in range(12)]
    assert [next(watch).version for watch in watches] == ["11"] * 12
    done = threading.Event()
    threading.Thread(target=lambda: (client.list(POLICIES), done.set())).start()
    assert done.wait(10)
    for watch in watches:
        watch.close()
    server.stop()
