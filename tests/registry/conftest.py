"""Real registries, one of each kind for the whole session, and clients of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from gitbot.registry.client import Registry
from gitbot.registry.session import Access
from gitbot.transport.client import Http, Options

if TYPE_CHECKING:
    from tests.servers.registry import Registry as Server


@pytest.fixture(scope="session")
def open_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from tests.servers.registry import Registry as Server

    server = Server.anonymous(tmp_path_factory.mktemp("registry-open"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def basic_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from tests.servers.registry import Registry as Server

    server = Server.basic(tmp_path_factory.mktemp("registry-basic"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def token_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from tests.servers.registry import Registry as Server

    server = Server.token(tmp_path_factory.mktemp("registry-token"))
    yield server
    server.stop()


@pytest.fixture
def connect() -> Iterator[Callable[..., Registry]]:
    """Make a client: `connect(host, credential=…, private=…, ca=…)`; its connections are closed after the test."""
    opened: list[Http] = []

    def make(
        host: str, *, options: Options | None = None, timeout_s: float = 20.0, limits: object = None, **access: object
    ) -> Registry:
        opened.append(Http(options or Options(sleep=lambda _: None)))
        return Registry(Access(host=host, **access), opened[-1], timeout_s=timeout_s, limits=limits)  # type: ignore[arg-type]

    yield make
    for http in opened:
        http.close()
