"""The range grammar of Masterminds/semver 3.5.0: parsed exactly, its prerelease gate, limits and oddities included.

The oddities that surprise people are named by `gitbot.policies.traps`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from gitbot.errors import GitbotError
from gitbot.policies.versions import IDENTIFIERS, TOO_BIG, Key, Version, read_version
from gitbot.printable import printable

_MAX_RANGE = 512
_MAX_GROUPS = 32
_WS = r"[ \t\n\f\r]"
_PART = r"[0-9xX*|]++"  # the bar is there too: `1||2 - 3` begins with one part
_BASE = rf"v?({_PART})(?:\.({_PART}))?(?:\.({_PART}))?(?:-({IDENTIFIERS}))?(?:\+{IDENTIFIERS})?"
_ANY_BASE = re.sub(r"\((?!\?)", "(?:", _BASE)
_HYPHEN = re.compile(rf"{_WS}*({_ANY_BASE}){_WS}+-{_WS}+({_ANY_BASE}){_WS}*")
_COMPARATOR = re.compile(rf"{_WS}*+(!=|>=|=>|<=|=<|~>|=|>|<|~|\^|){_WS}*+({_BASE})")
_SEPARATOR = re.compile(rf"{_WS}*+(,?)")
_BOTTOM: Key = ()
_TOP: Key = (TOO_BIG,)
_ALIAS = {"": "=", "=>": ">=", "=<": "<=", "~>": "~"}
_HINTS = (
    ("==", "write = or the version alone instead of =="),
    ("&&", "separate what must all hold by a space or a comma instead of &&"),
    (";", "separate what must all hold by a space or a comma"),
    ("<>", "write != instead of <>"),
    ("V", "write a lower-case v, or none"),
)
_FORM = "a range is like 1.x, >=1.0 <2.0, ~1.2 or ^1.2.3-0; alternatives are separated by ||"


class InvalidRangeError(GitbotError):
    """A range that Masterminds/semver, and so Flux, refuses."""

    exit_code = 2


class Shape(Enum):
    """How much of a version a comparator names: `1.2.3`, `1.2`, `1`, or `*`."""

    FULL = 3
    PATCH = 2
    MINOR = 1
    ANY = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparator:
    """One condition: `low` ≤ precedence < `high`, or for `!=` the opposite of it.

    `op` is the canonical operator. For `!=1.2-rc` only versions with this very prerelease are meant: `suffix`.
    """

    op: str
    text: str
    shape: Shape
    base: Version
    low: Key
    high: Key
    suffix: Key | None = None

    def admits(self, version: Version) -> bool:
        """Whether the version satisfies this condition, the prerelease gate aside."""
        key = version.precedence
        inside = self.low <= key < self.high
        if self.op != "!=":
            return inside
        return not inside or (self.suffix is not None and key[3:] != self.suffix)


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions that must all hold. Prereleases pass only when one of the conditions carries a prerelease suffix."""

    comparators: tuple[Comparator, ...]
    prereleases: bool

    def accepts(self, version: Version) -> bool:
        """Whether every condition and the prerelease gate let the version pass."""
        return (self.prereleases or not version.prerelease) and self.admits(version)

    def admits(self, version: Version) -> bool:
        """Whether every condition lets the version pass, the prerelease gate aside."""
        for comparator in self.comparators:  # noqa: SIM110 - a generator costs more than the comparisons
            if not comparator.admits(version):
                return False
        return True


@dataclass(frozen=True, slots=True)
class Range:
    """A parsed range: alternatives of which one must accept."""

    text: str
    groups: tuple[Group, ...]

    def accepts(self, version: Version) -> bool:
        """Whether the version lies in the range, exactly as Masterminds/semver decides."""
        for group in self.groups:  # noqa: SIM110 - a generator costs more than the comparisons
            if group.accepts(version):
                return True
        return False

    def hides(self, version: Version) -> bool:
        """Whether the version is out only because it is a prerelease and the range asks for none."""
        if not version.prerelease or self.accepts(version):
            return False
        return any(group.admits(version) for group in self.groups)

    def refusal(self, version: Version) -> str:
        """In words why the version is not in the range; empty when it is."""
        if self.accepts(version):
            return ""
        shown = printable(self.text)
        if self.hides(version):
            return f"a prerelease, and {shown} asks for releases only (a suffix such as -0 in the range lets them in)"
        if len(self.groups) == 1:
            failed = [c.text for c in self.groups[0].comparators if not c.admits(version)]
            return f"outside the range: fails {printable(', '.join(failed))}"
        return f"outside the range {shown}"


def parse_range(text: str) -> Range:
    """Read a range; raises `InvalidRangeError`, which says what is wrong with which part.

    Hyphen ranges are rewritten before the text is split, as the original does: `1||2 - 3` means `>=1 || 2 <=3`.
    """
    if len(text) > _MAX_RANGE:
        raise InvalidRangeError(f"the range is longer than {_MAX_RANGE} characters", hint="use several policies")
    parts = _HYPHEN.sub(r">= \1, <= \2 ", text).split("||")
    if len(parts) > _MAX_GROUPS:
        raise InvalidRangeError(f"the range has more than {_MAX_GROUPS} alternatives (||)")
    return Range(text, tuple(_parse_group(part, text) for part in parts))


def _parse_group(text: str, whole: str) -> Group:
    if not text.strip(" \t\n\f\r"):
        what = "is empty" if text == whole else "has an empty alternative"
        raise InvalidRangeError(f"range {_quoted(whole)} {what}", hint=f"{_FORM}; * is any release")
    comparators, position = [], 0
    while True:
        match = _COMPARATOR.match(text, position)
        if match is None:
            raise _unreadable(whole, text[position:])
        comparators.append(_comparator(match, whole))
        separator = _SEPARATOR.match(text, match.end())
        position = separator.end() if separator else len(text)
        if position == len(text) and text[-1] != ",":
            return Group(tuple(comparators), any(c.base.prerelease for c in comparators))
        if position == match.end():
            raise _unreadable(whole, text[position:])


def _unreadable(whole: str, rest: str) -> InvalidRangeError:
    what = f"at {_quoted(rest.strip())}" if rest.strip() else "after its last comma"
    hint = next((hint for sign, hint in _HINTS if sign in whole), _FORM)
    return InvalidRangeError(f"range {_quoted(whole)} cannot be read {what}", hint=hint)


def _quoted(text: str) -> str:
    return f"'{printable(text, 120)}'"


def _comparator(match: re.Match[str], whole: str) -> Comparator:
    op = _ALIAS.get(match[1], match[1])
    major, minor, patch, prerelease = match.group(3, 4, 5, 6)
    shape, core = _shape(major, minor, patch)
    suffix = f"-{prerelease}" if prerelease else ""
    base = read_version(match[2] if shape is Shape.FULL else core + suffix)
    if isinstance(base, str):
        raise InvalidRangeError(f"range {_quoted(whole)}: {_quoted(match[2])} is {base}", hint=_FORM)
    low, high = _bounds(op, shape, base)
    only = base.precedence[3:] if op == "!=" and shape is Shape.PATCH else None
    text = match[0].strip(" \t\n\f\r")
    return Comparator(op=op, text=text, shape=shape, base=base, low=low, high=high, suffix=only)


def _shape(major: str, minor: str | None, patch: str | None) -> tuple[Shape, str]:
    """Tell what the numbers of a comparator name and where that begins; what follows a wildcard is never read."""
    if major in ("x", "X", "*"):
        return Shape.ANY, "0.0.0"
    if minor in (None, "x", "X", "*"):
        return Shape.MINOR, f"{major}.0.0"
    if patch in (None, "x", "X", "*"):
        return Shape.PATCH, f"{major}.{minor}.0"
    return Shape.FULL, ""


def _bounds(op: str, shape: Shape, base: Version) -> tuple[Key, Key]:
    """Give the half-open interval of precedences a comparator means; a shorter key stands before all it begins."""
    key: Key = base.precedence
    starts: dict[Shape, Key] = {Shape.PATCH: (base.major, base.minor), Shape.MINOR: (base.major,)}
    ends: dict[Shape, Key] = {Shape.PATCH: (base.major, base.minor + 1), Shape.MINOR: (base.major + 1,)}
    start, end = starts.get(shape, key), ends.get(shape, (*key, 0))  # around all that the comparator names
    intervals: dict[str, tuple[Key, Key]] = {
        "=": (key, end if shape is Shape.FULL else _tilde_end(shape, base)),
        "!=": (start, end),
        ">": (end, _TOP),
        "<": (_BOTTOM, key),
        ">=": (key, _TOP),
        "<=": (_BOTTOM, (0, 1) if shape is Shape.ANY else end),
        "~": (key, _tilde_end(shape, base)),
        "^": (key, _caret_end(shape, base)),
    }
    return intervals[op]


def _tilde_end(shape: Shape, base: Version) -> Key:
    if shape is Shape.MINOR:
        return (base.major + 1,)
    if shape is Shape.ANY or (shape is Shape.FULL and not (base.major or base.minor or base.patch)):
        return _TOP
    return (base.major, base.minor + 1)


def _caret_end(shape: Shape, base: Version) -> Key:
    if base.major or shape is Shape.MINOR:
        return (base.major + 1,)
    if base.minor or shape is Shape.PATCH:
        return (0, base.minor + 1)
    return (0, 0, base.patch + 1)
