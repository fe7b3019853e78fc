"""Numbers as Go templates write them: 0x10, 1_000, 1e3, 'a', 2i."""

from __future__ import annotations

import re

from gitbot.message.gotemplate.nodes import Number
from gitbot.message.gotemplate.text import quote, unquote

_INTEGER = re.compile(
    r"(?P<sign>[+-]?)(?:0[xX](?P<hex>_?[0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)|0[bB](?P<bin>_?[01]+(?:_[01]+)*)"
    r"|0[oO]?(?P<oct>_?[0-7]+(?:_[0-7]+)*)|(?P<dec>0|[1-9][0-9]*(?:_[0-9]+)*))"
)
_FLOAT = re.compile(r"[+-]?(?:[0-9]+(?:_[0-9]+)*\.?(?:[0-9]+(?:_[0-9]+)*)?|\.[0-9]+(?:_[0-9]+)*)(?:[eE][+-]?[0-9]+)?")
_HEX_FLOAT = re.compile(r"[+-]?0[xX](?:[0-9a-fA-F]+\.?[0-9a-fA-F]*|\.[0-9a-fA-F]+)[pP][+-]?[0-9]+")
_BASES = {"hex": 16, "bin": 2, "oct": 8, "dec": 10}
MAX_DIGITS = 400


def number(position: int, text: str, kind: str) -> Number:
    """The number a token stands for; raises ValueError in Go's words."""
    if len(text) > MAX_DIGITS:
        raise ValueError(f"illegal number syntax: {quote(text[:40])}")
    if kind == "char":
        try:
            code = ord(unquote(text))
        except ValueError:
            several = len(text) > 3 and text[1] != "\\"
            raise ValueError(f"malformed character constant: {text}" if several else "invalid syntax") from None
        return Number(position, text, code, code, float(code))
    if kind == "complex" or text.endswith("i"):
        return _complex(position, text)
    return _real(position, text)


def _real(position: int, text: str) -> Number:
    found = Number(position, text)
    whole = parse_integer(text)
    if whole is not None:
        _set_whole(found, whole, signed_text=text.startswith(("+", "-")))
    if found.integer is not None or found.unsigned is not None:
        found.floating = float(found.integer if found.integer is not None else found.unsigned or 0)
        return found
    value = parse_float(text)
    if value is None:
        raise ValueError(f"illegal number syntax: {quote(text)}")
    if not any(char in text for char in ".eEpP"):
        raise ValueError(f"integer overflow: {quote(text)}")
    found.floating = value
    if value.is_integer():
        _set_whole(found, int(value), signed_text=False)
    return found


def _set_whole(found: Number, whole: int, *, signed_text: bool) -> None:
    if -(1 << 63) <= whole < 1 << 63:
        found.integer = whole
    if 0 <= whole < 1 << 64 and (not signed_text or whole == 0):
        found.unsigned = whole


def _complex(position: int, text: str) -> Number:
    try:
        value = complex(text[:-1].replace("_", "") + "j") if text.endswith("i") else complex(text)
    except ValueError:
        raise ValueError(f"illegal number syntax: {quote(text)}") from None
    found = Number(position, text, complex_=value)
    if value.imag == 0:
        found.floating = value.real
        if value.real.is_integer():
            _set_whole(found, int(value.real), signed_text=False)
    return found


def parse_integer(text: str) -> int | None:
    """Strconv's integer syntax with base 0 (prefixes and underscores), of any size; None when it is not one."""
    found = _INTEGER.fullmatch(text)
    if found is None:
        return None
    name = found.lastgroup or "dec"
    value = int(found[name].replace("_", ""), _BASES[name])
    return -value if found["sign"] == "-" else value


def parse_float(text: str) -> float | None:
    """Strconv's float syntax; None when it is not one or does not fit."""
    if _HEX_FLOAT.fullmatch(text):
        try:
            return float.fromhex(text)
        except OverflowError:
            return None
    if not _FLOAT.fullmatch(text):
        return None
    value = float(text.replace("_", ""))
    return None if value in (float("inf"), float("-inf")) else value
