"""Durations and dates. There is no clock, and the only time zone is UTC."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.function import TIME, Table
from gitbot.message.gotemplate.sprig import moments
from gitbot.message.gotemplate.text import quote
from gitbot.message.gotemplate.types import STRING, GoMethod, GoStruct, Int64, int64

TABLE = Table()
define = TABLE.define

_UNITS = {
    "ns": 1,
    "us": 10**3,
    "µs": 10**3,
    "μs": 10**3,
    "ms": 10**6,
    "s": 10**9,
    "m": 60 * 10**9,
    "h": 3600 * 10**9,
}
_PART = re.compile(r"([0-9]*\.?[0-9]*)(ns|us|µs|μs|ms|s|m|h)")
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_GREATEST = (1 << 63) - 1


def parse_duration(text: str) -> int:
    """time.ParseDuration: nanoseconds; raises GoError."""
    sign, rest = (-1 if text.startswith("-") else 1), text[1:] if text[:1] in ("-", "+") else text
    if rest == "0":
        return 0
    total, at = Fraction(0), 0
    while at < len(rest):
        found = _PART.match(rest, at)
        if found is None or not any(char.isdigit() for char in found[1]) or len(found[1]) > 40:
            raise GoError(f"time: invalid duration {quote(text)}")
        total += Fraction(f"0{found[1]}0" if "." in found[1] else found[1]) * _UNITS[found[2]]
        at = found.end()
    if not rest or total > _GREATEST:
        raise GoError(f"time: invalid duration {quote(text)}")
    return sign * int(total)


def show_duration(nanoseconds: int) -> str:
    """time.Duration's String: `1h2m3.5s`, or a fraction of a second as ms, µs or ns."""
    rest = abs(nanoseconds)
    sign = "-" if nanoseconds < 0 else ""
    if rest < 10**9:
        unit = "ns" if rest < 10**3 else "µs" if rest < 10**6 else "ms"
        return f"{sign}{_decimal(rest, _UNITS[unit])}{unit}" if rest else "0s"
    minutes, seconds = divmod(rest, 60 * 10**9)
    shown = f"{_decimal(seconds, 10**9)}s"
    if minutes:
        hours, minutes = divmod(minutes, 60)
        shown = (f"{hours}h" if hours else "") + f"{minutes}m{shown}"
    return sign + shown


def _decimal(value: int, unit: int) -> str:
    whole, rest = divmod(value, unit)
    digits = f"{rest:0{len(str(unit)) - 1}d}".rstrip("0") if unit > 1 else ""
    return f"{whole}.{digits}" if digits else str(whole)


@define("duration", "any")
def duration(value: Any) -> str:
    """Seconds (a text or an int64) as a duration."""
    seconds = 0
    if isinstance(value, str) and _WHOLE.fullmatch(value):
        seconds = max(-_GREATEST - 1, min(_GREATEST, int(value)))
    elif isinstance(value, Int64):
        seconds = int(value)
    return show_duration(int64(seconds * 10**9))


_LARGE = (("y", 365 * 24 * 3600), ("mo", 30 * 24 * 3600), ("d", 24 * 3600), ("h", 3600), ("m", 60), ("s", 1))


@define("durationRound", "any")
def duration_round(value: Any) -> str:
    """The largest unit of a duration (a text, or nanoseconds as int64) that is less than it."""
    size = 0
    if isinstance(value, str):
        try:
            size = abs(parse_duration(value))
        except GoError:
            size = 0
    elif isinstance(value, Int64):
        size = abs(int(value))
    return next((f"{size // (unit * 10**9)}{name}" for name, unit in _LARGE if size > unit * 10**9), "0s")


@define("mustToDate", "string string")
def must_to_date(layout: str, text: str) -> GoStruct:
    """The date a text says, by Go's layout."""
    return _time(moments.parse(layout, text))


@define("toDate", "string string")
def to_date(layout: str, text: str) -> GoStruct:
    """The date a text says, by Go's layout; the year 1 when it says none."""
    try:
        return must_to_date(layout, text)
    except GoError:
        return _time(moments.Moment())


@define("unixEpoch", "time")
def unix_epoch(time: GoStruct) -> str:
    """Seconds since 1970."""
    return str(_moment(time).seconds())


@define("mustDateModify must_date_modify", "string time")
def date_modify(change: str, time: GoStruct) -> GoStruct:
    """The date, moved by a duration."""
    return _time(_moment(time).moved(parse_duration(change)))


def _moment(time: GoStruct) -> moments.Moment:
    value = time.promoted[""]
    assert isinstance(value, moments.Moment)  # noqa: S101 - every time.Time is made by _time
    return value


def _time(moment: moments.Moment) -> GoStruct:
    methods = {
        "Format": GoMethod(moment.format, (STRING,)),
        "String": GoMethod(lambda: moment.format("2006-01-02 15:04:05.999999999 -0700 MST")),
        "Unix": GoMethod(lambda: Int64(moment.seconds())),
        "Year": GoMethod(lambda: moment.year),
        "Day": GoMethod(lambda: moment.day),
        "Hour": GoMethod(lambda: moment.hour),
        "Minute": GoMethod(lambda: moment.minute),
        "Second": GoMethod(lambda: moment.second),
        "YearDay": GoMethod(moment.year_day),
    }
    shown = moment.format("2006-01-02 15:04:05.999999999 -0700 MST")
    fields = (("wall", Int64(moment.seconds())),)
    return GoStruct(TIME, fields, promoted={"": moment}, methods=methods, string=shown)
