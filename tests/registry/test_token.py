"""Where a credential goes for a token."""

from __future__ import annotations

import pytest

from gitbot.errors import Refused
from gitbot.registry.challenge import Challenge
from gitbot.registry.token import Token, find_realm, related
from gitbot.transport.call import origin_of


@pytest.mark.parametrize(
    ("host", "other"),
    [
        ("registry-1.docker.io", "evil.example.com"),
        ("ghcr.io", "quay.io"),
        ("a.com", "com"),
        ("127.0.0.1", "127.0.0.2"),
        ("10.0.0.1", "20.0.0.1"),
        ("localhost", "evil.localhost.example.com"),
        ("registry.example.com", "evilexample.com"),
        ("registry.example.com", "example.com.evil.net"),
        ("mine.azurecr.io", "yours.azurecr.io"),
    ],
)
def test_hosts_that_have_nothing_to_do_with_each_other(host, other):
    assert not related(host, other)


@pytest.mark.parametrize(
    ("host", "other"),
    [
        ("ghcr.io", "ghcr.io"),
        ("registry-1.docker.io", "auth.docker.io"),
        ("registry.gitlab.com", "gitlab.com"),
        ("example.com", "auth.example.com"),
        ("registry.corp.example.com", "login.corp.example.com"),
        ("127.0.0.1", "127.0.0.1"),
    ],
)
def test_hosts_that_belong_together(host, other):
    assert related(host, other)


def realm(url, home="https://registry.example.com", realms=(), trusted=True):
    return find_realm(Challenge("bearer", {"realm": url}), origin_of(home), None, realms, trusted=trusted)


def test_of_a_registry_the_user_did_not_name_even_the_own_origin_is_foreign():
    assert realm("https://registry.example.com/token", trusted=False).foreign
    assert not realm("https://a.net/t", realms=("https://a.net",), trusted=False).foreign


def test_the_registrys_own_origin_is_not_foreign():
    assert not realm("https://registry.example.com/token").foreign
    assert not realm("https://registry.example.com:443/token").foreign


@pytest.mark.parametrize(
    "url", ["https://registry.example.com:8443/token", "https://auth.example.com/token", "https://other.net/t"]
)
def test_every_other_origin_is_foreign_unless_listed(url):
    assert realm(url).foreign
    assert not realm(url, realms=(url,)).foreign


def test_a_registry_with_tls_has_no_token_server_without():
    with pytest.raises(Refused, match="token server without TLS"):
        realm("http://registry.example.com/token")
    assert realm("http://registry.example.com/token", home="http://registry.example.com").url


def test_a_token_does_not_print():
    assert "canary" not in repr(Token("canary-token", 0.0))
