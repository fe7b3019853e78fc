"""Guards: what an image must fulfil before it is written - its age, its platforms, a list of tags that can be believed.

Every guard refuses what it does not know, and every answer explains itself. What time it is, and what was seen before, is
given.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from gitbot.printable import printable

MAX_EXAMINED = 20
DAY = 86400.0
_FEW = 10  # lists shorter than this change by large parts in normal life
_ALIASES = {
    "linux/x86_64": "linux/amd64",
    "linux/aarch64": "linux/arm64",
    "linux/arm": "linux/arm/v7",
    "linux/armhf": "linux/arm/v7",
    "linux/armel": "linux/arm/v6",
}
_BASE_VARIANT = re.compile(r"(.*/arm64)/v8|(.*/amd64)/v1")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one guard says of one tag: true when it may be written. The reason is given in both cases."""

    allowed: bool
    guard: Literal["minAge", "platforms", "allowDowngrade"]
    reason: str

    def __bool__(self) -> bool:
        return self.allowed


class Seen(NamedTuple):
    """What the ledger of first sightings counts as one: a tag with another digest is something new."""

    image: str
    tag: str
    digest: str


Ledger = Mapping[Seen, float]


def first_seen(what: Iterable[Seen], ledger: Ledger, now: float) -> dict[Seen, float]:
    """Give the entries to add to the ledger: everything that is not in it, as seen now (seconds since 1970)."""
    return {one: now for one in what if one not in ledger}


def old_enough(what: Seen, min_age: float, ledger: Ledger, now: float, published: float | None = None) -> Verdict:
    """Judge the age of an image by when it was first seen; what was never seen is seen now, and its age is nothing.

    `published` is a time the registry vouches for: the earlier of both counts. A time in the future makes nothing older.
    Without a digest the tag could have been pushed again, and the answer is no.
    """
    if not what.digest:
        return Verdict(False, "minAge", f"the digest of {printable(what.tag)} is not known, and so not its age")
    times = (ledger.get(what, now), published)
    age = now - min((at for at in times if at is not None and at <= now), default=now)
    text = f"{printable(what.tag)} is known for {_span(age)}, and minAge is {_span(min_age)}"
    if age >= min_age:
        return Verdict(True, "minAge", text)
    return Verdict(False, "minAge", f"{text}: {_span(min_age - age)} to wait")


def _span(seconds: float) -> str:
    """Give a time in its two largest units; a rest is shown as a second more, so that a wait never shows as 0s."""
    left, parts = -int(-seconds // 1), []
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return "".join(parts[:2]) or "0s"


def holds_platforms(wanted: Iterable[str], offered: Iterable[str] | None) -> Verdict:
    """Judge whether an image has every platform (`os/arch` or `os/arch/variant`) that is wanted; None is not known.

    `linux/arm64/v8` and `linux/amd64/v1` are the plain ones, and `linux/arm` is v7, as containerd normalizes them.
    """
    needed = {platform(text): text for text in wanted}
    if not needed:
        return Verdict(True, "platforms", "no platform is asked for")
    if offered is None:
        return Verdict(False, "platforms", "the platforms of the image are not known")
    there = {platform(text) for text in offered}
    missing = sorted(text for form, text in needed.items() if form not in there)
    if not missing:
        return Verdict(True, "platforms", f"it has {', '.join(sorted(needed.values()))}")
    has = printable(", ".join(sorted(there)) or "none", 200)
    return Verdict(False, "platforms", f"it has no {', '.join(missing)} (it has {has})")


def platform(text: str) -> str:
    """Give the one form of a platform's name."""
    lower = text.lower()
    lower = _ALIASES.get(lower, lower)
    match = _BASE_VARIANT.fullmatch(lower)
    return (match[1] or match[2]) if match else lower


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What the guards leave of a ranking: the tag that may be written, and those that were passed over, in order.

    With `kept` the winner is what was elected last: the image is to stay as it was recorded, its digest included. Without
    a winner `failure` says why.
    """

    winner: str | None
    kept: bool = False
    refused: Sequence[tuple[str, Verdict]] = ()
    failure: str = ""


def walk(
    ranked: Iterable[str], judge: Callable[[str], Sequence[Verdict]], *, last: str | None, limit: int = MAX_EXAMINED
) -> Walk:
    """Take the best tag that no guard refuses.

    `judge` may ask the registry, so at most `limit` tags are judged. A tag worse than the one elected `last` is not taken
    as long as that one is among them: a guard makes nothing go back.
    """
    refused: list[tuple[str, Verdict]] = []
    for tag in ranked:
        if len(refused) == limit:
            break
        objection = next((verdict for verdict in judge(tag) if not verdict), None)
        if objection is None:
            return Walk(winner=tag, refused=refused)
        refused.append((tag, objection))
        if tag == last:
            return Walk(winner=tag, kept=True, refused=refused)
    if not refused:
        return Walk(winner=None, failure="there are no tags to elect from")
    first = "; ".join(f"{printable(tag)}: {verdict.reason}" for tag, verdict in refused[:3])
    more = f"; and {len(refused) - 3} more" if len(refused) > 3 else ""
    return Walk(winner=None, refused=refused, failure=f"the guards allow no tag ({first}{more})")


@dataclass(frozen=True, slots=True)
class Listing:
    """What is remembered of a list of tags: the length last believed, and since when (seconds) it is suspiciously short."""

    count: int
    suspect_since: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """Whether a list of tags can be believed, why not, and what to remember of it."""

    believed: bool
    reason: str = ""
    listing: Listing


def believe(count: int, before: Listing | None, now: float, confirm_after: float = DAY) -> Belief:
    """Judge the length of a list of tags against the one last believed.

    Suspicious are: no tag at all where there were some; and less than half of ten or more. The last result is then kept.
    A list that stays suspicious for `confirm_after` seconds was shortened on purpose, and is believed; an empty one never
    is. One that is half as long again, or was never seen before, is believed at once.
    """
    if before is None or not _shrunken(count, before.count):
        return Belief(believed=True, listing=Listing(count))
    since = before.suspect_since if before.suspect_since is not None and before.suspect_since <= now else now
    if count and now - since >= confirm_after:
        return Belief(believed=True, listing=Listing(count))
    text = f"the list of tags shrank from {before.count} to {count}"
    until = (
        f"it is believed when it stays so for {_span(confirm_after - (now - since))}" if count else "that is no answer"
    )
    return Belief(believed=False, reason=f"{text}: {until}", listing=Listing(before.count, since))


def _shrunken(count: int, before: int) -> bool:
    return (count == 0 and before > 0) or (before >= _FEW and count * 2 < before)
