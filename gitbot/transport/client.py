"""The HTTP client: one `Http` for one way out (authorities, client certificate, proxies), shared by threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, Self

from gitbot.errors import Refused, Unavailable, UsageError
from gitbot.transport.address import Allowed, literal, names_this_machine
from gitbot.transport.call import Answer, Call, Deadline, Origin, origin_of
from gitbot.transport.pace import RETRIED, Gate, delay, retry_after
from gitbot.transport.proxy import Proxies, Proxy

if TYPE_CHECKING:
    import httpcore2

    from gitbot.transport.exchange import Headers
    from gitbot.transport.lines import Lines
    from gitbot.transport.tls import ClientCertificate
    from gitbot.transport.wire import Resolve

MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CONNECTIONS, _KEPT, _KEPT_S = 32, 8, 30.0
_MOST_GATES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How to get out.

    `ca` is PEM, added to the system's authorities, or with `ca_alone` in their place. `names` are hosts the user named whose
    certificate is for another name (`{"10.0.0.1": "kubernetes"}`). `private` lists addresses, networks and host names that a
    server may send us to though they are not public. `per_host` is how many calls one host gets at once. `resolve` replaces
    the system's resolver, `sleep` the waiting between attempts.
    """

    ca: str = ""
    ca_alone: bool = False
    names: Mapping[str, str] = field(default_factory=dict)
    client: ClientCertificate | None = None
    proxies: Proxies = field(default_factory=Proxies)
    private: tuple[str, ...] = ()
    per_host: int = 4
    user_agent: str = "gitbot"
    resolve: Resolve | None = None
    sleep: Callable[[float], object] = time.sleep


class Http:
    """Sends calls; keeps connections. Certificates are always verified; there is no switch against it."""

    def __init__(self, options: Options | None = None) -> None:
        self._options = options or Options()
        self._allowed = Allowed.parse(self._options.private)
        self._lock = threading.Lock()
        self._pools: dict[tuple[Proxy | None, bool], httpcore2.ConnectionPool] = {}
        self._gates: dict[str, Gate] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every kept connection."""
        with self._lock:
            pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            pool.close()

    def send(self, call: Call, deadline: Deadline) -> Answer:
        """Send one call and return its whole answer, redirects followed as far as `call.redirects` says.

        408, 429, 500 and 502 to 504 are tried again after what Retry-After says, else after a short wait, within the
        deadline. Raises Unavailable (with `retry_after` when the server named one) when that does not help, no connection
        is made or the deadline passes; Refused for an answer above `call.max_bytes`, an untrusted certificate, a refused
        redirect or address. Messages are printable and hold no secret of the call.
        """
        for _ in range(min(call.redirects, MAX_REDIRECTS) + 1):
            answer = self._persist(call, deadline)
            location = answer.header("location")
            if not call.redirects or call.method not in {"GET", "HEAD"}:
                return answer
            if answer.status not in _REDIRECTS or not location:
                return answer
            call = call.redirected(location)
        raise Refused(f"{call.place}: redirected more than {MAX_REDIRECTS} times")

    @contextmanager
    def stream(self, call: Call, deadline: Deadline) -> Iterator[Lines]:
        """Send one call once and hand out its answer line by line as it arrives, until the deadline.

        `call.max_bytes` bounds one line; redirects are not followed. The call counts against `per_host` until its headers
        are there. Raises as `send` does, also while lines are read.
        """
        from gitbot.transport.lines import Lines

        gate = self._gate(origin_of(call.url))
        self._hold(call, gate.wait(), deadline)
        pool, headers = self._way(call)
        lines = Lines(call, deadline)
        try:
            with gate.passed(deadline):
                lines.open(pool, headers)
            self._checked(call, lines.answer)
            if lines.answer.status in RETRIED:
                self._answered_later(call, lines.answer, gate, deadline, 0)
            yield lines
        finally:
            lines.close()

    def _persist(self, call: Call, deadline: Deadline) -> Answer:
        """Try a few times, as long as trying again may help."""
        gate = self._gate(origin_of(call.url))
        for attempt in range(1, call.attempts + 1):
            self._hold(call, gate.wait(), deadline)
            last = attempt == call.attempts
            try:
                answer = self._once(call, gate, deadline)
            except Unavailable:
                # At once after the first: a kept connection that the server closed in the meantime costs no wait.
                wait = 0.0 if attempt == 1 else delay(attempt)
                if last or call.method not in {"GET", "HEAD"} or not deadline.allows(wait):
                    raise
                self._options.sleep(wait)
                continue
            if answer.status not in RETRIED:
                return answer
            self._answered_later(call, answer, gate, deadline, 0 if last else attempt)
        raise AssertionError("a call has at least one attempt")

    def _answered_later(self, call: Call, answer: Answer, gate: Gate, deadline: Deadline, attempt: int) -> None:
        """Wait as a 429 or 5xx asks; raises Unavailable after the last attempt (0), or when the deadline is sooner."""
        named = retry_after(answer)
        gate.close_for(named or 0.0)
        wait = delay(attempt) if named is None else named
        if not attempt or not deadline.allows(wait):
            raise Unavailable(f"{call.place}: it answered {answer.status}", retry_after=named)
        if not named:
            self._options.sleep(wait)

    def _hold(self, call: Call, seconds: float, deadline: Deadline) -> None:
        """Wait out the pause a host asked for, in whichever call it did."""
        if seconds and not deadline.allows(seconds):
            raise Unavailable(
                f"{call.place}: the server asked for a pause of {seconds:.0f} s more", retry_after=seconds
            )
        if seconds:
            self._options.sleep(seconds)

    def _once(self, call: Call, gate: Gate, deadline: Deadline) -> Answer:
        from gitbot.transport.exchange import exchange

        pool, headers = self._way(call)
        with gate.passed(deadline):
            answer = exchange(pool, call, headers, deadline)
        self._checked(call, answer)
        return answer

    def _checked(self, call: Call, answer: Answer) -> None:
        if answer.status == 407:
            raise Refused(f"{call.place}: the proxy refused", hint="check user name and password of the proxy")

    def _way(self, call: Call) -> tuple[httpcore2.ConnectionPool, Headers]:
        """The pool and the headers of a call."""
        origin = origin_of(call.url)
        proxy = None if call.direct else self._options.proxies.of(origin)
        if call.foreign:
            self._check_literal(origin, through_proxy=proxy is not None)
        headers = [("Host", origin.netloc), ("User-Agent", self._options.user_agent), ("Accept-Encoding", "identity")]
        headers += [("Authorization", call.authorization)] if call.authorization else []
        return self._pool(proxy, foreign=call.foreign), (*headers, *call.headers)

    def _check_literal(self, origin: Origin, *, through_proxy: bool) -> None:
        """Refuse what shows without resolving; behind a proxy that is all we can see: the proxy resolves."""
        from gitbot.transport.wire import refused_address

        host = origin.host.rstrip(".")
        if literal(host) is None:
            if not through_proxy or host in self._allowed.hosts or not names_this_machine(host):
                return
        elif self._allowed.permits(host, host):
            return
        raise refused_address(host)

    def _gate(self, origin: Origin) -> Gate:
        with self._lock:
            if origin.host not in self._gates and len(self._gates) >= _MOST_GATES:
                self._gates.clear()
            return self._gates.setdefault(origin.host, Gate(origin.host, self._options.per_host))

    def _pool(self, proxy: Proxy | None, *, foreign: bool) -> httpcore2.ConnectionPool:
        """The pool of one proxy and one trust: a connection made unchecked never serves a call that must be checked."""
        with self._lock:
            key = (proxy, foreign)
            if key not in self._pools:
                self._pools[key] = self._new_pool(proxy, foreign=foreign)
            return self._pools[key]

    def _new_pool(self, proxy: Proxy | None, *, foreign: bool) -> httpcore2.ConnectionPool:
        import httpcore2

        from gitbot.transport.tls import context
        from gitbot.transport.wire import Backend, system_resolve

        options = self._options
        checked = self._allowed if foreign and proxy is None else None
        return httpcore2.ConnectionPool(
            ssl_context=context(options.ca, None if foreign else options.client, alone=options.ca_alone),
            proxy=self._proxy(proxy) if proxy else None,
            max_connections=_CONNECTIONS,
            max_keepalive_connections=_KEPT,
            keepalive_expiry=_KEPT_S,
            network_backend=Backend(options.resolve or system_resolve, checked, {} if foreign else options.names),
        )

    def _proxy(self, proxy: Proxy) -> Any:
        import httpcore2

        from gitbot.transport.tls import context

        login = None
        if proxy.username:
            password = proxy.password.reveal() if proxy.password else ""
            login = (proxy.username.encode(), password.encode())
        if proxy.url.startswith("socks") and find_spec("socksio") is None:
            raise UsageError(f"the proxy {proxy.url} needs the package socksio", hint="install gitbot[socks]")
        secure = context(self._options.ca, None) if proxy.url.startswith("https:") else None
        return httpcore2.Proxy(proxy.url, auth=login, ssl_context=secure)
