"""Where an image is: registry host and repository, as Flux and docker read a name; no file, no network."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass

from gitbot.image import check_name

HUB = "index.docker.io"
# What people write for Docker Hub; credentials of one are credentials of all.
HUB_ALIASES = frozenset({HUB, "docker.io", "registry-1.docker.io", "registry.hub.docker.com"})
_HUB_API = "registry-1.docker.io"
_PRIVATE = tuple(ipaddress.IPv4Network(text) for text in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))


@dataclass(frozen=True, slots=True, order=True)
class Name:
    """An image without tag and digest; `str()` is the canonical name: `index.docker.io/library/alpine`."""

    host: str
    repository: str

    def __str__(self) -> str:
        return f"{self.host}/{self.repository}"


def parse_name(image: str) -> Name:
    """Split an image name; raises InvalidReferenceError for a scheme, a tag, a digest or a name the grammar forbids.

    The first part is a host when it holds a dot or a colon or is `localhost`; otherwise the image is on Docker Hub, where a
    name of one part is below `library/`.
    """
    check_name(image)
    first, slash, rest = image.partition("/")
    has_host = bool(slash) and ("." in first or ":" in first or first == "localhost")
    host, repository = (first.lower(), rest) if has_host else (HUB, image)
    if host in {HUB, "docker.io"}:
        host, repository = HUB, repository if "/" in repository else f"library/{repository}"
    return Name(host, repository)


def api_host(host: str) -> str:
    """The host that answers the registry protocol: Docker Hub's is not the one in its names."""
    return _HUB_API if host in HUB_ALIASES else host


def plain_allowed(host: str, *, insecure: bool) -> bool:
    """Whether plain HTTP may be used when HTTPS is not answered: `insecure`, this machine, private IPv4 addresses.

    Flux's rule (go-containerregistry): a host *name* other than localhost never counts as local.
    """
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    if insecure or name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        address = ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return address.is_loopback or any(address in network for network in _PRIVATE)
