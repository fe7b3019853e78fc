"""Numbers and texts out of anything, as spf13/cast and sprig's strslice make them: what does not fit becomes zero."""

from __future__ import annotations

import math
import re
from typing import Any

from gitbot.message.gotemplate.function import Table
from gitbot.message.gotemplate.numbers import parse_float, parse_integer
from gitbot.message.gotemplate.printer import sprint, string_of
from gitbot.message.gotemplate.types import GoSlice, Int64, int64, nothing
from gitbot.message.meter import meter

TABLE = Table()
define = TABLE.define

_LEAST, _GREATEST = -(1 << 63), (1 << 63) - 1
_ZEROS = re.compile(r"\.0+$")
_DECIMAL = re.compile(r"[+-]?[0-9]+")
_OCTAL = re.compile(r"[+-]?[0-7]+")
_WORDS = {"inf": math.inf, "infinity": math.inf, "nan": math.nan}
MAX_DIGITS = 400


def to_int64(value: Any) -> int:
    """cast.ToInt64: numbers are cut off at the point, texts are read in base 0, booleans are 0 and 1; else 0."""
    if isinstance(value, bool | int):
        return int64(int(value))
    if isinstance(value, float):
        return int(value) if _LEAST <= value < 1 << 63 else _LEAST
    if isinstance(value, str) and len(value) <= MAX_DIGITS:
        number = parse_integer(_ZEROS.sub("", value))
        return number if number is not None and _LEAST <= number <= _GREATEST else 0
    return 0


def to_float64(value: Any) -> float:
    """cast.ToFloat64: what is no number is 0."""
    if isinstance(value, bool | int | float):
        return float(value)
    if isinstance(value, str) and len(value) <= MAX_DIGITS:
        bare = value.lstrip("+-").lower()
        if bare in _WORDS and len(value) - len(bare) <= 1:
            return math.copysign(_WORDS[bare], -1 if value[0] == "-" else 1)
        return parse_float(value) or 0.0
    return 0.0


def strslice(value: Any) -> list[str]:
    """A list as texts, nil items left out; anything else as a list of one."""
    if isinstance(value, GoSlice):
        meter().step(len(value.items))
        return [string_of(item) for item in value.items if not nothing(item)]
    return [] if nothing(value) else [string_of(value)]


@define("atoi", "string")
def atoi(text: str) -> int:
    """A decimal number; 0 for anything else, the nearest int for one that is too large."""
    if not _DECIMAL.fullmatch(text) or len(text) > MAX_DIGITS:
        return 0
    return max(_LEAST, min(_GREATEST, int(text)))


@define("toDecimal", "any")
def to_decimal(value: Any) -> Int64:
    """An octal number as int64; 0 for anything else."""
    text = sprint(value)
    number = int(text, 8) if _OCTAL.fullmatch(text) and len(text) <= MAX_DIGITS else 0
    return Int64(number if _LEAST <= number <= _GREATEST else 0)


define("int", "any")(lambda value: int(to_int64(value)))
define("int64", "any")(lambda value: Int64(to_int64(value)))
define("float64", "any")(to_float64)
