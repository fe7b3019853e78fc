"""Where each document of a YAML file begins and ends, so that one that is broken leaves the others alone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# YAML 1.2.2, 9.1.2: `---` and `...` at column 0 end a document whatever it is in the middle of. A run of directives goes
# with the `---` that follows it. Possessive repeats: a run is read once, also when nothing follows it.
_END = r"(?=[ \t\r\n]|\Z)"
_RUN = r"%[^\r\n]*(?:\r\n?|\n|\Z)(?>(?:(?:%[^\r\n]*|[ \t]*(?:#[^\r\n]*)?)(?:\r\n?|\n))*)"
_BOUNDARY = re.compile(
    rf"(?:^|(?<=\r))(?:(?P<run>{_RUN})(?P<dashes>---{_END})?|(?P<mark>---{_END}|\.\.\.{_END}))", re.MULTILINE
)
_LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n)?")
_BARE = re.compile(r"(?>(?:[ \t]*(?:#[^\r\n]*)?(?:\r\n?|\n))*)[ \t]*(?:#[^\r\n]*)?")


@dataclass(frozen=True, slots=True)
class Chunk:
    """One document of a file: its 0-based number and the characters it takes, directives and separator included."""

    index: int
    start: int
    end: int


def split(text: str) -> Iterator[Chunk]:
    """Cut a file, its byte order mark taken off, at `---` and `...` of column 0; the chunks cover all of it in order.

    `%` directives stay with the document they precede. Comments alone are no document for the numbering. Linear.
    """
    index = 0
    for start, end in _spans(text):
        yield Chunk(index, start, end)
        if text.startswith("---", start) or not _is_bare(text, start, end):
            index += 1


def _spans(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for cut in _cuts(text) if "---" in text or "..." in text else ():
        if cut > start:
            yield start, cut
            start = cut
    if start < len(text):
        yield start, len(text)


def _cuts(text: str) -> Iterator[int]:
    if "%" not in text and "..." not in text and "\r" not in text:
        yield from _plain_cuts(text)
        return
    for match in _BOUNDARY.finditer(text):
        if match["mark"] == "...":
            line = _LINE.match(text, match.end())
            yield line.end() if line else match.end()
        elif match["mark"] or match["dashes"]:
            yield match.start()


def _plain_cuts(text: str) -> Iterator[int]:
    """The same where `---` is all there is to look for: found without trying every line."""
    at = 0 if text.startswith("---") else text.find("\n---") + 1
    while at or text.startswith("---"):
        if text[at + 3 : at + 4] in {"", " ", "\t", "\n"}:
            yield at
        following = text.find("\n---", at) + 1
        if not following:
            return
        at = following


def _is_bare(text: str, start: int, end: int) -> bool:
    matched = _BARE.match(text, start, end)
    return matched is not None and matched.end() == end
