"""Versions and ranges, as Masterminds/semver has them."""

from __future__ import annotations

from gitbot.errors import GitbotError
from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.text import quote
from gitbot.message.gotemplate.types import GoMethod, GoStruct, Type, Uint64
from gitbot.policies.ranges import parse_range
from gitbot.policies.versions import Version, read_version

TABLE = Table()
define = TABLE.define

_VALUE = Type("struct", "semver.Version")
_POINTER = Type("ptr", "*semver.Version", _VALUE)


def _read(text: str) -> Version:
    version = read_version(text)
    if isinstance(version, str):
        raise GoError("invalid semantic version")
    return version


@define("semver", "string")
def semver(text: str) -> GoStruct:
    """A version (a pointer to one, in Go) with its parts and comparisons."""
    version = _read(text)
    methods = _parts(version) | _comparisons(version) | {"Original": GoMethod(lambda: text)}
    return GoStruct(_POINTER, (), {"": version}, methods, _shown(version))


def _value(version: Version) -> GoStruct:
    """A version that is no pointer: what only pointers can do is not there."""
    return GoStruct(_VALUE, (), {"": version}, _parts(version), _shown(version))


def _parts(version: Version) -> dict[str, GoMethod]:
    return {
        "Major": GoMethod(lambda: Uint64(version.major)),
        "Minor": GoMethod(lambda: Uint64(version.minor)),
        "Patch": GoMethod(lambda: Uint64(version.patch)),
        "Prerelease": GoMethod(lambda: version.prerelease),
        "Metadata": GoMethod(lambda: version.metadata),
        "String": GoMethod(lambda: _shown(version)),
        "IncMajor": GoMethod(lambda: _value(Version(version.major + 1, 0, 0))),
        "IncMinor": GoMethod(lambda: _value(Version(version.major, version.minor + 1, 0))),
        "IncPatch": GoMethod(lambda: _value(_next_patch(version))),
    }


def _next_patch(version: Version) -> Version:
    return Version(version.major, version.minor, version.patch + (not version.prerelease))


def _comparisons(version: Version) -> dict[str, GoMethod]:
    def compare(other: GoStruct) -> int:
        theirs = other.promoted[""].precedence
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
        raise GoError(f"improper constraint: {quote(accepted)}") from error
    return wanted.accepts(_read(text))
