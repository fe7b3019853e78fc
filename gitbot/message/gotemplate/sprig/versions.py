"""Versions and ranges, as Masterminds/semver has them."""

from __future__ import annotations

from typing import Any

from gitbot.errors import GitbotError
from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.types import GoMethod, GoStruct, Type, Uint64
from gitbot.policies.ranges import parse_range
from gitbot.policies.versions import Version, read_version

TABLE = Table()
define = TABLE.define

_POINTER = Type("struct", "semver.Version")


def _read(text: str) -> Version:
    version = read_version(text)
    if isinstance(version, str):
        raise GoError("invalid semantic version" if text else "version string empty")
    return version


@define("semver", "string")
def semver(text: str) -> GoStruct:
    """A version with its parts and comparisons."""
    return _struct(_read(text), text)


def _struct(version: Version, original: str) -> GoStruct:
    prefix = "v" if original.startswith("v") else ""

    def other(change: Version) -> GoStruct:
        return _struct(change, prefix + _shown(change))

    methods = {
        "Major": GoMethod(lambda: Uint64(version.major)),
        "Minor": GoMethod(lambda: Uint64(version.minor)),
        "Patch": GoMethod(lambda: Uint64(version.patch)),
        "Prerelease": GoMethod(lambda: version.prerelease),
        "Metadata": GoMethod(lambda: version.metadata),
        "Original": GoMethod(lambda: original),
        "String": GoMethod(lambda: _shown(version)),
        "IncMajor": GoMethod(lambda: other(Version(version.major + 1, 0, 0))),
        "IncMinor": GoMethod(lambda: other(Version(version.major, version.minor + 1, 0))),
        "IncPatch": GoMethod(lambda: other(_next_patch(version))),
        **_comparisons(version),
    }
    return GoStruct(_POINTER, (("original", original),), methods=methods, string=_shown(version), pointer=True)


def _next_patch(version: Version) -> Version:
    return Version(version.major, version.minor, version.patch + (not version.prerelease))


def _comparisons(version: Version) -> dict[str, GoMethod]:
    def compare(other: Any) -> int:
        theirs = _read(str(other.get("original"))).precedence
        return int(version.precedence > theirs) - int(version.precedence < theirs)

    return {
        "Compare": GoMethod(compare, (_POINTER,)),
        "Equal": GoMethod(lambda other: compare(other) == 0, (_POINTER,)),
        "LessThan": GoMethod(lambda other: compare(other) < 0, (_POINTER,)),
        "LessThanEqual": GoMethod(lambda other: compare(other) <= 0, (_POINTER,)),
        "GreaterThan": GoMethod(lambda other: compare(other) > 0, (_POINTER,)),
        "GreaterThanEqual": GoMethod(lambda other: compare(other) >= 0, (_POINTER,)),
    }


def _shown(version: Version) -> str:
    text = f"{version.major}.{version.minor}.{version.patch}"
    text += f"-{version.prerelease}" if version.prerelease else ""
    return text + (f"+{version.metadata}" if version.metadata else "")


@define("semverCompare", "string string")
def semver_compare(accepted: str, text: str) -> bool:
    """Whether a version lies in a range."""
    try:
        wanted = parse_range(accepted)
    except GitbotError as error:
        raise GoError(f"improper constraint: {error.message}") from None
    return wanted.accepts(_read(text))
