"""One document of a file: its marked scalars, and what is wrong with its other markers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from gitbot.errors import Severity
from gitbot.markers import fieldwise
from gitbot.markers.found import Code, Document, Finding, MarkedScalar
from gitbot.markers.grammar import TOKEN, Malformed, Marker, parse
from gitbot.markers.identity import owner
from gitbot.markers.limits import MAX_PURE
from gitbot.markers.placement import Place, Surroundings, near, second
from gitbot.markers.reader import Reader, Tokens, UnreadableError, events
from gitbot.markers.spans import Span, span
from gitbot.markers.structure import LimitError, Structure
from gitbot.printable import printable

_LINE = re.compile(r"[^\r\n]*")
_OTHER_BREAK = re.compile("[\x85\u2028\u2029]")


def read(text: str, offsets: list[int], *, thorough: bool = False, max_pure: int = MAX_PURE) -> Document:
    """Read one document; `offsets` are those of the token in it, in order. Never raises for what the text holds.

    Most documents have one field a line and are read by that; `thorough` reads these by the parser's events as well.
    """
    quick = None if thorough else fieldwise.read(text, offsets)
    return quick or _by_events(text, offsets, max_pure)


def _by_events(text: str, offsets: list[int], max_pure: int) -> Document:
    try:
        structure, reader = _structure(text, offsets, max_pure)
    except UnreadableError as error:
        message = f"the document is not valid YAML: {printable(error.message, 200)}"
        return replace(_unread(text, offsets, "unparsable-document", message, error.offset), slow=len(text) <= max_pure)
    except LimitError as error:
        return _unread(text, offsets, "limit", str(error), None)
    marked: list[MarkedScalar] = []
    numbers: list[int] = []
    findings: list[Finding] = []
    for offset, place in _places(text, offsets, structure, reader):
        one = _judge(text, offset, place, structure)
        if isinstance(one, MarkedScalar):
            marked.append(one)
            numbers += [place.site.number] if place.site else []
        elif one is not None:
            findings.append(one)
    marked.sort(key=lambda one: one.span.start)
    shape = b"e" + structure.shape(numbers) if marked else b""
    return Document(tuple(marked), tuple(findings), shape, slow=reader == "pure")


def _structure(text: str, offsets: list[int], max_pure: int) -> tuple[Structure, Reader]:
    """The document by libyaml, or by the pure reader when libyaml refuses it and it is small enough for the slow one."""
    try:
        return Structure(events(text, "libyaml"), offsets), "libyaml"
    except UnreadableError as refusal:
        # The pure reader knows no line breaks but CR and LF, and would see other scalars where such a one stands.
        if len(text) > max_pure or _OTHER_BREAK.search(text):
            raise
        try:
            return Structure(events(text, "pure"), offsets), "pure"
        except UnreadableError:
            raise refusal from None


def _places(text: str, offsets: list[int], structure: Structure, reader: Reader) -> Iterator[tuple[int, Place]]:
    """The place of each comment or line of text that holds the token, once."""
    surroundings: Surroundings | None = None
    taken: set[int] = set()
    done = 0
    for offset, site in zip(offsets, structure.before, strict=True):
        if offset < done:
            continue
        place = near(text, offset, site)
        if place is None:
            surroundings = surroundings or Surroundings(text, Tokens(text, reader), structure.sites)
            place = surroundings.place(offset)
        if place.site is not None:
            place = second(place) if place.site.end in taken else place
            taken.add(place.site.end if place.site else 0)
        done = place.comment[1]
        yield offset, place


def _judge(text: str, offset: int, place: Place, structure: Structure) -> MarkedScalar | Finding | None:
    if place.is_text:
        is_token = text.startswith(TOKEN, offset)
        why = f"the marker cannot work: {place.why}"
        return Finding(offset=offset, code="misplaced-marker", message=why, severity="warning") if is_token else None
    begin, end = place.comment
    marker = parse(text[begin:end])
    if marker is None:
        return None
    if isinstance(marker, Malformed):
        severity: Severity = "warning" if marker.mention else "error"
        return Finding(offset=begin, code=marker.code, message=marker.message, severity=severity, hint=marker.hint)
    if place.site is None:
        return Finding(offset=begin, code="misplaced-marker", message=f"the marker cannot work: {place.why}")
    replaced = span(text, place)
    if isinstance(replaced, str):
        return Finding(offset=begin, code="refused-edit", message=f"the value is left alone: {replaced}")
    return _marked(marker, place, replaced, structure)


def _marked(marker: Marker, place: Place, replaced: Span, structure: Structure) -> MarkedScalar | None:
    site = place.site
    if site is None:
        return None
    whose, key_path = owner(site.path, structure.identities)
    return MarkedScalar(
        marker=marker,
        span=replaced,
        object=whose,
        key_path=key_path,
        in_flow=site.in_flow,
        comment=place.comment[0],
    )


def _unread(text: str, offsets: list[int], code: Code, message: str, stopped: int | None) -> Document:
    """A document that was not read: each line that holds the token is told."""
    findings: list[Finding] = []
    done = 0
    for offset in offsets:
        if offset >= done and text.startswith(TOKEN, offset):
            findings.append(Finding(offset=offset, code=code, message=message, stopped=stopped))
            line = _LINE.match(text, offset)
            done = line.end() if line else offset
    return Document(findings=tuple(findings))
