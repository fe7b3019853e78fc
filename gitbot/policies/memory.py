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
from gitbot.policies.guards import Listing, Seen

_TAGS, _SEEN, _ELECTED, _ASKED = "tags", "first-seen", "elected", "asked"


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
    """The tags a repository had when it was last believed, with the ETag they came with, and when it was last asked."""

    tags: tuple[str, ...]
    etag: str
    at: datetime
    listing: Listing


@dataclass(frozen=True, slots=True)
class LastElected:
    """The image a policy elected last, and when its digest was looked up."""

    image: ImageRef
    digest_at: datetime | None = None


def tag_list(memory: Memory, key: str) -> TagList | None:
    """The tag list kept for a source."""
    found = _read(memory, _TAGS, key)
    try:
        if not found:
            return None
        tags = tuple(map(str, found["tags"]))
        listing = Listing(len(tags), None if found["suspect"] is None else float(found["suspect"]))
        return TagList(tags, str(found["etag"]), _moment(found["at"]), listing)
    except (KeyError, TypeError, ValueError):
        return None


def keep_tag_list(memory: Memory, key: str, found: TagList) -> None:
    """Keep a tag list."""
    suspect = found.listing.suspect_since
    document = {"tags": found.tags, "etag": found.etag, "at": found.at.isoformat(), "suspect": suspect}
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


def sightings(memory: Memory, image: str) -> dict[Seen, float]:
    """When each tag of an image was first seen to stand for each digest, in seconds since 1970."""
    found = _read(memory, _SEEN, image)
    try:
        return {
            Seen(image, str(tag), str(digest)): float(at)
            for tag, digests in found.items()
            for digest, at in digests.items()
        }
    except (AttributeError, TypeError, ValueError):
        return {}


def keep_sightings(memory: Memory, image: str, ledger: Mapping[Seen, float], now: datetime) -> None:
    """Keep the sightings of an image."""
    document: dict[str, dict[str, float]] = {}
    for seen, at in ledger.items():
        document.setdefault(seen.tag, {})[seen.digest] = at
    _write(memory, _SEEN, image, document, now)


def asked_tags(memory: Memory, key: str) -> tuple[str, ...]:
    """The tags that the markers of a policy (`ns:name`) turned on in its last full run."""
    found = _read(memory, _ASKED, key).get("tags")
    return tuple(map(str, found)) if isinstance(found, list) else ()


def keep_asked_tags(memory: Memory, key: str, tags: Iterable[str], now: datetime) -> None:
    """Keep them."""
    _write(memory, _ASKED, key, {"tags": sorted(tags)}, now)


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
