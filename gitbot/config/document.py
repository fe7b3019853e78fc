"""YAML (and so JSON) read into plain values, with the place of every value; aliases, depth and size are bounded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gitbot.printable import printable

Path = tuple[str | int, ...]
Place = tuple[int, int]

_MAX_DEPTH = 100
_MAX_NODES = 2_000_000
# What aliases may add: a configuration repeats a block or two, a bomb repeats millions.
_MAX_REPEATED = 100_000
_LONGEST_NUMBER = 1000
_STR = "tag:yaml.org,2002:str"

_NULL = {"", "~", "null", "Null", "NULL"}
_BOOL = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_INT = re.compile(r"[-+]?[0-9]+|0x[0-9a-fA-F]+|0o[0-7]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z0-9_$-]*")


class DocumentError(ValueError):
    """A text that is no YAML, or more of it than is read: what is wrong, and the 1-based line and column."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column


@dataclass(slots=True)
class Document:
    """One YAML document: its value, the place of each value by its path, and mistakes that do not stop the reading."""

    value: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    mistakes: list[tuple[Path, Place, str]] = field(default_factory=list)

    def place(self, path: Path) -> Place:
        """Find where a value stands: its key's line and column; for what is not there, those of what should hold it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, (1, 1))


def key_path(path: Path) -> str:
    """`policies[1].policy.semver.range`; odd keys as `["a.b/c"]`."""
    shown = ""
    for part in path:
        if isinstance(part, int):
            shown += f"[{part}]"
        elif _PLAIN_KEY.fullmatch(part):
            shown += f".{part}" if shown else part
        else:
            shown += f'["{printable(part, 80)}"]'
    return shown


def decode(data: bytes, limit: int) -> str:
    """Read UTF-8, with or without a byte order mark, as text; raises DocumentError with the line of the wrong byte."""
    if len(data) > limit:
        raise DocumentError(f"the file is larger than {limit} bytes")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise DocumentError("the file is not UTF-8; save it as UTF-8", line) from None


def documents(text: str) -> list[Document]:
    """All documents of a text; raises DocumentError where it is not YAML. An empty text has none."""
    # libyaml 0.1 refuses `{tag: sha256:ab}`, which is good YAML: what it refuses goes to the slower reader.
    try:
        return list(_Composer(_fast_events(text)).documents())
    except DocumentError:
        raise
    except Exception:  # noqa: BLE001 - the C parser is not installed, or raised one of several unrelated kinds
        return _slow(text)


def _slow(text: str) -> list[Document]:
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return list(_Composer(_pure_events(text)).documents())
    except MarkedYAMLError as error:
        raise _explained(error, text) from None
    except YAMLError:
        raise DocumentError("the file holds a character that YAML does not allow") from None


def _fast_events(text: str) -> Iterator[Any]:
    from _ruamel_yaml import CParser

    parser = CParser(text)
    while parser.check_event():
        yield parser.get_event()


def _pure_events(text: str) -> Iterator[Any]:
    from ruamel.yaml import YAML

    yield from YAML(typ="safe", pure=True).parse(text)


def _explained(error: Any, text: str) -> DocumentError:
    """Put a parser's error into one sentence; a tab used for indentation is named as such."""
    mark = error.problem_mark or error.context_mark
    line, column = (mark.line, mark.column) if mark is not None else (0, 0)
    lines = text.splitlines()
    source = lines[line] if line < len(lines) else ""
    if source[: column + 1].strip(" \t") == "" and "\t" in source[: column + 1]:
        return DocumentError("a tab indents this line; YAML wants spaces", line + 1, column + 1)
    # Neither message shows names or values of the file: they may be parts of a secret.
    if "tag" in str(error.problem):
        return DocumentError(
            "tags (!) are not supported; a text that begins with '!' wants quotes", line + 1, column + 1
        )
    context = f" {error.context}" if error.context else ""
    return DocumentError(f"not YAML: {printable(str(error.problem))}{printable(context)}", line + 1, column + 1)


class _Composer:
    """Events to values: what YAML's loaders do, with places and bounds."""

    def __init__(self, events: Iterator[Any]) -> None:
        self._events = events
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._document = Document()
        self._nodes = 0
        self._repeated = 0

    def documents(self) -> Iterator[Document]:
        """Each document in turn."""
        for event in self._events:
            if type(event).__name__ == "DocumentStartEvent":
                self._document = Document()
                self._anchors = {}
                first = next(self._events)
                self._document.places[()] = _place(first)
                self._document.value = self._value(first, (), 0)
                yield self._document

    def _value(self, event: Any, path: Path, depth: int) -> Any:
        kind = type(event).__name__
        if kind == "AliasEvent":
            return self._alias(event)
        self._nodes += 1
        if self._nodes > _MAX_NODES or depth > _MAX_DEPTH:
            raise DocumentError("the file is too large or too deeply nested", *_place(event))
        before = self._nodes
        if kind == "ScalarEvent":
            value = self._scalar(event, path)
        elif kind == "MappingStartEvent":
            value = self._mapping(path, depth)
        else:
            value = self._sequence(path, depth)
        if event.anchor:
            self._anchors[event.anchor] = (value, self._nodes - before + 1)
        return value

    def _alias(self, event: Any) -> Any:
        if event.anchor not in self._anchors:
            raise DocumentError(
                "an alias (*) without an anchor before it; a text that begins with '*' wants quotes", *_place(event)
            )
        value, size = self._anchors[event.anchor]
        self._nodes += size
        self._repeated += size
        if self._repeated > _MAX_REPEATED:
            raise DocumentError("aliases repeat too much", *_place(event))
        return value

    def _scalar(self, event: Any, path: Path) -> Any:
        if event.tag is not None and event.tag not in {_STR, "!"}:
            self._mistake(path, event, "tags (!) are not supported; a text that begins with '!' wants quotes")
        return _resolved(event.value) if event.implicit[0] else event.value

    def _sequence(self, path: Path, depth: int) -> list[Any]:
        items: list[Any] = []
        while type(event := next(self._events)).__name__ != "SequenceEndEvent":
            here = (*path, len(items))
            self._document.places[here] = _place(event)
            items.append(self._value(event, here, depth + 1))
        return items

    def _mapping(self, path: Path, depth: int) -> dict[str, Any]:
        pairs: dict[str, Any] = {}
        merged: list[Any] = []
        while type(event := next(self._events)).__name__ != "MappingEndEvent":
            if type(event).__name__ != "ScalarEvent":
                raise DocumentError("a key is one text, not a list, a mapping or an alias", *_place(event))
            here = (*path, event.value)
            if event.value in pairs:
                self._mistake(here, event, f"the key {printable(event.value, 80)!r} stands twice in this mapping")
            else:
                self._document.places[here] = _place(event)
            value = self._value(next(self._events), here, depth + 1)
            if event.value == "<<" and event.implicit[0]:
                merged += value if isinstance(value, list) else [value]
            else:
                pairs.setdefault(event.value, value)
        for other in merged:
            if not isinstance(other, dict):
                raise DocumentError("'<<' merges mappings only", *self._document.place(path))
            pairs = {**other, **pairs}
        return pairs

    def _mistake(self, path: Path, event: Any, message: str) -> None:
        self._document.mistakes.append((path, _place(event), message))


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _resolved(text: str) -> Any:
    """Return the value of a plain scalar by YAML 1.2's core schema."""
    if text in _NULL:
        return None
    if text in _BOOL:
        return _BOOL[text]
    if text[0] not in "-+.0123456789" or len(text) > _LONGEST_NUMBER:
        return text
    if _INT.fullmatch(text):
        return int(text, 0 if text.startswith(("0x", "0o")) else 10)
    return float(text.lower().replace(".inf", "inf").replace(".nan", "nan")) if _FLOAT.fullmatch(text) else text
