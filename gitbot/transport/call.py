"""What crosses the transport: one request, one whole answer, and the deadline they stand under."""

from __future__ import annotations

import time
from dataclasses import dataclass, field, replace
from urllib.parse import urljoin, urlsplit

from gitbot.errors import Refused, Unavailable
from gitbot.printable import printable
from gitbot.secret import mask

_PORTS = {"http": 80, "https": 443}
# What may stand in a request target as it is (RFC 3986); everything else is percent-encoded.
_TARGET = "/?:@!$&'()*+,;=-._~%"


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Scheme, host (lower case, no brackets) and port: what a credential is bound to."""

    scheme: str
    host: str
    port: int

    @property
    def netloc(self) -> str:
        """`host` or `host:port`, as a Host header has it."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if _PORTS[self.scheme] == self.port else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.netloc}"


def origin_of(url: str) -> Origin:
    """The origin of an http or https URL; raises Refused for any other URL, and for one that holds a credential."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        raise Refused(f"the URL {shown(url)} is malformed") from None
    if parts.scheme not in _PORTS:
        raise Refused(f"the URL {shown(url)} is neither http nor https")
    if "@" in parts.netloc:
        raise Refused(f"the URL {shown(url)} holds a credential")
    if not host or not host.isascii() or not host.isprintable() or " " in host:
        raise Refused(f"the URL {shown(url)} has no valid host name")
    return Origin(parts.scheme, host, _PORTS[parts.scheme] if port is None else port)


def joined(url: str, target: str) -> str:
    """The URL that a header of the answer from `url` means; raises Refused for a malformed one."""
    try:
        return urljoin(url, target)
    except ValueError:
        raise Refused(f"{shown(url)} sends us to a malformed URL") from None


def shown(url: str) -> str:
    """A URL fit for a message: no user, no query, one printable line."""
    head = url.partition("?")[0].partition("#")[0]
    scheme, mark, rest = head.partition("://")
    netloc, slash, path = rest.partition("/")
    text = f"{scheme}{mark}{netloc.rpartition('@')[2]}{slash}{path}" if mark else head
    return mask(printable(text, 200))


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request.

    `authorization` is the value of that header and leaves for the origin of `url` alone. An answer above `max_bytes` is an
    error. `redirects` is how many are followed (0: the 3xx is the answer; more than 5 is never done). `attempts` counts the
    first one. `foreign` says that the URL was chosen by a server: then its address must be a public one. `direct` goes
    through no proxy: metadata services are on this machine's own network.
    """

    url: str
    method: str = "GET"
    headers: tuple[tuple[str, str], ...] = ()
    authorization: str = field(default="", repr=False)
    body: bytes = field(default=b"", repr=False)
    max_bytes: int = 1 << 20
    redirects: int = 0
    attempts: int = 3
    foreign: bool = False
    direct: bool = False

    @property
    def target(self) -> str:
        """Path and query as they are sent: printable ASCII without spaces."""
        parts = urlsplit(self.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return "".join(
            char if char.isascii() and (char.isalnum() or char in _TARGET) else _percent(char) for char in path
        )

    @property
    def place(self) -> str:
        """`GET https://host/path`, fit for a message."""
        return f"{self.method} {shown(self.url)}"

    def redirected(self, location: str) -> Call:
        """The request that a redirect asks for; raises Refused when it leads from https to http or nowhere.

        At another origin no credential is sent, and the address must be a public one.
        """
        before, url = origin_of(self.url), joined(self.url, location)
        after = origin_of(url)
        if before.scheme == "https" and after.scheme == "http":
            raise Refused(f"{self.place}: refused a redirect from https to {shown(url)}")
        if after == before:
            return replace(self, url=url)
        return replace(self, url=url, authorization="", foreign=True)


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One whole answer; header names are in lower case. `url` is what answered, after redirects."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    url: str

    def header(self, name: str) -> str:
        """The first header of this name, "" when there is none."""
        return next(iter(self.all(name)), "")

    def all(self, name: str) -> tuple[str, ...]:
        """Every header of this name (in lower case)."""
        return tuple(value for key, value in self.headers if key == name)


class NoConnection(Unavailable):
    """No connection was made, or what answered speaks no TLS: nothing of the request has left."""


class Deadline:
    """A point in time by which everything below it has ended; made from seconds, shared by many calls."""

    __slots__ = ("_end", "seconds")

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        """Seconds left, more than 0; raises Unavailable when there are none."""
        left = self._end - time.monotonic()
        if left <= 0:
            raise Unavailable(f"there was no whole answer within {self.seconds:g} s")
        return left

    def allows(self, seconds: float) -> bool:
        """Whether these seconds can be waited with some time left after them."""
        return time.monotonic() + seconds < self._end

    def bounded(self, seconds: float | None) -> float:
        """The smaller of these seconds and what is left."""
        return self.left() if seconds is None else min(seconds, self.left())
