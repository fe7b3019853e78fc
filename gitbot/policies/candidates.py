"""What orderings work on and what they answer: candidates, dropped tags with the reason, and who stands where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Candidate:
    """A tag and the text it is compared by: the tag itself, or what `extract` made of it."""

    tag: str
    key: str


@dataclass(frozen=True, slots=True)
class Dropped:
    """A tag that cannot win, and why."""

    tag: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """The outcome of an ordering.

    `ranked` has the best first. `equals` are the tags that compare equal to the best and lost on their bytes. With a
    `failure` nothing is elected, although there may be ranked candidates.
    """

    ranked: tuple[Candidate, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    equals: tuple[str, ...] = ()
    failure: str = ""
    warnings: tuple[str, ...] = ()


class Ordering(Protocol):
    """One way to put candidates in order; the order in which they are given never matters."""

    def stand(self, candidates: Sequence[Candidate]) -> Standing:
        """Rank the candidates."""


def tag_bytes(tag: str) -> bytes:
    """Return the bytes a tag is compared by when nothing else decides."""
    return tag.encode("utf-8", "surrogatepass")


def tag_text(tag: str) -> str:
    r"""Return the tag as text that can be encoded: a byte that is no character becomes `\xff`."""
    try:
        return tag.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:
        return tag.encode("utf-8", "backslashreplace").decode()
