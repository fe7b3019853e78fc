"""What elections remember between runs: tag lists, when a tag was first seen, and the image a policy elected last.

All of it may be lost at any time: a list is fetched again, a tag is new again, a policy has no last image.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from gitbot.image import ImageRef

_TAGS, _SEEN, _ELECTED = "tags", "first-seen", "elected"


class Memory(Protocol):
    """A place for small values that may be lost (the state database's cache table is one)."""

    def cache_get(self, kind: str, key: str) -> bytes | None:
        """A value, None when there is none."""

    def cache_put(self, kind: str, key: str, value: bytes, *, now: datetime) -> None:
        """Keep a value."""


class NoMemory:
    """Remembers nothing: for looking without leaving a trace."""

    def __init__(self, memory: Memory | None = None) -> None:
        self._memory = memory

    def cache_get(self, kind: str, key: str) -> bytes | None:
        """What the memory behind it has."""
        return self._memory.cache_get(kind, key) if self._memory else None

    def cache_put(self, kind: str, key: str, value: bytes, *, now: datetime) -> None:
        """Forget it at once."""


@dataclass(frozen=True, slots=True)
class TagList:
    """The tags a repository had at a time, with the ETag they came with."""

    tags: tuple[str, ...]
    etag: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LastElected:
    """The image a policy elected last, and when its digest was looked up."""

    image: ImageRef
    digest_at: datetime | None = None


# tag → digest ("" until one is known) → when we first saw it.
Ledger = Mapping[str, Mapping[str, datetime]]


def tag_list(memory: Memory, key: str) -> TagList | None:
    """The tag list kept for a source."""
    found = _read(memory, _TAGS, key)
    try:
        return TagList(tuple(map(str, found["tags"])), str(found["etag"]), _moment(found["at"])) if found else None
    except (KeyError, TypeError, ValueError):
        return None


def keep_tag_list(memory: Memory, key: str, found: TagList) -> None:
    """Keep a tag list."""
    document = {"tags": found.tags, "etag": found.etag, "at": found.at.isoformat()}
    _write(memory, _TAGS, key, document, found.at)


def last_elected(memory: Memory, key: str) -> LastElected | None:
    """What a policy (`ns:name`) elected last."""
    found = _read(memory, _ELECTED, key)
    try:
        if not found:
            return None
        image = ImageRef(str(found["name"]), str(found["tag"]), str(found["digest"]))
        return LastElected(image, _moment(found["digestAt"]) if found["digestAt"] else None)
    except (KeyError, TypeError, ValueError):
        return None


def keep_elected(memory: Memory, key: str, last: LastElected, now: datetime) -> None:
    """Keep what a policy elected."""
    image = last.image
    document = {
        "name": image.name,
        "tag": image.tag,
        "digest": image.digest,
        "digestAt": last.digest_at.isoformat() if last.digest_at else "",
    }
    _write(memory, _ELECTED, key, document, now)


def ledger(memory: Memory, image: str) -> dict[str, dict[str, datetime]]:
    """When each tag of an image was first seen, and each digest it stood for."""
    found = _read(memory, _SEEN, image)
    try:
        return {str(tag): {str(digest): _moment(at) for digest, at in seen.items()} for tag, seen in found.items()}
    except (AttributeError, TypeError, ValueError):
        return {}


def note_seen(
    memory: Memory, image: str, seen: Iterable[tuple[str, str]], now: datetime
) -> dict[str, dict[str, datetime]]:
    """Write down tags (with their digests, "" where none is known) that were not seen before; return the whole ledger."""
    known = ledger(memory, image)
    before = {tag: dict(digests) for tag, digests in known.items()}
    for tag, digest in seen:
        known.setdefault(tag, {}).setdefault(digest, now)
    if known != before:
        document = {tag: {digest: at.isoformat() for digest, at in digests.items()} for tag, digests in known.items()}
        _write(memory, _SEEN, image, document, now)
    return known


def _read(memory: Memory, kind: str, key: str) -> Any:
    raw = memory.cache_get(kind, key)
    try:
        found = json.loads(raw) if raw else {}
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _write(memory: Memory, kind: str, key: str, document: Any, now: datetime) -> None:
    memory.cache_put(kind, key, json.dumps(document, separators=(",", ":")).encode(), now=now)


def _moment(text: Any) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("a time without a zone")
    return found
