"""The guard against downgrades: which of two tags is older, for each kind of policy, and a policy that asks it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from gitbot.image import ImageRef
from gitbot.policies.alphabetical import Direction
from gitbot.policies.candidates import tag_bytes
from gitbot.policies.decision import Apply, Current, Decision, Keep
from gitbot.policies.filter import TagFilter
from gitbot.policies.guards import Verdict
from gitbot.policies.leveled_tags import older as leveled_older
from gitbot.policies.leveled_tags import parse_written
from gitbot.policies.numerical import parse_number
from gitbot.policies.versions import parse_tag
from gitbot.printable import printable

# Whether the first tag is older than the second; None when they do not compare.
Older = Callable[[str, str], bool | None]
_MINOR = re.compile(r"v?([0-9]{1,9})\.([0-9]{1,9})(?![0-9])")
_NOT_A_NUMBER = parse_number("nan")


def by_version(tags: TagFilter | None = None) -> Older:
    """Compare as semantic versions, prereleases included and whatever the range; for `semver` and `fixed`."""

    def key(text: str) -> Any:
        version = parse_tag(text)
        return None if version is None else version.precedence

    return _by(key, tags)


def by_number(direction: Direction = "asc", tags: TagFilter | None = None) -> Older:
    """Compare as numbers; with `desc` the greater number is the older tag."""

    def key(text: str) -> Any:
        number = parse_number(text)
        return None if number == _NOT_A_NUMBER else number

    return _turned(_by(key, tags), direction)


def by_bytes(direction: Direction = "asc", tags: TagFilter | None = None) -> Older:
    """Compare as `alphabetical` does."""
    return _turned(_by(tag_bytes, tags), direction)


def by_minor(new: str, old: str) -> bool | None:
    """Compare major and minor number alone, which is all that counts for `versionMetadata`."""
    first, second = _MINOR.match(new), _MINOR.match(old)
    if first is None or second is None:
        return None
    return (int(first[1]), int(first[2])) < (int(second[1]), int(second[2]))


def by_level(new: str, old: str) -> bool | None:
    """Compare as `leveled` does, by the parts that both tags carry."""
    first, second = parse_written(new), parse_written(old)
    return None if first is None or second is None else leveled_older(first, second)


def _by(key: Callable[[str], Any], tags: TagFilter | None) -> Older:
    def older(new: str, old: str) -> bool | None:
        first, second = (text if tags is None else tags.key(text) for text in (new, old))
        one, two = (None if text is None else key(text) for text in (first, second))
        return None if one is None or two is None else bool(one < two)

    return older


def _turned(older: Older, direction: Direction) -> Older:
    return older if direction == "asc" else lambda new, old: older(old, new)


def no_downgrade(wanted: str, current: str, older: Older) -> Verdict:
    """Judge a change of tag: refused when the wanted one is older. Tags that do not compare are let through."""
    back = older(wanted, current)
    shown = f"{printable(current, 130)} to {printable(wanted, 130)}"
    if back is None:
        return Verdict(True, "allowDowngrade", f"{shown} cannot be compared")
    what = "a downgrade, and allowDowngrade is false" if back else "no downgrade"
    return Verdict(not back, "allowDowngrade", f"{shown} is {what}")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoDowngrade:
    """A policy with one elected image that never replaces a newer tag of the same image: such a value stays."""

    image: ImageRef
    older: Older
    notes: tuple[str, ...] = ()

    def decide(self, current: Current | None) -> Decision:
        """Answer with the image, unless the tag at the marker is newer. A value without a tag does not compare."""
        if current is not None and current.tag and current.is_of(self.image.name):
            verdict = no_downgrade(self.image.tag, current.tag, self.older)
            if not verdict:
                return Keep(verdict.reason, "downgrade")
        return Apply(self.image, self.notes)
