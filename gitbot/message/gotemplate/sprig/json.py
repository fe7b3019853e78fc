"""JSON as encoding/json reads and writes it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.numerals import floating
from gitbot.message.gotemplate.ordering import sorted_items
from gitbot.message.gotemplate.printer import MAX_DEPTH, type_name
from gitbot.message.gotemplate.text import is_byte
from gitbot.message.gotemplate.types import GoMap, GoSlice, GoStruct, anys, nothing
from gitbot.message.meter import meter

TABLE = Table()
define = TABLE.define

_SHORT = {'"': '\\"', "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
_HTML = frozenset("<>&")


class _Writer:
    """Writes one value; with `indent`, over several lines."""

    def __init__(self, *, html: bool = True, indent: str = "") -> None:
        self.html = html
        self.indent = indent
        self.parts: list[str] = []
        self.length = 0

    def write(self, text: str) -> None:
        self.length += len(text)
        meter().check_text(self.length)
        self.parts.append(text)

    def value(self, value: Any, depth: int = 0) -> None:
        """Write a value; raises GoError for one that has no JSON form."""
        meter().step()
        if depth > MAX_DEPTH:
            raise GoError("json: unsupported value: nested too deeply")
        if nothing(value) or (isinstance(value, GoSlice | GoMap) and value.nil):
            self.write("null")
        elif isinstance(value, str):
            self.write(self._string(value))
        elif isinstance(value, bool):
            self.write("true" if value else "false")
        elif isinstance(value, int | float):
            self.write(str(int(value)) if isinstance(value, int) else _float(value))
        elif isinstance(value, GoSlice):
            self._several("[]", [("", item) for item in value.items], depth)
        else:
            self._fields(value, depth)

    def _fields(self, value: Any, depth: int) -> None:
        if isinstance(value, GoMap):
            if value.type.key is not None and value.type.key.kind == "struct":
                raise GoError(f"json: unsupported type: {type_name(value)}")
            entries = [(_key(value, key), item) for key, item in sorted_items(value)]
            self._several(
                "{}", [(self._string(key), item) for key, item in sorted(entries, key=lambda one: one[0])], depth
            )
        elif isinstance(value, GoStruct):
            if value.string is not None and value.type.name.endswith("semver.Version"):
                self.write(self._string(value.string or ""))
                return
            fields = value.fields if value.encoded is None else value.encoded
            self._several("{}", [(self._string(name), item) for name, item in fields], depth)
        else:
            raise GoError(f"json: unsupported type: {type_name(value)}")

    def _several(self, marks: str, items: Iterable[tuple[str, Any]], depth: int) -> None:
        self.write(marks[0])
        written = False
        for name, item in items:
            self.write("," if written else "")
            self._line(depth + 1)
            if name:
                self.write(f"{name}: " if self.indent else f"{name}:")
            self.value(item, depth + 1)
            written = True
        if written:
            self._line(depth)
        self.write(marks[1])

    def _line(self, depth: int) -> None:
        if self.indent:
            self.write("\n" + self.indent * depth)

    def _string(self, text: str) -> str:
        if text.isascii() and text.isprintable() and not set(text) & {'"', "\\", *_HTML}:
            return f'"{text}"'
        return '"' + "".join(map(self._char, text)) + '"'

    def _char(self, char: str) -> str:
        if char in _SHORT:
            return _SHORT[char]
        if char < " " or (char in _HTML and self.html) or char in "\u2028\u2029":
            return f"\\u{ord(char):04x}"
        return "\\ufffd" if is_byte(char) else char


def _key(mapping: GoMap, key: Any) -> str:
    if isinstance(key, str):
        return key
    if isinstance(key, int) and not isinstance(key, bool):
        return str(int(key))
    raise GoError(f"json: unsupported type: {type_name(mapping)}")


def _float(value: float) -> str:
    if value != value or value in (float("inf"), float("-inf")):  # noqa: PLR0124 - NaN is not equal to itself
        raise GoError(f"json: unsupported value: {floating(value, 'g', -1).lstrip('+')}")
    if value == 0 or 1e-6 <= abs(value) < 1e21:
        return floating(value, "f", -1).lstrip("+")
    shown = floating(value, "e", -1).lstrip("+")
    return shown[:-2] + shown[-1] if shown[-4:-1] == "e-0" else shown


def encode(value: Any, *, html: bool = True, indent: str = "") -> str:
    """The JSON of a value; raises GoError where Go returns an error."""
    writer = _Writer(html=html, indent=indent)
    writer.value(value)
    return "".join(writer.parts)


def _lenient(value: Any, *, indent: str = "") -> str:
    """The JSON of a value, or nothing where Go returns an error."""
    try:
        return encode(value, indent=indent)
    except GoError:
        return ""


define("toJson", "any")(_lenient)
define("toPrettyJson", "any")(lambda value: _lenient(value, indent="  "))
define("toRawJson mustToRawJson", "any")(lambda value: encode(value, html=False))
define("mustToJson", "any")(encode)
define("mustToPrettyJson", "any")(lambda value: encode(value, indent="  "))


@define("mustFromJson", "string")
def decode(text: str) -> Any:
    """The value of a JSON text: float64, string, bool, []interface {} and map[string]interface {}."""
    if not text.strip(" \t\r\n"):
        raise GoError("unexpected end of JSON input")
    try:
        return _value(json.loads(text, parse_int=_number, parse_float=_number, parse_constant=_constant))
    except ValueError as error:
        raise GoError(f"invalid JSON: {error}") from None


@define("fromJson", "string")
def decode_or_nothing(text: str) -> Any:
    """The value of a JSON text, nil when it is none."""
    try:
        return decode(text)
    except GoError:
        return None


def _number(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"cannot unmarshal number {text[:40]} into Go value of type float64")
    return value


def _constant(text: str) -> NoReturn:
    raise ValueError(f"invalid character {text[0]!r} looking for beginning of value")


def _value(value: Any) -> Any:
    meter().step()
    if isinstance(value, dict):
        return GoMap({_clean(key): _value(item) for key, item in value.items()})
    if isinstance(value, list):
        return anys(map(_value, value))
    return _clean(value) if isinstance(value, str) else value


def _clean(text: str) -> str:
    """JSON may escape half a character; Go puts U+FFFD in its place."""
    return (
        text
        if text.isascii()
        else "".join("\ufffd" if "\ud800" <= char <= "\udfff" and not is_byte(char) else char for char in text)
    )
