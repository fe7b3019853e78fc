"""Line and column of a character, as an editor or git counts them."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

_BREAK = re.compile(r"\r\n?|\n")


class Lines:
    """The lines of one text: LF, CRLF and a lone CR end a line; NEL, LS and PS do not, as in git and editors."""

    __slots__ = ("_starts", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._starts = [0, *(match.end() for match in _BREAK.finditer(text))] if "\r" in text else _after_each_lf(text)

    def line(self, offset: int) -> int:
        """The 1-based line of a 0-based character offset."""
        return bisect_right(self._starts, offset)

    def column(self, offset: int) -> int:
        """The 1-based column, in characters."""
        return offset - self.start(offset) + 1

    def start(self, offset: int) -> int:
        """The offset at which the line of a character begins."""
        return self._starts[bisect_right(self._starts, offset) - 1]

    def end(self, offset: int) -> int:
        """The offset at which the line of a character ends, its line break not counted."""
        number = self.line(offset)
        end = self._starts[number] if number < len(self._starts) else len(self._text)
        return self.start(offset) + len(self._text[self.start(offset) : end].rstrip("\r\n"))

    def text(self, line: int) -> str | None:
        """The text of a 1-based line without its break, None when there is no such line."""
        if not 1 <= line <= len(self._starts):
            return None
        start = self._starts[line - 1]
        return self._text[start : self.end(start)]


def _after_each_lf(text: str) -> list[int]:
    """The starts of the lines where LF alone ends them: nearly every file, and no loop of Python's own."""
    return list(accumulate(map(len, text.split("\n")), lambda start, length: start + length + 1, initial=0))[:-1]
