"""Every place where a file asks to be changed, and every place where it seems to ask but cannot."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from gitbot.errors import Problem
from gitbot.markers.document import read
from gitbot.markers.documents import Chunk, split
from gitbot.markers.found import Document, Finding, MarkedScalar
from gitbot.markers.grammar import NEEDLE, Part, holds_token
from gitbot.markers.identity import ObjectId
from gitbot.markers.limits import MAX_BYTES, MAX_DOCUMENTS, MAX_MARKERS, MAX_PURE, MAX_PURE_OF_FILE
from gitbot.markers.lines import Lines
from gitbot.markers.spans import Style

_BOM = b"\xef\xbb\xbf"
_NOT_UTF8 = re.compile(r"[\ud800-\udfff]")
# JSON may spell the dollar sign as an escape; such a marker works where the file holds the plain token elsewhere.
_OCCURRENCE = re.compile(r"(?:\$|\\u0024)imagepolicy")


@dataclass(frozen=True, slots=True, kw_only=True)
class Marked:
    """A scalar with a working marker.

    `start` and `end` count characters in the scan's text: the scalar with its quotes, or the line of a block scalar.
    `line` and `column` are those of `start`, 1-based; `marker_line` is the line of the comment. `in_flow` says that it
    stands inside `[...]` or `{...}`, where a plain scalar may hold less.
    """

    path: str
    document: int
    object: ObjectId
    key_path: str
    line: int
    column: int
    start: int
    end: int
    value: str
    style: Style
    in_flow: bool
    policy: str
    part: Part
    setter: str
    marker_line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Scan:
    """A file read for markers: its text without byte order mark, the marked scalars in order, and what cannot work.

    Bytes that are no UTF-8 are surrogates in the text, as `surrogateescape` makes them; of a file that is too large there
    is no text.

    `shapes` has a digest for each document that holds a marker and was read by events, over all of it but the values of
    its marked scalars: the short cut for simple documents makes none.
    """

    path: str
    text: str
    bom: bool = False
    marked: tuple[Marked, ...] = ()
    problems: tuple[Problem, ...] = ()
    shapes: Mapping[int, bytes] = field(default_factory=dict)

    @property
    def data(self) -> bytes:
        """The bytes of the file."""
        return (_BOM if self.bom else b"") + self.text.encode("utf-8", "surrogateescape")


def scan(path: str, data: bytes, *, thorough: bool = False) -> Scan:
    """Find every marker of a file; each occurrence of `$imagepolicy` ends as one of `marked` or in one of `problems`.

    Never raises for what a file holds. `path` is only copied. A document that is no YAML leaves the others alone; a file
    that is too large, or no UTF-8, has one problem for all of its markers. `thorough` takes no short cut; it only shows in
    `shapes`.
    """
    if len(data) > MAX_BYTES:
        too_large = f"the file is larger than {MAX_BYTES // 1024 // 1024} MiB"
        return (
            _refused(Scan(path=path, text=""), data, "limit", too_large)
            if holds_token(data)
            else Scan(path=path, text="")
        )
    bom = data.startswith(_BOM)
    text = data[3 if bom else 0 :].decode("utf-8", "surrogateescape")
    bare = Scan(path=path, text=text, bom=bom)
    if not holds_token(data):
        return bare
    wrong = _NOT_UTF8.search(text)
    if wrong:
        line = Lines(text).line(wrong.start())
        return _refused(bare, data, "not-utf8", f"the file is not UTF-8 (line {line})")
    offsets = [match.start() for match in _OCCURRENCE.finditer(text)]
    chunks = list(itertools.islice(split(text), MAX_DOCUMENTS + 1))
    if len(chunks) > MAX_DOCUMENTS:
        return _refused(bare, data, "limit", f"the file has more than {MAX_DOCUMENTS:,} documents")
    if len(offsets) > MAX_MARKERS:
        return _refused(bare, data, "limit", f"the file has more than {MAX_MARKERS:,} markers")
    return _assemble(bare, list(_documents(text, chunks, offsets, thorough=thorough)))


def _documents(
    text: str, chunks: list[Chunk], offsets: list[int], *, thorough: bool
) -> Iterator[tuple[Chunk, Document]]:
    """The documents that hold the token, read; the others are nobody's business."""
    slow = MAX_PURE_OF_FILE
    for chunk in chunks:
        first, last = bisect_left(offsets, chunk.start), bisect_left(offsets, chunk.end)
        if first < last:
            inside = [offset - chunk.start for offset in offsets[first:last]]
            document = read(text[chunk.start : chunk.end], inside, thorough=thorough, max_pure=min(MAX_PURE, slow))
            slow -= chunk.end - chunk.start if document.slow else 0
            yield chunk, document


def _assemble(bare: Scan, documents: list[tuple[Chunk, Document]]) -> Scan:
    lines = Lines(bare.text)
    path = bare.path
    return replace(
        bare,
        marked=tuple(_marked(path, lines, chunk, one) for chunk, document in documents for one in document.marked),
        problems=tuple(_problem(path, lines, chunk, one) for chunk, document in documents for one in document.findings),
        shapes={chunk.index: document.shape for chunk, document in documents if document.shape},
    )


def _marked(path: str, lines: Lines, chunk: Chunk, one: MarkedScalar) -> Marked:
    start = chunk.start + one.span.start
    return Marked(
        path=path,
        document=chunk.index,
        object=one.object,
        key_path=one.key_path,
        line=lines.line(start),
        column=lines.column(start),
        start=start,
        end=chunk.start + one.span.end,
        value=one.span.value,
        style=one.span.style,
        in_flow=one.in_flow,
        policy=one.marker.policy,
        part=one.marker.part,
        setter=one.marker.setter,
        marker_line=lines.line(chunk.start + one.comment),
    )


def _problem(path: str, lines: Lines, chunk: Chunk, one: Finding) -> Problem:
    offset = chunk.start + one.offset
    stop = f" (line {lines.line(chunk.start + one.stopped)})" if one.stopped is not None else ""
    return Problem(
        path=path,
        line=lines.line(offset),
        column=lines.column(offset),
        code=one.code,
        message=one.message + stop,
        severity=one.severity,
        hint=one.hint,
    )


def _refused(bare: Scan, data: bytes, code: str, why: str) -> Scan:
    count = data.count(NEEDLE)
    lost = f"; its {count} markers are left alone" if count > 1 else ""
    return replace(bare, problems=(Problem(path=bare.path, code=code, message=why + lost, severity="error"),))
