"""When version metadata is asked for again, and what is remembered of the answers: pure, the transport is given."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Document:
    """A document was sent, with its ETag where there is one."""

    data: bytes
    etag: str = ""


@dataclass(frozen=True, slots=True)
class NotModified:
    """The document is still the one with the ETag that was given."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """No document: an error, a status that is not 2xx, a deadline, too many bytes."""

    reason: str


Answer = Document | NotModified | Unavailable


class Fetch(Protocol):
    """One GET, redirects followed; never raises for what the other side does."""

    def __call__(self, url: str, etag: str) -> Answer:
        """Ask for a document; with an ETag, only for another one than that."""


@dataclass(frozen=True, slots=True)
class Kept:
    """The last good answer of an address: its bytes, its ETag, and when it was given (seconds since 1970)."""

    data: bytes
    etag: str
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What is known of an address now: the document, or None and the reason; and what to remember for the next run."""

    data: bytes | None = None
    reason: str = ""
    kept: Kept | None = None
    asked: bool = True


def look_up(
    wanted: Iterable[tuple[str, float]],
    kept: Mapping[str, Kept],
    now: float,
    fetch: Fetch,
    complaint: Callable[[str, bytes], str],
) -> dict[str, Looked]:
    """Look every address up once, however many policies want it; `wanted` are addresses and how long an answer is good.

    The shortest time counts. A document is remembered only when `complaint` (of the address and the bytes) has nothing to
    say: a broken one is asked for again in the next run, as is one that could not be had.
    """
    good_for: dict[str, float] = {}
    for url, seconds in wanted:
        good_for[url] = min(seconds, good_for.get(url, seconds))
    return {url: _look_up(url, kept.get(url), good_for[url], now, fetch, complaint) for url in sorted(good_for)}


def fresh(kept: Kept | None, good_for: float, now: float) -> bool:
    """Whether a remembered answer is good still; one from the future is not."""
    return kept is not None and 0 <= now - kept.at < good_for


def _look_up(
    url: str,
    kept: Kept | None,
    good_for: float,
    now: float,
    fetch: Fetch,
    complaint: Callable[[str, bytes], str],
) -> Looked:
    if kept is not None and fresh(kept, good_for, now):
        return Looked(data=kept.data, kept=kept, asked=False)
    answer = fetch(url, kept.etag if kept is not None else "")
    if isinstance(answer, NotModified):
        if kept is None:
            return Looked(reason="the server says that nothing changed, and it was not asked that")
        return Looked(data=kept.data, kept=replace(kept, at=now))
    if isinstance(answer, Unavailable):
        return Looked(reason=answer.reason, kept=kept)
    good = not complaint(url, answer.data)
    return Looked(data=answer.data, kept=Kept(answer.data, answer.etag, now) if good else kept)
