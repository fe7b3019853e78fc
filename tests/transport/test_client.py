"""The HTTP client against real servers: addresses, certificates, proxies, limits, threads."""

from __future__ import annotations

import threading

import pytest

from gitbot.errors import Refused, Unavailable, UsageError
from gitbot.secret import Secret
from gitbot.transport.call import Answer, Call, Deadline, origin_of, shown
from gitbot.transport.client import Http, Options
from gitbot.transport.pace import retry_after
from gitbot.transport.proxy import Proxies, Proxy, parse_proxy
from gitbot.transport.tls import ClientCertificate
from tests.servers.bad_registry import Huge, in_turn, raw, redirect, says
from tests.servers.proxy import PASSWORD, USER
from tests.servers.tls import Authority, authority

CANARY = "canary-authorization-2b8d"


@pytest.fixture(scope="session")
def tls(tmp_path_factory) -> Authority:
    return authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def http():
    opened = []

    def make(**options):
        opened.append(Http(Options(**({"sleep": lambda _: None} | options))))
        return opened[-1]

    yield make
    for client in opened:
        client.close()


def get(client, url, *, seconds=10.0, **call):
    return client.send(Call(url=url, **call), Deadline(seconds))


def port(server):
    return server.server.server_address[1]


# Addresses


def test_the_host_the_user_named_may_be_anywhere(http, bad_http):
    server = bad_http(says({"a": 1}))
    assert get(http(), f"{server.origin}/x?y=1 2").body == b'{"a": 1}'
    assert server.requests[0].path == "/x?y=1%202"
    assert server.requests[0].headers["host"] == server.origin.partition("://")[2]
    assert server.requests[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_a_host_a_server_named_must_be_public_however_it_is_written(http, bad_http, name):
    server = bad_http(says({}))
    with pytest.raises(Refused, match="not at a public address"):
        get(http(), f"http://{name}:{port(server)}/", foreign=True)
    assert server.requests == []


@pytest.mark.parametrize("private", ["127.0.0.0/8", "localhost"])
def test_what_the_user_allowed_is_reached(http, bad_http, private):
    server = bad_http(says({}))
    assert get(http(private=(private,)), f"http://localhost:{port(server)}/", foreign=True).status == 200


def test_a_name_that_changes_its_address_is_connected_to_where_it_was_checked(http, bad_http):
    server = bad_http(says({}))
    asked = []

    def rebinding(host, _port):
        asked.append(host)
        return ("127.0.0.1",) if len(asked) == 1 else ("169.254.169.254",)

    client = http(private=("127.0.0.1",), resolve=rebinding)
    url = f"http://rebinding.example.com:{port(server)}/"
    assert get(client, url, foreign=True).status == 200
    assert asked == ["rebinding.example.com"], "the name is resolved once for one connection"
    with pytest.raises(Refused, match="not at a public address"):
        get(client, url, foreign=True)


def test_of_several_addresses_only_public_ones_are_tried(http, bad_http):
    server = bad_http(says({}))
    client = http(private=("127.0.0.2",), resolve=lambda _h, _p: ("127.0.0.1", "10.0.0.1", "127.0.0.2"))
    with pytest.raises(Unavailable, match="no connection"):
        get(client, f"http://several.example.com:{port(server)}/", foreign=True)
    assert server.requests == []


def test_the_next_address_is_tried_when_one_does_not_answer(http, bad_http):
    server = bad_http(says({}))
    client = http(resolve=lambda _h, _p: ("127.0.0.9", "127.0.0.1"))
    assert get(client, f"http://several.example.com:{port(server)}/").status == 200


@pytest.mark.server
def test_a_connection_made_unchecked_never_serves_a_call_that_must_be_checked(http, open_server):
    client = http()
    # By name: an address would be refused before a connection is looked for.
    url = f"http://{open_server.replace('127.0.0.1', 'localhost')}/v2/"
    assert get(client, url).status == 200
    with pytest.raises(Refused, match="not at a public address"):
        get(client, url, foreign=True)


@pytest.fixture
def open_server(tmp_path):
    """A real registry, because it keeps connections."""
    from tests.servers.registry import Registry

    server = Registry.anonymous(tmp_path)
    yield server.host
    server.stop()


def test_a_name_that_does_not_resolve(http):
    with pytest.raises(Unavailable, match="does not resolve"):
        get(http(), "http://nothing.invalid/", attempts=1)


def test_a_resolver_that_hangs_ends_with_the_deadline(http):
    hanging = threading.Event()
    client = http(resolve=lambda _h, _p: (hanging.wait(30), ("127.0.0.1",))[1])
    with pytest.raises(Unavailable, match=r"timed out|no whole answer"):
        get(client, "http://slow.example.com/", seconds=0.5)
    hanging.set()


# TLS


def test_a_certificate_nobody_vouches_for_is_refused(http, bad_http, tls):
    server = bad_http(says({}), cert=tls.server_cert, key=tls.server_key)
    with pytest.raises(Refused, match="certificate is not trusted"):
        get(http(), server.origin, authorization=CANARY)
    assert server.requests == []


def test_a_certificate_for_another_name_is_refused(http, bad_http, tls):
    server = bad_http(says({}), cert=tls.server_cert, key=tls.server_key)
    client = http(ca=tls.ca.read_text(), resolve=lambda _h, _p: ("127.0.0.1",))
    with pytest.raises(Refused, match="certificate is not trusted"):
        get(client, f"https://other.example.com:{port(server)}/")
    assert get(client, f"https://localhost:{port(server)}/").status == 200


def test_the_client_certificate_goes_to_hosts_the_user_named_alone(http, bad_http, tls):
    server = bad_http(says({}), cert=tls.server_cert, key=tls.server_key)
    context = server.server.socket.context
    context.load_verify_locations(tls.ca)
    context.verify_mode = 2
    ours = ClientCertificate(tls.client_cert.read_text(), Secret(tls.client_key.read_text()))
    client = http(ca=tls.ca.read_text(), client=ours, private=("127.0.0.1",))
    assert get(client, server.origin).status == 200
    with pytest.raises(Refused, match="refused us") as raised:
        get(client, server.origin, foreign=True)
    assert "client certificate" in raised.value.hint
    assert len(server.requests) == 1


@pytest.mark.parametrize("pem", ["nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_certificates_that_are_none(http, pem):
    with pytest.raises(UsageError, match="not PEM"):
        get(http(ca=pem), "https://127.0.0.1:1/")
    with pytest.raises(UsageError, match="client certificate cannot be used"):
        get(http(client=ClientCertificate(pem, Secret("canary-key-1"))), "https://127.0.0.1:1/")


def test_no_redirect_leads_from_https_to_http(http, bad_http, tls):
    plain = bad_http(says({}))
    server = bad_http(redirect(plain.origin), cert=tls.server_cert, key=tls.server_key)
    with pytest.raises(Refused, match="from https to http"):
        get(http(ca=tls.ca.read_text(), private=("127.0.0.1",)), server.origin, redirects=5, authorization=CANARY)
    assert plain.requests == []


# Redirects and secrets


def test_no_redirect_is_followed_unless_asked_for(http, bad_http):
    server = bad_http(redirect("http://127.0.0.1:1"))
    assert get(http(), server.origin).status == 307


def test_a_redirect_at_the_same_origin_keeps_the_authorization(http, bad_http):
    server = bad_http(in_turn(raw(b"", 302, Location="/other"), says({})))
    answer = get(http(), server.origin, redirects=1, authorization=CANARY)
    assert answer.url.endswith("/other")
    assert [request.headers["authorization"] for request in server.requests] == [CANARY] * 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_to_another_port_drops_the_authorization(http, bad_http, status):
    other = bad_http(says({}))
    server = bad_http(redirect(other.origin, status))
    get(http(private=("127.0.0.1",)), server.origin, redirects=5, authorization=CANARY)
    assert server.saw(CANARY)
    assert other.requests
    assert not other.saw(CANARY)


def test_a_post_is_never_redirected(http, bad_http):
    server = bad_http(redirect("http://127.0.0.1:1"))
    assert get(http(), server.origin, method="POST", body=b"x", redirects=5).status == 307


@pytest.mark.parametrize(
    "location", ["ftp://a/", "file:///etc/passwd", "http://", "http://[::1/", "http://a b/", "gopher://x"]
)
def test_a_redirect_to_nowhere_is_refused(http, bad_http, location):
    server = bad_http(raw(b"", 302, Location=location))
    with pytest.raises(Refused):
        get(http(), server.origin, redirects=5)


@pytest.mark.parametrize("value", [f"Bearer {CANARY}\r\nX-Evil: 1", f"{CANARY}\x00", f"{CANARY}ü"])
def test_a_secret_that_fits_in_no_header_is_not_shown_in_the_error(http, bad_http, value):
    server = bad_http(says({}))
    with pytest.raises(Refused, match="cannot be sent") as raised:
        get(http(), server.origin, authorization=value)
    assert CANARY not in f"{raised.value.message}{raised.value.__cause__}{raised.value.__context__}"
    assert server.requests == []


def test_a_call_prints_no_secret():
    call = Call(url="https://u:canary-p@a/?token=canary-q", authorization=CANARY, body=b"canary-body")
    assert CANARY not in repr(call)
    assert "canary-body" not in repr(call)
    assert call.place == "GET https://a/"
    with pytest.raises(Refused) as raised:
        origin_of(call.url)
    assert "canary" not in raised.value.message
    assert shown("https://a/\x1b[2J\n") == r"https://a/\x1b[2J\n"


# Proxies


@pytest.mark.server
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
def test_a_proxy_is_used_with_its_credential(http, bad_http, tls, proxy, secure):
    server = bad_http(says({}), **({"cert": tls.server_cert, "key": tls.server_key} if secure else {}))
    through = Proxies.one(Proxy(proxy.address, USER, Secret(PASSWORD)))
    before = len(proxy.requests())
    assert get(http(ca=tls.ca.read_text(), proxies=through), server.origin).status == 200
    assert len(proxy.requests()) == before + 1
    assert not server.saw(PASSWORD)


@pytest.mark.server
@pytest.mark.parametrize(
    ("secure", "login"),
    [(False, ()), (True, ()), (True, (USER, Secret("canary-wrong-proxy")))],
    ids=["http without credential", "https without credential", "https with a wrong one"],
)
def test_a_proxy_that_refuses_is_named(http, bad_http, tls, proxy, secure, login):
    server = bad_http(says({}), **({"cert": tls.server_cert, "key": tls.server_key} if secure else {}))
    through = Proxies.one(Proxy(proxy.address, *login))
    with pytest.raises(Refused, match="proxy refused") as raised:
        get(http(ca=tls.ca.read_text(), proxies=through), server.origin)
    assert "canary" not in raised.value.message
    assert server.requests == []


@pytest.mark.server
@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:9", "localhost:9", "a.localhost.:9", "[::1]:9", "169.254.169.254", "127.1", "2852039166", "0x7F.1"],
)
def test_through_a_proxy_what_shows_without_resolving_is_refused(http, proxy, host):
    through = Proxies.one(Proxy(proxy.address, USER, Secret(PASSWORD)))
    before = len(proxy.requests())
    with pytest.raises(Refused, match="not at a public address"):
        get(http(proxies=through), f"http://{host}/", foreign=True)
    assert len(proxy.requests()) == before


def test_a_proxy_that_is_not_there(http):
    with pytest.raises(Unavailable, match="no connection"):
        get(http(proxies=Proxies.one(parse_proxy("http://127.0.0.1:1"))), "http://example.com/")


# Limits


@pytest.mark.parametrize("announced", [False, True])
def test_a_body_above_the_limit_is_not_read_further(http, bad_http, announced):
    huge = Huge(announced=announced)
    with pytest.raises(Refused, match="larger than 1,000,000 bytes"):
        get(http(), bad_http(huge).origin, max_bytes=1_000_000)
    assert huge.gone.wait(20)
    assert huge.sent < 32 << 20


def test_a_body_of_the_very_limit_is_whole(http, bad_http):
    assert len(get(http(), bad_http(raw(b"x" * 1000)).origin, max_bytes=1000).body) == 1000


def test_an_error_with_a_large_body_is_still_that_error(http, bad_http):
    answer = get(http(), bad_http(raw(b"x" * 1_000_000, 404)).origin, max_bytes=10)
    assert (answer.status, len(answer.body)) == (404, 65_536)


def test_headers_without_end_are_given_up(http, bad_http):
    def endless(exchange):
        exchange.send(b"HTTP/1.1 200 OK\r\n")
        while not exchange.pause(0):
            exchange.send(b"X-More: " + b"x" * 1000 + b"\r\n")

    with pytest.raises(Unavailable, match="connection broke"):
        get(http(), bad_http(endless).origin, attempts=1)


@pytest.mark.parametrize("garbage", [b"", b"hello\r\n\r\n", b"HTTP/1.1 abc\r\n\r\n", b"\x16\x03\x01"], ids=repr)
def test_what_is_no_http_is_unavailable(http, bad_http, garbage):
    with pytest.raises(Unavailable, match="connection broke"):
        get(http(), bad_http(lambda exchange: exchange.send(garbage)).origin, attempts=1)


def test_no_more_calls_at_once_than_one_host_is_given(http, bad_http):
    now, most, lock = [0], [0], threading.Lock()

    def counting(exchange):
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        exchange.pause(0.05)
        with lock:
            now[0] -= 1
        says({})(exchange)

    server, client = bad_http(counting), http(per_host=2)
    threads = [threading.Thread(target=get, args=(client, server.origin)) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(server.requests) == 10
    assert most[0] == 2


def test_waiting_for_a_place_ends_with_the_deadline(http, bad_http):
    server, client = bad_http(lambda exchange: exchange.pause()), http(per_host=1)

    def hold():
        with pytest.raises(Unavailable):
            get(client, server.origin, seconds=2.0)

    first = threading.Thread(target=hold)
    first.start()
    while not server.requests:
        pass
    with pytest.raises(Unavailable, match="not asked within"):
        get(client, server.origin, seconds=0.3)
    first.join()


def test_a_post_whose_connection_breaks_is_not_sent_again(http, bad_http):
    server = bad_http(lambda _: None)
    with pytest.raises(Unavailable):
        get(http(), server.origin, method="POST", body=b"x", headers=(("Content-Length", "1"),))
    assert len(server.requests) == 1


# Retry-After

DATE = "Sat, 21 Nov 2026 10:00:00 GMT"


@pytest.mark.parametrize("text", ["", "soon", "-1", "1.5", "٣", DATE])
def test_a_retry_after_that_says_nothing(text):
    assert retry_after(Answer(status=429, headers=(("retry-after", text),), body=b"", url="")) is None


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("0", 0.0), ("7", 7.0), ("99999999999999999999", 3600.0), ("Sat, 21 Nov 2026 10:00:30 GMT", 30.0), ("Sat, 21 Nov 2026 09:00:00 GMT", 0.0)],
)  # fmt: skip
def test_a_retry_after_in_seconds_or_as_a_date(text, seconds):
    headers = (("retry-after", text), ("date", DATE))
    assert retry_after(Answer(status=429, headers=headers, body=b"", url="")) == seconds
