"""Numbers as fmt writes them, before padding."""

from __future__ import annotations

import math
import re

_DIGITS = "0123456789abcdef"


def in_base(number: int, base: int) -> str:
    """A number that is not negative, in base 2, 8, 10 or 16, lower case."""
    if base == 10:
        return str(number)
    shown = ""
    while number >= base:
        shown = _DIGITS[number % base] + shown
        number //= base
    return _DIGITS[number] + shown


def floating(value: float, verb: str, precision: int) -> str:
    """A float by one of fmt's verbs (e, E, f, g, G, b, x, X), always with a sign; precision -1 is the shortest exact form."""
    if math.isnan(value):
        return "+NaN"
    sign = "-" if math.copysign(1, value) < 0 else "+"
    if math.isinf(value):
        return sign + "Inf"
    body = _BODIES[verb.lower()](abs(value), precision)
    return sign + (body.upper() if verb in "EGX" else body)


def _fixed(value: float, precision: int) -> str:
    if precision >= 0:
        return f"{value:.{precision}f}"
    digits, point = _shortest(value)
    if point <= 0:
        return "0." + "0" * -point + digits if digits != "0" else "0"
    whole = digits[:point].ljust(point, "0")
    return f"{whole}.{digits[point:]}" if len(digits) > point else whole


def _exponent(value: float, precision: int) -> str:
    if precision >= 0:
        return f"{value:.{precision}e}"
    digits, point = _shortest(value)
    power = 0 if digits == "0" else point - 1
    mantissa = digits[0] + (f".{digits[1:]}" if len(digits) > 1 else "")
    return f"{mantissa}e{'-' if power < 0 else '+'}{abs(power):02d}"


def _general(value: float, precision: int) -> str:
    if precision >= 0:
        return f"{value:.{precision or 1}g}"
    digits, point = _shortest(value)
    power = 0 if digits == "0" else point - 1
    return _fixed(value, -1) if -4 <= power < 6 else _exponent(value, -1)


def _binary(value: float, precision: int) -> str:  # noqa: ARG001 - the precision has no meaning here
    if value == 0:
        return "0p-1074"
    mantissa, power = math.frexp(value)
    return f"{int(mantissa * (1 << 53))}p{power - 53:+d}"


def _hexadecimal(value: float, precision: int) -> str:
    mantissa, _, power = value.hex().partition("p")
    whole, _, rest = mantissa[2:].partition(".")
    if precision < 0:
        rest = rest.rstrip("0")
    elif precision < len(rest):
        return _hexadecimal_rounded(value, precision)
    else:
        rest = rest.ljust(precision, "0")
    exponent = int(power)
    return f"0x{whole}{'.' + rest if rest else ''}p{'-' if exponent < 0 else '+'}{abs(exponent):02d}"


def _hexadecimal_rounded(value: float, precision: int) -> str:
    mantissa, power = math.frexp(value)
    scaled = round(mantissa * 2 * (1 << (4 * precision)))
    power -= 1
    if scaled >> (4 * precision) == 2:
        scaled >>= 1
        power += 1
    rest = f"{scaled & ((1 << (4 * precision)) - 1):0{precision}x}" if precision else ""
    return f"0x{scaled >> (4 * precision)}{'.' + rest if rest else ''}p{'-' if power < 0 else '+'}{abs(power):02d}"


def _shortest(value: float) -> tuple[str, int]:
    """The fewest digits that read back as the value, and where the point stands before them (0: in front)."""
    found = re.fullmatch(r"(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?", repr(value))
    assert found is not None  # noqa: S101 - the form of repr for finite floats
    whole, part, power = found[1], found[2] or "", int(found[3] or 0)
    digits = (whole + part).lstrip("0")
    point = len(whole) + power - (len(whole + part) - len(digits))
    digits = digits.rstrip("0")
    return (digits, point) if digits else ("0", 1)


_BODIES = {"f": _fixed, "e": _exponent, "g": _general, "b": _binary, "x": _hexadecimal}
