"""Which proxy a request goes through."""

from __future__ import annotations

import pytest

from gitbot.errors import UsageError
from gitbot.secret import Secret
from gitbot.transport.call import origin_of
from gitbot.transport.proxy import Proxies, Proxy, parse_proxy


def of(url, **variables):
    found = Proxies.from_environment(variables).of(origin_of(url))
    return found.url if found else None


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({}, "https://ghcr.io"),
        ({"http_proxy": "http://p:1"}, "https://ghcr.io"),
        ({"https_proxy": ""}, "https://ghcr.io"),
        ({"all_proxy": "http://p:1", "no_proxy": "*"}, "https://ghcr.io"),
        ({"all_proxy": "http://p:1", "no_proxy": "ghcr.io"}, "https://ghcr.io"),
        ({"all_proxy": "http://p:1", "no_proxy": "a.b, .GHCR.io"}, "https://x.ghcr.io"),
        ({"all_proxy": "http://p:1", "no_proxy": "*.ghcr.io"}, "https://x.ghcr.io"),
        ({"all_proxy": "http://p:1", "no_proxy": "ghcr.io:5000"}, "https://ghcr.io:5000"),
        ({"all_proxy": "http://p:1", "no_proxy": "10.0.0.0/8"}, "https://10.1.2.3"),
        ({"all_proxy": "http://p:1", "no_proxy": "[::1]"}, "https://[::1]:5000"),
        ({"all_proxy": "http://p:1", "NO_PROXY": "10.1.2.3:5000"}, "https://10.1.2.3:5000"),
    ],
)
def test_no_proxy(variables, url):
    assert of(url, **variables) is None


@pytest.mark.parametrize(
    ("variables", "url"),
    [
        ({"https_proxy": "http://p:1"}, "https://ghcr.io"),
        ({"HTTPS_PROXY": "p:1"}, "https://ghcr.io"),
        ({"https_proxy": "http://p:1", "HTTPS_PROXY": "http://q:2"}, "https://ghcr.io"),
        ({"all_proxy": "http://p:1"}, "http://ghcr.io"),
        ({"all_proxy": "http://p:1", "no_proxy": "hcr.io"}, "https://ghcr.io"),
        ({"all_proxy": "http://p:1", "no_proxy": "ghcr.io:80"}, "https://ghcr.io"),
        ({"all_proxy": "http://p:1", "no_proxy": "10.0.0.0/8"}, "https://11.0.0.1"),
    ],
)
def test_the_proxy_of_the_environment(variables, url):
    assert of(url, **variables) == "http://p:1"


def test_a_credential_is_taken_out_of_the_address():
    proxy = parse_proxy("http://me:canary%40pass@[::1]:3128/")
    assert proxy == Proxy("http://[::1]:3128", "me", Secret("canary@pass"))
    assert "canary" not in repr(proxy)


@pytest.mark.parametrize("text", ["ftp://me:canary-x@p", "http://", "http://me:canary-x@[::1", "http://p:99999"])
def test_a_proxy_that_is_none_is_refused_without_showing_its_credential(text):
    with pytest.raises(UsageError) as raised:
        parse_proxy(text)
    assert "canary" not in raised.value.message
