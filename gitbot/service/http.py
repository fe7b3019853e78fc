"""The HTTP endpoints of a service: is it alive, is it ready, how is it doing."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from gitbot.errors import GitbotError
from gitbot.service.metrics import CONTENT_TYPE, Metrics

Check = Callable[[], dict[str, str]]


def app(alive: Check, ready: Check, metrics: Metrics) -> Starlette:
    """The routes. A check returns what is wrong, by name; empty means well."""

    def health(_: Request) -> Response:
        return _state(alive())

    def readiness(_: Request) -> Response:
        return _state(ready())

    def numbers(_: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    routes = [Route("/healthz", health), Route("/readyz", readiness), Route("/metrics", numbers)]
    return Starlette(routes=routes)


def _state(wrong: dict[str, str]) -> Response:
    body: dict[str, Any] = {"status": "failing", "failing": wrong} if wrong else {"status": "ok"}
    return Response(json.dumps(body) + "\n", 503 if wrong else 200, media_type="application/json")


class Server:
    """uvicorn in a thread of its own."""

    def __init__(self, application: Starlette, address: str, port: int) -> None:
        self._config = uvicorn.Config(
            application,
            host=address,
            port=port,
            log_level="warning",
            log_config=None,
            access_log=False,
            lifespan="off",
            limit_concurrency=64,
            timeout_keep_alive=5,
            h11_max_incomplete_event_size=16 * 1024,
            server_header=False,
        )
        self._server = uvicorn.Server(self._config)
        self._thread = threading.Thread(target=self._serve, name="gitbot-http", daemon=True)
        self._error: BaseException | None = None

    def _serve(self) -> None:
        try:
            self._server.run(sockets=[self._socket])
        except BaseException as error:  # noqa: BLE001 - shown by start()
            self._error = error

    def start(self) -> int:
        """Listen; return the port. Raises GitbotError when the address is taken."""
        try:
            self._socket = self._config.bind_socket()
        except (OSError, SystemExit) as error:
            place = f"{self._config.host}:{self._config.port}"
            raise GitbotError(
                f"cannot listen on {place}",
                hint="choose another service.address or service.port",
                reason="ServiceFailed",
            ) from error
        self._thread.start()
        return int(self._socket.getsockname()[1])

    @property
    def alive(self) -> bool:
        """Whether requests are answered."""
        return self._thread.is_alive()

    def stop(self) -> None:
        """Answer what is under way and end."""
        self._server.should_exit = True
        self._thread.join(5)
