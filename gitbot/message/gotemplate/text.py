"""Go strings are bytes: lengths and cuts count bytes, quoting follows strconv. Bytes that are no UTF-8 are lone surrogates."""

from __future__ import annotations

import re
import unicodedata

_SHORT = {"\a": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\"}
_LONG = {short[1]: char for char, short in _SHORT.items()}
SPACES = "\t\n\v\f\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200B))) + "\u2028\u2029\u202f\u205f\u3000"


def to_bytes(text: str) -> bytes:
    """The bytes of a Go string."""
    return text.encode("utf-8", "surrogateescape")


def from_bytes(data: bytes) -> str:
    """The Go string of these bytes."""
    return data.decode("utf-8", "surrogateescape")


def length(text: str) -> int:
    """How many bytes a Go string has."""
    return len(text) if text.isascii() else len(to_bytes(text))


def cut(text: str, start: int, end: int) -> str:
    """`text[start:end]` in bytes; the bounds must be in range."""
    return text[start:end] if text.isascii() else from_bytes(to_bytes(text)[start:end])


def joined(text: str) -> str:
    """The same bytes, with halves of one character that were put together again read as that character."""
    return text if text.isascii() else from_bytes(to_bytes(text))


def is_byte(char: str) -> bool:
    """Whether a character stands for a byte that is no UTF-8."""
    return "\udc80" <= char <= "\udcff"


def is_print(char: str) -> bool:
    """strconv.IsPrint: letters, marks, numbers, punctuation, symbols, and the ASCII space."""
    return char == " " or unicodedata.category(char)[0] in "LMNPS"


def quote(text: str, *, mark: str = '"', ascii_only: bool = False) -> str:
    """The text as a Go string constant (or, with `mark` ', as a character constant)."""
    return mark + "".join(_quoted(char, mark, ascii_only=ascii_only) for char in text) + mark


def _quoted(char: str, mark: str, *, ascii_only: bool) -> str:
    if char == mark:
        return "\\" + mark
    if char in _SHORT:
        return _SHORT[char]
    number = ord(char)
    if is_byte(char):
        return f"\\x{number - 0xDC00:02x}"
    if (number < 0x80 or not ascii_only) and is_print(char):
        return char
    if number < 0x20 or number == 0x7F:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def can_backquote(text: str) -> bool:
    """Whether a raw string constant can hold the text unchanged."""
    return not any((char < " " and char != "\t") or char in "`\x7f\ufeff" or is_byte(char) for char in text)


_ESCAPE = re.compile(r"\\(?:([abfnrtv\\])|(['\"])|x([0-9a-fA-F]{2})|([0-7]{3})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))")


def unquote(constant: str) -> str:
    """The text of a Go string or character constant, quotes included in it; raises ValueError when it is malformed."""
    mark, body = constant[0], constant[1:-1]
    if len(constant) < 2 or constant[-1] != mark:
        raise ValueError("invalid syntax")
    if mark == "`":
        return body.replace("\r", "")
    parts: list[str] = []
    at = 0
    while at < len(body):
        if body[at] != "\\":
            if body[at] in (mark, "\n"):
                raise ValueError("invalid syntax")
            parts.append(body[at])
            at += 1
            continue
        found = _ESCAPE.match(body, at)
        if found is None:
            raise ValueError("invalid syntax")
        parts.append(_unescaped(found, mark))
        at = found.end()
    text = "".join(parts)
    if mark == "'" and len(text) != 1:
        raise ValueError("invalid syntax")
    return joined(text)


def _unescaped(found: re.Match[str], mark: str) -> str:
    short, other, hexadecimal, octal, small, large = found.groups()
    if short:
        return _LONG[short]
    if other:
        if other != mark:
            raise ValueError("invalid syntax")
        return str(other)
    if hexadecimal or octal:
        return _byte(int(hexadecimal, 16) if hexadecimal else int(octal, 8), mark)
    number = int(small or large, 16)
    if number > 0x10FFFF or 0xD800 <= number < 0xE000:
        raise ValueError("invalid syntax")
    return chr(number)


def _byte(number: int, mark: str) -> str:
    if number > 0xFF:
        raise ValueError("invalid syntax")
    return chr(number) if number < 0x80 or mark == "'" else chr(0xDC00 + number)
