"""Warnings for semver ranges that mean something else than they seem to, by themselves or with the tags at hand.

All of these are what Flux does too: gitbot elects the same tag and says why it may surprise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gitbot.policies.ranges import Comparator, Group, Range, Shape, parse_range
from gitbot.policies.versions import Version
from gitbot.printable import printable

_GLUED = re.compile(r"\|\|[^\s|]+\s+-\s")
_COUNTED = re.compile("([A-Za-z-]*[A-Za-z])([0-9]+)")
_DESCRIBED = re.compile(r"(?:.*[.-])?[0-9]+-(?=[0-9]*[a-g])g?[0-9a-f]{3,40}")
_STAGE = re.compile(
    "(?:a|alpha|b|beta|c|rc|cr|m|ea|pre|preview|dev|snapshot|nightly|canary|next|test|exp)[0-9-]*", re.IGNORECASE
)
_YEAR = 1000  # a major version from here on is a year or a date


@dataclass(frozen=True, slots=True)
class Seen:
    """A tag and the version it was read as."""

    tag: str
    version: Version


def warnings_for(accepted: Range | str) -> tuple[str, ...]:
    """Say what about a range surprises people, whatever the tags are; raises `InvalidRangeError` for a bad text."""
    if isinstance(accepted, str):
        accepted = parse_range(accepted)
    found = [warning for group in accepted.groups for warning in _group_warnings(group)]
    if _GLUED.search(accepted.text):
        found.append(
            "|| touches a hyphen range: only part of what stands before || belongs to it; put spaces around ||"
        )
    return tuple(dict.fromkeys(found))


def _group_warnings(group: Group) -> list[str]:
    found = [warning for comparator in group.comparators if (warning := _comparator_warning(comparator))]
    if group.prereleases:
        found += [
            f"{printable(c.text)} lets prereleases such as {_numbers(c.base)}-rc.1 in, because the range asks for "
            f"prereleases elsewhere; write <{_numbers(c.base)}-0 to leave them out"
            for c in group.comparators
            if c.op == "<" and not c.base.prerelease and c.shape is not Shape.ANY
        ]
    return [*found, *_empty(group)]


def _empty(group: Group) -> list[str]:
    wanted = [c for c in group.comparators if c.op != "!="]
    least = Version(0, 0, 0, "0" if group.prereleases else "").precedence
    if not wanted or max(least, *(c.low for c in wanted)) < min(c.high for c in wanted):
        return []
    return [f"no version can satisfy {printable(', '.join(c.text for c in wanted))}"]


def _comparator_warning(comparator: Comparator) -> str:
    shown, op, base = printable(comparator.text), comparator.op, comparator.base
    zero = not (base.major or base.minor or base.patch)
    if comparator.shape is Shape.ANY:
        return _any_warning(op, shown)
    if op == "~" and zero and comparator.shape is Shape.FULL:
        return f"{shown} accepts every version, not only 0.0.x; write 0.0.x for those"
    if op == "=" and comparator.text.startswith("=") and comparator.shape is not Shape.FULL:
        return f"{shown} is a range, as {shown.lstrip('= ')} is, not one version"
    if comparator.shape is not Shape.FULL and re.match(r"(?:0|[1-9][0-9]*)\.|[1-9]", base.prerelease):
        return f"{shown} has a prerelease suffix, {base.prerelease}; a hyphen range needs spaces around the hyphen"
    if any(_COUNTED.fullmatch(part) for part in base.prerelease.split(".")):
        return f"{shown} compares the suffix {base.prerelease} as text, in which rc10 is before rc9; rc.10 is a number"
    return ""


def _any_warning(op: str, shown: str) -> str:
    meaning = {
        "^": "accepts only 0.0.0; write * for every version",
        "<=": "accepts only 0.0.x; write * for every version",
        ">": "accepts everything but 0.0.0; write * for every version",
        "!=": "accepts everything but 0.0.0",
    }
    return f"{shown} {meaning[op]}" if op in meaning else ""


def _numbers(version: Version) -> str:
    return f"{version.major}.{version.minor}.{version.patch}"


def warnings_about(ranked: Sequence[Seen], hidden: Sequence[Seen]) -> tuple[str, ...]:
    """Say what about these tags surprises people. `ranked` is best first; `hidden` are the prereleases left out."""
    checks: tuple[Callable[[Sequence[Seen]], str], ...] = (_counted_warning, _variant_warning, _calendar_warning)
    found = [check(ranked) for check in checks] if ranked else []
    return tuple(warning for warning in (*found, _hidden_warning(hidden)) if warning)


def _hidden_warning(hidden: Sequence[Seen]) -> str:
    described = [seen for seen in hidden if _DESCRIBED.fullmatch(seen.version.prerelease)]
    if described:
        return (
            f"tags as git describe writes them ({_some(described)}) are prereleases to semver: older than the tag they "
            f"follow, and hidden without a suffix such as -0 in the range"
        )
    variants = [seen for seen in hidden if _is_variant(seen.version)]
    if variants:
        return (
            f"tags with a variant ({_some(variants)}) are prereleases to semver and hidden; to follow one variant, "
            f"filter for it and extract the version"
        )
    return ""


def _variant_warning(ranked: Sequence[Seen]) -> str:
    if not _is_variant(ranked[0].version):
        return ""
    return f"{printable(ranked[0].tag)} looks like a variant and wins by the text of its suffix; filter for one variant"


def _is_variant(version: Version) -> bool:
    first = version.prerelease.split(".", maxsplit=1)[0]
    return bool(first) and not first.isdigit() and not _STAGE.fullmatch(first)


def _counted_warning(ranked: Sequence[Seen]) -> str:
    """Find a tag that lost to the first one only because its count was compared as text."""
    winner = ranked[0]
    counted = _COUNTED.fullmatch(winner.version.prerelease)
    if counted is None:
        return ""
    for seen in ranked[1:]:
        if _numbers(seen.version) != _numbers(winner.version):
            break
        other = _COUNTED.fullmatch(seen.version.prerelease)
        if other and other[1] == counted[1] and len(other[2].lstrip("0")) > len(counted[2].lstrip("0")):
            tags = f"{printable(winner.tag)} beats {printable(seen.tag)}"
            return f"{tags}: the suffix is compared as text; name them rc.10, not rc10"
    return ""


def _calendar_warning(ranked: Sequence[Seen]) -> str:
    small = next((seen for seen in ranked if seen.version.major < _YEAR), None)
    if ranked[0].version.major < _YEAR or small is None:
        return ""
    return f"{printable(ranked[0].tag)} looks like a date and beats {printable(small.tag)}; bound the range, or filter"


def _some(seen: Sequence[Seen]) -> str:
    shown = ", ".join(printable(entry.tag) for entry in seen[:3])
    return f"{shown} and {len(seen) - 3} more" if len(seen) > 3 else shown
