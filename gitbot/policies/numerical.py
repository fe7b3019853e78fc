"""The numerical ordering: numbers in the grammar of Go's `strconv.ParseFloat`, compared exactly and not as float64."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from gitbot.policies.alphabetical import Direction
from gitbot.policies.candidates import Candidate, Dropped, Standing, tag_bytes
from gitbot.printable import printable

# A number as a value that Python sorts: a class from -∞ to ∞, the power of ten, the digits. See `_rank`.
Rank = tuple[int, int, str]

_D = "[0-9]++(?>(?:_[0-9]++)*)"
_H = "[0-9a-fA-F]++(?>(?:_[0-9a-fA-F]++)*)"
_DECIMAL = re.compile(rf"([+-]?)(?:({_D})(?:\.({_D})?)?|\.({_D}))(?:[eE]([+-]?)({_D}))?")
_HEX = re.compile(rf"([+-]?)0[xX](?:_?({_H})(?:\.({_H})?)?|\.({_H}))[pP]([+-]?)({_D})")
_INFINITE = re.compile("([+-]?)(?:inf|infinity)", re.IGNORECASE | re.ASCII)
_ZERO: Rank = (0, 0, "")
_NAN: Rank = (-3, 0, "")
_COMPLEMENT = str.maketrans("0123456789", "9876543210")
# Go refuses what rounds beyond the greatest float64: from 2**1024 - 2**970 on.
_TOO_GREAT = (1, 308, str(2**1024 - 2**970))
_TINY = -16_000  # as a power of two: hexadecimal numbers below are zero, as they are to Go
_LONG_EXPONENT = 4_000
_LONGEST = 4_096


@dataclass(frozen=True, slots=True)
class Numerical:
    """`asc` elects the greatest number, `desc` the smallest. Of equal numbers the bytewise smallest tag wins.

    A number always beats NaN. One tag that is no number fails the whole election, as in Flux.
    """

    direction: Direction = "asc"

    def stand(self, candidates: Sequence[Candidate]) -> Standing:
        """Rank the candidates that are numbers."""
        numbers: list[tuple[Rank, bytes, Candidate]] = []
        dropped: list[Dropped] = []
        for candidate in candidates:
            rank = parse_number(candidate.key)
            if rank is None:
                dropped.append(Dropped(candidate.tag, f"not a number: {printable(candidate.key)!r}"))
            else:
                numbers.append((rank, tag_bytes(candidate.tag), candidate))
        numbers.sort(key=lambda entry: entry[1])
        numbers.sort(key=lambda entry: entry[0], reverse=self.direction == "asc")
        if self.direction == "desc":
            numbers.sort(key=lambda entry: entry[0] == _NAN)
        equals = tuple(entry[2].tag for entry in numbers[1:] if entry[0] == numbers[0][0])
        ranked = tuple(entry[2] for entry in numbers)
        return Standing(ranked=ranked, dropped=tuple(dropped), equals=equals, failure=_failure(dropped))


def _failure(dropped: list[Dropped]) -> str:
    if not dropped:
        return ""
    shown = ", ".join(printable(entry.tag) for entry in dropped[:5])
    more = f" and {len(dropped) - 5} more" if len(dropped) > 5 else ""
    return f"every tag must be a number, and these are not: {shown}{more}; leave them out with a filter"


def parse_number(text: str) -> Rank | None:
    """Read a number as Go's ParseFloat does; None where Go has an error, which includes what a float64 cannot hold.

    Ranks compare as the numbers themselves do, exactly. Hexadecimal numbers under 2^-16000 count as zero, and a text of
    more than 4096 characters is no number.
    """
    if len(text) > _LONGEST:
        return None
    if match := _DECIMAL.fullmatch(text):
        sign, whole, fraction, only_fraction, exponent_sign, exponent = match.groups("")
        digits = _digits(whole)
        after = _digits(fraction or only_fraction)
        power = _exponent(exponent_sign, exponent)
        return _bounded(_rank(sign == "-", digits + after, power + len(digits)))
    if match := _HEX.fullmatch(text):
        return _hexadecimal(match)
    if match := _INFINITE.fullmatch(text):
        return (-2 if match[1] == "-" else 2, 0, "")
    return _NAN if text.isascii() and text.lower() == "nan" else None


def _digits(text: str) -> str:
    return text.replace("_", "")


def _exponent(sign: str, text: str) -> int:
    digits = _digits(text).lstrip("0")
    size = int(digits or 0) if len(digits) < _LONG_EXPONENT else 10**_LONG_EXPONENT
    return -size if sign == "-" else size


def _rank(negative: bool, digits: str, power: int) -> Rank:  # noqa: FBT001 - it is the sign
    """Rank 0.DIGITS times ten to `power`: by the place of the first digit that counts, then by the digits as text.

    For negative numbers both are turned round; a colon, which sorts after 9, lets fewer digits be the greater number.
    """
    significant = digits.lstrip("0")
    place = power - (len(digits) - len(significant)) - 1
    significant = significant.rstrip("0")
    if not significant:
        return _ZERO
    if negative:
        return (-1, -place, significant.translate(_COMPLEMENT) + ":")
    return (1, place, significant)


def _bounded(rank: Rank) -> Rank | None:
    kind, place, digits = rank
    if kind < 0:
        kind, place, digits = 1, -place, digits[:-1].translate(_COMPLEMENT)
    return None if (kind, place, digits) >= _TOO_GREAT else rank


def _hexadecimal(match: re.Match[str]) -> Rank | None:
    sign, whole, fraction, only_fraction, exponent_sign, exponent = match.groups("")
    after = _digits(fraction or only_fraction)
    mantissa = int(_digits(whole) + after, 16)
    power = _exponent(exponent_sign, exponent) - 4 * len(after)
    size = mantissa.bit_length() + power
    if not mantissa or size < _TINY:
        return _ZERO
    if size > 1024:
        return None
    scaled = mantissa << power if power > 0 else mantissa * 5**-power
    digits = str(Decimal(scaled))  # str() of an int is bounded by the interpreter
    return _bounded(_rank(sign == "-", digits, len(digits) + min(power, 0)))
