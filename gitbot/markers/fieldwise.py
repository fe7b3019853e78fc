"""The short cut for documents with one field a line, which most are: read by lines instead of by the parser's events.

It declines whatever is not of a narrow form, and whatever has anything to report; `document` then reads by events. What
it accepts is also given to libyaml, for its verdict alone. A test holds both ways of reading against each other.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

from _ruamel_yaml import CParser

from gitbot.markers.found import Document, MarkedScalar
from gitbot.markers.grammar import Marker, parse
from gitbot.markers.identity import FIELDS, ROOT, Path, identity_key, owner
from gitbot.markers.limits import MAX_DEPTH
from gitbot.markers.spans import Span

# A line: indentation, dashes, a key, then a plain value, a quoted one, a one-line flow collection or the header of a
# block scalar, then a comment. Every part is less than YAML allows there.
_LINE = re.compile(
    r"""
    ([ ]*) ((?>(?:-[ ]+)*))
    (?: ([A-Za-z_][A-Za-z0-9_./-]*+) : (?=[ \r\n]|\Z) [ ]*+ )?
    (?>(?: ( (?: [A-Za-z0-9_./$(~+<] | -(?=[^\s]) ) (?>(?: [^\s\#:]++ | :(?=[^\s]) | (?<=[^\s])\# | [ ]++(?=[^\s\#]) )*) )
      | ( "[^"\\\r\n\t]*+" | '[^'\r\n\t]*+' )
      | ( \{(?>(?:[^\[\]{}"'\#\\&*!|>%@`\r\n\t]++|"[^"\\\r\n\t]*+")*)\}
        | \[(?>(?:[^\[\]{}"'\#\\&*!|>%@`\r\n\t]++|"[^"\\\r\n\t]*+")*)\] )
      | ( [|>][-+]?+ )
    )?)
    ([ ]*+ (?>(?: \#[^\r\n\t]*+ )?)) (?: \r?\n | \Z )
    """,
    re.VERBOSE,
)
_START = re.compile(r"---[ ]*(?:#[^\r\n\t]*)?\r?\n")
_ODD = re.compile("[\x85\u2028\u2029\ufeff]")
_NULLS = frozenset({"~", "null", "Null", "NULL"})
_TOLD = FIELDS | {"metadata", "items"}


class _DeclinedError(Exception):
    """The document is not of the narrow form."""


def read(text: str, offsets: list[int]) -> Document | None:
    """Read a document of one field a line whose every marker works; None for any other. Never raises."""
    if not text.isascii() and _ODD.search(text):
        return None
    try:
        lines = _Lines(text, offsets)
        CParser(text).raw_parse()
    except Exception:  # noqa: BLE001 - whatever is odd about it is for the other reader to say
        return None
    return lines.document()


@lru_cache(maxsize=256)
def _block(indent: int) -> re.Pattern[str]:
    """The lines of a block scalar whose parent is indented so far."""
    return re.compile(rf"(?>(?:[ ]*\r?\n|[ ]{{{indent + 1},}}[^\r\n]*(?:\r?\n|\Z))*)")


class _Lines:
    """The walk over the lines. The stack holds [column, is a map, key or index] of each open collection."""

    def __init__(self, text: str, offsets: list[int]) -> None:
        self._text = text
        self._stack: list[list[Any]] = []
        self._pending = True  # a node may begin below what came last
        self._identities: dict[int, dict[str, str]] = {ROOT: {}}
        self._found: list[tuple[Marker, Span, Path, int]] = []
        self._walk([*offsets, len(text) + 1])

    def document(self) -> Document:
        """What was found, once all of it was read."""
        return Document(tuple(self._marked(*one) for one in self._found), (), b"")

    def _marked(self, marker: Marker, span: Span, path: Path, comment: int) -> MarkedScalar:
        whose, key_path = owner(path, self._identities)
        return MarkedScalar(marker=marker, span=span, object=whose, key_path=key_path, in_flow=False, comment=comment)

    def _walk(self, offsets: list[int]) -> None:
        text, match_line = self._text, _LINE.match
        number = 0
        position = self._behind_start(offsets[0])
        while position < len(text):
            line = match_line(text, position)
            if line is None:
                raise _DeclinedError
            indent, dashes, key, plain, quoted, flow, block, _ = line.groups()
            filled = plain or quoted or flow or block
            position = line.end()
            if not key and bool(filled) != bool(dashes):
                raise _DeclinedError
            if filled or key:
                self._node(len(indent), dashes, key)
                self._pending = not filled
            if key in _TOLD:
                self._told(key, line)
            if offsets[number] < position:
                number = self._mark(line, offsets, number)
            if block:
                position = self._after_block(position, offsets[number])

    def _behind_start(self, offset: int) -> int:
        """Pass over the line of `---`; `offset` is the first occurrence of the token, which may not be in its comment."""
        start = _START.match(self._text)
        position = start.end() if start else 0
        if offset < position:
            raise _DeclinedError
        return position

    def _after_block(self, position: int, offset: int) -> int:
        """Pass over the text of a block scalar; `offset` is the next occurrence of the token, which may not be in it."""
        content = _block(self._stack[-1][0]).match(self._text, position)
        end = content.end() if content else position
        if offset < end:
            raise _DeclinedError
        return end

    def _node(self, column: int, dashes: str, key: str | None) -> None:
        """Step to the node that a line begins: items at each dash, then a key."""
        if dashes:
            for distance, char in enumerate(dashes):
                if char == "-":
                    self._dash(column + distance)
            column += len(dashes)
        if key is None:
            return
        stack = self._stack
        while stack and (stack[-1][0] > column or (stack[-1][0] == column and not stack[-1][1])):
            stack.pop()
        if stack and stack[-1][0] == column:
            stack[-1][2] = key
        elif self._pending and (not stack or stack[-1][0] < column):
            self._push([column, True, key])
        else:
            raise _DeclinedError

    def _dash(self, column: int) -> None:
        stack = self._stack
        while stack and stack[-1][0] > column:
            stack.pop()
        if stack and not stack[-1][1] and stack[-1][0] == column:
            stack[-1][2] += 1
        elif self._pending and (not stack or stack[-1][0] < column or stack[-1][1]):
            self._push([column, False, 0])
        else:
            raise _DeclinedError
        self._pending = True

    def _push(self, frame: list[Any]) -> None:
        self._stack.append(frame)
        if len(self._stack) > MAX_DEPTH:
            raise _DeclinedError

    def _told(self, key: str, line: re.Match[str]) -> None:
        """Note what a line says of an object's identity; what a flow collection would say of it is not read here."""
        flow = line[6] or line[7]
        if key not in FIELDS:
            if flow and len(flow) > 2:
                raise _DeclinedError
            return
        if len(self._stack) > 4:
            return
        whose = identity_key(tuple(frame[2] for frame in self._stack[:-1]), key)
        if whose is None:
            return
        if flow:
            raise _DeclinedError
        value = line[5][1:-1] if line[5] else (line[4] or "")
        self._identities.setdefault(whose, {})[key] = "" if line[4] in _NULLS else value

    def _mark(self, line: re.Match[str], offsets: list[int], number: int) -> int:
        """Take the marker of a line; returns the number of the first occurrence of the token behind the line."""
        comment = line.start(8) + line[8].find("#")
        marker = parse(self._text[comment : line.end(8)]) if comment >= line.start(8) <= offsets[number] else None
        if not isinstance(marker, Marker):
            raise _DeclinedError
        if line[4] is not None:
            span = Span(line.start(4), line.end(4), line[4], "plain")
        elif line[5] is not None:
            span = Span(line.start(5), line.end(5), line[5][1:-1], "single" if line[5][0] == "'" else "double")
        else:
            raise _DeclinedError
        self._found.append((marker, span, tuple(frame[2] for frame in self._stack), comment))
        while offsets[number] < line.end():
            number += 1
        return number
