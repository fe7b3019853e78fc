"""Moments in UTC, written and read by Go's layouts (`2006-01-02 15:04:05`)."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gitbot.message.gotemplate.arguments import GoError
from gitbot.message.gotemplate.text import quote

_MONTHS = (
    "January February March April May June July August September October November December".split()  # noqa: SIM905 - one line
)
_DAYS = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
_ELEMENT = re.compile(
    r"January|Jan(?![a-z])|Monday|Mon(?![a-z])|MST|2006|[.,]0+(?![0-9])|[.,]9+(?![0-9])|-07:00:00|-070000|-07:00|-0700|-07"
    r"|Z07:00:00|Z070000|Z07:00|Z0700|Z07|002|__2|_2006|_2|01|02|03|04|05|06|15|PM|pm|1|2|3|4|5"
)


@dataclass(frozen=True, slots=True)
class Moment:
    """A moment in UTC. Without arguments: January 1 of the year 1, Go's zero time."""

    year: int = 1
    month: int = 1
    day: int = 1
    hour: int = 0
    minute: int = 0
    second: int = 0
    nanosecond: int = 0

    def days(self) -> int:
        """Days since 1970-01-01, in the Gregorian calendar without end."""
        year = self.year - (self.month <= 2)
        era, of_era = divmod(year, 400)
        of_year = (153 * ((self.month + 9) % 12) + 2) // 5 + self.day - 1
        return era * 146097 + of_era * 365 + of_era // 4 - of_era // 100 + of_year - 719468

    def seconds(self) -> int:
        """Seconds since 1970."""
        return self.days() * 86400 + self.hour * 3600 + self.minute * 60 + self.second

    def year_day(self) -> int:
        """1 on January 1."""
        return self.days() - Moment(self.year).days() + 1

    def moved(self, nanoseconds: int) -> Moment:
        """The moment so much later."""
        seconds, nanosecond = divmod(self.nanosecond + nanoseconds, 10**9)
        days, rest = divmod(self.seconds() + seconds, 86400)
        hour, rest = divmod(rest, 3600)
        return Moment(*_date(days), hour, *divmod(rest, 60), nanosecond)

    def format(self, layout: str) -> str:
        """The moment by a layout."""
        return _ELEMENT.sub(lambda found: self._element(found[0]), layout)

    def _element(self, name: str) -> str:
        if name[0] in ".,":
            digits = f"{self.nanosecond:09d}"[: len(name) - 1]
            return name[0] + digits if name[1] == "0" else (name[0] + digits.rstrip("0")).rstrip(".,")
        if name[0] == "Z":
            return "Z"
        if name[0] == "-":
            return {2: "+00"}.get(name.count("0"), "+" + name[1:].replace("7", "0"))
        return self._named(name)

    def _named(self, name: str) -> str:
        weekday = _DAYS[(self.days() + 4) % 7]
        half = self.hour % 12 or 12
        year_day = self.year_day()
        return {
            "January": _MONTHS[self.month - 1],
            "Jan": _MONTHS[self.month - 1][:3],
            "Monday": weekday,
            "Mon": weekday[:3],
            "MST": "UTC",
            "2006": f"{self.year:04d}",
            "_2006": f"_{self.year:04d}",
            "06": f"{self.year % 100:02d}",
            "002": f"{year_day:03d}",
            "__2": f"{year_day:3d}",
            "01": f"{self.month:02d}",
            "1": str(self.month),
            "02": f"{self.day:02d}",
            "_2": f"{self.day:2d}",
            "2": str(self.day),
            "15": f"{self.hour:02d}",
            "03": f"{half:02d}",
            "3": str(half),
            "04": f"{self.minute:02d}",
            "4": str(self.minute),
            "05": f"{self.second:02d}",
            "5": str(self.second),
            "PM": "PM" if self.hour >= 12 else "AM",
            "pm": "pm" if self.hour >= 12 else "am",
        }[name]


def _date(days: int) -> tuple[int, int, int]:
    """Year, month and day of a number of days since 1970."""
    era, of_era = divmod(days + 719468, 146097)
    year_of_era = (of_era - of_era // 1460 + of_era // 36524 - of_era // 146096) // 365
    of_year = of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month = (5 * of_year + 2) // 153
    day = of_year - (153 * month + 2) // 5 + 1
    month = month + 3 if month < 10 else month - 9
    return year_of_era + era * 400 + (month <= 2), month, day


_READ = {
    "2006": r"(?P<year>[0-9]{4})",
    "01": r"(?P<month>[0-9]{2})",
    "1": r"(?P<month>[0-9]{1,2})",
    "02": r"(?P<day>[0-9]{2})",
    "_2": r" ?(?P<day>[0-9]{1,2})",
    "2": r"(?P<day>[0-9]{1,2})",
    "15": r"(?P<hour>[0-9]{2})",
    "04": r"(?P<minute>[0-9]{2})",
    "4": r"(?P<minute>[0-9]{1,2})",
    "05": r"(?P<second>[0-9]{2})(?:[.,](?P<part>[0-9]+))?",
    "5": r"(?P<second>[0-9]{1,2})(?:[.,](?P<part>[0-9]+))?",
    "06": r"(?P<short>[0-9]{2})",
    "January": "(?P<name>" + "|".join(_MONTHS) + ")",
    "Jan": "(?P<name>" + "|".join(name[:3] for name in _MONTHS) + ")",
    "Monday": "(?:" + "|".join(_DAYS) + ")",
    "Mon": "(?:" + "|".join(name[:3] for name in _DAYS) + ")",
    "MST": "(?:UTC|GMT)",
    **dict.fromkeys(["Z07:00", "Z0700", "Z07"], r"(?:Z|(?P<zone>[+-][0-9]{2}(?::?[0-9]{2})?))"),
    **dict.fromkeys(["-07:00", "-0700", "-07"], r"(?P<zone>[+-][0-9]{2}(?::?[0-9]{2})?)"),
}


def parse(layout: str, text: str) -> Moment:
    """The moment a text says by a layout; raises GoError when it does not fit it."""
    wrong = GoError(f"parsing time {quote(text)} as {quote(layout)}: cannot parse")
    pattern, at = "", 0
    for found in _ELEMENT.finditer(layout):
        if found[0] not in _READ:
            raise GoError(f"parsing time: the element {quote(found[0])} of the layout is not supported")
        pattern += re.escape(layout[at : found.start()]) + _READ[found[0]]
        at = found.end()
    try:
        fits = re.fullmatch(pattern + re.escape(layout[at:]), text[:100], re.IGNORECASE)
    except re.error:
        raise wrong from None
    if fits is None or len(text) > 100:
        raise wrong
    return _moment({name: value for name, value in fits.groupdict().items() if value}, wrong)


def _moment(parts: dict[str, str], wrong: GoError) -> Moment:
    year = int(parts.get("year", 0))
    if "short" in parts:
        year = int(parts["short"]) + (1900 if int(parts["short"]) >= 69 else 2000)
    month = int(parts.get("month", 1))
    if "name" in parts:
        month = 1 + next(at for at, name in enumerate(_MONTHS) if name[:3].lower() == parts["name"][:3].lower())
    moment = Moment(
        year,
        month,
        int(parts.get("day", 1)),
        int(parts.get("hour", 0)),
        int(parts.get("minute", 0)),
        int(parts.get("second", 0)),
        int(f"{parts.get('part', '')[:9]:0<9}"),
    )
    if not (1 <= month <= 12 and moment.hour < 24 and moment.minute < 60 and moment.second < 60):
        raise wrong
    if moment.day < 1 or _date(moment.days()) != (year, month, moment.day):
        raise wrong
    zone = parts.get("zone", "+0000").replace(":", "")
    offset = int(zone[1:3]) * 3600 + int(zone[3:] or 0) * 60
    return moment.moved((offset if zone[0] == "-" else -offset) * 10**9)
