"""One request and its answer on the wire, whole and bounded."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

import httpcore2

from gitbot.errors import Refused
from gitbot.transport.call import Answer, Call, Deadline, origin_of
from gitbot.transport.failures import translate
from gitbot.transport.wire import CONNECT_S, current

ERROR_BYTES = 64 * 1024

Headers = tuple[tuple[str, str], ...]


def exchange(pool: httpcore2.ConnectionPool, call: Call, headers: Headers, deadline: Deadline) -> Answer:
    """Send and receive; raises Refused and Unavailable alone.

    An answer above `call.max_bytes` is refused without being read further; of one that reports an error (4xx, 5xx) the
    first 64 KiB are kept.
    """
    with under(deadline, call), opened(pool, call, headers, deadline) as response:
        answered = headers_of(response)
        body = body_of(call, response, dict(answered))
        return Answer(status=response.status, headers=answered, body=body, url=call.url)


def opened(
    pool: httpcore2.ConnectionPool, call: Call, headers: Headers, deadline: Deadline
) -> AbstractContextManager[httpcore2.Response]:
    """The exchange once it is entered: the request is sent and the headers of the answer are there."""
    if any(not value.isprintable() or not value.isascii() for _, value in headers):
        raise Refused("the request cannot be sent: a header holds a character that HTTP forbids")
    return pool.stream(
        call.method,
        _url(call),
        headers=[(name.encode("ascii"), value.encode("ascii")) for name, value in headers],
        content=call.body or None,
        extensions={"timeout": {"pool": deadline.left(), "connect": CONNECT_S}},
    )


@contextmanager
def under(deadline: Deadline, call: Call) -> Iterator[None]:
    """What is read and written inside ends with the deadline, and what goes wrong is said in gitbot's words."""
    token = current.set(deadline)
    try:
        yield
    except Exception as error:
        raise translate(error, call.place) from error
    finally:
        current.reset(token)


def headers_of(response: httpcore2.Response) -> Headers:
    """The headers of an answer, names in lower case."""
    return tuple((name.decode("ascii").lower(), value.decode("latin-1")) for name, value in response.headers)


def _url(call: Call) -> httpcore2.URL:
    origin = origin_of(call.url)
    return httpcore2.URL(scheme=origin.scheme, host=origin.host, port=origin.port, target=call.target)


def body_of(call: Call, response: httpcore2.Response, headers: dict[str, str]) -> bytes:
    """The whole body, bounded."""
    whole = response.status < 400 and call.method != "HEAD"
    if whole and headers.get("content-encoding", "identity").lower() not in {"", "identity"}:
        raise Refused("the answer is compressed, which was not asked for")
    bound = ERROR_BYTES if response.status >= 400 else call.max_bytes
    chunks, size = [], 0
    if whole and _announced(headers) > bound:
        raise _too_large(bound)
    for chunk in response.iter_stream():
        chunks.append(chunk)
        size += len(chunk)
        if size > bound:
            if response.status >= 400:
                break
            raise _too_large(bound)
    return b"".join(chunks)[:bound]


def _announced(headers: dict[str, str]) -> int:
    text = headers.get("content-length", "")
    return int(text) if text.isascii() and text.isdigit() else 0


def _too_large(bound: int) -> Refused:
    return Refused(f"the answer is larger than {bound:,} bytes")
