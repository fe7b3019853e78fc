"""Which scalar a comment speaks for: the one before it on its line, or the one it stands above."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gitbot.markers.lines import Lines
from gitbot.markers.reader import Token, Tokens
from gitbot.markers.structure import Site

# A comment ends where git sees the end of the line; where a reader sees one earlier (NEL, LS, PS), these do not match.
_LINE_COMMENT = re.compile(r"[ \t]*(#[^\r\n\x85\u2028\u2029]*)(?=[\r\n]|\Z)")
_HEADER_COMMENT = re.compile(r"[|>][-+0-9]*[ \t]*(#[^\r\n\x85\u2028\u2029]*)(?=[\r\n]|\Z)")
_AFTER_VALUE = re.compile(r"[ \t]*,?[ \t]*#")
_BREAK = re.compile(r"[\r\n\x85\u2028\u2029]")

_IN_STRING = "it stands inside a string, where it is text and no comment"
_ELSEWHERE = "it does not follow a value, nor stand directly above a list item or a value on a line of its own"
_ABOVE_KEY = "it stands above a key; a marker follows its value on the same line"
_JOINED = "other comment lines join it; a marker above a value stands alone"
_FOOT = "it stands under the value before it, with a blank line after it"
_ASKEW = "it is not indented as the list item below, so it belongs to what is nested above"
_OUTVOTED = "the value below has a comment on its own line, and only that one counts"
_SECOND = "another marker speaks for the same value"
_FLOW_STARTS = frozenset({"FlowMappingStart", "FlowSequenceStart"})
_FLOW_ENDS = frozenset({"FlowMappingEnd", "FlowSequenceEnd"})
_BEHIND = {
    "Value": "no value stands before it on its line; a marker follows its value",
    "Key": "a key is never changed; a marker follows its value",
    "Scalar": "it follows a key; a marker follows its value",
    "Alias": "the value is an alias; mark the anchored value itself",
    "FlowMappingEnd": "it follows a one-line flow map; put the marked value on a line of its own",
    "FlowSequenceEnd": "it follows a one-line flow list; put the marked value on a line of its own",
    "FlowEntry": "no plain value stands before the comma on its line",
    "BlockEntry": "the list item is no plain value",
    "Anchor": "the value begins on a later line; put the marker behind it",
    "Tag": "the value begins on a later line; put the marker behind it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where an occurrence of the token stands: its comment's characters, and the scalar that the comment speaks for.

    `site` is None when it speaks for none; `why` then says so. `start` is the first character of the scalar itself, behind
    its anchor and tag. `is_text` means that the token is no comment at all.
    """

    comment: tuple[int, int]
    site: Site | None = None
    start: int = 0
    why: str = ""
    is_text: bool = False


def near(text: str, offset: int, site: Site | None) -> Place | None:
    """The frequent cases, told from the scalar just before an occurrence; None when it takes the tokens to tell.

    These are the line comment of a scalar without anchor and tag, the comment in the header of such a block scalar, and
    text inside such a scalar.
    """
    if site is None or not site.bare or site.role == "key" or site.start == site.end:
        return None
    if offset >= site.end:
        match = _LINE_COMMENT.match(text, site.end) if site.style not in {"|", ">"} else None
    else:
        match = _HEADER_COMMENT.match(text, site.start) if site.style in {"|", ">"} else None
        if match is None or offset >= match.end():
            return Place(comment=(offset, offset), why=_IN_STRING, is_text=True)
    if match is None or not match.start(1) <= offset < match.end():
        return None
    return Place(comment=match.span(1), site=site, start=site.start)


class Surroundings:
    """The rules of placement by what is really written around an occurrence, for one document."""

    def __init__(self, text: str, tokens: Tokens, sites: Mapping[int, Site]) -> None:
        self._text = text
        self._tokens = tokens
        self._sites = sites
        self._lines = Lines(text)

    def place(self, offset: int) -> Place:
        """The place of one occurrence of the token; every case that there is."""
        inside, number = self._tokens.around(offset)
        if inside is not None:
            return self._in_token(inside, offset)
        before = self._tokens[number - 1]
        line_start = self._lines.start(offset)
        begin = self._text.find("#", max(line_start, before.end if before else 0), offset + 1)
        if begin < 0:
            return Place(comment=(offset, offset), why=_ELSEWHERE, is_text=True)
        comment = (begin, self._lines.end(offset))
        if self._text[line_start:begin].strip(" \t"):
            return self._behind(comment, number)
        return self._above(comment, number)

    def _behind(self, comment: tuple[int, int], number: int) -> Place:
        """A comment with something before it on its line; `number` is that of the token after it."""
        before = self._tokens[number - 1]
        if before and before.kind == "FlowEntry":
            element = self._tokens[number - 2]
            before = element if self._same_line(element, before.start) else before
        if before is None or not self._same_line(before, comment[0]):
            return Place(comment=comment, why=_ELSEWHERE)
        if before.kind == "BlockEntry" and (item := self._scalar_at(number)):
            return self._head(comment, item)
        site = self._sites.get(before.end) if before.kind == "Scalar" else None
        if site is None or site.role == "key":
            return Place(comment=comment, why=_BEHIND.get(before.kind, _ELSEWHERE))
        return Place(comment=comment, site=site, start=before.start)

    def _above(self, comment: tuple[int, int], number: int) -> Place:
        """A comment on a line of its own; `number` is that of the token after it."""
        before, after = self._tokens[number - 1], self._tokens[number]
        line = self._lines.line(comment[0])
        above, below = self._lines.text(line - 1), self._lines.text(line + 1)
        in_text = before is not None and above is not None and before.end > self._lines.start(comment[0]) - 1
        if (_is_comment(above) and not in_text) or _is_comment(below) or self._is_remarked(before):
            return Place(comment=comment, why=_JOINED)
        is_item = after is not None and after.kind == "BlockEntry"
        nested = after is not None and is_item and self._ends_nested(after, number)
        # As in go-yaml: before a blank line it belongs to what is above, unless that only opens what is below.
        opens = self._opens(number) and not nested
        if after and before and not opens and above and above.strip() and below is not None and not below.strip():
            return Place(comment=comment, why=_FOOT)
        if after and nested and self._column(comment[0]) != self._column(after.start):
            return Place(comment=comment, why=_ASKEW)
        value = self._scalar_at(number + 1 if is_item else number)
        if value is None:
            return Place(comment=comment, why=_BEHIND["BlockEntry"] if is_item else _ELSEWHERE)
        return self._head(comment, value)

    def _is_remarked(self, entry: Token | None) -> bool:
        """Whether a comment stands right behind a dash: as in go-yaml, the comment lines below it join it."""
        return (
            entry is not None
            and entry.kind == "BlockEntry"
            and _is_comment(self._text[entry.end : self._lines.end(entry.start)])
        )

    def _opens(self, number: int) -> bool:
        """Whether a colon, a comma or an opening bracket comes before the token of that number, but for anchor and tag."""
        while (token := self._tokens[number := number - 1]) and token.kind in {"Anchor", "Tag"}:
            pass
        return token is not None and token.kind in {"Value", "FlowEntry", "FlowSequenceStart"}

    def _ends_nested(self, item: Token, number: int) -> bool:
        """Whether a map or a list of its own ends before this list item of that number."""
        column, depth = self._column(item.start), 0
        while token := self._tokens[number := number - 1]:
            depth += (token.kind in _FLOW_ENDS) - (token.kind in _FLOW_STARTS)
            if depth == 0 and token.kind == "BlockEntry":
                return self._column(token.start) > column
            if depth == 0 and token.kind == "Value" and (key := self._tokens[number - 1]):
                return self._column(key.start) > column
        return False

    def _column(self, offset: int) -> int:
        return offset - self._lines.start(offset)

    def _head(self, comment: tuple[int, int], scalar: Token) -> Place:
        site = self._sites.get(scalar.end)
        if site is None or site.role == "key":
            return Place(comment=comment, why=_ABOVE_KEY)
        is_block = site.style in {"|", ">"}
        pattern, begin = (_HEADER_COMMENT, scalar.start) if is_block else (_AFTER_VALUE, scalar.end)
        if pattern.match(self._text, begin):
            return Place(comment=comment, why=_OUTVOTED)
        return Place(comment=comment, site=site, start=scalar.start)

    def _in_token(self, token: Token, offset: int) -> Place:
        if token.kind != "Scalar":
            why = f"it is part of the text of a YAML {token.kind.lower()}, no comment"
            return Place(comment=(offset, offset), why=why, is_text=True)
        header = _HEADER_COMMENT.match(self._text, token.start)
        if header is None or not header.start(1) <= offset < header.end():
            return Place(comment=(offset, offset), why=_IN_STRING, is_text=True)
        site = self._sites.get(token.end)
        if site is None or site.role == "key":
            return Place(comment=header.span(1), why=_BEHIND["Key"])
        return Place(comment=header.span(1), site=site, start=token.start)

    def _scalar_at(self, number: int) -> Token | None:
        """The scalar token of that number, or behind an anchor and a tag that begin there."""
        while (token := self._tokens[number]) and token.kind in {"Anchor", "Tag"}:
            number += 1
        return token if token and token.kind == "Scalar" else None

    def _same_line(self, token: Token | None, end: int) -> bool:
        return token is not None and not _BREAK.search(self._text, token.end, end)


def second(place: Place) -> Place:
    """The same place when another marker already speaks for its scalar."""
    return Place(comment=place.comment, why=_SECOND)


def _is_comment(line: str | None) -> bool:
    return line is not None and line.lstrip(" \t").startswith("#")
