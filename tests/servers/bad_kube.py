"""An API server of ours, good and bad: answers of the wire protocol (list, watch, bookmark, 410, patch) for `BadHttp`."""

from __future__ import annotations

import json
from urllib.parse import parse_qs, urlsplit

from tests.servers.bad_http import Answer, Exchange, Request
from tests.servers.bad_registry import in_turn, says

JSON = {"Content-Type": "application/json"}
CHUNKED = JSON | {"Transfer-Encoding": "chunked"}


def kube(*, lists: Answer | None = None, watches: Answer | None = None, objects: Answer | None = None) -> Answer:
    """A server made of its answers to lists, to watches and to all else; what is not given is 404."""

    def answer(exchange: Exchange) -> None:
        asked = query(exchange.request)
        path = urlsplit(exchange.request.path).path
        chosen = watches if "watch" in asked else lists if path.endswith("policies") else objects
        (chosen or status(404, "the server could not find the requested resource"))(exchange)

    return answer


def query(request: Request) -> dict[str, str]:
    """What stands after the question mark."""
    return {name: values[0] for name, values in parse_qs(urlsplit(request.path).query).items()}


def status(code: int, message: str = "", /, **more: object) -> Answer:
    """An error as the API has it; `headers` are its headers, the rest goes into the Status object."""
    headers = more.pop("headers", {})
    assert isinstance(headers, dict)
    return says(status_of(code, message, **more), code, **headers)


def status_of(code: int, message: str = "", /, **more: object) -> dict[str, object]:
    """The Status object of an error."""
    return {"kind": "Status", "apiVersion": "v1", "status": "Failure", "message": message, "code": code, **more}


def thing(name: str, version: str = "1", **more: object) -> dict[str, object]:
    """An object of the namespace `apps`."""
    return {"metadata": {"name": name, "namespace": "apps", "resourceVersion": version}, **more}


def page(*items: object, version: str = "10", following: str = "", **headers: str) -> Answer:
    """One page of a list."""
    metadata = {"resourceVersion": version} | ({"continue": following} if following else {})
    return says({"kind": "ImagePolicyList", "metadata": metadata, "items": list(items)}, **headers)


def pages(*chunks: tuple[object, ...], version: str = "10") -> Answer:
    """A list in pages, whose tokens are their numbers; a list without a limit is whole."""

    def answer(exchange: Exchange) -> None:
        asked = query(exchange.request)
        if "limit" not in asked:
            page(*(item for chunk in chunks for item in chunk), version=version)(exchange)
            return
        number = int(asked.get("continue", "0"))
        following = str(number + 1) if number + 1 < len(chunks) else ""
        page(*chunks[number], version=version, following=following)(exchange)

    return answer


def event(change: str, item: object) -> bytes:
    """One line of a watch."""
    return json.dumps({"type": change, "object": item}).encode() + b"\n"


def bookmark(version: str) -> bytes:
    """The line that says how far the watch has come."""
    return event("BOOKMARK", {"metadata": {"resourceVersion": version}})


def expired() -> bytes:
    """The line that ends a watch whose version is too old."""
    return event("ERROR", status_of(410, "too old resource version: 1 (9)", reason="Expired"))


def events(*lines: bytes, end: str = "well") -> Answer:
    """A watch of these lines, a chunk each; it ends `well`, is `cut`, or goes on until the server stops (`never`)."""

    def answer(exchange: Exchange) -> None:
        exchange.start(200, CHUNKED)
        for line in lines:
            exchange.send(b"%x\r\n%b\r\n" % (len(line), line))
        if end == "well":
            exchange.send(b"0\r\n\r\n")
        if end == "never":
            exchange.pause()

    return answer


__all__ = [
    "bookmark",
    "event",
    "events",
    "expired",
    "in_turn",
    "kube",
    "page",
    "pages",
    "query",
    "says",
    "status",
    "thing",
]
