"""The client against a registry that misbehaves: it ends, it says why, and no secret goes where it should not."""

from __future__ import annotations

import hashlib
import itertools
import json

import pytest

from gitbot.errors import Refused, Unavailable
from gitbot.image import InvalidReferenceError
from gitbot.registry.client import Registry
from gitbot.registry.credentials import Credential
from gitbot.registry.listing import Limits, NotModified, Tags
from gitbot.registry.session import Access
from gitbot.secret import Secret
from gitbot.transport.client import Http, Options
from tests.servers.bad_registry import (
    Huge,
    bearer,
    drip,
    drip_headers,
    endless,
    error,
    in_turn,
    manifest,
    pages,
    paths,
    raw,
    redirect,
    registry,
    says,
    tag_list,
    tagged,
    unless_sized,
)

CANARY = "canary-password-5e0c"
CREDENTIAL = Credential(username="bot", password=Secret(CANARY))
TOKEN = "canary-token-77ab"
MANIFEST = json.dumps({"schemaVersion": 2, "config": {}, "layers": []}).encode()
DIGEST = f"sha256:{hashlib.sha256(MANIFEST).hexdigest()}"
HUNDREDS = [f"v{number:03}" for number in range(250)]
LOOPBACK = ("127.0.0.0/8",)


def host(server):
    return server.origin.partition("://")[2]


def quiet(**options):
    return Options(sleep=lambda _: None, **options)


@pytest.fixture
def ask(bad_http, connect):
    """Start a registry of these parts and a client of it; the client has the server as `server`."""

    def start(options=None, timeout_s=20.0, limits=None, access=None, **parts):
        server = bad_http(registry(**parts))
        client = connect(host(server), options=options, timeout_s=timeout_s, limits=limits, **(access or {}))
        return client, server

    return start


# Lists


@pytest.mark.parametrize("tags", [None, []], ids=["null", "empty"])
def test_a_repository_without_tags_has_none(ask, tags):
    client, _ = ask(tags=says({"name": "app", "tags": tags}))
    assert client.tags("app") == Tags(())


@pytest.mark.parametrize(
    "link",
    [
        '<{url}>; rel="next"',
        "<{url}>; rel=next",
        "<{url}>",
        '</elsewhere>; rel="prev", <{url}>; rel="next"',
        '<{url}>;REL="last next"',
    ],
    ids=["usual", "unquoted", "no rel", "after another link", "several rels"],
)
def test_every_page_is_read(ask, link):
    client, server = ask(tags=pages(HUNDREDS, link=link))
    assert client.tags("app") == Tags(tuple(HUNDREDS))
    asked = paths(server.requests)
    assert asked[0] == "GET /v2/app/tags/list?n=1000"
    assert len(asked) == 3


@pytest.mark.parametrize("status", [400, 413])
def test_a_refused_page_size_is_left_out(ask, status):
    client, server = ask(tags=unless_sized(tag_list("1.0.0"), status))
    assert client.tags("app") == Tags(("1.0.0",))
    assert paths(server.requests) == ["GET /v2/app/tags/list?n=1000", "GET /v2/app/tags/list"]


def test_the_same_list_is_not_sent_twice(ask):
    client, server = ask(tags=tagged('"abc"', tag_list("1.0.0", ETag='"abc"')))
    first = client.tags("app")
    assert first == Tags(("1.0.0",), '"abc"')
    assert client.tags("app", etag=first.etag) == NotModified()
    assert client.tags("app", etag='"older"') == first
    assert len(paths(server.requests)) == 3


def test_an_etag_of_the_first_of_many_pages_says_nothing_of_the_others(ask):
    page = says({"tags": ["a"]}, ETag='"abc"', Link='<?page=2>; rel="next"')
    client, _ = ask(tags=in_turn(page, tag_list("b", ETag='"def"')))
    assert client.tags("app") == Tags(("a", "b"), "")


def test_names_that_are_no_tags_are_counted_and_left_out(ask):
    client, _ = ask(tags=tag_list("1.0.0", "-bad", "a b", "\x1b[31m", "x" * 129, "1.0.0"))
    assert client.tags("app") == Tags(("1.0.0",), "", 4)


LISTS_THAT_ARE_REFUSED = [
    pytest.param(raw(b"<html>"), "no JSON object with tags", id="not JSON"),
    pytest.param(raw(b"<html>hello", kind="text/html"), "no JSON object with tags", id="wrong content type"),
    pytest.param(raw(b"\xff\xfe{}"), "no JSON object with tags", id="not UTF-8"),
    pytest.param(raw(b"[" * 60_000), "no JSON object with tags", id="deep"),
    pytest.param(says(["a"]), "no JSON object with tags", id="a list"),
    pytest.param(says({"name": "app"}), "no JSON object with tags", id="no tags"),
    pytest.param(says({"tags": {"a": 1}}), "no list of strings", id="tags is an object"),
    pytest.param(says({"tags": ["a", 1]}), "no list of strings", id="a tag is a number"),
    pytest.param(says({"tags": ["a"]}, 304), "answered 304", id="not modified though nothing was known"),
    pytest.param(says({"tags": ["a"]}, 206), "answered 206", id="a part"),
    pytest.param(error(403, "DENIED", "go away"), r"answered 403 \(DENIED: go away\)", id="forbidden"),
    pytest.param(error(418, "X", "a\x1b[2Jb\n::error::c"), r"X: a\\x1b\[2Jb\\n::error::c", id="escapes in the words"),
    pytest.param(raw(b"x", Content_Encoding="gzip"), "compressed", id="compressed"),
    pytest.param(endless(), "more than 50 pages", id="pages without end"),
    pytest.param(endless(None), "more than 50 pages", id="empty pages without end"),
    pytest.param(endless("same"), "the same page again", id="the same page at ever new places"),
    pytest.param(endless(link="?page=1"), "go round in a circle", id="a circle"),
    pytest.param(endless(link="http://127.0.0.2:1/v2/app/tags/list"), "at another host", id="a link to another host"),
    pytest.param(endless(link="//example.com/v2/"), "at another host", id="a link to another host, same scheme"),
    pytest.param(endless(link="https://127.0.0.1/v2/"), "at another host", id="a link to another scheme"),
    pytest.param(endless(link="file:///etc/passwd"), "neither http nor https", id="a link to a file"),
    pytest.param(endless(link="http://u:p@127.0.0.1/"), "holds a credential", id="a link with a credential"),
    pytest.param(endless(link="http://[::1/"), "malformed", id="a link that is no URL"),
    pytest.param(tag_list("a", Link='/v2/next; rel="next"'), "a next page in a way that cannot be read", id="a broken link"),
    pytest.param(tag_list("a", Link="a" * 17_000), "cannot be read", id="a link too far away"),
    pytest.param(tag_list(*(str(n) for n in range(2001))), "more than 2,000 tags", id="too many tags"),
    pytest.param(raw(b'{"tags": ["' + b"x" * 70_000), "larger than 65,536 bytes", id="a page too large"),
    pytest.param(
        in_turn(*(says({"tags": [str(n), "x" * 60_000]}, Link=f"<?p={n}>") for n in range(9))),
        "more than 200,000 bytes",
        id="too many bytes altogether",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("tags", "why"), LISTS_THAT_ARE_REFUSED)
def test_a_list_that_is_not_right_is_an_error_and_never_cut_short(ask, tags, why):
    limits = Limits(tags=2000, pages=50, page_bytes=65_536, bytes=200_000)
    client, _ = ask(tags=tags, limits=limits)
    with pytest.raises(Refused, match=why) as raised:
        client.tags("app")
    assert raised.value.message.isprintable()


@pytest.mark.parametrize("announced", [False, True], ids=["chunked", "with its length"])
def test_a_body_of_five_gigabytes_is_given_up_at_the_limit(ask, announced):
    huge = Huge(announced=announced)
    client, _ = ask(tags=huge)
    with pytest.raises(Refused, match="larger than 16,777,216 bytes"):
        client.tags("app")
    assert huge.gone.wait(20)
    assert huge.sent < 64 << 20


@pytest.mark.parametrize("slow", [drip(), drip_headers()], ids=["the body", "the headers"])
def test_a_registry_that_drips_is_given_up_at_the_deadline(ask, slow):
    client, _ = ask(tags=slow, timeout_s=1.0)
    with pytest.raises(Unavailable, match=r"no whole answer within 1 s|timed out"):
        client.tags("app")


def test_pages_that_are_slow_together_share_one_deadline(ask):
    def slow(exchange):
        exchange.pause(0.2)
        good(exchange)

    good = endless()
    client, server = ask(tags=slow, timeout_s=1.0)
    with pytest.raises(Unavailable):
        client.tags("app")
    assert len(paths(server.requests)) < 10


# Being asked to wait


def test_a_registry_that_asks_for_patience_gets_it(ask):
    log = []
    busy = error(429, "TOOMANYREQUESTS", "slow down", Retry_After="7")
    client, server = ask(options=Options(sleep=log.append), tags=in_turn(busy, tag_list("1.0.0")))
    assert client.tags("app") == Tags(("1.0.0",))
    assert len(log) == 1
    assert 6 < log[0] <= 7
    assert len(paths(server.requests)) == 2


def test_a_pause_longer_than_the_deadline_is_reported_and_kept(ask):
    busy = error(429, "TOOMANYREQUESTS", "slow down", Retry_After="600")
    client, server = ask(tags=busy)
    with pytest.raises(Unavailable, match="answered 429") as raised:
        client.tags("app")
    assert raised.value.retry_after == 600
    with pytest.raises(Unavailable, match=r"pause of [56]") as raised:
        client.tags("other")
    assert 500 < raised.value.retry_after <= 600
    assert len(paths(server.requests)) == 1, "a host that asked for a pause is not asked again before"


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_a_registry_in_trouble_is_asked_three_times(ask, status):
    client, server = ask(tags=error(status, "UNKNOWN", "trouble"))
    with pytest.raises(Unavailable, match=f"answered {status}") as raised:
        client.tags("app")
    assert raised.value.retry_after is None
    assert len(paths(server.requests)) == 3


def test_a_connection_that_breaks_is_tried_again(ask):
    client, server = ask(tags=in_turn(lambda _: None, tag_list("1.0.0")))
    assert client.tags("app") == Tags(("1.0.0",))
    assert len(paths(server.requests)) == 2


# Digests


@pytest.mark.parametrize(
    ("answer", "requests"),
    [
        pytest.param(manifest(MANIFEST), 1, id="in the header of HEAD"),
        pytest.param(manifest(MANIFEST, digest=None), 2, id="no header"),
        pytest.param(manifest(MANIFEST, digest="md5:1"), 2, id="a header that is no digest"),
        pytest.param(manifest(MANIFEST, head=405), 2, id="HEAD is refused"),
        pytest.param(manifest(MANIFEST, head=403), 2, id="HEAD is forbidden"),
    ],
)
def test_a_digest_is_found(ask, answer, requests):
    client, server = ask(manifests=answer)
    assert client.digest("app", "1.0.0") == DIGEST
    assert len(paths(server.requests)) == requests
    accepted = server.requests[-1].headers["accept"]
    assert "oci.image.index" in accepted
    assert "manifest.list" in accepted


def test_a_tag_that_is_missing_is_not_asked_for_twice(ask):
    client, server = ask()
    with pytest.raises(Refused, match="answered 404"):
        client.digest("app", "1.0.0")
    assert len(paths(server.requests)) == 1


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(manifest(MANIFEST, digest="sha256:" + "0" * 64, head=405), "has the digest", id="another digest"),
        pytest.param(manifest(b"<html>login", digest=None, kind="text/html"), "no JSON", id="a login page"),
        pytest.param(manifest(b"[]", digest=None), "no manifest", id="a list"),
        pytest.param(manifest(b'{"schemaVersion": 1}', digest=None), "no manifest", id="schema version 1"),
        pytest.param(manifest(b"{" + b" " * (4 << 20), digest=None), "larger than 4,194,304", id="too large"),
    ],
)
def test_a_body_that_is_not_the_manifest_gives_no_digest(ask, answer, why):
    client, _ = ask(manifests=answer)
    with pytest.raises(Refused, match=why):
        client.digest("app", "1.0.0")


def test_platforms_come_from_content_that_is_what_it_says(ask):
    blob = json.dumps({"os": "linux", "architecture": "amd64"}).encode()
    described = {"digest": f"sha256:{hashlib.sha256(blob).hexdigest()}"}
    body = json.dumps({"schemaVersion": 2, "config": described}).encode()
    client, _ = ask(manifests=manifest(body), blobs=in_turn(raw(blob), raw(blob + b" ")))
    assert client.platforms("app", "1") == {"linux/amd64"}
    with pytest.raises(Refused, match="not that of sha256"):
        client.platforms("app", "1")


def test_a_digest_reference_with_other_content_is_refused(ask):
    client, _ = ask(manifests=manifest(MANIFEST, digest=None))
    assert client.platforms("app", DIGEST) == frozenset()
    with pytest.raises(Refused, match="has the digest"):
        client.platforms("app", "sha256:" + "1" * 64)


@pytest.mark.parametrize("repository", ["../admin", "a?b", "a b", "A", "", "a//b", "a\nb"])
def test_a_repository_that_is_no_name_is_never_asked_for(ask, repository):
    client, server = ask(tags=tag_list("1"))
    with pytest.raises(InvalidReferenceError):
        client.tags(repository)
    assert server.requests == []


@pytest.mark.parametrize("tag", ["../x", "a b", "", "sha256:zz", "a/b"])
def test_a_tag_that_is_no_tag_is_never_asked_for(ask, tag):
    client, server = ask(manifests=manifest(MANIFEST))
    with pytest.raises(InvalidReferenceError):
        client.platforms("app", tag) if tag else client.digest("app", "x y")
    assert server.requests == []


# Ways in, and where secrets go


def test_a_token_is_used_until_it_expires_and_fetched_again_when_refused(ask, bad_http):
    fetched = itertools.count()

    def token(exchange):
        says({"token": f"t{min(next(fetched), 1)}", "expires_in": 300})(exchange)

    tokens = bad_http(registry(token=token))
    answer = in_turn(
        bearer("", tag_list("a"), token="t0"), bearer("", tag_list("a"), token="t0"), bearer(f"{tokens.origin}/token", tag_list("b"), token="t1"),
    )  # fmt: skip
    denied = error(401, "UNAUTHORIZED", "no", WWW_Authenticate=f'Bearer realm="{tokens.origin}/token",service="s p"')
    client, _ = ask(options=quiet(private=LOOPBACK), tags=answer, ping=denied)
    assert [client.tags("app").tags for _ in range(3)] == [("a",), ("a",), ("b",)]
    assert [request.path for request in tokens.requests] == [
        "/token?service=s+p&scope=repository%3Aapp%3Apull",
        "/token?service=fake&scope=repository%3Aapp%3Apull",
    ]


def test_a_token_that_is_refused_again_and_again_is_asked_for_twice_at_most(ask, bad_http):
    tokens = bad_http(registry(token=says({"token": TOKEN})))
    denied = bearer(f"{tokens.origin}/token", tag_list("a"), token="another")
    client, server = ask(options=quiet(private=LOOPBACK), tags=denied, ping=denied)
    with pytest.raises(Refused, match="answered 401"):
        client.tags("app")
    assert len(tokens.requests) == 2
    assert len(paths(server.requests)) == 1, "the very same token is not tried again"


def test_an_error_that_quotes_our_token_is_shown_without_it(ask, bad_http):
    tokens = bad_http(registry(token=says({"token": TOKEN})))
    denied = bearer(f"{tokens.origin}/token", tag_list("a"), token="x")
    client, _ = ask(options=quiet(private=LOOPBACK), tags=error(403, "DENIED", f"not with {TOKEN}"), ping=denied)
    with pytest.raises(Refused, match=r"not with \*\*\*") as raised:
        client.tags("app")
    assert TOKEN not in raised.value.message


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        pytest.param(says({}), "no usable token", id="none"),
        pytest.param(says({"token": 5}), "no usable token", id="a number"),
        pytest.param(says({"token": "a\r\nX-Evil: 1"}), "no usable token", id="a line break"),
        pytest.param(says({"token": "x" * 70_000}), "no usable token", id="endless"),
        pytest.param(says(["token"]), "no JSON object", id="a list"),
        pytest.param(raw(b"oops"), "no JSON object", id="no JSON"),
        pytest.param(says({"token": "a", "expires_in": "soon"}), "no JSON object", id="a life in words"),
        pytest.param(says({"token": "a", "expires_in": 10**400}), "no JSON object", id="a life no float holds"),
        pytest.param(error(401, "UNAUTHORIZED", "who?"), "answered 401", id="refused"),
        pytest.param(redirect("http://127.0.0.1:1"), "answered 307", id="a redirect"),
        pytest.param(raw(b"x" * 300_000), "larger than 262,144 bytes", id="huge"),
    ],
)
def test_a_token_server_that_misbehaves_is_an_error(ask, bad_http, answer, why):
    tokens = bad_http(registry(token=answer))
    denied = bearer(f"{tokens.origin}/token", tag_list("a"), token="a")
    client, _ = ask(options=quiet(private=LOOPBACK), tags=denied, ping=denied, access={"credential": CREDENTIAL})
    with pytest.raises(Refused, match=why) as raised:
        client.tags("app")
    assert CANARY not in raised.value.message


@pytest.mark.parametrize(
    ("realm", "why"),
    [
        ("", "does not say where"),
        ("https://tokens.example.com/token", "the credential is not for that host"),
        ("ftp://127.0.0.1/token", "neither http nor https"),
        ("http://user:pass@127.0.0.1/token", "holds a credential"),
        ("/token", "neither http nor https"),
    ],
)
def test_a_realm_that_makes_no_sense_gets_nothing(ask, realm, why):
    denied = bearer(realm, tag_list("a"), token="a")
    client, server = ask(tags=denied, ping=denied, access={"credential": CREDENTIAL})
    with pytest.raises(Refused, match=why):
        client.tags("app")
    assert not server.saw(CANARY)


@pytest.mark.parametrize("allowed", [(), LOOPBACK], ids=["by default", "even where private addresses are allowed"])
def test_a_realm_at_another_host_gets_no_credential(ask, bad_http, allowed):
    thief = bad_http(registry(token=says({"token": "a"})))
    realm = thief.origin.replace("127.0.0.1", "localhost") + "/token"
    denied = bearer(realm, tag_list("a"), token="a")
    client, _ = ask(options=quiet(private=allowed), tags=denied, ping=denied, access={"credential": CREDENTIAL})
    with pytest.raises(Refused, match="the credential is not for that host") as raised:
        client.tags("app")
    assert "realms" in raised.value.hint
    assert thief.requests == []


def test_a_realm_at_another_host_gets_the_credential_when_the_user_says_so(ask, bad_http):
    tokens = bad_http(registry(token=says({"token": "a"})))
    origin = tokens.origin.replace("127.0.0.1", "localhost")
    denied = bearer(f"{origin}/token", tag_list("1"), token="a")
    access = {"credential": CREDENTIAL, "realms": (origin,)}
    client, _ = ask(tags=denied, ping=denied, access=access)
    assert client.tags("app") == Tags(("1",))
    assert tokens.saw(CANARY)


@pytest.mark.parametrize(
    "realm", ["http://169.254.169.254/token", "http://127.0.0.1:9/token", "http://[::1]:9/", "http://[::ffff:10.0.0.1]/", "http://0.0.0.0/", "http://localhost:9/"]
)  # fmt: skip
def test_an_anonymous_realm_must_be_at_a_public_address(ask, realm):
    denied = bearer(realm, tag_list("a"), token="a")
    client, _ = ask(tags=denied, ping=denied)
    with pytest.raises(Refused, match="not at a public address"):
        client.tags("app")


def test_a_registry_that_a_repository_named_cannot_move_inside_while_it_is_asked(ask):
    """The name resolves to an address that is allowed at first, and elsewhere when the token is fetched."""
    asked = []

    def rebinding(host, _port):
        asked.append(host)
        return ("127.0.0.1",) if len(asked) <= 2 else ("127.0.0.2",)

    server_port = []

    def denied(exchange):
        realm = f"http://a.localhost:{server_port[0]}/token"
        bearer(realm, tag_list("a"), token="a")(exchange)

    _, server = ask(tags=denied, ping=denied, token=says({"token": "a"}))
    server_port.append(server.server.server_address[1])
    options = quiet(private=("127.0.0.1",), resolve=rebinding)
    with Http(options) as http:
        client = Registry(Access(host=f"a.localhost:{server_port[0]}", trusted=False), http)
        with pytest.raises(Refused, match="not at a public address"):
            client.tags("app")
    assert len(asked) == 3, "HTTPS, HTTP, and then the token"
    assert [request.path for request in server.requests] == ["/v2/"]


def test_a_redirect_takes_no_credential_to_another_host(ask, bad_http):
    mirror = bad_http(registry(tags=tag_list("1.0.0"), manifests=manifest(MANIFEST)))
    denied = error(401, "UNAUTHORIZED", "", WWW_Authenticate='Basic realm="x"')
    client, server = ask(
        options=quiet(private=LOOPBACK), tags=redirect(mirror.origin), manifests=redirect(mirror.origin), ping=denied,
        access={"credential": CREDENTIAL},
    )  # fmt: skip
    assert client.tags("app") == Tags(("1.0.0",))
    assert client.digest("app", "1.0.0") == DIGEST
    assert server.saw(CANARY)
    assert mirror.requests
    assert not mirror.saw(CANARY)
    assert not any("authorization" in request.headers for request in mirror.requests)


@pytest.mark.parametrize(
    "wanted", ['Basic realm="x"', 'Bearer realm="{origin}/token",service="x"'], ids=["Basic", "Bearer"]
)
def test_a_host_we_were_redirected_to_gets_nothing_by_asking(ask, bad_http, wanted):
    origin = []

    def asking(exchange):
        error(401, "UNAUTHORIZED", "", WWW_Authenticate=wanted.format(origin=origin[0]))(exchange)

    thief = bad_http(registry(tags=asking, token=says({"token": "a"})))
    origin.append(thief.origin)
    client, server = ask(
        options=quiet(private=LOOPBACK), tags=redirect(thief.origin), access={"credential": CREDENTIAL},
        ping=error(401, "UNAUTHORIZED", "", WWW_Authenticate='Basic realm="x"'),
    )  # fmt: skip
    with pytest.raises(Refused, match="answered 401"):
        client.tags("app")
    assert server.saw(CANARY)
    assert paths(thief.requests) == ["GET /v2/app/tags/list?n=1000"]
    assert not thief.saw(CANARY)


def test_a_redirect_to_a_private_address_is_refused(ask, bad_http):
    inside = bad_http(registry(tags=tag_list("secret")))
    client, _ = ask(tags=redirect(inside.origin))
    with pytest.raises(Refused, match="not at a public address"):
        client.tags("app")
    assert inside.requests == []


def test_redirects_come_to_an_end(ask):
    server_path = {"Location": "/v2/app/tags/list"}
    client, server = ask(tags=lambda exchange: exchange.reply(302, server_path, b""))
    with pytest.raises(Refused, match="redirected more than 5 times"):
        client.tags("app")
    assert len(paths(server.requests)) == 6


def test_the_next_page_after_a_redirect_is_where_the_redirect_led(ask, bad_http):
    mirror = bad_http(registry(tags=pages(HUNDREDS)))
    client, server = ask(
        options=quiet(private=LOOPBACK), tags=redirect(mirror.origin), access={"credential": CREDENTIAL}
    )
    assert client.tags("app") == Tags(tuple(HUNDREDS))
    assert len(paths(server.requests)) == 1
    assert server.saw(CANARY)
    assert len(mirror.requests) == 3
    assert not any("authorization" in request.headers for request in mirror.requests), "no credential on any page"


def test_without_a_challenge_a_credential_is_shown_to_the_registry_alone(ask):
    client, server = ask(tags=tag_list("1"), access={"credential": CREDENTIAL})
    assert client.tags("app") == Tags(("1",))
    assert not server.requests[0].carries(CANARY), "the ping carries nothing"
    assert server.requests[1].carries(CANARY)


def test_a_registry_token_is_sent_as_it_is(ask):
    client, server = ask(
        tags=bearer("", tag_list("1"), token=TOKEN), access={"credential": Credential(registry_token=Secret(TOKEN))}
    )
    assert client.tags("app") == Tags(("1",))
    assert server.saw(TOKEN)


def test_an_identity_token_falls_back_to_the_password_where_it_is_unknown(ask, bad_http):
    def token(exchange):
        good = exchange.request.method == "GET" and exchange.request.carries(CANARY)
        (says({"access_token": "a"}) if good else error(404, "UNSUPPORTED", ""))(exchange)

    tokens = bad_http(registry(token=token))
    denied = bearer(f"{tokens.origin}/token", tag_list("1"), token="a")
    both = Credential(username="bot", password=Secret(CANARY), identity_token=Secret("canary-identity-91f"))
    client, _ = ask(options=quiet(private=LOOPBACK), tags=denied, ping=denied, access={"credential": both})
    assert client.tags("app") == Tags(("1",))
    assert [request.method for request in tokens.requests] == ["POST", "GET"]
    assert b"refresh_token=canary-identity-91f" in tokens.requests[0].body
