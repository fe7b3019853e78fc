"""One pass over a document's events: the scalars next to given characters, whose they are, and the shape of it all."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from gitbot.markers.identity import FIELDS, ROOT, Path, identity_key
from gitbot.markers.limits import MAX_DEPTH, MAX_NODES
from gitbot.markers.reader import UnreadableError

Role = Literal["value", "item", "root", "key"]
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})


class LimitError(Exception):
    """A document is deeper or longer than anything that people write: it is not read further."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A scalar as the parser saw it: its characters (anchor and tag included), its value, its place in the document.

    `number` is its place in the shape. `bare` means that neither anchor nor tag belongs to the span.
    """

    start: int
    end: int
    value: str
    style: str
    tag: str
    bare: bool
    role: Role
    path: Path
    in_flow: bool
    number: int


class _Frame:
    __slots__ = ("in_flow", "in_key", "is_map", "key", "waits")

    def __init__(self, *, is_map: bool, in_key: bool, in_flow: bool) -> None:
        self.is_map, self.in_key, self.in_flow = is_map, in_key, in_flow
        self.key: Any = None if is_map else -1  # a Step
        self.waits = is_map  # the next node of the map is a key


class Structure:
    """What one document holds around the characters of interest.

    `before[i]` is the scalar just parsed when the reader passed `offsets[i]` (it may hold that character), None when
    something else was; `sites` also has the first scalar after each, by the end of its span.
    """

    def __init__(self, events: Iterable[Any], offsets: list[int]) -> None:
        """Read all events; raises UnreadableError as they do, and LimitError at the bound, not at the end."""
        self.before: list[Site | None] = []
        self.sites: dict[int, Site] = {}
        self.identities: dict[int, dict[str, str]] = {ROOT: {}}
        self._shape: list[str | tuple[str, ...] | None] = []
        self._stack: list[_Frame] = []
        self._last: Any = None
        self._role: Role = "root"
        self._documents = 0
        self._wants_next = False
        self._read(events, offsets)

    def shape(self, without: Iterable[int]) -> bytes:
        """A digest of every node of the document, the values of the given scalars (by number) left out."""
        nodes = list(self._shape)
        for number in without:
            nodes[number] = None
        return hashlib.sha256(repr(nodes).encode("utf-8", "surrogatepass")).digest()

    def _read(self, events: Iterable[Any], offsets: list[int]) -> None:
        handlers = {
            ScalarEvent: self._scalar,
            AliasEvent: self._alias,
            MappingStartEvent: self._open,
            SequenceStartEvent: self._open,
            MappingEndEvent: self._close,
            SequenceEndEvent: self._close,
        }
        beyond = 1 << 62
        coming = iter([*offsets, beyond])
        following = next(coming)
        count = 0
        for count, event in enumerate(events):
            start = event.start_mark.index
            while start > following:
                self._pass()
                following = next(coming)
            handlers.get(event.__class__, self._document)(event)
            if count > MAX_NODES:
                raise LimitError(f"the document has more than {MAX_NODES:,} nodes")
        while following != beyond:
            self._pass()
            following = next(coming)

    def _scalar(self, event: Any) -> None:
        value = event.value
        self._shape.append(value)
        stack = self._stack
        if not stack:
            self._role = "root"
        elif (top := stack[-1]).is_map:
            if top.waits:
                top.key, top.waits, self._role = value, False, "key"
            else:
                top.waits, self._role = True, "value"
                if top.key in FIELDS and len(stack) <= 4:
                    self._identify(top.key, value, event)
        else:
            top.key += 1
            self._role = "item"
        self._last = event
        if event.anchor or event.tag:
            self._shape.append(("&", str(event.anchor), str(event.tag)))
        if self._wants_next:
            self._note(event)

    def _note(self, event: Any) -> Site:
        """Record the scalar just read, while the stack still says where it stands."""
        self._wants_next = False
        top = self._stack[-1] if self._stack else None
        bare = not (event.anchor or event.tag)
        site = Site(
            start=event.start_mark.index,
            end=event.end_mark.index,
            value=event.value,
            style=event.style or "",
            tag=str(event.tag or ""),
            bare=bare,
            role="key" if top and top.in_key else self._role,
            path=tuple(frame.key for frame in self._stack),
            in_flow=bool(top and top.in_flow),
            number=len(self._shape) - (1 if bare else 2),
        )
        if site.start < site.end:  # an empty value may begin where another ends
            self.sites[site.end] = site
        return site

    def _pass(self) -> None:
        self.before.append(self._note(self._last) if self._last is not None else None)
        self._wants_next = True

    def _identify(self, field: str, value: str, event: Any) -> None:
        whose = identity_key(tuple(frame.key for frame in self._stack[:-1]), field)
        if whose is not None:
            is_null = not event.style and not event.tag and value in _NULLS
            self.identities.setdefault(whose, {})[field] = "" if is_null else value

    def _alias(self, event: Any) -> None:
        self._shape.append(("*", event.anchor))
        self._enter()

    def _open(self, event: Any) -> None:
        is_map = event.__class__ is MappingStartEvent
        self._shape.append(("{" if is_map else "[", str(event.anchor), str(event.tag)))
        above = self._stack[-1] if self._stack else None
        in_key = self._enter() or bool(above and above.in_key)
        in_flow = bool(event.flow_style) or bool(above and above.in_flow)
        self._stack.append(_Frame(is_map=is_map, in_key=in_key, in_flow=in_flow))
        if len(self._stack) > MAX_DEPTH:
            raise LimitError(f"the document nests deeper than {MAX_DEPTH} levels")

    def _enter(self) -> bool:
        """Step to the next node that is no scalar; whether it is a key."""
        self._last = None
        top = self._stack[-1] if self._stack else None
        if top is None:
            return False
        if not top.is_map:
            top.key += 1
            return False
        if top.waits:
            top.key, top.waits = None, False
            return True
        top.waits = True
        return False

    def _close(self, _: Any) -> None:
        self._shape.append(("]",))
        self._stack.pop()
        self._last = None

    def _document(self, event: Any) -> None:
        self._last = None
        if event.__class__ is DocumentStartEvent:
            self._documents += 1
            if self._documents > 1:
                raise UnreadableError(
                    "a second document begins where only some readers see one", event.start_mark.index
                )
