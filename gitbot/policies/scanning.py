"""The tags of the images that policies are about: one scan for each repository and credential, however many policies ask."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from gitbot.errors import GitbotError
from gitbot.policies.memory import Memory, TagList, keep_tag_list, note_seen, tag_list
from gitbot.registry.listing import NotModified, Tags

_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Source:
    """A repository of a registry and who we are there: what one scan is about.

    `image` as the user wrote it, `host` and `repository` where it is, `identity` the credential without its secret.
    """

    image: str
    host: str
    repository: str
    identity: str = ""

    @property
    def key(self) -> str:
        """The name under which its tags are remembered."""
        return f"{self.host}/{self.repository} {self.identity}".rstrip()

    @property
    def name(self) -> str:
        """The canonical name, under which first sights are remembered."""
        return f"{self.host}/{self.repository}"


class Registry(Protocol):
    """What an election asks a registry; gitbot.registry.client.Registry is one."""

    def tags(self, repository: str, etag: str | None = None) -> Tags | NotModified:
        """Every tag."""

    def digest(self, repository: str, tag: str) -> str:
        """The digest of a tag."""

    def platforms(self, repository: str, reference: str) -> frozenset[str]:
        """The platforms of a tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What is known of a source now: its tags, those of the scan before, or why there are none."""

    tags: tuple[str, ...] = ()
    before: tuple[str, ...] | None = None
    error: GitbotError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Office:
    """Where elections get their facts: registries by source, a memory, and the time of this run."""

    registry: Callable[[Source], Registry]
    memory: Memory
    now: datetime
    force: bool = False


def scan_all(wanted: Mapping[Source, float], office: Office) -> dict[Source, Scanned]:
    """Scan every source that is due, side by side; `wanted` has the interval of each in seconds (0: every run).

    A list the registry says is unchanged costs one conditional request; one that is not due costs none. A failure is a
    value: it fails the policies of that source alone.
    """
    if not wanted:
        return {}
    with ThreadPoolExecutor(min(_AT_ONCE, len(wanted)), thread_name_prefix="gitbot-scan") as pool:
        found = pool.map(lambda item: _scan(item[0], item[1], office), wanted.items())
        return dict(zip(wanted, found, strict=True))


def _scan(source: Source, interval_s: float, office: Office) -> Scanned:
    known = tag_list(office.memory, source.key)
    if known is not None and not office.force and office.now - known.at < timedelta(seconds=interval_s):
        return Scanned(tags=known.tags)
    try:
        answer = office.registry(source).tags(source.repository, known.etag if known else None)
    except GitbotError as error:
        return Scanned(error=error)
    before = known.tags if known else None
    tags, etag = (known.tags, known.etag) if isinstance(answer, NotModified) and known else _listed(answer)
    keep_tag_list(office.memory, source.key, TagList(tags, etag, office.now))
    note_seen(office.memory, source.name, ((tag, "") for tag in tags), office.now)
    return Scanned(tags=tags, before=before)


def _listed(answer: Tags | NotModified) -> tuple[tuple[str, ...], str]:
    return (answer.tags, answer.etag) if isinstance(answer, Tags) else ((), "")


def due(sources: Iterable[tuple[Source, float]]) -> dict[Source, float]:
    """Each source once, with the shortest interval anybody asks for."""
    wanted: dict[Source, float] = {}
    for source, interval in sources:
        wanted[source] = min(interval, wanted.get(source, interval))
    return wanted
