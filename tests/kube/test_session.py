"""Calls as whoever the login says: a refused login is looked up again once, certificates and proxies are those of the cluster."""

from __future__ import annotations

import math
import threading

import pytest

from gitbot.errors import Refused
from gitbot.kube.config import Cluster
from gitbot.kube.login import Credential, Login
from gitbot.kube.resource import Resource
from gitbot.secret import Secret
from gitbot.transport.proxy import Proxies, Proxy
from gitbot.transport.tls import ClientCertificate
from tests.servers.bad_kube import event, events, kube, page, status, thing
from tests.servers.proxy import PASSWORD, USER
from tests.servers.tls import authority

POLICIES = Resource("", "v1", "policies")


@pytest.fixture(scope="session")
def tls(tmp_path_factory):
    return authority(tmp_path_factory.mktemp("tls"))


def turns(*credentials):
    """A login that gives these one after the other, each for ever; how often it was looked up."""
    looked = []

    def look():
        looked.append(1)
        return credentials[min(len(looked), len(credentials)) - 1], math.inf

    return Login(look), looked


def only(token, good):
    """Answer well to this token alone."""
    refused = status(401, "Unauthorized")
    return lambda exchange: (good if exchange.request.headers.get("authorization") == f"Bearer {token}" else refused)(
        exchange
    )


@pytest.fixture
def ask(bad_http, connect):
    def start(login, **parts):
        server = bad_http(kube(**parts))
        return connect(Cluster(server=server.origin, login=login, source="the test")), server

    return start


def test_nobody_sends_no_authorization(ask):
    client, server = ask(turns(Credential())[0], lists=page())
    client.list(POLICIES)
    assert "authorization" not in server.requests[0].headers


def test_a_login_that_stays_the_same_is_refused_once(ask):
    login, looked = turns(Credential(Secret("same-token")))
    client, server = ask(login, lists=status(401, "Unauthorized"))
    with pytest.raises(Refused, match=r"answered 401 .Unauthorized"):
        client.list(POLICIES)
    assert (len(server.requests), len(looked)) == (1, 2)


def test_a_new_login_that_is_refused_too_is_the_end(ask):
    login, looked = turns(Credential(Secret("first-token")), Credential(Secret("second-token")))
    client, server = ask(login, lists=status(401, "Unauthorized"))
    with pytest.raises(Refused, match="answered 401"):
        client.list(POLICIES)
    assert (len(server.requests), len(looked)) == (2, 2)


def test_a_watch_takes_a_new_login_as_well(ask):
    login, _ = turns(Credential(Secret("first-token")), Credential(Secret("second-token")))
    client, server = ask(login, watches=only("second-token", events(event("ADDED", thing("a", "11")))))
    assert [each.version for each in client.watch(POLICIES, "", "10", 30)] == ["11"]
    assert len(server.requests) == 2


def test_threads_that_are_refused_together_look_the_login_up_once(ask):
    login, looked = turns(Credential(Secret("first-token")), Credential(Secret("second-token")))
    client, _ = ask(login, lists=only("second-token", page()))
    threads = [threading.Thread(target=client.list, args=(POLICIES,)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(looked) == 2


def test_a_certificate_that_changed_is_shown_from_then_on(bad_http, connect, tls):
    client = ClientCertificate(tls.client_cert.read_text(), Secret(tls.client_key.read_text()))
    login, _ = turns(Credential(Secret("first-token")), Credential(Secret("second-token"), client))
    server = bad_http(kube(lists=only("second-token", page())), cert=tls.server_cert, key=tls.server_key)
    kube_client = connect(Cluster(server=server.origin, login=login, ca=tls.ca.read_text()))
    assert kube_client.list(POLICIES).version == "10"
    assert kube_client.list(POLICIES).version == "10"
    assert len(server.requests) == 3


@pytest.mark.server
@pytest.mark.parametrize("name", ["localhost", "kube.example.com"])
def test_through_a_proxy_the_name_of_the_certificate_counts_too(bad_http, connect, tls, proxy, name):
    server = bad_http(kube(lists=page()), cert=tls.server_cert, key=tls.server_key)
    through = Proxies.one(Proxy(proxy.address, USER, Secret(PASSWORD)))
    login = turns(Credential(Secret("canary-token-through-proxy")))[0]
    cluster = Cluster(server=server.origin, login=login, ca=tls.ca.read_text(), server_name=name, proxies=through)
    client, before = connect(cluster), len(proxy.requests())
    if name == "localhost":
        assert client.list(POLICIES).version == "10"
        assert not server.saw(PASSWORD)
    else:
        with pytest.raises(Refused, match="certificate is not trusted"):
            client.list(POLICIES)
        assert server.requests == []
    assert len(proxy.requests()) > before
