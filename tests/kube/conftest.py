"""Clusters and clients of them: one real API server for the whole session, and as many bad ones as are asked for."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from gitbot.kube.client import Kube, Limits
from gitbot.kube.config import Cluster
from gitbot.kube.login import Credential, Login
from gitbot.kube.session import Session
from gitbot.secret import Secret

if TYPE_CHECKING:
    from tests.servers.kube import KubeServer

CANARY = "canary-kube-token-90c4"


def fixed(token: str) -> Login:
    return Login(lambda: (Credential(Secret(token)), math.inf))


@pytest.fixture(scope="session")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KubeServer]:
    from tests.servers.kube import KubeServer

    server = KubeServer.start(tmp_path_factory.mktemp("kube"))
    yield server
    server.stop()


@pytest.fixture
def connect() -> Iterator[Callable[..., Kube]]:
    """Make a client of a Cluster or of the URL of a server; its connections are closed after the test."""
    opened: list[Session] = []

    def make(where: Cluster | str, *, timeout_s: float = 20.0, limits: Limits | None = None) -> Kube:
        cluster = Cluster(server=where, login=fixed(CANARY), source="the test") if isinstance(where, str) else where
        opened.append(Session(cluster, sleep=lambda _: None))
        return Kube(opened[-1], timeout_s=timeout_s, limits=limits)

    yield make
    for session in opened:
        session.close()
