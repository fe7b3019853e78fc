"""Connections: names resolved once, the address checked, the very same address connected to; every wait has an end."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from typing import Any

import httpcore2

from gitbot.errors import Refused
from gitbot.transport.address import Allowed
from gitbot.transport.call import Deadline

Resolve = Callable[[str, int], tuple[str, ...]]
CONNECT_S = 10.0

# The deadline of the call this thread is in: the library hands every stream a timeout of its own for each read, so that a
# server could drip bytes for ever.
current: ContextVar[Deadline] = ContextVar("current")


def system_resolve(host: str, port: int) -> tuple[str, ...]:
    """The addresses of a host as the system resolves them, in its order; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


class Backend(httpcore2.NetworkBackend):
    """Makes connections. `allowed` None connects anywhere: the user named the host; else the address must be permitted.

    `names` says which hosts show a certificate for another name than theirs.
    """

    def __init__(self, resolve: Resolve, allowed: Allowed | None, names: Mapping[str, str] | None = None) -> None:
        self._resolve = resolve
        self._allowed = allowed
        self._names = names or {}

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 - the deadline of the call is the limit
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.NetworkStream:
        """Resolve, check, connect to the first permitted address that answers."""
        deadline, failure = current.get(), Exception()
        for address in self._permitted(host, port, deadline):
            try:
                stream = httpcore2.SyncBackend().connect_tcp(
                    address, port, deadline.bounded(CONNECT_S), local_address, socket_options
                )
            except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
                failure = error
            else:
                return Stream(stream, self._names)
        raise failure

    def _permitted(self, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
        addresses = _in_time(self._resolve, host, port, deadline)
        if self._allowed is None:
            return addresses
        permitted = tuple(address for address in addresses if self._allowed.permits(host, address))
        if not permitted:
            raise refused_address(host)
        return permitted


def refused_address(host: str) -> Refused:
    """What is said of a host that a server sent us to and that is not public."""
    return Refused(
        f"a server sent us to {host}, which is not at a public address",
        hint=f"if that is right, allow it: list {host} or its network among the allowed private addresses",
    )


def _in_time(resolve: Resolve, host: str, port: int, deadline: Deadline) -> tuple[str, ...]:
    """Resolve in a thread of its own, because the system's resolver takes no deadline."""
    outcome: list[tuple[str, ...] | OSError] = []

    def work() -> None:
        try:
            outcome.append(resolve(host, port))
        except UnicodeError:
            outcome.append(socket.gaierror(socket.EAI_NONAME, "malformed name"))
        except OSError as error:
            outcome.append(error)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(deadline.left())
    found = outcome[0] if outcome else TimeoutError()
    if isinstance(found, OSError) or not found:
        kind = httpcore2.ConnectTimeout if isinstance(found, TimeoutError) else httpcore2.ConnectError
        raise kind(found or socket.gaierror(socket.EAI_NONAME, "no address"))
    return found


class Stream(httpcore2.NetworkStream):
    """A connection whose every read and write ends with the deadline of the call."""

    def __init__(self, inner: httpcore2.NetworkStream, names: Mapping[str, str]) -> None:
        self._inner = inner
        self._names = names

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Read what is there, at most so much."""
        return self._inner.read(max_bytes, current.get().bounded(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Write all of it."""
        self._inner.write(buffer, current.get().bounded(timeout))

    def close(self) -> None:
        """Close it."""
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        """Go on with TLS; the name that is verified is the host's or the one given for it, not the address's."""
        name = self._names.get(server_hostname or "", server_hostname)
        return Stream(self._inner.start_tls(ssl_context, name, current.get().bounded(timeout)), self._names)

    def get_extra_info(self, info: str) -> Any:
        """What the library asks of the socket."""
        return self._inner.get_extra_info(info)
