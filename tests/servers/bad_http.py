"""A git server of our own that misbehaves on purpose and writes down every request; it needs git and Python only.

An answer is a function of one `Exchange`. `backend(root)` answers well, with the real `git http-backend`; the others answer
badly (`misbehaviour`), and some bend a good answer: `BadHttp.start(on_push(status(500), backend(root)))`.
"""

from __future__ import annotations

import base64
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from tests.servers.backend import Reply, run_backend


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it arrived; header names are in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes

    def carries(self, secret: str) -> bool:
        """Whether any part of it holds this text, also within Basic credentials."""
        kind, _, value = self.headers.get("authorization", "").partition(" ")
        decoded = base64.b64decode(value) if kind == "Basic" else b""
        return secret in f"{self.path}\n{dict(self.headers)}" or secret.encode() in self.body + decoded


class Exchange:
    """One request and the way to answer it."""

    def __init__(self, handler: BaseHTTPRequestHandler, request: Request, closing: threading.Event) -> None:
        """Hold the connection of one request."""
        self._handler = handler
        self.request = request
        self.closing = closing

    def reply(self, code: int, headers: Mapping[str, str], body: bytes, *, length: int | None = None) -> None:
        """Send a whole answer; `length` announces another length than the body has."""
        self.start(code, {**headers, "Content-Length": str(len(body) if length is None else length)})
        self.send(body)

    def start(self, code: int, headers: Mapping[str, str]) -> None:
        """Send the status line and the headers; the connection is closed at the end."""
        self._handler.send_response(code)
        for name, value in {**headers, "Connection": "close"}.items():
            self._handler.send_header(name, value)
        self._handler.end_headers()

    def send(self, data: bytes) -> None:
        """Send bytes as they are."""
        self._handler.wfile.write(data)
        self._handler.wfile.flush()

    def pause(self, seconds: float | None = None) -> bool:
        """Wait (None: until the server is stopped); true when the server is being stopped."""
        return self.closing.wait(seconds)


Answer = Callable[[Exchange], None]


@dataclass(slots=True)
class BadHttp:
    """One running server; `requests` grows as requests arrive."""

    server: ThreadingHTTPServer
    scheme: str
    closing: threading.Event
    requests: list[Request] = field(default_factory=list)

    @classmethod
    def start(cls, answer: Answer, *, cert: Path | None = None, key: Path | None = None) -> BadHttp:
        """Serve `answer` on a free port, with TLS when a certificate is given."""
        closing = threading.Event()
        requests: list[Request] = []
        server = _Server(("127.0.0.1", 0), _handler(answer, requests, closing))
        if cert is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(cert, key)
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return cls(server, "http" if cert is None else "https", closing, requests)

    def stop(self) -> None:
        """Stop serving; answers that wait are let go."""
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        return f"{self.scheme}://127.0.0.1:{self.server.server_address[1]}"

    def url(self, name: str = "repo.git") -> str:
        """The URL of a repository of this server."""
        return f"{self.origin}/{name}"

    def saw(self, secret: str) -> bool:
        """Whether any request held this text."""
        return any(request.carries(secret) for request in self.requests)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is what these tests are about."""


def _handler(answer: Answer, requests: list[Request], closing: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _serve(self) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            if headers.get("expect", "").lower() == "100-continue":
                self.send_response_only(100)
                self.end_headers()
            body = b"".join(_body(self, headers))
            request = Request(self.command, self.path, headers, body)
            requests.append(request)
            self.close_connection = True
            answer(Exchange(self, request, closing))

        do_GET = do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = _serve  # noqa: N815 - names of http.server

        def handle_expect_100(self) -> bool:
            return True

        def log_message(self, *_: object) -> None:
            """Requests are kept as values instead."""

    return Handler


def _body(handler: BaseHTTPRequestHandler, headers: Mapping[str, str]) -> Iterator[bytes]:
    if "chunked" not in headers.get("transfer-encoding", ""):
        yield handler.rfile.read(int(headers.get("content-length", "0")))
        return
    while size := int(handler.rfile.readline().split(b";")[0], 16):
        yield handler.rfile.read(size)
        handler.rfile.readline()
    handler.rfile.readline()


def backend(root: Path) -> Answer:
    """The good answer: the real `git http-backend` over the repositories below `root`."""

    def answer(exchange: Exchange) -> None:
        request = exchange.request
        reply = run_backend(root, request.method, request.path, request.headers, request.body)
        exchange.reply(reply.code, reply.headers, reply.body)

    return answer


def bent(root: Path, bend: Callable[[Exchange, Reply], None]) -> Answer:
    """Take the good answer and hand it to `bend` in place of sending it."""

    def answer(exchange: Exchange) -> None:
        request = exchange.request
        bend(exchange, run_backend(root, request.method, request.path, request.headers, request.body))

    return answer
