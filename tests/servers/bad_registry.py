"""A registry that misbehaves on purpose: answers of the wire protocol, good and bad, for `BadHttp`."""

from __future__ import annotations

import hashlib
import itertools
import json
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from tests.servers.bad_http import Answer, Exchange

JSON = {"Content-Type": "application/json"}
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def registry(
    *, tags: Answer | None = None, manifests: Answer | None = None, blobs: Answer | None = None,
    token: Answer | None = None, ping: Answer | None = None,
) -> Answer:  # fmt: skip
    """A registry made of the answers of its parts; what is not given is 404, `/v2/` is 200."""
    missing = error(404, "NAME_UNKNOWN", "repository name not known")

    def answer(exchange: Exchange) -> None:
        path = urlsplit(exchange.request.path).path
        if path == "/v2/":
            chosen = ping or says({})
        elif path.startswith("/token"):
            chosen = token
        elif path.endswith("/tags/list"):
            chosen = tags
        elif "/manifests/" in path:
            chosen = manifests
        else:
            chosen = blobs if "/blobs/" in path else None
        (chosen or missing)(exchange)

    return answer


def says(value: object, status: int = 200, **headers: str) -> Answer:
    """JSON, with headers whose names have `_` for `-`."""
    return raw(json.dumps(value).encode(), status, **headers)


def raw(body: bytes, status: int = 200, kind: str = "application/json", **headers: str) -> Answer:
    """Bytes as they are."""
    shown = {"Content-Type": kind} | {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.reply(status, shown, b"" if exchange.request.method == "HEAD" else body)


def error(status: int, code: str, message: str, **headers: str) -> Answer:
    """An error as the distribution specification wants it."""
    return says({"errors": [{"code": code, "message": message}]}, status, **headers)


def tag_list(*tags: str, **headers: str) -> Answer:
    """One page with everything."""
    return says({"name": "app", "tags": list(tags)}, **headers)


def pages(tags: Sequence[str], most: int = 100, link: str = '<{url}>; rel="next"') -> Answer:
    """Pages of the size asked for, at most `most`; `link` is the header, with the relative URL of the next page."""

    def answer(exchange: Exchange) -> None:
        asked = parse_qs(urlsplit(exchange.request.path).query)
        size = min(int(asked.get("n", [str(most)])[0]), most)
        start = tags.index(asked["last"][0]) + 1 if "last" in asked else 0
        page = list(tags[start : start + size])
        path = urlsplit(exchange.request.path).path
        more = start + size < len(tags)
        headers = {"Link": link.format(url=f"{path}?n={size}&last={page[-1]}")} if more else {}
        exchange.reply(200, JSON | headers, json.dumps({"name": "app", "tags": page}).encode())

    return answer


def endless(tags: str | None = "t{number}", link: str = "?page={number}") -> Answer:
    """Pages without end; `tags` None gives pages whose tags are null."""
    count = itertools.count(1)

    def answer(exchange: Exchange) -> None:
        number = next(count)
        listed = None if tags is None else [tags.format(number=number)]
        headers = {"Link": f'<{link.format(number=number)}>; rel="next"'}
        exchange.reply(200, JSON | headers, json.dumps({"name": "app", "tags": listed}).encode())

    return answer


def unless_sized(good: Answer, status: int) -> Answer:
    """Refuse a page size, as ECR and quay.io did."""
    refusal = error(status, "TOO_MANY_TAGS_REQUESTED", "n is too large")
    return lambda exchange: (refusal if "n=" in exchange.request.path else good)(exchange)


def tagged(etag: str, good: Answer) -> Answer:
    """Answer 304 to who has this ETag."""

    def answer(exchange: Exchange) -> None:
        if exchange.request.headers.get("if-none-match") == etag:
            exchange.reply(304, {"ETag": etag}, b"")
        else:
            good(exchange)

    return answer


def in_turn(*answers: Answer) -> Answer:
    """One answer after the other, then the last for ever."""
    count, lock = itertools.count(), threading.Lock()

    def answer(exchange: Exchange) -> None:
        with lock:
            number = next(count)
        answers[min(number, len(answers) - 1)](exchange)

    return answer


def redirect(location: str, status: int = 307) -> Answer:
    """Somewhere else, path and all."""
    return lambda exchange: exchange.reply(status, {"Location": f"{location}{exchange.request.path}"}, b"")


def manifest(body: bytes, *, digest: str | None = "right", head: int = 200, kind: str = OCI_MANIFEST) -> Answer:
    """A manifest: with its digest, another one, or none in the header; `head` is what HEAD is answered."""
    value = f"sha256:{hashlib.sha256(body).hexdigest()}" if digest == "right" else digest
    headers = {"Content-Type": kind} | ({"Docker-Content-Digest": value} if value else {})

    def answer(exchange: Exchange) -> None:
        if exchange.request.method == "HEAD":
            exchange.reply(head, headers if head == 200 else {}, b"", length=len(body) if head == 200 else 0)
        else:
            exchange.reply(200, headers, body)

    return answer


def drip(first: bytes = b'{"tags": [') -> Answer:
    """A byte now and then, without end."""

    def answer(exchange: Exchange) -> None:
        exchange.start(200, {**JSON, "Content-Length": "1000000"})
        exchange.send(first)
        while not exchange.pause(0.02):
            exchange.send(b" ")

    return answer


def drip_headers() -> Answer:
    """A header that never ends, a byte now and then."""

    def answer(exchange: Exchange) -> None:
        exchange.send(b"HTTP/1.1 200 OK\r\nX-Slow: ")
        while not exchange.pause(0.02):
            exchange.send(b"x")

    return answer


@dataclass(slots=True)
class Huge:
    """A body of so many bytes, made as it is sent; `sent` counts what left."""

    size: int = 5 << 30
    announced: bool = False
    sent: int = field(default=0)
    gone: threading.Event = field(default_factory=threading.Event)

    def __call__(self, exchange: Exchange) -> None:
        chunk = b'"x",' * 16384
        length = {"Content-Length": str(self.size)} if self.announced else {"Transfer-Encoding": "chunked"}
        try:
            exchange.start(200, {**JSON, **length})
            while self.sent < self.size and not exchange.closing.is_set():
                exchange.send(chunk if self.announced else b"%x\r\n%b\r\n" % (len(chunk), chunk))
                self.sent += len(chunk)
        except OSError:
            pass
        finally:
            self.gone.set()


def bearer(realm: str, good: Answer, *, token: str, service: str = "fake", challenge: str = "") -> Answer:
    """Ask for a bearer token first; with `token`, answer well."""
    wanted = challenge or f'Bearer realm="{realm}",service="{service}",scope="repository:app:pull"'
    denied = error(401, "UNAUTHORIZED", "authentication required", WWW_Authenticate=wanted)

    def answer(exchange: Exchange) -> None:
        right = exchange.request.headers.get("authorization") == f"Bearer {token}"
        (good if right else denied)(exchange)

    return answer


def paths(requests: Iterable[object]) -> list[str]:
    """`METHOD path?query` of requests, without the pings."""
    return [f"{r.method} {r.path}" for r in requests if r.path != "/v2/"]  # type: ignore[attr-defined]
