"""Which addresses a server may send us to: public ones, and those the user allowed."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from gitbot.errors import UsageError

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Beside what `ipaddress` knows, whose table differs between versions of Python: protocol assignments, tunnels to IPv4 (6to4,
# Teredo), local NAT64, site-local, documentation, segment routing (IANA special-purpose address registries).
_SPECIAL: tuple[Network, ...] = tuple(
    ipaddress.ip_network(text)
    for text in (
        "192.0.0.0/24", "192.88.99.0/24", "64:ff9b:1::/48", "100::/64", "2001::/23", "2002::/16", "3fff::/20", "5f00::/16",
        "fec0::/10",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Allowed:
    """What the user allowed beside public addresses: networks, and host names with whatever they resolve to."""

    networks: tuple[Network, ...] = ()
    hosts: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, texts: tuple[str, ...]) -> Allowed:
        """Read addresses, networks (`10.0.0.0/8`) and host names; raises UsageError for anything else."""
        networks: list[Network] = []
        hosts: set[str] = set()
        for text in texts:
            try:
                networks.append(ipaddress.ip_network(text.strip("[]"), strict=False))
            except ValueError:
                if not text or "/" in text or ":" in text or not text.isascii():
                    raise UsageError(f"{text!r} is no address, network or host name") from None
                hosts.add(text.lower())
        return cls(tuple(networks), frozenset(hosts))

    def permits(self, host: str, address: str) -> bool:
        """Whether `host`, resolved to this address, may be connected to."""
        found = literal(address)
        if found is None:
            return False
        return host.lower() in self.hosts or is_public(found) or any(found in network for network in self.networks)


def literal(host: str) -> Address | None:
    """The address that a host part is, None for a name."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


def names_this_machine(host: str) -> bool:
    """Whether a name without address form means this machine, or is an address in an old spelling (`127.1`, `0x7f000001`)."""
    last = host.rpartition(".")[2]
    return last == "localhost" or last.isdigit() or last.startswith("0x")


def is_public(address: Address) -> bool:
    """Whether it is a public unicast address; one that carries an IPv4 address (mapped, NAT64) is judged by that."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address in _NAT64:
            return is_public(ipaddress.IPv4Address(int(address) & 0xFFFFFFFF))
    if any(address in network for network in _SPECIAL):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
