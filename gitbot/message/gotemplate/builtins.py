"""The functions text/template itself has."""

from __future__ import annotations

import re
from typing import Any

from gitbot.message.gotemplate import compare
from gitbot.message.gotemplate.arguments import GoError, can_be_nil, zero
from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.printer import sprint, sprintf, sprintln, type_name
from gitbot.message.gotemplate.text import is_byte, is_print, length, to_bytes
from gitbot.message.gotemplate.types import (
    INTEGERS,
    INVALID,
    GoMap,
    GoSlice,
    Type,
    Uint8,
    kind_of,
    nothing,
    truth,
    type_of,
)
from gitbot.message.meter import meter

_TABLE = Table()
BUILTINS = _TABLE.functions
define = _TABLE.define

_TABLE.define("print", "any...")(sprint)
_TABLE.define("println", "any...")(sprintln)
_TABLE.define("printf", "string any...")(sprintf)
for _name in ("eq", "ne", "lt", "le", "gt", "ge"):
    _TABLE.define(_name, "value value..." if _name == "eq" else "value value")(getattr(compare, _name))


@define("and or", "value value...")
def decided(*_: Any) -> Any:
    """`and` and `or` are decided where their arguments are evaluated."""
    raise GoError("unreachable")


@define("not", "value")
def negated(value: Any) -> bool:
    """Whether a value is empty."""
    return not truth(value)


@define("call", "value value value...")
def call(name: str, function: Any, *_: Any) -> Any:
    """Call a function value. A message's data holds none."""
    if nothing(function):
        raise GoError("call of nil")
    raise GoError(f"non-function {name} of type {type_name(function)}")


@define("len", "value")
def length_of(value: Any) -> int:
    """The length of a text (in bytes), slice or map."""
    if value is None:
        raise GoError("len of nil pointer")
    if isinstance(value, str):
        return length(value)
    if isinstance(value, GoSlice | GoMap):
        return len(value.items)
    if value is INVALID:
        raise GoError("reflect: call of reflect.Value.Type on zero Value")
    raise GoError(f"len of type {type_name(value)}")


@define("index", "value value...")
def index(item: Any, *indexes: Any) -> Any:
    """`item[a][b]…`."""
    if nothing(item):
        raise GoError("index of untyped nil")
    for place in indexes:
        if nothing(item):
            raise GoError("index of nil pointer")
        if isinstance(item, GoMap):
            item = _entry(item, place)
        elif isinstance(item, GoSlice):
            item = item.items[_in_range(place, len(item.items), "slice")]
        elif isinstance(item, str):
            item = Uint8(to_bytes(item)[_in_range(place, length(item), "string")])
        else:
            raise GoError(f"can't index item of type {type_name(item)}")
    return item


def _entry(mapping: GoMap, key: Any) -> Any:
    wanted = mapping.type.key
    elem = mapping.type.elem
    assert wanted is not None and elem is not None  # noqa: S101, PT018 - a map type has both
    if nothing(key):
        if not can_be_nil(wanted):
            raise GoError(f"value is nil; should be of type {wanted}")
        key = None
    elif wanted.kind != "interface" and type_of(key) != wanted and not {kind_of(key), wanted.kind} <= INTEGERS:
        raise GoError(f"value has type {type_name(key)}; should be {wanted}")
    try:
        found = mapping.items.get(key, INVALID)
    except TypeError:
        raise GoError(f"runtime error: hash of unhashable type {type_name(key)}") from None
    return zero_of(elem) if found is INVALID else found


_ZEROS: dict[str, Any] = {"string": "", "bool": False, "int": 0, "float64": 0.0}


def zero_of(wanted: Type) -> Any:
    """The zero value of a type."""
    return zero(wanted) if can_be_nil(wanted) else _ZEROS.get(wanted.kind, INVALID)


def _in_range(place: Any, size: int, kind: str) -> int:
    if nothing(place):
        raise GoError("cannot index slice/array with nil")
    if kind_of(place) not in INTEGERS:
        raise GoError(f"cannot index slice/array with type {type_name(place)}")
    if not 0 <= place <= size:
        raise GoError(f"index out of range: {int(place)}")
    if place == size:
        raise GoError(f"reflect: {kind} index out of range")
    return int(place)


_TEXT_FOR = {"\0": "\ufffd", '"': "&#34;", "'": "&#39;", "&": "&amp;", "<": "&lt;", ">": "&gt;"}


@define("html", "any...")
def html(*values: Any) -> str:
    """The values printed, with the characters that mean something in HTML escaped."""
    text = _printed(values)
    meter().check_text(len(text) * 5)
    return "".join(_TEXT_FOR.get(char, char) for char in text)


_JS = {"\\": "\\\\", "'": "\\'", '"': '\\"', "<": "\\u003C", ">": "\\u003E", "&": "\\u0026", "=": "\\u003D"}


@define("js", "any...")
def js(*values: Any) -> str:
    """The values printed, escaped for a JavaScript string."""
    text = _printed(values)
    meter().check_text(len(text) * 6)
    return "".join(map(_in_js, text))


def _in_js(char: str) -> str:
    if char in _JS:
        return _JS[char]
    if char < " ":
        return f"\\u00{ord(char):02X}"
    if char.isascii() or is_print(char):
        return char
    return char if is_byte(char) else f"\\u{ord(char):04X}"


_SAFE = re.compile(rb"[^A-Za-z0-9_.~-]")


@define("urlquery", "any...")
def urlquery(*values: Any) -> str:
    """The values printed, escaped for the query of a URL."""
    data = to_bytes(_printed(values))
    meter().check_text(len(data) * 3)
    return query_escape(data)


def query_escape(data: bytes) -> str:
    """net/url's QueryEscape."""
    return _SAFE.sub(lambda found: b"+" if found[0] == b" " else b"%%%02X" % found[0][0], data).decode("ascii")


def _printed(values: tuple[Any, ...]) -> str:
    """fmt.Sprint, where what is not there prints as in an action."""
    return sprint(*("<no value>" if nothing(value) else value for value in values))
