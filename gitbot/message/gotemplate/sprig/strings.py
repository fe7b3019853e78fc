"""Texts: trimming, cutting, padding, replacing, splitting, joining."""

from __future__ import annotations

from typing import Any

from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.printer import sprint, string_of
from gitbot.message.gotemplate.sprig.casts import strslice
from gitbot.message.gotemplate.text import SPACES, cut, from_bytes, joined, length, quote, to_bytes
from gitbot.message.gotemplate.types import STRING_MAP, STRINGS, GoMap, GoSlice, nothing, strings
from gitbot.message.meter import meter

TABLE = Table()
define = TABLE.define

define("hello")(lambda: "Hello!")
define("trim", "string")(lambda text: text.strip(SPACES))
define("trimall trimAll", "string string")(lambda marks, text: text.strip(marks) if marks else text)
define("trimSuffix", "string string")(lambda end, text: text.removesuffix(end))
define("trimPrefix", "string string")(lambda start, text: text.removeprefix(start))
define("contains", "string string")(lambda part, text: part in text)
define("hasPrefix", "string string")(lambda start, text: text.startswith(start))
define("hasSuffix", "string string")(lambda end, text: text.endswith(end))
define("plural", "string string int")(lambda one, many, count: one if count == 1 else many)
define("toString", "any")(string_of)
define("toStrings", "any")(lambda value: strings(strslice(value)))


@define("trunc", "int string")
def trunc(count: int, text: str) -> str:
    """The first `count` bytes, or with a negative count the last."""
    size = length(text)
    if count < 0:
        return cut(text, size + count, size) if size + count > 0 else text
    return cut(text, 0, count) if size > count else text


@define("substr", "int int string")
def substr(start: int, end: int, text: str) -> str:
    """Bytes from `start` to `end`; out of range as in Go."""
    size = length(text)
    if start < 0:
        start = 0
    elif end < 0 or end > size:
        end = size
    if not 0 <= end <= size:
        raise GoError(
            f"runtime error: slice bounds out of range [:{end}]" + (f" with length {size}" if end > 0 else "")
        )
    if start > end:
        raise GoError(f"runtime error: slice bounds out of range [{start}:{end}]")
    return cut(text, start, end)


@define("repeat", "int string")
def repeat(count: int, text: str) -> str:
    """The text `count` times."""
    if count < 0:
        raise GoError("strings: negative Repeat count")
    meter().check_text(count * len(text))
    return text * count


@define("replace", "string string string")
def replace(old: str, new: str, text: str) -> str:
    """The text with every `old` replaced."""
    found = text.count(old)
    meter().check_text(len(text) + found * max(0, len(new) - len(old)))
    return text.replace(old, new)


@define("indent", "int string")
def indent(spaces: int, text: str) -> str:
    """Every line moved right."""
    if spaces < 0:
        raise GoError("strings: negative Repeat count")
    meter().check_text(len(text) + spaces * (1 + text.count("\n")))
    pad = " " * spaces
    return pad + text.replace("\n", "\n" + pad)


define("nindent", "int string")(lambda spaces, text: "\n" + indent(spaces, text))


@define("quote", "any...")
def quoted(*values: Any) -> str:
    """Every value as a Go string constant."""
    return _spaced([quote(string_of(value)) for value in values if not nothing(value)])


@define("squote", "any...")
def single_quoted(*values: Any) -> str:
    """Every value in single quotes, not escaped."""
    return _spaced([f"'{sprint(value)}'" for value in values if not nothing(value)])


@define("cat", "any...")
def cat(*values: Any) -> str:
    """Every value, with spaces between."""
    return _spaced([sprint(value) for value in values if not nothing(value)])


def _spaced(parts: list[str]) -> str:
    meter().check_text(sum(map(len, parts)) + len(parts))
    return " ".join(parts)


@define("abbrev", "int string")
def abbrev(width: int, text: str) -> str:
    """The text in `width` bytes at most, with … for what is left out at its end."""
    return text if width < 4 else _abbreviated(text, 0, width)


@define("abbrevboth", "int int string")
def abbrevboth(left: int, width: int, text: str) -> str:
    """The text in `width` bytes at most, with … at both ends."""
    return text if width < 4 or (left > 0 and width < 7) else _abbreviated(text, left, width)


def _abbreviated(text: str, offset: int, width: int) -> str:
    size = length(text)
    if size <= width:
        return text
    offset = min(offset, size)
    if size - offset < width - 3:
        offset = size - (width - 3)
    if offset <= 4:
        return cut(text, 0, width - 3) + "..."
    if width < 7:
        return ""
    if offset + width - 3 < size:
        return "..." + _abbreviated(cut(text, offset, size), 0, width - 3)
    return "..." + cut(text, size - (width - 3), size)


@define("wrap", "int string")
def wrap(width: int, text: str) -> str:
    """Lines of `width` bytes at most, broken at spaces; longer words stay whole."""
    return _wrapped(text, width, "\n", break_words=False)


@define("wrapWith", "int string string")
def wrap_with(width: int, separator: str, text: str) -> str:
    """Lines of `width` bytes at most, with this text between them; longer words are broken."""
    return _wrapped(text, width, separator or "\n", break_words=True)


def _wrapped(text: str, width: int, separator: str, *, break_words: bool) -> str:
    width, data, mark = max(1, width), to_bytes(text), to_bytes(separator)
    meter().check_text(len(data) + len(mark) * (len(data) // width + data.count(b" ")))
    lines: list[bytes] = []
    at = 0
    while len(data) - at > width:
        meter().step()
        if data[at : at + 1] == b" ":
            at += 1
            continue
        space = data.rfind(b" ", at, at + width + 1)
        if space < 0 and break_words:
            lines.append(data[at : at + width])
            at += width
            continue
        space = space if space >= 0 else data.find(b" ", at + width)
        if space < 0:
            break
        lines.append(data[at:space])
        at = space + 1
    return from_bytes(mark.join([*lines, data[at:]]))


@define("nospace", "string")
def nospace(text: str) -> str:
    """The text without white space, byte by byte as sprig does it."""
    if text.isascii():
        return "".join(char for char in text if char not in SPACES)
    latin = to_bytes(text).decode("latin-1")
    kept = "".join(char for char in latin if char not in SPACES)
    return text if kept == latin else kept


@define("split", "string string")
def split(separator: str, text: str) -> GoMap:
    """The parts as a map with the keys _0, _1 and so on."""
    return _numbered(_parts(text, separator, -1))


@define("splitn", "string int string")
def splitn(separator: str, count: int, text: str) -> GoMap:
    """At most `count` parts as a map with the keys _0, _1 and so on."""
    return _numbered(_parts(text, separator, count))


@define("splitList", "string string")
def split_list(separator: str, text: str) -> GoSlice:
    """The parts as a list."""
    return strings(_parts(text, separator, -1))


def _numbered(parts: list[str]) -> GoMap:
    meter().check_elements(len(parts))
    return GoMap({f"_{place}": part for place, part in enumerate(parts)}, STRING_MAP)


def _parts(text: str, separator: str, count: int) -> list[str]:
    """strings.SplitN."""
    if count == 0:
        return []
    meter().check_elements(len(text) if not separator else text.count(separator))
    if separator:
        return text.split(separator, count - 1 if count > 0 else -1)
    chars = list(joined(text))
    return chars if count < 0 or len(chars) <= count else [*chars[: count - 1], "".join(chars[count - 1 :])]


@define("join", "string any")
def join(separator: str, value: Any) -> str:
    """The items of a list as texts, with a separator between them."""
    parts = strslice(value)
    meter().check_text(sum(map(len, parts)) + len(separator) * len(parts))
    return separator.join(parts)


@define("sortAlpha", "any")
def sort_alpha(value: Any) -> GoSlice:
    """The items of a list as texts, sorted by bytes."""
    return GoSlice(tuple(sorted(strslice(value))) if isinstance(value, GoSlice) else (string_of(value),), STRINGS)
