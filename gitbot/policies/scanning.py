"""The tags of the images that policies are about: one scan for each repository and credential, however many policies ask."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from gitbot.errors import GitbotError, Unavailable
from gitbot.policies.guards import believe
from gitbot.policies.memory import Memory, TagList, keep_tag_list, tag_list
from gitbot.registry.listing import NotModified, Tags

_AT_ONCE = 8
NEVER = math.inf  # the interval of a source that is suspended


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What is known of a source now: its tags, or why there are none."""

    tags: tuple[str, ...] = ()
    error: GitbotError | None = None


class Lists(Protocol):
    """What a scan asks a registry."""

    def tags(self, repository: str, etag: str | None = None) -> Tags | NotModified:
        """Every tag; raises GitbotError."""


class Office(Protocol):
    """Where a scan gets its facts."""

    @property
    def memory(self) -> Memory:
        """What earlier runs saw."""

    @property
    def now(self) -> datetime:
        """The time of this run."""

    @property
    def force(self) -> bool:
        """Whether to ask although it is not due."""

    def lists(self, source: Source) -> Lists:
        """The registry of a source; raises GitbotError."""


def scan_all(wanted: Mapping[Source, float], office: Office) -> dict[Source, Scanned]:
    """Scan every source that is due, side by side; `wanted` has the interval of each in seconds (0: every run; NEVER).

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
    if interval_s == NEVER:
        return Scanned(tags=known.tags) if known is not None else Scanned(error=_never_asked(source))
    if known is not None and not office.force and office.now - known.at < timedelta(seconds=interval_s):
        return Scanned(tags=known.tags)
    try:
        answer = office.lists(source).tags(source.repository, known.etag if known else None)
    except GitbotError as error:
        return Scanned(error=error)
    if known is not None and isinstance(answer, NotModified):
        keep_tag_list(office.memory, source.key, replace(known, at=office.now))
        return Scanned(tags=known.tags)
    return _believed(source, answer if isinstance(answer, Tags) else Tags(()), known, office)


def _never_asked(source: Source) -> GitbotError:
    return GitbotError(
        f"{source.image}: its entry of images is suspended, and its tags have never been looked up",
        hint="take suspend out once",
    )


def _believed(source: Source, answer: Tags, known: TagList | None, office: Office) -> Scanned:
    """The new list, unless it shrank so much that it is rather a fault of the registry's; then the old one is kept."""
    belief = believe(len(answer.tags), known.listing if known else None, office.now.timestamp())
    if belief.believed:
        keep_tag_list(office.memory, source.key, TagList(answer.tags, answer.etag, office.now, belief.listing))
        return Scanned(tags=answer.tags)
    if known is not None:
        keep_tag_list(office.memory, source.key, replace(known, etag="", at=office.now, listing=belief.listing))
    return Scanned(
        error=Unavailable(f"{source.image}: {belief.reason}", hint="look at the registry; the last image stays")
    )


def due(sources: Iterable[tuple[Source, float]]) -> dict[Source, float]:
    """Each source once, with the shortest interval anybody asks for."""
    wanted: dict[Source, float] = {}
    for source, interval in sources:
        wanted[source] = min(interval, wanted.get(source, interval))
    return wanted
