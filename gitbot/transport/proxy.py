"""Which proxy a request goes through: one that is given, or what environment variables say."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from gitbot.errors import UsageError
from gitbot.secret import Secret
from gitbot.transport.address import Address, literal
from gitbot.transport.call import Origin, shown

SCHEMES = ("http", "https", "socks5", "socks5h")


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy: `url` is scheme, host and port without credentials."""

    url: str
    username: str = ""
    password: Secret | None = field(default=None, repr=False)


def parse_proxy(text: str) -> Proxy:
    """Read `http://user:password@host:3128` as the variables have it; raises UsageError, never showing a credential."""
    url = text if "://" in text else f"http://{text}"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise UsageError(f"the proxy address {shown(url)} is malformed") from None
    if parts.scheme not in SCHEMES or not host:
        raise UsageError(f"the proxy address {shown(url)} has no host, or a scheme other than {', '.join(SCHEMES)}")
    netloc = (f"[{host}]" if ":" in host else host) + (f":{port}" if port else "")
    password = Secret(unquote(parts.password)) if parts.password else None
    return Proxy(f"{parts.scheme}://{netloc}", unquote(parts.username or ""), password)


@dataclass(frozen=True, slots=True)
class Proxies:
    """The proxy of each scheme, and the hosts that are reached without one."""

    http: Proxy | None = None
    https: Proxy | None = None
    direct: tuple[str, ...] = ()

    @classmethod
    def one(cls, proxy: Proxy) -> Proxies:
        """The same proxy for everything, whatever the environment says."""
        return cls(proxy, proxy)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Proxies:
        """Read http_proxy, https_proxy, all_proxy and no_proxy; lower case wins, as in curl."""

        def variable(name: str) -> str:
            return environment.get(name) or environment.get(name.upper()) or ""

        def proxy(scheme: str) -> Proxy | None:
            text = variable(f"{scheme}_proxy") or variable("all_proxy")
            return parse_proxy(text) if text else None

        direct = tuple(part.strip().lower() for part in variable("no_proxy").split(",") if part.strip())
        return cls(proxy("http"), proxy("https"), direct)

    def of(self, origin: Origin) -> Proxy | None:
        """The proxy for this origin, None to connect directly."""
        if any(_covers(entry, origin) for entry in self.direct):
            return None
        return self.https if origin.scheme == "https" else self.http


def _covers(entry: str, origin: Origin) -> bool:
    """Whether an entry of no_proxy (`*`, host, `.domain`, address, network, any with `:port`) means this origin."""
    if entry == "*":
        return True
    address = literal(origin.host)
    if address is not None:
        return _covers_address(entry, address, origin.port)
    name, colon, port = entry.partition(":")
    if colon and port != str(origin.port):
        return False
    name = name.removeprefix("*").removeprefix(".")
    return bool(name) and (origin.host == name or origin.host.endswith(f".{name}"))


def _covers_address(entry: str, address: Address, port: int) -> bool:
    for text in (entry.strip("[]"), entry.removesuffix(f":{port}").strip("[]")):
        try:
            if address in ipaddress.ip_network(text, strict=False):
                return True
        except ValueError:
            continue
    return False
