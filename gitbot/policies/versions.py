"""Versions as Masterminds/semver reads them: which texts are versions, and their precedence."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

Key = tuple[object, ...]

TOO_BIG = 1 << 64
IDENTIFIERS = r"[0-9A-Za-z-]++(?>(?:\.[0-9A-Za-z-]++)*)"
_LONGEST = 256  # a limit of Masterminds/semver
_VERSION = re.compile(rf"v?([0-9]++)(?:\.([0-9]++))?(?:\.([0-9]++))?(?:-({IDENTIFIERS}))?(?:\+({IDENTIFIERS}))?")


@dataclass(frozen=True, slots=True)
class Version:
    """One version; `precedence` sorts as versions do: prereleases before their release, build metadata ignored."""

    major: int
    minor: int
    patch: int
    prerelease: str = ""
    metadata: str = ""
    precedence: Key = field(init=False, repr=False, compare=False, default=())

    def __post_init__(self) -> None:
        suffix: Key = (True,)
        if self.prerelease:
            suffix = (False, tuple(map(_identifier_key, self.prerelease.split("."))))
        object.__setattr__(self, "precedence", (self.major, self.minor, self.patch, *suffix))


def _identifier_key(text: str) -> tuple[int, int, str]:
    if text.isdigit() and len(text) <= 20 and (number := int(text)) < TOO_BIG:
        return (0, number, "")
    return (1, 0, text)


def parse_tag(text: str) -> Version | None:
    """Read a tag as a version; None for a tag that is no candidate.

    A candidate has two dots at least (Flux's rule). A lower-case `v` and leading zeros are allowed: `v2025.02.03`.
    """
    read = read_tag(text)
    return read if isinstance(read, Version) else None


def read_tag(text: str) -> Version | str:
    """Read a tag as `parse_tag` does, but say in words why it is no candidate."""
    if text.count(".") < 2:
        return "not a version: fewer than two dots"
    return read_version(text)


def read_version(text: str) -> Version | str:
    """Read a version loosely, minor and patch may be missing; or say in words why it is none."""
    if len(text) > _LONGEST:
        return f"not a version: longer than {_LONGEST} characters"
    match = _VERSION.fullmatch(text)
    if match is None:
        return "not a version: not of the form MAJOR.MINOR.PATCH[-PRERELEASE][+BUILD]"
    major, minor, patch, prerelease, metadata = match.groups("")
    numbers = (int(major), int(minor or 0), int(patch or 0))
    if max(numbers) >= TOO_BIG:
        return "not a version: a number does not fit in 64 bits"
    if prerelease and any(part.isdigit() and part[0] == "0" and part != "0" for part in prerelease.split(".")):
        return "not a version: a number in the prerelease part has a leading zero"
    return Version(*numbers, prerelease, metadata)
