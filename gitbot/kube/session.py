"""Calls to one API server as whoever the login says; a refused login is looked up again once."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from typing import Self
from urllib.parse import urlsplit

from gitbot.kube.config import Cluster
from gitbot.kube.login import Credential
from gitbot.transport.call import Answer, Call, Deadline
from gitbot.transport.client import Http, Options
from gitbot.transport.lines import Lines
from gitbot.transport.tls import ClientCertificate

_AT_ONCE = 8


class Session:
    """The way to one cluster; keeps connections. One object is shared by threads."""

    def __init__(
        self, cluster: Cluster, *, user_agent: str = "gitbot", sleep: Callable[[float], object] = time.sleep
    ) -> None:
        self.cluster = cluster
        self._user_agent = user_agent
        self._sleep = sleep
        self._lock = threading.Lock()
        self._http: tuple[ClientCertificate | None, Http] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close every kept connection."""
        with self._lock:
            kept, self._http = self._http, None
        if kept:
            kept[1].close()

    def url(self, path: str) -> str:
        """The URL of a path of the API."""
        return f"{self.cluster.server}{path}"

    def send(self, call: Call, deadline: Deadline) -> Answer:
        """Send a call; a 401 is answered once, with a new login. Raises what Http.send and the login raise."""
        credential = self.cluster.login.get()
        answer = self._out(credential).send(_signed(call, credential), deadline)
        if answer.status == 401 and (renewed := self._renewed(credential)):
            answer = self._out(renewed).send(_signed(call, renewed), deadline)
        return answer

    @contextmanager
    def stream(self, call: Call, deadline: Deadline) -> Iterator[Lines]:
        """The same for an answer that is read line by line."""
        with ExitStack() as held:
            credential = self.cluster.login.get()
            lines = held.enter_context(self._out(credential).stream(_signed(call, credential), deadline))
            if lines.answer.status == 401 and (renewed := self._renewed(credential)):
                lines = held.enter_context(self._out(renewed).stream(_signed(call, renewed), deadline))
            yield lines

    def _renewed(self, refused: Credential) -> Credential | None:
        renewed = self.cluster.login.renewed(refused)
        return None if renewed == refused else renewed

    def _out(self, credential: Credential) -> Http:
        """The client that shows this certificate; a certificate is replaced rarely, and ends the calls of the old one."""
        with self._lock:
            old = self._http
            if old and old[0] == credential.client:
                return old[1]
            made = Http(self._options(credential.client))
            self._http = (credential.client, made)
        if old:
            old[1].close()
        return made

    def _options(self, client: ClientCertificate | None) -> Options:
        cluster = self.cluster
        host = urlsplit(cluster.server).hostname or ""
        return Options(
            ca=cluster.ca,
            ca_alone=True,
            client=client,
            proxies=cluster.proxies,
            names={host: cluster.server_name} if cluster.server_name else {},
            per_host=_AT_ONCE,
            user_agent=self._user_agent,
            sleep=self._sleep,
        )


def _signed(call: Call, credential: Credential) -> Call:
    return replace(call, authorization=credential.authorization)
