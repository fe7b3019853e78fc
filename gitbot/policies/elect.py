"""The election: tags and a policy give a winner and the explanation, whatever order the tags arrive in."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from gitbot.policies.candidates import Candidate, Dropped, Ordering, tag_bytes, tag_text
from gitbot.policies.filter import TagFilter, exclude
from gitbot.policies.pattern import Pattern
from gitbot.printable import printable


@dataclass(frozen=True, slots=True, kw_only=True)
class TagPolicy:
    """How a tag is elected: leave out, filter, order; in this sequence, as Flux does."""

    ordering: Ordering
    filter: TagFilter | None = None
    exclude: tuple[Pattern, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a tag was elected, or none.

    `ranked` has the kept tags, the best first; `dropped` the others in byte order, each with its reason. Every given
    tag is in one of them, once. `failure` says why there is no winner; it is empty when there is one.
    """

    winner: str | None
    ranked: tuple[Candidate, ...]
    dropped: tuple[Dropped, ...]
    warnings: tuple[str, ...] = ()
    failure: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the JSON form of `gitbot policy test`."""
        return {
            "latest": None if self.winner is None else tag_text(self.winner),
            "accepted": [tag_text(candidate.tag) for candidate in self.ranked],
            "rejected": [{"tag": tag_text(entry.tag), "reason": entry.reason} for entry in self.dropped],
        }


def elect(tags: Iterable[str], policy: TagPolicy) -> Explanation:
    """Elect one of the tags. Pure: the same set of tags gives the same explanation."""
    given = sorted(set(tags), key=tag_bytes)
    kept, dropped = _readable(given)
    if policy.exclude:
        kept, excluded = exclude(kept, policy.exclude)
        dropped += excluded
    candidates = [Candidate(tag, tag) for tag in kept]
    if policy.filter is not None:
        candidates, unmatched = policy.filter.apply(kept)
        dropped += unmatched
    standing = policy.ordering.stand(candidates)
    dropped += standing.dropped
    failure = standing.failure or ("" if standing.ranked else _nothing(dropped))
    winner = None if failure else standing.ranked[0].tag
    return Explanation(
        winner=winner,
        ranked=standing.ranked,
        dropped=tuple(sorted(dropped, key=lambda entry: tag_bytes(entry.tag))),
        warnings=(*standing.warnings, *_tie(winner, standing.equals)),
        failure=failure,
    )


def _readable(tags: list[str]) -> tuple[list[str], list[Dropped]]:
    kept, dropped = [], []
    for tag in tags:
        if tag.isascii() or not any("\ud800" <= char <= "\udfff" for char in tag):
            kept.append(tag)
        else:
            dropped.append(Dropped(tag, "not valid UTF-8"))
    return kept, dropped


def _tie(winner: str | None, equals: tuple[str, ...]) -> tuple[str, ...]:
    if winner is None or not equals:
        return ()
    others = ", ".join(printable(tag) for tag in equals[:3]) + (" and more" if len(equals) > 3 else "")
    return (f"{printable(winner)} compares equal to {others}: the bytes of the tags decide",)


def _nothing(dropped: list[Dropped]) -> str:
    if not dropped:
        return "there are no tags to elect from"
    shown = "; ".join(f"{printable(tag_text(entry.tag), 80)}: {entry.reason}" for entry in dropped[:3])
    more = f"; and {len(dropped) - 3} more" if len(dropped) > 3 else ""
    return f"none of {len(dropped)} tags can be elected ({shown}{more})"
