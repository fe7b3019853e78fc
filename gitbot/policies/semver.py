"""The semver ordering: tags that are versions, in a range, the greatest first."""

from __future__ import annotations

from collections.abc import Iterable

from gitbot.policies.ranges import InvalidRangeError, Range, parse_range
from gitbot.policies.versions import Key, Version, parse_tag, read_tag

__all__ = ["InvalidRangeError", "Range", "Version", "latest", "parse_range", "parse_tag", "read_tag"]


def latest(tags: Iterable[str], accepted: Range) -> str | None:
    """Return the tag of the greatest accepted version, of equal ones the bytewise greatest tag; None when there is none."""
    best: tuple[Key, str] | None = None
    for tag in tags:
        version = parse_tag(tag)
        if version is not None and accepted.accepts(version):
            rank = (version.precedence, tag)
            best = rank if best is None else max(best, rank)
    return best[1] if best else None
