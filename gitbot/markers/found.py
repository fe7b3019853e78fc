"""What is found in one document: its marked scalars, and its occurrences of the token that do not work."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gitbot.errors import Severity
from gitbot.markers.grammar import Marker
from gitbot.markers.identity import ObjectId
from gitbot.markers.spans import Span

Code = Literal["malformed-marker", "unknown-part", "misplaced-marker", "refused-edit", "unparsable-document", "limit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkedScalar:
    """A scalar with a working marker; offsets count from the start of the document."""

    marker: Marker
    span: Span
    object: ObjectId
    key_path: str
    in_flow: bool
    comment: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """An occurrence of the token that does not work. `stopped` is the offset at which a reader gave up, if one did."""

    offset: int
    code: Code
    message: str
    severity: Severity = "error"
    hint: str = ""
    stopped: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """What one document asks for: its marked scalars in order, its findings, and the shape of all the rest of it.

    Shapes tell two readings of a document apart; they compare only when their first byte, the way of reading, is the same.
    `slow` says that the pure reader was at work.
    """

    marked: tuple[MarkedScalar, ...] = ()
    findings: tuple[Finding, ...] = ()
    shape: bytes = b""
    slow: bool = False
