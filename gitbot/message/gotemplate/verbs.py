"""The verbs of fmt for texts, numbers and booleans, with flags, width and precision."""

from __future__ import annotations

from dataclasses import dataclass

from gitbot.message.gotemplate import numerals
from gitbot.message.gotemplate.text import can_backquote, is_print, quote, to_bytes
from gitbot.message.meter import meter


@dataclass(slots=True)
class Flags:
    """The flags of one verb; width and precision are None when they are not given."""

    plus: bool = False
    minus: bool = False
    sharp: bool = False
    space: bool = False
    zero: bool = False
    plus_v: bool = False
    sharp_v: bool = False
    width: int | None = None
    precision: int | None = None

    def pad(self, text: str, *, zero: bool | None = None) -> str:
        """The text in the wanted width, counted in characters."""
        missing = (self.width or 0) - len(text)
        if missing <= 0:
            return text
        meter().check_text(self.width or 0)
        if self.minus:
            return text + " " * missing
        return ("0" if (self.zero if zero is None else zero) else " ") * missing + text

    def truncate(self, text: str) -> str:
        """The text, cut to the precision, counted in characters."""
        return text if self.precision is None else text[: self.precision]


def boolean(flags: Flags, value: bool, verb: str) -> str | None:  # noqa: FBT001 - the value that is printed
    """A bool; None when it has no such verb."""
    return flags.pad("true" if value else "false") if verb in "tv" else None


def string(flags: Flags, value: str, verb: str) -> str | None:
    """A text; None when it has no such verb."""
    if verb == "q" or (verb == "v" and flags.sharp_v):
        return _quoted(flags, flags.truncate(value))
    if verb in "vs":
        return flags.pad(flags.truncate(value))
    return _hexadecimal(flags, value, verb) if verb in "xX" else None


def _quoted(flags: Flags, value: str) -> str:
    if flags.sharp and can_backquote(value):
        return flags.pad(f"`{value}`")
    return flags.pad(quote(value, ascii_only=flags.plus))


def _hexadecimal(flags: Flags, value: str, verb: str) -> str:
    data = to_bytes(value)[: flags.precision]
    if not data:
        return flags.pad("")
    prefix = f"0{verb}" if flags.sharp else ""
    codes = [f"{byte:02x}" if verb == "x" else f"{byte:02X}" for byte in data]
    return flags.pad(" ".join(prefix + code for code in codes) if flags.space else prefix + "".join(codes))


_BASES = {"v": 10, "d": 10, "b": 2, "o": 8, "O": 8, "x": 16, "X": 16}


def integer(flags: Flags, value: int, verb: str, *, signed: bool) -> str | None:
    """An integer; None when it has no such verb."""
    if verb in _BASES:
        base = 16 if verb == "v" and flags.sharp_v and not signed else _BASES[verb]
        return _based(flags, value, verb, base, sharp=flags.sharp or base != _BASES[verb])
    code = value if 0 <= value <= 0x10FFFF and not 0xD800 <= value < 0xE000 else 0xFFFD
    if verb == "c":
        return flags.pad(chr(code))
    if verb == "q":
        return flags.pad(quote(chr(code), mark="'", ascii_only=flags.plus))
    return _unicode(flags, value % (1 << 64)) if verb == "U" else None


def _unicode(flags: Flags, value: int) -> str:
    meter().check_text(flags.precision or 0)
    shown = f"U+{value:0{max(4, flags.precision or 0)}X}"
    if flags.sharp and value <= 0x10FFFF and not 0xD800 <= value < 0xE000 and is_print(chr(value)):
        shown += f" '{chr(value)}'"
    return flags.pad(shown, zero=False)


def _based(flags: Flags, value: int, verb: str, base: int, *, sharp: bool) -> str:
    sign = "-" if value < 0 else "+" if flags.plus else " " if flags.space else ""
    if flags.precision == 0 and value == 0:
        return flags.pad("", zero=False)
    least = flags.precision or 0
    if flags.precision is None and flags.zero and not flags.minus and flags.width is not None:
        least = flags.width - len(sign)
    meter().check_text(least)
    digits = numerals.in_base(abs(value), base).rjust(least, "0")
    digits = digits.upper() if verb == "X" else digits
    prefix = _prefix(base, verb, digits) if sharp else ""
    if verb == "O":
        prefix = "0o" + prefix
    return flags.pad(sign + prefix + digits, zero=False)


def _prefix(base: int, verb: str, digits: str) -> str:
    if base == 16:
        return "0X" if verb == "X" else "0x"
    return "0b" if base == 2 else "0" if base == 8 and not digits.startswith("0") else ""


_FLOATS = {"v": ("g", -1), "b": ("b", -1), "g": ("g", -1), "G": ("G", -1), "x": ("x", -1), "X": ("X", -1)}
_FLOATS |= {"f": ("f", 6), "F": ("f", 6), "e": ("e", 6), "E": ("E", 6)}


def floating(flags: Flags, value: float, verb: str) -> str | None:
    """A float; None when it has no such verb."""
    if verb not in _FLOATS:
        return None
    form, precision = _FLOATS[verb]
    if flags.precision is not None:
        precision = flags.precision
    meter().check_text(precision)
    shown = numerals.floating(value, form, precision)
    if flags.space and shown[0] == "+" and not flags.plus:
        shown = " " + shown[1:]
    if shown[1] in "IN":
        bare = shown[1] == "N" and not flags.space and not flags.plus
        return flags.pad(shown[1:] if bare else shown, zero=False)
    if flags.sharp and form != "b":
        shown = _sharp(shown, form, precision)
    if not flags.plus and shown[0] == "+":
        return flags.pad(shown[1:])
    if flags.zero and not flags.minus and flags.width is not None and flags.width > len(shown):
        return shown[0] + "0" * (flags.width - len(shown)) + shown[1:]
    return flags.pad(shown)


def _sharp(shown: str, form: str, precision: int) -> str:
    """With `#`: always a point, and for g the zeros that were left out."""
    marks = "pP" if form in "xX" else "eE"
    end = next((place for place, char in enumerate(shown) if place and char in marks), len(shown))
    body, tail = shown[:end], shown[end:]
    wanted = 0
    if form in "gGx":
        wanted = 6 if precision == -1 else precision
    digits = body[1:].replace(".", "").lstrip("0")
    missing = wanted - len(digits) - (body[1:] == "0")
    if "." not in body:
        body += "."
    return body + "0" * max(0, missing) + tail


def complex_(flags: Flags, value: complex, verb: str) -> str | None:
    """A complex number; None when it has no such verb."""
    if verb not in _FLOATS:
        return None
    real = floating(flags, value.real, verb)
    plus, flags.plus = flags.plus, True
    imaginary = floating(flags, value.imag, verb)
    flags.plus = plus
    return f"({real}{imaginary}i)"
