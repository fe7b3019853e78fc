"""Where elections get their facts, each fact once a run: registries, documents, a memory, the time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, TypeVar

from gitbot.errors import GitbotError
from gitbot.policies.guards import Seen, first_seen
from gitbot.policies.memory import Memory, keep_sightings, sightings
from gitbot.policies.scanning import Scanned, Source
from gitbot.policies.version_metadata_fetch import Fetch
from gitbot.registry.listing import NotModified, Tags

T = TypeVar("T")


class Registry(Protocol):
    """What an election asks a registry; gitbot.registry.client.Registry is one. All raise GitbotError."""

    def tags(self, repository: str, etag: str | None = None) -> Tags | NotModified:
        """Every tag."""

    def digest(self, repository: str, tag: str) -> str:
        """The digest of a tag."""

    def platforms(self, repository: str, reference: str) -> frozenset[str]:
        """The platforms of a tag or digest."""

    def labels(self, repository: str, reference: str) -> Mapping[str, str]:
        """The labels of a tag or digest."""


@dataclass(slots=True, kw_only=True)
class Office:
    """The facts of one run. `registry` and `fetch` reach out; the rest is remembered or given. Shared by threads."""

    registry: Callable[[Source], Registry]
    fetch: Callable[[float], Fetch]
    memory: Memory
    now: datetime
    force: bool = False
    scans: Mapping[Source, Scanned] = field(default_factory=dict)
    _facts: dict[tuple[str, Source, str], Any] = field(default_factory=dict)
    _locks: dict[object, threading.Lock] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def lists(self, source: Source) -> Registry:
        """The registry of a source."""
        return self.registry(source)

    def digest(self, source: Source, tag: str) -> str:
        """The digest of a tag now; raises GitbotError."""
        return self._once("digest", source, tag, lambda: self.registry(source).digest(source.repository, tag))

    def platforms(self, source: Source, tag: str) -> frozenset[str]:
        """The platforms of a tag now; raises GitbotError."""
        return self._once("platforms", source, tag, lambda: self.registry(source).platforms(source.repository, tag))

    def labels(self, source: Source, tag: str) -> Mapping[str, str]:
        """The labels of a tag now; raises GitbotError."""
        return self._once("labels", source, tag, lambda: self.registry(source).labels(source.repository, tag))

    def sighting(self, source: Source, tag: str, digest: str) -> Mapping[Seen, float]:
        """The ledger of a source with this tag and digest in it: seen before, or written down as seen now."""
        seen = Seen(source.name, tag, digest)
        with self._locked(("ledger", source.name)):
            ledger = sightings(self.memory, source.name)
            new = first_seen([seen], ledger, self.now.timestamp())
            if new:
                ledger |= new
                keep_sightings(self.memory, source.name, ledger, self.now)
        return ledger

    def _once(self, kind: str, source: Source, tag: str, ask: Callable[[], T]) -> T:
        """Ask at most once a run, whoever wants to know; a failure is told to everybody."""
        key = (kind, source, tag)
        with self._locked(key):
            if key not in self._facts:
                try:
                    self._facts[key] = ask()
                except GitbotError as error:
                    self._facts[key] = error
        found: T | GitbotError = self._facts[key]
        if isinstance(found, GitbotError):
            raise found
        return found

    def _locked(self, key: object) -> threading.Lock:
        with self._lock:
            return self._locks.setdefault(key, threading.Lock())
