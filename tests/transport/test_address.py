"""Which addresses a server may send us to."""

from __future__ import annotations

import ipaddress

import pytest

from gitbot.errors import UsageError
from gitbot.transport.address import Allowed, is_public

NOT_PUBLIC = [
    "127.0.0.1", "127.1.2.3", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.1",
    "255.255.255.255", "224.0.0.1", "240.0.0.1", "198.18.0.1", "192.0.0.8", "::1", "::", "fe80::1", "fd00:ec2::254", "ff02::1",
    "fec0::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
    "2001:db8::1", "2002:808:808::", "2001:0:4136:e378::1", "::127.0.0.1", "64:ff9b:1::1", "3fff::1",
]  # fmt: skip
PUBLIC = ["8.8.8.8", "140.82.112.3", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]


@pytest.mark.parametrize("address", NOT_PUBLIC)
def test_addresses_that_nobody_may_send_us_to(address):
    assert not is_public(ipaddress.ip_address(address))
    assert not Allowed().permits("example.com", address)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses(address):
    assert is_public(ipaddress.ip_address(address))
    assert Allowed().permits("example.com", address)


def test_what_the_user_allowed_is_permitted_and_nothing_beside():
    allowed = Allowed.parse(("10.1.0.0/16", "::1", "Registry.Corp"))
    assert allowed.permits("a.example.com", "10.1.2.3")
    assert allowed.permits("a.example.com", "::1")
    assert allowed.permits("registry.corp", "192.168.0.1")
    assert not allowed.permits("a.example.com", "10.2.0.1")
    assert not allowed.permits("evil.registry.corp", "192.168.0.1")
    assert not allowed.permits("registry.corp", "no address")


@pytest.mark.parametrize("text", ["", "10.0.0.0/33", "host:80", "http://a", "hôst"])
def test_what_can_be_allowed_is_checked(text):
    with pytest.raises(UsageError, match="no address, network or host name"):
        Allowed.parse((text,))
