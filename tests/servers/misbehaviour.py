"""The ways in which a server of `bad_http` goes wrong."""

from __future__ import annotations

import itertools
import threading
from base64 import b64encode
from collections.abc import Mapping
from pathlib import Path

from tests.servers.backend import Reply
from tests.servers.bad_http import Answer, Exchange, bent

REFS = {"Content-Type": "application/x-git-upload-pack-advertisement"}


def status(code: int, headers: Mapping[str, str] | None = None, body: bytes = b"no\n") -> Answer:
    """Always this status: 401 (asks for Basic), 403, 404, 500, 503 with {"Retry-After": "30"}, ..."""
    asked = {"WWW-Authenticate": 'Basic realm="git"'} if code == 401 else {}
    sent = {"Content-Type": "text/plain", **asked, **(headers or {})}
    return lambda exchange: exchange.reply(code, sent, body)


def redirect(origin: str, code: int = 302) -> Answer:
    """Send the client to the same path at another origin, once it showed a credential (401 until then)."""

    def answer(exchange: Exchange) -> None:
        if "authorization" not in exchange.request.headers:
            status(401)(exchange)
            return
        exchange.reply(code, {"Location": origin + exchange.request.path}, b"")

    return answer


def redirect_at_once(origin: str, code: int = 302) -> Answer:
    """Send the client to the same path at another origin, whoever asks."""
    return lambda exchange: exchange.reply(code, {"Location": origin + exchange.request.path}, b"")


def hang() -> Answer:
    """Accept the request and never answer."""

    def answer(exchange: Exchange) -> None:
        exchange.pause()

    return answer


def hang_after_headers() -> Answer:
    """Send the headers and never a body."""

    def answer(exchange: Exchange) -> None:
        exchange.start(200, REFS)
        exchange.pause()

    return answer


def drip(seconds: float = 0.2) -> Answer:
    """Begin a plausible answer and go on with one byte at a time, without end."""

    def answer(exchange: Exchange) -> None:
        exchange.start(200, REFS)
        for byte in itertools.cycle(b"001e# service=git-upload-pack\n"):
            exchange.send(bytes([byte]))
            if exchange.pause(seconds):
                return

    return answer


def close_at_once() -> Answer:
    """Close the connection without a word."""
    return lambda exchange: None


def garbage() -> Answer:
    """The right content type and no sense in it."""
    return lambda exchange: exchange.reply(200, REFS, b"\x00\xff<html>zzzz\n" * 50)


def wrong_content_type() -> Answer:
    """A web page, as a captive portal or a login page sends it: git takes it for the refs of an empty repository."""
    return lambda exchange: exchange.reply(200, {"Content-Type": "text/html"}, b"<html>Please log in</html>")


def endless_refs(total: int = 1 << 40) -> Answer:
    """Advertise refs up to so many bytes, for practical purposes without end."""

    def answer(exchange: Exchange) -> None:
        exchange.start(200, REFS)
        exchange.send(_line("# service=git-upload-pack\n") + b"0000")
        sent = 0
        while sent < total and not exchange.closing.is_set():
            lines = b"".join(_line(f"{sent + n:040x} refs/heads/branch-{sent + n}\n") for n in range(1000))
            exchange.send(lines)
            sent += len(lines)

    return answer


def odd_refs(*names: str | bytes) -> Answer:
    """Advertise these names, in the old protocol, whatever they are."""

    def answer(exchange: Exchange) -> None:
        body = _line("# service=git-upload-pack\n") + b"0000"
        for number, name in enumerate(names):
            raw = name if isinstance(name, bytes) else name.encode()
            body += _line(b"1" * 40 + b" " + raw + (b"\0side-band-64k" if number == 0 else b"") + b"\n")
        exchange.reply(200, REFS, body + b"0000")

    return answer


def cut_pack(root: Path, after: int, service: str = "git-upload-pack") -> Answer:
    """Answer well, but drop the connection so many bytes into an answer of a service that carries a pack."""

    def bend(exchange: Exchange, reply: Reply) -> None:
        wanted = exchange.request.path.endswith(f"/{service}") and len(reply.body) > after
        exchange.reply(reply.code, reply.headers, reply.body[:after] if wanted else reply.body, length=len(reply.body))

    return bent(root, bend)


def slow(root: Path, seconds: float) -> Answer:
    """Answer well, but only after some time."""

    def bend(exchange: Exchange, reply: Reply) -> None:
        if not exchange.pause(seconds):
            exchange.reply(reply.code, reply.headers, reply.body)

    return bent(root, bend)


def lose_answer_to_push(root: Path) -> Answer:
    """Take the push and drop the connection before the client hears of it."""

    def bend(exchange: Exchange, reply: Reply) -> None:
        if not exchange.request.path.endswith("/git-receive-pack"):
            exchange.reply(reply.code, reply.headers, reply.body)

    return bent(root, bend)


def on_push(bad: Answer, good: Answer) -> Answer:
    """Misbehave for pushes alone."""
    return lambda exchange: (bad if "git-receive-pack" in exchange.request.path else good)(exchange)


def on_post(bad: Answer, good: Answer) -> Answer:
    """Misbehave once the refs have been read."""
    return lambda exchange: (bad if exchange.request.method == "POST" else good)(exchange)


def at_first(times: int, bad: Answer, good: Answer) -> Answer:
    """Misbehave for the first requests and then no more."""
    count = itertools.count()
    lock = threading.Lock()

    def answer(exchange: Exchange) -> None:
        with lock:
            number = next(count)
        (bad if number < times else good)(exchange)

    return answer


def password(credentials: str, good: Answer) -> Answer:
    """Ask for Basic authentication with these `user:password` first."""
    wanted = "Basic " + b64encode(credentials.encode()).decode()
    denied = status(401)
    return lambda exchange: (good if exchange.request.headers.get("authorization") == wanted else denied)(exchange)


def _line(text: str | bytes) -> bytes:
    raw = text if isinstance(text, bytes) else text.encode()
    return b"%04x" % (len(raw) + 4) + raw
