"""Tags of three levels, `<app>`, `<app>-rev<N>` and `<app>-rev<N>-b<M.K>`: reading and comparing them.

The scheme is that of SUSE's CaaSP images (kubic-project RFC 2018/004), with the `-build` they were published with and the
older forms `<app>-<N>`, `<app>-<N>.<M>` and `<app>-<N>-<M>`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Literal

from gitbot.policies.candidates import tag_bytes

Level = Literal["short", "intermediate", "long"]
Size = Literal["same", "build", "revision", "app"]
Numbers = tuple[int, ...]
Key = tuple[Numbers, int, Numbers, bytes]

LEVELS: tuple[Level, ...] = ("short", "intermediate", "long")
SIZES: tuple[Size, ...] = ("same", "build", "revision", "app")
SEPARATORS = ("-build", "-b", ".", "-")
ILLEGAL = "+"  # the separator of the first draft: no tag may hold it, a manifest written by hand may
_LONGEST = 128
_NUMBERS = r"[0-9]+(?:\.[0-9]+)*"


@dataclass(frozen=True, slots=True)
class LeveledTag:
    """A tag taken apart; `text` is what it was read from, and is what is written.

    Numbers have no leading zeros and no parts that are zero at the end, so that `3.2` and `3.2.0`, or `rev01` and `rev1`,
    are the same. `revision` and `build` are None where the tag does not carry them.
    """

    text: str
    app: Numbers
    revision: int | None = None
    build: Numbers | None = None

    @property
    def level(self) -> Level:
        """How much the tag says."""
        if self.revision is None:
            return "short"
        return "intermediate" if self.build is None else "long"

    @property
    def app_text(self) -> str:
        """The version of the application as it is written, with its `v`."""
        return self.text.partition("-")[0]

    @property
    def legal(self) -> bool:
        """Whether a registry could hold this tag: it has no `+`, which only a manifest or a person can contain."""
        return ILLEGAL not in self.text

    @property
    def key(self) -> Key:
        """Sorts tags of all levels: by app, revision, build, each number as a number; then by the bytes.

        What a tag does not say stands before all that could be said.
        """
        revision = -1 if self.revision is None else self.revision
        return (self.app, revision, (-1,) if self.build is None else self.build, tag_bytes(self.text))


def parse(text: str, separators: Iterable[str] = SEPARATORS) -> LeveledTag | None:
    """Read a tag; None for one that is not of the scheme. `separators` may stand between revision and build.

    The app is two numbers or more, joined by dots, perhaps after a `v`.
    """
    if len(text) > _LONGEST:
        return None
    match = _pattern(tuple(separators)).fullmatch(text)
    if match is None:
        return None
    app, revision, build = match.groups()
    return LeveledTag(
        text,
        _numbers(app),
        None if revision is None else int(revision),
        None if build is None else _numbers(build),
    )


def parse_written(text: str, separators: Iterable[str] = ()) -> LeveledTag | None:
    """Read what a manifest says: with every known separator, also those not configured and the illegal `+`."""
    return parse(text, dict.fromkeys((*separators, *SEPARATORS, ILLEGAL)))


@cache
def _pattern(separators: tuple[str, ...]) -> re.Pattern[str]:
    between = "|".join(re.escape(separator) for separator in separators)
    return re.compile(rf"v?([0-9]+(?:\.[0-9]+)+)(?:-(?:rev)?([0-9]+)(?:(?:{between})({_NUMBERS}))?)?")


def _numbers(text: str) -> Numbers:
    numbers = [int(part) for part in text.split(".")]
    while len(numbers) > 1 and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def size(old: LeveledTag, new: LeveledTag) -> Size:
    """How large a change from one tag to another is; a part that only one of them carries counts as different."""
    if old.app != new.app:
        return "app"
    if old.revision != new.revision:
        return "revision"
    return "same" if old.build == new.build else "build"


def older(new: LeveledTag, old: LeveledTag) -> bool:
    """Whether `new` is older than `old`, judged by the parts that both carry."""
    if new.app != old.app:
        return new.app < old.app
    if new.revision is None or old.revision is None:
        return False
    if new.revision != old.revision:
        return new.revision < old.revision
    return new.build is not None and old.build is not None and new.build < old.build
